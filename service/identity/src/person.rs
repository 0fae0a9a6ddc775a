//! What is known of a person.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Actor, Email, Role};

/// A person, for ever: addresses may change, and return as somebody else's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonId(Uuid);

impl PersonId {
    pub(crate) fn fresh() -> Self {
        Self(Uuid::new_v4())
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for PersonId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}

/// Somebody who may sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Which.
    pub id: PersonId,
    /// The address by which they are invited and found; nobody else has it.
    pub email: Email,
    /// What they are called; the address where nobody said.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Who decides about the role.
    pub role_by: RoleBy,
    /// Since when they are known.
    pub created_at: DateTime<Utc>,
    /// Since when they may not sign in any more; their sessions ended then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_at: Option<DateTime<Utc>>,
    /// When they signed in last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_in_at: Option<DateTime<Utc>>,
    /// Whom identity providers know them as, one for each issuer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<Subject>,
}

impl Person {
    /// Whether they may not sign in.
    #[must_use]
    pub fn disabled(&self) -> bool {
        self.disabled_at.is_some()
    }

    /// The person as one who acts.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::Person {
            id: self.id,
            email: self.email.clone(),
        }
    }

    /// Whom an issuer knows this person as.
    #[must_use]
    pub fn subject_at(&self, issuer: &str) -> Option<&Subject> {
        self.subjects.iter().find(|it| it.issuer == issuer)
    }
}

/// Who decides about a person's role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleBy {
    /// Somebody chose it; what an identity provider says does not change it.
    Hand,
    /// The rules of the configuration, anew at each sign-in.
    Rules,
}

/// Whom an identity provider knows a person as. Never given to anybody else by it, unlike an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Subject {
    /// The issuer.
    pub issuer: String,
    /// Its identifier of the person.
    pub subject: String,
}

/// A person to add.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// The address; must be nobody's.
    pub email: Email,
    /// What they are called; the address where this is empty.
    pub name: String,
    /// What they may do.
    pub role: Role,
}
