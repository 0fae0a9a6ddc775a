//! Insightly as a host: organisations, contacts, opportunities and projects beside which invoices are seen and drafted.

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
pub use config::InsightlyConfig;
pub use host::InsightlyHost;
