//! What a call is for, which decides who goes first and how much of the day it may spend.

use serde::{Deserialize, Serialize};

/// What a call is for. Earlier ones go first.
///
/// Put it into a request's extensions; a request without one counts as [`Purpose::Documents`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Somebody clicked and waits.
    Operator,
    /// Today's documents.
    #[default]
    Documents,
    /// Payments and settlement of what was sent.
    Payments,
    /// Looking for changes.
    Polling,
    /// History.
    Backfill,
}

impl Purpose {
    /// All of them, those that go first at the front.
    pub const ALL: [Self; 5] = [
        Self::Operator,
        Self::Documents,
        Self::Payments,
        Self::Polling,
        Self::Backfill,
    ];

    /// The purpose that a request carries.
    #[must_use]
    pub fn of(extensions: &http::Extensions) -> Self {
        extensions.get().copied().unwrap_or_default()
    }

    /// The name in logs and reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Documents => "documents",
            Self::Payments => "payments",
            Self::Polling => "polling",
            Self::Backfill => "backfill",
        }
    }
}
