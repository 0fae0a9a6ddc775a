//! The one table of everything that needs somebody: what it means, what mends it, who acts, and when it then goes.

mod actions;
mod beside;
mod books;
pub(crate) mod differences;
mod document;
mod existing;
mod figures;
mod kind;
mod provider;
mod table;
mod troubles;

pub use actions::Act;
pub use kind::{Kind, Mend, Severity, Site, Subject, Then, Who};
pub use table::{kinds, named};
pub use troubles::Trouble;

pub(crate) use table::is_mended_by_provider;
