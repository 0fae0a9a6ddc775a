//! The purchase order as it is sent and as it is answered.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::contact::{ContactIn, ContactInside};
use super::date::{DayString, MsDate};
use super::invoice::{LineIn, LineOut, Message};
use super::loose::{self, Day};
use super::number;
use super::number::Num;
use super::papers::AttachmentOut;

/// A purchase order as a client sends it; what is missing is left as it is, or takes its default.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PurchaseOrderIn {
    /// Xero's id.
    #[serde(
        rename = "PurchaseOrderID",
        deserialize_with = "loose::guid",
        skip_serializing_if = "Option::is_none"
    )]
    pub id: Option<Uuid>,
    /// Whom it goes to: an existing contact, by id or number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactIn>,
    /// Lines.
    #[serde(
        deserialize_with = "loose::list",
        skip_serializing_if = "Option::is_none"
    )]
    pub line_items: Option<Vec<LineIn>>,
    /// Date of the order.
    #[serde(
        deserialize_with = "loose::day",
        skip_serializing_if = "Option::is_none"
    )]
    pub date: Option<Day>,
    /// When to be delivered.
    #[serde(
        deserialize_with = "loose::day",
        skip_serializing_if = "Option::is_none"
    )]
    pub delivery_date: Option<Day>,
    /// When expected.
    #[serde(
        deserialize_with = "loose::day",
        skip_serializing_if = "Option::is_none"
    )]
    pub expected_arrival_date: Option<Day>,
    /// `Exclusive`, `Inclusive`, `NoTax`.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub line_amount_types: Option<String>,
    /// Number.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub purchase_order_number: Option<String>,
    /// Reference.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub reference: Option<String>,
    /// Printing theme.
    #[serde(
        rename = "BrandingThemeID",
        deserialize_with = "loose::guid",
        skip_serializing_if = "Option::is_none"
    )]
    pub branding_theme: Option<Uuid>,
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
    /// Sent mark.
    #[serde(
        deserialize_with = "loose::flag",
        skip_serializing_if = "Option::is_none"
    )]
    pub sent_to_contact: Option<bool>,
    /// Address.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub delivery_address: Option<String>,
    /// Person.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub attention_to: Option<String>,
    /// Telephone.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub telephone: Option<String>,
    /// Instructions.
    #[serde(
        deserialize_with = "loose::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub delivery_instructions: Option<String>,
}

/// A purchase order as Xero answers it; keys are missing rather than null.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PurchaseOrderOut<'a> {
    #[serde(rename = "PurchaseOrderID")]
    pub(crate) id: Uuid,
    pub(crate) purchase_order_number: &'a str,
    pub(crate) date_string: DayString,
    pub(crate) date: MsDate,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) delivery_date_string: Option<DayString>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) delivery_date: Option<MsDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expected_arrival_date_string: Option<DayString>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expected_arrival_date: Option<MsDate>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) delivery_address: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) attention_to: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) telephone: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) delivery_instructions: &'a str,
    pub(crate) has_errors: bool,
    pub(crate) is_discounted: bool,
    pub(crate) total_discount: Num,
    pub(crate) sent_to_contact: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) reference: &'a str,
    #[serde(rename = "Type")]
    pub(crate) kind: &'static str,
    pub(crate) currency_rate: Num,
    pub(crate) currency_code: &'a str,
    pub(crate) contact: ContactInside<'a>,
    #[serde(rename = "BrandingThemeID", skip_serializing_if = "Option::is_none")]
    pub(crate) branding_theme: Option<Uuid>,
    pub(crate) status: &'static str,
    pub(crate) line_amount_types: &'static str,
    pub(crate) line_items: Vec<LineOut<'a>>,
    pub(crate) sub_total: Num,
    pub(crate) total_tax: Num,
    pub(crate) total: Num,
    #[serde(rename = "UpdatedDateUTC")]
    pub(crate) updated: MsDate,
    pub(crate) has_attachments: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) attachments: Vec<AttachmentOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status_attribute_string: Option<&'static str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) warnings: &'a [Message<'a>],
}
