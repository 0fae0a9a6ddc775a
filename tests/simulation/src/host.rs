//! The host: its papers, the records that it tells, and a strict account of everything that it is told.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rust_decimal::Decimal;
use tieout_core::document::{DocumentKey, DocumentKind, Payment, Settlement};
use tieout_core::host::{
    Delivery, HostCapability, HostError, HostErrorKind, HostPage, PostingNotice, Record, WriteBack,
    WriteBackRefusal,
};

use crate::coverage::Case;
use crate::ground::Ground;
use crate::model::{Excuse, Wrong};
use crate::paper::host_id;

/// What the host can do.
pub(crate) static CAPABILITY: HostCapability = HostCapability {
    kind: "simulated",
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
    delivery_items_max: 6,
};

/// A payment as the host holds it.
#[derive(Clone, Debug, PartialEq)]
struct HeldPayment {
    revision: u64,
    payment: Payment,
    removed: bool,
}

/// The host.
pub(crate) struct ModelHost {
    page_max: usize,
    inner: Mutex<Inner>,
}

type Results = Vec<Result<(), WriteBackRefusal>>;

#[derive(Default)]
struct Inner {
    records: Vec<Record>,
    refuses: bool,
    deliveries: BTreeMap<String, (Vec<WriteBack>, Results)>,
    payments: BTreeMap<(DocumentKey, String), HeldPayment>,
    postings: BTreeMap<DocumentKey, PostingNotice>,
    settlements: BTreeMap<DocumentKey, Settlement>,
    told: u64,
}

impl ModelHost {
    /// A host whose pages have at most so many records.
    pub(crate) fn new(page_max: usize) -> Self {
        Self {
            page_max,
            inner: Mutex::default(),
        }
    }

    /// A record to be told.
    pub(crate) fn put(&self, record: Record) {
        self.inner().records.push(record);
    }

    /// How many records it has told or will tell.
    pub(crate) fn records(&self) -> usize {
        self.inner().records.len()
    }

    /// Tells one of its documents again, as it was. A removal told late would be news: it carries no revision.
    pub(crate) fn tell_again(&self, at: usize) {
        let mut inner = self.inner();
        let again = inner.records.get(at).cloned();
        inner
            .records
            .extend(again.filter(|record| matches!(record, Record::Document(_))));
    }

    /// Refuses payments and settlements from now on.
    pub(crate) fn refuse(&self) {
        self.inner().refuses = true;
    }

    /// Takes everything again.
    pub(crate) fn accept(&self) {
        self.inner().refuses = false;
    }

    /// The payments that it holds for a document.
    pub(crate) fn payments(&self, key: &DocumentKey) -> BTreeMap<String, Decimal> {
        let inner = self.inner();
        let of = inner
            .payments
            .iter()
            .filter(|((of, _), held)| of == key && !held.removed);
        of.map(|((_, id), held)| (id.clone(), held.payment.amount))
            .collect()
    }

    /// What it was last told became of a document.
    pub(crate) fn posting(&self, key: &DocumentKey) -> Option<PostingNotice> {
        self.inner().postings.get(key).cloned()
    }

    /// How far it was last told that a document is settled.
    pub(crate) fn settlement(&self, key: &DocumentKey) -> Option<Settlement> {
        self.inner().settlements.get(key).cloned()
    }

    /// How many write-backs counted.
    pub(crate) fn told(&self) -> u64 {
        self.inner().told
    }

    pub(crate) fn changes(&self, after: Option<&str>, limit: usize) -> Result<HostPage, HostError> {
        let inner = self.inner();
        let bad = || HostError::new(HostErrorKind::BadData, "read", "not a position of ours");
        let first = match after {
            None => 0,
            Some(position) => position.parse::<usize>().map_err(|_| bad())?,
        };
        let end = inner.records.len().min(first + limit.min(self.page_max));
        Ok(HostPage {
            records: inner.records.get(first..end).ok_or_else(bad)?.to_vec(),
            position: (end > 0).then(|| end.to_string()),
            more: end < inner.records.len(),
        })
    }

    /// Everything before a position is safe with the engine.
    pub(crate) fn acknowledge(&self, _position: &str) {}

