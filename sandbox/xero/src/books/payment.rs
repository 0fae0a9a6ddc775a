//! Payments and refunds: made once, deleted once, never changed.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::credit::Source;
use super::invoice::Kind;
use super::ledger::{Ledger, Row};

/// Whether a payment counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentStatus {
    /// It counts.
    Authorised,
    /// It was taken back.
    Deleted,
}

impl PaymentStatus {
    /// Xero's spelling.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Authorised => "AUTHORISED",
            Self::Deleted => "DELETED",
        }
    }
}

/// What a payment settles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// An invoice or a bill, by its position.
    Invoice(usize),
    /// A refund of a credit, by its position.
    Credit(usize, Source),
}

/// A payment on an invoice or a bill, or the refund of a credit.
#[derive(Debug, Clone)]
pub struct Payment {
    /// Xero's id.
    pub id: Uuid,
    /// What it settles.
    pub target: Target,
    /// Side of the books, as the document's.
    pub kind: Kind,
    /// The account the money went to or came from.
    pub account: Uuid,
    /// Date of the payment.
    pub date: NaiveDate,
    /// In the document's currency, 2 decimals.
    pub amount: Decimal,
    /// Units of the document's currency for one unit of the base currency.
    pub currency_rate: Decimal,
    /// Free text; this is where a writer leaves its mark.
    pub reference: String,
    /// Whether it is matched with a bank statement.
    pub is_reconciled: bool,
    /// Whether it counts.
    pub status: PaymentStatus,
    /// Milliseconds since 1970 of the last change.
    pub updated_ms: i64,
}

impl Payment {
    /// Xero's word for the direction.
    #[must_use]
    pub const fn kind_name(&self) -> &'static str {
        match (self.target, self.kind) {
            (Target::Invoice(_), Kind::Receivable) => "ACCRECPAYMENT",
            (Target::Invoice(_), Kind::Payable) => "ACCPAYPAYMENT",
            (Target::Credit(_, Source::CreditNote), Kind::Receivable) => "ARCREDITPAYMENT",
            (Target::Credit(_, Source::CreditNote), Kind::Payable) => "APCREDITPAYMENT",
            (Target::Credit(_, Source::Overpayment), Kind::Receivable) => "AROVERPAYMENTPAYMENT",
            (Target::Credit(_, Source::Overpayment), Kind::Payable) => "APOVERPAYMENTPAYMENT",
            (Target::Credit(_, Source::Prepayment), Kind::Receivable) => "ARPREPAYMENTPAYMENT",
            (Target::Credit(_, Source::Prepayment), Kind::Payable) => "APPREPAYMENTPAYMENT",
        }
    }

    /// Position of the invoice it pays; nothing for a refund.
    #[must_use]
    pub const fn invoice(&self) -> Option<usize> {
        match self.target {
            Target::Invoice(at) => Some(at),
            Target::Credit(..) => None,
        }
    }
}

impl Row for Payment {
    fn id(&self) -> Uuid {
        self.id
    }
    fn updated_ms(&self) -> i64 {
        self.updated_ms
    }
    fn set_updated_ms(&mut self, updated_ms: i64) {
        self.updated_ms = updated_ms;
    }
}

/// All payments of an organisation.
pub type Payments = Ledger<Payment>;
