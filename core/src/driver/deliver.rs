//! How hosts are told: what is owed is gathered, stored as a delivery, handed over, and its results stored.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::DriverError;
use super::backoff::retry_at;
use super::cursor::{read, record};
use super::site::{HostSite, World};
use crate::check::Finding;
use crate::document::{ConnectionId, HostId, Settlement};
use crate::engine::{
    Binding, BindingKey, ContentHash, Lane, Taken, dated_ahead, delivered, let_ripe_go, next_told,
    owed, put_off, told_elsewhere,
};
use crate::host::{Delivery, HostErrorKind, WriteBack, WriteBackRefusal};
use crate::spans::{followed, handing_over};
use crate::store::{ChangeSet, Find, RecordKey};

/// A stored delivery with the bindings that its items are about.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Outgoing {
    delivery: Delivery,
    /// The binding of each item, in order.
    bindings: Vec<BindingKey>,
}

/// A write-back with what the host said to it.
type Told = (WriteBack, Result<(), WriteBackRefusal>);

/// A payment that is not told yet, with what is shown of it.
type Early = (WriteBack, Finding);

/// Bindings read at once while a delivery is gathered.
const READ_MAX: usize = 250;

/// Failed deliveries after which the pause is as long as it gets.
const ATTEMPTS_SHOWN_MAX: u32 = 20;

impl World {
    /// Tells a host some of what it is owed. Gives how many items it took or refused.
    ///
    /// The delivery is stored before it leaves and comes again under the same `id` after a crash or
    /// a failure, so the host can tell a repeat from news.
    pub async fn deliver_page(&self, site: &HostSite) -> Result<usize, DriverError> {
        let outgoing = match read::<Outgoing>(self.store.as_ref(), &key(&site.id)).await? {
            Some(stored) => stored,
            None => match self.gather_delivery(site).await? {
                Some(gathered) => gathered,
                None => return Ok(0),
            },
        };
        let span = handing_over(&site.id, outgoing.delivery.items.len());
        followed(span, self.hand_over(site, outgoing)).await
    }

    async fn hand_over(&self, site: &HostSite, outgoing: Outgoing) -> Result<usize, DriverError> {
        match site.host.deliver(&outgoing.delivery).await {
            Ok(results) if results.len() == outgoing.delivery.items.len() => {
                self.store_results(site, outgoing, results).await
            }
            Ok(results) => {
                let message = format!(
                    "{} results for {} write-backs",
                    results.len(),
                    outgoing.delivery.items.len()
                );
                let error = crate::host::HostError::new(HostErrorKind::BadData, "deliver", message);
                self.deliver_later(&outgoing).await?;
                Err(error.into())
            }
            Err(error) => {
                self.deliver_later(&outgoing).await?;
                Err(error.into())
            }
        }
    }

    /// Write-backs of one delivery to a host.
    pub(super) fn delivery_items_max(&self, site: &HostSite) -> usize {
        let host = site.host.capability().delivery_items_max;
        host.min(self.limits.deliver_items_max)
    }

