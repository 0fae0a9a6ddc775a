//! How an account comes out of Xero.

use serde::Deserialize;
use tieout_core::open_enum;

use super::loose;
use super::page::Listed;

open_enum! {
    /// The side of the books on which an account stands.
    pub enum Class {
        /// What is owned.
        Asset = "ASSET",
        /// What the owners hold.
        Equity = "EQUITY",
        /// What is spent.
        Expense = "EXPENSE",
        /// What is owed.
        Liability = "LIABILITY",
        /// What is earned.
        Revenue = "REVENUE",
    }
}

/// An account.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Account {
    /// The code that lines carry; bank accounts may have none.
    #[serde(default, deserialize_with = "loose::text")]
    pub code: Option<String>,
    /// The name.
    #[serde(default, deserialize_with = "loose::text")]
    pub name: Option<String>,
    /// The side of the books.
    pub class: Option<Class>,
    /// Such as `SALES`.
    #[serde(default, deserialize_with = "loose::text")]
    pub r#type: Option<String>,
    /// `ACTIVE`, `ARCHIVED` or `DELETED`.
    #[serde(default, deserialize_with = "loose::text")]
    pub status: Option<String>,
    /// The tax type of lines that name none.
    #[serde(default, deserialize_with = "loose::text")]
    pub tax_type: Option<String>,
    /// What Xero uses it for, if it keeps it itself.
    #[serde(default, deserialize_with = "loose::text")]
    pub system_account: Option<String>,
    /// Whether payments may be booked to it; a bank account takes them anyway.
    #[serde(
        rename = "EnablePaymentsToAccount",
        default,
        deserialize_with = "loose::flag"
    )]
    pub enable_payments: bool,
}

impl Listed for Account {
    const LIST: &'static str = "Accounts";
}
