//! Which paths, headers and pages Xero is asked for.

mod call;
mod list;

pub(crate) use call::hex;
pub use call::{Call, Client, Reply};
pub(crate) use list::chunks;
