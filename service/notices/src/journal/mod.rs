//! What the journal says that somebody wants to know: read page by page, told once.

mod happening;
mod known;
mod noting;
mod read;
mod tell;

pub(crate) use happening::link;
pub(crate) use noting::note_what_was_open;
pub(crate) use read::{Reading, read_on};
pub(crate) use tell::source;