    /// Takes a delivery: once, however often it comes.
    pub(crate) fn take(&self, ground: &Ground, delivery: &Delivery) -> Results {
        let mut inner = self.inner();
        if let Some((items, results)) = inner.deliveries.get(&delivery.id) {
            ground.met(Case::DeliveryRepeated);
            if *items != delivery.items {
                ground.wrong(Wrong {
                    invariant: "a delivery that comes again is the same",
                    document: delivery.id.clone(),
                    what: format!("{:?} after {items:?}", delivery.items),
                });
            }
            return results.clone();
        }
        let results: Results = delivery
            .items
            .iter()
            .map(|item| inner.take(ground, item))
            .collect();
        inner.deliveries.insert(
            delivery.id.clone(),
            (delivery.items.clone(), results.clone()),
        );
        results
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn take(&mut self, ground: &Ground, item: &WriteBack) -> Result<(), WriteBackRefusal> {
        let document = item.document();
        let key = DocumentKey {
            host: host_id(),
            kind: document.kind,
            id: document.id.clone(),
        };
        ground.tell("host", format!("is told: {}", shown(item)));
        if self.refuses && !matches!(item, WriteBack::Posting { .. }) {
            ground.met(Case::WriteBackRefused);
            ground.model().excuse(&key, Excuse::HostRefused);
            return Err(WriteBackRefusal {
                code: "period_locked".to_owned(),
                message: "the month is closed".to_owned(),
            });
        }
        let again = match item {
            WriteBack::Posting { notice, .. } => {
                let before = self.postings.insert(key.clone(), notice.clone());
                // Two connections say the same of a document that went from one to the other.
                let moved = ground
                    .model()
                    .paper(&key)
                    .is_some_and(|known| known.has(&[Excuse::Moved]));
                before.as_ref() == Some(notice) && !moved
            }
            WriteBack::Settlement { settlement, .. } => {
                self.settlements
                    .insert(key.clone(), settlement.clone())
                    .as_ref()
                    == Some(settlement)
            }
            WriteBack::Payment {
                revision, payment, ..
            } => {
                ground.met(Case::PaymentTold);
                self.take_payment(ground, &key, *revision, payment, false)
            }
            WriteBack::PaymentRemoved {
                revision, payment, ..
            } => {
                ground.met(Case::PaymentRemoved);
                self.take_payment(ground, &key, *revision, payment, true)
            }
        };
        self.told += 1;
        if again {
            ground.wrong(Wrong {
                invariant: "the host is told nothing twice",
                document: key.to_string(),
                what: shown(item),
            });
        }
        Ok(())
    }

    /// Gives whether it says nothing new.
    fn take_payment(
        &mut self,
        ground: &Ground,
        key: &DocumentKey,
        revision: u64,
        payment: &Payment,
        removed: bool,
    ) -> bool {
        let at = (key.clone(), payment.id.to_string());
        let before = self.payments.get(&at);
        let next = before.map_or(1, |held| held.revision + 1);
        // A revision that the host refused is never told again under the same content, so numbers may be passed over.
        let is_refused = ground
            .model()
            .paper(key)
            .is_some_and(|known| known.has(&[Excuse::HostRefused]));
        if revision != next && !(is_refused && revision > next) {
            ground.wrong(Wrong {
                invariant: "each payment is told once with each revision",
                document: key.to_string(),
                what: format!(
                    "payment {} came with revision {revision}, not {next}",
                    payment.id
                ),
            });
        }
        let held = HeldPayment {
            revision,
            payment: payment.clone(),
            removed,
        };
        let again = before
            .is_some_and(|before| before.payment == held.payment && before.removed == removed);
        self.payments.insert(at, held);
        again
    }
}

fn shown(item: &WriteBack) -> String {
    let about = format!("{} {}", item.document().kind, item.document().number);
    match item {
        WriteBack::Posting { notice, .. } => format!("{about} {}", notice.state.as_str()),
        WriteBack::Payment {
            revision, payment, ..
        } => {
            format!(
                "{about} payment {} of {}, revision {revision}",
                payment.id, payment.amount
            )
        }
        WriteBack::PaymentRemoved {
            revision, payment, ..
        } => {
            format!(
                "{about} payment {} of {} is gone, revision {revision}",
                payment.id, payment.amount
            )
        }
        WriteBack::Settlement { settlement, .. } => {
            format!(
                "{about} {:?}, {} due",
                settlement.status, settlement.amount_due
            )
        }
    }
}
