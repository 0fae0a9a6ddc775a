//! What is said where nothing is written yet. Remove this file with its last use.

use tieout_core::host::{HostError, HostErrorKind};

/// The error of what is still to be written in a file.
pub(crate) fn unwritten(operation: &'static str, file: &str) -> HostError {
    let message = format!("not written yet: {file}");
    HostError::new(HostErrorKind::Misconfigured, operation, message)
}
