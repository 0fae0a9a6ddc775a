//! What a host says of an invoice, a credit note or a bill.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    BillTo, Currency, DocumentId, DocumentKind, HostPayment, Line, PurchaseOrder, Supplier,
    Tracking, decimal,
};
use crate::open_enum;

open_enum! {
    /// Whether an invoice asks for money or gives it back.
    pub enum InvoiceKind {
        /// A sales invoice.
        Sales = "sales",
        /// A credit note to a customer. Its amounts are positive: they are what is given back.
        SalesCredit = "sales_credit",
    }
}

open_enum! {
    /// Where an invoice or a bill stands in its host.
    pub enum InvoiceStatus {
        /// Still being written; nothing is sent.
        Draft = "draft",
        /// Finished; it goes to the provider.
        Final = "final",
        /// Finished as a proposal: it goes to the provider as a draft, whatever the settings say. Somebody
        /// approves it there.
        Proposed = "proposed",
        /// Cancelled in the host, its number kept.
        Voided = "voided",
        /// Cancelled by an opposite entry in the host.
        Reversed = "reversed",
    }
}

open_enum! {
    /// Whether unit prices and net amounts hold the tax.
    pub enum AmountsAre {
        /// Prices are without tax.
        TaxExclusive = "tax_exclusive",
        /// Prices hold the tax.
        TaxInclusive = "tax_inclusive",
        /// No tax applies.
        NoTax = "no_tax",
    }
}

/// A document of any kind, as a host hands it over and as the store keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "almost every document is an invoice"
)]
pub enum Document {
    /// A sales invoice or a credit note to a customer.
    Invoice(Invoice),
    /// A supplier's bill.
    Bill(Bill),
    /// An order to a supplier.
    PurchaseOrder(PurchaseOrder),
}

impl Document {
    /// The host's identifier.
    #[must_use]
    pub fn id(&self) -> &DocumentId {
        match self {
            Self::Invoice(invoice) => &invoice.id,
            Self::Bill(bill) => &bill.id,
            Self::PurchaseOrder(order) => &order.id,
        }
    }

    /// What the document is.
    #[must_use]
    pub fn kind(&self) -> DocumentKind {
        match self {
            Self::Invoice(invoice) => match invoice.kind {
                InvoiceKind::SalesCredit => DocumentKind::CreditNote,
                InvoiceKind::Sales | InvoiceKind::Other(_) => DocumentKind::Invoice,
            },
            Self::Bill(_) => DocumentKind::Bill,
            Self::PurchaseOrder(_) => DocumentKind::PurchaseOrder,
        }
    }

    /// The number that people use.
    #[must_use]
    pub fn number(&self) -> &str {
        match self {
            Self::Invoice(invoice) => &invoice.number,
            Self::Bill(bill) => &bill.number,
            Self::PurchaseOrder(order) => &order.number,
        }
    }

    /// The host's revision; the higher one wins.
    #[must_use]
    pub fn revision(&self) -> u64 {
        match self {
            Self::Invoice(invoice) => invoice.revision,
            Self::Bill(bill) => bill.revision,
            Self::PurchaseOrder(order) => order.revision,
        }
    }

    /// The accounting date.
    #[must_use]
    pub fn issue_date(&self) -> NaiveDate {
        match self {
            Self::Invoice(invoice) => invoice.issue_date,
            Self::Bill(bill) => bill.issue_date,
            Self::PurchaseOrder(order) => order.issue_date,
        }
    }

    /// Every payment that was made in the host; `None` when the host does not tell.
    #[must_use]
    pub fn payments(&self) -> Option<&[HostPayment]> {
        match self {
            Self::Invoice(invoice) => invoice.payments.as_deref(),
            Self::Bill(bill) => bill.payments.as_deref(),
            Self::PurchaseOrder(_) => None,
        }
    }

    /// The cases that it is about: its own, those that it joins, and those of its lines; each once.
    #[must_use]
    pub fn case_numbers(&self) -> BTreeSet<&str> {
        match self {
            Self::Invoice(invoice) => {
                let own = invoice.references.case_numbers.iter().map(String::as_str);
                let joined = invoice.group_sources.iter();
                let joined = joined.map(|source| source.case_number.as_str());
                own.chain(joined).chain(cases_of(&invoice.lines)).collect()
            }
            Self::Bill(bill) => cases_of(&bill.lines).collect(),
            Self::PurchaseOrder(_) => BTreeSet::new(),
        }
    }

    /// The files that belong to it.
    #[must_use]
    pub fn attachments(&self) -> &[Attachment] {
        match self {
            Self::Invoice(invoice) => &invoice.attachments,
            Self::Bill(bill) => &bill.attachments,
            Self::PurchaseOrder(_) => &[],
        }
    }
}

fn cases_of(lines: &[Line]) -> impl Iterator<Item = &str> {
    lines.iter().filter_map(|line| line.case_number.as_deref())
}

