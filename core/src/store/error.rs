//! Why a store did not do what it was asked.

use crate::engine::BindingKey;

/// A store that did not do what it was asked. Nothing of a failed commit is kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else changed the binding since it was read: read it again and decide again.
    #[error("{0} was changed by somebody else in the meantime")]
    Conflict(Box<BindingKey>),
    /// The lease was lost: another node works on this connection now. Stop.
    #[error("the lease was taken over by another node")]
    Fenced,
    /// Another process has the store open.
    #[error("the store in {path} is in use by another process: stop that process first")]
    InUse {
        /// The directory.
        path: String,
    },
    /// The store was written by a newer version.
    #[error(
        "the store in {path} has format {found}, this program knows up to {known}: use a newer version"
    )]
    Newer {
        /// The directory.
        path: String,
        /// The format found.
        found: u32,
        /// The newest format known.
        known: u32,
    },
    /// Something stored cannot be read back.
    #[error("the store is damaged at {place}: {message}")]
    Corrupt {
        /// Where.
        place: String,
        /// What is wrong.
        message: String,
    },
    /// A key or a value is larger than the store takes.
    #[error("{what} is too large: {size} bytes of at most {limit}")]
    TooLarge {
        /// What.
        what: String,
        /// Its size.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// The disk failed or is full.
    #[error("{operation} failed on disk")]
    Io {
        /// What was being done.
        operation: &'static str,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
}
