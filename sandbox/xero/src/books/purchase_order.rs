//! Purchase orders: what is kept of one, and how they are found by number.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::invoice::{Line, LineAmounts};
use super::ledger::{Ledger, Row};
use super::numbers::Numbers;

/// Where a purchase order is in its life. It posts no journals in any of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderStatus {
    /// Being written.
    Draft,
    /// Waiting for approval.
    Submitted,
    /// Approved.
    Authorised,
    /// The supplier has sent a bill for it.
    Billed,
    /// Removed.
    Deleted,
}

impl OrderStatus {
    /// All of them, in the order of a life.
    pub const ALL: [Self; 5] = [
        Self::Draft,
        Self::Submitted,
        Self::Authorised,
        Self::Billed,
        Self::Deleted,
    ];

    /// Xero's spelling.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Submitted => "SUBMITTED",
            Self::Authorised => "AUTHORISED",
            Self::Billed => "BILLED",
            Self::Deleted => "DELETED",
        }
    }

    /// Reads Xero's spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == text)
    }
}

/// Where and to whom the goods go; empty text where nothing was given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivery {
    /// When the goods are to be delivered.
    pub date: Option<NaiveDate>,
    /// When the goods are expected.
    pub expected_arrival: Option<NaiveDate>,
    /// Address in one text.
    pub address: String,
    /// Person.
    pub attention_to: String,
    /// Telephone of the person.
    pub telephone: String,
    /// Up to 500 characters.
    pub instructions: String,
}

/// A purchase order.
#[derive(Debug, Clone)]
pub struct PurchaseOrder {
    /// Xero's id.
    pub id: Uuid,
    /// Unique.
    pub number: String,
    /// Free text.
    pub reference: String,
    /// Position of the supplier in the contacts' ledger.
    pub contact: usize,
    /// Date of the order.
    pub date: NaiveDate,
    /// Delivery.
    pub delivery: Delivery,
    /// Where it is in its life.
    pub status: OrderStatus,
    /// How line amounts relate to tax.
    pub line_amounts: LineAmounts,
    /// The lines.
    pub lines: Vec<Line>,
    /// Without tax.
    pub sub_total: Decimal,
    /// Sum of the lines' tax.
    pub total_tax: Decimal,
    /// All of it.
    pub total: Decimal,
    /// ISO 4217.
    pub currency: String,
    /// Units of the order's currency for one unit of the base currency.
    pub currency_rate: Decimal,
    /// Printing theme.
    pub branding_theme: Option<Uuid>,
    /// Whether it was marked as sent.
    pub sent_to_contact: bool,
    /// Client id of the app that made it; empty for a person.
    pub created_by: String,
    /// Milliseconds since 1970 of the last change.
    pub updated_ms: i64,
}

impl Row for PurchaseOrder {
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

/// All purchase orders of an organisation.
#[derive(Debug, Clone, Default)]
pub struct PurchaseOrders {
    /// The rows.
    pub ledger: Ledger<PurchaseOrder>,
    numbers: Numbers,
}

impl PurchaseOrders {
    /// Adds an order that was checked.
    pub fn insert(&mut self, order: PurchaseOrder) -> usize {
        let number = order.number.clone();
        let at = self.ledger.insert(order);
        self.numbers.insert(&number, at);
        at
    }

    /// Puts a checked new version in place of an order; the caller touches the row.
    pub fn replace(&mut self, at: usize, next: PurchaseOrder) {
        let current = self.ledger.row_mut(at);
        self.numbers.change(&current.number, &next.number, at);
        *current = PurchaseOrder {
            updated_ms: current.updated_ms,
            ..next
        };
    }

    /// Positions of all orders with this number, in any case, in order of arrival.
    #[must_use]
    pub fn numbered(&self, number: &str) -> &[usize] {
        self.numbers.at(number)
    }

    /// The next free automatic number, such as `PO-0001`.
    pub fn next_number(&mut self) -> String {
        self.numbers.next("PO-")
    }
}
