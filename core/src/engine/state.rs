//! Where a binding stands.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{ContentHash, FlightId};
use crate::check::Finding;
use crate::document::{ConnectionId, DocumentId};

/// What the host wants of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// It is still being written.
    Draft,
    /// The provider shall hold it.
    Live,
    /// It was voided, reversed or deleted: the provider shall not hold it.
    Gone,
    /// The host gave it a status that has no meaning here.
    Unknown,
}

/// What is to be done at the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Make the document.
    Create,
    /// Make it equal to the host's.
    Update,
    /// Take it out of the books.
    Void,
}

impl Op {
    /// The word in output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Void => "void",
        }
    }
}

/// Why a document is deliberately not sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// It is a draft in the host.
    Draft,
    /// It is dated before the first day of the synchronisation.
    BeforeSyncFrom(NaiveDate),
    /// Its kind is not sent under the connection's method.
    KindNotSent,
    /// It goes to another connection by now.
    RoutedTo(ConnectionId),
    /// A person decided so.
    ByOperator {
        /// Who.
        by: String,
        /// Why, in the person's words.
        because: Option<String>,
    },
    /// A person took it out of the books again after it was sent.
    Undone {
        /// Who.
        by: String,
        /// Why, in the person's words.
        because: Option<String>,
    },
    /// It waits for the end of its period, to travel inside a summary.
    Gathers {
        /// The summary of its contact, currency and period.
        into: DocumentId,
        /// The period, such as `2026-W47`.
        period: String,
        /// When the period closes.
        leaves_at: DateTime<Utc>,
    },
    /// It travels inside a summary.
    InSummary {
        /// The number of the summary.
        number: String,
    },
}

/// One departure of a request that holds the document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Departure {
    /// What was asked.
    pub op: Op,
    /// In which flight.
    pub flight: FlightId,
    /// The host's content that it carries. When the host changes it meanwhile, the outcome is followed
    /// by a new plan.
    pub content: ContentHash,
    /// Attempts before this one in a row.
    pub attempts: u32,
    /// When the provider had last changed its document, as it was known then; none of a create, and of what older
    /// versions stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_as_of: Option<DateTime<Utc>>,
    /// Whether another document gave up the number of this create since it left: a refusal for the number may be out of date.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub number_freed: bool,
}

/// Why it is not known whether the provider holds a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// The reply to the request is lost, late or unclear.
    ReplyLost,
    /// The provider says that the number is in use: perhaps by this very document.
    NumberInUse,
}

/// Where a binding stands. Each variant says by itself what happens next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Not planned yet, or again: the host or the settings changed, or a plan needs something first.
    Waiting {
        /// Not before this time, after a failed attempt.
        not_before: Option<DateTime<Utc>>,
        /// Failed attempts in a row.
        attempts: u32,
    },
    /// Must not be sent as it is.
    Held {
        /// Why; never empty.
        findings: Vec<Finding>,
    },
    /// Deliberately not sent.
    Skipped {
        /// Why.
        reason: SkipReason,
    },
    /// To be sent.
    Ready {
        /// What to do.
        op: Op,
        /// Not before this time, after a failed attempt.
        not_before: Option<DateTime<Utc>>,
        /// Failed attempts in a row.
        attempts: u32,
    },
    /// In a request that is stored and may be in the air.
    InFlight(Departure),
    /// The request may have landed: its reply is lost, late or unclear.
    Unsure {
        /// The departure in doubt.
        departure: Departure,
        /// Why.
        doubt: Doubt,
        /// Not before this time, after a failed attempt to find out.
        not_before: Option<DateTime<Utc>>,
        /// Failed attempts in a row.
        attempts: u32,
    },
    /// The provider holds what the host wants.
    Posted,
    /// The provider refused it.
    Rejected {
        /// Why.
        finding: Finding,
    },
    /// Out of the books at both sides.
    Voided,
    /// Somebody removed it at the provider.
    Removed {
        /// What to know.
        finding: Finding,
    },
    /// An operator took it out of the synchronisation.
    Detached,
}

impl State {
    /// The word in output and in filters.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.named().as_str()
    }

    /// What a person should know, if anything.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::Held { findings } => findings,
            Self::Rejected { finding } | Self::Removed { finding } => std::slice::from_ref(finding),
            Self::Waiting { .. }
            | Self::Skipped { .. }
            | Self::Ready { .. }
            | Self::InFlight(_)
            | Self::Unsure { .. }
            | Self::Posted
            | Self::Voided
            | Self::Detached => &[],
        }
    }

    /// To be planned at once.
    #[must_use]
    pub fn waiting() -> Self {
        Self::Waiting {
            not_before: None,
            attempts: 0,
        }
    }

    /// To be sent at once.
    #[must_use]
    pub fn ready(op: Op) -> Self {
        Self::Ready {
            op,
            not_before: None,
            attempts: 0,
        }
    }
}
