//! The forms of the folder contract as a host and we spell them.

mod columns;
mod name;
mod outcome;
mod trailer;

pub(crate) use columns::{COLUMNS, Level, Need, TRAILER_MARK};
pub(crate) use name::{FileType, Format, OutboxName, RIGHT_NAME};
pub(crate) use outcome::{Outcome, ResultHead, RowOutcome, RowResult};
pub(crate) use trailer::Trailer;
