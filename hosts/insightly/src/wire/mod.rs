//! What Insightly calls things.

mod object;

pub(crate) use object::Object;
