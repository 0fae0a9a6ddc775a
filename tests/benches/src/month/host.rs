//! A product that tells its invoices when their moment has come, and notes when it was told of each payment.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tieout_core::clock::Clock;
use tieout_core::document::{Document, DocumentKind};
use tieout_core::host::{
    Delivery, Host, HostCapability, HostError, HostErrorKind, HostPage, Record, WriteBack,
    WriteBackRefusal,
};

use super::Event;

static CAPABILITY: HostCapability = HostCapability {
    kind: "month",
    documents: &[DocumentKind::Invoice],
    takes_payments: true,
    takes_settlements: true,
    takes_postings: true,
    numbers_changes: true,
    delivery_items_max: 1_000,
};

/// The product of one organisation.
pub(super) struct MonthHost {
    told: Vec<Event<Document>>,
    clock: Arc<dyn Clock>,
    paid: Mutex<BTreeMap<String, DateTime<Utc>>>,
}

impl MonthHost {
    pub(super) fn new(told: Vec<Event<Document>>, clock: Arc<dyn Clock>) -> Self {
        Self {
            told,
            clock,
            paid: Mutex::default(),
        }
    }

    /// When it was first told of a payment, by the number of the invoice.
    pub(super) fn paid(&self) -> BTreeMap<String, DateTime<Utc>> {
        self.paid
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[async_trait]
impl Host for MonthHost {
    fn capability(&self) -> &HostCapability {
        &CAPABILITY
    }

    async fn changes(&self, after: Option<&str>, limit: usize) -> Result<HostPage, HostError> {
        let from = after.map_or(Ok(0), str::parse::<usize>).map_err(|error| {
            let words = "the position is no number";
            HostError::new(HostErrorKind::Misconfigured, "read changes", words).caused_by(error)
        })?;
        let now = self.clock.now();
        let come = self.told.partition_point(|event| event.at <= now);
        let to = come.min(from.saturating_add(limit)).max(from);
        let record = |event: &Event<Document>| Record::Document(Box::new(event.what.clone()));
        Ok(HostPage {
            records: self.told[from..to].iter().map(record).collect(),
            position: Some(to.to_string()),
            more: to < come,
        })
    }

    async fn acknowledge(&self, _position: &str) -> Result<(), HostError> {
        Ok(())
    }

    async fn deliver(
        &self,
        delivery: &Delivery,
    ) -> Result<Vec<Result<(), WriteBackRefusal>>, HostError> {
        let now = self.clock.now();
        let mut paid = self.paid.lock().unwrap_or_else(PoisonError::into_inner);
        for item in &delivery.items {
            if let WriteBack::Payment { document, .. } = item {
                paid.entry(document.number.clone()).or_insert(now);
            }
        }
        Ok(delivery.items.iter().map(|_| Ok(())).collect())
    }
}
