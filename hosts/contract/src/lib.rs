//! The open host contract: how any product hands its documents over, and here as a folder of files.

mod capability;
mod config;
pub mod fixtures;
mod folder;
mod host;
mod map;
mod wire;

pub use capability::FOLDER;
pub use config::{ConfigError, FolderConfig, FolderLimits, Proof};
pub use folder::{Failed, FailedFile, FailedRow, failed, failed_about};
pub use host::FolderHost;
