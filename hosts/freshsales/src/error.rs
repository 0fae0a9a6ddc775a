//! What Freshsales' refusals mean.

use http::StatusCode;
use serde_json::Value;
use tieout_core::host::{HostError, HostErrorKind};
use tieout_host_web::{Fields, Reply, excerpt};

/// What a refusal says: `{"errors":{"message":[…]}}`, or the beginning of anything else.
pub(crate) fn words(reply: &Reply) -> String {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let messages = &body["errors"]["message"];
    if let Some(many) = messages.as_array() {
        let many: Vec<&str> = many.iter().filter_map(Value::as_str).collect();
        return many.join("; ");
    }
    let plain = Fields::of(&body).and_then(|fields| fields.text("message"));
    plain.unwrap_or_else(|| excerpt(&reply.body))
}

/// The error of a reply that is no success.
pub(crate) fn refused(operation: &'static str, reply: &Reply) -> HostError {
    let kind = match reply.status {
        StatusCode::NOT_FOUND => HostErrorKind::Misconfigured,
        _ => HostErrorKind::BadData,
    };
    let message = format!("answered {}: {}", reply.status, words(reply));
    HostError::new(kind, operation, message)
}

/// The error of a reply that cannot be read.
pub(crate) fn unreadable(operation: &'static str, what: impl std::fmt::Display) -> HostError {
    HostError::new(HostErrorKind::BadData, operation, what.to_string())
}
