//! A host in memory: it tells a list of records page by page, and keeps a strict account of what it is told.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use bytes::Bytes;
use tieout_core::document::{
    Attachment, Document, DocumentId, DocumentKey, DocumentKind, Invoice, InvoiceStatus, Payment,
    ProviderPaymentId, Settlement,
};
use tieout_core::host::{
    Delivery, Heard, Host, HostCapability, HostError, HostErrorKind, HostPage, Look, PostingNotice,
    Push, PushRefusal, Record, WriteBack, WriteBackRefusal,
};

/// What goes wrong with one delivery.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Loss {
    /// It never arrives.
    Before,
    /// It is taken, and the answer is lost.
    After,
    /// It is taken, and the answer is one result short.
    Short,
}

/// A payment as the host holds it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HeldPayment {
    pub(crate) revision: u64,
    pub(crate) payment: Payment,
    pub(crate) removed: bool,
}

/// The host.
pub(crate) struct TestHost {
    capability: HostCapability,
    page_max: usize,
    inner: Mutex<Inner>,
    panics: AtomicUsize,
}

#[derive(Default)]
struct Inner {
    records: Vec<Record>,
    /// What the host itself holds: the newest revision of each document, or nothing after a removal.
    current: BTreeMap<DocumentId, Option<Invoice>>,
    acknowledged: Vec<String>,
    down: VecDeque<HostErrorKind>,
    losses: VecDeque<Loss>,
    refused: Vec<Refusal>,
    deliveries: BTreeMap<String, (Vec<WriteBack>, Results)>,
    attempts: Vec<String>,
    attempted_at: Vec<tokio::time::Instant>,
    told: Vec<WriteBack>,
    payments: BTreeMap<(DocumentId, ProviderPaymentId), HeldPayment>,
    violations: Vec<String>,
    files: BTreeMap<String, Bytes>,
}

