//! Stand-ins for the products' APIs, with their traps: what the tests, the demo and any integrator run against.

pub mod freshsales;
pub mod insightly;
mod patience;
mod reply;
mod serve;

pub use patience::Patience;
pub use serve::{Running, serve};
