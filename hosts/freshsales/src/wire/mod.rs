//! What Freshsales calls things.

mod object;

pub(crate) use object::Object;
