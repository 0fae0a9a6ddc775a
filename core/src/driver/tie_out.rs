//! How both sides are read for their comparison: every binding, and what the provider holds for it now.

use std::collections::BTreeMap;

use super::DriverError;
use super::site::{ConnectionSite, World};
use crate::document::{ConnectionId, Document, DocumentKind, ProviderDocumentId};
use crate::engine::{Binding, BindingKey};
use crate::provider::Snapshot;
use crate::tieout::{Comparison, HostSide, compare};

impl World {
    /// Compares every document with what its provider holds now.
    ///
    /// Reads each bound document from its provider by identifier, many at a time, and changes nothing.
    pub async fn tie_out(
        &self,
        tell: &mut (dyn FnMut(&ConnectionId, Comparison) + Send),
    ) -> Result<(), DriverError> {
        let mut last: Option<BindingKey> = None;
        loop {
            let some = self
                .store
                .scan(last.as_ref(), self.limits.plan_documents_max)
                .await?;
            let Some(end) = some.last() else {
                return Ok(());
            };
            last = Some(end.key.clone());
            let keys: Vec<_> = some
                .iter()
                .map(|binding| binding.key.document.clone())
                .collect();
            let documents = self.store.documents(&keys).await?;
            let held = self.held_now(&some).await?;
            for (binding, document) in some.iter().zip(documents) {
                let Some(host) = document.as_ref().and_then(host_side) else {
                    continue;
                };
                let id = binding
                    .posted
                    .as_ref()
                    .map(|posted| (binding.key.connection.clone(), posted.id.clone()));
                let snapshot = id.and_then(|id| held.get(&id));
                tell(&binding.key.connection, compare(binding, host, snapshot));
            }
        }
    }

    async fn held_now(
        &self,
        some: &[Binding],
    ) -> Result<BTreeMap<(ConnectionId, ProviderDocumentId), Snapshot>, DriverError> {
        let mut wanted: BTreeMap<(ConnectionId, DocumentKind), Vec<ProviderDocumentId>> =
            BTreeMap::new();
        for binding in some {
            if let Some(posted) = &binding.posted {
                let group = (binding.key.connection.clone(), binding.key.document.kind);
                wanted.entry(group).or_default().push(posted.id.clone());
            }
        }
        let mut held = BTreeMap::new();
        for ((connection, kind), ids) in wanted {
            let Some(site) = self.connections.get(&connection) else {
                continue;
            };
            for snapshot in read_all(site, kind, &ids).await? {
                held.insert((connection.clone(), snapshot.id.clone()), snapshot);
            }
        }
        Ok(held)
    }
}

async fn read_all(
    site: &ConnectionSite,
    kind: DocumentKind,
    ids: &[ProviderDocumentId],
) -> Result<Vec<Snapshot>, DriverError> {
    let mut all = Vec::new();
    for some in ids.chunks(site.provider.capability().look_up_max.max(1)) {
        all.extend(site.provider.read(kind, some).await?);
    }
    Ok(all)
}

fn host_side(document: &Document) -> Option<HostSide<'_>> {
    let (total, currency) = match document {
        Document::Invoice(invoice) => (invoice.totals.gross, invoice.currency),
        Document::Bill(bill) => (bill.totals.gross, bill.currency),
        Document::PurchaseOrder(order) => (order.totals?.gross, order.currency),
    };
    Some(HostSide {
        total,
        currency,
        payments: document.payments(),
    })
}
