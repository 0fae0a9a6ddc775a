//! Which custom fields of a product's records hold figures of the books, and the port that writes them.

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{HostError, HostRecord, RecordKind};
use crate::document::Currency;

/// A product in whose custom fields figures of the books are kept.
///
/// # Contract
///
/// - Only fields that [`Mirroring`] names are changed; what else stands in a record stays, whoever wrote it meanwhile.
/// - A call waits for the product's own limits rather than break them.
#[async_trait]
pub trait MirrorHost: Send + Sync {
    /// Which fields hold what. The same at every call.
    fn mirroring(&self) -> &Mirroring;

    /// The custom fields that records of a kind have; `None` where the product does not tell.
    async fn fields(&self, kind: RecordKind) -> Result<Option<Vec<FieldDefinition>>, HostError>;

    /// Writes custom fields of a record as it was read. A repeat writes the same again.
    async fn write(
        &self,
        record: &HostRecord,
        fields: &[FieldWrite],
    ) -> Result<FieldsWritten, HostError>;
}

/// The custom fields of a host's records that hold figures of the books: they are tieout's own, and what stands in them
/// is replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Mirroring {
    /// The currency of the amounts; documents in others are left out. Without it that of the books, and amounts of a
    /// record with documents in another currency stay empty: a field holds one number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Fields of companies (organisations, accounts).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<MirrorFields>,
    /// Fields of contacts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<MirrorFields>,
    /// Fields of deals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deal: Option<MirrorFields>,
    /// Fields of opportunities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opportunity: Option<MirrorFields>,
    /// Fields of projects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<MirrorFields>,
    /// Fields of leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead: Option<MirrorFields>,
}

impl Mirroring {
    /// The fields of a kind, if any are named.
    #[must_use]
    pub fn of(&self, kind: RecordKind) -> Option<&MirrorFields> {
        let fields = match kind {
            RecordKind::Company => &self.company,
            RecordKind::Contact => &self.contact,
            RecordKind::Deal => &self.deal,
            RecordKind::Opportunity => &self.opportunity,
            RecordKind::Project => &self.project,
            RecordKind::Lead => &self.lead,
        };
        fields.as_ref().filter(|fields| !fields.named().is_empty())
    }

    /// The kinds of which fields are named.
    #[must_use]
    pub fn kinds(&self) -> Vec<RecordKind> {
        let all = [
            RecordKind::Company,
            RecordKind::Contact,
            RecordKind::Deal,
            RecordKind::Opportunity,
            RecordKind::Project,
            RecordKind::Lead,
        ];
        all.into_iter()
            .filter(|kind| self.of(*kind).is_some())
            .collect()
    }
}

/// The custom fields of one kind of records, by what goes into them, each as the product's API names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MirrorFields {
    /// The identifier of its contact at the provider; of a person, a company or a lead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<String>,
    /// The box "total paid" of the panel: what its wholly paid invoices come to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid: Option<String>,
    /// The box "total unpaid": what is due on its invoices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unpaid: Option<String>,
    /// The part of `unpaid` that fell due before today; the day is that of the organisation's time zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overdue: Option<String>,
    /// The date of the newest invoice of `paid` and `unpaid`, in any currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_invoice_date: Option<String>,
    /// What was ever invoiced; of a person, a company or a lead, in the currency of the books.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifetime_value: Option<String>,
    /// The part of it that is dated within the last twelve months.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub twelve_month_value: Option<String>,
    /// What the invoices linked to it come to, drafts too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linked_invoices: Option<String>,
    /// What the bills linked to it come to, drafts too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linked_bills: Option<String>,
    /// Linked invoices less linked bills.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linked_net: Option<String>,
    /// When another of these fields was last written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<String>,
}

impl MirrorFields {
    /// What goes into which field, of those that are named.
    #[must_use]
    pub fn named(&self) -> Vec<(MirrorItem, &str)> {
        let all = [
            (MirrorItem::ContactId, &self.contact_id),
            (MirrorItem::Paid, &self.paid),
            (MirrorItem::Unpaid, &self.unpaid),
            (MirrorItem::Overdue, &self.overdue),
            (MirrorItem::LastInvoiceDate, &self.last_invoice_date),
            (MirrorItem::LifetimeValue, &self.lifetime_value),
            (MirrorItem::TwelveMonthValue, &self.twelve_month_value),
            (MirrorItem::LinkedInvoices, &self.linked_invoices),
            (MirrorItem::LinkedBills, &self.linked_bills),
            (MirrorItem::LinkedNet, &self.linked_net),
            (MirrorItem::UpdatedAt, &self.updated_at),
        ];
        all.into_iter()
            .filter_map(|(item, name)| Some((item, name.as_deref()?)))
            .collect()
    }
}

