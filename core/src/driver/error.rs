//! Why a loop of the driver could not go on.

use chrono::{DateTime, Utc};

use crate::host::HostError;
use crate::provider::ProviderError;
use crate::store::StoreError;

/// A turn of the driver that failed. What it had committed stays; the turn comes again.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// The store failed: nothing can go on.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A host failed.
    #[error(transparent)]
    Host(#[from] HostError),
    /// A provider failed.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The provider refuses the access as such: a single run ends, since waiting does not mend that.
    #[error("the access does not work: {why}")]
    AccessRefused {
        /// What the provider said.
        why: String,
    },
    /// A single run ended while documents waited to be tried again.
    #[error("documents wait until {until} to be tried again, after: {why}")]
    LeftWaiting {
        /// Until when the first of them waits.
        until: DateTime<Utc>,
        /// The last failure.
        why: String,
    },
}

impl DriverError {
    /// The earliest time to try again, when a provider named one.
    #[must_use]
    pub fn retry_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Provider(error) => error.retry_at,
            Self::LeftWaiting { until, .. } => Some(*until),
            Self::Store(_) | Self::Host(_) | Self::AccessRefused { .. } => None,
        }
    }

    /// The error with its causes, in one line.
    #[must_use]
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}
