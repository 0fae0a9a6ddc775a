//! A host in memory that tells invented invoices page by page and wants to be told nothing.

use async_trait::async_trait;
use tieout_core::document::DocumentKind;
use tieout_core::host::{
    Delivery, Host, HostCapability, HostError, HostErrorKind, HostPage, Record, WriteBackRefusal,
};

use crate::invoices::Invented;

static CAPABILITY: HostCapability = HostCapability {
    kind: "invented",
    documents: &[DocumentKind::Invoice],
    takes_payments: false,
    takes_settlements: false,
    takes_postings: false,
    numbers_changes: true,
    delivery_items_max: 1_000,
};

/// The first invoices of a seed.
#[derive(Clone, Copy, Debug)]
pub struct InventedHost {
    /// Which.
    pub invoices: Invented,
    /// How many.
    pub count: u64,
}

#[async_trait]
impl Host for InventedHost {
    fn capability(&self) -> &HostCapability {
        &CAPABILITY
    }

    async fn changes(&self, after: Option<&str>, limit: usize) -> Result<HostPage, HostError> {
        let from = after.map_or(Ok(0), str::parse::<u64>).map_err(|error| {
            HostError::new(
                HostErrorKind::Misconfigured,
                "read changes",
                "the position is no number",
            )
            .caused_by(error)
        })?;
        let to = self.count.min(from + limit as u64);
        let record = |position| Record::Document(Box::new(self.invoices.document(position)));
        Ok(HostPage {
            records: (from..to).map(record).collect(),
            position: Some(to.to_string()),
            more: to < self.count,
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
