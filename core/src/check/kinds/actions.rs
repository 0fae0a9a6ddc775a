//! What a person can decide about a document with a command of this program.

use serde::Serialize;

/// A decision of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Plan it anew, tell it again, make it again.
    Retry,
    /// Keep it from being sent.
    Skip,
    /// End the binding: nothing is sent or told any more.
    Detach,
    /// Bind it to the document that is there, as it is.
    Adopt,
    /// Bind it, and make that document equal to the host's.
    AdoptOverwrite,
    /// Choose among several that are there.
    AdoptAs,
    /// None of those that are there is it.
    AdoptNone,
    /// Let it stay that was to be undone.
    UndoCancel,
    /// Let everything go on that waits.
    Sync,
    /// Read the whole story.
    Explain,
    /// Let somebody allow access.
    Connect,
    /// Let somebody allow access anew.
    ConnectAgain,
}

impl Act {
    /// Whether it changes nothing by itself: it reads, or lets what is decided already go on. Only such a command may
    /// stand where somebody pastes it without having read why.
    #[must_use]
    pub fn is_harmless(self) -> bool {
        match self {
            Self::Sync | Self::Explain => true,
            Self::Retry
            | Self::Skip
            | Self::Detach
            | Self::Adopt
            | Self::AdoptOverwrite
            | Self::AdoptAs
            | Self::AdoptNone
            | Self::UndoCancel
            | Self::Connect
            | Self::ConnectAgain => false,
        }
    }

    /// What a button says.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Retry => "Try it again",
            Self::Skip => "Never send it",
            Self::Detach => "Leave it alone from now on",
            Self::Adopt => "It is this one: bind it as it is",
            Self::AdoptOverwrite => "Make the accounting system's equal to the host's",
            Self::AdoptAs => "Choose the one that it is",
            Self::AdoptNone => "It is none of them: send it beside them",
            Self::UndoCancel => "Let it stay in the books after all",
            Self::Sync => "Let it go on now",
            Self::Explain => "Read its whole story",
            Self::Connect => "Connect the organisation",
            Self::ConnectAgain => "Connect the organisation again",
        }
    }

    /// The words of the command line, with `{}` for what it is about and `{id}` for the accounting system's document.
    #[must_use]
    pub fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Retry => &["retry", "{}"],
            Self::Skip => &["skip", "{}"],
            Self::Detach => &["detach", "{}"],
            Self::Adopt => &["adopt", "{}"],
            Self::AdoptOverwrite => &["adopt", "{}", "--overwrite"],
            Self::AdoptAs => &["adopt", "{}", "--as", "{id}"],
            Self::AdoptNone => &["adopt", "{}", "--none"],
            Self::UndoCancel => &["undo", "{}", "--cancel"],
            Self::Sync => &["sync", "--once"],
            Self::Explain => &["explain", "{}"],
            Self::Connect => &["connect", "{}"],
            Self::ConnectAgain => &["connect", "{}", "--again"],
        }
    }
}
