//! Kinds about what goes out or back beside a document: payments, files, notes, and what the host is told.

use super::kind::{host, provider, settings};
use super::{Act, Kind, Mend, Severity, Site, Then, Who};

const BESIDE: Kind = Kind {
    severity: Severity::Beside,
    ..Kind::DOCUMENT
};

pub(super) const WRITE_BACK_REFUSED: Kind = Kind {
    name: "write_back_refused",
    title: "the host refused what it was told",
    meaning: "The host was told of a posting, a payment or a settlement and answered that it will not take it. It is told \
              again only when that changes, or when somebody retries.",
    causes: &[
        "The document was deleted in the host.",
        "The host's period is closed for payments.",
    ],
    who: &[Who::HostUser],
    mends: &[Mend {
        site: Site::Host,
        how: "Mend what the host's message names.",
        settings: &[],
        then: Then::Retried,
    }],
    acts: &[Act::Retry, Act::Detach],
    ..BESIDE
};

pub(super) const PAYMENT_DATED_AHEAD: Kind = Kind {
    name: "payment_dated_ahead",
    title: "a payment is dated too far ahead to be told yet",
    meaning: "A payment in the accounting system is dated further ahead than `payments_ahead_days_max` lets through. The host \
              is told of it when its day is near enough, by itself, and the settlement that it is told leaves it out until then.",
    causes: &[
        "The payment was entered for the day on which it will be made.",
        "The year of its date was mistyped.",
    ],
    who: &[Who::Bookkeeper, Who::Operator],
    mends: &[
        provider(
            "Take it back and enter it with the right date, if the date is wrong.",
            Then::ChangeSeen,
        ),
        settings(
            "Let more days through, if payments are told early on purpose.",
            &["payments_ahead_days_max"],
        ),
    ],
    acts: &[Act::Detach],
    ..BESIDE
};

pub(super) const PAYMENT_NOT_MADE: Kind = Kind {
    name: "payment_not_made",
    title: "a payment of the host was not made in the accounting system",
    meaning: "The host says that the document was paid there, and the payment could not be entered in the accounting system.",
    causes: &[
        "No account is set for the payment's method.",
        "The document is paid already, or for less than the payment.",
        "The period is locked, or the account takes no payments.",
    ],
    who: &[Who::Operator, Who::Bookkeeper, Who::HostUser],
    mends: &[
        settings(
            "Name an account for the payment.",
            &["host_payments.account", "host_payments.accounts_by_method"],
        ),
        provider(
            "Mend what the message names, such as a payment too many on the document.",
            Then::Retried,
        ),
        host("Correct the payment."),
    ],
    acts: &[Act::Retry, Act::Detach],
    ..BESIDE
};

pub(super) const PAYMENT_NOT_TAKEN_BACK: Kind = Kind {
    name: "payment_not_taken_back",
    title: "a payment that the host took back stays in the accounting system",
    meaning: "The host took a payment back, and the accounting system does not let go of the payment that was made for it.",
    causes: &[
        "The payment was reconciled with the bank.",
        "Its period was closed.",
    ],
    who: &[Who::Bookkeeper, Who::HostUser],
    mends: &[
        provider("Take the payment back there.", Then::ChangeSeen),
        host("Restore the payment."),
    ],
    acts: &[Act::Retry, Act::Detach],
    ..BESIDE
};

pub(super) const PAYMENT_REMOVED_AT_PROVIDER: Kind = Kind {
    name: "payment_removed_at_provider",
    title: "somebody took a payment of the host back in the accounting system",
    meaning: "A payment that was made for the host is not there any more, and the host still has it. It is not made a \
              second time unasked.",
    causes: &["Somebody thought it a duplicate of the bank's line."],
    who: &[Who::Bookkeeper, Who::HostUser],
    mends: &[host("Take the payment back as well.")],
    acts: &[Act::Retry, Act::Detach],
    ..BESIDE
};

pub(super) const ATTACHMENT_NOT_SENT: Kind = Kind {
    name: "attachment_not_sent",
    title: "a file is not on the document in the accounting system",
    meaning: "The host names a file of the document that it does not hand over, or that the accounting system does not take.",
    causes: &[
        "The file is not where the document says, or is another one than it says.",
        "The file is too large, or of a type that is not taken.",
    ],
    who: &[Who::HostUser],
    mends: &[
        Mend {
            site: Site::Host,
            how: "Put the file where the document says.",
            settings: &[],
            then: Then::TriedAgain,
        },
        host("Name another file, or none."),
    ],
    acts: &[Act::Retry, Act::Detach],
    ..BESIDE
};

pub(super) const NOTE_NOT_WRITTEN: Kind = Kind {
    name: "note_not_written",
    title: "the note is not in the history of the document",
    meaning: "`history_notes` asks for a note beside each document, and it could not be made or written.",
    causes: &["The template names a field that does not exist, or its brackets do not close."],
    who: &[Who::Operator],
    mends: &[settings("Correct the template.", &["history_notes"])],
    acts: &[Act::Retry, Act::Detach],
    ..BESIDE
};
