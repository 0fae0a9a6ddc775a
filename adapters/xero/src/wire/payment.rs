//! How a payment comes out of Xero.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use tieout_core::document::DocumentKind;
use tieout_core::open_enum;

use super::loose;
use super::page::Listed;

open_enum! {
    /// Whether a payment stands.
    pub enum PaymentStatus {
        /// It stands.
        Authorised = "AUTHORISED",
        /// It was taken back.
        Deleted = "DELETED",
    }
}

open_enum! {
    /// What a payment is for.
    pub enum PaymentType {
        /// A customer paid an invoice.
        Receivable = "ACCRECPAYMENT",
        /// We paid a bill.
        Payable = "ACCPAYPAYMENT",
        /// We paid a credit note out to a customer.
        ReceivableCredit = "ARCREDITPAYMENT",
    }
}

impl PaymentType {
    /// The payments of a kind of document; orders have none.
    #[must_use]
    pub fn on(kind: DocumentKind) -> Option<Self> {
        match kind {
            DocumentKind::Invoice => Some(Self::Receivable),
            DocumentKind::Bill => Some(Self::Payable),
            DocumentKind::CreditNote => Some(Self::ReceivableCredit),
            DocumentKind::PurchaseOrder => None,
        }
    }
}

/// A payment.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Payment {
    /// Its identifier.
    #[serde(rename = "PaymentID", default, deserialize_with = "loose::text")]
    pub id: Option<String>,
    /// Whether it stands.
    pub status: Option<PaymentStatus>,
    /// The accounting date.
    #[serde(default, deserialize_with = "loose::date")]
    pub date: Option<NaiveDate>,
    /// In the currency of its document.
    #[serde(default, deserialize_with = "loose::decimal")]
    pub amount: Option<Decimal>,
    /// What was written on it: our marker on our own.
    #[serde(default, deserialize_with = "loose::text")]
    pub reference: Option<String>,
    /// When it was last changed.
    #[serde(rename = "UpdatedDateUTC", default, deserialize_with = "loose::moment")]
    pub updated: Option<DateTime<Utc>>,
    /// What it is for.
    pub payment_type: Option<PaymentType>,
    /// The invoice or bill that it pays.
    #[serde(default, deserialize_with = "loose::object")]
    pub invoice: Option<Paid>,
    /// The credit note that it pays out.
    #[serde(default, deserialize_with = "loose::object")]
    pub credit_note: Option<Paid>,
}

impl Payment {
    /// The document that it is on, if that is of a kind that travels.
    #[must_use]
    pub fn target(&self) -> Option<(DocumentKind, &str)> {
        let (kind, paid) = match self.payment_type.as_ref()? {
            PaymentType::Receivable => (DocumentKind::Invoice, &self.invoice),
            PaymentType::Payable => (DocumentKind::Bill, &self.invoice),
            PaymentType::ReceivableCredit => (DocumentKind::CreditNote, &self.credit_note),
            PaymentType::Other(_) => return None,
        };
        Some((kind, paid.as_ref()?.id.as_deref()?))
    }
}

impl Listed for Payment {
    const LIST: &'static str = "Payments";
}

/// The document that a payment is on.
#[derive(Clone, Debug, Deserialize)]
pub struct Paid {
    /// Its identifier.
    #[serde(
        rename = "InvoiceID",
        alias = "CreditNoteID",
        default,
        deserialize_with = "loose::text"
    )]
    pub id: Option<String>,
}
