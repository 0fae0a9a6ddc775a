//! What Insightly's refusals mean.

use http::StatusCode;
use serde_json::Value;
use tieout_core::host::{HostError, HostErrorKind};
use tieout_host_web::{Fields, Reply, excerpt};

/// What a refusal says: `{"Name","Message"}`, or the beginning of anything else.
pub(crate) fn words(reply: &Reply) -> String {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    Fields::of(&body)
        .and_then(|fields| fields.text("Message").or_else(|| fields.text("Name")))
        .unwrap_or_else(|| excerpt(&reply.body))
}

/// The error of a reply that is no success.
pub(crate) fn refused(operation: &'static str, reply: &Reply) -> HostError {
    let kind = match reply.status {
        // A plural where a singular is wanted, or the reverse: an address that this version does not have.
        StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_FOUND => HostErrorKind::Misconfigured,
        _ => HostErrorKind::BadData,
    };
    let message = format!("answered {}: {}", reply.status, words(reply));
    HostError::new(kind, operation, message)
}

/// The error of a reply that cannot be read.
pub(crate) fn unreadable(operation: &'static str, what: impl std::fmt::Display) -> HostError {
    HostError::new(HostErrorKind::BadData, operation, what.to_string())
}
