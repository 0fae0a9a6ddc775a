//! How a document of any kind comes out of Xero: invoices, bills, credit notes and purchase orders are spelled alike.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use tieout_core::open_enum;

use super::{contact, loose};

open_enum! {
    /// Where a document stands. Purchase orders have `BILLED` besides, which means nothing in the books.
    pub enum DocumentStatus {
        /// A draft.
        Draft = "DRAFT",
        /// Waiting for approval.
        Submitted = "SUBMITTED",
        /// Approved.
        Authorised = "AUTHORISED",
        /// Settled.
        Paid = "PAID",
        /// Voided after approval.
        Voided = "VOIDED",
        /// Deleted before approval.
        Deleted = "DELETED",
    }
}

open_enum! {
    /// Whether unit amounts hold the tax.
    pub enum LineAmountTypes {
        /// Without tax.
        Exclusive = "Exclusive",
        /// With tax.
        Inclusive = "Inclusive",
        /// No tax applies.
        NoTax = "NoTax",
    }
}

/// An invoice, a bill, a credit note or a purchase order.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Document {
    /// Such as `ACCREC`: sold or bought, asked for or given back.
    #[serde(default, deserialize_with = "loose::text")]
    pub r#type: Option<String>,
    /// Its identifier; zero when a write failed.
    #[serde(
        rename = "InvoiceID",
        alias = "CreditNoteID",
        alias = "PurchaseOrderID",
        default,
        deserialize_with = "loose::text"
    )]
    pub id: Option<String>,
    /// Its number.
    #[serde(
        rename = "InvoiceNumber",
        alias = "CreditNoteNumber",
        alias = "PurchaseOrderNumber",
        default,
        deserialize_with = "loose::text"
    )]
    pub number: Option<String>,
    /// The reference field.
    #[serde(default, deserialize_with = "loose::text")]
    pub reference: Option<String>,
    /// The other party.
    #[serde(default, deserialize_with = "loose::object")]
    pub contact: Option<contact::Contact>,
    /// The accounting date.
    #[serde(default, deserialize_with = "loose::date")]
    pub date: Option<NaiveDate>,
    /// The same, spelled differently.
    #[serde(default, deserialize_with = "loose::date")]
    pub date_string: Option<NaiveDate>,
    /// When it falls due.
    #[serde(default, deserialize_with = "loose::date")]
    pub due_date: Option<NaiveDate>,
    /// The same, spelled differently.
    #[serde(default, deserialize_with = "loose::date")]
    pub due_date_string: Option<NaiveDate>,
    /// Where it stands.
    pub status: Option<DocumentStatus>,
    /// Its lines; none on replies that are not paged.
    #[serde(default, deserialize_with = "loose::list")]
    pub line_items: Vec<LineItem>,
    /// Without tax.
    #[serde(default, deserialize_with = "loose::decimal")]
    pub sub_total: Option<Decimal>,
    /// The tax.
    #[serde(default, deserialize_with = "loose::decimal")]
    pub total_tax: Option<Decimal>,
    /// With tax.
    #[serde(default, deserialize_with = "loose::decimal")]
    pub total: Option<Decimal>,
    /// Still due.
    #[serde(default, deserialize_with = "loose::decimal")]
    pub amount_due: Option<Decimal>,
    /// Paid with money.
    #[serde(default, deserialize_with = "loose::decimal")]
    pub amount_paid: Option<Decimal>,
    /// Settled by credit notes, prepayments and overpayments.
    #[serde(default, deserialize_with = "loose::decimal")]
    pub amount_credited: Option<Decimal>,
    /// Of a credit note: what is still to be allocated or refunded.
    #[serde(default, deserialize_with = "loose::decimal")]
    pub remaining_credit: Option<Decimal>,
    /// Of a credit note: the invoices that it was allocated to.
    #[serde(default, deserialize_with = "loose::list")]
    pub allocations: Vec<Allocation>,
    /// Its currency.
    #[serde(default, deserialize_with = "loose::text")]
    pub currency_code: Option<String>,
    /// The link back to the program that made it.
    #[serde(default, deserialize_with = "loose::text")]
    pub url: Option<String>,
    /// When it was last changed.
    #[serde(rename = "UpdatedDateUTC", default, deserialize_with = "loose::moment")]
    pub updated: Option<DateTime<Utc>>,
    /// Payments.
    #[serde(default, deserialize_with = "loose::list")]
    pub payments: Vec<NestedPayment>,
    /// Credit notes that were allocated to it.
    #[serde(default, deserialize_with = "loose::list")]
    pub credit_notes: Vec<NestedAllocation>,
    /// Prepayments that were allocated to it.
    #[serde(default, deserialize_with = "loose::list")]
    pub prepayments: Vec<NestedAllocation>,
    /// Overpayments that were allocated to it.
    #[serde(default, deserialize_with = "loose::list")]
    pub overpayments: Vec<NestedAllocation>,
    /// In the reply to a write: `OK`, `WARNING` or `ERROR`.
    #[serde(default, deserialize_with = "loose::text")]
    pub status_attribute_string: Option<String>,
    /// In the reply to a write: whether it was refused.
    #[serde(default, deserialize_with = "loose::flag")]
    pub has_errors: bool,
    /// The same, spelled differently.
    #[serde(default, deserialize_with = "loose::flag")]
    pub has_validation_errors: bool,
    /// How many reasons for a refusal it carries itself.
    #[serde(default, deserialize_with = "loose::count")]
    pub validation_errors: usize,
}

