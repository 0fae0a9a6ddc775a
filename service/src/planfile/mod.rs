//! A plan as a file: a line that says what it is of, then a line for each document, each sealed.

mod form;
mod identity;
mod read;
mod write;

pub(crate) use form::{Header, Organisation, Row, VERSION};
pub(crate) use identity::store_identity;
pub(crate) use read::PlanFile;
pub(crate) use write::PlanWriter;
