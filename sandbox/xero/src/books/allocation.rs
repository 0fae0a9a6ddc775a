//! Allocations: which part of a credit settles which invoice.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::ledger::{Ledger, Row};

/// Part of a credit put against an invoice or a bill. Made once, removed once, never changed.
#[derive(Debug, Clone)]
pub struct Allocation {
    /// Xero's id.
    pub id: Uuid,
    /// Position of the credit in its ledger.
    pub credit: usize,
    /// Position of the invoice in its ledger.
    pub invoice: usize,
    /// In the currency of both documents, 2 decimals.
    pub amount: Decimal,
    /// Day it counts from.
    pub date: NaiveDate,
    /// Whether it still counts.
    pub is_live: bool,
    /// Milliseconds since 1970 of the last change.
    pub updated_ms: i64,
}

impl Row for Allocation {
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

/// All allocations of an organisation.
pub type Allocations = Ledger<Allocation>;
