//! What goes out beside documents: payments that the host made, allocations, files, and notes in a document's history.

use async_trait::async_trait;
use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{ProviderError, Rejection};
use crate::document::{DocumentKind, ProviderDocumentId, ProviderPaymentId};

/// What a provider takes besides documents. Writes are never repeated by an implementation itself.
#[async_trait]
pub trait Extras: Send + Sync {
    /// Makes payments: one outcome for each order, in order.
    ///
    /// The same orders with the same key inside the capability's window have one effect. After that, or
    /// after a lost reply, [`Extras::payments_marked`] shows which of them exist: nothing at a provider
    /// keeps a payment single but its marker.
    async fn pay(
        &self,
        idempotency_key: &str,
        orders: &[PaymentOrder],
    ) -> Result<Vec<Result<MadePayment, Rejection>>, ProviderError>;

    /// Every payment that carries one of the markers, those that were taken back too.
    async fn payments_marked(&self, markers: &[String]) -> Result<Vec<MadePayment>, ProviderError>;

    /// Takes a payment back. One that was taken back before is an outcome like the first.
    async fn take_back(
        &self,
        idempotency_key: &str,
        payment: &ProviderPaymentId,
    ) -> Result<Result<(), Rejection>, ProviderError>;

    /// Puts so much of a credit note against an invoice.
    ///
    /// The same order with the same key inside the capability's window has one effect. Nothing at a provider keeps an
    /// allocation single: whoever repeats one reads both documents first, and again to see what was done.
    async fn allocate(
        &self,
        idempotency_key: &str,
        order: &AllocationOrder,
    ) -> Result<Result<(), Rejection>, ProviderError>;

    /// Puts a file on a document, unless one of the same name and size is there. A file of the same name
    /// and another size is replaced: it is an older one of ours.
    async fn attach(
        &self,
        idempotency_key: &str,
        order: &AttachmentOrder,
    ) -> Result<Result<Written, Rejection>, ProviderError>;

    /// Writes a note into a document's history, unless one with its marker is there. Notes are for ever.
    async fn note(
        &self,
        idempotency_key: &str,
        order: &NoteOrder,
    ) -> Result<Result<Written, Rejection>, ProviderError>;
}

/// A payment to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentOrder {
    /// What the document is: an invoice or a bill is paid, a credit note paid out.
    pub kind: DocumentKind,
    /// The document.
    pub document: ProviderDocumentId,
    /// The code of the account that the money came into or went out of.
    pub account_code: String,
    /// The accounting date.
    pub date: NaiveDate,
    /// How much, in the document's currency.
    pub amount: Decimal,
    /// Ours alone, kept in the payment's reference: by it the payment is known again.
    pub marker: String,
}

/// A payment as the provider holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadePayment {
    /// The provider's identifier.
    pub id: ProviderPaymentId,
    /// The marker.
    pub marker: String,
    /// The document that it is on, if the provider tells.
    pub document: Option<ProviderDocumentId>,
    /// The accounting date.
    pub date: NaiveDate,
    /// How much, in the document's currency.
    pub amount: Decimal,
    /// Whether it stands, or was taken back.
    pub stands: bool,
}

/// Part of a credit note to be put against an invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllocationOrder {
    /// The credit note, which must be approved.
    pub credit_note: ProviderDocumentId,
    /// The invoice.
    pub invoice: ProviderDocumentId,
    /// The accounting date; a provider may keep the later one of both documents instead.
    pub date: NaiveDate,
    /// How much, in the currency of both.
    pub amount: Decimal,
}

/// A file to be put on a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachmentOrder {
    /// What the document is.
    pub kind: DocumentKind,
    /// The document.
    pub document: ProviderDocumentId,
    /// The file's name; what the provider does not take in a name is replaced.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its content.
    pub content: bytes::Bytes,
    /// Who sees it besides those who keep the books.
    pub audience: Audience,
}

/// Who sees a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Only those who keep the books.
    Books,
    /// The customer too, with the document online; only sales have it.
    Customer,
}

/// A note to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteOrder {
    /// What the document is.
    pub kind: DocumentKind,
    /// The document.
    pub document: ProviderDocumentId,
    /// The text.
    pub text: String,
    /// Ours alone, put behind the text: by it the note is known again.
    pub marker: String,
}

/// What came of something that is written once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It was written now.
    Now,
    /// It was there.
    Already,
}
