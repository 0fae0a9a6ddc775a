//! What was decided about a document, and why in words.

use super::{Op, SkipReason};
use crate::check::Finding;
use crate::document::ConnectionId;
use crate::provider::Posting;

/// What should be done about a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Make it.
    Create(Posting),
    /// Make it equal to the host's.
    Update(Posting),
    /// Take it out of the books.
    Void,
    /// Take it out of the books, because a person undoes it, in these words.
    Undo(String),
    /// The credit note of an undo is taking it out of the books, in these words: nothing besides.
    Reverse(String),
    /// Take it out of the books, because it goes to this connection.
    Leave(ConnectionId),
    /// The provider holds just this.
    Agrees,
    /// The host let it go, and the provider does not hold it.
    Gone,
    /// Deliberately nothing.
    Skip(SkipReason),
    /// Nothing until somebody decides.
    Hold(Vec<Finding>),
}

impl Decision {
    /// What is to be done at the provider, if anything.
    #[must_use]
    pub fn op(&self) -> Option<Op> {
        match self {
            Self::Create(_) => Some(Op::Create),
            Self::Update(_) => Some(Op::Update),
            Self::Void | Self::Undo(_) | Self::Leave(_) => Some(Op::Void),
            Self::Reverse(_) | Self::Agrees | Self::Gone | Self::Skip(_) | Self::Hold(_) => None,
        }
    }

    /// The reason in words.
    #[must_use]
    pub fn why(&self) -> String {
        match self {
            Self::Create(posting) => explained("the provider does not hold it yet", posting),
            Self::Update(posting) => explained("the host changed it", posting),
            Self::Void => "the host let it go".to_owned(),
            Self::Undo(words) => words.clone(),
            Self::Reverse(words) => format!("{words}; its credit note is at work"),
            Self::Leave(to) => {
                format!("it goes to {to}, and nothing is created there before this is void")
            }
            Self::Agrees => "the provider holds just this".to_owned(),
            Self::Gone => "the host let it go, and the provider does not hold it".to_owned(),
            Self::Skip(SkipReason::Draft) => "it is a draft in the host".to_owned(),
            Self::Skip(SkipReason::BeforeSyncFrom(day)) => {
                format!("it is dated before {day}, the first day")
            }
            Self::Skip(SkipReason::KindNotSent) => {
                "its kind is not sent with these settings".to_owned()
            }
            Self::Skip(SkipReason::RoutedTo(connection)) => format!("it goes to {connection}"),
            Self::Skip(SkipReason::ByOperator { by, .. }) => format!("{by} skipped it"),
            Self::Skip(SkipReason::Undone { by, .. }) => format!("{by} undid it"),
            Self::Skip(SkipReason::Gathers {
                period, leaves_at, ..
            }) => {
                let at = leaves_at.format("%Y-%m-%d %H:%M UTC");
                format!("it is gathered into the summary of {period}, which closes on {at}")
            }
            Self::Skip(SkipReason::InSummary { number }) => {
                format!("it travels inside the summary {number}")
            }
            Self::Hold(findings) => findings
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("; "),
        }
    }
}

/// The reason, with the arithmetic of what is not the host's own.
fn explained(reason: &str, posting: &Posting) -> String {
    if posting.explanation.is_empty() {
        return reason.to_owned();
    }
    format!("{reason}; rounded: {}", posting.explanation.join("; "))
}
