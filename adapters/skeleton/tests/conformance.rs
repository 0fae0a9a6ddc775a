//! Skeleton keeps every promise of the port.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support;

tieout_conformance::provider_promises_unwritten!(crate::support::stage);
