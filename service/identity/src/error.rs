//! Why something was not done: refused to whoever asked, or failed for a fault of ours.

use chrono::{DateTime, Utc};
use tieout_core::store::StoreError;
use tieout_core::vault::VaultError;

use crate::{Email, Scope};

/// Something that was not done. Nothing of it is stored.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It may not be, and whoever asked is told why.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It may be, and could not be done.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Fault(error.into())
    }
}

impl Error {
    /// The refusal, if it is one.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Fault(_) => None,
        }
    }
}

/// A fault of the store or of the machine. Whoever asked is told no more than that.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The store failed.
    #[error("the store of people and keys failed")]
    Store(#[from] StoreError),
    /// A secret could not be sealed or opened.
    #[error("a secret could not be kept")]
    Vault(#[from] VaultError),
    /// A record cannot be read back.
    #[error("the record {record} cannot be read: {why}")]
    Damaged {
        /// Its name.
        record: String,
        /// Why.
        why: String,
    },
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    Random,
}

/// Why somebody was turned away. The texts hold nothing that a stranger may not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The link was never made, was replaced by a newer one, or is gone for long.
    #[error("this sign-in link is not valid")]
    LinkUnknown,
    /// It was followed before.
    #[error("this sign-in link was used already")]
    LinkUsed,
    /// It is too old.
    #[error("this sign-in link has expired")]
    LinkExpired,
    /// The person may not sign in any more.
    #[error("this person may not sign in any more")]
    PersonDisabled,
    /// There is no such session, or it was ended.
    #[error("not signed in")]
    SessionUnknown,
    /// It was not used for too long, or is too old.
    #[error("the session has expired")]
    SessionExpired,
    /// A form was not made for this session.
    #[error("this form was made for another session")]
    FormForeign,
    /// What was given is no key: it was cut short, or mistyped.
    #[error("this is no API key of tieout: it is cut short or mistyped")]
    KeyMalformed,
    /// There is no such key.
    #[error("this API key is not known here")]
    KeyUnknown,
    /// It was revoked.
    #[error("this API key was revoked")]
    KeyRevoked,
    /// It is too old.
    #[error("this API key expired at {0}")]
    KeyExpired(DateTime<Utc>),
    /// Known, but not allowed to.
    #[error("this needs the right `{needs}`")]
    NotAllowed {
        /// What it needs.
        needs: Scope,
    },
    /// Somebody has the address already.
    #[error("{0} is a person here already")]
    EmailTaken(Email),
    /// There is no such person.
    #[error("there is no such person")]
    PersonUnknown,
    /// Nobody could decide about people afterwards.
    #[error("{0} is the only admin who may sign in")]
    LastAdmin(Email),
    /// A name is missing, too long or not printable.
    #[error("a name has 1 to 100 printable characters")]
    NameUnfit,
    /// Another key in use has this name.
    #[error("a key named {0} is in use")]
    KeyNameTaken(String),
    /// There is no key of this name or identifier.
    #[error("there is no such key")]
    KeyMissing,
    /// A key that opens nothing.
    #[error("a key needs at least one scope")]
    NoScopes,
    /// It would expire before it can be used.
    #[error("the key would expire in the past")]
    ExpiryPast,
    /// More than anybody needs.
    #[error("there are {limit} already, and no more are kept")]
    TooMany {
        /// The limit.
        limit: usize,
    },
}

/// What a refusal comes to for whoever asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Sign in first, or again: HTTP 401.
    SignIn,
    /// Not for you: HTTP 403.
    Forbidden,
    /// There is no such thing: HTTP 404.
    Missing,
    /// It does not go with what there is: HTTP 409.
    Conflict,
    /// It makes no sense as it was given: HTTP 422.
    Malformed,
}

impl Refusal {
    /// What it comes to.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::LinkUnknown
            | Self::LinkUsed
            | Self::LinkExpired
            | Self::SessionUnknown
            | Self::SessionExpired
            | Self::KeyMalformed
            | Self::KeyUnknown
            | Self::KeyRevoked
            | Self::KeyExpired(_) => Kind::SignIn,
            Self::PersonDisabled | Self::FormForeign | Self::NotAllowed { .. } => Kind::Forbidden,
            Self::PersonUnknown | Self::KeyMissing => Kind::Missing,
            Self::EmailTaken(_)
            | Self::LastAdmin(_)
            | Self::KeyNameTaken(_)
            | Self::TooMany { .. } => Kind::Conflict,
            Self::NameUnfit | Self::NoScopes | Self::ExpiryPast => Kind::Malformed,
        }
    }

    /// What helps, as a sentence.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::LinkUnknown | Self::LinkUsed | Self::LinkExpired => {
                "Ask an administrator for a new link: `tieout person link EMAIL` makes one."
            }
            Self::PersonDisabled => "Ask an administrator to let you in again.",
            Self::SessionUnknown | Self::SessionExpired => "Sign in.",
            Self::FormForeign => "Open the page again and repeat what you did.",
            Self::KeyMalformed => "Copy the whole key, from `tieout_` to its last character.",
            Self::KeyUnknown | Self::KeyRevoked | Self::KeyExpired(_) => {
                "Ask an administrator for a new key: `tieout key add NAME` makes one."
            }
            Self::NotAllowed { .. } => "Ask an administrator for a role or a key that has it.",
            Self::EmailTaken(_) => "Change that person, or write another address.",
            Self::PersonUnknown => "`tieout person list` names those that there are.",
            Self::LastAdmin(_) => "Make somebody else an admin first.",
            Self::NameUnfit => "Write a shorter name, without control characters.",
            Self::KeyNameTaken(_) => "Choose another name, or revoke that key first.",
            Self::KeyMissing => "`tieout key list` names those that there are.",
            Self::NoScopes => "Give it read, operate, admin or panel.",
            Self::ExpiryPast => "Give a moment in the future, or none.",
            Self::TooMany { .. } => "Remove some that nobody uses.",
        }
    }
}
