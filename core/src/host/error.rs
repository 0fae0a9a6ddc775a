//! What can go wrong between the engine and a host, by what the engine does about it.

/// What the caller does about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostErrorKind {
    /// The host cannot be reached now: try again later.
    Unavailable,
    /// The host does not know us any more: somebody must mend the access.
    Unauthorised,
    /// What the host sent cannot be understood; it will not get better by itself.
    BadData,
    /// The configuration of the host is wrong.
    Misconfigured,
}

/// A host that failed as a whole.
#[derive(Debug, thiserror::Error)]
#[error("{operation}: {message}")]
pub struct HostError {
    /// What to do about it.
    pub kind: HostErrorKind,
    /// What was being done, such as `read outbox`.
    pub operation: &'static str,
    /// What went wrong, naming the file or the address.
    pub message: String,
    /// The cause.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl HostError {
    /// An error of a kind in an operation.
    #[must_use]
    pub fn new(kind: HostErrorKind, operation: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind,
            operation,
            message: message.into(),
            source: None,
        }
    }

    /// The same with its cause.
    #[must_use]
    pub fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }
}
