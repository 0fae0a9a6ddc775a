//! How a spent budget is told to the caller: as an error before the call, or as a note on a refused reply.

use chrono::{DateTime, Utc};
use tieout_core::transport::TransportError;

use super::{Limit, Purpose};

/// A call that was not made, because its turn would come too late. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the limit of {} is reached for {}: the next call can leave at {retry_at}", limit.words(), purpose.as_str())]
pub struct LimitReached {
    /// The budget that is spent.
    pub limit: Limit,
    /// What the call was for.
    pub purpose: Purpose,
    /// When to come back.
    pub retry_at: DateTime<Utc>,
}

impl LimitReached {
    /// The spent budget behind a transport's error, if that is the cause.
    #[must_use]
    pub fn of(error: &TransportError) -> Option<&Self> {
        match error {
            TransportError::NotSent(source) => source.downcast_ref(),
            TransportError::ReplyLost(_) | TransportError::ReplyTooLarge { .. } => None,
        }
    }
}

/// A note in the extensions of a 429 reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttle {
    /// The budget that Xero says is spent.
    pub limit: Limit,
    /// When to come back.
    pub retry_at: DateTime<Utc>,
}
