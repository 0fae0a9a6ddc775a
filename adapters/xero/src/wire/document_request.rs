//! How a document goes into Xero: quantities and unit prices, never line amounts or totals, which Xero works out.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use rust_decimal::serde::{arbitrary_precision, arbitrary_precision_option};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::document::{DocumentStatus, LineAmountTypes};
use super::resource::Resource;

/// The body of a write of documents of one kind.
#[derive(Clone, Debug)]
pub struct DocumentsToWrite {
    /// The kind.
    pub resource: &'static Resource,
    /// The documents.
    pub documents: Vec<DocumentToWrite>,
}

/// A document of a write. What is absent stays as it is.
#[derive(Clone, Debug)]
pub enum DocumentToWrite {
    /// A new one, or new content for one that exists.
    Content(Box<Content>),
    /// Only a new status.
    Status(StatusOnly),
}

/// The whole content of a document.
#[derive(Clone, Debug)]
pub struct Content {
    /// The kind.
    pub resource: &'static Resource,
    /// The document, when it exists.
    pub id: Option<String>,
    /// Its number.
    pub number: String,
    /// The other party.
    pub contact: ContactById,
    /// The reference field; empty takes one away.
    pub reference: Option<String>,
    /// The accounting date.
    pub date: NaiveDate,
    /// When it falls due.
    pub due_date: Option<NaiveDate>,
    /// When delivery is expected.
    pub delivery_date: Option<NaiveDate>,
    /// The state in which it is created.
    pub status: Option<DocumentStatus>,
    /// The currency of every amount.
    pub currency_code: &'static str,
    /// Whether unit amounts hold the tax.
    pub line_amount_types: LineAmountTypes,
    /// The theme that it is printed with; the organisation's own when absent.
    pub branding_theme_id: Option<String>,
    /// The link back.
    pub url: Option<String>,
    /// Every line: those that exist and are not here are deleted.
    pub line_items: Vec<LineToWrite>,
}

/// A new status and nothing else, so that lines are left alone.
#[derive(Clone, Debug)]
pub struct StatusOnly {
    /// The kind.
    pub resource: &'static Resource,
    /// The document.
    pub id: String,
    /// Where it goes.
    pub status: DocumentStatus,
}

impl Serialize for DocumentsToWrite {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(self.resource.list, &self.documents)])
    }
}

impl Serialize for DocumentToWrite {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Content(content) => content.serialize(serializer),
            Self::Status(status) => status.serialize(serializer),
        }
    }
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = Fields(serializer.serialize_map(None)?);
        fields.some("Type", self.resource.r#type.as_ref())?;
        fields.some(self.resource.id_field, self.id.as_ref())?;
        fields.some(self.resource.number_field, Some(&self.number))?;
        fields.some("Contact", Some(&self.contact))?;
        fields.some("Reference", self.reference.as_ref())?;
        fields.some("Date", Some(&self.date))?;
        fields.some("DueDate", self.due_date.as_ref())?;
        fields.some("DeliveryDate", self.delivery_date.as_ref())?;
        fields.some("Status", self.status.as_ref())?;
        fields.some("CurrencyCode", Some(&self.currency_code))?;
        fields.some("LineAmountTypes", Some(&self.line_amount_types))?;
        fields.some("BrandingThemeID", self.branding_theme_id.as_ref())?;
        fields.some("Url", self.url.as_ref())?;
        fields.some("LineItems", Some(&self.line_items))?;
        fields.0.end()
    }
}

impl Serialize for StatusOnly {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = Fields(serializer.serialize_map(None)?);
        fields.some(self.resource.id_field, Some(&self.id))?;
        fields.some("Status", Some(&self.status))?;
        fields.0.end()
    }
}

/// An object of which absent fields are left out.
struct Fields<M>(M);

impl<M: SerializeMap> Fields<M> {
    fn some<T: Serialize>(&mut self, name: &str, value: Option<&T>) -> Result<(), M::Error> {
        match value {
            Some(value) => self.0.serialize_entry(name, value),
            None => Ok(()),
        }
    }
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
