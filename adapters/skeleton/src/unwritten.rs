//! What is said where nothing is written yet. Remove this file with its last use.

use tieout_core::provider::{ErrorKind, ProviderError};

/// The error of what is still to be written in a file, with the method of the port that says what it owes.
pub(crate) fn unwritten(operation: &'static str, file: &str, method: &str) -> ProviderError {
    let message = format!(
        "not written yet: {file}; `AccountingProvider::{method}` in core/src/provider/port.rs says what it promises"
    );
    ProviderError::new(ErrorKind::Forbidden, operation, message)
}
