//! What was done about people and keys, by whom, and how the newest of it is read first.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::secret::hex;
use crate::stored::{self, AUDIT};
use crate::{Actor, Email, Fault, Identity, KeyId, PersonId, Role, Scope, SignInBy};

/// Lines that are read at once.
const LINES_MAX: usize = 1_000;

/// Something that was done. Never changed and never removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Which.
    pub id: AuditId,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: Actor,
    /// What.
    pub act: Act,
}

/// What can be done. People and keys are named as they were called then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are the nouns of each act")]
pub enum Act {
    /// A person may sign in from now on.
    PersonAdded {
        person: PersonId,
        email: Email,
        role: Role,
    },
    /// A person may do more or less.
    RoleChanged {
        person: PersonId,
        email: Email,
        from: Role,
        to: Role,
    },
    /// A person has another address.
    EmailChanged {
        person: PersonId,
        from: Email,
        to: Email,
    },
    /// A person is called otherwise.
    Renamed { person: PersonId, email: Email },
    /// A person may not sign in any more; the sessions ended.
    PersonDisabled { person: PersonId, email: Email },
    /// A person may sign in again.
    PersonEnabled { person: PersonId, email: Email },
    /// An identity provider's word opens this person from now on.
    ProviderLinked {
        person: PersonId,
        email: Email,
        issuer: String,
    },
    /// It does not any more.
    ProvidersUnlinked { person: PersonId, email: Email },
    /// A link was made with which the person can sign in once.
    LinkMade {
        person: PersonId,
        email: Email,
        expires_at: DateTime<Utc>,
    },
    /// A person signed in.
    SignedIn {
        person: PersonId,
        email: Email,
        how: SignInBy,
    },
    /// A person signed out.
    SignedOut { person: PersonId },
    /// Sessions of a person were ended.
    SessionsEnded { person: PersonId, count: usize },
    /// A key was made.
    KeyAdded {
        key: KeyId,
        name: String,
        scopes: BTreeSet<Scope>,
    },
    /// A key opens nothing any more.
    KeyRevoked { key: KeyId, name: String },
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PersonAdded { email, role, .. } => write!(f, "added {email} as {role}"),
            Self::RoleChanged {
                email, from, to, ..
            } => {
                write!(f, "made {email} {to}, who was {from}")
            }
            Self::EmailChanged { from, to, .. } => {
                write!(f, "changed the address {from} to {to}")
            }
            Self::Renamed { email, .. } => write!(f, "changed the name of {email}"),
            Self::PersonDisabled { email, .. } => write!(f, "disabled {email}"),
            Self::PersonEnabled { email, .. } => write!(f, "let {email} in again"),
            Self::ProviderLinked { email, issuer, .. } => {
                write!(f, "linked {email} to an account at {issuer}")
            }
            Self::ProvidersUnlinked { email, .. } => {
                write!(
                    f,
                    "unlinked {email} from every account at an identity provider"
                )
            }
            Self::LinkMade { email, .. } => write!(f, "made a sign-in link for {email}"),
            Self::SignedIn { email, how, .. } => write!(f, "{email} signed in by {how}"),
            Self::SignedOut { .. } => f.write_str("signed out"),
            Self::SessionsEnded { count: 1, .. } => f.write_str("ended 1 session"),
            Self::SessionsEnded { count, .. } => write!(f, "ended {count} sessions"),
            Self::KeyAdded { name, scopes, .. } => {
                let scopes: Vec<&str> = scopes.iter().map(|scope| scope.word()).collect();
                write!(f, "made the key {name} with {}", scopes.join(", "))
            }
            Self::KeyRevoked { name, .. } => write!(f, "revoked the key {name}"),
        }
    }
}

/// A line of the audit: names sort from the newest to the oldest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AuditId(String);

/// Digits of an identifier: of its moment, and of chance.
const DIGITS: usize = 16 + 8;

impl AuditId {
    pub(crate) fn new(micros: u64, chance: [u8; 4]) -> Self {
        Self(format!("{:016x}{}", u64::MAX - micros, hex(&chance)))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The prefixes that hold everything older than this, the newest first.
    fn older(&self) -> impl Iterator<Item = String> {
        (0..DIGITS).rev().flat_map(|at| {
            let (kept, own) = (&self.0[..at], self.0.as_bytes()[at]);
            let above = b"0123456789abcdef"
                .iter()
                .filter(move |digit| **digit > own);
            above.map(move |digit| format!("{AUDIT}{kept}{}", char::from(*digit)))
        })
    }
}

impl FromStr for AuditId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digit = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        if text.len() == DIGITS && text.bytes().all(digit) {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("a line of the audit has {DIGITS} digits"))
        }
    }
}

impl TryFrom<String> for AuditId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<AuditId> for String {
    fn from(id: AuditId) -> Self {
        id.0
    }
}

impl Identity {
    /// What was done, the newest first, from `before` on towards the past; at most 1,000 lines.
    ///
    /// # Errors
    /// When the store fails or a line cannot be read.
    pub async fn audit(
        &self,
        before: Option<&AuditId>,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, Fault> {
        let limit = limit.min(LINES_MAX);
        let prefixes: Vec<String> = match before {
            None => vec![AUDIT.to_owned()],
            Some(before) => before.older().collect(),
        };
        let mut lines = Vec::new();
        for prefix in prefixes {
            if lines.len() == limit {
                break;
            }
            let records = self.store.records(&prefix, limit - lines.len()).await?;
            for (key, bytes) in records {
                lines.push(stored::decode(&key, &bytes)?);
            }
        }
        Ok(lines)
    }
}
