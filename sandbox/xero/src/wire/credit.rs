//! Credits as they are sent and as they are answered: credit notes, overpayments and prepayments share one shape.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::books::credit::{Credit, Source};

use super::allocation::AllocationInside;
use super::contact::{ContactIn, ContactInside};
use super::date::{DayString, MsDate, SecondString};
use super::invoice::{LineIn, LineOut, Message, PaymentInside};
use super::loose::{self, Day};
use super::number;
use super::number::Num;
use super::papers::AttachmentOut;

/// A credit note as a client sends it; what is missing is left as it is, or takes its default.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CreditNoteIn {
    /// `ACCRECCREDIT` or `ACCPAYCREDIT`.
    #[serde(
        rename = "Type",
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub kind: Option<String>,
    /// Xero's id.
    #[serde(
        rename = "CreditNoteID",
        deserialize_with = "loose::guid",
        skip_serializing_if = "Option::is_none"
    )]
    pub id: Option<Uuid>,
    /// Number.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub credit_note_number: Option<String>,
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
}

/// The id of a credit under the key of its kind, and again as `ID`.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct CreditIds {
    #[serde(rename = "CreditNoteID", skip_serializing_if = "Option::is_none")]
    credit_note: Option<Uuid>,
    #[serde(rename = "OverpaymentID", skip_serializing_if = "Option::is_none")]
    overpayment: Option<Uuid>,
    #[serde(rename = "PrepaymentID", skip_serializing_if = "Option::is_none")]
    prepayment: Option<Uuid>,
    #[serde(rename = "ID")]
    id: Uuid,
}

impl CreditIds {
    /// The ids of a credit.
    #[must_use]
    pub fn of(credit: &Credit) -> Self {
        let only = |source: Source| (credit.source == source).then_some(credit.id);
        Self {
            credit_note: only(Source::CreditNote),
            overpayment: only(Source::Overpayment),
            prepayment: only(Source::Prepayment),
            id: credit.id,
        }
    }
}

/// A credit that another document only names.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreditNamed<'a> {
    #[serde(flatten)]
    pub(crate) ids: CreditIds,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) credit_note_number: Option<&'a str>,
    #[serde(rename = "Type", skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) contact: Option<ContactInside<'a>>,
    pub(crate) line_items: [(); 0],
}

/// A credit inside the invoice that it reduces, as recorded in 2020.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreditApplied<'a> {
    #[serde(flatten)]
    pub(crate) ids: CreditIds,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) credit_note_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) has_errors: Option<bool>,
    pub(crate) applied_amount: Num,
    pub(crate) date_string: DayString,
    pub(crate) date: MsDate,
    pub(crate) line_items: [(); 0],
    pub(crate) total: Num,
}

/// A credit as its own endpoint answers it; keys are missing rather than null.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreditOut<'a> {
    #[serde(flatten)]
    pub(crate) ids: CreditIds,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) credit_note_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) invoice_number: Option<&'a str>,
    pub(crate) payments: Vec<PaymentInside>,
    pub(crate) currency_rate: Num,
    #[serde(rename = "Type")]
    pub(crate) kind: &'static str,
    pub(crate) reference: &'a str,
    pub(crate) remaining_credit: Num,
    pub(crate) allocations: Vec<AllocationInside<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sent_to_contact: Option<bool>,
    #[serde(rename = "BrandingThemeID", skip_serializing_if = "Option::is_none")]
    pub(crate) branding_theme: Option<Uuid>,
    pub(crate) has_attachments: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) attachments: Vec<AttachmentOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) has_errors: Option<bool>,
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
