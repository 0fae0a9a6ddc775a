//! Traces for OpenTelemetry: which commands make them, where they go, and that nothing but they can be lost.

mod asked;
mod command;
mod wanted;

#[cfg(feature = "otel")]
mod client;
#[cfg(feature = "otel")]
mod export;
#[cfg(feature = "otel")]
mod ledger;
#[cfg(not(feature = "otel"))]
mod without;

pub(crate) use asked::asked;
pub(crate) use command::{Follow, follow, tell_run, under_its_name};
#[cfg(feature = "otel")]
pub(crate) use export::{Telemetry, continues, place_at_hand, reach};
pub(crate) use wanted::{KEY, Wanted, is_plain, wanted};
#[cfg(not(feature = "otel"))]
pub(crate) use without::{Telemetry, continues, place_at_hand, reach};