/// A sales invoice or a credit note.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Invoice {
    /// Opaque, stable, unique among invoices of the host.
    pub id: DocumentId,
    /// Grows with every change.
    pub revision: u64,
    /// Invoice or credit note.
    pub kind: InvoiceKind,
    /// The number that people use.
    pub number: String,
    /// Where it stands in the host.
    pub status: InvoiceStatus,
    /// The part of the business that it belongs to; routing looks at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_division: Option<String>,
    /// The accounting date.
    pub issue_date: NaiveDate,
    /// When it falls due; without it the terms decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_date: Option<NaiveDate>,
    /// Days from the issue date to the due date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_terms_days: Option<u16>,
    /// The currency of every amount in it.
    pub currency: Currency,
    /// Whether prices hold the tax.
    pub amounts_are: AmountsAre,
    /// Who owes.
    pub bill_to: BillTo,
    /// What people look for it by.
    #[serde(default)]
    pub references: References,
    /// Whether it joins the costs of several cases.
    #[serde(default)]
    pub grouped: bool,
    /// The cases that it joins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group_sources: Vec<GroupSource>,
    /// The journal entry or batch that released it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch_id: Option<String>,
    /// Tracking for lines that have none of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tracking: Vec<Tracking>,
    /// What is charged.
    pub lines: Vec<Line>,
    /// What the host says that the lines come to.
    pub totals: Totals,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// The document in its host, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Files that belong to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// Every payment that was made in the host; absent when the host does not tell of payments, and nothing
    /// is then made or taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payments: Option<Vec<HostPayment>>,
    /// When the host last changed it.
    pub updated_at: DateTime<Utc>,
}

/// A supplier's bill.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bill {
    /// Opaque, stable, unique among bills of the host.
    pub id: DocumentId,
    /// Grows with every change.
    pub revision: u64,
    /// The supplier's number; not unique.
    pub number: String,
    /// Where it stands in the host.
    pub status: InvoiceStatus,
    /// Who is owed.
    pub supplier: Supplier,
    /// The part of the business that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_division: Option<String>,
    /// The accounting date.
    pub issue_date: NaiveDate,
    /// When it falls due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_date: Option<NaiveDate>,
    /// The currency of every amount in it.
    pub currency: Currency,
    /// Whether prices hold the tax.
    pub amounts_are: AmountsAre,
    /// What is charged.
    pub lines: Vec<Line>,
    /// What the host says that the lines come to.
    pub totals: Totals,
    /// Files that belong to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// Every payment that was made in the host; absent when the host does not tell of payments, and nothing
    /// is then made or taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payments: Option<Vec<HostPayment>>,
    /// When the host last changed it.
    pub updated_at: DateTime<Utc>,
}

/// What people look for a document by.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct References {
    /// The insurer's or scheme's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_number: Option<String>,
    /// The person served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    /// The cases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub case_numbers: Vec<String>,
    /// The customer's order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purchase_order_number: Option<String>,
    /// The participant of a funding scheme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participant_number: Option<String>,
    /// The participant's plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_id: Option<String>,
}

/// One case of a grouped invoice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GroupSource {
    /// The case.
    pub case_number: String,
    /// The person served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    /// The insurer's or scheme's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_number: Option<String>,
    /// Its share without tax.
    #[serde(
        default,
        with = "decimal::optional",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<String>")]
    pub net: Option<Decimal>,
    /// Its share of the tax.
    #[serde(
        default,
        with = "decimal::optional",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<String>")]
    pub tax: Option<Decimal>,
    /// The whole invoice, in a summary that the engine made of several. What a host hands over has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    pub document: Option<Box<Invoice>>,
}

impl Invoice {
    /// The invoices that a summary joins, in order; none of any other document.
    pub fn members(&self) -> impl Iterator<Item = &Invoice> {
        let sources = self.group_sources.iter();
        sources.filter_map(|source| source.document.as_deref())
    }

    /// Whether the engine made it of several invoices.
    #[must_use]
    pub fn is_summary(&self) -> bool {
        self.members().next().is_some()
    }

    /// Forgets the whole invoices of its cases: a host makes no summaries.
    pub fn forget_members(&mut self) {
        for source in &mut self.group_sources {
            source.document = None;
        }
    }
}

/// The sums of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Totals {
    /// Without tax.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub net: Decimal,
    /// The tax.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub tax: Decimal,
    /// With tax: net plus tax.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub gross: Decimal,
}

impl Totals {
    /// The same amounts as they are spelled ([`Currency::figure`]).
    #[must_use]
    pub fn spelled(self, currency: Currency) -> Self {
        Self {
            net: currency.figure(self.net),
            tax: currency.figure(self.tax),
            gross: currency.figure(self.gross),
        }
    }
}

/// A file of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attachment {
    /// The file's name.
    pub name: String,
    /// Its media type, such as `application/pdf`.
    pub media_type: String,
    /// Where the host serves it.
    pub url: String,
    /// SHA-256 of its bytes, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}
