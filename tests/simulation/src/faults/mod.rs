//! What goes wrong: how often, at which step, and how.

mod fate;
mod odds;
pub(crate) mod trouble;

pub(crate) use fate::Fate;
pub use odds::{Chance, Odds};
