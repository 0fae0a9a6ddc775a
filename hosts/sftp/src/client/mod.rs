//! The protocol: how a connection is made, and what is asked over it.

mod answers;
mod dial;
mod files;
mod line;
mod sign_in;

pub(crate) use line::Line;
