//! The bank transaction as it is sent and as it is answered.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::contact::{ContactIn, ContactInside};
use super::date::{DayString, MsDate};
use super::invoice::{LineIn, LineOut};
use super::loose::{self, Day};
use super::number;
use super::number::Num;
use super::payment::{AccountInside, AccountRef};

/// A bank transaction as a client sends it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct BankTransactionIn {
    /// `RECEIVE-OVERPAYMENT`, `SPEND-PREPAYMENT` and so on.
    #[serde(
        rename = "Type",
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub kind: Option<String>,
    /// Xero's id.
    #[serde(
        rename = "BankTransactionID",
        deserialize_with = "loose::guid",
        skip_serializing_if = "Option::is_none"
    )]
    pub id: Option<Uuid>,
    /// Whose money it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactIn>,
    /// Lines.
    #[serde(
        deserialize_with = "loose::list",
        skip_serializing_if = "Option::is_none"
    )]
    pub line_items: Option<Vec<LineIn>>,
    /// Account that the money passes through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bank_account: Option<AccountRef>,
    /// Created as reconciled.
    #[serde(
        deserialize_with = "loose::flag",
        skip_serializing_if = "Option::is_none"
    )]
    pub is_reconciled: Option<bool>,
    /// Date.
    #[serde(
        deserialize_with = "loose::day",
        skip_serializing_if = "Option::is_none"
    )]
    pub date: Option<Day>,
    /// Reference.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub reference: Option<String>,
    /// Currency.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub currency_code: Option<String>,
    /// Rate.
    #[serde(
        deserialize_with = "loose::decimal",
        serialize_with = "number::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub currency_rate: Option<Decimal>,
    /// Link back.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub url: Option<String>,
    /// `Exclusive`, `Inclusive`, `NoTax`.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub line_amount_types: Option<String>,
}

/// A bank transaction as Xero answers it; keys are missing rather than null.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BankTransactionOut<'a> {
    #[serde(rename = "BankTransactionID")]
    pub(crate) id: Uuid,
    pub(crate) bank_account: AccountInside<'a>,
    #[serde(rename = "Type")]
    pub(crate) kind: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) reference: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) url: &'a str,
    pub(crate) is_reconciled: bool,
    #[serde(rename = "OverpaymentID", skip_serializing_if = "Option::is_none")]
    pub(crate) overpayment: Option<Uuid>,
    #[serde(rename = "PrepaymentID", skip_serializing_if = "Option::is_none")]
    pub(crate) prepayment: Option<Uuid>,
    pub(crate) currency_rate: Num,
    pub(crate) has_attachments: bool,
    pub(crate) contact: ContactInside<'a>,
    pub(crate) date_string: DayString,
    pub(crate) date: MsDate,
    pub(crate) status: &'static str,
    pub(crate) line_amount_types: &'static str,
    pub(crate) line_items: Vec<LineOut<'a>>,
    pub(crate) sub_total: Num,
    pub(crate) total_tax: Num,
    pub(crate) total: Num,
    #[serde(rename = "UpdatedDateUTC")]
    pub(crate) updated: MsDate,
    pub(crate) currency_code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status_attribute_string: Option<&'static str>,
}
