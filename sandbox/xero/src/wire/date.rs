//! How dates are read and written: `/Date(ms+0000)/` and plain strings out, three spellings in.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde::{Serialize, Serializer};

/// Writes milliseconds since 1970 as `/Date(1552262400000+0000)/`.
#[derive(Debug, Clone, Copy)]
pub struct MsDate(pub i64);

impl MsDate {
    /// Midnight UTC of a calendar day, which is how Xero writes days.
    #[must_use]
    pub fn of_day(day: NaiveDate) -> Self {
        Self(day.and_time(NaiveTime::MIN).and_utc().timestamp_millis())
    }
}

impl Serialize for MsDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("/Date({}+0000)/", self.0))
    }
}

/// Writes an instant as the envelope does: `/Date(1552327126164)/`, without an offset.
#[derive(Debug, Clone, Copy)]
pub struct BareMsDate(pub i64);

impl Serialize for BareMsDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("/Date({})/", self.0))
    }
}

/// Writes a day as `2019-03-11T00:00:00`, without a zone.
#[derive(Debug, Clone, Copy)]
pub struct DayString(pub NaiveDate);

impl Serialize for DayString {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}T00:00:00", self.0))
    }
}

/// Writes an instant to the second, as `2019-03-11T17:58:46Z`.
#[derive(Debug, Clone, Copy)]
pub struct SecondString(pub i64);

impl Serialize for SecondString {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let at = DateTime::from_timestamp_millis(self.0).unwrap_or_default();
        serializer.collect_str(&at.format("%Y-%m-%dT%H:%M:%SZ"))
    }
}

/// Reads a calendar day from `2026-11-21`, `2026-11-21T00:00:00` (any time, any zone is ignored) or `/Date(ms+0000)/`.
#[must_use]
pub fn parse_day(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    if let Some(ms) = parse_ms_date(text) {
        return DateTime::from_timestamp_millis(ms).map(|at| at.date_naive());
    }
    let (day, rest) = text.split_at_checked(10)?;
    let accepted = rest.is_empty() || rest.starts_with('T') || rest.starts_with(' ');
    accepted
        .then(|| NaiveDate::parse_from_str(day, "%Y-%m-%d").ok())
        .flatten()
}

/// Reads an `If-Modified-Since` header: ISO with or without fraction and zone, or an HTTP date. Anything else is no time
/// at all, and the header is then ignored.
#[must_use]
pub fn parse_modified_since(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim().trim_matches('"');
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.to_utc());
    }
    if let Ok(at) = DateTime::parse_from_rfc2822(text) {
        return Some(at.to_utc());
    }
    for form in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"] {
        if let Ok(at) = NaiveDateTime::parse_from_str(text, form) {
            return Some(at.and_utc());
        }
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .map(|day| day.and_time(NaiveTime::MIN).and_utc())
}

/// Reads `/Date(1552262400000+0000)/`, with or without the offset.
#[must_use]
pub fn parse_ms(text: &str) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(parse_ms_date(text)?)
}

fn parse_ms_date(text: &str) -> Option<i64> {
    let inner = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    let sign_at = inner
        .char_indices()
        .skip(1)
        .find(|(_, letter)| matches!(letter, '+' | '-'))
        .map_or(inner.len(), |(at, _)| at);
    inner.get(..sign_at)?.parse().ok()
}
