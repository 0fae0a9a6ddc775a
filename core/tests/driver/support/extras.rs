//! What the test provider takes beside documents: payments known by their markers, files and notes.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use tieout_core::clock::Clock;
use tieout_core::document::{Payment, PaymentKind, ProviderDocumentId, ProviderPaymentId};
use tieout_core::provider::{
    AllocationOrder, AttachmentOrder, Audience, Extras, MadePayment, NoteOrder, PaymentOrder,
    ProviderError, Rejection, RejectionKind, Snapshot, SnapshotStatus, Written,
};

use super::books::{Books, refusal};
use super::documents::aud;
use super::provider::{Fault, On, TestProvider};

/// Everything beside the documents.
#[derive(Default)]
pub(crate) struct Beside {
    /// Every payment that was ever made by an order.
    pub(crate) made: Vec<MadePayment>,
    /// Every file, with who sees it.
    pub(crate) files: Vec<(ProviderDocumentId, String, bytes::Bytes, Audience)>,
    /// Every note.
    pub(crate) notes: Vec<(ProviderDocumentId, String)>,
    /// Whether documents tell no reference of their payments.
    pub(crate) silent: bool,
    /// Payments that are not let go, as if they were reconciled.
    pub(crate) reconciled: bool,
    keys: BTreeMap<String, Asked>,
}

type Made = Result<MadePayment, Rejection>;

/// What was asked under a key, when, and what came of it.
type Asked = (DateTime<Utc>, PaymentOrder, Made);

impl Books {
    /// Every payment that was made by an order and stands on a document.
    pub(crate) fn standing(&self) -> Vec<MadePayment> {
        let all = self.beside.made.iter().map(|made| self.as_it_stands(made));
        all.filter(|made| made.stands).collect()
    }

    fn as_it_stands(&self, made: &MadePayment) -> MadePayment {
        let stands = self
            .documents
            .iter()
            .any(|held| held.payments.iter().any(|payment| payment.id == made.id));
        MadePayment {
            stands,
            ..made.clone()
        }
    }

    fn make(&mut self, order: &PaymentOrder, now: DateTime<Utc>) -> Made {
        let held = self.document(&order.document).cloned();
        let Some(held) = held.filter(|held| held.kind == order.kind) else {
            return Err(refusal(RejectionKind::NotFound, "no such document"));
        };
        match held.status {
            SnapshotStatus::Authorised | SnapshotStatus::Paid => {}
            _ => {
                let words = "Payments can only be made against Authorised documents";
                return Err(refusal(RejectionKind::NotEditable, words));
            }
        }
        let account = self.chart.account(&order.account_code);
        if !account.is_some_and(|account| account.active && account.takes_payments) {
            let words = "Account type is invalid for making a payment to/from.";
            return Err(refusal(RejectionKind::AccountInvalid, words));
        }
        if order.amount > held.amount_due || order.amount <= Decimal::ZERO {
            let words = "Payment amount exceeds the amount outstanding on this document";
            return Err(refusal(RejectionKind::Validation, words));
        }
        let id = ProviderPaymentId::new(self.next_id("own")).expect("an identifier");
        let payment = Payment {
            id: id.clone(),
            date: order.date,
            amount: order.amount,
            currency: aud(),
            reference: (!self.beside.silent).then(|| order.marker.clone()),
            kind: PaymentKind::Payment,
        };
        self.settle(held, now, |payments| payments.push(payment));
        let made = MadePayment {
            id,
            marker: order.marker.clone(),
            document: Some(order.document.clone()),
            date: order.date,
            amount: order.amount,
            stands: true,
        };
        self.beside.made.push(made.clone());
        Ok(made)
    }

