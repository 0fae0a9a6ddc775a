//! What a server does with a webhook of Xero: check who sent it, answer at once, and read what to look at. Pure.

mod event;
mod key;
mod receive;

pub use event::{Category, Event, EventType, TenantKind, coalesced};
pub use key::{KeyError, WebhookKeys};
pub use receive::{BODY_BYTES_MAX, Received, Refusal, SIGNATURE_HEADER, receive};
