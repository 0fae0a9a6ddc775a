//! Who did something, as the audit and the journal name them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Email, KeyId, PersonId};

/// Somebody who acts, as they were called when they acted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A person with a session.
    Person {
        /// Who.
        id: PersonId,
        /// The address at that time.
        email: Email,
    },
    /// A program with a key.
    Key {
        /// Which.
        id: KeyId,
        /// Its name at that time.
        name: String,
    },
    /// A user of a product, through its panel.
    HostUser {
        /// The product.
        host: String,
        /// Its identifier of the user.
        user: String,
        /// What the user is called there.
        name: String,
    },
    /// Somebody at the machine itself.
    CommandLine {
        /// The system's name of the user.
        user: String,
    },
    /// The identity provider, by the rules of the configuration.
    Provider {
        /// Its issuer.
        issuer: String,
    },
}

impl Actor {
    /// The user of the machine.
    #[must_use]
    pub fn command_line(user: impl Into<String>) -> Self {
        Self::CommandLine { user: user.into() }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person { email, .. } => write!(f, "{email}"),
            Self::Key { name, .. } => write!(f, "the key {name}"),
            Self::HostUser { host, name, .. } => write!(f, "{name} at {host}"),
            Self::CommandLine { user } => write!(f, "{user} on the command line"),
            Self::Provider { issuer } => write!(f, "the sign-in at {issuer}"),
        }
    }
}
