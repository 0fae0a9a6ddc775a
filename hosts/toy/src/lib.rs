//! Toy as a host: its API, and how it spells documents.

mod capability;
mod changes;
mod config;
mod deliver;
mod host;
mod map;

pub use capability::CAPABILITY;
pub use config::ToyConfig;
pub use host::ToyHost;
