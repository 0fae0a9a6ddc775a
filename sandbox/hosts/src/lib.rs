//! Stand-ins for the products' APIs, with their traps: what the tests, the demo and any integrator run against.

pub mod contract;
pub mod freshsales;
pub mod iinsight;
pub mod insightly;
pub mod kornit_x;
mod patience;
mod reply;
mod serve;

pub use patience::Patience;
pub use serve::{Running, serve};
