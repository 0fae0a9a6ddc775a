//! How doubt ends: the identical request again inside the idempotency window, a look-up outside it.

use std::collections::BTreeMap;

use super::DriverError;
use super::backoff::{after, retry_at};
use super::dispatch::{Loaded, Told};
use super::gather::{order, payload};
use super::site::{ConnectionSite, World};
use super::tape::of_flight;
use crate::engine::{Binding, BindingKey, Doubt, Flight, Lane, Op, Priority, State, in_doubt};
use crate::exchange::Purpose;
use crate::provider::{ErrorKind, Request};
use crate::store::ChangeSet;

impl World {
    /// Settles the first doubts of a connection that are due. Gives how many were looked at.
    pub(super) async fn resolve_page(&self, site: &ConnectionSite) -> Result<usize, DriverError> {
        let now = self.clock.now();
        let due = self
            .store
            .due(
                &site.id,
                Lane::Resolve,
                now,
                self.limits.resolve_documents_max,
            )
            .await?;
        if due.keys.is_empty() {
            return Ok(0);
        }
        let open = self.store.flights(&site.id).await?;
        let unsure: Vec<Binding> = self
            .store
            .bindings(&due.keys)
            .await?
            .into_iter()
            .flatten()
            .collect();
        let looked_at = unsure.len();
        let mut by_flight: BTreeMap<_, Vec<Binding>> = BTreeMap::new();
        for binding in unsure {
            if let State::Unsure { departure, .. } = &binding.state {
                by_flight
                    .entry(departure.flight.clone())
                    .or_default()
                    .push(binding);
            }
        }
        for (id, bindings) in by_flight {
            let flight = open.iter().find(|flight| flight.id == id);
            let repeatable = match flight {
                Some(flight) => self.repeatable(site, flight).await?,
                None => None,
            };
            self.settle_flight(site, flight, &bindings, repeatable)
                .await?;
        }
        Ok(looked_at)
    }

    /// Finds out what became of some documents of one request: by the identical request, if it may be sent again and
    /// the first time left nothing behind, else by a look-up. What nobody can tell now stays in doubt for longer.
    pub(super) async fn settle_flight(
        &self,
        site: &ConnectionSite,
        flight: Option<&Flight>,
        bindings: &[Binding],
        repeatable: Option<Loaded>,
    ) -> Result<(), DriverError> {
        let Some(loaded) = repeatable else {
            return self.look_up(site, flight, bindings).await;
        };
        let about = of_flight(Purpose::LookUp, site, &loaded.flight);
        let traces = self.has_left_traces(site, &loaded.flight, bindings);
        match self.on_tape(about, traces).await {
            Ok(false) => {
                let about = of_flight(Purpose::Repeat, site, &loaded.flight);
                let refused = self.on_tape(about, self.repeat(site, &loaded)).await?;
                match refused.as_slice() {
                    [] => Ok(()),
                    refused => self.look_after(site, &loaded.flight, refused).await,
                }
            }
            Ok(true) => self.look_up(site, flight, bindings).await,
            Err(error @ DriverError::Store(_)) => Err(error),
            Err(error) => {
                let (why, retry) = (error.chain(), error.retry_at());
                self.still_unsure(site, &loaded.keys(), &why, retry).await
            }
        }
    }

