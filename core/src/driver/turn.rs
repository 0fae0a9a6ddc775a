//! The loop of one connection: plan, keep requests in the air, settle doubts, and wait only when nothing is due.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::DriverError;
use super::dispatch::fly;
use super::site::{ConnectionSite, World};
use crate::engine::Lane;

/// A connection at work.
pub(super) struct ConnectionLoop {
    world: Arc<World>,
    site: Arc<ConnectionSite>,
    stop: CancellationToken,
    flights: JoinSet<Result<(), DriverError>>,
}

/// What a connection waits for when nothing is due now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Idle {
    /// When the next work falls due, if any is known.
    pub(super) next_at: Option<DateTime<Utc>>,
}

/// The longest wait without looking at the queue again.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

impl ConnectionLoop {
    pub(super) fn new(
        world: Arc<World>,
        site: Arc<ConnectionSite>,
        stop: CancellationToken,
    ) -> Self {
        Self {
            world,
            site,
            stop,
            flights: JoinSet::new(),
        }
    }

    /// Works until nothing is due now, with requests perhaps still in the air.
    ///
    /// A stop lets the step at hand finish and begins no other.
    pub(super) async fn work(&mut self) -> Result<Idle, DriverError> {
        while !self.stop.is_cancelled() {
            self.landed()?;
            let mut worked = self.world.plan_page(&self.site).await? > 0;
            worked |= self.take_off().await?;
            worked |= self.world.resolve_page(&self.site).await? > 0;
            if worked {
                continue;
            }
            if self.flights.is_empty() {
                let next_at = self
                    .next_at(&[Lane::Plan, Lane::Dispatch, Lane::Resolve])
                    .await?;
                return Ok(Idle { next_at });
            }
            self.news().await?;
        }
        Ok(Idle { next_at: None })
    }

    /// Waits for every request in the air. Nothing that left is given up on: each ends by its reply or by
    /// its time limit, and its outcome is stored.
    pub(super) async fn settle(&mut self) -> Result<(), DriverError> {
        let mut settled = Ok(());
        while let Some(landing) = self.flights.join_next().await {
            settled = settled.and(outcome(landing));
        }
        settled
    }

    /// Waits for news, for the next due work, or for a stop.
    pub(super) async fn rest(&self, idle: Idle) {
        tokio::select! {
            biased;
            () = self.site.work.notified() => {}
            () = tokio::time::sleep(self.until(idle.next_at)) => {}
            () = self.stop.cancelled() => {}
        }
    }

    /// Fills the air with requests. Gives whether any left.
    async fn take_off(&mut self) -> Result<bool, DriverError> {
        let mut any = false;
        while self.room() > 0 && !self.stop.is_cancelled() {
            let loaded = self.world.load(&self.site, self.room()).await?;
            if loaded.is_empty() {
                break;
            }
            for loaded in loaded {
                self.flights
                    .spawn(fly(Arc::clone(&self.world), Arc::clone(&self.site), loaded));
            }
            any = true;
        }
        Ok(any)
    }

    fn landed(&mut self) -> Result<(), DriverError> {
        while let Some(landing) = self.flights.try_join_next() {
            outcome(landing)?;
        }
        Ok(())
    }

    /// How many more requests may be in the air.
    fn room(&self) -> usize {
        // One place is left for reading, so that a backlog does not blind us.
        let most = self
            .site
            .provider
            .capability()
            .concurrent_max
            .saturating_sub(1)
            .max(1);
        most.saturating_sub(self.flights.len())
    }

    /// Waits for a landing, for news, or for the next due work: a slow request holds up no other.
    async fn news(&mut self) -> Result<(), DriverError> {
        // While there is no room, what is ready waits for a landing.
        let lanes: &[Lane] = if self.room() > 0 {
            &[Lane::Plan, Lane::Dispatch, Lane::Resolve]
        } else {
            &[Lane::Plan, Lane::Resolve]
        };
        let until_due = self.until(self.next_at(lanes).await?);
        tokio::select! {
            biased;
            Some(landing) = self.flights.join_next() => outcome(landing),
            () = self.site.work.notified() => Ok(()),
            () = tokio::time::sleep(until_due) => Ok(()),
            () = self.stop.cancelled() => Ok(()),
        }
    }

    fn until(&self, next_at: Option<DateTime<Utc>>) -> Duration {
        let now = self.world.clock.now();
        next_at
            .map_or(LOOK_AGAIN, |at| (at - now).to_std().unwrap_or_default())
            .min(LOOK_AGAIN)
    }

    async fn next_at(&self, lanes: &[Lane]) -> Result<Option<DateTime<Utc>>, DriverError> {
        let now = self.world.clock.now();
        let mut next: Option<DateTime<Utc>> = None;
        for lane in lanes {
            let due = self.world.store.due(&self.site.id, *lane, now, 1).await?;
            let at = if due.keys.is_empty() {
                due.next_at
            } else {
                Some(now)
            };
            next = match (next, at) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        }
        Ok(next)
    }
}

fn outcome(
    landing: Result<Result<(), DriverError>, tokio::task::JoinError>,
) -> Result<(), DriverError> {
    match landing {
        Ok(result) => result,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        // Nobody cancels a flight: the set ends only after its flights have landed.
        Err(_) => Ok(()),
    }
}
