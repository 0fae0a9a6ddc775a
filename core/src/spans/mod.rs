//! Which pieces of work can be followed from outside as spans, and what is told of each.
//!
//! Spans are made with `tracing` under [`TARGET`]; whoever puts the program together decides whether anybody listens.
//! Where nobody does, a span costs one look at a number. Names and attributes are a promise: `docs/telemetry.md` lists
//! them. Nothing that a person or a product wrote is among them except the identifier of a document.

mod calls;
mod steps;
mod words;

pub use calls::{Fact, Spanned, answered, call, limited, masked};
pub use steps::{TARGET, run, wait_for_budget};

pub(crate) use steps::{
    collecting, followed, handing_over, host_call, piece, planning, seen_through, taking, told,
};
