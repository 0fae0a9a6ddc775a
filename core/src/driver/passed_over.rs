//! How no change is lost that was read before its document was known to be ours: noted with the page, read again later.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::DriverError;
use super::cursor::{read, record};
use super::site::{ConnectionSite, World};
use super::unreadable::Strange;
use crate::document::{DocumentKind, ProviderDocumentId};
use crate::engine::{BindingKey, Lane, Op, became_unreadable, provider_changed};
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

    pub(super) fn note<'a>(
        &mut self,
        documents: impl Iterator<Item = (DocumentKind, &'a ProviderDocumentId)>,
    ) {
        let room = PASSED_OVER_MAX.saturating_sub(self.0.len());
        self.0
            .extend(documents.take(room).map(|(kind, id)| (kind, id.clone())));
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
        let mut strange = Strange::default();
        let at = self.clock.now();
        for (kind, ids) in by_kind {
            for some in ids.chunks(site.provider.capability().look_up_max.max(1)) {
                let (documents, unreadable) = self.read_apart(site, kind, some).await?;
                let looked_into = self.look_into(site, &unreadable, at).await?;
                strange.ours.extend(looked_into.ours);
                for snapshot in documents.into_iter().chain(looked_into.documents) {
                    let owners = ours.get(&snapshot.id).into_iter().flatten();
                    bound.extend(owners.map(|owner| (owner.clone(), snapshot.clone())));
                }
            }
        }
        let keys: Vec<BindingKey> = bound.keys().chain(strange.ours.keys()).cloned().collect();
        let base = ChangeSet {
            records: vec![record(PassedOver::key(site), &kept)],
            ..ChangeSet::default()
        };
        let moved = self
            .apply(&keys, base, |binding| {
                let policy = self.policy(&binding.key);
                match bound.get(&binding.key) {
                    Some(snapshot) => provider_changed(binding, snapshot, policy, at),
                    None => {
                        let why = strange.ours.get(&binding.key)?;
                        became_unreadable(binding, why, policy, at)
                    }
                }
            })
            .await?;
        Ok(moved)
    }
}
