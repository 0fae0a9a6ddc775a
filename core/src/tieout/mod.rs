//! The comparison of both sides, document by document, to the cent: pure.

mod compare;

pub use compare::{Comparison, Difference, HostSide, Verdict, compare};
