//! What people are told, in words: the same as on the command line, since it comes from the same tables.

mod compose;
mod daily;
mod gathered;
mod letter;
mod needs;
mod periodic;
mod rows;
mod trial;

pub use trial::try_group;

pub(crate) use compose::{Writing, compose, next_due};
pub(crate) use letter::Letter;
pub(crate) use needs::expiring;
