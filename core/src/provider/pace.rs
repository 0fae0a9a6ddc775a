//! How a provider's budget asks to be spent: how long to wait so that it lasts.

use std::sync::Arc;
use std::time::Duration;

use super::{AccountingProvider, Toll, Work};
use crate::document::DocumentKind;

/// Pauses that make the present budget last. Zero where there is plenty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// The shortest pause between two looks for changes.
    pub look: Duration,
    /// How long documents gather after others have left, so that one request carries many.
    pub gather: Duration,
}

/// A budget of calls, as the driver sees it.
pub trait Pacing: Send + Sync {
    /// The same provider for old documents: its calls leave what is kept of the budget to today's work, and are
    /// refused with [`super::ErrorKind::Throttled`] where that would be touched.
    fn patient(&self) -> Arc<dyn AccountingProvider>;

    /// How the present budget asks to be spent, for looks at changes of these kinds.
    fn pace(&self, kinds: &[DocumentKind]) -> Pace;

    /// What work costs before it is done; one call for each question, unless the provider says otherwise. Pure.
    fn toll(&self, work: &Work<'_>) -> Toll {
        match work {
            Work::Document(_) => Toll::default(),
            Work::Chart
            | Work::MissingContacts(_)
            | Work::Option
            | Work::Request
            | Work::Read(..)
            | Work::Payment
            | Work::TakeBack
            | Work::File
            | Work::Note => Toll::of(1),
        }
    }
}
