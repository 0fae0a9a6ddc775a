//! What is said of a setting that makes no sense.

/// A setting that makes no sense, by its key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` {message}")]
pub struct ConfigError {
    /// The key below the host, such as `limits.document_bytes_max`.
    pub key: &'static str,
    /// What is wrong and what is right.
    pub message: String,
}
