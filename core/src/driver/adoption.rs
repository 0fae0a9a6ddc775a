//! How documents that were never sent are looked for at the provider, and what is found becomes theirs.

use std::collections::{BTreeMap, BTreeSet};

use super::DriverError;
use super::gather::Gathered;
use super::heed::look_again;
use super::site::{ConnectionSite, World};
use super::tape::of_documents;
use super::twins::creates;
use crate::document::{DocumentKind, ProviderDocumentId};
use crate::engine::{
    Binding, BindingKey, Doubt, Flight, Judgement, Op, Priority, Seen, State, found, judge,
};
use crate::exchange::Purpose;
use crate::provider::{Candidate, Posting, Snapshot, Sought};
use crate::settings::Existing;
use crate::store::{ChangeSet, Find};

/// A document that was never sent, with what it would be.
pub(super) type Unsent = (Binding, Posting);

/// What was found for a document: each candidate with the other binding that has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shown(pub(super) Vec<(Candidate, Option<BindingKey>)>);

impl Shown {
    pub(super) fn seen(&self) -> Vec<Seen<'_>> {
        let seen = self.0.iter().map(|(candidate, claimed_by)| Seen {
            candidate,
            claimed_by: claimed_by.as_ref(),
        });
        seen.collect()
    }
}

impl World {
    /// Looks for documents before they are created for the first time, where the settings say so. What is found
    /// is bound or held; the rest may leave. Gives whether anything was found that changes a document.
    ///
    /// `looked_for` are those for which nothing was found a moment ago.
    pub(super) async fn look_first(
        &self,
        (site, priority): (&ConnectionSite, Priority),
        gathered: &[Gathered],
        looked_for: &mut BTreeSet<BindingKey>,
    ) -> Result<bool, DriverError> {
        match site.settings.existing {
            Existing::OnCollision => return Ok(false),
            Existing::LookFirst => {}
        }
        let mut by_kind: BTreeMap<DocumentKind, Vec<Unsent>> = BTreeMap::new();
        for (binding, posting) in creates(gathered) {
            if looked_for.insert(binding.key.clone()) {
                let of_kind = by_kind.entry(posting.kind).or_default();
                of_kind.push((binding.clone(), posting.clone()));
            }
        }
        let mut moved = 0;
        for (kind, mut unsent) in by_kind {
            // Neighbours in time share a list.
            unsent.sort_by_key(|(_, posting)| posting.date);
            for some in unsent.chunks(site.provider.capability().look_up_max.max(1)) {
                let shown = self.shown((site, priority), kind, some).await?;
                moved += self.bind_found(site, some, &shown).await?;
            }
        }
        Ok(moved > 0)
    }

    /// Stores what was found for some documents: bound, held, or nothing. Gives how many bindings changed.
    async fn bind_found(
        &self,
        site: &ConnectionSite,
        unsent: &[Unsent],
        shown: &[Shown],
    ) -> Result<usize, DriverError> {
        let found_for: BTreeMap<&BindingKey, (&Unsent, &Shown)> = unsent
            .iter()
            .zip(shown)
            .filter(|(_, shown)| !shown.0.is_empty())
            .map(|(unsent, shown)| (&unsent.0.key, (unsent, shown)))
            .collect();
        if found_for.is_empty() {
            return Ok(0);
        }
        let keys: Vec<BindingKey> = found_for.keys().map(|key| (*key).clone()).collect();
        let same = found_for.values().filter_map(|(unsent, shown)| {
            match judge(&unsent.0, &unsent.1, &shown.seen()) {
                Judgement::Same(candidate) => Some(&candidate.snapshot),
                Judgement::Nothing
                | Judgement::Differs(..)
                | Judgement::Several(_)
                | Judgement::Taken(..) => None,
            }
            .cloned()
        });
        let base = looking_again(site, same);
        let at = self.clock.now();
        let moved = self
            .apply(&keys, base, |binding| {
                let ((known, posting), shown) = found_for.get(&binding.key)?;
                (known.content == binding.content)
                    .then(|| {
                        found(
                            binding,
                            posting,
                            &shown.seen(),
                            self.policy(&binding.key),
                            at,
                        )
                    })
                    .flatten()
            })
            .await?;
        site.hinted.notify_one();
        Ok(moved)
    }

