//! The loop of one connection: plan, keep requests in the air, settle doubts, and wait only when nothing is due.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::DriverError;
use super::backoff::after;
use super::dispatch::fly;
use super::site::{ConnectionSite, World};
use crate::engine::{Lane, Priority};

/// A connection at work.
pub(super) struct ConnectionLoop {
    world: Arc<World>,
    site: Arc<ConnectionSite>,
    stop: CancellationToken,
    flights: JoinSet<Result<(), DriverError>>,
    gathering: Gathering,
    /// When the last request left.
    left_at: Option<DateTime<Utc>>,
    /// What goes out beside documents: one turn at a time.
    beside: JoinSet<Result<Option<DateTime<Utc>>, DriverError>>,
    /// The provider takes nothing beside documents before this time.
    beside_from: Option<DateTime<Utc>>,
}

/// Whether documents wait for others while the budget is low.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gathering {
    /// They do, as the provider's pace asks for.
    AsAsked,
    /// Everything is here that will come: they leave at once.
    Never,
}

/// What a connection waits for when nothing is due now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Idle {
    /// When the next work falls due, if any is known.
    pub(super) next_at: Option<DateTime<Utc>>,
    /// The same of what goes out beside documents.
    pub(super) beside_at: Option<DateTime<Utc>>,
}

impl Idle {
    /// When anything falls due next.
    pub(super) fn soonest(&self) -> Option<DateTime<Utc>> {
        earlier(self.next_at, self.beside_at)
    }
}

/// The longest wait without looking at the queue again.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

impl ConnectionLoop {
    pub(super) fn new(
        world: Arc<World>,
        site: Arc<ConnectionSite>,
        stop: CancellationToken,
        gathering: Gathering,
    ) -> Self {
        Self {
            gathering,
            left_at: None,
            world,
            site,
            stop,
            flights: JoinSet::new(),
            beside: JoinSet::new(),
            beside_from: None,
        }
    }

    /// Works until nothing is due now, with requests perhaps still in the air.
    ///
    /// A stop lets the step at hand finish and begins no other.
    pub(super) async fn work(&mut self) -> Result<Idle, DriverError> {
        if let Some(until) = self.gathers_until()
            && !self.somebody_waits().await?
        {
            self.world.resolve_page(&self.site).await?;
            let next_at = self.next_at(&[Lane::Resolve]).await?;
            return Ok(Idle {
                next_at: Some(next_at.map_or(until, |at| at.min(until))),
                beside_at: None,
            });
        }
        while !self.stop.is_cancelled() {
            self.landed()?;
            let mut worked = self.world.plan_page(&self.site).await? > 0;
            // Whatever waits for a plan may turn out to gather, and a summary leaves only when all have joined.
            if !worked {
                while !self.stop.is_cancelled()
                    && self.world.gather_summaries(&self.site).await? > 0
                {
                    worked = true;
                }
            }
            worked |= self.take_off().await?;
            worked |= self.world.resolve_page(&self.site).await? > 0;
            worked |= self.take_beside().await?;
            if worked {
                continue;
            }
            if self.flights.is_empty() && self.beside.is_empty() {
                let next_at = self
                    .next_at(&[Lane::Plan, Lane::Dispatch, Lane::Resolve])
                    .await?;
                let beside_at = self.beside_at().await?;
                return Ok(Idle { next_at, beside_at });
            }
            self.news().await?;
        }
        Ok(Idle {
            next_at: None,
            beside_at: None,
        })
    }

    /// Waits for every request in the air. Nothing that left is given up on: each ends by its reply or by
    /// its time limit, and its outcome is stored.
    pub(super) async fn settle(&mut self) -> Result<(), DriverError> {
        let mut settled = Ok(());
        while let Some(landing) = self.flights.join_next().await {
            settled = settled.and(outcome(landing));
        }
        while let Some(done) = self.beside.join_next().await {
            settled = settled.and(self.came_back(done));
        }
        settled
    }

    /// Waits for news, for the next due work, or for a stop.
    pub(super) async fn rest(&self, idle: Idle) {
        tokio::select! {
            biased;
            () = self.site.work.notified() => {}
            () = tokio::time::sleep(self.until(idle.soonest())) => {}
            () = self.stop.cancelled() => {}
        }
    }

