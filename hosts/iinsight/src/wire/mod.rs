//! The product's own forms: rows of texts, dates in two forms, and lists that are wrapped or bare.

mod row;
mod status;

pub(crate) use row::{Problem, Row, rows, typed_id};
pub(crate) use status::{List, Status, Subject};
