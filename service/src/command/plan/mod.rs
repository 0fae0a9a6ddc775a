//! `tieout plan`: what would be done, document by document, what it costs, and a file of it to be executed.

mod cost;
mod run;
mod show;

pub(super) use run::run;
