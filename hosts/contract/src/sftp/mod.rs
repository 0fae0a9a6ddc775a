//! The folder form on a server: files are ferried between the server and a folder of this machine, which is read and written
//! as any other.

mod config;
mod error;
mod fetch;
mod host;
mod land;
mod send;

pub use config::SftpHostConfig;
pub use host::SftpHost;
