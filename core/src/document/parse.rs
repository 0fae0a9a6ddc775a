//! How bytes become a document: with the path of the first bad value, and with limits.

use serde::de::DeserializeOwned;

/// A text that is not what it should be, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct ParseError {
    /// The path of the bad value, such as `lines[3].quantity`; `.` for the whole.
    pub path: String,
    /// What is wrong, with line and column.
    pub message: String,
}

/// Reads one JSON value of a normal form.
///
/// Unknown fields are ignored. The error names the path of the first value that does not fit.
pub fn parse<T: DeserializeOwned>(json: &[u8]) -> Result<T, ParseError> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| ParseError {
        path: error.path().to_string(),
        message: error.into_inner().to_string(),
    })?;
    reader.end().map_err(|error| ParseError {
        path: ".".to_owned(),
        message: error.to_string(),
    })?;
    Ok(value)
}
