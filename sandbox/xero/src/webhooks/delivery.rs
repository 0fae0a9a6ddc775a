//! What is posted: the body with its irregular spaces, and the signature over exactly these bytes.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::books::ids::IdSource;

use super::signature::signature;

/// Name of the header that carries the signature.
pub const SIGNATURE_HEADER: &str = "x-xero-signature";

/// A delivery to be posted now. Tell [`crate::Sandbox::webhook_answered`] what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookDelivery {
    /// Names this delivery in the answer.
    pub id: u64,
    /// Client id of the app whose webhook it is.
    pub client_id: String,
    /// Where to.
    pub url: String,
    /// The bytes.
    pub body: Bytes,
    /// Value of [`SIGNATURE_HEADER`].
    pub signature: String,
    /// How often it was posted before.
    pub attempt: u32,
}

/// What is posted, before it is known how often.
#[derive(Debug, Clone)]
pub(super) struct Parcel {
    pub(super) body: Bytes,
    pub(super) signature: String,
    /// Whether the receiver is right to refuse it.
    pub(super) is_wrongly_signed: bool,
    /// Whether it is posted once more after it arrived.
    pub(super) again: bool,
    pub(super) attempts: u32,
    pub(super) due: DateTime<Utc>,
    pub(super) first_failure: Option<DateTime<Utc>>,
    /// When its oldest event is no longer kept.
    pub(super) kept_until: Option<DateTime<Utc>>,
}

/// Whether the signature of a parcel fits its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seal {
    Right,
    Wrong,
}

impl Parcel {
    pub(super) fn new(
        key: &str,
        seal: Seal,
        events: &[Value],
        (first, last): (u64, u64),
        entropy: &mut IdSource,
        now: DateTime<Utc>,
    ) -> Self {
        // Receivers that parse and write the body anew get another one: Xero's has spaces where ours has none.
        let events = Value::Array(events.to_vec());
        let body = format!(
            "{{\"events\":{events},\"firstEventSequence\": {first},\"lastEventSequence\": {last}, \"entropy\": \"{}\"}}",
            letters(&entropy.next_token())
        );
        let right = signature(key, body.as_bytes());
        Self {
            signature: match seal {
                Seal::Right => right,
                Seal::Wrong => spoilt(&right),
            },
            body: body.into(),
            is_wrongly_signed: seal == Seal::Wrong,
            again: false,
            attempts: 0,
            due: now,
            first_failure: None,
            kept_until: None,
        }
    }

    /// Begins anew now, signed rightly with this key: somebody registered again.
    pub(super) fn renew(&mut self, key: &str, now: DateTime<Utc>) {
        self.signature = signature(key, &self.body);
        self.is_wrongly_signed = false;
        self.attempts = 0;
        self.first_failure = None;
        self.due = now;
    }
}

/// The signature with one character changed.
pub(super) fn spoilt(signature: &str) -> String {
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    let rest = signature.get(1..).unwrap_or_default();
    format!("{first}{rest}")
}

/// Twenty capital letters.
fn letters(token: &str) -> String {
    token
        .bytes()
        .take(20)
        .map(|byte| char::from(b'A' + byte % 26))
        .collect()
}