impl Document {
    /// Whether the reply to a write says nothing against it.
    #[must_use]
    pub fn is_without_remarks(&self) -> bool {
        let status = self.status_attribute_string.as_deref();
        !self.has_errors
            && !self.has_validation_errors
            && self.validation_errors == 0
            && status.is_none_or(|status| status.eq_ignore_ascii_case("OK"))
    }
}

/// A line.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LineItem {
    /// Its identifier.
    #[serde(rename = "LineItemID", default, deserialize_with = "loose::text")]
    pub id: Option<String>,
    /// The text.
    #[serde(default, deserialize_with = "loose::text")]
    pub description: Option<String>,
    /// The amount, with tax where the document is inclusive.
    #[serde(default, deserialize_with = "loose::decimal")]
    pub line_amount: Option<Decimal>,
    /// The tax.
    #[serde(default, deserialize_with = "loose::decimal")]
    pub tax_amount: Option<Decimal>,
    /// The account.
    #[serde(default, deserialize_with = "loose::text")]
    pub account_code: Option<String>,
    /// The tax type.
    #[serde(default, deserialize_with = "loose::text")]
    pub tax_type: Option<String>,
    /// How many.
    #[serde(default, deserialize_with = "loose::decimal")]
    pub quantity: Option<Decimal>,
    /// The price of one.
    #[serde(default, deserialize_with = "loose::decimal")]
    pub unit_amount: Option<Decimal>,
    /// The item.
    #[serde(default, deserialize_with = "loose::text")]
    pub item_code: Option<String>,
    /// The tracking choices.
    #[serde(default, deserialize_with = "loose::list")]
    pub tracking: Vec<LineTracking>,
}

/// A tracking choice on a line.
#[derive(Clone, Debug, Deserialize)]
pub struct LineTracking {
    /// The category's identifier.
    #[serde(
        rename = "TrackingCategoryID",
        default,
        deserialize_with = "loose::text"
    )]
    pub category_id: Option<String>,
    /// The option's identifier.
    #[serde(rename = "TrackingOptionID", default, deserialize_with = "loose::text")]
    pub option_id: Option<String>,
}

/// A payment inside a document.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NestedPayment {
    /// Its identifier.
    #[serde(rename = "PaymentID", default, deserialize_with = "loose::text")]
    pub id: Option<String>,
    /// The accounting date.
    #[serde(default, deserialize_with = "loose::date")]
    pub date: Option<NaiveDate>,
    /// The amount in the document's currency.
    #[serde(default, deserialize_with = "loose::decimal")]
    pub amount: Option<Decimal>,
    /// What the payer wrote.
    #[serde(default, deserialize_with = "loose::text")]
    pub reference: Option<String>,
    /// Whether it stands; usually not told here.
    #[serde(default, deserialize_with = "loose::text")]
    pub status: Option<String>,
}

/// A credit note, a prepayment or an overpayment inside an invoice.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NestedAllocation {
    /// A credit note's identifier.
    #[serde(rename = "CreditNoteID", default, deserialize_with = "loose::text")]
    pub credit_note_id: Option<String>,
    /// A prepayment's identifier.
    #[serde(rename = "PrepaymentID", default, deserialize_with = "loose::text")]
    pub prepayment_id: Option<String>,
    /// An overpayment's identifier.
    #[serde(rename = "OverpaymentID", default, deserialize_with = "loose::text")]
    pub overpayment_id: Option<String>,
    /// A credit note's number.
    #[serde(default, deserialize_with = "loose::text")]
    pub credit_note_number: Option<String>,
    /// The reference of a prepayment or an overpayment.
    #[serde(default, deserialize_with = "loose::text")]
    pub reference: Option<String>,
    /// The accounting date of the credit.
    #[serde(default, deserialize_with = "loose::date")]
    pub date: Option<NaiveDate>,
    /// The same, spelled differently.
    #[serde(default, deserialize_with = "loose::date")]
    pub date_string: Option<NaiveDate>,
    /// How much of it went to this invoice.
    #[serde(default, deserialize_with = "loose::decimal")]
    pub applied_amount: Option<Decimal>,
    /// Whether the credit stands; usually not told here.
    #[serde(default, deserialize_with = "loose::text")]
    pub status: Option<String>,
    /// Whether the allocation was taken back; usually such a one is not told at all.
    #[serde(default, deserialize_with = "loose::flag")]
    pub is_deleted: bool,
}

/// A part of a credit that was allocated to an invoice.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Allocation {
    /// The invoice.
    #[serde(default, deserialize_with = "loose::object")]
    pub invoice: Option<AllocatedTo>,
    /// How much.
    #[serde(default, deserialize_with = "loose::decimal")]
    pub amount: Option<Decimal>,
    /// The accounting date.
    #[serde(default, deserialize_with = "loose::date")]
    pub date: Option<NaiveDate>,
    /// Whether it was taken back.
    #[serde(default, deserialize_with = "loose::flag")]
    pub is_deleted: bool,
}

/// The invoice that a credit was allocated to.
#[derive(Clone, Debug, Deserialize)]
pub struct AllocatedTo {
    /// Its identifier.
    #[serde(rename = "InvoiceID", default, deserialize_with = "loose::text")]
    pub id: Option<String>,
    /// Its number.
    #[serde(rename = "InvoiceNumber", default, deserialize_with = "loose::text")]
    pub number: Option<String>,
}
