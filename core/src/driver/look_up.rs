//! How a look-up ends a doubt: what the provider holds, whose it is, and what each binding makes of it.

use std::collections::BTreeMap;

use super::DriverError;
use super::dispatch::closing;
use super::site::{ConnectionSite, World};
use super::tape::of_look_up;
use crate::document::{DocumentKind, ProviderDocumentId};
use crate::engine::{Binding, BindingKey, Decision, Flight, LookedUp, Op, Sent, State, looked_up};
use crate::provider::{Mark, ProviderError, Snapshot, Sought};
use crate::store::{ChangeSet, Find};

/// Attempts in a row after which a document whose request was lost and did not land travels alone.
const LOST_TOGETHER_MAX: u32 = 1;

impl World {
    /// Asks the provider what it holds, and lets each binding decide.
    pub(super) async fn look_up(
        &self,
        site: &ConnectionSite,
        flight: Option<&Flight>,
        bindings: &[Binding],
    ) -> Result<(), DriverError> {
        let about = of_look_up(site, flight, bindings);
        self.on_tape(about, self.ask_and_decide(site, flight, bindings))
            .await
    }

    async fn ask_and_decide(
        &self,
        site: &ConnectionSite,
        flight: Option<&Flight>,
        bindings: &[Binding],
    ) -> Result<(), DriverError> {
        let keys: Vec<BindingKey> = bindings.iter().map(|binding| binding.key.clone()).collect();
        let sent = match self.as_sent(site, flight, &keys).await {
            Ok(sent) => sent,
            Err(error @ DriverError::Store(_)) => return Err(error),
            Err(error) => return self.still_unsure(site, &keys, &error.chain(), None).await,
        };
        let held = match self.held(site, bindings, &sent).await {
            Ok(held) => held,
            Err(error @ DriverError::Store(_)) => return Err(error),
            Err(error) => {
                if let DriverError::Provider(error) = &error {
                    site.note_access(error);
                }
                return self
                    .still_unsure(site, &keys, &error.chain(), error.retry_at())
                    .await;
            }
        };
        let claims = self.claims(site, bindings, &held, &sent).await?;
        let base = match flight {
            Some(flight) if self.ends_with(flight, &keys).await? => closing(flight),
            Some(_) | None => ChangeSet::default(),
        };
        let at = self.clock.now();
        self.apply(&keys, base, |binding| {
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
        let op = flight.map(|flight| flight.op);
        // Nobody sends them meanwhile: this task alone does.
        for binding in self.store.bindings(&keys).await?.into_iter().flatten() {
            match (op, &binding.state) {
                (Some(op @ (Op::Create | Op::Update)), State::Posted)
                | (Some(op @ Op::Void), State::Voided) => self.note_done(site, op, 1),
                _ => {}
            }
            match binding.state {
                // Lost with its companions again and again: one of them may break the provider each time.
                State::Ready { attempts, .. } if attempts > LOST_TOGETHER_MAX => {
                    site.set_apart([binding.key]);
                }
                _ => site.let_join(&binding.key),
            }
        }
        Ok(())
    }

    /// Whether a repeat could make something twice, because the first time has left something behind.
    ///
    /// A provider that failed half-way may have made the first documents and forgotten the key. Where numbers
    /// are unique it refuses them the second time; of other kinds it would make them again.
    pub(super) async fn has_left_traces(
        &self,
        site: &ConnectionSite,
        flight: &Flight,
        bindings: &[Binding],
    ) -> Result<bool, DriverError> {
        if flight.op != Op::Create || is_unique(site, flight.kind) {
            return Ok(false);
        }
        let sent: BTreeMap<BindingKey, Sent> = flight
            .members
            .iter()
            .filter_map(|member| Some((member.binding.clone(), member.sent.clone()?)))
            .collect();
        Ok(!self.held(site, bindings, &sent).await?.is_empty())
    }

    /// Whether a flight holds nobody but these.
    pub(super) async fn ends_with(
        &self,
        flight: &Flight,
        keys: &[BindingKey],
    ) -> Result<bool, DriverError> {
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
        sent: &BTreeMap<BindingKey, Sent>,
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
            // Where another party's document may carry the number, only a twin may claim this one.
            let may_claim = |other: &Binding| {
                let kind = other.key.document.kind;
                is_unique(site, kind)
                    || sent
                        .get(&other.key)
                        .is_some_and(|sent| sent.differences(snapshot).is_empty())
            };
            let creating = namesakes.filter(|other| {
                other.key.connection == site.id
                    && other.key.document.kind == snapshot.kind
                    && op(other) == Some(Op::Create)
                    && may_claim(other)
                    && !later(other)
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
    ) -> Result<BTreeMap<BindingKey, Snapshot>, DriverError> {
        let mut held = BTreeMap::new();
        for kind in kinds(bindings) {
            let of_kind = bindings
                .iter()
                .filter(|binding| binding.key.document.kind == kind);
            let (creates, others): (Vec<&Binding>, Vec<&Binding>) =
                of_kind.partition(|binding| op(binding) == Some(Op::Create));
            let mut found = held_by_number(site, kind, &creates, sent).await?;
            let unfound = creates.iter().filter(|it| !found.contains_key(&it.key));
            let unfound: Vec<&Binding> = unfound.copied().collect();
            found.extend(self.held_by_link(site, kind, &unfound, sent).await?);
            held.extend(found);
            held.extend(held_by_id(site, kind, &others).await?);
        }
        Ok(held)
    }

    /// Of those that nobody shows under their numbers: the one that carries our link, belongs to nobody, and is
    /// of the same day or amount. Somebody may have given it another number meanwhile.
    async fn held_by_link(
        &self,
        site: &ConnectionSite,
        kind: DocumentKind,
        unfound: &[&Binding],
        sent: &BTreeMap<BindingKey, Sent>,
    ) -> Result<BTreeMap<BindingKey, Snapshot>, DriverError> {
        let linked: Vec<(&BindingKey, Sought)> = unfound
            .iter()
            .filter_map(|binding| {
                let sent = sent.get(&binding.key)?;
                sent.url.as_ref()?;
                Some((&binding.key, sought(site, kind, sent)))
            })
            .collect();
        let mut held = BTreeMap::new();
        for some in linked.chunks(site.provider.capability().look_up_max.max(1)) {
            let wanted: Vec<Sought> = some.iter().map(|(_, sought)| sought.clone()).collect();
            let found = site.provider.find(kind, &wanted).await?;
            for ((key, sought), candidates) in some.iter().zip(found) {
                let mut free = Vec::new();
                for candidate in candidates {
                    let snapshot = candidate.snapshot;
                    let alike =
                        snapshot.date == sought.date || snapshot.totals.gross == sought.gross;
                    let posted = Find::Posted {
                        connection: site.id.clone(),
                        id: snapshot.id.clone(),
                    };
                    if candidate.mark == Mark::Link
                        && alike
                        && self.store.find(&posted).await?.is_empty()
                    {
                        free.push(snapshot);
                    }
                }
                // A link that stands on several documents names none of them.
                if let [_] = free.as_slice() {
                    held.extend(free.into_iter().map(|snapshot| ((*key).clone(), snapshot)));
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
        let decisions = self.decide(site, &self.subjects(keys).await?).await?;
        Ok(decisions
            .into_iter()
            .filter_map(|(key, (_, decision))| match decision {
                Decision::Create(posting) | Decision::Update(posting) => {
                    Some((key, Sent::of(&posting)))
                }
                Decision::Void
                | Decision::Undo(_)
                | Decision::Reverse(_)
                | Decision::Leave(_)
                | Decision::Agrees
                | Decision::Gone
                | Decision::Skip(_)
                | Decision::Hold(_) => None,
            })
            .collect())
    }
}

/// What a create that was lost is looked for by.
fn sought(site: &ConnectionSite, kind: DocumentKind, sent: &Sent) -> Sought {
    Sought {
        number: sent.number.clone(),
        reference: sent.reference.clone(),
        url: sent.url.clone(),
        contact: sent.contact.clone(),
        date: sent.date,
        gross: sent.totals.gross,
        number_is_unique: is_unique(site, kind),
    }
}

async fn held_by_number(
    site: &ConnectionSite,
    kind: DocumentKind,
    creates: &[&Binding],
    sent: &BTreeMap<BindingKey, Sent>,
) -> Result<BTreeMap<BindingKey, Snapshot>, ProviderError> {
    let mut held = BTreeMap::new();
    let is_unique = is_unique(site, kind);
    for some in creates.chunks(site.provider.capability().look_up_max.max(1)) {
        let numbers: Vec<String> = some
            .iter()
            .map(|binding| number_sent(site, binding, sent))
            .collect();
        let found = site.provider.look_up(kind, &numbers).await?;
        for (binding, number) in some.iter().zip(&numbers) {
            let sent = sent.get(&binding.key);
            // Another party's document of the same number, unless all but the party is as it was sent: then
            // somebody may have moved or merged it since, and sending again could make a second one.
            let is_theirs = |it: &Snapshot| {
                sent.is_none_or(|sent| {
                    sent.contact == it.contact || sent.is_but_for_contact(it) || sent.is_linked(it)
                })
            };
            let live = || {
                let same = |it: &&Snapshot| same_number(&it.number, number);
                let live = found.iter().filter(|it| it.status.is_live());
                live.filter(same).filter(|it| is_unique || is_theirs(it))
            };
            // Where numbers may stand twice, ours is the one that is as it was sent. Of several, such as one that
            // somebody entered before, the one with our link or else the newest.
            let ours = |it: &&Snapshot| sent.is_some_and(|sent| sent.differences(it).is_empty());
            let linked = |it: &&Snapshot| sent.is_some_and(|sent| sent.is_linked(it));
            let best = live()
                .filter(ours)
                .max_by_key(|it| (linked(it), it.updated_at))
                .or_else(|| live().find(linked))
                .or_else(|| live().next());
            held.extend(best.map(|snapshot| (binding.key.clone(), snapshot.clone())));
        }
    }
    Ok(held)
}

async fn held_by_id(
    site: &ConnectionSite,
    kind: DocumentKind,
    bindings: &[&Binding],
) -> Result<BTreeMap<BindingKey, Snapshot>, ProviderError> {
    let posted: Vec<(&BindingKey, &ProviderDocumentId)> = bindings
        .iter()
        .filter_map(|binding| Some((&binding.key, &binding.posted.as_ref()?.id)))
        .collect();
    let mut held = BTreeMap::new();
    for some in posted.chunks(site.provider.capability().look_up_max.max(1)) {
        let ids: Vec<ProviderDocumentId> = some.iter().map(|(_, id)| (*id).clone()).collect();
        let found = site.provider.read(kind, &ids).await?;
        for (key, id) in some {
            let live = found.iter().find(|it| it.id == **id && it.status.is_live());
            held.extend(live.map(|snapshot| ((*key).clone(), snapshot.clone())));
        }
    }
    Ok(held)
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

/// Whether a number of a kind can stand on one document alone.
fn is_unique(site: &ConnectionSite, kind: DocumentKind) -> bool {
    site.provider.capability().numbers_unique.contains(&kind)
}

/// Providers compare numbers without case.
fn same_number(held: &str, sent: &str) -> bool {
    held.to_lowercase() == sent.to_lowercase()
}
