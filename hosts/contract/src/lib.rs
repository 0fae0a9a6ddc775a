//! The open host contract: how any product hands its documents over, as a folder of files, over HTTP or by SQL.

mod capability;
mod config;
mod fetched;
pub mod fixtures;
mod folder;
mod host;
mod http;
mod map;
mod payment_import;
mod sql;
mod wire;

pub use capability::{FOLDER, HTTP, SQL};
pub use config::{ConfigError, FolderConfig, FolderLimits, Proof};
pub use folder::{Failed, FailedFile, FailedRow, failed, failed_about};
pub use host::FolderHost;
pub use http::{HttpHost, HttpHostConfig, Served, Takes};
pub use payment_import::{ImportColumn, ImportDates, ImportField, PaymentImport};
pub use sql::{ContactNames, POSTGRESQL, SqlHost, SqlHostConfig, Tls};
