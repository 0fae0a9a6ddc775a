//! What happens to some documents of a plan on one connection, from the comparison to their outcome.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::depart::Ready;
use super::run::Job;
use super::told::Executed;
use super::verify::Verified;
use crate::driver::DriverError;
use crate::driver::backoff::{after, retry_at};
use crate::driver::site::ConnectionSite;
use crate::engine::{Action, Binding, BindingKey, Intention, Lane, Priority, SkipReason, State};

/// Attempts after which what did not leave is left.
const ATTEMPTS_MAX: u32 = 3;

/// What became of a document after its request landed.
enum Landing {
    /// As planned.
    Done,
    /// It waits to be tried again, not before this time.
    Again(Option<DateTime<Utc>>),
    /// Otherwise.
    Otherwise(Executed),
}

impl Job<'_> {
    /// Executes some documents of one connection.
    pub(super) async fn page(
        &mut self,
        site: &Arc<ConnectionSite>,
        mut page: Vec<Intention>,
    ) -> Result<(), DriverError> {
        let mut attempts = 0;
        while !page.is_empty() {
            if let Some(why) = self.why_not(site) {
                for intention in &page {
                    self.say(intention, Executed::Left { why: why.clone() });
                }
                return Ok(());
            }
            let turn = match self.turn(site, page.clone()).await {
                Ok(again) => again,
                Err(error @ DriverError::Store(_)) => return Err(error),
                Err(error) => {
                    let again_at = error.retry_at();
                    let why = error.chain();
                    page.retain(|intention| !self.told.contains(&intention.key()));
                    page.iter()
                        .cloned()
                        .map(|it| (it, again_at, why.clone()))
                        .collect()
                }
            };
            let Some((_, _, why)) = turn.first() else {
                return Ok(());
            };
            let why = why.clone();
            let again_at = turn.iter().filter_map(|(_, at, _)| *at).max();
            page = turn
                .into_iter()
                .map(|(intention, _, _)| intention)
                .collect();
            attempts += 1;
            self.wait_or_give_up(site, attempts, again_at, why).await;
        }
        Ok(())
    }

    fn why_not(&self, site: &ConnectionSite) -> Option<String> {
        if self.stop.is_cancelled() {
            return Some("stopped before its turn".to_owned());
        }
        self.out_of_reach.get(&site.id).cloned()
    }

    /// Waits for the next attempt, or gives the connection up.
    async fn wait_or_give_up(
        &mut self,
        site: &ConnectionSite,
        attempts: u32,
        again_at: Option<DateTime<Utc>>,
        why: String,
    ) {
        let (limits, now) = (&self.world.limits, self.world.clock.now());
        let again_at = again_at.unwrap_or_else(|| retry_at(limits, attempts, now));
        let is_late = again_at > after(now, limits.once_patience);
        if attempts >= ATTEMPTS_MAX || is_late || site.take_refused_access().is_some() {
            self.out_of_reach.insert(site.id.clone(), why);
            return;
        }
        let length = (again_at - now).to_std().unwrap_or_default();
        tokio::select! {
            biased;
            () = self.stop.cancelled() => {}
            () = tokio::time::sleep(length) => {}
        }
    }

    /// One attempt: compares, sends, finds out. Gives what is to be tried again, with the time and the reason.
    async fn turn(
        &mut self,
        site: &Arc<ConnectionSite>,
        page: Vec<Intention>,
    ) -> Result<Vec<(Intention, Option<DateTime<Utc>>, String)>, DriverError> {
        self.settle_doubts(site, &page).await?;
        let Verified { going, beside } = self.verify(site, page).await?;
        let mut done = beside;
        let mut again = Vec::new();
        let wanted: Vec<Intention> = going.iter().map(|one| one.intention.clone()).collect();
        let (flown, broke) = match self.make_ready(site, going).await {
            Ok(ready) => self.depart_all(site, ready).await?,
            Err(error @ DriverError::Store(_)) => return Err(error),
            Err(error) => {
                let untold = wanted.into_iter();
                let untold = untold.filter(|it| !self.told.contains(&it.key()));
                again.extend(untold.map(|it| (it, error.retry_at(), error.chain())));
                (Vec::new(), None)
            }
        };
        let keys: Vec<BindingKey> = flown.iter().map(Intention::key).collect();
        self.settle_doubts(site, &flown).await?;
        let mut by_key: BTreeMap<BindingKey, Binding> = BTreeMap::new();
        for binding in self
            .world
            .store
            .bindings(&keys)
            .await?
            .into_iter()
            .flatten()
        {
            by_key.insert(binding.key.clone(), binding);
        }
        for intention in flown {
            let landing = match by_key.get(&intention.key()) {
                Some(binding) => self.landing(&intention, binding).await?,
                None => Landing::Again(None),
            };
            match landing {
                Landing::Done => done.push((intention, Executed::Done)),
                Landing::Again(at) => {
                    let earlier = || "it was put back".to_owned();
                    let (soonest, why) = match &broke {
                        Some(error) => (error.retry_at(), error.chain()),
                        None => (None, site.last_failure().unwrap_or_else(earlier)),
                    };
                    again.push((intention, at.max(soonest), why));
                }
                Landing::Otherwise(became) => self.say(&intention, became),
            }
        }
        self.send_beside(site, done).await?;
        Ok(again)
    }

    /// Sends what is ready. Gives what was planned for it, and what broke off the sending: some may have left before.
    async fn depart_all(
        &self,
        site: &Arc<ConnectionSite>,
        ready: Ready,
    ) -> Result<(Vec<Intention>, Option<DriverError>), DriverError> {
        for (priority, keys) in [
            (Priority::Current, ready.current),
            (Priority::Backfill, ready.old),
        ] {
            match self.depart(site, keys, &ready.decisions, priority).await {
                Ok(()) => {}
                Err(error @ DriverError::Store(_)) => return Err(error),
                Err(error) => return Ok((ready.planned, Some(error))),
            }
        }
        Ok((ready.planned, None))
    }

    /// What a binding says of the request that was made for it.
    async fn landing(
        &self,
        intention: &Intention,
        binding: &Binding,
    ) -> Result<Landing, DriverError> {
        let failed = || {
            Landing::Otherwise(Executed::Failed {
                state: binding.state.name().to_owned(),
                findings: binding.state.findings().to_vec(),
            })
        };
        let moves = intention.goes_to.is_some();
        Ok(match &binding.state {
            State::Posted | State::Voided => Landing::Done,
            State::Waiting { .. } if moves && !binding.is_bound() => {
                self.world.leave(&binding.key).await?;
                Landing::Done
            }
            State::Skipped {
                reason: SkipReason::RoutedTo(_),
            } if moves => Landing::Done,
            State::Skipped {
                reason: SkipReason::Undone { .. },
            } if intention.action == Action::Void && !binding.is_bound() => Landing::Done,
            State::Waiting { not_before, .. } | State::Ready { not_before, .. } => {
                Landing::Again(*not_before)
            }
            State::InFlight(_) | State::Unsure { .. } => Landing::Otherwise(Executed::InDoubt),
            State::Held { .. }
            | State::Skipped { .. }
            | State::Rejected { .. }
            | State::Removed { .. }
            | State::Detached => failed(),
        })
    }

    /// Works off what goes out beside some documents, for as long as a single run waits. Gives why it does not go on.
    async fn all_beside(
        &self,
        site: &ConnectionSite,
        keys: &[BindingKey],
    ) -> Result<Option<String>, DriverError> {
        let world = &self.world;
        let until = after(world.clock.now(), world.limits.once_patience);
        while !keys.is_empty() && !self.stop.is_cancelled() {
            match world.beside_of(site, keys, &self.stop).await {
                Ok(None) => {}
                Ok(Some(at)) if at <= until => {}
                Ok(Some(_)) => return Ok(site.last_failure()),
                Err(error @ DriverError::Store(_)) => return Err(error),
                Err(error) => return Ok(Some(error.chain())),
            }
            let bindings = world.store.bindings(keys).await?.into_iter().flatten();
            let Some(soonest) = bindings.filter_map(|binding| beside_at(&binding)).min() else {
                return Ok(None);
            };
            if soonest > until {
                return Ok(None);
            }
            let length = (soonest - world.clock.now()).to_std().unwrap_or_default();
            tokio::select! {
                biased;
                () = self.stop.cancelled() => {}
                () = tokio::time::sleep(length) => {}
            }
        }
        Ok(None)
    }

    /// Sends what goes out beside documents that stand as planned, and tells of them.
    async fn send_beside(
        &mut self,
        site: &ConnectionSite,
        done: Vec<(Intention, Executed)>,
    ) -> Result<(), DriverError> {
        let keys: Vec<BindingKey> = done
            .iter()
            .filter(|(intention, _)| !intention.beside.is_empty())
            .map(|(intention, _)| intention.key())
            .collect();
        if let Some(why) = self.all_beside(site, &keys).await? {
            self.out_of_reach.insert(site.id.clone(), why);
        }
        let found: BTreeMap<BindingKey, Binding> = self
            .world
            .store
            .bindings(&keys)
            .await?
            .into_iter()
            .flatten()
            .map(|binding| (binding.key.clone(), binding))
            .collect();
        for (intention, became) in done {
            let binding = found.get(&intention.key());
            let findings: Vec<_> = binding
                .into_iter()
                .flat_map(|binding| binding.companions.findings().cloned())
                .collect();
            let waits = binding.is_some_and(|binding| beside_at(binding).is_some());
            let became = if !findings.is_empty() {
                let state = "not everything beside it arrived".to_owned();
                Executed::Failed { state, findings }
            } else if waits {
                let state = "what goes out beside it waits".to_owned();
                Executed::Failed { state, findings }
            } else {
                became
            };
            self.say(&intention, became);
        }
        Ok(())
    }
}

/// When something beside a document falls due.
fn beside_at(binding: &Binding) -> Option<DateTime<Utc>> {
    let due = binding.due().into_iter();
    due.filter(|due| due.lane == Lane::Beside)
        .map(|due| due.at)
        .min()
}
