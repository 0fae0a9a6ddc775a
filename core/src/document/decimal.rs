//! How an exact decimal is written in a document: a JSON string, never a JSON number.
//!
//! A number in JSON passes through binary floating point in most languages before it is written, so
//! `193.99` may arrive as `193.98999999999998`. A string cannot.

use std::borrow::Cow;

use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serializer};

/// Writes the decimal with its own number of places: `10.10` stays `10.10`.
pub fn serialize<S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// Reads a decimal string such as `"193.99"`; at most 28 digits, no exponent, no grouping.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    let text = Cow::<'de, str>::deserialize(deserializer)?;
    read(&text).map_err(D::Error::custom)
}

/// Reads the text of an exact decimal, or says what is wrong with it.
pub fn read(text: &str) -> Result<Decimal, String> {
    let wanted = || format!("`{}` is not a decimal such as `193.99`", shorten(text));
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty()
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
        && digits.as_bytes()[0] != b'.'
        && !digits.ends_with('.');
    if !plain {
        return Err(wanted());
    }
    Decimal::from_str_exact(text).map_err(|_| wanted())
}

/// The decimal with at least so many places: `333.7` with 2 is `333.70`. Nothing is rounded.
#[must_use]
pub fn padded(value: Decimal, places: u32) -> String {
    let mut text = value.to_string();
    // Not by `{:.places$}`: the decimal type panics when digits and padding pass its buffer.
    if value.scale() == 0 && places > 0 {
        text.push('.');
    }
    text.extend((value.scale()..places).map(|_| '0'));
    text
}

fn shorten(text: &str) -> String {
    text.chars().take(40).collect()
}

/// The same for a field that may be absent.
pub mod optional {
    use super::{Cow, Decimal, Deserialize, Deserializer, Serializer, read};
    use serde::de::Error as _;

    /// Writes the decimal string, or null.
    pub fn serialize<S: Serializer>(
        value: &Option<Decimal>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.collect_str(value),
            None => serializer.serialize_none(),
        }
    }

    /// Reads a decimal string; null and the empty string mean absent.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Decimal>, D::Error> {
        match Option::<Cow<'de, str>>::deserialize(deserializer)? {
            None => Ok(None),
            Some(text) if text.is_empty() => Ok(None),
            Some(text) => read(&text).map(Some).map_err(D::Error::custom),
        }
    }
}
