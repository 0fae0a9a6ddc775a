//! How a provider's budget asks to be spent: how long to wait so that it lasts.

use std::time::Duration;

/// Pauses that make the present budget last. Zero where there is plenty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// The shortest pause between two looks for changes.
    pub look: Duration,
    /// How long documents gather after others have left, so that one request carries many.
    pub gather: Duration,
}
