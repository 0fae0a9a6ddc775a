//! How pages look: the frame round them, and the parts that they share.

mod layout;
mod parts;

pub(crate) use layout::{Page, Place, narrow};
pub(crate) use parts::*;
