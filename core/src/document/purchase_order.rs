//! What a host says of an order to a supplier.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Currency, DocumentId, LineId, PartyId, Totals, decimal};
use crate::open_enum;

open_enum! {
    /// Where a purchase order stands in its host.
    pub enum PurchaseOrderStatus {
        /// Still being written.
        Draft = "draft",
        /// Sent to the supplier.
        Final = "final",
        /// Cancelled.
        Cancelled = "cancelled",
    }
}

/// Who supplies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Supplier {
    /// The host's identifier, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<PartyId>,
    /// The name.
    pub name: String,
}

/// An order to a supplier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PurchaseOrder {
    /// Opaque, stable, unique among purchase orders.
    pub id: DocumentId,
    /// Grows with every change.
    pub revision: u64,
    /// The number that people use.
    pub number: String,
    /// Where it stands in the host.
    pub status: PurchaseOrderStatus,
    /// Who supplies.
    pub supplier: Supplier,
    /// The part of the business that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_division: Option<String>,
    /// The customer's order that it serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_ref: Option<String>,
    /// The accounting date.
    pub issue_date: NaiveDate,
    /// When delivery is expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_date: Option<NaiveDate>,
    /// The currency of every amount in it.
    pub currency: Currency,
    /// What is ordered.
    pub lines: Vec<PurchaseOrderLine>,
    /// What the host says that the lines come to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totals: Option<Totals>,
    /// When the host last changed it.
    pub updated_at: DateTime<Utc>,
}

/// A line of a purchase order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PurchaseOrderLine {
    /// Stable within the order.
    pub id: LineId,
    /// The article.
    pub sku: String,
    /// What is ordered.
    pub description: String,
    /// How many.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub quantity: Decimal,
    /// The price of one without tax.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub unit_price: Decimal,
    /// The rate as a fraction.
    #[serde(
        default,
        with = "decimal::optional",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<String>")]
    pub tax_rate: Option<Decimal>,
    /// The account of cost of goods sold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expense_account: Option<String>,
    /// The inventory asset account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset_account: Option<String>,
    /// How many have arrived.
    #[serde(
        default,
        with = "decimal::optional",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<String>")]
    pub received_quantity: Option<Decimal>,
}
