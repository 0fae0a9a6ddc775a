//! The promises of the ports, one function each: every implementation runs all of them.

pub mod host;
pub mod provider;
pub mod store;
