//! What identifies each thing: one type per kind of identifier, so that two kinds cannot be mixed up.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Longest identifier of a host or a provider, in bytes. Store keys are made of them.
pub(super) const ID_BYTES_MAX: usize = 64;

/// Why a text cannot be an identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text is empty.
    #[error("an identifier must not be empty")]
    Empty,
    /// The text is longer than store keys allow.
    #[error("an identifier has at most {ID_BYTES_MAX} bytes, this one has {0}")]
    TooLong(usize),
    /// The text holds a control character.
    #[error("an identifier must not hold control characters")]
    Control,
}

fn checked(text: String) -> Result<String, IdError> {
    match text.len() {
        0 => Err(IdError::Empty),
        length if length > ID_BYTES_MAX => Err(IdError::TooLong(length)),
        _ if text.chars().any(char::is_control) => Err(IdError::Control),
        _ => Ok(text),
    }
}

macro_rules! ids {
    ($( $(#[$doc:meta])* $name:ident; )+) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String")]
        pub struct $name(String);

        impl $name {
            /// The identifier of this text: 1 to 64 bytes, no control characters.
            pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
                checked(text.into()).map(Self)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+ };
}

ids! {
    /// A host system in the configuration, such as `case-manager`.
    HostId;
    /// A connection in the configuration, such as `acme-au`.
    ConnectionId;
    /// A document in its host: opaque, stable, unique within its kind.
    DocumentId;
    /// A line within its document: stable over edits.
    LineId;
    /// A company or a contact in its host.
    PartyId;
    /// A payment in its host: unique within its document.
    HostPaymentId;
    /// A document at the provider.
    ProviderDocumentId;
    /// A contact at the provider.
    ProviderContactId;
    /// A payment at the provider.
    ProviderPaymentId;
}

impl ConnectionId {
    /// Where documents stay that no route claims. No connection of the configuration has this name.
    #[must_use]
    pub fn unrouted() -> Self {
        Self("unrouted".to_owned())
    }
}

/// What a document is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// A sales invoice: accounts receivable.
    Invoice,
    /// A credit note to a customer.
    CreditNote,
    /// A supplier's bill: accounts payable.
    Bill,
    /// An order to a supplier.
    PurchaseOrder,
}

impl DocumentKind {
    /// The name used in keys, file names and commands.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::CreditNote => "credit_note",
            Self::Bill => "bill",
            Self::PurchaseOrder => "purchase_order",
        }
    }
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One document of one host.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct DocumentKey {
    /// The host that made it.
    pub host: HostId,
    /// What it is.
    pub kind: DocumentKind,
    /// Its identifier there.
    pub id: DocumentId,
}

impl fmt::Display for DocumentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.host, self.kind, self.id)
    }
}