    /// What the provider shows for each document, at most [`crate::provider::Capability::look_up_max`] of one
    /// kind, with whose it is. What one of them takes, none of the later ones is offered.
    pub(super) async fn shown(
        &self,
        (site, priority): (&ConnectionSite, Priority),
        kind: DocumentKind,
        unsent: &[Unsent],
    ) -> Result<Vec<Shown>, DriverError> {
        let sought = sought(site, unsent.iter().map(|(_, posting)| posting));
        let keys = unsent.iter().map(|(binding, _)| binding.key.clone());
        let about = of_documents(Purpose::Adoption, site, keys);
        let asked = async { Ok(site.provider_for(priority).find(kind, &sought).await?) };
        let found = self.on_tape(about, asked).await?;
        let flights = match found.iter().any(|candidates| !candidates.is_empty()) {
            true => self.store.flights(&site.id).await?,
            false => Vec::new(),
        };
        let mut taken: BTreeMap<ProviderDocumentId, BindingKey> = BTreeMap::new();
        let mut all = Vec::new();
        for ((binding, posting), candidates) in unsent.iter().zip(found) {
            let mut shown = Shown::default();
            for candidate in candidates {
                let id = &candidate.snapshot.id;
                if self.is_outdated(site, &candidate.snapshot).await? {
                    continue;
                }
                let owner = match taken.get(id) {
                    Some(owner) => Some(owner.clone()),
                    None => {
                        self.claimed_by(site, &flights, binding, &candidate.snapshot)
                            .await?
                    }
                };
                shown.0.push((candidate, owner));
            }
            if let Judgement::Same(candidate) = judge(binding, posting, &shown.seen()) {
                taken.insert(candidate.snapshot.id.clone(), binding.key.clone());
            }
            all.push(shown);
        }
        // Fewer answers than questions would leave some documents without a look.
        all.resize_with(unsent.len(), Shown::default);
        Ok(all)
    }

    /// Whether the look shows a document under a number that a request of ours has taken from it since.
    async fn is_outdated(
        &self,
        site: &ConnectionSite,
        shown: &Snapshot,
    ) -> Result<bool, DriverError> {
        let posted = Find::Posted {
            connection: site.id.clone(),
            id: shown.id.clone(),
        };
        let keys = self.store.find(&posted).await?;
        let known = self.store.bindings(&keys).await?.into_iter().flatten();
        let mut known = known.filter_map(|binding| binding.posted);
        Ok(known.any(|posted| {
            let is_renumbered = posted.edit.is_none() && posted.number != shown.number;
            posted.updated_at > shown.updated_at && (!posted.status.is_live() || is_renumbered)
        }))
    }

    /// The other binding that has a document of the provider, or may have it because its create is in the air or
    /// in doubt. A binding that a person ended has nothing.
    pub(super) async fn claimed_by(
        &self,
        site: &ConnectionSite,
        flights: &[Flight],
        binding: &Binding,
        held: &Snapshot,
    ) -> Result<Option<BindingKey>, DriverError> {
        let posted = Find::Posted {
            connection: site.id.clone(),
            id: held.id.clone(),
        };
        let mut keys = self.store.find(&posted).await?;
        let owners = keys.len();
        keys.extend(
            self.store
                .find(&Find::Number(binding.number.clone()))
                .await?,
        );
        let known = self.store.bindings(&keys).await?;
        let unique = site.provider.capability().numbers_unique;
        let owner = known.into_iter().enumerate().find_map(|(at, other)| {
            let other = other.filter(|other| other.key != binding.key)?;
            let has_it = at < owners && other.state != State::Detached;
            let may_have_it = unique.contains(&held.kind)
                && other.key.connection == site.id
                && other.key.document.kind == held.kind
                && is_number_in_use(&other);
            (has_it || may_have_it).then_some(other.key)
        });
        let creating = || {
            let creates = flights.iter().filter(|flight| {
                flight.op == Op::Create && flight.kind == held.kind && flight.connection == site.id
            });
            let members = creates.flat_map(|flight| &flight.members);
            let of_others = members.filter(|member| member.binding != binding.key);
            let mut its = of_others.filter(|member| {
                member.sent.as_ref().is_some_and(|sent| {
                    // Where no other document may have its number, it is known by that alone: a contact may be merged meanwhile.
                    let is_its = unique.contains(&held.kind) || sent.contact == held.contact;
                    sent.is_linked(held)
                        || (is_its && sent.number.eq_ignore_ascii_case(&held.number))
                })
            });
            its.next().map(|member| member.binding.clone())
        };
        Ok(owner.or_else(creating))
    }
}

/// Whether the provider said that the number is in use, and nobody has looked yet by whom.
fn is_number_in_use(binding: &Binding) -> bool {
    matches!(
        &binding.state,
        State::Unsure { departure, doubt: Doubt::NumberInUse, .. } if departure.op == Op::Create
    )
}

/// What documents are looked for by. A link that several of them carry names none of them.
pub(super) fn sought<'a>(
    site: &ConnectionSite,
    postings: impl Iterator<Item = &'a Posting>,
) -> Vec<Sought> {
    let unique = site.provider.capability().numbers_unique;
    let mut sought: Vec<Sought> = postings
        .map(|posting| Sought::of(posting, unique.contains(&posting.kind)))
        .collect();
    let mut links: BTreeMap<String, usize> = BTreeMap::new();
    for url in sought.iter().filter_map(|one| one.url.clone()) {
        *links.entry(url).or_default() += 1;
    }
    for one in &mut sought {
        one.url = one.url.take().filter(|url| links.get(url) == Some(&1));
    }
    sought
}

/// What has documents read once more after they were bound.
pub(super) fn looking_again(
    site: &ConnectionSite,
    bound: impl Iterator<Item = Snapshot>,
) -> ChangeSet {
    ChangeSet {
        records: bound
            .map(|snapshot| look_again(&site.id, &snapshot))
            .collect(),
        ..ChangeSet::default()
    }
}
