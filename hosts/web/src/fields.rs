//! How a record of a product is read field by field: a field that is absent, null, empty or of another type says nothing,
//! unless it is money.

use chrono::{DateTime, NaiveDateTime, Utc};
use rust_decimal::Decimal;
use serde_json::{Map, Value};

/// The fields of a record.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a>(pub &'a Map<String, Value>);

/// A field that says something that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` is `{value}`, which is no decimal")]
pub struct Unreadable {
    /// The field.
    pub field: String,
    /// What it says.
    pub value: String,
}

/// The figure beyond which nothing is money: sums of such stay inside the type.
const FIGURE_MAX: i64 = 1_000_000_000_000_000;

impl<'a> Fields<'a> {
    /// The fields of an object; `None` for what is none.
    #[must_use]
    pub fn of(value: &'a Value) -> Option<Self> {
        value.as_object().map(Self)
    }

    /// A text without spaces around it; a number is its digits.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        let text = match self.0.get(name)? {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
        };
        Some(text).filter(|text| !text.is_empty())
    }

    /// An identifier: a text that is not zero, by which products say that there is none.
    #[must_use]
    pub fn id(&self, name: &str) -> Option<String> {
        self.text(name).filter(|id| id != "0")
    }

    /// Whether a flag is set.
    #[must_use]
    pub fn is_set(&self, name: &str) -> bool {
        self.0
            .get(name)
            .and_then(Value::as_bool)
            .unwrap_or_default()
    }

    /// An exact decimal from a number or a string.
    pub fn decimal(&self, name: &str) -> Result<Option<Decimal>, Unreadable> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let read = Decimal::from_str_exact(&text).or_else(|_| Decimal::from_scientific(&text));
        match read {
            Ok(figure) if figure.abs() < Decimal::from(FIGURE_MAX) => Ok(Some(figure)),
            Ok(_) | Err(_) => Err(Unreadable {
                field: name.to_owned(),
                value: text.chars().take(40).collect(),
            }),
        }
    }

    /// A moment in any of the forms of [`moment`].
    #[must_use]
    pub fn moment(&self, name: &str) -> Option<DateTime<Utc>> {
        moment(&self.text(name)?)
    }

    /// The objects of a list.
    pub fn list(&self, name: &str) -> impl Iterator<Item = Fields<'a>> + use<'a> {
        let rows = self.0.get(name).and_then(Value::as_array);
        rows.into_iter().flatten().filter_map(Fields::of)
    }
}

/// A moment as products spell it: RFC 3339, `yyyy-MM-dd HH:mm:ss` in UTC, or milliseconds in `/Date(…)/`, where an offset
/// says only how it was shown. Zero dates such as `0000-00-00 00:00:00` say nothing.
#[must_use]
pub fn moment(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Some(inside) = text
        .strip_prefix("/Date(")
        .and_then(|rest| rest.strip_suffix(")/"))
    {
        let digits_end = inside
            .char_indices()
            .skip(1)
            .find(|(_, c)| matches!(c, '+' | '-'))
            .map_or(inside.len(), |(at, _)| at);
        let ms: i64 = inside.get(..digits_end)?.parse().ok()?;
        return DateTime::from_timestamp_millis(ms);
    }
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.to_utc());
    }
    let plain = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"];
    let read = |form: &&str| NaiveDateTime::parse_from_str(text, form).ok();
    plain.iter().find_map(read).map(|at| at.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_exact_whether_it_is_a_number_or_a_string_and_never_passes_through_a_float() {
        let text = r#"{"a":0.1,"b":"1350.00","c":1e3,"d":null,"e":"","f":"x","g":9007199254740993.01,"h":true}"#;
        let value: Value = serde_json::from_str(text).unwrap();
        let fields = Fields::of(&value).unwrap();
        let shown = |name| {
            fields
                .decimal(name)
                .map(|figure| figure.map(|it| it.to_string()))
        };
        assert_eq!(shown("a"), Ok(Some("0.1".to_owned())));
        assert_eq!(shown("b"), Ok(Some("1350.00".to_owned())));
        assert_eq!(shown("c"), Ok(Some("1000".to_owned())));
        assert_eq!(
            (shown("d"), shown("e"), shown("h")),
            (Ok(None), Ok(None), Ok(None))
        );
        assert!(shown("f").is_err() && shown("g").is_err());
    }

    #[test]
    fn every_form_of_a_moment_is_read_and_a_zero_date_is_none() {
        let at = |text| moment(text).map(|at| at.to_rfc3339());
        let expected = Some("2017-03-10T07:28:52+00:00".to_owned());
        assert_eq!(at("/Date(1489130932000-0800)/"), expected);
        assert_eq!(at("/Date(1489130932000)/"), expected);
        assert_eq!(at("2017-03-10 07:28:52"), expected);
        assert_eq!(at("2017-03-10T07:28:52Z"), expected);
        assert_eq!(at("2017-03-09T23:28:52-08:00"), expected);
        assert_eq!(at("0000-00-00 00:00:00"), None);
        assert_eq!(at("/Date(x)/"), None);
        assert_eq!(at("/Date()/"), None);
    }
}
