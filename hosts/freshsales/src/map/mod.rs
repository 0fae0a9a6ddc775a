//! How Freshsales' records become the normal form, and what is written into them.

mod details;
mod record;

pub(crate) use details::changes;
pub(crate) use record::{Names, record};
