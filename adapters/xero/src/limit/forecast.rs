//! Where a month's bytes are heading: what was read so far, and the average of the last whole days for the rest.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use serde::Serialize;

/// Whole days that the average is taken over: a week, since weekends differ.
const DAYS_MAX: i64 = 7;

/// Fewer whole days than this say too little.
const DAYS_MIN: i64 = 2;

/// A calendar month of UTC, so far and to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Forecast {
    /// Bytes since the month began, or since counting did.
    pub so_far: u64,
    /// Bytes of an average day; absent when there is too little data.
    pub per_day: Option<u64>,
    /// Bytes by the month's end, if the days to come are like the average one.
    pub by_month_end: Option<u64>,
    /// Whole days that the average was taken over.
    pub whole_days: i64,
}

/// The forecast of the month that `now` falls into, from the bytes of each day; a day that is absent had none.
///
/// The first day of all is no whole day, since counting began in its course. Today counts as far as it went.
#[must_use]
pub fn forecast(days: &BTreeMap<NaiveDate, u64>, now: DateTime<Utc>) -> Forecast {
    let today = now.date_naive();
    let first_of_month = today - TimeDelta::days(i64::from(today.day0()));
    let so_far = days.range(first_of_month..=today).map(|(_, bytes)| bytes);
    let so_far = so_far.sum();
    let Some((first, _)) = days.first_key_value() else {
        return Forecast::default();
    };
    let whole_days = ((today - *first).num_days() - 1).clamp(0, DAYS_MAX);
    if whole_days < DAYS_MIN {
        return Forecast {
            so_far,
            whole_days,
            ..Forecast::default()
        };
    }
    let from = today - TimeDelta::days(whole_days);
    let bytes: u64 = days.range(from..today).map(|(_, bytes)| bytes).sum();
    let per_day = bytes / whole_days.unsigned_abs();
    let left_s = (month_end(today) - now).num_seconds().max(0).unsigned_abs();
    let to_come = u128::from(per_day) * u128::from(left_s) / 86_400;
    Forecast {
        so_far,
        per_day: Some(per_day),
        by_month_end: Some(so_far.saturating_add(u64::try_from(to_come).unwrap_or(u64::MAX))),
        whole_days,
    }
}

/// The first moment after the month of a day.
fn month_end(day: NaiveDate) -> DateTime<Utc> {
    let next = match day.month() {
        12 => NaiveDate::from_ymd_opt(day.year() + 1, 1, 1),
        month => NaiveDate::from_ymd_opt(day.year(), month + 1, 1),
    };
    next.and_then(|next| next.and_hms_opt(0, 0, 0))
        .map_or(DateTime::<Utc>::MAX_UTC, |moment| moment.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(from: &str, bytes: &[u64]) -> BTreeMap<NaiveDate, u64> {
        let first: NaiveDate = from.parse().unwrap();
        (0..)
            .zip(bytes)
            .map(|(at, bytes)| (first + TimeDelta::days(at), *bytes))
            .collect()
    }

    #[test]
    fn the_days_to_come_are_like_the_last_whole_week() {
        // Counting began in October; the first week of November was ten times as busy as the second.
        let mut known = days("2026-10-25", &[5; 7]);
        known.extend(days("2026-11-01", &[1_000; 7]));
        known.extend(days("2026-11-08", &[100; 7]));
        let noon = "2026-11-15T12:00:00Z".parse().unwrap();
        let seen = forecast(&known, noon);
        assert_eq!(
            (seen.so_far, seen.per_day, seen.whole_days),
            (7_700, Some(100), 7)
        );
        // Fifteen days and a half are left.
        assert_eq!(seen.by_month_end, Some(7_700 + 1_550));
    }

    #[test]
    fn a_day_without_calls_counts_as_one() {
        let known = days("2026-11-01", &[9, 700]);
        let seen = forecast(&known, "2026-11-04T00:00:00Z".parse().unwrap());
        assert_eq!((seen.whole_days, seen.per_day), (2, Some(350)));
        assert_eq!(seen.by_month_end, Some(709 + 27 * 350));
    }

    #[test]
    fn too_little_data_is_no_forecast() {
        let nothing = forecast(&BTreeMap::new(), DateTime::UNIX_EPOCH);
        assert_eq!(nothing, Forecast::default());
        // The first day began somewhere in its course, so there is one whole day.
        let known = days("2026-12-29", &[100, 100, 50]);
        let seen = forecast(&known, "2026-12-31T06:00:00Z".parse().unwrap());
        assert_eq!(
            (seen.so_far, seen.by_month_end, seen.whole_days),
            (250, None, 1)
        );
    }
}
