//! How a row of the API is read: every scalar is a text there, also money, numbers and booleans.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::Value;
use tieout_core::document::{IdError, decimal};

/// A field that cannot be read, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Its path, such as `item[0].quantity`; empty for the whole row.
    pub(crate) field: String,
    /// What is wrong with it.
    pub(crate) message: String,
}

impl Problem {
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

/// One row, with the path under which people find it.
#[derive(Clone, Debug)]
pub(crate) struct Row<'a> {
    value: &'a Value,
    path: String,
}

impl<'a> Row<'a> {
    /// A row of a list.
    pub(crate) fn of(value: &'a Value) -> Self {
        Self {
            value,
            path: String::new(),
        }
    }

    /// The text of a field without blanks at its ends; empty when it is absent, null or no scalar. A number keeps its
    /// digits as they were sent.
    pub(crate) fn text(&self, field: &str) -> String {
        match self.value.get(field) {
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::Bool(is)) => is.to_string(),
            Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => String::new(),
        }
    }

    /// The text of a field that says something.
    pub(crate) fn some(&self, field: &str) -> Option<String> {
        Some(self.text(field)).filter(|text| !text.is_empty())
    }

    /// The exact figure of a field; `None` when it is absent or empty.
    pub(crate) fn decimal(&self, field: &str) -> Result<Option<Decimal>, Problem> {
        let text = self.text(field);
        if text.is_empty() {
            return Ok(None);
        }
        // Examples show plain figures alone; a grouped one such as `1,165.32` is not taken for another number.
        decimal::read(&text)
            .map(Some)
            .map_err(|message| Problem::new(self.path(field), message))
    }

    /// The day of a field: `dd-mm-yyyy` in the first generation; in the second a date stamped with noon in UTC, whose
    /// date part alone is meant. `None` when it is absent or empty.
    pub(crate) fn date(&self, field: &str) -> Result<Option<NaiveDate>, Problem> {
        let text = self.text(field);
        if text.is_empty() {
            return Ok(None);
        }
        let day: String = text.chars().take(10).collect();
        NaiveDate::parse_from_str(&day, "%Y-%m-%d")
            .or_else(|_| NaiveDate::parse_from_str(&day, "%d-%m-%Y"))
            .map(Some)
            .map_err(|_| {
                let short: String = text.chars().take(40).collect();
                let message = format!(
                    "`{short}` is not a date such as `2026-11-02T12:00:00Z` or `02-11-2026`"
                );
                Problem::new(self.path(field), message)
            })
    }

    /// The rows in a field; none when it is no list.
    pub(crate) fn rows(&self, field: &str) -> Vec<Row<'a>> {
        let Some(Value::Array(rows)) = self.value.get(field) else {
            return Vec::new();
        };
        rows.iter()
            .enumerate()
            .map(|(place, value)| Row {
                value,
                path: format!("{}[{place}].", self.path(field)),
            })
            .collect()
    }

    /// The row in a field.
    pub(crate) fn row(&self, field: &str) -> Option<Row<'a>> {
        let value = self.value.get(field).filter(|value| value.is_object())?;
        Some(Row {
            value,
            path: format!("{}.", self.path(field)),
        })
    }

    /// The path of a field, for people.
    pub(crate) fn path(&self, field: &str) -> String {
        format!("{}{field}", self.path)
    }
}

/// The rows of a reply: a bare list, or one wrapped as `{"data": [...]}`.
pub(crate) fn rows(body: &[u8]) -> Result<Vec<Value>, String> {
    match serde_json::from_slice(body).map_err(|error| error.to_string())? {
        Value::Array(rows) => Ok(rows),
        Value::Object(mut page) => match page.remove("data") {
            Some(Value::Array(rows)) => Ok(rows),
            Some(_) | None => Err("an object without a list in `data`".to_owned()),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            Err("neither a list nor an object".to_owned())
        }
    }
}

/// An identifier of a field; `None` for none, which the product also writes as `0`.
pub(crate) fn typed_id<T>(
    row: &Row<'_>,
    field: &str,
    new: fn(String) -> Result<T, IdError>,
) -> Result<Option<T>, Problem> {
    match row.some(field).filter(|text| text != "0") {
        Some(text) => new(text)
            .map(Some)
            .map_err(|error| Problem::new(row.path(field), error.to_string())),
        None => Ok(None),
    }
}
