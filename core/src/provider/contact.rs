//! What the engine asks about a contact, and what the provider answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::{Address, Phones, ProviderContactId};
use crate::open_enum;

/// How to find a contact, and what to write if it must be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactWanted {
    /// Our own marker, kept in the provider's contact number: host and party. Absent when the host
    /// has no identifier for the party.
    pub number: Option<String>,
    /// The name, normalised: trimmed, single spaces.
    pub name: String,
    /// E-mail; a match on it alone is used only when exactly one contact has it.
    pub email: Option<String>,
    /// For a new contact: first name of its person.
    pub first_name: Option<String>,
    /// For a new contact: last name of its person.
    pub last_name: Option<String>,
    /// For a new contact: tax or business number.
    pub tax_number: Option<String>,
    /// For a new contact: telephone numbers.
    #[serde(default, skip_serializing_if = "Phones::is_empty")]
    pub phones: Phones,
    /// For a new contact: postal address.
    pub address: Option<Address>,
    /// Whether it may be made when nobody matches.
    pub create_missing: bool,
}

impl ContactWanted {
    /// The key under which the answer is remembered on a connection: the marker, else the name.
    ///
    /// Who may be made and who must exist are asked about apart: that a supplier was not found must not
    /// hold the invoices of a customer of the same name.
    #[must_use]
    pub fn key(&self) -> String {
        match (&self.number, self.create_missing) {
            (Some(number), true) => format!("n:{number}:{}", self.name),
            (Some(number), false) => format!("N:{number}:{}", self.name),
            (None, true) => format!("m:{}", self.name),
            (None, false) => format!("M:{}", self.name),
        }
    }
}

open_enum! {
    /// Which rung of the ladder found a contact.
    pub enum MatchedBy {
        /// Our marker in the contact number.
        Number = "number",
        /// The exact name.
        Name = "name",
        /// The e-mail address, held by one contact only.
        Email = "email",
        /// The name without case, accents, punctuation and company suffix.
        NormalisedName = "normalised_name",
        /// It did not exist and was made.
        Created = "created",
    }
}

/// How sure a match is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// A person may want to look at it: the match is on something that others may share.
    Likely,
    /// It cannot be anybody else, as far as the provider keeps such values apart.
    Sure,
}

impl MatchedBy {
    /// How sure a match on this rung is.
    #[must_use]
    pub fn confidence(&self) -> Confidence {
        match self {
            Self::Number | Self::Name | Self::Created => Confidence::Sure,
            Self::Email | Self::NormalisedName | Self::Other(_) => Confidence::Likely,
        }
    }
}

/// A contact of the provider that might be the one wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContactCandidate {
    /// The provider's identifier.
    pub id: ProviderContactId,
    /// Its name.
    pub name: String,
}

/// What became of a wanted contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContactAnswer {
    /// This one.
    Found {
        /// The contact to put on documents; a merged contact is followed to the one that remains.
        id: ProviderContactId,
        /// The rung that found it.
        by: MatchedBy,
    },
    /// It exists but is archived, so documents for it would be refused.
    Archived {
        /// The archived contact.
        contact: ContactCandidate,
    },
    /// Several fit equally well.
    Ambiguous {
        /// They.
        candidates: Vec<ContactCandidate>,
    },
    /// Nobody fits.
    Missing {
        /// Contacts whose names come near.
        near: Vec<ContactCandidate>,
    },
    /// Nobody fits, and the provider refused to make it as it is wanted.
    Refused {
        /// Every message, as the provider wrote it.
        messages: Vec<String>,
    },
}
