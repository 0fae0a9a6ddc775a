//! How doubt ends: the identical request again inside the idempotency window, a look-up outside it.

use std::collections::BTreeMap;

use super::DriverError;
use super::backoff::{after, retry_at};
use super::dispatch::{Loaded, closing, order, payload};
use super::site::{ConnectionSite, World};
use crate::document::{DocumentKind, ProviderDocumentId};
use crate::engine::{
    Binding, BindingKey, Decision, Doubt, Flight, Lane, LookedUp, Op, Posted, Sent, State,
    in_doubt, looked_up,
};
use crate::provider::{ErrorKind, ProviderError, Request, Snapshot};
use crate::store::{ChangeSet, Find};

/// Attempts in a row after which a document whose request was lost and did not land travels alone.
const LOST_TOGETHER_MAX: u32 = 1;

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
            match repeatable {
                Some(loaded) => self.repeat(site, &loaded).await?,
                None => self.look_up(site, flight, &bindings).await?,
            }
        }
        Ok(looked_at)
    }

    /// The identical request of a flight, if the idempotency window is still open and every payload is
    /// still what was sent.
    async fn repeatable(
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
        let mut decisions = match self.decide(site, &keys).await {
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
        }))
    }

    async fn repeat(&self, site: &ConnectionSite, loaded: &Loaded) -> Result<(), DriverError> {
        self.progress.requests(1);
        match site.provider.send(&loaded.request).await {
            Ok(outcomes) if outcomes.len() == loaded.request.orders.len() => {
                self.store_outcomes(site, loaded, outcomes).await
            }
            Ok(_) => {
                self.still_unsure(
                    &loaded.keys(),
                    "the repeat got a different number of outcomes",
                    None,
                )
                .await
            }
            // Refused as a whole now says nothing about the first time: look it up.
            Err(error) if error.kind == ErrorKind::Refused => {
                let bindings: Vec<Binding> = self
                    .store
                    .bindings(&loaded.keys())
                    .await?
                    .into_iter()
                    .flatten()
                    .collect();
                self.look_up(site, Some(&loaded.flight), &bindings).await
            }
            Err(error) => {
                self.still_unsure(&loaded.keys(), &error.to_string(), error.retry_at)
                    .await
            }
        }
    }

    /// Asks the provider what it holds, and lets each binding decide.
    async fn look_up(
        &self,
        site: &ConnectionSite,
        flight: Option<&Flight>,
        bindings: &[Binding],
    ) -> Result<(), DriverError> {
        let keys: Vec<BindingKey> = bindings.iter().map(|binding| binding.key.clone()).collect();
        let sent = match self.as_sent(site, flight, &keys).await {
            Ok(sent) => sent,
            Err(error @ DriverError::Store(_)) => return Err(error),
            Err(error) => return self.still_unsure(&keys, &error.chain(), None).await,
        };
        let held = match self.held(site, bindings, &sent).await {
            Ok(held) => held,
            Err(error) => {
                return self
                    .still_unsure(&keys, &error.to_string(), error.retry_at)
                    .await;
            }
        };
        let claims = self.claims(site, bindings, &held).await?;
        let base = match flight {
            Some(flight) if self.ends_with(flight, &keys).await? => closing(flight),
            Some(_) | None => ChangeSet::default(),
        };
        let at = self.clock.now();
        let moved = self
            .apply(&keys, base, |binding| {
                let shown = match held.get(&binding.key) {
                    None => LookedUp::Nothing,
                    Some(snapshot) => LookedUp::Found {
                        snapshot,
                        claimed_by: claims.get(&binding.key),
                    },
                };
                looked_up(
                    binding,
                    sent.get(&binding.key),
                    shown,
                    self.policy(&binding.key),
                    at,
                )
            })
            .await?;
        for binding in moved {
            match binding.state {
                // Lost with its companions again and again: one of them may break the provider each time.
                State::Ready { attempts, .. } if attempts > LOST_TOGETHER_MAX => {
                    site.set_apart([binding.key])
                }
                _ => site.let_join(&binding.key),
            }
        }
        Ok(())
    }

    /// Whether a flight holds nobody but these.
    async fn ends_with(&self, flight: &Flight, keys: &[BindingKey]) -> Result<bool, DriverError> {
        let members = flight.members.iter().map(|member| &member.binding);
        let others: Vec<BindingKey> = members
            .filter(|member| !keys.contains(member))
            .cloned()
            .collect();
        let others = self.store.bindings(&others).await?;
        Ok(!others
            .iter()
            .flatten()
            .any(|binding| binding.is_aboard(&flight.id)))
    }

    /// For each binding whose document was found: the other one to which it belongs, or may belong
    /// because its create of the same number is not settled either.
    async fn claims(
        &self,
        site: &ConnectionSite,
        bindings: &[Binding],
        held: &BTreeMap<BindingKey, Snapshot>,
    ) -> Result<BTreeMap<BindingKey, BindingKey>, DriverError> {
        let mut claims = BTreeMap::new();
        for binding in bindings
            .iter()
            .filter(|binding| op(binding) == Some(Op::Create))
        {
            let Some(snapshot) = held.get(&binding.key) else {
                continue;
            };
            let posted = Find::Posted {
                connection: site.id.clone(),
                id: snapshot.id.clone(),
            };
            let owners = self.store.find(&posted).await?;
            let namesakes = self
                .store
                .find(&Find::Number(binding.number.clone()))
                .await?;
            let namesakes = self.store.bindings(&namesakes).await?.into_iter().flatten();
            // Of those that are looked up together the first one may have it.
            let later = |other: &Binding| {
                other.key > binding.key && bindings.iter().any(|it| it.key == other.key)
            };
            let creating = namesakes.filter(|other| {
                other.key.connection == site.id && op(other) == Some(Op::Create) && !later(other)
            });
            let other = owners
                .into_iter()
                .chain(creating.map(|other| other.key))
                .find(|other| *other != binding.key);
            claims.extend(other.map(|other| (binding.key.clone(), other)));
        }
        Ok(claims)
    }

    /// The live document that the provider holds for each binding: by number for creates, by
    /// identifier for the rest.
    async fn held(
        &self,
        site: &ConnectionSite,
        bindings: &[Binding],
        sent: &BTreeMap<BindingKey, Sent>,
    ) -> Result<BTreeMap<BindingKey, Snapshot>, ProviderError> {
        let most = site.provider.capability().look_up_max.max(1);
        let mut held = BTreeMap::new();
        for kind in kinds(bindings) {
            let of_kind = || {
                bindings
                    .iter()
                    .filter(move |binding| binding.key.document.kind == kind)
            };
            let creates: Vec<(&Binding, String)> = of_kind()
                .filter(|binding| op(binding) == Some(Op::Create))
                .map(|binding| (binding, number_sent(site, binding, sent)))
                .collect();
            for some in creates.chunks(most) {
                let numbers: Vec<String> = some.iter().map(|(_, number)| number.clone()).collect();
                let found = site.provider.look_up(kind, &numbers).await?;
                for (binding, number) in some {
                    let live = found
                        .iter()
                        .find(|it| same_number(&it.number, number) && it.status.is_live());
                    held.extend(live.map(|snapshot| (binding.key.clone(), snapshot.clone())));
                }
            }
            let others: Vec<(&Binding, &Posted)> = of_kind()
                .filter(|binding| op(binding) != Some(Op::Create))
                .filter_map(|binding| Some((binding, binding.posted.as_ref()?)))
                .collect();
            for some in others.chunks(most) {
                let ids: Vec<ProviderDocumentId> =
                    some.iter().map(|(_, posted)| posted.id.clone()).collect();
                let found = site.provider.read(kind, &ids).await?;
                for (binding, posted) in some {
                    let live = found
                        .iter()
                        .find(|it| it.id == posted.id && it.status.is_live());
                    held.extend(live.map(|snapshot| (binding.key.clone(), snapshot.clone())));
                }
            }
        }
        Ok(held)
    }

    /// What each binding in doubt was meant to become: from its flight, or from a plan made anew when
    /// its flight has ended.
    async fn as_sent(
        &self,
        site: &ConnectionSite,
        flight: Option<&Flight>,
        keys: &[BindingKey],
    ) -> Result<BTreeMap<BindingKey, Sent>, DriverError> {
        if let Some(flight) = flight {
            let known = flight
                .members
                .iter()
                .filter_map(|member| Some((member.binding.clone(), member.sent.clone()?)));
            return Ok(known.collect());
        }
        let decisions = self.decide(site, keys).await?;
        Ok(decisions
            .into_iter()
            .filter_map(|(key, (_, decision))| match decision {
                Decision::Create(posting) | Decision::Update(posting) => {
                    Some((key, Sent::of(&posting)))
                }
                Decision::Void
                | Decision::Agrees
                | Decision::Gone
                | Decision::Skip(_)
                | Decision::Hold(_) => None,
            })
            .collect())
    }

    async fn still_unsure(
        &self,
        keys: &[BindingKey],
        why: &str,
        retry: Option<chrono::DateTime<chrono::Utc>>,
    ) -> Result<(), DriverError> {
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

fn op(binding: &Binding) -> Option<Op> {
    binding.departure().map(|departure| departure.op)
}

fn kinds(bindings: &[Binding]) -> Vec<DocumentKind> {
    let mut kinds: Vec<DocumentKind> = bindings
        .iter()
        .map(|binding| binding.key.document.kind)
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

fn number_sent(
    site: &ConnectionSite,
    binding: &Binding,
    sent: &BTreeMap<BindingKey, Sent>,
) -> String {
    match sent.get(&binding.key) {
        Some(sent) => sent.number.clone(),
        None => format!("{}{}", site.settings.number_prefix, binding.number),
    }
}

/// Providers compare numbers without case.
fn same_number(held: &str, sent: &str) -> bool {
    held.to_lowercase() == sent.to_lowercase()
}
