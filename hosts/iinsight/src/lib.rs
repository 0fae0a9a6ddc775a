//! iinsight: its invoices, companies and payments, read and written through its API.

mod api;
mod auth;
mod capability;
mod cases;
mod changes;
mod comparison;
mod config;
mod deliver;
mod host;
mod known;
mod map;
mod parties;
mod position;
mod wire;

pub use config::{
    ConfigError, Division, FundingChoice, IinsightConfig, IinsightWriteBacks, Region,
};
pub use host::{IinsightHost, Means};