    fn unmake(&mut self, id: &ProviderPaymentId, now: DateTime<Utc>) -> Result<(), Rejection> {
        if !self.beside.made.iter().any(|made| made.id == *id) {
            return Err(refusal(RejectionKind::NotFound, "no such payment"));
        }
        let on = self
            .documents
            .iter()
            .find(|held| held.payments.iter().any(|payment| payment.id == *id));
        let Some(held) = on.cloned() else {
            return Ok(());
        };
        if self.beside.reconciled {
            let words = "the payment is reconciled";
            return Err(refusal(RejectionKind::NotEditable, words));
        }
        self.settle(held, now, |payments| {
            payments.retain(|payment| payment.id != *id);
        });
        Ok(())
    }

    /// Puts so much of a credit note against an invoice: a second time as gladly as the first, as far as both allow.
    pub(crate) fn allocate(
        &mut self,
        note: &ProviderDocumentId,
        invoice: &ProviderDocumentId,
        amount: Decimal,
        now: DateTime<Utc>,
    ) -> Result<(), Rejection> {
        let held = |id| self.document(id).cloned();
        let (Some(credit), Some(invoice)) = (held(note), held(invoice)) else {
            return Err(refusal(RejectionKind::NotFound, "no such document"));
        };
        let is_open = |it: &Snapshot| it.status == SnapshotStatus::Authorised;
        if credit.contact != invoice.contact || !is_open(&credit) || !is_open(&invoice) {
            let words = "the documents do not go together";
            return Err(refusal(RejectionKind::NotEditable, words));
        }
        if amount <= Decimal::ZERO || amount > credit.amount_due || amount > invoice.amount_due {
            let words = "more than is outstanding";
            return Err(refusal(RejectionKind::Validation, words));
        }
        let part = |id: &ProviderDocumentId, reference: &str| Payment {
            id: ProviderPaymentId::new(id.as_str()).expect("an identifier"),
            date: credit.date.max(invoice.date),
            amount,
            currency: invoice.currency,
            reference: Some(reference.to_owned()),
            kind: PaymentKind::CreditAllocation,
        };
        let (of_note, of_invoice) = (
            part(&credit.id, &credit.number),
            part(&invoice.id, &invoice.number),
        );
        self.settle(invoice, now, |payments| add(payments, of_note));
        self.settle(credit, now, |payments| add(payments, of_invoice));
        Ok(())
    }

    fn make_once(&mut self, key: &str, order: &PaymentOrder, now: DateTime<Utc>) -> Made {
        if let Some((at, first, made)) = self.beside.keys.get(key)
            && now - *at < chrono::Duration::seconds(360)
        {
            assert_eq!(first, order, "a key stands for one payment");
            return made.clone();
        }
        let made = self.make(order, now);
        let kept = (now, order.clone(), made.clone());
        self.beside.keys.insert(key.to_owned(), kept);
        made
    }
}

/// Adds a part of a credit to the parts that went there before.
fn add(payments: &mut Vec<Payment>, part: Payment) {
    match payments.iter_mut().find(|known| known.id == part.id) {
        Some(known) => known.amount += part.amount,
        None => payments.push(part),
    }
}

impl TestProvider {
    /// Does something once it arrives, and loses the reply if a test says so.
    async fn beside<T: Send + 'static>(
        &self,
        on: On,
        work: impl FnOnce(&mut Books, DateTime<Utc>) -> Result<T, Rejection> + Send + 'static,
    ) -> Result<Result<T, Rejection>, ProviderError> {
        let fault = self.enter(on);
        let latency = std::time::Duration::from_millis(40);
        tokio::time::sleep(latency / 2).await;
        let provider = self.clone();
        let done = move || {
            let now = provider.clock().now();
            provider.books(|books| work(books, now))
        };
        let done = match &fault {
            Some(
                Fault::NotProcessed
                | Fault::UnsureBefore
                | Fault::Throttled(_)
                | Fault::Unauthorised
                | Fault::AccessGone
                | Fault::Forbidden,
            ) => None,
            Some(Fault::Reject(kind)) => {
                return Ok(Err(refusal(kind.clone(), "refused")));
            }
            Some(Fault::UnsureLate(delay)) => {
                let delay = *delay;
                tokio::spawn(async move {
                    tokio::time::sleep(delay).await;
                    drop(done());
                });
                None
            }
            Some(
                Fault::UnsureAfter
                | Fault::ThrottledCopy(_)
                | Fault::BadReply
                | Fault::ShortReply
                | Fault::SlowReply(_),
            )
            | None => Some(done()),
        };
        tokio::time::sleep(latency / 2).await;
        match (fault, done) {
            (None, Some(done)) => Ok(done),
            (Some(Fault::SlowReply(time)), Some(done)) => {
                tokio::time::sleep(time).await;
                Ok(done)
            }
            (Some(fault), _) => Err(self.error(&fault)),
            (None, None) => unreachable!("only a fault keeps a request from being processed"),
        }
    }
}

