//! A product that keeps the open host contract over HTTP, in process: what its promises look like when they are kept.

mod product;
mod routes;
mod state;

pub use product::ContractProduct;
