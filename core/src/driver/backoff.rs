//! How long to wait after failures in a row.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::Limits;

/// When to try again after `attempts` failures in a row, now the next one: doubling, with a limit.
pub(super) fn retry_at(limits: &Limits, attempts: u32, now: DateTime<Utc>) -> DateTime<Utc> {
    doubled(
        limits.retry_delay_min,
        attempts,
        limits.retry_delay_max,
        now,
    )
}

/// When to ask again for a file that the host did not hand over `attempts` times in a row, now the next time.
pub(super) fn ask_at(limits: &Limits, attempts: u32, now: DateTime<Utc>) -> DateTime<Utc> {
    doubled(
        limits.missing_delay_min,
        attempts,
        limits.missing_delay_max,
        now,
    )
}

fn doubled(first: Duration, attempts: u32, most: Duration, now: DateTime<Utc>) -> DateTime<Utc> {
    let doublings = attempts.min(20);
    after(now, first.saturating_mul(1 << doublings).min(most))
}

/// A moment a while after another; the end of time if it lies beyond it.
pub(super) fn after(now: DateTime<Utc>, delay: Duration) -> DateTime<Utc> {
    chrono::Duration::from_std(delay)
        .ok()
        .and_then(|delay| now.checked_add_signed(delay))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_their_limit() {
        let limits = Limits::default();
        let pause = |attempts| {
            (retry_at(&limits, attempts, DateTime::UNIX_EPOCH) - DateTime::UNIX_EPOCH).num_seconds()
        };
        assert_eq!([pause(0), pause(1), pause(5), pause(30)], [1, 2, 32, 900]);
    }
}
