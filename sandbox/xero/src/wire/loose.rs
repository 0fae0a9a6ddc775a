//! What is accepted for a field: numbers as strings, strings as numbers, empty text as nothing.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::date::parse_day;

/// No number is this large or larger, so that products of two of them cannot overflow.
const AMOUNT_MAX: Decimal = Decimal::from_parts(3_567_587_328, 232, 0, false, 0);

/// A day that remembers how it was sent, so that an echo shows the sender's own text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// The day.
    pub day: NaiveDate,
    sent: String,
}

impl From<NaiveDate> for Day {
    fn from(day: NaiveDate) -> Self {
        Self {
            day,
            sent: day.to_string(),
        }
    }
}

impl Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.sent)
    }
}

/// Text, or a number or truth value taken as text; null is nothing.
///
/// # Errors
/// When the field is an object or an array.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        Value::Number(number) => Ok(Some(number.to_string())),
        Value::Bool(truth) => Ok(Some(truth.to_string())),
        Value::Array(_) | Value::Object(_) => Err(D::Error::custom("expected text")),
    }
}

/// A number, or text that holds one; null and empty text are nothing.
///
/// # Errors
/// When the field holds anything else, or more digits than money can have.
pub fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
    let Some(text) = text(deserializer)? else {
        return Ok(None);
    };
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse()
        .or_else(|_| Decimal::from_scientific(text))
        .ok()
        .filter(|number: &Decimal| number.abs() < AMOUNT_MAX)
        .map(Some)
        .ok_or_else(|| D::Error::custom(format!("could not convert '{text}' to a decimal")))
}

/// An id; null and empty text are nothing.
///
/// # Errors
/// When the text is no GUID.
pub fn guid<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Uuid>, D::Error> {
    let Some(text) = text(deserializer)? else {
        return Ok(None);
    };
    if text.trim().is_empty() {
        return Ok(None);
    }
    Uuid::parse_str(text.trim())
        .map(|id| (!id.is_nil()).then_some(id))
        .map_err(|_| D::Error::custom(format!("could not convert '{text}' to a GUID")))
}

/// A calendar day in one of the spellings of [`parse_day`]; null and empty text are nothing.
///
/// # Errors
/// When the text is no date.
pub fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Day>, D::Error> {
    let Some(sent) = text(deserializer)? else {
        return Ok(None);
    };
    if sent.trim().is_empty() {
        return Ok(None);
    }
    parse_day(&sent)
        .map(|day| {
            Some(Day {
                day,
                sent: sent.clone(),
            })
        })
        .ok_or_else(|| D::Error::custom(format!("could not convert '{sent}' to a date")))
}

/// A truth value, or its name in any case; null is nothing.
///
/// # Errors
/// When the field is neither.
pub fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    match text(deserializer)? {
        None => Ok(None),
        Some(text) if text.is_empty() => Ok(None),
        Some(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
        Some(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
        Some(text) => Err(D::Error::custom(format!(
            "could not convert '{text}' to a boolean"
        ))),
    }
}

/// A list whose null items are dropped; null is nothing.
///
/// # Errors
/// When an item cannot be read.
pub fn list<'de, D, T>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let items = Option::<Vec<Option<T>>>::deserialize(deserializer)?;
    Ok(items.map(|items| items.into_iter().flatten().collect()))
}
