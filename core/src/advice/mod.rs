//! What a person can do about a finding of one document: what mends it, and the commands that decide it.

mod action;
mod advise;

pub use crate::check::quoted;
pub use action::Action;
pub use advise::{Advice, Remedy, actions_for, advise};
