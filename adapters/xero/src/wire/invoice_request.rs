//! How an invoice goes into Xero: quantities and unit prices, never line amounts or totals, which Xero works out.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use rust_decimal::serde::{arbitrary_precision, arbitrary_precision_option};
use serde::Serialize;

use super::invoice::{InvoiceStatus, InvoiceType, LineAmountTypes};

/// The body of a write.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InvoicesToWrite {
    /// The invoices.
    pub invoices: Vec<InvoiceToWrite>,
}

/// An invoice of a write. What is absent stays as it is.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase", untagged)]
pub enum InvoiceToWrite {
    /// A new one, or new content for one that exists.
    Content(Box<Content>),
    /// Only a new status.
    Status(StatusOnly),
}

/// The whole content of an invoice.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Content {
    /// Sold or bought.
    pub r#type: InvoiceType,
    /// The invoice, when it exists.
    #[serde(rename = "InvoiceID", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its number.
    #[serde(rename = "InvoiceNumber")]
    pub number: String,
    /// Who owes.
    pub contact: ContactById,
    /// The reference field; empty takes one away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The accounting date.
    pub date: NaiveDate,
    /// When it falls due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_date: Option<NaiveDate>,
    /// The state in which it is created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<InvoiceStatus>,
    /// The currency of every amount.
    pub currency_code: &'static str,
    /// Whether unit amounts hold the tax.
    pub line_amount_types: LineAmountTypes,
    /// The link back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Every line: those that exist and are not here are deleted.
    pub line_items: Vec<LineToWrite>,
}

/// A contact by its identifier alone: any further field would change the contact itself.
#[derive(Clone, Debug, Serialize)]
pub struct ContactById {
    /// The identifier.
    #[serde(rename = "ContactID")]
    pub id: String,
}

/// A line.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LineToWrite {
    /// The line, when it exists.
    #[serde(rename = "LineItemID", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The text.
    pub description: String,
    /// How many.
    #[serde(with = "arbitrary_precision")]
    pub quantity: Decimal,
    /// The price of one.
    #[serde(with = "arbitrary_precision")]
    pub unit_amount: Decimal,
    /// An amount taken off.
    #[serde(
        with = "arbitrary_precision_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub discount_amount: Option<Decimal>,
    /// The account.
    pub account_code: String,
    /// The tax type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_type: Option<String>,
    /// The tax, when Xero is not to work it out.
    #[serde(
        with = "arbitrary_precision_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub tax_amount: Option<Decimal>,
    /// The item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_code: Option<String>,
    /// Tracking; an empty list on a line that exists takes it away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking: Option<Vec<TrackingById>>,
}

/// A tracking choice by identifiers.
#[derive(Clone, Debug, Serialize)]
pub struct TrackingById {
    /// The category.
    #[serde(rename = "TrackingCategoryID")]
    pub category_id: String,
    /// The option.
    #[serde(rename = "TrackingOptionID")]
    pub option_id: String,
}

/// A new status and nothing else, so that lines are left alone.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StatusOnly {
    /// The invoice.
    #[serde(rename = "InvoiceID")]
    pub id: String,
    /// Where it goes.
    pub status: InvoiceStatus,
}
