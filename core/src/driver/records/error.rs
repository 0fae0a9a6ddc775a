//! Why something beside a record was not done.

use crate::driver::DriverError;
use crate::host::HostError;
use crate::panel::{DraftRefusal, TooLarge};
use crate::provider::ProviderError;
use crate::store::StoreError;

/// Something beside a record that was not done.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The store, the host or the provider failed.
    #[error(transparent)]
    Failed(#[from] DriverError),
    /// It is not possible as things stand; nothing was changed.
    #[error("{why}")]
    Denied {
        /// Why.
        why: String,
        /// What to do, as a sentence.
        advice: String,
    },
}

impl RecordError {
    pub(super) fn denied(why: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::Denied {
            why: why.into(),
            advice: advice.into(),
        }
    }
}

impl From<StoreError> for RecordError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<HostError> for RecordError {
    fn from(error: HostError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<ProviderError> for RecordError {
    fn from(error: ProviderError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<TooLarge> for RecordError {
    fn from(error: TooLarge) -> Self {
        let advice =
            "Look for the document with an amount like that at the provider, and correct it.";
        Self::denied(error.to_string(), advice)
    }
}

impl From<DraftRefusal> for RecordError {
    fn from(refusal: DraftRefusal) -> Self {
        let advice = match &refusal {
            DraftRefusal::Lost => "Win it back in the product first.",
            DraftRefusal::NoLines => "Write them: `--line \"DESCRIPTION; QUANTITY; PRICE\"`.",
            DraftRefusal::Currencies(..) => {
                "Correct the lines in the product, or write them: `--line \"DESCRIPTION; QUANTITY; PRICE\"`."
            }
            DraftRefusal::Arithmetic { .. } | DraftRefusal::TooLarge(_) => {
                "Correct the line in the product."
            }
            DraftRefusal::SumTooLarge => "Correct the lines in the product, or split them.",
            DraftRefusal::Identifier(_) => "Such a record cannot be drafted from.",
        };
        Self::denied(refusal.to_string(), advice)
    }
}
