//! A document's life once more, against a local Xero of its own: what would be asked, and what would come of it.

mod compare;
mod host;
mod script;
mod stage;
mod wire;

pub(crate) use compare::{Compared, Outcome, Side, compare};
pub(crate) use script::{Script, script};
pub(crate) use stage::{Replayed, run};
