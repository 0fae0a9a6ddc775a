//! The allocation as it is sent and as it is answered.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::credit::CreditNamed;
use super::date::MsDate;
use super::loose::{self, Day};
use super::number;
use super::number::Num;
use super::payment::InvoiceRef;

/// An allocation as a client sends it. `AppliedAmount` is not read: JSON callers who send it are told that the amount is 0.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AllocationIn {
    /// The invoice that is reduced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice: Option<InvoiceRef>,
    /// How much of the credit.
    #[serde(
        deserialize_with = "loose::decimal",
        serialize_with = "number::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub amount: Option<Decimal>,
    /// Day it counts from.
    #[serde(
        deserialize_with = "loose::day",
        skip_serializing_if = "Option::is_none"
    )]
    pub date: Option<Day>,
}

/// The invoice inside an allocation.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InvoiceReduced<'a> {
    #[serde(rename = "InvoiceID")]
    pub(crate) id: Uuid,
    pub(crate) invoice_number: &'a str,
    pub(crate) payments: [(); 0],
    pub(crate) credit_notes: [(); 0],
    pub(crate) prepayments: [(); 0],
    pub(crate) overpayments: [(); 0],
    pub(crate) has_errors: bool,
    pub(crate) is_discounted: bool,
    pub(crate) line_items: [(); 0],
}

/// An allocation inside its credit.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AllocationInside<'a> {
    #[serde(rename = "AllocationID")]
    pub(crate) id: Uuid,
    pub(crate) amount: Num,
    pub(crate) date: MsDate,
    pub(crate) invoice: InvoiceReduced<'a>,
}

/// An allocation as the reply to its making shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AllocationOut<'a> {
    #[serde(flatten)]
    pub(crate) allocation: AllocationInside<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) credit_note: Option<CreditNamed<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) overpayment: Option<CreditNamed<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) prepayment: Option<CreditNamed<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status_attribute_string: Option<&'static str>,
    pub(crate) validation_errors: [(); 0],
}
