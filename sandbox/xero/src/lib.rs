//! A strict, deterministic local Xero: what the demo, the tests, the benches and any integrator run against.

pub mod answer;
pub mod api;
pub mod books;
mod control;
pub mod counters;
pub mod faults;
pub mod idempotency;
pub mod identity;
pub mod limits;
pub mod options;
mod page;
pub mod people;
pub mod rules;
pub mod sandbox;
pub mod serve;
pub mod switches;
mod sync;
pub mod wire;

pub use books::seed::{AUSTRALIA, BRITAIN, NEW_ZEALAND};
pub use faults::{Fault, FaultRule};
pub use limits::{InFlight, Limits};
pub use options::{
    App, AppKind, CUSTOM_CLIENT_ID, CUSTOM_CLIENT_SECRET, Options, PKCE_CLIENT_ID, WEB_CLIENT_ID,
    WEB_CLIENT_SECRET,
};
pub use people::{People, Refused};
pub use sandbox::{Delivery, Ending, Reply, Sandbox};
pub use serve::{Clock, Running, ServeOptions, serve, serve_sandbox};
pub use switches::Switches;
