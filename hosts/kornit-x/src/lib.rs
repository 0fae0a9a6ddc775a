//! Kornit X: its orders, pushed and polled, as purchase orders and invoices.

mod auth;
mod book;
mod capability;
mod client;
mod config;
mod hear;
mod host;
mod map;
mod wire;

pub use auth::SIGNATURE;
pub use capability::KORNIT_X;
pub use config::{
    ExportConfig, FaultyOrders, InvoicePer, KornitXConfig, NumberBy, Trigger, UnsignedCallbacks,
};
pub use host::KornitXHost;
pub use tieout_host_web::ConfigError;
