//! Files on a server that is reached by SFTP: read, written under another name and renamed, and nothing else.

#[cfg(not(feature = "client"))]
mod absent;
mod address;
#[cfg(feature = "client")]
mod client;
mod config;
mod error;
mod name;
mod remote;
mod source;

#[cfg(not(feature = "client"))]
use absent as line;
#[cfg(feature = "client")]
use client as line;

pub use address::{Address, AddressError};
pub use config::SftpServer;
pub use error::{SftpError, SftpErrorKind};
pub use name::{is_plain, shown};
pub use remote::{FarFile, Listing, Renamed, Sftp};
pub use source::Source;
