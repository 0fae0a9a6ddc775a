//! The promises of the provider port, held against the sandbox and against recorded replies.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on stops"
)]

mod allocations;
mod browsing;
mod changes;
mod chart;
mod conformance;
mod contacts;
mod details;
mod errors;
mod extras;
mod fake;
mod finding;
mod invoices;
mod kinds;
mod look_ups;
mod openapi;
mod options;
mod outcomes;
mod postings;
mod real;
mod recorded;
mod sandboxed;
mod settlements;
