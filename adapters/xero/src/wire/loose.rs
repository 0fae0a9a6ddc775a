//! How a field is read that Xero spells in more than one way: null, empty, a number or a string.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{read_date, read_moment};

/// A text; null and the empty text are none, a number or a flag becomes its text.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::String(text) if text.is_empty() => Ok(None),
        Value::String(text) => Ok(Some(text)),
        Value::Number(number) => Ok(Some(number.to_string())),
        Value::Bool(flag) => Ok(Some(flag.to_string())),
        Value::Array(_) | Value::Object(_) => Err(D::Error::custom("expected a text")),
    }
}

/// Far above any figure of Xero's, and far enough below the end of the type that sums of them stay inside it.
const FIGURE_MAX: Decimal = Decimal::from_parts(0, 0, 1 << 16, false, 0);

/// An exact decimal from a JSON number or a string; null and the empty text are none.
pub(super) fn decimal<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Decimal>, D::Error> {
    let Some(digits) = text(deserializer)? else {
        return Ok(None);
    };
    let digits = digits.trim();
    Decimal::from_str_exact(digits)
        .or_else(|_| Decimal::from_scientific(digits))
        .ok()
        .filter(|figure| figure.abs() < FIGURE_MAX)
        .map(Some)
        .ok_or_else(|| {
            D::Error::custom(format!(
                "`{}` is not a decimal",
                digits.chars().take(40).collect::<String>()
            ))
        })
}

/// A flag; null and rubbish are false.
pub(super) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(text(deserializer)?.is_some_and(|word| word.eq_ignore_ascii_case("true")))
}

/// A civil date.
pub(super) fn date<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<NaiveDate>, D::Error> {
    text(deserializer)?
        .map_or(Ok(None), |text| read_date(&text))
        .map_err(D::Error::custom)
}

/// A moment.
pub(super) fn moment<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DateTime<Utc>>, D::Error> {
    text(deserializer)?
        .map_or(Ok(None), |text| read_moment(&text))
        .map_err(D::Error::custom)
}

/// A list; null is empty, null items are dropped, one object stands for a list of it.
pub(super) fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let items = match Value::deserialize(deserializer)? {
        Value::Null => Vec::new(),
        Value::Array(items) => items,
        single @ Value::Object(_) => vec![single],
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            return Err(D::Error::custom("expected a list"));
        }
    };
    items
        .into_iter()
        .filter(|item| !item.is_null())
        .map(|item| serde_json::from_value(item).map_err(D::Error::custom))
        .collect()
}

/// A nested object; an empty list may stand for null.
pub(super) fn object<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::Array(items) => items
            .into_iter()
            .find(|item| !item.is_null())
            .map(|item| serde_json::from_value(item).map_err(D::Error::custom))
            .transpose(),
        value => serde_json::from_value(value)
            .map(Some)
            .map_err(D::Error::custom),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Sample {
        #[serde(default, deserialize_with = "decimal")]
        amount: Option<Decimal>,
        #[serde(default, deserialize_with = "list")]
        names: Vec<String>,
        #[serde(default, deserialize_with = "flag")]
        done: bool,
    }

    fn amount(json: &str) -> Option<String> {
        let sample: Sample = serde_json::from_str(&format!("{{\"amount\":{json}}}")).unwrap();
        sample.amount.map(|amount| amount.to_string())
    }

    #[test]
    fn an_amount_is_exact_whether_number_or_string() {
        assert_eq!(amount("0.1").as_deref(), Some("0.1"));
        assert_eq!(amount("\"0.10\"").as_deref(), Some("0.10"));
        assert_eq!(
            amount("9999999999.9999").as_deref(),
            Some("9999999999.9999")
        );
        assert_eq!(amount("1.5E+2").as_deref(), Some("150"));
        assert_eq!(amount("-0.0000001").as_deref(), Some("-0.0000001"));
        assert_eq!(amount("null"), None);
        assert_eq!(amount("\"\""), None);
        for rubbish in ["\"ten\"", "79228162514264337593543950335", "-8E+27"] {
            let json = format!("{{\"amount\":{rubbish}}}");
            assert!(serde_json::from_str::<Sample>(&json).is_err(), "{json}");
        }
    }

    #[test]
    fn null_items_and_missing_lists_are_no_items() {
        let sample: Sample =
            serde_json::from_str("{\"names\":[\"a\",null,\"b\"],\"done\":\"True\"}").unwrap();
        assert_eq!(sample.names, ["a", "b"]);
        assert!(sample.done);
        let sample: Sample = serde_json::from_str("{\"names\":null}").unwrap();
        assert!(sample.names.is_empty() && !sample.done);
    }
}
