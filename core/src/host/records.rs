//! The port to a product that keeps records beside which people want to see and draft invoices.

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{HostError, MirrorHost};
use crate::document::{Address, Currency, IdError, PartyId, Phones, decimal};

/// A product that keeps records: people, companies, deals, projects.
///
/// # Contract
///
/// - Nothing is written but by [`RecordHost::complete`] and [`RecordHost::leave_trace`], and neither replaces what is
///   there; and by [`RecordHost::mirror`], into fields that the configuration gives away for it.
/// - `changed` is at least once: a record may be told again, never missed.
/// - A call waits for the product's own limits rather than break them.
#[async_trait]
pub trait RecordHost: Send + Sync {
    /// The kinds of records that it keeps. Pure data, the same at every call.
    fn record_kinds(&self) -> &'static [RecordKind];

    /// How drafts are made of its records.
    fn drafting(&self) -> &Drafting;

    /// A record as it is now, with what belongs to it; `None` when there is none.
    async fn record(&self, key: &RecordRef) -> Result<Option<HostRecord>, HostError>;

    /// The records of a kind in whose name, or in whose e-mail if it has one, a text occurs; the product may find more.
    /// At most `limit`.
    async fn search(
        &self,
        kind: RecordKind,
        text: &str,
        limit: usize,
    ) -> Result<Vec<HostRecord>, HostError>;

    /// The records of a kind that changed after a position of the host's own making.
    ///
    /// `None` starts at the beginning. Products may be able to tell the newest changes only: then they come together.
    async fn changed(
        &self,
        kind: RecordKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<RecordPage, HostError>;

    /// Writes details into a record that it lacked when it was read. Refused when the record changed since, or when
    /// the product does not take them. A repeat is refused, or writes the same again.
    async fn complete(
        &self,
        record: &HostRecord,
        details: &Details,
    ) -> Result<Result<(), String>, HostError>;

    /// Leaves a trace of an invoice at a record: a note or a link, as the product has it. One that is there already
    /// is not left again.
    async fn leave_trace(
        &self,
        key: &RecordRef,
        trace: &Trace,
    ) -> Result<Result<(), String>, HostError>;

    /// Where figures of the books are kept in fields of its records; `None` where the configuration names no fields,
    /// or the product has none.
    fn mirror(&self) -> Option<&dyn MirrorHost> {
        None
    }
}

/// What a record is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// A person.
    Contact,
    /// A company or an organisation.
    Company,
    /// A deal with a customer.
    Deal,
    /// An opportunity.
    Opportunity,
    /// A project.
    Project,
    /// Somebody who may become a customer.
    Lead,
}

impl RecordKind {
    /// The word in keys and commands.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Company => "company",
            Self::Deal => "deal",
            Self::Opportunity => "opportunity",
            Self::Project => "project",
            Self::Lead => "lead",
        }
    }

    /// The kind of a word, also of those that products use.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        match word.trim_end_matches('s') {
            "contact" | "person" => Some(Self::Contact),
            "company" | "organisation" | "organization" | "account" | "sales_account" => {
                Some(Self::Company)
            }
            "deal" => Some(Self::Deal),
            "opportunity" => Some(Self::Opportunity),
            "project" => Some(Self::Project),
            "lead" => Some(Self::Lead),
            _ => None,
        }
    }

    /// Whether it is somebody to whom invoices are written, and not a piece of business with somebody.
    #[must_use]
    pub fn is_party(self) -> bool {
        match self {
            Self::Contact | Self::Company | Self::Lead => true,
            Self::Deal | Self::Opportunity | Self::Project => false,
        }
    }
}

impl fmt::Display for RecordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One record of one host.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct RecordRef {
    /// What it is.
    pub kind: RecordKind,
    /// The product's identifier.
    pub id: PartyId,
}

impl RecordRef {
    /// The record of a kind and an identifier: 1 to 64 bytes, no control characters.
    pub fn new(kind: RecordKind, id: impl Into<String>) -> Result<Self, IdError> {
        Ok(Self {
            kind,
            id: PartyId::new(id)?,
        })
    }
}

impl fmt::Display for RecordRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.id)
    }
}

/// What is known of a party beside its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Details {
    /// First name, of a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Last name, of a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// E-mails, the usual one first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<String>,
    /// Telephone numbers.
    pub phones: Phones,
    /// Tax or business number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_number: Option<String>,
    /// Addresses that say anything, the one for invoices first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Address>,
}

/// How far a piece of business has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Undecided, or done with.
    Open,
    /// Agreed.
    Won,
    /// It came to nothing.
    Lost,
}

/// A record in the normal form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HostRecord {
    /// What it is, and its identifier.
    pub key: RecordRef,
    /// Its name.
    pub name: String,
    /// What is known of it, if it is a party.
    #[serde(default)]
    pub details: Details,
    /// The company that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<RecordRef>,
    /// Other records that it is about, the nearest first: the people of a deal, the opportunity of a project.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<RecordRef>,
    /// How far it has come, if it is a piece of business.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// The currency of its amounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// What it is worth.
    #[serde(
        default,
        with = "decimal::optional",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<String>")]
    pub amount: Option<Decimal>,
    /// What is sold by it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<RecordLine>,
    /// The record in its product, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When it was last changed, if the product tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<DateTime<Utc>>,
    /// The product's mark of this state of the record, to be handed back with a change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What stands in the fields that hold figures of the books, by their names; empty ones are absent.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub mirrored: BTreeMap<String, String>,
}

/// A line of what is sold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordLine {
    /// Stable within the record.
    pub id: String,
    /// What it is.
    pub description: String,
    /// How many.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub quantity: Decimal,
    /// The price of one.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub unit_price: Decimal,
    /// What the product says that the line comes to, after what is taken off.
    #[serde(
        default,
        with = "decimal::optional",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<String>")]
    pub total: Option<Decimal>,
    /// The article's code in the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub article: Option<String>,
    /// The currency, where the line has one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
}

/// Records that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordPage {
    /// They, in no promised order.
    pub records: Vec<HostRecord>,
    /// The position after them.
    pub position: Option<String>,
    /// Whether another page waits now.
    pub more: bool,
}

/// What is left at a record of an invoice that was drafted from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The invoice's number.
    pub number: String,
    /// Where it is, at the provider.
    pub url: Option<String>,
    /// What became of it, in words.
    pub text: String,
}

/// How drafts are made of records.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Drafting {
    /// The tax code of every line; the connection's `tax_codes` say what it is there. Without it no tax applies.
    pub tax_code: Option<String>,
    /// The rate of that code as a fraction: `0.10` is ten per cent.
    #[serde(with = "decimal::optional")]
    #[schemars(with = "Option<String>")]
    pub tax_rate: Option<Decimal>,
    /// The item at the provider for an article's code in the product.
    pub items: BTreeMap<String, String>,
    /// Days until a draft falls due.
    pub payment_terms_days: Option<u16>,
    /// Whether a note or a link is left at a record when a draft of it is at the provider.
    pub leave_trace: bool,
}