/// Which write-backs are refused, and with which code.
type Refusal = (fn(&WriteBack) -> bool, &'static str);

type Results = Vec<Result<(), WriteBackRefusal>>;

impl TestHost {
    pub(crate) fn new() -> Self {
        Self::with_pages(3)
    }

    /// A host whose pages have at most so many records.
    pub(crate) fn with_pages(page_max: usize) -> Self {
        let capability = HostCapability {
            kind: "test",
            documents: &[DocumentKind::Invoice],
            takes_payments: true,
            takes_settlements: true,
            takes_postings: true,
            numbers_changes: true,
            delivery_items_max: 6,
        };
        Self {
            capability,
            page_max,
            inner: Mutex::new(Inner::default()),
            panics: AtomicUsize::new(0),
        }
    }

    /// The same host, which is told of payments and settlements only.
    pub(crate) fn without_postings(mut self) -> Self {
        self.capability.takes_postings = false;
        self
    }

    /// The same host, which numbers no changes: what it tells last counts.
    pub(crate) fn without_numbers(mut self) -> Self {
        self.capability.numbers_changes = false;
        self
    }

    /// The host makes or changes an invoice.
    pub(crate) fn put(&self, invoice: &Invoice) {
        let mut inner = self.inner();
        inner
            .current
            .insert(invoice.id.clone(), Some(invoice.clone()));
        inner
            .records
            .push(Record::Document(Box::new(Document::Invoice(
                invoice.clone(),
            ))));
    }

    /// Tells an invoice as it was some time ago.
    pub(crate) fn tell_late(&self, invoice: &Invoice) {
        self.inner()
            .records
            .push(Record::Document(Box::new(Document::Invoice(
                invoice.clone(),
            ))));
    }

    /// The host deletes an invoice.
    pub(crate) fn remove(&self, invoice: &Invoice) {
        let mut inner = self.inner();
        inner.current.insert(invoice.id.clone(), None);
        let removed = Record::Removed {
            kind: DocumentKind::Invoice,
            id: invoice.id.clone(),
            revision: None,
        };
        inner.records.push(removed);
    }

    /// The host deletes an invoice, perhaps one that it never told of, with a revision of its own.
    pub(crate) fn remove_as(&self, invoice: &Invoice, revision: u64) {
        let mut inner = self.inner();
        inner.current.insert(invoice.id.clone(), None);
        let removed = Record::Removed {
            kind: DocumentKind::Invoice,
            id: invoice.id.clone(),
            revision: Some(revision),
        };
        inner.records.push(removed);
    }

    /// A file appears in the host.
    pub(crate) fn put_file(&self, url: &str, content: &'static [u8]) {
        let content = Bytes::from_static(content);
        self.inner().files.insert(url.to_owned(), content);
    }

    /// A record of the host that nobody can read.
    pub(crate) fn put_unreadable(&self, place: &str) {
        self.inner().records.push(Record::Unreadable {
            place: place.to_owned(),
            field: "lines[0].quantity".to_owned(),
            message: "not a number".to_owned(),
            id: Some(place.to_owned()),
        });
    }

    /// Tells some of its records again, in this order.
    pub(crate) fn tell_again(&self, positions: impl IntoIterator<Item = usize>) {
        let mut inner = self.inner();
        let again: Vec<Record> = positions
            .into_iter()
            .map(|at| inner.records[at].clone())
            .collect();
        inner.records.extend(again);
    }

    /// The next calls to read changes fail.
    pub(crate) fn fail_changes(&self, kinds: impl IntoIterator<Item = HostErrorKind>) {
        self.inner().down.extend(kinds);
    }

    /// The next calls to read changes, to hear pushes or to take deliveries end in a panic.
    pub(crate) fn break_off(&self, times: usize) {
        self.panics.store(times, Ordering::Relaxed);
    }

    fn may_break_off(&self) {
        let left = self.panics.load(Ordering::Relaxed);
        self.panics.store(left.saturating_sub(1), Ordering::Relaxed);
        assert_eq!(left, 0, "an index out of bounds");
    }

    /// The next deliveries fail like this, one after the other.
    pub(crate) fn fail_deliveries(&self, losses: impl IntoIterator<Item = Loss>) {
        self.inner().losses.extend(losses);
    }

    /// Refuses write-backs of a sort, with a code.
    pub(crate) fn refuse(&self, which: fn(&WriteBack) -> bool, code: &'static str) {
        self.inner().refused.push((which, code));
    }

    /// Everything works again.
    pub(crate) fn mend(&self) {
        let mut inner = self.inner();
        inner.down.clear();
        inner.losses.clear();
    }

    /// Takes everything again.
    pub(crate) fn accept(&self) {
        self.inner().refused.clear();
    }

    /// The newest state of each invoice of the host; `None` after a removal.
    pub(crate) fn current(&self) -> BTreeMap<DocumentId, Option<Invoice>> {
        self.inner().current.clone()
    }

    /// Every write-back that it took, once for each time that it counted.
    pub(crate) fn told(&self) -> Vec<WriteBack> {
        self.inner().told.clone()
    }

    /// What it was told became of a document, one after the other.
    pub(crate) fn postings(&self, id: &DocumentId) -> Vec<PostingNotice> {
        let notice = |item: &WriteBack| match item {
            WriteBack::Posting { document, notice } if document.id == *id => Some(notice.clone()),
            _ => None,
        };
        self.inner().told.iter().filter_map(notice).collect()
    }

    /// The settlements that it was told of a document, one after the other.
    pub(crate) fn settlements(&self, id: &DocumentId) -> Vec<Settlement> {
        let settlement = |item: &WriteBack| match item {
            WriteBack::Settlement {
                document,
                settlement,
            } if document.id == *id => Some(settlement.clone()),
            _ => None,
        };
        self.inner().told.iter().filter_map(settlement).collect()
    }

    /// The payments that it holds for a document, removed ones too.
    pub(crate) fn payments(&self, id: &DocumentId) -> Vec<HeldPayment> {
        let inner = self.inner();
        inner
            .payments
            .iter()
            .filter(|((of, _), _)| of == id)
            .map(|(_, held)| held.clone())
            .collect()
    }

    /// The identifier of each delivery that reached it, repeats too.
    pub(crate) fn attempts(&self) -> Vec<String> {
        self.inner().attempts.clone()
    }

    /// When each of them did.
    pub(crate) fn attempted_at(&self) -> Vec<tokio::time::Instant> {
        self.inner().attempted_at.clone()
    }

    pub(crate) fn acknowledged(&self) -> Vec<String> {
        self.inner().acknowledged.clone()
    }

    /// What the caller did that the port forbids.
    pub(crate) fn violations(&self) -> Vec<String> {
        self.inner().violations.clone()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner
            .lock()
            .expect("no test panics with the host in hand")
    }
}

impl Inner {
    fn take(&mut self, delivery: &Delivery) -> Results {
        if let Some((items, results)) = self.deliveries.get(&delivery.id) {
            if *items != delivery.items {
                self.violations.push(format!(
                    "delivery {} came again with other items",
                    delivery.id
                ));
            }
            return results.clone();
        }
        let results: Results = delivery
            .items
            .iter()
            .map(|item| self.take_item(item))
            .collect();
        self.deliveries.insert(
            delivery.id.clone(),
            (delivery.items.clone(), results.clone()),
        );
        results
    }

    fn take_item(&mut self, item: &WriteBack) -> Result<(), WriteBackRefusal> {
        if let Some((_, code)) = self.refused.iter().find(|(which, _)| which(item)) {
            return Err(WriteBackRefusal {
                code: (*code).to_owned(),
                message: "refused".to_owned(),
            });
        }
        let (revision, payment, removed) = match item {
            WriteBack::Payment {
                revision, payment, ..
            } => (*revision, payment, false),
            WriteBack::PaymentRemoved {
                revision, payment, ..
            } => (*revision, payment, true),
            WriteBack::Posting { .. } | WriteBack::Settlement { .. } => {
                if self.told.iter().rev().find(|told| same_subject(told, item)) == Some(item) {
                    self.violations
                        .push(format!("told twice in a row: {item:?}"));
                }
                self.told.push(item.clone());
                return Ok(());
            }
        };
        let key = (item.document().id.clone(), payment.id.clone());
        let next = self.payments.get(&key).map_or(1, |held| held.revision + 1);
        if revision != next {
            self.violations.push(format!(
                "payment {} came with revision {revision}, not {next}",
                payment.id
            ));
        }
        self.payments.insert(
            key,
            HeldPayment {
                revision,
                payment: payment.clone(),
                removed,
            },
        );
        self.told.push(item.clone());
        Ok(())
    }
}

fn same_subject(one: &WriteBack, other: &WriteBack) -> bool {
    let sort = |item: &WriteBack| std::mem::discriminant(item);
    sort(one) == sort(other) && one.document().id == other.document().id
}

#[async_trait]
impl Host for TestHost {
    fn capability(&self) -> &HostCapability {
        &self.capability
    }

    async fn changes(&self, after: Option<&str>, limit: usize) -> Result<HostPage, HostError> {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        self.may_break_off();
        let mut inner = self.inner();
        if let Some(kind) = inner.down.pop_front() {
            return Err(HostError::new(kind, "read", "down"));
        }
        let first = after.map_or(0, |position| position.parse().expect("our own position"));
        let end = inner.records.len().min(first + limit.min(self.page_max));
        let position = if end == 0 {
            None
        } else {
            Some(end.to_string())
        };
        Ok(HostPage {
            records: inner.records[first..end].to_vec(),
            position,
            more: end < inner.records.len(),
        })
    }

    async fn attachment(&self, _: &DocumentKey, file: &Attachment) -> Result<Bytes, HostError> {
        let missing = || HostError::new(HostErrorKind::BadData, "test", "there is no such file");
        let files = &self.inner().files;
        files.get(&file.url).cloned().ok_or_else(missing)
    }

    /// A document as it stands in the store; what bears no signature is nobody's.
    async fn hear(&self, push: &Push) -> Result<Heard, PushRefusal> {
        if !push.headers.contains_key("x-signature") {
            return Err(PushRefusal::NotSigned("no signature".to_owned()));
        }
        if push.body.is_empty() {
            return Ok(Heard {
                records: Vec::new(),
                look: Look::Soon,
            });
        }
        let document: Document = serde_json::from_slice(&push.body)
            .map_err(|error| PushRefusal::BadData(error.to_string()))?;
        if let Document::Invoice(invoice) = &document {
            let mut inner = self.inner();
            let known = inner.current.get(&invoice.id).cloned().flatten();
            if known.is_none_or(|known| known.revision <= invoice.revision) {
                inner
                    .current
                    .insert(invoice.id.clone(), Some(invoice.clone()));
            }
        }
        Ok(Heard {
            records: vec![Record::Document(Box::new(document))],
            look: Look::NotNeeded,
        })
    }

    async fn acknowledge(&self, position: &str) -> Result<(), HostError> {
        self.inner().acknowledged.push(position.to_owned());
        Ok(())
    }

    async fn deliver(&self, delivery: &Delivery) -> Result<Results, HostError> {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        self.may_break_off();
        let mut inner = self.inner();
        let loss = inner.losses.pop_front();
        let down = || HostError::new(HostErrorKind::Unavailable, "deliver", "down");
        if let Some(Loss::Before) = loss {
            return Err(down());
        }
        inner.attempts.push(delivery.id.clone());
        inner.attempted_at.push(tokio::time::Instant::now());
        let mut results = inner.take(delivery);
        match loss {
            Some(Loss::After) => Err(down()),
            Some(Loss::Short) => {
                results.pop();
                Ok(results)
            }
            Some(Loss::Before) | None => Ok(results),
        }
    }
}

/// Whether the provider shall hold an invoice; `None` where a draft may have been sent before it became one.
pub(crate) fn is_wanted(invoice: Option<&Invoice>) -> Option<bool> {
    match invoice.map(|invoice| &invoice.status) {
        Some(InvoiceStatus::Final | InvoiceStatus::Proposed) => Some(true),
        Some(InvoiceStatus::Draft) => None,
        Some(InvoiceStatus::Voided | InvoiceStatus::Reversed | InvoiceStatus::Other(_)) | None => {
            Some(false)
        }
    }
}
