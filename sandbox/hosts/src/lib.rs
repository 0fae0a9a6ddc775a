//! Stand-ins for the products' APIs, with their traps: what the tests, the demo and any integrator run against.

pub mod iinsight;
mod serve;

pub use serve::{Running, serve};
