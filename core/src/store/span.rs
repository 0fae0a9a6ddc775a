//! Which pages of the journal may tell of a stretch of time.

use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};

use super::StoreError;
use crate::engine::Entry;

/// How far the times of neighbouring entries are out of order while the clock goes forward, in seconds.
///
/// Steps that run side by side take their time, work, and then wait for one writer.
const OUT_OF_ORDER_S_MAX: i64 = 60;

/// The pages from `pages` that may tell of a time, by halving. `read` gives the entries of one.
pub(super) fn span(
    pages: Range<u64>,
    time: &Range<DateTime<Utc>>,
    mut read: impl FnMut(u64) -> Result<Vec<Entry>, StoreError>,
) -> Result<Range<u64>, StoreError> {
    if time.is_empty() {
        return Ok(pages.end..pages.end);
    }
    let slack = TimeDelta::seconds(OUT_OF_ORDER_S_MAX);
    let from = time.start.checked_sub_signed(slack);
    let from = from.unwrap_or(DateTime::<Utc>::MIN_UTC);
    let before = time.end.checked_add_signed(slack);
    let before = before.unwrap_or(DateTime::<Utc>::MAX_UTC);
    let start = first(pages.clone(), |page| {
        Ok(read(page)?.iter().any(|entry| entry.at >= from))
    })?;
    let end = first(start..pages.end, |page| {
        Ok(read(page)?.iter().all(|entry| entry.at > before))
    })?;
    Ok(start..end)
}

/// The first page that is late enough; the end where none is.
fn first(
    pages: Range<u64>,
    mut is_late: impl FnMut(u64) -> Result<bool, StoreError>,
) -> Result<u64, StoreError> {
    let Range { mut start, mut end } = pages;
    while start < end {
        let middle = start + (end - start) / 2;
        if is_late(middle)? {
            end = middle;
        } else {
            start = middle + 1;
        }
    }
    Ok(start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Event;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_772_532_000 + second, 0).unwrap()
    }

    /// One entry a page, at these seconds; pages are numbered from 1.
    fn pages_of(seconds: &[i64], time: Range<i64>) -> Range<u64> {
        let end = u64::try_from(seconds.len()).unwrap() + 1;
        let read = |page: u64| {
            Ok(vec![Entry {
                at: at(seconds[usize::try_from(page).unwrap() - 1]),
                binding: None,
                event: Event::Operator {
                    action: String::new(),
                },
                state: None,
            }])
        };
        span(1..end, &(at(time.start)..at(time.end)), read).unwrap()
    }

    #[test]
    fn a_stretch_is_found_with_a_minute_around_it() {
        let hourly: Vec<i64> = (0..100).map(|hour| hour * 3_600).collect();
        assert_eq!(pages_of(&hourly, 3_600..7_201), 2..4);
        assert_eq!(pages_of(&hourly, 3_700..3_800), 3..3, "nothing happened");
        assert_eq!(pages_of(&hourly, -9_000..-100), 1..1);
        assert_eq!(pages_of(&hourly, 999_999..9_999_999), 101..101);
        assert_eq!(pages_of(&hourly, -9_000..9_999_999), 1..101);
        assert_eq!(pages_of(&[0, 50, 20, 100, 70, 300], 60..90), 1..6);
        assert_eq!(pages_of(&[], 0..10), 1..1);
    }

    #[test]
    fn a_clock_that_was_set_back_costs_nothing_outside_of_the_stretch_that_it_went_through_twice() {
        // On to 10 o'clock, back to 5, and on to 20.
        let hours = (0..=10).chain(5..=20);
        let seconds: Vec<i64> = hours.map(|hour| hour * 3_600).collect();
        for from in (0..5).chain(11..20) {
            let time = from * 3_600..from * 3_600 + 1;
            let found = pages_of(&seconds, time);
            let page = 1 + seconds.iter().position(|at| *at == from * 3_600).unwrap();
            assert!(found.contains(&u64::try_from(page).unwrap()), "{from}");
        }
        // Either pass: the one of the two is found, and never nothing.
        for from in 5..=10 {
            assert!(!pages_of(&seconds, from * 3_600..from * 3_600 + 1).is_empty());
        }
        assert_eq!(pages_of(&seconds, 0..999_999), 1..28);
    }
}
