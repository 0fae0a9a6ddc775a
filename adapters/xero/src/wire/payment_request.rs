//! How a payment or an allocation goes into Xero, and how a payment is taken back.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use rust_decimal::serde::arbitrary_precision;
use serde::Serialize;

/// The body that makes payments.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NewPayments {
    /// They.
    pub payments: Vec<NewPayment>,
}

/// A payment: on an invoice or a bill, or out of a credit note.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NewPayment {
    /// The invoice or bill.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice: Option<InvoiceById>,
    /// The credit note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit_note: Option<CreditNoteById>,
    /// Where the money is.
    pub account: AccountByCode,
    /// The accounting date.
    pub date: NaiveDate,
    /// In the document's currency.
    #[serde(with = "arbitrary_precision")]
    pub amount: Decimal,
    /// Our marker.
    pub reference: String,
}

/// An invoice or a bill by its identifier: numbers of bills are not unique.
#[derive(Clone, Debug, Serialize)]
pub struct InvoiceById {
    /// The identifier.
    #[serde(rename = "InvoiceID")]
    pub id: String,
}

/// A credit note by its identifier.
#[derive(Clone, Debug, Serialize)]
pub struct CreditNoteById {
    /// The identifier.
    #[serde(rename = "CreditNoteID")]
    pub id: String,
}

/// An account by its code.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AccountByCode {
    /// The code.
    pub code: String,
}

/// The body that puts a credit note against invoices.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NewAllocations {
    /// They.
    pub allocations: Vec<NewAllocation>,
}

/// Part of a credit note against an invoice. `AppliedAmount` is not read: who sends it allocates nothing.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NewAllocation {
    /// The invoice.
    pub invoice: InvoiceById,
    /// How much of the note.
    #[serde(with = "arbitrary_precision")]
    pub amount: Decimal,
    /// The accounting date.
    pub date: NaiveDate,
}

/// The body that takes a payment back.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PaymentTakenBack {
    /// `DELETED`.
    pub status: &'static str,
}
