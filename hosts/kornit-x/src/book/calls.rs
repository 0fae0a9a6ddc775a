//! How many calls may be made: the product allows so many an hour and a day, and what was used is kept over restarts.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Calls in an hour, as the product's page on creating orders has it; none other is published.
const HOUR_CALLS_MAX: u32 = 1_000;
/// Calls in a day, likewise.
const DAY_CALLS_MAX: u32 = 10_000;
/// Calls are counted by spans of so many seconds: the span that an hour ago cuts counts whole.
const SPAN_S: i64 = 600;

/// The calls of the last day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct CallBook {
    /// Spans, by their start in seconds since 1970, and calls in each; oldest first.
    spans: Vec<(i64, u32)>,
}

impl CallBook {
    /// Notes a call that is about to be made.
    ///
    /// Fails with when one is free again when there is none left.
    pub(crate) fn note(&mut self, now: DateTime<Utc>) -> Result<(), DateTime<Utc>> {
        let span = now.timestamp().div_euclid(SPAN_S) * SPAN_S;
        let counts = |life: TimeDelta| move |start: i64| start + SPAN_S > (now - life).timestamp();
        let (in_hour, in_day) = (counts(TimeDelta::hours(1)), counts(TimeDelta::days(1)));
        self.spans.retain(|(start, _)| in_day(*start));
        for (life, most, is_in) in [
            (
                TimeDelta::hours(1),
                HOUR_CALLS_MAX,
                &in_hour as &dyn Fn(i64) -> bool,
            ),
            (TimeDelta::days(1), DAY_CALLS_MAX, &in_day),
        ] {
            let of_life = || self.spans.iter().filter(|(start, _)| is_in(*start));
            if of_life().map(|(_, calls)| calls).sum::<u32>() >= most {
                let oldest = of_life().map(|(start, _)| *start).min().unwrap_or(span);
                let free = DateTime::from_timestamp(oldest + SPAN_S, 0).unwrap_or(now) + life;
                return Err(free);
            }
        }
        match self.spans.last_mut() {
            Some((start, calls)) if *start == span => *calls += 1,
            _ => self.spans.push((span, 1)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thousand_and_first_call_of_an_hour_waits_until_the_first_are_an_hour_old() {
        let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let mut book = CallBook::default();
        for _ in 0..1_000 {
            book.note(start).unwrap();
        }
        let free = book.note(start + TimeDelta::minutes(59)).unwrap_err();
        assert_eq!(free, start + TimeDelta::minutes(70));
        assert!(book.note(free - TimeDelta::seconds(1)).is_err());
        assert!(book.note(free).is_ok());
    }

    #[test]
    fn ten_thousand_calls_in_a_day_are_the_last_of_it() {
        let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let mut book = CallBook::default();
        for call in 0..10_000 {
            book.note(start + TimeDelta::seconds(5 * call)).unwrap();
        }
        let at = start + TimeDelta::hours(20);
        let free = book.note(at).unwrap_err();
        assert!(free > start + TimeDelta::days(1), "{free}");
        let stored = serde_json::to_vec(&book).unwrap();
        let mut kept: CallBook = serde_json::from_slice(&stored).unwrap();
        assert!(kept.note(at).is_err());
        assert!(kept.note(free).is_ok());
    }
}
