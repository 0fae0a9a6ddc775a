//! Kinds about documents that are in the accounting system already.

use super::kind::{host, provider};
use super::{Act, Kind, Then, Who};

pub(super) const NUMBER_TAKEN: Kind = Kind {
    name: "number_taken",
    title: "another document has the number",
    meaning: "The accounting system holds another document of this number, or had one. Nothing was overwritten, and nothing \
              is sent under a number that somebody else has. Where that is one of the host's own, this one goes on by itself \
              as soon as the other gives the number up.",
    causes: &[
        "Somebody entered the document by hand, or an earlier connector sent it.",
        "The host gave one number to two documents.",
        "A voided or deleted document keeps its number.",
    ],
    who: &[Who::Bookkeeper, Who::HostUser],
    mends: &[
        host("Renumber the document."),
        provider("Renumber the other document.", Then::Retried),
    ],
    acts: &[Act::Adopt, Act::AdoptOverwrite, Act::Retry, Act::Skip],
    ..Kind::DOCUMENT
};

pub(super) const EXISTING_DIFFERS: Kind = Kind {
    name: "existing_differs",
    title: "one that may be the same is there already, and differs",
    meaning: "Before it was sent, the accounting system was searched, and it holds a document that may be this one but is \
              not the same in every field. Both sides are shown.",
    causes: &[
        "It was entered by hand, or by an earlier connector, with another date, amount or contact.",
        "It was changed there since.",
    ],
    who: &[Who::Bookkeeper, Who::HostUser],
    mends: &[
        provider(
            "Make the document there equal to the host's.",
            Then::Retried,
        ),
        host("Make the document equal to the one that is there."),
    ],
    acts: &[
        Act::Adopt,
        Act::AdoptOverwrite,
        Act::AdoptNone,
        Act::Retry,
        Act::Skip,
    ],
    ..Kind::DOCUMENT
};

pub(super) const EXISTING_AMBIGUOUS: Kind = Kind {
    name: "existing_ambiguous",
    title: "several that may be the same are there already",
    meaning: "Before it was sent, the accounting system was searched, and it holds more than one document that may be this \
              one. Nothing is bound or sent until somebody chooses.",
    causes: &["The document was entered twice by hand."],
    who: &[Who::Bookkeeper],
    mends: &[provider("Void the ones that are too many.", Then::Retried)],
    acts: &[Act::AdoptAs, Act::AdoptNone, Act::Retry, Act::Skip],
    ..Kind::DOCUMENT
};