    /// The identical request of a flight, if the idempotency window is still open and every payload is
    /// still what was sent.
    pub(super) async fn repeatable(
        &self,
        site: &ConnectionSite,
        flight: &Flight,
    ) -> Result<Option<Loaded>, DriverError> {
        let capability = site.provider.capability();
        let window = std::time::Duration::from_secs(u64::from(capability.idempotency_window_s));
        let closes = after(
            flight.departed_at,
            window.saturating_sub(self.limits.window_margin),
        );
        if self.clock.now() >= closes {
            return Ok(None);
        }
        let keys: Vec<BindingKey> = flight
            .members
            .iter()
            .map(|member| member.binding.clone())
            .collect();
        let subjects = self.subjects(&keys).await?;
        let mut decisions = match self.decide(site, &subjects).await {
            Ok(decisions) => decisions,
            Err(error @ DriverError::Store(_)) => return Err(error),
            Err(_) => return Ok(None),
        };
        let mut bindings: BTreeMap<BindingKey, Binding> = self
            .store
            .bindings(&keys)
            .await?
            .into_iter()
            .flatten()
            .map(|known| (known.key.clone(), known))
            .collect();
        let mut orders = Vec::new();
        for member in &flight.members {
            let Some(binding) = bindings.remove(&member.binding) else {
                return Ok(None);
            };
            let in_doubt = matches!(&binding.state, State::Unsure { departure, doubt: Doubt::ReplyLost, .. }
                if departure.flight == flight.id);
            let Some((_, decision)) = decisions.remove(&member.binding).filter(|_| in_doubt) else {
                return Ok(None);
            };
            let Some(order) = order(&binding, decision) else {
                return Ok(None);
            };
            if payload(&order).0 != member.payload {
                return Ok(None);
            }
            orders.push(order);
        }
        let request = Request {
            kind: flight.kind,
            idempotency_key: flight.id.to_string(),
            orders,
        };
        Ok(Some(Loaded {
            flight: flight.clone(),
            request,
            priority: Priority::Current,
        }))
    }

    /// Sends the identical request again and stores what it is told. Gives the documents that it did not make because it
    /// was refused, which says nothing about the first time.
    async fn repeat(
        &self,
        site: &ConnectionSite,
        loaded: &Loaded,
    ) -> Result<Vec<BindingKey>, DriverError> {
        let answer = site.provider.send(&loaded.request).await;
        self.count_request(&answer);
        let is_create = loaded.flight.op == Op::Create;
        match answer {
            Ok(outcomes) if outcomes.len() == loaded.request.orders.len() => {
                let outcomes = loaded.told(outcomes).into_iter();
                let (refused, told): (Told, Told) =
                    outcomes.partition(|(_, outcome)| is_create && outcome.is_err());
                if !told.is_empty() {
                    self.store_outcomes(site, loaded, told).await?;
                }
                return Ok(refused.into_keys().collect());
            }
            Ok(_) => {
                let why = "the repeat got a different number of outcomes";
                self.still_unsure(site, &loaded.keys(), why, None).await?;
            }
            Err(error) if error.kind == ErrorKind::Refused => return Ok(loaded.keys()),
            // A time that the provider named counts, even a short one.
            Err(error) if error.kind == ErrorKind::Throttled && error.retry_at.is_some() => {
                site.note_failure(error.to_string());
                self.doubt(loaded, &error.to_string(), error.retry_at)
                    .await?;
            }
            Err(error) => {
                site.note_access(&error);
                self.still_unsure(site, &loaded.keys(), &error.to_string(), error.retry_at)
                    .await?;
            }
        }
        Ok(Vec::new())
    }

    /// Looks for what the first time of a request has left of some of its documents.
    async fn look_after(
        &self,
        site: &ConnectionSite,
        flight: &Flight,
        keys: &[BindingKey],
    ) -> Result<(), DriverError> {
        let bindings = self.store.bindings(keys).await?;
        let bindings: Vec<Binding> = bindings.into_iter().flatten().collect();
        self.look_up(site, Some(flight), &bindings).await
    }

    /// An attempt to find out failed: the next one waits longer.
    pub(super) async fn still_unsure(
        &self,
        site: &ConnectionSite,
        keys: &[BindingKey],
        why: &str,
        retry: Option<chrono::DateTime<chrono::Utc>>,
    ) -> Result<(), DriverError> {
        site.note_failure(why.to_owned());
        let now = self.clock.now();
        self.apply(keys, ChangeSet::default(), |binding| {
            let State::Unsure { attempts, .. } = &binding.state else {
                return None;
            };
            let pause = retry_at(&self.limits, attempts.saturating_add(1), now);
            in_doubt(
                binding,
                why,
                Some(retry.map_or(pause, |at| at.max(pause))),
                now,
            )
        })
        .await?;
        Ok(())
    }
}
