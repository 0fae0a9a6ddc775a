//! How no change is lost that was read before its document was known to be ours: noted with the page, read again later.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::DriverError;
use super::cursor::{read, record};
use super::site::{ConnectionSite, World};
use crate::document::{DocumentKind, ProviderDocumentId};
use crate::engine::{BindingKey, Lane, Op, provider_changed};
use crate::provider::Snapshot;
use crate::store::{ChangeSet, Find, RecordKey};

/// Documents that are remembered; beyond it the rest is passed over for good.
const PASSED_OVER_MAX: usize = 10_000;

/// Documents of nobody that changed while a create was in the air or in doubt: they may turn out to be ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PassedOver(BTreeSet<(DocumentKind, ProviderDocumentId)>);

impl PassedOver {
    pub(super) fn key(site: &ConnectionSite) -> RecordKey {
        RecordKey::new(&["passed-over", site.id.as_str()])
    }

    pub(super) fn note<'a>(&mut self, documents: impl Iterator<Item = &'a Snapshot>) {
        let room = PASSED_OVER_MAX.saturating_sub(self.0.len());
        self.0.extend(
            documents
                .take(room)
                .map(|snapshot| (snapshot.kind, snapshot.id.clone())),
        );
    }
}

impl World {
    /// The documents that were passed over and may still turn out to be ours.
    pub(super) async fn passed_over(
        &self,
        site: &ConnectionSite,
    ) -> Result<PassedOver, DriverError> {
        Ok(read(self.store.as_ref(), &PassedOver::key(site))
            .await?
            .unwrap_or_default())
    }

    /// Whether a create may have landed of which no binding knows yet.
    pub(super) async fn is_creating(&self, site: &ConnectionSite) -> Result<bool, DriverError> {
        if self
            .store
            .flights(&site.id)
            .await?
            .iter()
            .any(|flight| flight.op == Op::Create)
        {
            return Ok(true);
        }
        let doubts = self
            .store
            .due(&site.id, Lane::Resolve, self.clock.now(), 1)
            .await?;
        Ok(!doubts.keys.is_empty() || doubts.next_at.is_some())
    }

    /// Reads again what was passed over and is ours by now, and forgets what cannot become ours any more.
    /// Gives how many bindings changed.
    pub(super) async fn look_back(&self, site: &ConnectionSite) -> Result<usize, DriverError> {
        let PassedOver(noted) = self.passed_over(site).await?;
        if noted.is_empty() {
            return Ok(0);
        }
        // Asked first: what lands from here on is kept, what landed before is found.
        let creating = self.is_creating(site).await?;
        let mut ours: BTreeMap<ProviderDocumentId, Vec<BindingKey>> = BTreeMap::new();
        let mut by_kind: BTreeMap<DocumentKind, Vec<ProviderDocumentId>> = BTreeMap::new();
        let mut kept = PassedOver::default();
        for (kind, id) in noted {
            let find = Find::Posted {
                connection: site.id.clone(),
                id: id.clone(),
            };
            let owners = self.store.find(&find).await?;
            if !owners.is_empty() {
                by_kind.entry(kind).or_default().push(id.clone());
                ours.insert(id, owners);
            } else if creating {
                kept.0.insert((kind, id));
            }
        }
        let mut bound: BTreeMap<BindingKey, Snapshot> = BTreeMap::new();
        for (kind, ids) in by_kind {
            for some in ids.chunks(site.provider.capability().look_up_max.max(1)) {
                for snapshot in site.provider.read(kind, some).await? {
                    let owners = ours.get(&snapshot.id).into_iter().flatten();
                    bound.extend(owners.map(|owner| (owner.clone(), snapshot.clone())));
                }
            }
        }
        let keys: Vec<BindingKey> = bound.keys().cloned().collect();
        let base = ChangeSet {
            records: vec![record(PassedOver::key(site), &kept)],
            ..ChangeSet::default()
        };
        let at = self.clock.now();
        let moved = self
            .apply(&keys, base, |binding| {
                provider_changed(
                    binding,
                    bound.get(&binding.key)?,
                    self.policy(&binding.key),
                    at,
                )
            })
            .await?;
        Ok(moved)
    }
}
