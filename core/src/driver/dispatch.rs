//! How ready bindings leave: gathered into one request, stored as a flight, sent, and their outcomes stored.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::DriverError;
use super::backoff::{after, retry_at};
use super::gather::{Gathered, Gathering, agrees, flight_id, gather};
use super::plan::Decisions;
use super::site::{ConnectionSite, World};
use super::tape::of_flight;
use crate::engine::{
    Binding, BindingKey, Decision, Flight, Lane, Op, Priority, SkipReason, State, Step, departed,
    in_doubt, landed, planned, put_back, rejected, turned_away, unplanned,
};
use crate::exchange::Purpose;
use crate::provider::{ErrorKind, ProviderError, Rejection, RejectionKind, Request, Snapshot};
use crate::store::{ChangeSet, FlightChange, StoreError};

/// A stored flight with the request that it stands for.
pub(super) struct Loaded {
    pub(super) flight: Flight,
    pub(super) request: Request,
    pub(super) priority: Priority,
}

/// What the provider answered about each order.
type Outcomes = Vec<Result<Snapshot, Rejection>>;

/// What documents of a request are told.
pub(super) type Told = BTreeMap<BindingKey, Result<Snapshot, Rejection>>;

impl World {
    /// Gathers the first due bindings of a connection into at most `most` requests and stores their flights.
    ///
    /// Empty when nothing is due. After this each request is to be sent, or found out about: a crash
    /// from here on leaves flights that the next start resolves.
    pub(super) async fn load(
        &self,
        site: &ConnectionSite,
        most: usize,
    ) -> Result<Vec<Loaded>, DriverError> {
        let batch = site.provider.capability().batch_documents_max;
        let mut looked_for = BTreeSet::new();
        loop {
            let due = self
                .in_line(site, Lane::Dispatch, batch * most, most)
                .await?;
            if due.keys.is_empty() {
                return Ok(Vec::new());
            }
            // Between two requests with old documents somebody may let them rest.
            let most = match due.priority {
                Priority::Operator | Priority::Current => most,
                Priority::Backfill => 1,
            };
            let mut keys = due.keys;
            keys.truncate(batch * most);
            let subjects = self.subjects(&keys).await?;
            let decisions = match self.decide(site, &subjects).await {
                Err(error) if self.rest_backfill(site, due.priority, &error) => {
                    return Ok(Vec::new());
                }
                decisions => decisions?,
            };
            let subjects: Vec<Binding> = subjects.into_iter().map(|(binding, _)| binding).collect();
            let stale: Vec<BindingKey> = subjects
                .iter()
                .filter(|binding| !agrees(binding, &decisions))
                .map(|binding| binding.key.clone())
                .collect();
            if !stale.is_empty() {
                // Settings, chart or document changed since the plan: plan anew, then look again.
                self.replan(&stale, &decisions).await?;
                continue;
            }
            let gathered = gather(site, subjects, decisions, most);
            if self.hold_twins(site, &gathered).await? {
                // Some of them do not leave: gather anew.
                continue;
            }
            let looked = self.look_first((site, due.priority), &gathered, &mut looked_for);
            match looked.await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) if self.rest_backfill(site, due.priority, &error) => {
                    return Ok(Vec::new());
                }
                Err(error) => return Err(error),
            }
            if let Some(loaded) = self.store_flights(site, gathered, due.priority).await? {
                return Ok(loaded);
            }
        }
    }

    async fn replan(&self, keys: &[BindingKey], decisions: &Decisions) -> Result<(), DriverError> {
        let at = self.clock.now();
        self.apply(keys, ChangeSet::default(), |binding| {
            match decisions.get(&binding.key) {
                Some((version, decision))
                    if *version == binding.version
                        && !matches!(decision, Decision::Skip(SkipReason::RoutedTo(_))) =>
                {
                    planned(binding, decision, self.policy(&binding.key), at)
                }
                _ => unplanned(binding, at),
            }
        })
        .await?;
        Ok(())
    }

    /// Stores flights and the departure of their members; `None` if somebody changed one meanwhile.
    pub(super) async fn store_flights(
        &self,
        site: &ConnectionSite,
        gathered: Vec<Gathered>,
        priority: Priority,
    ) -> Result<Option<Vec<Loaded>>, DriverError> {
        let at = self.clock.now();
        let mut changes = ChangeSet::default();
        let mut loaded = Vec::new();
        for gathered in gathered {
            let flight = Flight {
                id: flight_id(site, &gathered),
                connection: site.id.clone(),
                op: gathered.op,
                kind: gathered.kind,
                members: gathered.members.iter().map(Gathering::member).collect(),
                departed_at: at,
            };
            let mut orders = Vec::new();
            for gathering in gathered.members {
                let Some(step) = departed(&gathering.binding, &flight.id, at) else {
                    return Ok(None);
                };
                changes.bindings.push(step.binding);
                changes.journal.push(step.entry);
                orders.push(gathering.order);
            }
            changes.flights.push(FlightChange::Open(flight.clone()));
            let request = Request {
                kind: gathered.kind,
                idempotency_key: flight.id.to_string(),
                orders,
            };
            loaded.push(Loaded {
                flight,
                request,
                priority,
            });
        }
        match self.store.commit(changes).await {
            Ok(()) => Ok(Some(loaded)),
            Err(StoreError::Conflict(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Sends a stored request and stores its outcome.
    pub(super) async fn fly(
        &self,
        site: &ConnectionSite,
        loaded: &Loaded,
    ) -> Result<(), DriverError> {
        let provider = site.provider_for(loaded.priority);
        let answer = provider.send(&loaded.request).await;
        self.count_request(&answer);
        match answer {
            Ok(outcomes) if outcomes.len() == loaded.request.orders.len() => {
                self.store_outcomes(site, loaded, loaded.told(outcomes))
                    .await
            }
            Ok(outcomes) => {
                let why = format!(
                    "{} outcomes for {} documents",
                    outcomes.len(),
                    loaded.request.orders.len()
                );
                self.doubt(loaded, &why, None).await
            }
            Err(error) => self.store_failure(site, loaded, error).await,
        }
    }

    /// Counts a request that left. What our own side held back, such as for the budget, went nowhere.
    pub(super) fn count_request(&self, answer: &Result<Outcomes, ProviderError>) {
        let was_held_back = matches!(answer, Err(error) if error.was_held_back);
        self.progress.requests(usize::from(!was_held_back));
    }

    /// Stores what documents of a request are told, and closes it once it holds no other.
    pub(super) async fn store_outcomes(
        &self,
        site: &ConnectionSite,
        loaded: &Loaded,
        told: Told,
    ) -> Result<(), DriverError> {
        // Before anything is planned again.
        self.heed_refusals(site, &told).await?;
        let sent = loaded.flight.sent();
        let at = self.clock.now();
        // A number in use is looked up, and only the flight knows what was sent under which one.
        let in_use = |outcome: &Result<Snapshot, Rejection>| matches!(outcome, Err(rejection) if rejection.kind == RejectionKind::DuplicateNumber);
        let stays_open = told.len() < loaded.flight.members.len() || told.values().any(in_use);
        let base = match stays_open {
            true => ChangeSet::default(),
            false => closing(&loaded.flight),
        };
        let keys: Vec<BindingKey> = told.keys().cloned().collect();
        self.apply(&keys, base, |binding| {
            let policy = self.policy(&binding.key);
            match told.get(&binding.key)? {
                Ok(snapshot) => {
                    let sent = sent.get(&binding.key).copied().flatten();
                    landed(binding, sent, snapshot, policy, at)
                }
                Err(rejection) => rejected(binding, rejection, policy, at),
            }
        })
        .await?;
        if stays_open && self.ends_with(&loaded.flight, &[]).await? {
            self.apply(&[], closing(&loaded.flight), |_| None::<Step>)
                .await?;
        }
        let done = told.values().filter(|outcome| outcome.is_ok()).count();
        self.note_done(site, loaded.flight.op, done);
        keys.iter().for_each(|key| site.let_join(key));
        Ok(())
    }

    /// Counts documents of which the provider told, or a look shows, that what was asked is done.
    pub(super) fn note_done(&self, site: &ConnectionSite, op: Op, documents: usize) {
        site.note_done(documents);
        match op {
            Op::Create | Op::Update => self.progress.posted(documents),
            Op::Void => self.progress.voided(documents),
        }
    }

    /// Lets go of remembered data that a refusal showed to be stale.
    async fn heed_refusals(&self, site: &ConnectionSite, told: &Told) -> Result<(), DriverError> {
        let mut chart_forgotten = false;
        for (key, outcome) in told {
            let Err(rejection) = outcome else { continue };
            let chart = rejection.kind.suggests_stale_chart() && !chart_forgotten;
            let contact = rejection.kind.suggests_stale_contact();
            self.forget_stale(site, key, chart, contact).await?;
            chart_forgotten |= chart;
        }
        Ok(())
    }

    async fn store_failure(
        &self,
        site: &ConnectionSite,
        loaded: &Loaded,
        error: ProviderError,
    ) -> Result<(), DriverError> {
        tracing::warn!(
            connection = %site.id, flight.id = %loaded.flight.id, kind = ?error.kind, error = %error,
            "a request failed as a whole"
        );
        site.note_failure(error.to_string());
        site.note_access(&error);
        match error.kind {
            ErrorKind::Unsure | ErrorKind::BadReply => {
                self.doubt(loaded, &error.to_string(), None).await
            }
            ErrorKind::Throttled if may_be_a_copy(loaded, &error) => {
                let (why, until) = (error.to_string(), error.retry_at);
                self.rest_backfill(site, loaded.priority, &DriverError::Provider(error));
                self.doubt(loaded, &why, until).await
            }
            ErrorKind::Refused => self.refused_whole(site, loaded, &error).await,
            ErrorKind::NotProcessed
            | ErrorKind::Throttled
            | ErrorKind::Unauthorised
            | ErrorKind::Forbidden => {
                let is_budget = error.kind == ErrorKind::Throttled;
                let back = match is_budget && !error.was_held_back {
                    true => turned_away,
                    false => put_back,
                };
                let error = DriverError::Provider(error);
                let rests = self.rest_backfill(site, loaded.priority, &error);
                let now = self.clock.now();
                // A time that the provider named counts, even a short one; a time that is over does not.
                let named = error
                    .retry_at()
                    .map(|at| at.max(after(now, self.limits.retry_delay_min)));
                let until = |attempts| match (rests, named) {
                    // They rest all together, so none needs a time of its own.
                    (true, _) => None,
                    (false, Some(at)) if is_budget => Some(at),
                    // Nobody knows when what fails will work: the same short time again and again would never end.
                    (false, named) => {
                        let pause = retry_at(&self.limits, attempts, now);
                        Some(named.map_or(pause, |at| at.max(pause)))
                    }
                };
                let (keys, base) = (loaded.keys(), closing(&loaded.flight));
                let why = error.to_string();
                self.apply(&keys, base, |binding| {
                    let State::InFlight(departure) = &binding.state else {
                        return None;
                    };
                    let until = until(departure.attempts);
                    back(binding, &why, until, self.policy(&binding.key), now)
                })
                .await?;
                Ok(())
            }
        }
    }

    /// The request as a whole was refused and did nothing: its documents travel alone, and the one that
    /// is refused alone is the bad one.
    async fn refused_whole(
        &self,
        site: &ConnectionSite,
        loaded: &Loaded,
        error: &ProviderError,
    ) -> Result<(), DriverError> {
        if let [_] = loaded.flight.members.as_slice() {
            let rejection = Rejection {
                kind: RejectionKind::Validation,
                messages: vec![error.message.clone()],
                advice: None,
            };
            return self
                .store_outcomes(site, loaded, loaded.told(vec![Err(rejection)]))
                .await;
        }
        site.set_apart(loaded.keys());
        let (now, why) = (self.clock.now(), error.to_string());
        self.apply(&loaded.keys(), closing(&loaded.flight), |binding| {
            put_back(binding, &why, None, self.policy(&binding.key), now)
        })
        .await?;
        Ok(())
    }

    /// Nobody knows whether the request was processed: its flight stays open until that is known. Nobody asks before
    /// the time that the provider named.
    pub(super) async fn doubt(
        &self,
        loaded: &Loaded,
        why: &str,
        until: Option<DateTime<Utc>>,
    ) -> Result<(), DriverError> {
        let now = self.clock.now();
        let soonest = after(now, self.limits.doubt_delay);
        let not_before = until.map_or(soonest, |until| until.max(soonest));
        self.apply(&loaded.keys(), ChangeSet::default(), |binding| {
            in_doubt(binding, why, Some(not_before), now)
        })
        .await?;
        Ok(())
    }
}

impl Loaded {
    pub(super) fn keys(&self) -> Vec<BindingKey> {
        self.flight
            .members
            .iter()
            .map(|member| member.binding.clone())
            .collect()
    }

    /// What each document is told, of outcomes in the order of the request.
    pub(super) fn told(&self, outcomes: Outcomes) -> Told {
        self.keys().into_iter().zip(outcomes).collect()
    }
}

/// Whether a request that was turned away for the provider's limits may be the copy of one that was done: something on
/// the way handed it over twice, and the second one alone was answered.
///
/// A create makes something twice by that, or leaves behind what the host lets go before the repeat; a void that was done
/// is refused when it comes again. An update says the same once more, and [`turned_away`] remembers that it may have been done.
/// The repeat goes under the same key where that still counts, so it mostly costs no call.
fn may_be_a_copy(loaded: &Loaded, error: &ProviderError) -> bool {
    match loaded.flight.op {
        Op::Create | Op::Void => !error.was_held_back,
        Op::Update => false,
    }
}

/// The change set that ends a flight.
pub(super) fn closing(flight: &Flight) -> ChangeSet {
    ChangeSet {
        flights: vec![FlightChange::Close(flight.id.clone())],
        ..ChangeSet::default()
    }
}

/// A flight on its way, for the loop that keeps several in the air.
pub(super) async fn fly(
    world: Arc<World>,
    site: Arc<ConnectionSite>,
    loaded: Loaded,
) -> Result<(), DriverError> {
    let about = of_flight(Purpose::Send, &site, &loaded.flight);
    world.on_tape(about, world.fly(&site, &loaded)).await
}
