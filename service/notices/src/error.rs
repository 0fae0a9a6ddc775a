//! Why something about notices was not done, and what its caller then does.

use tieout_core::store::StoreError;
use tieout_core::vault::VaultError;

/// Why a group or an endpoint was not added, changed or removed. Nothing of it is kept then.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// What was given cannot be kept: mend it.
    #[error("{field}: {message}")]
    Bad {
        /// Which field.
        field: &'static str,
        /// What is wrong with it.
        message: String,
    },
    /// There is one of that name: choose another, or change that one.
    #[error("there is a {what} `{name}` already")]
    Taken {
        /// A group or a webhook.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// There is none of that name.
    #[error("there is no {what} `{name}`")]
    Unknown {
        /// A group, a webhook or an event.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// Secrets cannot be kept without the key that seals them.
    #[error("a webhook has a secret, and there is no key to seal it with: set `secrets.key`")]
    NoKey,
    /// A secret was not read or written.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a step was not made. It is made again from what is stored.
#[derive(Debug, thiserror::Error)]
pub enum NoticesError {
    /// The store failed.
    #[error("the store of notices failed")]
    Store(#[from] StoreError),
}

impl DeskError {
    /// What was given cannot be kept.
    pub(crate) fn bad(field: &'static str, message: impl Into<String>) -> Self {
        Self::Bad {
            field,
            message: message.into(),
        }
    }
}
