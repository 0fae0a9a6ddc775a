//! The reference data that lines point to: accounts, tax rates and items.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::decimal;
use crate::open_enum;

open_enum! {
    /// The side of the books on which an account stands.
    pub enum AccountClass {
        /// What is owned.
        Asset = "asset",
        /// What the owners hold.
        Equity = "equity",
        /// What is spent.
        Expense = "expense",
        /// What is owed.
        Liability = "liability",
        /// What is earned.
        Revenue = "revenue",
    }
}

/// An account of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Account {
    /// The code that lines carry; bank accounts may have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The name.
    pub name: String,
    /// The side of the books.
    pub class: AccountClass,
    /// The provider's own type, such as `SALES`.
    pub kind: String,
    /// Whether new lines may use it.
    pub active: bool,
    /// The tax type that the provider takes when a line names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_type: Option<String>,
    /// Whether the provider keeps it itself, such as accounts receivable: lines may not use it.
    #[serde(default)]
    pub system: bool,
    /// Whether payments may come into it and go out of it: a bank account, or one that was enabled for them.
    #[serde(default)]
    pub takes_payments: bool,
}

/// A tax rate of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaxRate {
    /// The code that lines carry, such as `OUTPUT`.
    pub code: String,
    /// The name that people see, such as `GST on Income`.
    pub name: String,
    /// The rate in effect as a fraction.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub rate: Decimal,
    /// Whether new lines may use it.
    pub active: bool,
    /// The classes of account with which it may stand.
    pub applies_to: Vec<AccountClass>,
}

/// An item that is sold or bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Item {
    /// The code that lines carry.
    pub code: String,
    /// The name.
    pub name: String,
    /// Whether it is sold.
    pub sold: bool,
    /// Whether it is bought.
    pub purchased: bool,
}
