//! The whole story of a document, from the store alone: what happened, what was said, what made each field.

mod differences;
mod exchanges;
mod form;
mod mapping;
mod show;
mod summary;
mod told;
mod words;

pub(crate) use differences::{differences, hidden};
pub(crate) use exchanges::{Asked, Said, said};
pub(crate) use form::{CallShown, Compared, Difference, Exchange, Explanation, Mapping, Revision};
pub(crate) use show::{Bodies, show};
pub(crate) use told::{Masking, Told, entries, tell, tell_inside};
pub(crate) use words::{next, words};
