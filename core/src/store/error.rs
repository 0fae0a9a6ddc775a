//! Why a store did not do what it was asked.

use std::io::{self, ErrorKind};

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
    #[error("the store in {path} is in use by another process{}", with_pid(*.pid))]
    InUse {
        /// The directory.
        path: String,
        /// The process, if it is known and runs on this machine.
        pid: Option<u32>,
    },
    /// The store was written by a newer version.
    #[error("the store in {path} has format {found}, and this program knows up to {known}")]
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
    /// The directory could not be opened as a store.
    #[error("the store in {path} cannot be opened: {operation} failed")]
    NotOpened {
        /// The directory.
        path: String,
        /// What was being done.
        operation: &'static str,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The disk failed or is full.
    #[error("{operation} failed on disk")]
    Io {
        /// What was being done.
        operation: &'static str,
        /// The cause.
        #[source]
        source: io::Error,
    },
}

impl StoreError {
    /// What a person should do, as a fragment; `None` where the program goes on by itself or the text says it all.
    #[must_use]
    pub fn advice(&self) -> Option<&'static str> {
        match self {
            Self::Conflict(_) | Self::Fenced | Self::TooLarge { .. } => None,
            Self::InUse { .. } => Some("stop that process first, or name another directory"),
            Self::Newer { .. } => Some("use the version that wrote it, or a newer one"),
            Self::Corrupt { .. } => Some(
                "keep the directory as it is for whoever looks into it, and restore its newest copy to another place: `tieout restore FILE` for a backup",
            ),
            Self::NotOpened { source, .. } | Self::Io { source, .. } => Some(on_disk(source)),
        }
    }
}

/// What helps against an error of the disk.
fn on_disk(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::PermissionDenied => {
            "let the user that runs this read and write that directory and every file in it, or name another one"
        }
        ErrorKind::ReadOnlyFilesystem => {
            "name a directory on a disk that can be written, or mount this one for writing"
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "make room on that disk",
        ErrorKind::FileTooLarge => {
            "let the user that runs this write larger files: `ulimit -f` shows the limit"
        }
        ErrorKind::AlreadyExists | ErrorKind::NotADirectory | ErrorKind::IsADirectory => {
            "something else lies there under that name: move it away, or name another directory"
        }
        ErrorKind::NotFound => "name a directory that can be made where it is wanted",
        ErrorKind::Unsupported => {
            "name a directory on a local disk: this one lacks what a store needs"
        }
        _ => "look at that disk, or name a directory on another local one",
    }
}

fn with_pid(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default()
}
