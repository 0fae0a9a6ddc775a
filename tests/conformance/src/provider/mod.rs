//! What every accounting provider promises. Each function takes a stage and panics when the promise is broken.
//!
//! ```text
//! fn make() -> Arc<dyn Stage> { ... }
//! tieout_conformance::provider_promises!(crate::conformance::make);
//! ```
//! makes a test of each, named after it, for each kind of document that the provider may hold. What a promise
//! asks for (kinds, batch, look-up, lengths, unique numbers) is read from the provider's capability.

#![allow(clippy::panic, reason = "a promise that is broken ends its test")]

pub mod acts;
pub mod chart;
pub mod contacts;
pub mod doubt;
pub mod looking;
pub mod money;
mod promises;
pub mod sending;
mod stage;
pub mod telling;

pub use crate::host::Can;
pub use promises::{Kept, Needs, Promise, Scope, keep_all, promises, tell_where, unwritten};
pub use stage::{Act, At, Backstage, Stage, Trouble};
