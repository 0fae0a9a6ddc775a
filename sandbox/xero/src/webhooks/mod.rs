//! Webhooks: which changes become events, how they are delivered, repeated and, on request, go wrong.

mod delivery;
mod event;
mod faults;
mod registry;
pub(crate) mod signature;
mod subscription;

pub use delivery::{SIGNATURE_HEADER, WebhookDelivery};
pub(crate) use event::gather;
pub use event::{Event, EventType};
pub use faults::WebhookFault;
pub use registry::{Registration, WebhookRefused, WebhookView, Webhooks};
pub use signature::signature;
pub use subscription::Standing;
