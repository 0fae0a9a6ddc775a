//! What was paid on a document, and how it stands after that.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Currency, ProviderPaymentId, decimal};
use crate::open_enum;

open_enum! {
    /// How an amount came to reduce what is due.
    pub enum PaymentKind {
        /// Money was received.
        Payment = "payment",
        /// A prepayment or overpayment was allocated.
        PrepaymentAllocation = "prepayment_allocation",
        /// A credit note was allocated.
        CreditAllocation = "credit_allocation",
    }
}

/// One payment of one document, as the provider holds it now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Payment {
    /// The provider's identifier of the payment or allocation.
    pub id: ProviderPaymentId,
    /// The accounting date.
    pub date: NaiveDate,
    /// The amount in the document's currency.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub amount: Decimal,
    /// The document's currency.
    pub currency: Currency,
    /// What the payer wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Money or allocation.
    pub kind: PaymentKind,
}

/// How far a document is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SettlementStatus {
    /// Nothing is paid or credited.
    Unpaid,
    /// Something is still due.
    PartlyPaid,
    /// Nothing is due.
    Paid,
    /// More than the total is paid.
    Overpaid,
    /// The document is void.
    Voided,
}

impl Settlement {
    /// The same with its amounts as they are spelled ([`Currency::figure`]).
    #[must_use]
    pub fn spelled(self) -> Self {
        Self {
            amount_paid: self.currency.figure(self.amount_paid),
            amount_credited: self.currency.figure(self.amount_credited),
            amount_due: self.currency.figure(self.amount_due),
            ..self
        }
    }
}

impl SettlementStatus {
    /// The word of the host contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unpaid => "unpaid",
            Self::PartlyPaid => "partly_paid",
            Self::Paid => "paid",
            Self::Overpaid => "overpaid",
            Self::Voided => "voided",
        }
    }
}

/// The whole settlement of a document at one moment: full state, so a lost message heals with the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Settlement {
    /// How far it is settled.
    pub status: SettlementStatus,
    /// Paid with money.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub amount_paid: Decimal,
    /// Settled by credit notes.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub amount_credited: Decimal,
    /// Still due.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub amount_due: Decimal,
    /// The currency of the three amounts.
    pub currency: Currency,
    /// The provider's time of the state.
    pub as_of: DateTime<Utc>,
}
