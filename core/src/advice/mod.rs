//! What a person can do about a finding of one document: what mends it, and the commands that decide it.

mod action;
mod advise;

pub use action::{Action, quoted};
pub use advise::{Advice, Remedy, actions_for, advise};
