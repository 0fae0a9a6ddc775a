//! What the provider should hold for a document, in no provider's own words.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::document::{
    AmountsAre, Currency, DocumentKind, LineId, ProviderContactId, Totals, decimal,
};
use crate::settings::CreateStatus;

/// A document as it should stand at the provider. Adapters translate it word for word: every
/// decision has been made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// What it is.
    pub kind: DocumentKind,
    /// Its number there: our marker.
    pub number: String,
    /// The other party: who owes on a sale, who is owed on a purchase.
    pub contact: ProviderContactId,
    /// The reference field.
    pub reference: Option<String>,
    /// The accounting date.
    pub date: NaiveDate,
    /// When it falls due.
    pub due_date: Option<NaiveDate>,
    /// When delivery is expected; purchase orders alone have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_date: Option<NaiveDate>,
    /// The state in which it is created.
    pub status: CreateStatus,
    /// The currency of every amount.
    pub currency: Currency,
    /// Whether unit prices hold the tax.
    pub amounts_are: AmountsAre,
    /// The lines, in the host's order.
    pub lines: Vec<PostingLine>,
    /// What the provider must come to.
    pub totals: Totals,
    /// A link back to the document in its host.
    pub url: Option<String>,
    /// The provider's identifier of the branding theme; absent for the organisation's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branding_theme: Option<String>,
    /// How figures came about that are not the host's, such as a rounding line. For people only: neither kept
    /// nor part of the fingerprint, so other words for the same figures send nothing again.
    #[serde(skip)]
    pub explanation: Vec<String>,
}

/// A line as it should stand at the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostingLine {
    /// The host's line, so that its identity at the provider can be kept.
    pub line: LineId,
    /// The text.
    pub description: String,
    /// How many, within the provider's places.
    #[serde(with = "decimal")]
    pub quantity: Decimal,
    /// The price of one, within the provider's places.
    #[serde(with = "decimal")]
    pub unit_amount: Decimal,
    /// An amount taken off the line.
    #[serde(default, with = "decimal::optional")]
    pub discount_amount: Option<Decimal>,
    /// The account.
    pub account_code: String,
    /// The provider's tax type; absent when no tax applies to the document.
    pub tax_type: Option<String>,
    /// The tax, when the host's own is to stand.
    #[serde(default, with = "decimal::optional")]
    pub tax_amount: Option<Decimal>,
    /// The item.
    pub item_code: Option<String>,
    /// Tracking choices.
    pub tracking: Vec<TrackingChoice>,
}

/// An option of a tracking category, by the provider's identifiers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackingChoice {
    /// The category.
    pub category_id: String,
    /// The option; empty while it is to be made.
    pub option_id: String,
    /// The name of an option that is to be made first. Nothing is sent before it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
}
