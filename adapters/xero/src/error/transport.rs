//! What a request without a reply means: our own budget, our own sign-in, or the network.

use tieout_core::provider::{ErrorKind, ProviderError};
use tieout_core::transport::TransportError;

use super::Effect;
use crate::auth::AuthError;
use crate::limit::LimitReached;

/// The error of a request that got no whole reply.
pub(crate) fn lost(
    operation: &'static str,
    effect: Effect,
    error: TransportError,
) -> ProviderError {
    if let Some(reached) = LimitReached::of(&error) {
        let retry_at = reached.retry_at;
        return ProviderError::new(
            ErrorKind::Throttled,
            operation,
            "the budget of calls is spent",
        )
        .retry_at(Some(retry_at))
        .held_back()
        .caused_by(error);
    }
    if let Some(refused) = AuthError::of(&error) {
        return refused.provider_error(operation);
    }
    let kind = match (&error, effect) {
        (TransportError::NotSent(_), Effect::Read | Effect::Write) => ErrorKind::NotProcessed,
        (TransportError::ReplyLost(_), Effect::Read) => ErrorKind::NotProcessed,
        (TransportError::ReplyTooLarge { .. }, Effect::Read) => ErrorKind::BadReply,
        (TransportError::ReplyLost(_) | TransportError::ReplyTooLarge { .. }, Effect::Write) => {
            ErrorKind::Unsure
        }
    };
    ProviderError::new(kind, operation, "no whole reply").caused_by(error)
}
