//! What the provider holds for a document now, in no provider's own words.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::TrackingChoice;
use crate::document::{
    Currency, DocumentKind, Payment, ProviderContactId, ProviderDocumentId, Settlement,
    SettlementStatus, Totals, decimal,
};
use crate::open_enum;

open_enum! {
    /// Where a document stands at the provider.
    pub enum SnapshotStatus {
        /// A draft.
        Draft = "draft",
        /// Waiting for approval.
        Submitted = "submitted",
        /// Approved and not wholly paid.
        Authorised = "authorised",
        /// Wholly settled.
        Paid = "paid",
        /// Voided after approval.
        Voided = "voided",
        /// Deleted before approval.
        Deleted = "deleted",
    }
}

impl SnapshotStatus {
    /// Whether the document counts in the books or may come to count.
    #[must_use]
    pub fn is_live(&self) -> bool {
        match self {
            Self::Draft | Self::Submitted | Self::Authorised | Self::Paid | Self::Other(_) => true,
            Self::Voided | Self::Deleted => false,
        }
    }
}

/// A document as the provider holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The provider's identifier.
    pub id: ProviderDocumentId,
    /// What it is.
    pub kind: DocumentKind,
    /// Its number.
    pub number: String,
    /// The reference field.
    pub reference: Option<String>,
    /// Who owes.
    pub contact: ProviderContactId,
    /// The accounting date.
    pub date: NaiveDate,
    /// When it falls due.
    pub due_date: Option<NaiveDate>,
    /// Where it stands.
    pub status: SnapshotStatus,
    /// Its currency.
    pub currency: Currency,
    /// What it comes to.
    pub totals: Totals,
    /// Its lines in order; empty when the provider did not tell.
    pub lines: Vec<SnapshotLine>,
    /// Every payment and allocation that stands, none that was deleted.
    pub payments: Vec<Payment>,
    /// Paid with money or by prepayment.
    #[serde(with = "decimal")]
    pub amount_paid: Decimal,
    /// Settled by credit notes.
    #[serde(with = "decimal")]
    pub amount_credited: Decimal,
    /// Still due.
    #[serde(with = "decimal")]
    pub amount_due: Decimal,
    /// The link back to the host, if the provider keeps one.
    pub url: Option<String>,
    /// When the provider last changed it.
    pub updated_at: DateTime<Utc>,
}

impl Snapshot {
    /// How far the document is settled.
    #[must_use]
    pub fn settlement(&self) -> Settlement {
        let settled = self.amount_paid + self.amount_credited;
        let status = match () {
            () if !self.status.is_live() => SettlementStatus::Voided,
            () if self.amount_due < Decimal::ZERO => SettlementStatus::Overpaid,
            () if self.amount_due.is_zero()
                && (settled > Decimal::ZERO || self.status == SnapshotStatus::Paid) =>
            {
                SettlementStatus::Paid
            }
            () if settled > Decimal::ZERO => SettlementStatus::PartlyPaid,
            () => SettlementStatus::Unpaid,
        };
        Settlement {
            status,
            amount_paid: self.amount_paid,
            amount_credited: self.amount_credited,
            amount_due: self.amount_due,
            currency: self.currency,
            as_of: self.updated_at,
        }
    }
}

/// A line as the provider holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotLine {
    /// The provider's identifier of the line.
    pub id: String,
    /// The text.
    pub description: String,
    /// The line's amount, with or without tax as the document has it.
    #[serde(with = "decimal")]
    pub amount: Decimal,
    /// The tax.
    #[serde(with = "decimal")]
    pub tax_amount: Decimal,
    /// The account.
    pub account_code: Option<String>,
    /// The tax type.
    pub tax_type: Option<String>,
    /// How many; absent when the provider did not tell.
    #[serde(
        default,
        with = "decimal::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub quantity: Option<Decimal>,
    /// The price of one; absent when the provider did not tell.
    #[serde(
        default,
        with = "decimal::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub unit_amount: Option<Decimal>,
    /// The item; absent when there is none, or the provider did not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_code: Option<String>,
    /// The tracking choices by category and option identifiers; absent when the provider did not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<Vec<TrackingChoice>>,
}
