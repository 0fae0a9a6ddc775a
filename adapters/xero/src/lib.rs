//! The Xero adapter: how tieout signs in, spends its budget of calls, and speaks Xero's Accounting API.

pub mod adapter;
pub mod auth;
pub mod capability;
pub mod client;
pub mod config;
pub mod error;
pub mod http;
pub mod import_file;
pub mod limit;
pub mod map;
pub mod webhook;
pub mod wire;
