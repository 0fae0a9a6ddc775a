//! An SFTP server of a test's own: real files in a folder, on a port of this machine, with faults on demand.

mod faults;
mod files;
mod server;
mod session;

pub use faults::{Fault, Faults, Op};
pub use server::{PASSWORD, Server, USER, WayIn, private_key};
