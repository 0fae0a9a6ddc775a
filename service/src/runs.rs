//! What a process that serves calls its runs: one a day, from its start or from midnight (UTC) on.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tieout_core::driver::{DriverError, Run, RunKind, World};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How often the clock is looked at: a machine that slept is late by no more.
const LOOK: Duration = Duration::from_secs(60);

/// The runs of a process that serves.
pub(crate) struct Days {
    task: JoinHandle<()>,
    stop: CancellationToken,
}

impl Days {
    /// Begins the first run, and another one each day.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub(crate) async fn begin(world: &Arc<World>, by: &str) -> Result<Self, DriverError> {
        let first = world.begin_run(RunKind::Serving, by).await?;
        tracing::info!(run = %first.id, "what is written from now on is this run");
        let stop = CancellationToken::new();
        let (world, by, ends) = (Arc::clone(world), by.to_owned(), stop.clone());
        let task = tokio::spawn(async move {
            if let Err(error) = keep(&world, &by, first, &ends).await {
                tracing::error!(error = %error.chain(), "the runs of this process are not kept any more");
            }
        });
        Ok(Self { task, stop })
    }

    /// Ends the run of the day.
    pub(crate) async fn end(self) {
        self.stop.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the runs of this process ended badly");
        }
    }
}

async fn keep(
    world: &World,
    by: &str,
    first: Run,
    stop: &CancellationToken,
) -> Result<(), DriverError> {
    let mut run = first;
    loop {
        let is_over = tokio::select! {
            () = tokio::time::sleep(LOOK) => false,
            () = stop.cancelled() => true,
        };
        if is_over {
            world.end_run(run).await?;
            return Ok(());
        }
        if is_another_day(run.began_at, world.clock.now()) {
            world.end_run(run).await?;
            run = world.begin_run(RunKind::Serving, by).await?;
            tracing::info!(run = %run.id, "what is written from now on is this run");
        }
    }
}

fn is_another_day(began_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now.date_naive() > began_at.date_naive()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_one_that_serves_is_of_one_day() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let began = at("2026-11-22T23:59:59Z");
        assert!(!is_another_day(began, began));
        assert!(is_another_day(began, at("2026-11-23T00:00:00Z")));
        // A clock that was set back ends nothing.
        assert!(!is_another_day(began, at("2026-11-21T00:00:00Z")));
    }
}