/// What goes into a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "the fields of `MirrorFields` of the same names say it"
)]
pub enum MirrorItem {
    ContactId,
    Paid,
    Unpaid,
    Overdue,
    LastInvoiceDate,
    LifetimeValue,
    TwelveMonthValue,
    LinkedInvoices,
    LinkedBills,
    LinkedNet,
    UpdatedAt,
}

impl MirrorItem {
    /// The key of the configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ContactId => "contact_id",
            Self::Paid => "paid",
            Self::Unpaid => "unpaid",
            Self::Overdue => "overdue",
            Self::LastInvoiceDate => "last_invoice_date",
            Self::LifetimeValue => "lifetime_value",
            Self::TwelveMonthValue => "twelve_month_value",
            Self::LinkedInvoices => "linked_invoices",
            Self::LinkedBills => "linked_bills",
            Self::LinkedNet => "linked_net",
            Self::UpdatedAt => "updated_at",
        }
    }

    /// Whether it is known of somebody who has a contact at the provider, and not of a piece of business.
    #[must_use]
    pub fn is_of_party(self) -> bool {
        match self {
            Self::ContactId | Self::LifetimeValue | Self::TwelveMonthValue => true,
            Self::Paid
            | Self::Unpaid
            | Self::Overdue
            | Self::LastInvoiceDate
            | Self::LinkedInvoices
            | Self::LinkedBills
            | Self::LinkedNet
            | Self::UpdatedAt => false,
        }
    }

    /// Whether a field of this kind can hold it, as far as that is known. A text holds everything.
    #[must_use]
    pub fn fits(self, holds: &FieldKind) -> bool {
        match holds {
            FieldKind::Text | FieldKind::Other(_) => true,
            FieldKind::Number => match self {
                Self::ContactId | Self::LastInvoiceDate | Self::UpdatedAt => false,
                Self::Paid
                | Self::Unpaid
                | Self::Overdue
                | Self::LifetimeValue
                | Self::TwelveMonthValue
                | Self::LinkedInvoices
                | Self::LinkedBills
                | Self::LinkedNet => true,
            },
            FieldKind::Date | FieldKind::Moment => {
                matches!(self, Self::LastInvoiceDate | Self::UpdatedAt)
            }
        }
    }
}

/// What a custom field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Letters.
    Text,
    /// A number.
    Number,
    /// A day.
    Date,
    /// A day and a time.
    Moment,
    /// Something else, as the product calls it: whether it takes a value shows when one is written.
    Other(String),
}

impl FieldKind {
    /// What it holds, in words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Text => "a text".to_owned(),
            Self::Number => "a number".to_owned(),
            Self::Date => "a date".to_owned(),
            Self::Moment => "a date with a time".to_owned(),
            Self::Other(kind) => format!("`{kind}`"),
        }
    }
}

/// A custom field of a kind of records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldDefinition {
    /// Its name in the API.
    pub name: String,
    /// Its name for people.
    pub label: Option<String>,
    /// What it holds.
    pub holds: FieldKind,
    /// Whether it can be written; what the product works out itself cannot.
    pub is_writable: bool,
}

/// A field as it should stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldWrite {
    /// Its name in the API.
    pub name: String,
    /// What it holds, where that is known.
    pub holds: Option<FieldKind>,
    /// The value; `None` empties it.
    pub value: Option<MirrorValue>,
}

/// What stands in a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MirrorValue {
    /// Money, whose currency the configuration or the books say.
    Amount(Decimal),
    /// A day.
    Day(NaiveDate),
    /// A moment, to the second.
    Moment(DateTime<Utc>),
    /// Letters.
    Text(String),
}

/// What became of fields that were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldsWritten {
    /// They stand there.
    Done,
    /// There is no such record any more.
    Gone,
    /// The product did not take them, and why.
    Refused(String),
}
