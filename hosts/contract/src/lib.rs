//! The open host contract: how any product hands its documents over, as a folder of files or over HTTP.

mod capability;
mod config;
pub mod conform;
mod fetched;
pub mod fixtures;
mod folder;
mod host;
mod http;
mod map;
mod wire;

pub use capability::{FOLDER, HTTP};
pub use config::{ConfigError, FolderConfig, FolderLimits, Proof};
pub use folder::{Failed, FailedFile, FailedRow, failed, failed_about};
pub use host::FolderHost;
pub use http::{Capabilities, HttpHost, HttpHostConfig, Served, Takes};
