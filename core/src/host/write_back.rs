//! What a host is told: postings, payments and settlements.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::{DocumentId, DocumentKind, Payment, ProviderPaymentId, Settlement};

/// A document of a host, by identifier and by the number that people use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DocumentRef {
    /// What it is.
    pub kind: DocumentKind,
    /// The host's identifier.
    pub id: DocumentId,
    /// The host's number.
    pub number: String,
}

/// One thing that a host must be told about one document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WriteBack {
    /// What became of the document at the provider.
    Posting {
        /// The document.
        document: DocumentRef,
        /// What became of it.
        notice: PostingNotice,
    },
    /// A payment that exists: create it, or replace the one with the same identifier.
    Payment {
        /// The document paid.
        document: DocumentRef,
        /// 1 for the first time, higher with each change.
        revision: u64,
        /// The payment.
        payment: Payment,
    },
    /// A payment that exists no more.
    PaymentRemoved {
        /// The document that it paid.
        document: DocumentRef,
        /// Higher than that of the payment.
        revision: u64,
        /// The payment as the host was last told of it.
        payment: Payment,
    },
    /// How far the document is settled, as a whole.
    Settlement {
        /// The document.
        document: DocumentRef,
        /// Its settlement.
        settlement: Settlement,
    },
}

impl WriteBack {
    /// The document that it is about.
    #[must_use]
    pub fn document(&self) -> &DocumentRef {
        match self {
            Self::Posting { document, .. }
            | Self::Payment { document, .. }
            | Self::PaymentRemoved { document, .. }
            | Self::Settlement { document, .. } => document,
        }
    }

    /// The payment that it is about, if it is about one.
    #[must_use]
    pub fn payment_id(&self) -> Option<&ProviderPaymentId> {
        match self {
            Self::Payment { payment, .. } | Self::PaymentRemoved { payment, .. } => {
                Some(&payment.id)
            }
            Self::Posting { .. } | Self::Settlement { .. } => None,
        }
    }
}

/// What became of a document, in the words of the host contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PostingState {
    /// The provider holds it.
    Posted,
    /// It is held back here, or the provider refused it. Not the last word: mended, it may become `posted`
    /// later without the host's doing anything.
    Rejected,
    /// It is out of the books.
    Voided,
    /// The host let it go, and the provider will not.
    DeleteFailed,
}

impl PostingState {
    /// The word of the host contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Posted => "posted",
            Self::Rejected => "rejected",
            Self::Voided => "voided",
            Self::DeleteFailed => "delete_failed",
        }
    }
}

/// What became of a document, with its identifiers at the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PostingNotice {
    /// What became of it.
    pub state: PostingState,
    /// The provider's identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ledger_id: Option<String>,
    /// The number at the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ledger_number: Option<String>,
    /// Why, when it was held back or refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Some write-backs on their way to a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The same for every repeat of this delivery, different for every other; fit for a file name.
    pub id: String,
    /// What to tell.
    pub items: Vec<WriteBack>,
}

/// A write-back that the host refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WriteBackRefusal {
    /// The host's code, such as `period_locked`.
    pub code: String,
    /// The host's words.
    pub message: String,
}
