//! The SQL form of the contract: documents are read from views of the product's database, write-backs go into procedures.

mod batches;
mod changes;
mod config;
mod deliver;
mod error;
mod host;
mod position;
mod procedures;
mod records;
mod session;
mod shape;
mod statement;
mod tls;
mod views;

pub use config::{ContactNames, SqlHostConfig, Tls};
pub(crate) use error::refused;
pub use host::SqlHost;
pub(crate) use procedures::{Call, Procedure};
pub(crate) use session::{Lease, Session};
pub(crate) use shape::quoted;

/// The tables, views and procedures that a vendor starts from, for PostgreSQL.
pub const POSTGRESQL: &str = include_str!("../../sql/postgresql.sql");
