//! When a delivery that failed is tried again, and when it is given up.

use chrono::{DateTime, TimeDelta, Utc};

/// How long after each failure, in seconds: 75 hours in all.
/// Source: the schedule that Standard Webhooks 1.0 gives as an example.
const AFTER_S: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
/// By how much at most a wait is longer or shorter, in percent, so that many do not come at once.
const JITTER_PERCENT: i64 = 15;
/// Tries during which an event keeps its place before all later ones.
const TRIES_IN_ORDER: u32 = 2;
/// The longest rest of an endpoint that fails.
const REST_MAX: TimeDelta = TimeDelta::hours(1);
/// The longest wait that an endpoint can ask for.
const ASKED_MAX: TimeDelta = TimeDelta::hours(24);
/// For how long an endpoint may fail without a break.
pub(super) const FAILS_FOR_MAX: TimeDelta = TimeDelta::days(5);

/// When to try again after the failure of try number `attempt`, counted from 1; `None` when it was the last.
pub(super) fn again_at(
    event: &str,
    attempt: u32,
    asked: Option<TimeDelta>,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let index = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
    let wait = *AFTER_S.get(index)?;
    let wait = TimeDelta::milliseconds(wait * 10 * (100 + jitter(event, attempt)));
    Some(now + wait.max(asked.unwrap_or_default().min(ASKED_MAX)))
}

/// Whether an event that failed so often still goes before all later ones.
pub(super) fn keeps_its_place(attempt: u32) -> bool {
    attempt <= TRIES_IN_ORDER
}

/// Until when an endpoint rests that failed so often in a row, for events other than the one that failed.
pub(super) fn rests_until(failures: u32, now: DateTime<Utc>) -> DateTime<Utc> {
    let doubled = 1_i32 << failures.saturating_sub(1).min(12);
    now + (TimeDelta::seconds(5) * doubled).min(REST_MAX)
}

/// From -15 to 15, the same for the same try of the same event.
fn jitter(event: &str, attempt: u32) -> i64 {
    let hash = blake3::hash(format!("{event}/{attempt}").as_bytes());
    let byte = i64::from(hash.as_bytes()[0]);
    byte * (2 * JITTER_PERCENT + 1) / 256 - JITTER_PERCENT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_tried_over_three_days_and_then_given_up() {
        let start = DateTime::<Utc>::UNIX_EPOCH;
        for event in ["evt_1_a", "evt_2_b", "evt_3_c"] {
            let (mut at, mut attempt) = (start, 1);
            while let Some(next) = again_at(event, attempt, None, at) {
                assert!(next > at);
                (at, attempt) = (next, attempt + 1);
            }
            assert_eq!(attempt, 10);
            let hours = (at - start).num_hours();
            assert!((63..=87).contains(&hours), "{hours}");
        }
    }

    #[test]
    fn an_endpoint_may_ask_for_a_longer_wait_within_a_day() {
        let now = DateTime::<Utc>::UNIX_EPOCH;
        let asked = |hours| again_at("e", 1, Some(TimeDelta::hours(hours)), now).unwrap() - now;
        assert_eq!(asked(2), TimeDelta::hours(2));
        assert_eq!(asked(9_999), TimeDelta::hours(24));
        assert!(asked(0) < TimeDelta::seconds(6));
        assert_eq!(rests_until(1, now) - now, TimeDelta::seconds(5));
        assert_eq!(rests_until(u32::MAX, now) - now, TimeDelta::hours(1));
    }
}
