//! The payment as it is sent and as it is answered.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::contact::ContactInside;
use super::credit::CreditNamed;
use super::date::{MsDate, SecondString};
use super::loose::{self, Day};
use super::number;
use super::number::Num;

/// A payment as a client sends it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PaymentIn {
    /// Xero's id, to delete one.
    #[serde(
        rename = "PaymentID",
        deserialize_with = "loose::guid",
        skip_serializing_if = "Option::is_none"
    )]
    pub id: Option<Uuid>,
    /// The invoice that is paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice: Option<InvoiceRef>,
    /// The credit note that is refunded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit_note: Option<CreditNoteRef>,
    /// The overpayment that is refunded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overpayment: Option<OverpaymentRef>,
    /// The prepayment that is refunded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prepayment: Option<PrepaymentRef>,
    /// Where the money is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountRef>,
    /// Date of the payment.
    #[serde(
        deserialize_with = "loose::day",
        skip_serializing_if = "Option::is_none"
    )]
    pub date: Option<Day>,
    /// In the invoice's currency.
    #[serde(
        deserialize_with = "loose::decimal",
        serialize_with = "number::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub amount: Option<Decimal>,
    /// Rate.
    #[serde(
        deserialize_with = "loose::decimal",
        serialize_with = "number::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub currency_rate: Option<Decimal>,
    /// Free text.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub reference: Option<String>,
    /// Created as reconciled.
    #[serde(
        deserialize_with = "loose::flag",
        skip_serializing_if = "Option::is_none"
    )]
    pub is_reconciled: Option<bool>,
    /// `DELETED` takes it back.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub status: Option<String>,
}

/// The invoice a payment names.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InvoiceRef {
    /// By id.
    #[serde(
        rename = "InvoiceID",
        deserialize_with = "loose::guid",
        skip_serializing_if = "Option::is_none"
    )]
    pub id: Option<Uuid>,
    /// By number.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub invoice_number: Option<String>,
}

/// The credit note a payment names.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CreditNoteRef {
    /// By id.
    #[serde(
        rename = "CreditNoteID",
        deserialize_with = "loose::guid",
        skip_serializing_if = "Option::is_none"
    )]
    pub id: Option<Uuid>,
    /// By number.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub credit_note_number: Option<String>,
}

/// The overpayment a payment names.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OverpaymentRef {
    /// By id.
    #[serde(
        rename = "OverpaymentID",
        deserialize_with = "loose::guid",
        skip_serializing_if = "Option::is_none"
    )]
    pub id: Option<Uuid>,
}

/// The prepayment a payment names.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PrepaymentRef {
    /// By id.
    #[serde(
        rename = "PrepaymentID",
        deserialize_with = "loose::guid",
        skip_serializing_if = "Option::is_none"
    )]
    pub id: Option<Uuid>,
}

/// The account a payment names.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AccountRef {
    /// By id.
    #[serde(
        rename = "AccountID",
        deserialize_with = "loose::guid",
        skip_serializing_if = "Option::is_none"
    )]
    pub id: Option<Uuid>,
    /// By code.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub code: Option<String>,
}

/// A payment as Xero answers it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PaymentOut<'a, I: Serialize> {
    #[serde(rename = "PaymentID")]
    pub(crate) id: Uuid,
    pub(crate) date: MsDate,
    pub(crate) bank_amount: Num,
    pub(crate) amount: Num,
    pub(crate) reference: &'a str,
    pub(crate) currency_rate: Num,
    pub(crate) payment_type: &'static str,
    pub(crate) status: &'static str,
    #[serde(rename = "UpdatedDateUTC")]
    pub(crate) updated: MsDate,
    #[serde(rename = "UpdatedDateUTCString")]
    pub(crate) updated_string: SecondString,
    pub(crate) has_account: bool,
    pub(crate) is_reconciled: bool,
    pub(crate) account: AccountInside<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) invoice: Option<I>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) credit_note: Option<CreditNamed<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) overpayment: Option<CreditNamed<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) prepayment: Option<CreditNamed<'a>>,
    pub(crate) has_validation_errors: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status_attribute_string: Option<&'static str>,
}

/// The account inside a payment.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AccountInside<'a> {
    #[serde(rename = "AccountID")]
    pub(crate) id: Uuid,
    pub(crate) code: &'a str,
    pub(crate) name: &'a str,
}

/// The invoice inside a listed payment: named, not told in full.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InvoiceInside<'a> {
    #[serde(rename = "Type")]
    pub(crate) kind: &'static str,
    #[serde(rename = "InvoiceID")]
    pub(crate) id: Uuid,
    pub(crate) invoice_number: &'a str,
    pub(crate) payments: [(); 0],
    pub(crate) credit_notes: [(); 0],
    pub(crate) prepayments: [(); 0],
    pub(crate) overpayments: [(); 0],
    pub(crate) is_discounted: bool,
    pub(crate) has_errors: bool,
    pub(crate) contact: ContactInside<'a>,
    pub(crate) line_items: [(); 0],
    pub(crate) currency_code: &'a str,
}
