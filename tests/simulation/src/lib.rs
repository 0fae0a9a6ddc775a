//! Whole lives of host, engine, provider and people in one deterministic world, each replayed by its seed.

mod books;
mod clock;
mod coverage;
mod decided;
mod excuse;
pub mod faults;
mod ground;
mod host;
mod invariants;
mod life;
mod model;
pub mod mutations;
mod node;
mod paper;
mod provider;
mod pushes;
mod random;
mod report;
mod reversals;
mod run;
pub mod seeds;
mod sums;
mod till;
mod trace;
mod verbs;
mod webhooks;

pub use coverage::{Case, Coverage};
pub use life::{Ended, live, live_with};
pub use report::{Failure, Totals, Violation, summary};
pub use trace::Keep;
