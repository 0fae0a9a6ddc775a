//! The whole story of a document, from the store alone: what happened, what was said, what made each field.

mod differences;
mod exchanges;
mod form;
mod mapping;
mod show;
mod told;
mod words;

pub(crate) use form::Explanation;
pub(crate) use show::{Bodies, show};
pub(crate) use told::{Masking, tell};
