//! A host in memory: it tells its records in order, takes what it is told or refuses it, and hands over files.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use tieout_core::document::{Attachment, Document, DocumentKey, DocumentKind};
use tieout_core::host::{
    Delivery, Host, HostCapability, HostError, HostErrorKind, HostPage, Record, WriteBackRefusal,
};

const CAPABILITY: HostCapability = HostCapability {
    kind: "test",
    documents: &[
        DocumentKind::Invoice,
        DocumentKind::CreditNote,
        DocumentKind::Bill,
        DocumentKind::PurchaseOrder,
    ],
    takes_payments: true,
    takes_settlements: true,
    takes_postings: true,
    numbers_changes: true,
    delivery_items_max: 100,
};

/// The host.
#[derive(Default)]
pub(crate) struct PaperHost {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    records: Vec<Record>,
    refuses: bool,
    files: BTreeMap<String, Bytes>,
}

impl PaperHost {
    /// Hands a document over.
    pub(crate) fn put(&self, document: Document) {
        let record = Record::Document(Box::new(document));
        self.inner().records.push(record);
    }

    /// Whether it refuses everything that it is told.
    pub(crate) fn refuse(&self, refuses: bool) {
        self.inner().refuses = refuses;
    }

    /// A file appears.
    pub(crate) fn put_file(&self, url: &str, content: &'static [u8]) {
        let content = Bytes::from_static(content);
        self.inner().files.insert(url.to_owned(), content);
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Host for PaperHost {
    fn capability(&self) -> &HostCapability {
        &CAPABILITY
    }

    async fn changes(&self, after: Option<&str>, limit: usize) -> Result<HostPage, HostError> {
        let inner = self.inner();
        let from: usize = after.and_then(|it| it.parse().ok()).unwrap_or(0);
        let records: Vec<Record> = inner
            .records
            .iter()
            .skip(from)
            .take(limit)
            .cloned()
            .collect();
        let to = from + records.len();
        Ok(HostPage {
            records,
            position: (to > 0).then(|| to.to_string()),
            more: to < inner.records.len(),
        })
    }

    async fn acknowledge(&self, _: &str) -> Result<(), HostError> {
        Ok(())
    }

    async fn deliver(
        &self,
        delivery: &Delivery,
    ) -> Result<Vec<Result<(), WriteBackRefusal>>, HostError> {
        let refuses = self.inner().refuses;
        let answer = || {
            if refuses {
                return Err(WriteBackRefusal {
                    code: "period_closed".to_owned(),
                    message: "the period is closed".to_owned(),
                });
            }
            Ok(())
        };
        Ok(delivery.items.iter().map(|_| answer()).collect())
    }

    async fn attachment(&self, _: &DocumentKey, file: &Attachment) -> Result<Bytes, HostError> {
        let content = self.inner().files.get(&file.url).cloned();
        content.ok_or_else(|| {
            let message = format!("{} is not there", file.url);
            HostError::new(HostErrorKind::BadData, "read attachment", message)
        })
    }
}
