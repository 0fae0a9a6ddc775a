//! How hosts are told: what is owed is gathered, stored as a delivery, handed over, and its results stored.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::DriverError;
use super::backoff::retry_at;
use super::cursor::{read, record};
use super::site::{HostSite, World};
use crate::document::{ConnectionId, HostId};
use crate::engine::{BindingKey, ContentHash, Lane, delivered, owed};
use crate::host::{Delivery, HostErrorKind, WriteBack, WriteBackRefusal};
use crate::store::{ChangeSet, RecordKey};

/// A stored delivery with the bindings that its items are about.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Outgoing {
    delivery: Delivery,
    /// The binding of each item, in order.
    bindings: Vec<BindingKey>,
}

/// A write-back with what the host said to it.
type Told = (WriteBack, Result<(), WriteBackRefusal>);

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
        let mut settled = Vec::new();
        for connection in self.connection_ids() {
            let due = self.due_for(site, &connection, most).await?;
            // Most documents are owed several items, so the delivery is often full before all are read.
            'full: for some in due.chunks(READ_MAX) {
                for binding in self.store.bindings(some).await?.into_iter().flatten() {
                    let owed = owed(&binding, self.policy(&binding.key));
                    if owed.is_empty() {
                        settled.push(binding.key.clone());
                        continue;
                    }
                    // All about one document travels together, the first document even beyond the limit.
                    if !items.is_empty() && items.len() + owed.len() > most {
                        break 'full;
                    }
                    versions.push((binding.key.clone(), binding.version));
                    bindings.extend(owed.iter().map(|_| binding.key.clone()));
                    items.extend(owed);
                }
            }
        }
        self.nothing_owed(&settled).await?;
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
        let keys: Vec<BindingKey> = by_binding.keys().cloned().collect();
        let base = ChangeSet {
            records: vec![(key(&site.id), None)],
            ..ChangeSet::default()
        };
        let at = self.clock.now();
        self.apply(&keys, base, |binding| {
            delivered(
                binding,
                by_binding.get(&binding.key)?,
                self.policy(&binding.key),
                at,
            )
        })
        .await?;
        self.progress.delivered(accepted);
        Ok(count)
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
            if owed(&binding, self.policy(&binding.key)).is_empty() {
                binding.deliver_at = None;
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

fn key(host: &HostId) -> RecordKey {
    RecordKey::new(&["delivery", host.as_str()])
}
