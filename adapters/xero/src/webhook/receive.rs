//! How one delivery is answered: who did not sign it is turned away, all else is taken, whatever it says.

use serde::Deserialize;
use serde_json::Value;

use super::event::{Event, EventIn};
use super::key::WebhookKeys;

/// The header that carries the signature.
pub const SIGNATURE_HEADER: &str = "x-xero-signature";
/// Bytes of a body. A server should stop reading here; Xero's deliveries are far smaller.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// Events of one delivery that are read; of more, the rest counts as unread.
const EVENTS_MAX: usize = 10_000;

/// A delivery that Xero made. Store it, then answer 200 with an empty body and no cookies within five seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// What changed, in the order in which it came.
    pub events: Vec<Event>,
    /// Events that cannot be understood: something changed, so the next poll should not wait.
    pub unread: usize,
    /// The sequence numbers of the first and of the last event. They count per subscription; what a gap means
    /// is not documented.
    pub sequence: Option<(u64, u64)>,
}

impl Received {
    /// Whether it only asks whether we check signatures.
    #[must_use]
    pub fn is_intent_to_receive(&self) -> bool {
        self.events.is_empty() && self.unread == 0
    }
}

/// Why a delivery is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It carries no signature.
    #[error("the delivery carries no signature")]
    Unsigned,
    /// It is not signed by any of our keys.
    #[error("the delivery is signed by none of our keys")]
    WronglySigned,
    /// It is larger than any delivery of Xero's.
    #[error("the delivery has more than {BODY_BYTES_MAX} bytes")]
    TooLarge,
}

impl Refusal {
    /// The status to answer with. Xero's trial deliveries want 401 for a wrong signature; 400 fails them.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Unsigned | Self::WronglySigned => 401,
            Self::TooLarge => 413,
        }
    }
}

/// Checks and reads one delivery: its raw body as it came, never parsed and written again.
///
/// A signed body that cannot be understood is taken all the same. Any other answer than 2xx makes Xero repeat
/// it for a day and then end the deliveries for every organisation of the app.
///
/// # Errors
///
/// When it is not Xero's. A repeat gives the same answer.
pub fn receive(
    keys: &WebhookKeys,
    signature: Option<&[u8]>,
    body: &[u8],
) -> Result<Received, Refusal> {
    if body.len() > BODY_BYTES_MAX {
        return Err(Refusal::TooLarge);
    }
    let signature = signature.ok_or(Refusal::Unsigned)?;
    if !keys.have_signed(body, signature) {
        return Err(Refusal::WronglySigned);
    }
    Ok(read(body))
}

fn read(body: &[u8]) -> Received {
    let unreadable = Received {
        unread: 1,
        ..Received::default()
    };
    let Ok(Value::Object(mut fields)) = serde_json::from_slice(body) else {
        return unreadable;
    };
    let number = |value: Option<&Value>| value.and_then(Value::as_u64);
    let sequence = number(fields.get("firstEventSequence"))
        .zip(number(fields.get("lastEventSequence")))
        .filter(|(_, last)| *last > 0);
    let items = match fields.remove("events") {
        Some(Value::Array(items)) => items,
        Some(Value::Null) | None => Vec::new(),
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
            return unreadable;
        }
    };
    let mut received = Received {
        unread: items.len().saturating_sub(EVENTS_MAX),
        sequence,
        ..Received::default()
    };
    for item in items.into_iter().take(EVENTS_MAX) {
        match EventIn::deserialize(item).ok().and_then(EventIn::read) {
            Some(event) => received.events.push(event),
            None => received.unread += 1,
        }
    }
    received
}
