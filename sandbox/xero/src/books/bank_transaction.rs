//! Bank transactions that make overpayments and prepayments: which account the money passed through.

use uuid::Uuid;

use super::ledger::{Ledger, Row};

/// Money received or spent that became a credit; everything else about it is kept with the credit.
#[derive(Debug, Clone)]
pub struct BankTransaction {
    /// Xero's id, which is not the one of the credit.
    pub id: Uuid,
    /// Position of the credit in its ledger.
    pub credit: usize,
    /// The bank account.
    pub account: Uuid,
    /// Whether it is matched with a bank statement.
    pub is_reconciled: bool,
    /// Link back to the system it came from.
    pub url: String,
    /// Milliseconds since 1970 of the last change.
    pub updated_ms: i64,
}

impl Row for BankTransaction {
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

/// All of them.
pub type BankTransactions = Ledger<BankTransaction>;
