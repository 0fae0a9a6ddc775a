//! The invoice as it is sent and as it is answered.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::contact::{ContactIn, ContactInside};
use super::credit::CreditApplied;
use super::date::{DayString, MsDate, SecondString};
use super::loose::{self, Day};
use super::number;
use super::number::Num;
use super::papers::AttachmentOut;

/// An invoice as a client sends it; what is missing is left as it is, or takes its default.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InvoiceIn {
    /// `ACCREC` or `ACCPAY`.
    #[serde(
        rename = "Type",
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub kind: Option<String>,
    /// Xero's id.
    #[serde(
        rename = "InvoiceID",
        deserialize_with = "loose::guid",
        skip_serializing_if = "Option::is_none"
    )]
    pub id: Option<Uuid>,
    /// Number.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub invoice_number: Option<String>,
    /// Reference.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub reference: Option<String>,
    /// Whom it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactIn>,
    /// Lines.
    #[serde(
        deserialize_with = "loose::list",
        skip_serializing_if = "Option::is_none"
    )]
    pub line_items: Option<Vec<LineIn>>,
    /// Date of the document.
    #[serde(
        deserialize_with = "loose::day",
        skip_serializing_if = "Option::is_none"
    )]
    pub date: Option<Day>,
    /// When to be paid.
    #[serde(
        deserialize_with = "loose::day",
        skip_serializing_if = "Option::is_none"
    )]
    pub due_date: Option<Day>,
    /// When expected to be paid.
    #[serde(
        deserialize_with = "loose::day",
        skip_serializing_if = "Option::is_none"
    )]
    pub expected_payment_date: Option<Day>,
    /// When planned to be paid.
    #[serde(
        deserialize_with = "loose::day",
        skip_serializing_if = "Option::is_none"
    )]
    pub planned_payment_date: Option<Day>,
    /// `Exclusive`, `Inclusive`, `NoTax`.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub line_amount_types: Option<String>,
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
    /// Status.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub status: Option<String>,
    /// Link back.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub url: Option<String>,
    /// Printing theme.
    #[serde(
        rename = "BrandingThemeID",
        deserialize_with = "loose::guid",
        skip_serializing_if = "Option::is_none"
    )]
    pub branding_theme: Option<Uuid>,
    /// Sent mark.
    #[serde(
        deserialize_with = "loose::flag",
        skip_serializing_if = "Option::is_none"
    )]
    pub sent_to_contact: Option<bool>,
    /// Sum without tax, to be checked.
    #[serde(
        deserialize_with = "loose::decimal",
        serialize_with = "number::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub sub_total: Option<Decimal>,
    /// Tax, to be checked.
    #[serde(
        deserialize_with = "loose::decimal",
        serialize_with = "number::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub total_tax: Option<Decimal>,
    /// Sum, to be checked.
    #[serde(
        deserialize_with = "loose::decimal",
        serialize_with = "number::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub total: Option<Decimal>,
    /// Correction of at most ten cents.
    #[serde(
        deserialize_with = "loose::decimal",
        serialize_with = "number::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub rounding_amount: Option<Decimal>,
}

/// A line as a client sends it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct LineIn {
    /// Xero's id of an existing line.
    #[serde(
        rename = "LineItemID",
        deserialize_with = "loose::guid",
        skip_serializing_if = "Option::is_none"
    )]
    pub id: Option<Uuid>,
    /// Text.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub description: Option<String>,
    /// How many.
    #[serde(
        deserialize_with = "loose::decimal",
        serialize_with = "number::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub quantity: Option<Decimal>,
    /// Price of one.
    #[serde(
        deserialize_with = "loose::decimal",
        serialize_with = "number::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub unit_amount: Option<Decimal>,
    /// Price list item.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub item_code: Option<String>,
    /// Account by code.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub account_code: Option<String>,
    /// Account by id.
    #[serde(
        rename = "AccountID",
        deserialize_with = "loose::guid",
        skip_serializing_if = "Option::is_none"
    )]
    pub account_id: Option<Uuid>,
    /// Tax type.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub tax_type: Option<String>,
    /// Tax that the sender insists on.
    #[serde(
        deserialize_with = "loose::decimal",
        serialize_with = "number::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub tax_amount: Option<Decimal>,
    /// Amount, to be checked or, alone, to be taken.
    #[serde(
        deserialize_with = "loose::decimal",
        serialize_with = "number::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub line_amount: Option<Decimal>,
    /// Percent off.
    #[serde(
        deserialize_with = "loose::decimal",
        serialize_with = "number::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub discount_rate: Option<Decimal>,
    /// Money off.
    #[serde(
        deserialize_with = "loose::decimal",
        serialize_with = "number::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub discount_amount: Option<Decimal>,
    /// Tracking.
    #[serde(
        deserialize_with = "loose::list",
        skip_serializing_if = "Option::is_none"
    )]
    pub tracking: Option<Vec<TrackingIn>>,
}

