//! Stand-ins for the products' APIs, with their traps: what the tests, the demo and any integrator run against.

pub mod contract;
pub mod iinsight;
pub mod kornit_x;
mod serve;

pub use serve::{Running, serve};
