//! Kinds of trouble with a connection, a host, or a file that a host handed over.

use super::{Act, Kind, Severity, Subject, Who};

/// A trouble that somebody must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trouble {
    /// Nobody allowed access to the organisation yet.
    NotConnected,
    /// The access does not work any more.
    AccessBroken,
    /// The store holds no tokens for the connection, or those of another app.
    AccessMissing,
    /// The stored tokens cannot be read.
    AccessUnreadable,
    /// A renewal of the access is under way or tried again.
    AccessRenewing,
    /// A file of a host could not be taken.
    FileFailed,
    /// The folder of a host cannot be read.
    FolderUnreadable,
}

impl Trouble {
    /// Every trouble.
    pub const ALL: [Self; 7] = [
        Self::NotConnected,
        Self::AccessBroken,
        Self::AccessMissing,
        Self::AccessUnreadable,
        Self::AccessRenewing,
        Self::FileFailed,
        Self::FolderUnreadable,
    ];

    /// What is told of it.
    #[must_use]
    pub fn kind(self) -> &'static Kind {
        match self {
            Self::NotConnected => &NOT_CONNECTED,
            Self::AccessBroken => &ACCESS_BROKEN,
            Self::AccessMissing => &ACCESS_MISSING,
            Self::AccessUnreadable => &ACCESS_UNREADABLE,
            Self::AccessRenewing => &ACCESS_RENEWING,
            Self::FileFailed => &FILE_FAILED,
            Self::FolderUnreadable => &FOLDER_UNREADABLE,
        }
    }
}

const SITE: Kind = Kind {
    subject: Subject::Site,
    who: &[Who::Operator],
    ..Kind::DOCUMENT
};

const NOT_CONNECTED: Kind = Kind {
    name: "not_connected",
    title: "the organisation is not connected",
    meaning: "Nobody has allowed access to the organisation of the connection, so nothing goes there.",
    causes: &[
        "The connection is new in the configuration.",
        "It was disconnected.",
    ],
    acts: &[Act::Connect],
    ..SITE
};

const ACCESS_BROKEN: Kind = Kind {
    name: "access_broken",
    title: "the access does not work any more",
    meaning: "The accounting system refuses the stored access, and no renewal brings it back. Documents wait, and none is \
              lost.",
    causes: &[
        "Somebody disconnected the app in the accounting system.",
        "The program did not run for longer than a refresh token lives.",
        "The store was restored from a backup, and its token was used since.",
    ],
    acts: &[Act::ConnectAgain],
    ..SITE
};

const ACCESS_MISSING: Kind = Kind {
    name: "access_missing",
    title: "the access is not there",
    meaning: "The store knows the connection and holds no tokens for it, or those of another app.",
    causes: &["The app of the connection was changed in the configuration."],
    acts: &[Act::ConnectAgain],
    ..SITE
};

const ACCESS_UNREADABLE: Kind = Kind {
    name: "access_unreadable",
    title: "whether the access works is not known",
    meaning: "The stored tokens are sealed with a key that this command was not given, or with another one.",
    causes: &[
        "`secrets.key` is set for the service and not in this shell.",
        "The key was replaced instead of rotated.",
    ],
    ..SITE
};

const ACCESS_RENEWING: Kind = Kind {
    name: "access_renewing",
    title: "the renewal of the access is tried again",
    meaning: "The last renewal got no answer; the same is asked again with the next run.",
    causes: &["The sign-in service could not be reached."],
    severity: Severity::Waits,
    who: &[],
    acts: &[Act::Sync],
    ..SITE
};

const FILE_FAILED: Kind = Kind {
    name: "file_failed",
    title: "a file of the host could not be taken",
    meaning: "A file, or rows of it, could not be read. It lies in the host's `failed/` with a result that names line and \
              field; everything else of it was taken.",
    causes: &[
        "A field is missing, or is not of its form.",
        "The trailer does not agree with the rows.",
        "The file is not UTF-8, or was cut short.",
    ],
    who: &[Who::HostUser, Who::Operator],
    ..SITE
};

const FOLDER_UNREADABLE: Kind = Kind {
    name: "folder_unreadable",
    title: "the folder of a host cannot be read",
    meaning: "The folder of the host is not there, or this user may not read it.",
    causes: &[
        "A share is not mounted.",
        "`path` of the host names another folder.",
    ],
    ..SITE
};
