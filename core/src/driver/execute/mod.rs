//! How just what a plan says is done, and nothing else: compared with what would be done now, then sent.

mod depart;
mod doubts;
mod page;
mod run;
mod told;
mod verify;

pub use run::execute;
pub(super) use run::page_documents;
pub use told::{Executed, PlanSource};
