//! What is told of a kind of finding.

use serde::Serialize;

use super::Act;

/// What a kind is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A document of a host.
    Document,
    /// A document that a report shows to differ.
    Difference,
    /// A connection, a host, or a file of one.
    Site,
}

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing goes on with it until somebody acts.
    Stops,
    /// Both sides have it, and not the same.
    Differs,
    /// The document itself is in order, and something beside it is not.
    Beside,
    /// It goes on by itself.
    Waits,
}

/// Who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// Whoever runs this program and writes its settings.
    Operator,
    /// Whoever writes the documents in the host.
    HostUser,
    /// Whoever keeps the books in the accounting system.
    Bookkeeper,
}

/// Where something is mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Site {
    /// In the host.
    Host,
    /// In the accounting system.
    Provider,
    /// In the configuration of this program.
    Settings,
}

/// What makes a finding go once its cause is mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// The host hands the document over in a higher revision.
    HandedOver,
    /// The program reads its settings again: it is started, told to reload, or a page has it take them on.
    Restarted,
    /// The chart is looked at again, which happens by itself while documents wait for it.
    ChartRead,
    /// The change of the document at the provider is seen, which happens by itself.
    ChangeSeen,
    /// It is tried again by itself.
    TriedAgain,
    /// A person retries it.
    Retried,
}

/// One way to mend a cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Mend {
    /// Where.
    pub site: Site,
    /// What to do there, as a sentence.
    pub how: &'static str,
    /// The keys that decide it, below the settings of the connection unless they begin with `[`.
    #[serde(skip_serializing_if = "<[&str]>::is_empty")]
    pub settings: &'static [&'static str],
    /// What makes the finding go afterwards.
    pub then: Then,
}

/// A kind of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Kind {
    /// What it is about. Names are unique within it.
    pub subject: Subject,
    /// The stable name.
    pub name: &'static str,
    /// What it is, as a fragment.
    pub title: &'static str,
    /// What it means for the document, in sentences.
    pub meaning: &'static str,
    /// What usually leads to it, as sentences.
    pub causes: &'static [&'static str],
    /// How much it matters.
    pub severity: Severity,
    /// Who acts, the likeliest first; nobody where it goes on by itself.
    pub who: &'static [Who],
    /// What mends it.
    pub mends: &'static [Mend],
    /// What a person can decide with a command of this program, where the document allows it.
    pub acts: &'static [Act],
}

impl Severity {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Stops => "nothing goes on with it until somebody acts",
            Self::Differs => "both sides have it, and not the same",
            Self::Beside => "the document is in order; something beside it is not",
            Self::Waits => "it goes on by itself",
        }
    }
}

impl Who {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Operator => "whoever runs tieout",
            Self::HostUser => "whoever writes the documents in the host",
            Self::Bookkeeper => "whoever keeps the books in the accounting system",
        }
    }
}

impl Site {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Host => "in the host",
            Self::Provider => "in the accounting system",
            Self::Settings => "in the settings",
        }
    }
}

impl Then {
    /// In words: "it goes ...".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::HandedOver => "when the host hands the document over in a higher revision",
            Self::Restarted => {
                "when tieout takes on the new settings (a start, a reload, or `Take it on now` on the page Connections)"
            }
            Self::ChartRead => "by itself, within two hours",
            Self::ChangeSeen => "by itself, when the change there is seen",
            Self::TriedAgain => "by itself: it is tried again",
            Self::Retried => "when the document is retried",
        }
    }
}

impl Kind {
    /// A document's kind; the rest is filled in where it is declared.
    pub(super) const DOCUMENT: Self = Self {
        subject: Subject::Document,
        name: "",
        title: "",
        meaning: "",
        causes: &[],
        severity: Severity::Stops,
        who: &[],
        mends: &[],
        acts: &[],
    };
}

/// Mended in the host, and gone with the next hand-over.
pub(super) const fn host(how: &'static str) -> Mend {
    Mend {
        site: Site::Host,
        how,
        settings: &[],
        then: Then::HandedOver,
    }
}

/// Mended in the settings, and gone with the next start.
pub(super) const fn settings(how: &'static str, settings: &'static [&'static str]) -> Mend {
    Mend {
        site: Site::Settings,
        how,
        settings,
        then: Then::Restarted,
    }
}

/// Mended in the accounting system.
pub(super) const fn provider(how: &'static str, then: Then) -> Mend {
    Mend {
        site: Site::Provider,
        how,
        settings: &[],
        then,
    }
}
