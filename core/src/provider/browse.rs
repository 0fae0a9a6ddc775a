//! What a person may look at at a provider: its contacts, and the invoices and bills of some of them.

use async_trait::async_trait;
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Organisation, ProviderError, Snapshot};
use crate::document::{Address, DocumentKind, Phones, ProviderContactId, ProviderDocumentId};

/// Looking around at a provider. Nothing is ever changed; a repeat asks again.
#[async_trait]
pub trait Browse: Send + Sync {
    /// The contacts that are meant, archived ones too, in no promised order.
    ///
    /// A contact that was merged into another one is absent, and the one that remains is there.
    async fn contacts(&self, wanted: &ContactsMeant) -> Result<Vec<ContactCard>, ProviderError>;

    /// The live invoices and bills that are meant, newest date first, without their lines.
    async fn documents(&self, wanted: &DocumentsMeant) -> Result<DocumentsFound, ProviderError>;

    /// Where a person opens something of an organisation. Asks nobody.
    fn address(&self, organisation: &Organisation, of: &Opened<'_>) -> Option<String>;
}

/// What a person opens at a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened<'a> {
    /// A document.
    Document(DocumentKind, &'a ProviderDocumentId),
    /// A contact.
    Contact(&'a ProviderContactId),
}

/// Which contacts are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContactsMeant {
    /// Those in whose name, persons, e-mail or number this text occurs, in any case. The provider may find more.
    Like(String),
    /// Those of the identifiers; unknown ones are absent, and of a merged one the one that remains is there.
    Ids(Vec<ProviderContactId>),
}

/// Which invoices and bills are meant. What is left out does not count; at least one of `contacts` and `like` is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentsMeant {
    /// Those of these contacts.
    pub contacts: Vec<ProviderContactId>,
    /// Those in whose number or reference this text occurs, in any case.
    pub like: Option<String>,
    /// Dated on this day or later.
    pub from: Option<NaiveDate>,
    /// Dated on this day or earlier.
    pub to: Option<NaiveDate>,
    /// As many at most, those with the newest dates.
    pub documents_max: usize,
}

/// Invoices and bills that were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentsFound {
    /// They.
    pub documents: Vec<Snapshot>,
    /// Whether there are more than were asked for.
    pub more: bool,
}

/// A contact of the provider, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContactCard {
    /// The provider's identifier.
    pub id: ProviderContactId,
    /// Its name.
    pub name: String,
    /// First name of its person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Last name of its person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// E-mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Tax or business number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_number: Option<String>,
    /// Telephone numbers.
    #[serde(default)]
    pub phones: Phones,
    /// Addresses that say anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Address>,
    /// Whether documents for it are refused.
    #[serde(default)]
    pub archived: bool,
}
