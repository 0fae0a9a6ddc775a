//! How figures of the books are spelled in custom fields, and which fields cannot be meant.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, Utc};
use rust_decimal::Decimal;
use serde_json::{Number, Value};
use tieout_core::host::{FieldKind, FieldWrite, MirrorItem, MirrorValue, Mirroring, RecordKind};
use tieout_core::panel::holds;

use crate::ConfigError;

/// How a product spells days and moments in its fields, as `chrono` formats.
#[derive(Clone, Copy, Debug)]
pub struct DateForms {
    /// A day.
    pub day: &'static str,
    /// A moment in UTC.
    pub moment: &'static str,
}

/// A value as a field takes it: numbers are exact, and a text field holds everything as text. Null empties it.
#[must_use]
pub fn spelled(write: &FieldWrite, forms: DateForms) -> Value {
    let Some(value) = &write.value else {
        return Value::Null;
    };
    let is_text = write.holds == Some(FieldKind::Text);
    match value {
        MirrorValue::Amount(amount) => amount_of(*amount, is_text),
        MirrorValue::Text(text) => Value::from(text.as_str()),
        MirrorValue::Day(day) if is_text => Value::from(day.to_string()),
        MirrorValue::Day(day) => match write.holds {
            Some(FieldKind::Moment) => moment_of(day.and_time(NaiveTime::MIN).and_utc(), forms),
            Some(FieldKind::Text | FieldKind::Number | FieldKind::Date | FieldKind::Other(_))
            | None => day_of(*day, forms),
        },
        MirrorValue::Moment(at) if is_text => {
            Value::from(at.to_rfc3339_opts(SecondsFormat::Secs, true))
        }
        MirrorValue::Moment(at) => match write.holds {
            Some(FieldKind::Date) => day_of(at.date_naive(), forms),
            Some(FieldKind::Text | FieldKind::Number | FieldKind::Moment | FieldKind::Other(_))
            | None => moment_of(*at, forms),
        },
    }
}

fn amount_of(amount: Decimal, is_text: bool) -> Value {
    let text = amount.to_string();
    match text.parse::<Number>() {
        Ok(number) if !is_text => Value::Number(number),
        Ok(_) | Err(_) => Value::from(text),
    }
}

fn day_of(day: NaiveDate, forms: DateForms) -> Value {
    Value::from(day.format(forms.day).to_string())
}

fn moment_of(at: DateTime<Utc>, forms: DateForms) -> Value {
    Value::from(at.format(forms.moment).to_string())
}

/// The first field that does not hold what was written, by what the product shows after it said that it is done.
#[must_use]
pub fn not_kept(after: &BTreeMap<String, String>, written: &[FieldWrite]) -> Option<String> {
    written.iter().find_map(|field| {
        let stands = after.get(&field.name).map(String::as_str);
        let is_kept = match &field.value {
            // Products show moments in zones and forms of their own.
            Some(MirrorValue::Moment(_)) => stands.is_some(),
            value @ (Some(MirrorValue::Amount(_) | MirrorValue::Day(_) | MirrorValue::Text(_))
            | None) => holds(stands, value.as_ref()),
        };
        let held = stands.unwrap_or("nothing");
        (!is_kept).then(|| format!("`{}` holds `{held}` after it was written", field.name))
    })
}

/// What cannot work of the fields that are named, for a product that keeps records of some kinds. Asks nobody.
#[must_use]
pub fn mirror_problems(mirroring: &Mirroring, kinds: &[RecordKind]) -> Vec<ConfigError> {
    let mut problems = Vec::new();
    let mut problem = |message: String| {
        problems.push(ConfigError {
            key: "mirror",
            message,
        });
    };
    for kind in mirroring.kinds() {
        if !kinds.contains(&kind) {
            let words: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
            problem(format!(
                "`{kind}` is no kind of record there: it keeps {}",
                words.join(", ")
            ));
            continue;
        }
        let named = mirroring.of(kind).map(|fields| fields.named());
        let mut met: BTreeMap<&str, MirrorItem> = BTreeMap::new();
        for (item, name) in named.into_iter().flatten() {
            let key = format!("{kind}.{}", item.as_str());
            if name.trim().is_empty() {
                problem(format!("`{key}` must not be empty"));
            } else if let Some(other) = met.insert(name, item) {
                let other = other.as_str();
                problem(format!(
                    "`{key}` names `{name}`, which holds `{other}`: a field holds one of them"
                ));
            }
            if item.is_of_party() && !kind.is_party() {
                problem(format!(
                    "`{key}` cannot be: a {kind} has no contact of its own"
                ));
            }
        }
    }
    problems
}
