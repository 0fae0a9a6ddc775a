//! `tieout plan`: what would be done, document by document, what it costs, and a file of it to be executed.

mod cost;
mod gather;
mod run;
mod show;

pub(crate) use gather::{Gathered, gather, outcome};
pub(super) use run::run;
