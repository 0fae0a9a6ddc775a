//! What can go wrong between the engine and a provider, by what the engine does about it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::open_enum;

/// What the caller does about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The request was certainly not processed: send it again later. Also a read whose reply is not the provider's at
    /// all, such as a page that a proxy shows: it says nothing of what was asked for.
    NotProcessed,
    /// The request may have been processed: look before sending again.
    Unsure,
    /// The budget is spent, or the provider asked for a pause: wait until `retry_at`.
    Throttled,
    /// The grant does not work any more: somebody must connect again.
    Unauthorised,
    /// The grant works but may not do this: a scope, a role or a subscription is missing.
    Forbidden,
    /// The whole request was refused; sending it again changes nothing.
    Refused,
    /// The provider's reply cannot be understood. Where one document was read, it is taken for one that cannot be read.
    BadReply,
}

/// A request that failed as a whole.
#[derive(Debug, thiserror::Error)]
#[error("{operation}: {message}")]
pub struct ProviderError {
    /// What to do about it.
    pub kind: ErrorKind,
    /// What was being done, such as `create invoices`.
    pub operation: &'static str,
    /// What the provider or the network said.
    pub message: String,
    /// The earliest time to try again, when the provider named one.
    pub retry_at: Option<DateTime<Utc>>,
    /// Whether it stays so until a person does something, such as after a grant was taken back: no later try mends it.
    pub is_lasting: bool,
    /// Whether our own side held the request back, so that it arrived nowhere. What a provider turned away may be the
    /// copy of a request that it took: anything on the way may hand a request over again.
    pub was_held_back: bool,
    /// The cause.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl ProviderError {
    /// An error of a kind in an operation.
    #[must_use]
    pub fn new(kind: ErrorKind, operation: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind,
            operation,
            message: message.into(),
            retry_at: None,
            is_lasting: false,
            was_held_back: false,
            source: None,
        }
    }

    /// The same with the earliest time to try again.
    #[must_use]
    pub fn retry_at(mut self, at: Option<DateTime<Utc>>) -> Self {
        self.retry_at = at;
        self
    }

    /// The same as one that lasts until a person does something.
    #[must_use]
    pub fn lasting(mut self) -> Self {
        self.is_lasting = true;
        self
    }

    /// The same as one that never left.
    #[must_use]
    pub fn held_back(mut self) -> Self {
        self.was_held_back = true;
        self
    }

    /// The same with its cause.
    #[must_use]
    pub fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }
}

open_enum! {
    /// Why a provider refused one document of a request.
    pub enum RejectionKind {
        /// Its number is in use.
        DuplicateNumber = "duplicate_number",
        /// Its contact is archived.
        ContactArchived = "contact_archived",
        /// Its contact does not exist.
        ContactInvalid = "contact_invalid",
        /// An account does not exist, is archived, or may not be used.
        AccountInvalid = "account_invalid",
        /// A tax type does not exist or does not fit its account.
        TaxInvalid = "tax_invalid",
        /// A tracking category or option does not exist.
        TrackingInvalid = "tracking_invalid",
        /// An item does not exist.
        ItemInvalid = "item_invalid",
        /// The currency is not enabled.
        CurrencyNotEnabled = "currency_not_enabled",
        /// The date lies in a locked period.
        PeriodLocked = "period_locked",
        /// The document's status or its payments do not allow the change.
        NotEditable = "not_editable",
        /// The document is gone.
        NotFound = "not_found",
        /// Sums do not agree.
        Arithmetic = "arithmetic",
        /// The organisation's plan does not allow more.
        PlanLimit = "plan_limit",
        /// The user's role does not allow it.
        Permission = "permission",
        /// Any other validation.
        Validation = "validation",
    }
}

impl RejectionKind {
    /// Whether our copy of the reference data may be stale: reading it again can mend the refusal.
    #[must_use]
    pub fn suggests_stale_chart(&self) -> bool {
        match self {
            Self::AccountInvalid
            | Self::TaxInvalid
            | Self::TrackingInvalid
            | Self::ItemInvalid
            | Self::CurrencyNotEnabled
            | Self::PeriodLocked => true,
            Self::DuplicateNumber
            | Self::ContactArchived
            | Self::ContactInvalid
            | Self::NotEditable
            | Self::NotFound
            | Self::Arithmetic
            | Self::PlanLimit
            | Self::Permission
            | Self::Validation
            | Self::Other(_) => false,
        }
    }

    /// Whether our memory of the contact may be stale.
    #[must_use]
    pub fn suggests_stale_contact(&self) -> bool {
        matches!(self, Self::ContactArchived | Self::ContactInvalid)
    }
}

/// A document that the provider refused, with the provider's own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// Why.
    pub kind: RejectionKind,
    /// Every message, as the provider wrote it.
    pub messages: Vec<String>,
    /// What a person should do, as a sentence, where the adapter knows better than the kind tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}
