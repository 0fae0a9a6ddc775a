//! Kinds about what the accounting system or the people who work in it made of a document.

use super::kind::{host, provider, settings};
use super::{Act, Kind, Severity, Then, Who};

pub(super) const REFUSED: Kind = Kind {
    name: "refused",
    title: "the accounting system refused the document",
    meaning: "It answered that it will not take the document, for the reason shown in its own words. Nothing was done.",
    causes: &[
        "An item code of a line does not exist there.",
        "The organisation's plan allows no more documents this month.",
        "The user who connected may not do this.",
    ],
    who: &[Who::Bookkeeper, Who::HostUser, Who::Operator],
    mends: &[
        provider("Mend what the message names.", Then::Retried),
        host("Correct what the message names in the document."),
        settings(
            "Correct what the message names where the settings make it.",
            &["item_codes", "rules", "invoice_status"],
        ),
    ],
    acts: &[Act::Retry, Act::Skip, Act::Detach],
    ..Kind::DOCUMENT
};

pub(super) const VOID_REFUSED: Kind = Kind {
    name: "void_refused",
    title: "the document cannot be taken out of the books",
    meaning: "The host let the document go, and in the accounting system payments, credits or a locked period keep it. It \
              stays there, and nobody's payments are touched.",
    causes: &[
        "The document was paid in the accounting system before the host voided it.",
        "The period was closed.",
    ],
    severity: Severity::Differs,
    who: &[Who::Bookkeeper, Who::HostUser],
    mends: &[
        provider(
            "Take back the payments and credits on it.",
            Then::ChangeSeen,
        ),
        provider(
            "Move the lock date for as long as this needs.",
            Then::ChartRead,
        ),
        host("Restore the document."),
    ],
    acts: &[Act::Retry, Act::Detach],
    ..Kind::DOCUMENT
};

pub(super) const UNDO_REFUSED: Kind = Kind {
    name: "undo_refused",
    title: "the document cannot be undone",
    meaning: "A person asked for the document to be taken out of the books again, and in the accounting system payments, \
              credits or a locked period keep it. It stays there, and nobody's payments are touched. A sales invoice of \
              which nothing is paid is reversed by a credit note instead, once a person has seen the note.",
    causes: &[
        "The document was paid or credited in the accounting system since it was sent.",
        "The period was closed since a person looked at what undoing it comes to, or no credit note can reverse the document.",
        "The credit note that was to reverse it was refused, or somebody paid the invoice or used the note first.",
        "tieout itself made the payments for the host, and `host_payments` is not set any more.",
    ],
    severity: Severity::Differs,
    who: &[Who::Bookkeeper, Who::Operator],
    mends: &[
        provider(
            "Take back the payments and credits on it.",
            Then::ChangeSeen,
        ),
        provider(
            "Move the lock date for as long as this needs.",
            Then::ChartRead,
        ),
        settings(
            "Set `host_payments` again: what tieout paid for the host is then taken back first.",
            &["host_payments"],
        ),
    ],
    acts: &[Act::UndoCancel, Act::Retry, Act::Detach],
    ..Kind::DOCUMENT
};

pub(super) const CHANGED_SINCE_UNDO: Kind = Kind {
    name: "changed_since_undo",
    title: "the host changed a document that was undone",
    meaning: "A person took the document out of the books, and the host handed it over anew since. It is not sent again \
              unasked.",
    causes: &["The mistake for which the document was undone was corrected in the host."],
    who: &[Who::Operator, Who::HostUser],
    mends: &[host("Void the document as well.")],
    acts: &[Act::Retry, Act::Skip],
    ..Kind::DOCUMENT
};

pub(super) const EDITED_AT_PROVIDER: Kind = Kind {
    name: "edited_at_provider",
    title: "somebody edited the document in the accounting system",
    meaning: "The document there is not what was sent any more, or was bound as it was found. The edit is never copied \
              back and never overwritten unasked.",
    causes: &[
        "Somebody corrected an amount, an account or the number there.",
        "It was adopted as it is, with its differences.",
    ],
    severity: Severity::Differs,
    who: &[Who::Bookkeeper, Who::HostUser],
    mends: &[
        provider("Undo the edit.", Then::ChangeSeen),
        host("Change the document: the host's version is then sent, over the edit."),
    ],
    acts: &[Act::AdoptOverwrite, Act::Detach],
    ..Kind::DOCUMENT
};

pub(super) const REMOVED_AT_PROVIDER: Kind = Kind {
    name: "removed_at_provider",
    title: "somebody removed the document in the accounting system",
    meaning: "The document was voided or deleted there, and the host still has it. It is not made a second time unasked.",
    causes: &["Somebody thought it a duplicate, or voided it instead of crediting it."],
    severity: Severity::Differs,
    who: &[Who::Bookkeeper, Who::HostUser],
    mends: &[host("Void the document as well.")],
    acts: &[Act::Retry, Act::Skip, Act::Detach],
    ..Kind::DOCUMENT
};

pub(super) const UNREADABLE_AT_PROVIDER: Kind = Kind {
    name: "unreadable_at_provider",
    title: "the document changed in the accounting system and cannot be read there",
    meaning: "What the accounting system shows of the document lacks something that no document can be without. What was \
              known of it stays, and newer payments may be missing in the host.",
    causes: &["The accounting system shows the document in a form that nobody knew."],
    severity: Severity::Differs,
    who: &[Who::Bookkeeper, Who::Operator],
    mends: &[provider(
        "Look at the document there and save it again.",
        Then::ChangeSeen,
    )],
    acts: &[Act::Detach],
    ..Kind::DOCUMENT
};
