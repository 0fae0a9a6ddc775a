//! iinsight: its invoices, companies and payments, read and written through its API.

mod adjusted;
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
mod notes;
mod paid;
mod parties;
mod position;
mod sought;
mod wire;

pub use config::{
    AdjustmentAmounts, Division, FundingChoice, IinsightConfig, IinsightWriteBacks,
    PositiveAdjustments, Refunds, Region,
};
pub use host::{IinsightHost, Means};
pub use tieout_host_web::ConfigError;
