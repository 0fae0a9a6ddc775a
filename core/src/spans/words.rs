//! What an error is called in a span: its kind, never its text, which may name people.

use crate::driver::DriverError;
use crate::host::{HostError, HostErrorKind};
use crate::provider::{ErrorKind, ProviderError};

/// The `error.type` of a step that failed.
pub(crate) fn of_driver(error: &DriverError) -> &'static str {
    match error {
        DriverError::Store(_) => "store",
        DriverError::Host(error) => of_host(error),
        DriverError::Provider(error) => of_provider(error),
        DriverError::AccessRefused { .. } => "provider.unauthorised",
        DriverError::LeftWaiting { .. } => "left_waiting",
    }
}

/// The `error.type` of a call of a host that failed.
pub(crate) fn of_host(error: &HostError) -> &'static str {
    match error.kind {
        HostErrorKind::Unavailable => "host.unavailable",
        HostErrorKind::Unauthorised => "host.unauthorised",
        HostErrorKind::BadData => "host.bad_data",
        HostErrorKind::Misconfigured => "host.misconfigured",
    }
}

fn of_provider(error: &ProviderError) -> &'static str {
    match error.kind {
        ErrorKind::NotProcessed => "provider.not_processed",
        ErrorKind::Unsure => "provider.unsure",
        ErrorKind::Throttled => "provider.throttled",
        ErrorKind::Unauthorised => "provider.unauthorised",
        ErrorKind::Forbidden => "provider.forbidden",
        ErrorKind::Refused => "provider.refused",
        ErrorKind::BadReply => "provider.bad_reply",
    }
}
