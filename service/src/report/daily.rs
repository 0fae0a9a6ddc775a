//! The certificate of every day, while the program serves.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveTime, Utc};
use tieout_core::driver::World;
use tieout_core::tieout::Depth;
use tokio_util::sync::CancellationToken;

use super::archive::Archive;

/// How often the clock is looked at: a machine that slept is late by no more.
const LOOK: Duration = Duration::from_secs(60);

/// How long after a failure it is tried again.
const AGAIN: Duration = Duration::from_secs(15 * 60);

/// Keeps one certificate a day, from `at` (UTC) on, until it is stopped. One that was missed is made as soon as the
/// program runs again.
pub(crate) async fn keep_daily(
    world: Arc<World>,
    archive: Archive,
    at: NaiveTime,
    stop: CancellationToken,
) {
    // Everything is looked at first: a certificate of nothing would stand for the day.
    rest(LOOK, &stop).await;
    while !stop.is_cancelled() {
        let due = archive
            .newest_at()
            .map(|newest| is_due(newest, world.clock.now(), at));
        let mut pause = LOOK;
        match due {
            Ok(false) => {}
            Ok(true) => match archive
                .keep(&world, Depth::Remembered, &stop, &mut |_| {})
                .await
            {
                Ok((_, kept)) => {
                    let counts = kept.certificate.counts;
                    tracing::info!(
                        file = %kept.path.display(),
                        agree = counts.agree,
                        differ = counts.differ,
                        sha256 = kept.tip,
                        "certificate of the day"
                    );
                }
                // The next run makes up for it.
                Err(_) if stop.is_cancelled() => {}
                Err(failure) => {
                    tracing::error!(
                        error = failure.message,
                        "no certificate of the day; tried again"
                    );
                    pause = AGAIN;
                }
            },
            Err(failure) => {
                tracing::error!(
                    error = failure.message,
                    "no certificate of the day; tried again"
                );
                pause = AGAIN;
            }
        }
        rest(pause, &stop).await;
    }
}

async fn rest(pause: Duration, stop: &CancellationToken) {
    tokio::select! {
        () = tokio::time::sleep(pause) => {}
        () = stop.cancelled() => {}
    }
}

/// Whether the day's moment has come since the newest certificate.
fn is_due(newest: Option<DateTime<Utc>>, now: DateTime<Utc>, at: NaiveTime) -> bool {
    let today = now.date_naive().and_time(at).and_utc();
    let moment = if now >= today {
        today
    } else {
        today - chrono::Duration::days(1)
    };
    newest.is_none_or(|newest| newest < moment)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn there_is_one_a_day_and_a_missed_one_is_made_up_for() {
        let at = NaiveTime::from_hms_opt(6, 0, 0).unwrap();
        let due = |newest: &str, now: &str| is_due(Some(time(newest)), time(now), at);
        assert!(is_due(None, time("2026-11-22T05:00:00Z"), at));
        assert!(!due("2026-11-21T06:00:10Z", "2026-11-22T05:59:59Z"));
        assert!(due("2026-11-21T06:00:10Z", "2026-11-22T06:00:00Z"));
        assert!(!due("2026-11-22T06:00:10Z", "2026-11-22T23:59:00Z"));
        assert!(due("2026-11-12T06:00:10Z", "2026-11-22T05:00:00Z"));
    }
}
