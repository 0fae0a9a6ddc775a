//! What people and matching decided about a record, as the store keeps it: its contact, its documents, its pins.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::MatchRule;
use crate::document::{DocumentKind, ProviderContactId, ProviderDocumentId};
use crate::host::RecordRef;

/// Whom a record is at the provider, or that it is nobody there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContactLink {
    /// The contact; absent when a person took the link away, and nothing is then matched by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<ProviderContactId>,
    /// Its name when it was linked, for people.
    pub name: String,
    /// How it came about.
    pub how: HowLinked,
    /// The company of the record then, so that a company shows what its people have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<RecordRef>,
    /// The record itself.
    pub record: RecordRef,
    /// Who decided, or gave the command by which it was matched.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// How a link came about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HowLinked {
    /// By what both say. It counts while the record says the same.
    Matched {
        /// By which of it.
        rules: Vec<MatchRule>,
        /// What the record said.
        words: Vec<String>,
    },
    /// A person said so.
    Person,
    /// The contact was made from the record.
    Created,
}

impl ContactLink {
    /// Whether it still counts for a record that says these words: what matched only counts while they are the same
    /// and not for longer than a day, since names at the provider change too.
    #[must_use]
    pub fn counts(&self, words: &[String], now: DateTime<Utc>) -> bool {
        match &self.how {
            HowLinked::Matched { words: then, .. } => {
                then == words && now - self.at < chrono::Duration::days(1)
            }
            HowLinked::Person | HowLinked::Created => true,
        }
    }
}

/// Why a document belongs to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DocumentRole {
    /// It is about it.
    Linked,
    /// A person wants to see it there.
    Pinned,
}

impl DocumentRole {
    /// The word in keys and output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Linked => "linked",
            Self::Pinned => "pinned",
        }
    }
}

/// A document that somebody linked to a record, or pinned there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LinkedDocument {
    /// What it is.
    pub kind: DocumentKind,
    /// The provider's identifier.
    pub id: ProviderDocumentId,
    /// Its number then, for people.
    pub number: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}
