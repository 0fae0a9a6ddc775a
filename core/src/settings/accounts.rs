//! Which accounts an operator names, and what each is for.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The account of a purchase order's line when the order itself does not decide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PurchaseRole {
    /// `cost_of_goods_sold`: what is bought is sold on at once.
    #[default]
    CostOfGoodsSold,
    /// `inventory`: what is bought is kept in stock.
    Inventory,
}

/// For which documents an account is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trade {
    /// Invoices and credit notes.
    #[default]
    Sales,
    /// Bills and purchase orders.
    Purchases,
}

/// An account by several conditions at once. A condition that is left out fits every line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountChoice {
    /// For sales or for purchases; sales when left out.
    #[serde(default)]
    pub trade: Trade,
    /// Lines of this charge code; on purchase orders the article, `sku`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charge_code: Option<String>,
    /// Lines of this service contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_contract: Option<String>,
    /// Documents of this business division.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub division: Option<String>,
    /// The account.
    pub account: String,
}

/// Accounts by what is known of a line, and by role.
///
/// The first that applies is taken, and nothing is guessed when none does:
///
/// 1. the first of `choices` whose every condition fits;
/// 2. invoices and credit notes: `by_charge_code`;
/// 3. the document's own account for the line, if `trust_document` says so;
/// 4. invoices and credit notes: `by_service_contract`, then `by_division`;
/// 5. invoices and credit notes: `sales`; bills and purchase orders: the account of `purchase_role`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Accounts {
    /// Revenue, for lines of invoices and credit notes that nothing else decides.
    pub sales: Option<String>,
    /// Cost of goods sold: an expense or direct costs.
    pub cost_of_goods_sold: Option<String>,
    /// Inventory asset.
    pub inventory: Option<String>,
    /// Which of the two takes lines of bills and purchase orders that nothing else decides. It also decides
    /// for a line of a purchase order that names an account of each.
    pub purchase_role: PurchaseRole,
    /// Whether an account code in the document comes before the roles; charge codes come before both.
    pub trust_document: bool,
    /// Whether lines may be booked to accounts of another class than their document asks for: sales to a
    /// liability for money received in advance, or to an expense that is recovered. Otherwise sales go to
    /// revenue, purchases to expenses and assets.
    pub any_class: bool,
    /// Account by the host's charge code, for invoices and credit notes.
    pub by_charge_code: BTreeMap<String, String>,
    /// Account by the service contract of the line, for invoices and credit notes.
    pub by_service_contract: BTreeMap<String, String>,
    /// Account by the document's business division, for invoices and credit notes.
    pub by_division: BTreeMap<String, String>,
    /// Accounts by several conditions at once, such as a charge in one division. The first that fits decides,
    /// so the narrower ones stand first.
    pub choices: Vec<AccountChoice>,
}
