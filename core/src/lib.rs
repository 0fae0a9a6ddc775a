//! The sync engine of tieout: documents, settings, mapping, checks, the state machine, its store and its driver.

pub mod advice;
pub mod check;
pub mod clock;
pub mod document;
pub mod driver;
pub mod engine;
pub mod erase;
pub mod exchange;
pub mod host;
pub mod mapping;
pub mod panel;
pub mod provider;
pub mod settings;
pub mod spans;
pub mod store;
pub mod tieout;
pub mod transport;
pub mod vault;

mod open_enum;
