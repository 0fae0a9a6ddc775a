//! What one line of a document charges, in the host's own figures.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{LineId, Tracking, decimal};

/// A line. Its amounts are the host's; they are what the provider must come to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    /// Stable within the document.
    pub id: LineId,
    /// What was done or sold.
    pub description: String,
    /// The day of the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_date: Option<NaiveDate>,
    /// Its last day, if it took several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_end_date: Option<NaiveDate>,
    /// How many units; may be negative.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub quantity: Decimal,
    /// The price of one, with or without tax as the document's `amounts_are` says.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub unit_price: Decimal,
    /// An amount taken off quantity times price.
    #[serde(
        default,
        with = "decimal::optional",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<String>")]
    pub discount: Option<Decimal>,
    /// Without tax.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub net_amount: Decimal,
    /// The host's tax code; settings map it to the provider's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_code: Option<String>,
    /// The rate as a fraction: `0.10` is ten per cent.
    #[serde(
        default,
        with = "decimal::optional",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<String>")]
    pub tax_rate: Option<Decimal>,
    /// The tax.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub tax_amount: Decimal,
    /// With tax; net plus tax when absent.
    #[serde(
        default,
        with = "decimal::optional",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<String>")]
    pub gross_amount: Option<Decimal>,
    /// The host's charge; settings map it to an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charge_code: Option<String>,
    /// The contract under which the service was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_contract: Option<String>,
    /// The provider's item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_code: Option<String>,
    /// The ledger account, if the host names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_code: Option<String>,
    /// How the line is broken down in reports.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tracking: Vec<Tracking>,
    /// The case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_number: Option<String>,
    /// Who did the work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<String>,
    /// Who pays for it under a scheme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub funding: Option<Funding>,
}

impl Line {
    /// The amount with tax: the host's own, or net plus tax.
    #[must_use]
    pub fn gross(&self) -> Decimal {
        self.gross_amount
            .unwrap_or(self.net_amount + self.tax_amount)
    }
}

/// The funding of a line under a scheme such as the NDIS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Funding {
    /// The scheme.
    pub scheme: String,
    /// The participant's plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_id: Option<String>,
    /// The item of the scheme's price list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub support_item: Option<String>,
    /// The kind of claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_type: Option<String>,
    /// Who manages the plan: agency, plan or self.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub management: Option<String>,
}
