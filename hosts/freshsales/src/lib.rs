//! Freshsales as a host: accounts, contacts and deals beside which invoices are seen and drafted.

mod auth;
mod capability;
mod client;
mod config;
mod error;
mod host;
mod map;
mod mirror;
mod records;
mod wire;

pub use capability::CAPABILITY;
pub use config::FreshsalesConfig;
pub use host::FreshsalesHost;
