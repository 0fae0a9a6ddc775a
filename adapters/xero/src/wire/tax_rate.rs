//! How a tax rate comes out of Xero.

use rust_decimal::Decimal;
use serde::Deserialize;

use super::loose;
use super::page::Listed;

/// A tax rate.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TaxRate {
    /// The code that lines carry.
    #[serde(default, deserialize_with = "loose::text")]
    pub tax_type: Option<String>,
    /// The name that people see.
    #[serde(default, deserialize_with = "loose::text")]
    pub name: Option<String>,
    /// `ACTIVE`, `DELETED`, `ARCHIVED` or `PENDING`.
    #[serde(default, deserialize_with = "loose::text")]
    pub status: Option<String>,
    /// Per cent, compound parts worked in.
    #[serde(default, deserialize_with = "loose::decimal")]
    pub effective_rate: Option<Decimal>,
    /// Per cent, as shown to people.
    #[serde(default, deserialize_with = "loose::decimal")]
    pub display_tax_rate: Option<Decimal>,
    /// May stand with assets.
    #[serde(default, deserialize_with = "loose::flag")]
    pub can_apply_to_assets: bool,
    /// May stand with equity.
    #[serde(default, deserialize_with = "loose::flag")]
    pub can_apply_to_equity: bool,
    /// May stand with expenses.
    #[serde(default, deserialize_with = "loose::flag")]
    pub can_apply_to_expenses: bool,
    /// May stand with liabilities.
    #[serde(default, deserialize_with = "loose::flag")]
    pub can_apply_to_liabilities: bool,
    /// May stand with revenue.
    #[serde(default, deserialize_with = "loose::flag")]
    pub can_apply_to_revenue: bool,
}

impl Listed for TaxRate {
    const LIST: &'static str = "TaxRates";
}
