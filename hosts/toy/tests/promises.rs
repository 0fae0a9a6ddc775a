//! Toy keeps every promise of the port.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

tieout_conformance::host_promises!(support::stage);
