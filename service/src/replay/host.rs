//! A host that tells what was told before, step by step.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use tieout_core::document::DocumentKind;
use tieout_core::host::{
    Delivery, Host, HostCapability, HostError, HostPage, Record, WriteBackRefusal,
};

/// Takes nothing back: what comes of a replay is nobody's news.
static CAPABILITY: HostCapability = HostCapability {
    kind: "replay",
    documents: &[
        DocumentKind::Invoice,
        DocumentKind::CreditNote,
        DocumentKind::Bill,
        DocumentKind::PurchaseOrder,
    ],
    takes_payments: false,
    takes_settlements: false,
    takes_postings: false,
    numbers_changes: true,
    delivery_items_max: 1,
};

/// Tells its steps as they are let go.
pub(super) struct Again {
    steps: Vec<Vec<Record>>,
    /// Steps that may be told.
    open: AtomicUsize,
}

impl Again {
    pub(super) fn new(steps: Vec<Vec<Record>>) -> Self {
        Self {
            steps,
            open: AtomicUsize::new(0),
        }
    }

    /// Lets the next step go; false when there is none.
    pub(super) fn next(&self) -> bool {
        let open = self.open.fetch_add(1, Ordering::Relaxed);
        open < self.steps.len()
    }
}

#[async_trait]
impl Host for Again {
    fn capability(&self) -> &HostCapability {
        &CAPABILITY
    }

    async fn changes(&self, after: Option<&str>, _limit: usize) -> Result<HostPage, HostError> {
        let at: usize = after.and_then(|after| after.parse().ok()).unwrap_or(0);
        let open = self.open.load(Ordering::Relaxed).min(self.steps.len());
        let records = match self.steps.get(at) {
            Some(records) if at < open => records.clone(),
            Some(_) | None => Vec::new(),
        };
        let next = (at + 1).min(open).max(at);
        Ok(HostPage {
            records,
            position: (next > 0).then(|| next.to_string()),
            more: next < open,
        })
    }

    async fn acknowledge(&self, _position: &str) -> Result<(), HostError> {
        Ok(())
    }

    async fn deliver(
        &self,
        delivery: &Delivery,
    ) -> Result<Vec<Result<(), WriteBackRefusal>>, HostError> {
        Ok(delivery.items.iter().map(|_| Ok(())).collect())
    }
}
