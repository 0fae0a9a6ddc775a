//! The open host contract: how any product hands its documents over, as a folder of files, over HTTP or by SQL.

mod capability;
mod config;
pub mod conform;
mod fetched;
pub mod fixtures;
mod folder;
mod host;
mod http;
mod map;
mod openapi;
mod payment_import;
mod sftp;
mod sql;
mod wire;

pub use capability::{FOLDER, HTTP, SFTP, SQL};
pub use config::{FolderConfig, FolderLimits, Proof};
pub use folder::{Failed, FailedFile, FailedRow, failed, failed_about};
pub use host::FolderHost;
pub use http::{Capabilities, ClientAuth, HttpHost, HttpHostConfig, Served, Takes};
pub use openapi::openapi;
pub use payment_import::{ImportColumn, ImportDates, ImportField, PaymentImport};
pub use sftp::{SftpHost, SftpHostConfig};
pub use sql::{ContactNames, POSTGRESQL, SqlHost, SqlHostConfig, Tls};
pub use tieout_host_web::ConfigError;
