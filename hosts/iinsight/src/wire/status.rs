//! The three states of which iinsight lists one at a time.

use serde::{Deserialize, Serialize};
use tieout_core::document::InvoiceStatus;

/// The state of the invoices of a list; a payment is active or voided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Active,
    Voided,
    Reversed,
}

impl Status {
    /// The word in the query.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Voided => "voided",
            Self::Reversed => "reversed",
        }
    }

    /// The next list, `None` behind the last: an invoice that moves on while they are read is met in its later state.
    pub(crate) fn next(self) -> Option<Self> {
        match self {
            Self::Active => Some(Self::Voided),
            Self::Voided => Some(Self::Reversed),
            Self::Reversed => None,
        }
    }

    /// What it means for the document.
    pub(crate) fn of_document(self) -> InvoiceStatus {
        match self {
            Self::Active => InvoiceStatus::Final,
            Self::Voided => InvoiceStatus::Voided,
            Self::Reversed => InvoiceStatus::Reversed,
        }
    }
}