#[async_trait]
impl Extras for TestProvider {
    async fn pay(
        &self,
        idempotency_key: &str,
        orders: &[PaymentOrder],
    ) -> Result<Vec<Result<MadePayment, Rejection>>, ProviderError> {
        let (key, orders) = (idempotency_key.to_owned(), orders.to_vec());
        let made = self.beside(On::Pay, move |books, now| {
            let made = orders.iter().enumerate();
            Ok(made
                .map(|(place, order)| books.make_once(&format!("{key}/{place}"), order, now))
                .collect())
        });
        match made.await? {
            Ok(made) => Ok(made),
            Err(refused) => Ok(vec![Err(refused)]),
        }
    }

    async fn payments_marked(&self, markers: &[String]) -> Result<Vec<MadePayment>, ProviderError> {
        let short = self.read_only(On::Marked).await?;
        let found = self.books(|books| {
            let made = books.beside.made.iter();
            let marked = made.filter(|made| markers.contains(&made.marker));
            marked.map(|made| books.as_it_stands(made)).collect()
        });
        if short {
            return Err(self.error(&Fault::BadReply));
        }
        Ok(found)
    }

    async fn take_back(
        &self,
        _: &str,
        payment: &ProviderPaymentId,
    ) -> Result<Result<(), Rejection>, ProviderError> {
        let id = payment.clone();
        self.beside(On::TakeBack, move |books, now| books.unmake(&id, now))
            .await
    }

    async fn allocate(
        &self,
        _: &str,
        order: &AllocationOrder,
    ) -> Result<Result<(), Rejection>, ProviderError> {
        let order = order.clone();
        self.beside(On::Allocate, move |books, now| {
            books.allocate(&order.credit_note, &order.invoice, order.amount, now)
        })
        .await
    }

    async fn attach(
        &self,
        _: &str,
        order: &AttachmentOrder,
    ) -> Result<Result<Written, Rejection>, ProviderError> {
        let order = order.clone();
        self.beside(On::Attach, move |books, _| {
            let files = &mut books.beside.files;
            let same = |file: &(ProviderDocumentId, String, bytes::Bytes, Audience)| {
                file.0 == order.document && file.1 == order.name
            };
            if files
                .iter()
                .any(|file| same(file) && file.2.len() == order.content.len())
            {
                return Ok(Written::Already);
            }
            files.retain(|file| !same(file));
            files.push((order.document, order.name, order.content, order.audience));
            Ok(Written::Now)
        })
        .await
    }

    async fn note(
        &self,
        _: &str,
        order: &NoteOrder,
    ) -> Result<Result<Written, Rejection>, ProviderError> {
        let order = order.clone();
        self.beside(On::Note, move |books, _| {
            let tag = format!("[{}]", order.marker);
            let notes = &mut books.beside.notes;
            if notes
                .iter()
                .any(|note| note.0 == order.document && note.1.contains(&tag))
            {
                return Ok(Written::Already);
            }
            notes.push((order.document, format!("{} {tag}", order.text)));
            Ok(Written::Now)
        })
        .await
    }
}
