//! How a new crate is made of a skeleton that is compiled and tested itself, so that it cannot rot.

mod begin;
mod copy;
mod name;
mod weave;

pub use begin::{begun, read};
pub use copy::{Copied, copied};
pub use name::Name;
pub use weave::{Edit, Place, woven};
