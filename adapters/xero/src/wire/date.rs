//! How Xero's three spellings of a time are read: `/Date(ms+0000)/`, ISO with a zone, ISO without one.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};

/// The text is no time in any of Xero's spellings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a date in any of Xero's spellings")]
pub struct DateError(String);

/// Reads a moment. Empty text and the year 1, .NET's way to say nothing, are none.
///
/// An offset inside `/Date()/` is ignored: the milliseconds are UTC whatever it says.
pub fn read_moment(text: &str) -> Result<Option<DateTime<Utc>>, DateError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let moment = ticks(text)
        .or_else(|| {
            DateTime::parse_from_rfc3339(text)
                .ok()
                .map(|at| at.to_utc())
        })
        .or_else(|| {
            NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f")
                .ok()
                .map(|at| at.and_utc())
        })
        .or_else(|| {
            let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
            Some(date.and_hms_opt(0, 0, 0)?.and_utc())
        })
        .ok_or_else(|| DateError(text.chars().take(40).collect()))?;
    Ok((moment.year() > 1).then_some(moment))
}

/// Reads a civil date. Xero gives it as midnight UTC of the day, so it is never shifted to a zone.
pub fn read_date(text: &str) -> Result<Option<NaiveDate>, DateError> {
    let text = text.trim();
    // An ISO date is taken by its own first ten characters: an offset behind it must not move the day.
    if let Some(day) = text
        .get(..10)
        .and_then(|day| NaiveDate::parse_from_str(day, "%Y-%m-%d").ok())
    {
        return Ok((day.year() > 1).then_some(day));
    }
    Ok(read_moment(text)?.map(|moment| moment.date_naive()))
}

/// Writes a moment as `If-Modified-Since` wants it: UTC, whole seconds, no zone.
#[must_use]
pub fn write_moment(moment: DateTime<Utc>) -> String {
    moment.format("%Y-%m-%dT%H:%M:%S").to_string()
}

fn ticks(text: &str) -> Option<DateTime<Utc>> {
    let inner = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    let sign = usize::from(inner.starts_with('-'));
    let end = inner[sign..]
        .find(['+', '-'])
        .map_or(inner.len(), |at| at + sign);
    DateTime::from_timestamp_millis(inner[..end].parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_gives_the_same_moment() {
        for text in [
            "/Date(1552326117126+0000)/",
            "/Date(1552326117126)/",
            "/Date(1552326117126-0700)/",
            "2019-03-11T17:41:57.126",
            "2019-03-11T17:41:57.126Z",
            "2019-03-12T06:41:57.126+13:00",
        ] {
            let moment = read_moment(text).unwrap().unwrap();
            assert_eq!(moment.timestamp_millis(), 1_552_326_117_126, "{text}");
        }
    }

    #[test]
    fn a_civil_date_is_never_moved_by_a_zone() {
        let day = NaiveDate::from_ymd_opt(2019, 3, 11).unwrap();
        for text in [
            "/Date(1552262400000+1300)/",
            "2019-03-11T00:00:00",
            "2019-03-11",
            "2019-03-11T00:00:00+13:00",
        ] {
            assert_eq!(read_date(text).unwrap(), Some(day), "{text}");
        }
        let before_1970 = NaiveDate::from_ymd_opt(1969, 12, 31).unwrap();
        assert_eq!(
            read_date("/Date(-86400000+0000)/").unwrap(),
            Some(before_1970)
        );
    }

    #[test]
    fn nothing_is_said_in_several_ways_and_rubbish_is_refused() {
        for text in [
            "",
            " ",
            "0001-01-01T00:00:00",
            "/Date(-62135596800000+0000)/",
        ] {
            assert_eq!(read_date(text).unwrap(), None, "{text}");
            assert_eq!(read_moment(text).unwrap(), None, "{text}");
        }
        for text in [
            "yesterday",
            "/Date(x)/",
            "/Date(1",
            "2019-13-01",
            "11/03/2019",
        ] {
            assert!(read_date(text).is_err(), "{text}");
        }
    }
}