/// A tracking choice as a client sends it: by ids or by names.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TrackingIn {
    /// Category by id.
    #[serde(
        rename = "TrackingCategoryID",
        deserialize_with = "loose::guid",
        skip_serializing_if = "Option::is_none"
    )]
    pub category_id: Option<Uuid>,
    /// Option by id.
    #[serde(
        rename = "TrackingOptionID",
        deserialize_with = "loose::guid",
        skip_serializing_if = "Option::is_none"
    )]
    pub option_id: Option<Uuid>,
    /// Category by name.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub name: Option<String>,
    /// Option by name.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub option: Option<String>,
}

/// A message under `ValidationErrors` or `Warnings`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Message<'a> {
    /// The text.
    pub message: &'a str,
}

/// An invoice as Xero answers it; keys are missing rather than null, as in recorded replies.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InvoiceOut<'a> {
    #[serde(rename = "Type")]
    pub(crate) kind: &'static str,
    #[serde(rename = "InvoiceID")]
    pub(crate) id: Uuid,
    pub(crate) invoice_number: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reference: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payments: Option<Vec<PaymentInside>>,
    pub(crate) credit_notes: Vec<CreditApplied<'a>>,
    pub(crate) prepayments: Vec<CreditApplied<'a>>,
    pub(crate) overpayments: Vec<CreditApplied<'a>>,
    pub(crate) amount_due: Num,
    pub(crate) amount_paid: Num,
    pub(crate) amount_credited: Num,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) url: &'a str,
    pub(crate) currency_rate: Num,
    #[serde(rename = "BrandingThemeID", skip_serializing_if = "Option::is_none")]
    pub(crate) branding_theme: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sent_to_contact: Option<bool>,
    pub(crate) is_discounted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) has_attachments: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) attachments: Vec<AttachmentOut<'a>>,
    pub(crate) has_errors: bool,
    pub(crate) contact: ContactInside<'a>,
    pub(crate) date_string: DayString,
    pub(crate) date: MsDate,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) due_date_string: Option<DayString>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) due_date: Option<MsDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expected_payment_date: Option<MsDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) planned_payment_date: Option<MsDate>,
    pub(crate) status: &'static str,
    pub(crate) line_amount_types: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line_items: Option<Vec<LineOut<'a>>>,
    pub(crate) sub_total: Num,
    pub(crate) total_tax: Num,
    pub(crate) total: Num,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) total_discount: Option<Num>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rounding_amount: Option<Num>,
    #[serde(rename = "UpdatedDateUTC")]
    pub(crate) updated: MsDate,
    #[serde(rename = "UpdatedDateUTCString")]
    pub(crate) updated_string: SecondString,
    pub(crate) currency_code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fully_paid_on_date: Option<MsDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status_attribute_string: Option<&'static str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) warnings: &'a [Message<'a>],
}

/// A line as Xero answers it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LineOut<'a> {
    #[serde(rename = "LineItemID")]
    pub(crate) id: Uuid,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) item_code: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unit_amount: Option<Num>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) tax_type: &'a str,
    pub(crate) tax_amount: Num,
    pub(crate) line_amount: Num,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) account_code: &'a str,
    #[serde(rename = "AccountID", skip_serializing_if = "Option::is_none")]
    pub(crate) account_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) discount_rate: Option<Num>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) discount_amount: Option<Num>,
    pub(crate) tracking: Vec<TrackingOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) quantity: Option<Num>,
    pub(crate) validation_errors: [(); 0],
}

/// A tracking choice as Xero answers it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TrackingOut<'a> {
    pub(crate) name: &'a str,
    pub(crate) option: &'a str,
    #[serde(rename = "TrackingCategoryID")]
    pub(crate) category_id: Uuid,
    #[serde(rename = "TrackingOptionID")]
    pub(crate) option_id: Uuid,
}

/// A payment inside an invoice.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PaymentInside {
    #[serde(rename = "PaymentID")]
    pub(crate) id: Uuid,
    pub(crate) date: MsDate,
    pub(crate) amount: Num,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reference: Option<String>,
    pub(crate) currency_rate: Num,
    pub(crate) has_account: bool,
    pub(crate) has_validation_errors: bool,
}
