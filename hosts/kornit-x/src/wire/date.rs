//! How dates are read: civil dates without a zone, and `0000-00-00` where there is none.

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use serde_json::Value;

/// The day of a date or a moment, as it stands there; `None` where there is none.
///
/// Fails with what is wrong: it is shown behind the name of the field.
pub(crate) fn date(value: Option<&Value>) -> Result<Option<NaiveDate>, String> {
    let text = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.trim(),
        Some(other) => return Err(wrong(&other.to_string())),
    };
    // An empty date is written as zeros.
    if text.is_empty() || text.starts_with("0000-00-00") {
        return Ok(None);
    }
    let of_moment = |form| NaiveDateTime::parse_from_str(text, form).map(|at| at.date());
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .or_else(|_| of_moment("%Y-%m-%d %H:%M:%S"))
        .or_else(|_| of_moment("%Y-%m-%dT%H:%M:%S%.f"))
        .or_else(|_| DateTime::parse_from_rfc3339(text).map(|at| at.date_naive()))
        .map(Some)
        .map_err(|_| wrong(text))
}

fn wrong(text: &str) -> String {
    let text: String = text.chars().take(40).collect();
    format!("`{text}` is not a date such as 2026-11-05 16:41:10")
}