    /// What a host is owed now, stored as the next delivery.
    async fn gather_delivery(&self, site: &HostSite) -> Result<Option<Outgoing>, DriverError> {
        let most = self.delivery_items_max(site);
        let (mut items, mut bindings, mut versions) = (Vec::new(), Vec::new(), Vec::new());
        let (mut settled, mut early) = (Vec::new(), Vec::new());
        for connection in self.connection_ids() {
            let due = self.due_for(site, &connection, most).await?;
            // Most documents are owed several items, so the delivery is often full before all are read.
            'full: for some in due.chunks(READ_MAX) {
                for binding in self.store.bindings(some).await?.into_iter().flatten() {
                    let (owed, kept) = self.owed_now(&binding);
                    if owed.is_empty() && kept.is_empty() {
                        settled.push(binding.key.clone());
                        continue;
                    }
                    // All about one document travels together, the first document even beyond the limit.
                    if !items.is_empty() && items.len() + owed.len() > most {
                        break 'full;
                    }
                    if !kept.is_empty() {
                        early.push((binding.key.clone(), kept));
                    }
                    if owed.is_empty() {
                        continue;
                    }
                    versions.push((binding.key.clone(), binding.version));
                    bindings.extend(owed.iter().map(|_| binding.key.clone()));
                    items.extend(owed);
                }
            }
        }
        self.nothing_owed(&settled).await?;
        self.keep_back(early).await?;
        if items.is_empty() {
            return Ok(None);
        }
        let id = ContentHash::of(&(&site.id, &versions, &items))
            .as_str()
            .to_owned();
        let outgoing = Outgoing {
            delivery: Delivery { id, items },
            bindings,
        };
        let records = vec![record(key(&site.id), &outgoing)];
        self.store
            .commit(ChangeSet {
                records,
                ..ChangeSet::default()
            })
            .await?;
        Ok(Some(outgoing))
    }

    /// What the host of a binding is owed now, and what of it is dated too far ahead, with what is shown of that.
    fn owed_now(&self, binding: &Binding) -> (Vec<WriteBack>, Vec<Early>) {
        let (policy, now) = (self.policy(&binding.key), self.clock.now());
        let mut ripe = binding.clone();
        let_ripe_go(&mut ripe, policy, now);
        let items = owed(&ripe, policy);
        let early = items.iter().filter_map(|item| {
            let finding = dated_ahead(item, policy, now)?;
            Some((item.clone(), finding))
        });
        let early: Vec<Early> = early.collect();
        // The settlement that is told says nothing of what is kept back.
        match put_off(&ripe, &early, policy, now) {
            Some(kept) => (owed(&kept.binding, policy), early),
            None => (items, early),
        }
    }

    async fn keep_back(&self, early: Vec<(BindingKey, Vec<Early>)>) -> Result<(), DriverError> {
        let early: BTreeMap<BindingKey, Vec<Early>> = early.into_iter().collect();
        if early.is_empty() {
            return Ok(());
        }
        let keys: Vec<BindingKey> = early.keys().cloned().collect();
        let at = self.clock.now();
        let put_off = |binding: &Binding| {
            let kept = early.get(&binding.key)?;
            put_off(binding, kept, self.policy(&binding.key), at)
        };
        self.apply(&keys, ChangeSet::default(), put_off).await?;
        Ok(())
    }

    /// The first bindings of a connection of which a host is to be told now, `most` of them if there are
    /// as many.
    async fn due_for(
        &self,
        site: &HostSite,
        connection: &ConnectionId,
        most: usize,
    ) -> Result<Vec<BindingKey>, DriverError> {
        let mut limit = most;
        loop {
            let mut due = self
                .store
                .due(connection, Lane::Deliver, self.clock.now(), limit)
                .await?
                .keys;
            let all = due.len() < limit;
            due.retain(|key| key.document.host == site.id);
            if all || due.len() >= most {
                due.truncate(most);
                return Ok(due);
            }
            // Documents of other hosts, which perhaps take nothing, stand before them.
            limit = limit.saturating_mul(4);
        }
    }

    async fn store_results(
        &self,
        site: &HostSite,
        outgoing: Outgoing,
        results: Vec<Result<(), WriteBackRefusal>>,
    ) -> Result<usize, DriverError> {
        let count = results.len();
        let accepted = results.iter().filter(|result| result.is_ok()).count();
        let mut by_binding: BTreeMap<BindingKey, Vec<Told>> = BTreeMap::new();
        for ((binding, item), result) in outgoing
            .bindings
            .into_iter()
            .zip(outgoing.delivery.items)
            .zip(results)
        {
            by_binding.entry(binding).or_default().push((item, result));
        }
        let base = ChangeSet {
            records: vec![(key(&site.id), None)],
            ..ChangeSet::default()
        };
        let at = self.clock.now();
        let keys: Vec<BindingKey> = by_binding.keys().cloned().collect();
        let acknowledge = |binding: &Binding| {
            let results = by_binding.get(&binding.key)?;
            delivered(binding, results, self.policy(&binding.key), at)
        };
        if self.connections.len() < 2 {
            self.apply(&keys, base, acknowledge).await?;
        } else {
            // A crash in between repeats the delivery, under the same id.
            self.apply(&keys, ChangeSet::default(), acknowledge).await?;
            let elsewhere = self.others_to_know(&by_binding).await?;
            let keys: Vec<BindingKey> = elsewhere.keys().cloned().collect();
            self.apply(&keys, base, |binding| {
                let taken = elsewhere.get(&binding.key)?;
                told_elsewhere(binding, *taken, self.policy(&binding.key), at)
            })
            .await?;
        }
        self.progress.delivered(accepted);
        Ok(count)
    }

    /// The other bindings of documents whose settlement the host took, with what it took. Of two tellers the one counts that
    /// knows the later revision, or holds the document.
    async fn others_to_know<'a>(
        &self,
        told: &'a BTreeMap<BindingKey, Vec<Told>>,
    ) -> Result<BTreeMap<BindingKey, Taken<'a>>, DriverError> {
        let mut elsewhere: BTreeMap<BindingKey, Taken<'a>> = BTreeMap::new();
        for (key, told) in told {
            let Some(settlement) = settled(told) else {
                continue;
            };
            let all = self
                .store
                .find(&Find::Document(key.document.clone()))
                .await?;
            if all.iter().all(|other| other == key) {
                continue;
            }
            let teller = self.store.bindings(std::slice::from_ref(key)).await?;
            let Some(teller) = teller.into_iter().flatten().next() else {
                continue;
            };
            let taken = Taken {
                settlement,
                revision: teller.revision,
                is_bound: teller.is_bound(),
            };
            for other in all.into_iter().filter(|other| other != key) {
                let known = elsewhere.entry(other).or_insert(taken);
                if (known.revision, known.is_bound) < (taken.revision, taken.is_bound) {
                    *known = taken;
                }
            }
        }
        Ok(elsewhere)
    }

    /// The delivery failed: its documents wait, so that the queue does not spin.
    async fn deliver_later(&self, outgoing: &Outgoing) -> Result<(), DriverError> {
        let mut keys = outgoing.bindings.clone();
        keys.sort();
        keys.dedup();
        let now = self.clock.now();
        let mut changes = ChangeSet::default();
        for mut binding in self.store.bindings(&keys).await?.into_iter().flatten() {
            binding.deliver_attempts = binding
                .deliver_attempts
                .saturating_add(1)
                .min(ATTEMPTS_SHOWN_MAX);
            binding.deliver_at = Some(retry_at(&self.limits, binding.deliver_attempts, now));
            changes.bindings.push(binding);
        }
        match self.store.commit(changes).await {
            // Whoever was faster decided anew when the host is told.
            Ok(()) | Err(crate::store::StoreError::Conflict(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn nothing_owed(&self, keys: &[BindingKey]) -> Result<(), DriverError> {
        if keys.is_empty() {
            return Ok(());
        }
        let mut changes = ChangeSet::default();
        for mut binding in self.store.bindings(keys).await?.into_iter().flatten() {
            let (policy, now) = (self.policy(&binding.key), self.clock.now());
            let_ripe_go(&mut binding, policy, now);
            if owed(&binding, policy).is_empty() {
                binding.deliver_at = next_told(&binding, policy);
                changes.bindings.push(binding);
            }
        }
        match self.store.commit(changes).await {
            Ok(()) | Err(crate::store::StoreError::Conflict(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn connection_ids(&self) -> Vec<ConnectionId> {
        self.connections
            .keys()
            .cloned()
            .chain([ConnectionId::unrouted()])
            .collect()
    }
}

/// How far a document is settled, where its host took that.
fn settled(told: &[Told]) -> Option<&Settlement> {
    told.iter().find_map(|(item, result)| match item {
        WriteBack::Settlement { settlement, .. } if result.is_ok() => Some(settlement),
        WriteBack::Settlement { .. }
        | WriteBack::Posting { .. }
        | WriteBack::Payment { .. }
        | WriteBack::PaymentRemoved { .. } => None,
    })
}

fn key(host: &HostId) -> RecordKey {
    RecordKey::new(&["delivery", host.as_str()])
}
