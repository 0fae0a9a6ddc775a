//! The HTTP form of the contract: the product serves lists of changed documents and takes write-backs.

mod access;
mod body;
mod changes;
mod config;
mod deliver;
mod host;
mod offer;
mod position;
mod push;

pub(crate) use access::access;
pub(crate) use body::{PaymentBody, PostingBody, SettlementBody};
pub use config::{ClientAuth, HttpHostConfig, Served, Takes};
pub use host::HttpHost;
pub use offer::Capabilities;
pub(crate) use offer::VERSION;
pub(crate) use push::{About, Event, Secrets, read_events};
