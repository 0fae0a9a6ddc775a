//! Files on a server that is reached by SFTP: read, written under another name and renamed, and nothing else.

mod address;
#[cfg_attr(not(feature = "client"), path = "absent.rs")]
mod client;
mod config;
mod error;
mod name;
mod remote;
mod source;

pub use address::{Address, AddressError};
pub use config::SftpServer;
pub use error::{SftpError, SftpErrorKind};
pub use name::{is_plain, shown};
pub use remote::{FarFile, Listing, Renamed, Sftp};
pub use source::Source;