    /// Whether something is due that a person waits for: that does not wait for others to come.
    async fn somebody_waits(&self) -> Result<bool, DriverError> {
        let (store, now) = (&self.world.store, self.world.clock.now());
        for lane in [Lane::Plan, Lane::Dispatch, Lane::Beside] {
            // The most urgent one is the first.
            let due = store.due(&self.site.id, lane, now, 1).await?;
            let first = store.bindings(&due.keys).await?.into_iter().flatten();
            if first
                .into_iter()
                .any(|it| it.priority() == Priority::Operator)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Until when documents gather, so that a low budget carries many by one request.
    fn gathers_until(&self) -> Option<DateTime<Utc>> {
        let left_at = self.left_at?;
        match self.gathering {
            Gathering::AsAsked => {
                let until = after(left_at, self.site.pace(&[]).gather);
                (until > self.world.clock.now()).then_some(until)
            }
            Gathering::Never => None,
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
                let flight = fly(Arc::clone(&self.world), Arc::clone(&self.site), loaded);
                self.flights.spawn(flight.in_current_span());
            }
            any = true;
            self.left_at = Some(self.world.clock.now());
        }
        Ok(any)
    }

    /// Begins a turn of what goes out beside documents, if some is due and none is at work. Gives whether
    /// one began.
    async fn take_beside(&mut self) -> Result<bool, DriverError> {
        if !self.beside.is_empty() {
            return Ok(false);
        }
        let due_at = self.beside_at().await?;
        // Read after the queue was: what is due then is due now.
        let now = self.world.clock.now();
        let is_due = due_at.is_some_and(|at| at <= now);
        if is_due && !self.stop.is_cancelled() {
            let (world, site) = (Arc::clone(&self.world), Arc::clone(&self.site));
            let stop = self.stop.clone();
            let turn = async move { world.beside_page(&site, &stop).await };
            self.beside.spawn(turn.in_current_span());
        }
        Ok(is_due)
    }

    fn came_back(
        &mut self,
        done: Result<Result<Option<DateTime<Utc>>, DriverError>, tokio::task::JoinError>,
    ) -> Result<(), DriverError> {
        outcome(done.map(|done| done.map(|pause| self.beside_from = pause)))
    }

    /// When something beside a document falls due, and the provider takes it.
    async fn beside_at(&self) -> Result<Option<DateTime<Utc>>, DriverError> {
        let due = self.next_at(&[Lane::Beside]).await?;
        Ok(due.map(|due| self.beside_from.map_or(due, |from| from.max(due))))
    }

    fn landed(&mut self) -> Result<(), DriverError> {
        while let Some(landing) = self.flights.try_join_next() {
            outcome(landing)?;
        }
        while let Some(done) = self.beside.try_join_next() {
            self.came_back(done)?;
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
        most.saturating_sub(self.flights.len() + self.beside.len())
    }

    /// Waits for a landing, for news, or for the next due work: a slow request holds up no other.
    async fn news(&mut self) -> Result<(), DriverError> {
        // While there is no room, what is ready waits for a landing.
        let lanes: &[Lane] = if self.room() > 0 {
            &[Lane::Plan, Lane::Dispatch, Lane::Resolve]
        } else {
            &[Lane::Plan, Lane::Resolve]
        };
        let mut next_at = self.next_at(lanes).await?;
        if self.beside.is_empty() {
            next_at = earlier(next_at, self.beside_at().await?);
        }
        let until_due = self.until(next_at);
        tokio::select! {
            biased;
            Some(landing) = self.flights.join_next() => outcome(landing),
            Some(done) = self.beside.join_next() => self.came_back(done),
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
            let room = match lane {
                Lane::Dispatch => self.room(),
                Lane::Plan
                | Lane::Resolve
                | Lane::Deliver
                | Lane::Beside
                | Lane::Gather
                | Lane::Within => usize::MAX,
            };
            let due = self.world.in_line(&self.site, *lane, 1, room).await?;
            let at = if due.keys.is_empty() {
                due.next_at
            } else {
                Some(now)
            };
            next = earlier(next, at);
        }
        Ok(next)
    }
}

fn earlier(one: Option<DateTime<Utc>>, other: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
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
