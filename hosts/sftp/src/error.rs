//! What can go wrong with a server, by what a caller does about it.

use std::fmt;

/// What a caller does differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SftpErrorKind {
    /// The settings cannot work: nothing was sent.
    Misconfigured,
    /// The server is not the one whose key is pinned: nothing was sent.
    HostKey,
    /// The server does not let the user in.
    SignIn,
    /// The server is not reached: nothing was done.
    Unreachable,
    /// The connection was lost, or there was no answer: what was asked for may be done or not.
    Lost,
    /// There is no such file or folder.
    NotFound,
    /// The user may not do this.
    Denied,
    /// The server does not do this.
    Refused,
    /// The file was changed while it was read, or is not whole.
    Changed,
    /// It is more than what is allowed.
    TooLarge,
    /// The disk of this machine.
    Local,
}

/// Why something could not be done at a server. It names the server and the path, and never a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SftpError {
    kind: SftpErrorKind,
    place: String,
    what: String,
}

impl SftpError {
    pub(crate) fn new(
        kind: SftpErrorKind,
        place: impl Into<String>,
        what: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            place: place.into(),
            what: what.into(),
        }
    }

    /// What a caller does differently.
    #[must_use]
    pub fn kind(&self) -> SftpErrorKind {
        self.kind
    }

    /// What to do, as a sentence for the operator.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self.kind {
            SftpErrorKind::Misconfigured => {
                "Set it in the configuration, under `[servers.NAME.sftp]`."
            }
            SftpErrorKind::HostKey => {
                "Ask the server's operator whether its key was changed. If so, set `host_key` to the new fingerprint; if not, \
                 somebody else answers in its place."
            }
            SftpErrorKind::SignIn => {
                "Compare `user`, `private_key` and `password` under `[servers.NAME.sftp]` with what the server's operator gave."
            }
            SftpErrorKind::Unreachable => {
                "See that the server is up and reachable from this machine, and give the command again."
            }
            SftpErrorKind::Lost => "Give the command again: it goes on where it was.",
            SftpErrorKind::NotFound => {
                "Name a folder that is there, or have it made: see what the server shows to this user."
            }
            SftpErrorKind::Denied => {
                "Have the server's operator let this user read and write there."
            }
            SftpErrorKind::Refused => {
                "See whether the server's disk is full or a quota is used up; then give the command again."
            }
            SftpErrorKind::Changed => {
                "Whoever writes there should write under another name and rename: give the command again."
            }
            SftpErrorKind::TooLarge => "Take away what does not belong there.",
            SftpErrorKind::Local => "See to the disk of this machine.",
        }
    }
}

impl fmt::Display for SftpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

impl std::error::Error for SftpError {}
