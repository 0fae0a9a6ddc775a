//! A strict, deterministic local Xero: what the demo, the tests, the benches and any integrator run against.

pub mod answer;
pub mod api;
mod arrange;
pub mod books;
pub mod browser;
mod control;
pub mod counters;
mod entry;
pub mod faults;
mod http_out;
pub mod idempotency;
pub mod identity;
pub mod limits;
pub mod options;
mod page;
pub mod people;
mod post;
pub mod rules;
pub mod sandbox;
pub mod serve;
pub mod switches;
mod sync;
pub mod webhooks;
pub mod wire;

pub use books::seed::{AUSTRALIA, BRITAIN, NEW_ZEALAND};
pub use entry::{Delivery, Ending, Reply};
pub use faults::{Fault, FaultRule};
pub use limits::{InFlight, Limits};
pub use options::{
    App, AppKind, CUSTOM_CLIENT_ID, CUSTOM_CLIENT_SECRET, Options, PKCE_CLIENT_ID, WEB_CLIENT_ID,
    WEB_CLIENT_SECRET,
};
pub use people::{People, Refused};
pub use sandbox::Sandbox;
pub use serve::{Clock, Running, ServeOptions, serve, serve_sandbox};
pub use switches::Switches;
pub use webhooks::{Registration, SIGNATURE_HEADER, WebhookDelivery, WebhookFault};
