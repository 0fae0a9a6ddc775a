//! The words for where a binding stands, without what the state holds.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::State;

/// The name of a [`State`]: what output, filters and counts say of it. In the order of the life of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateName {
    /// [`State::Waiting`].
    Waiting,
    /// [`State::Held`].
    Held,
    /// [`State::Skipped`].
    Skipped,
    /// [`State::Ready`].
    Ready,
    /// [`State::InFlight`].
    InFlight,
    /// [`State::Unsure`].
    Unsure,
    /// [`State::Posted`].
    Posted,
    /// [`State::Rejected`].
    Rejected,
    /// [`State::Voided`].
    Voided,
    /// [`State::Removed`].
    Removed,
    /// [`State::Detached`].
    Detached,
}

impl StateName {
    /// Every name.
    pub const ALL: [Self; 11] = [
        Self::Waiting,
        Self::Held,
        Self::Skipped,
        Self::Ready,
        Self::InFlight,
        Self::Unsure,
        Self::Posted,
        Self::Rejected,
        Self::Voided,
        Self::Removed,
        Self::Detached,
    ];

    /// The word in output and in filters.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Held => "held",
            Self::Skipped => "skipped",
            Self::Ready => "ready",
            Self::InFlight => "in_flight",
            Self::Unsure => "unsure",
            Self::Posted => "posted",
            Self::Rejected => "rejected",
            Self::Voided => "voided",
            Self::Removed => "removed",
            Self::Detached => "detached",
        }
    }
}

impl State {
    /// Its name.
    #[must_use]
    pub fn named(&self) -> StateName {
        match self {
            Self::Waiting { .. } => StateName::Waiting,
            Self::Held { .. } => StateName::Held,
            Self::Skipped { .. } => StateName::Skipped,
            Self::Ready { .. } => StateName::Ready,
            Self::InFlight(_) => StateName::InFlight,
            Self::Unsure { .. } => StateName::Unsure,
            Self::Posted => StateName::Posted,
            Self::Rejected { .. } => StateName::Rejected,
            Self::Voided => StateName::Voided,
            Self::Removed { .. } => StateName::Removed,
            Self::Detached => StateName::Detached,
        }
    }
}

impl fmt::Display for StateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no state of a document")]
pub struct UnknownState(pub String);

impl FromStr for StateName {
    type Err = UnknownState;

    fn from_str(word: &str) -> Result<Self, UnknownState> {
        let named = Self::ALL.into_iter().find(|name| name.as_str() == word);
        named.ok_or_else(|| UnknownState(word.to_owned()))
    }
}
