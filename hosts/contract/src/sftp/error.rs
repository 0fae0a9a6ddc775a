//! What an error of a server means for the engine.

use std::io;
use std::path::Path;

use tieout_core::host::{HostError, HostErrorKind};
use tieout_sftp::{SftpError, SftpErrorKind};

/// An error of a server, as the engine sees it: what is said includes the place and what to do.
pub(super) fn failed(operation: &'static str) -> impl Fn(SftpError) -> HostError {
    move |error| {
        let kind = match error.kind() {
            SftpErrorKind::Misconfigured | SftpErrorKind::HostKey | SftpErrorKind::NotFound => {
                HostErrorKind::Misconfigured
            }
            SftpErrorKind::SignIn | SftpErrorKind::Denied => HostErrorKind::Unauthorised,
            SftpErrorKind::Unreachable
            | SftpErrorKind::Lost
            | SftpErrorKind::Refused
            | SftpErrorKind::Changed
            | SftpErrorKind::TooLarge
            | SftpErrorKind::Local => HostErrorKind::Unavailable,
        };
        HostError::new(kind, operation, error.to_string()).caused_by(error)
    }
}

/// An error of the disk of this machine: to be tried again.
pub(super) fn disk(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> HostError {
    let path = path.display().to_string();
    move |error| {
        let message = format!("`{path}`: {error}");
        HostError::new(HostErrorKind::Unavailable, operation, message).caused_by(error)
    }
}
