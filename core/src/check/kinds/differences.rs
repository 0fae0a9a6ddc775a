//! Kinds of differences that a report shows, each with what mends it.

use super::{Act, Kind, Severity, Subject, Who};

const DIFFERENCE: Kind = Kind {
    subject: Subject::Difference,
    severity: Severity::Differs,
    ..Kind::DOCUMENT
};

const WAITS: Kind = Kind {
    severity: Severity::Waits,
    acts: &[Act::Sync],
    ..DIFFERENCE
};

pub(crate) const NOT_SENT_YET: Kind = Kind {
    name: "not_sent_yet",
    title: "not sent yet",
    meaning: "It is to be sent, or taken out of the books, and it is not its turn yet.",
    causes: &[
        "No run has come to it since the host handed it over.",
        "Old documents wait for the budget of calls.",
    ],
    ..WAITS
};

pub(crate) const NEVER_SENT: Kind = Kind {
    name: "never_sent",
    title: "never sent",
    meaning: "It is held, or was refused: its findings say why.",
    causes: &["See the findings of the document."],
    who: &[Who::Operator, Who::HostUser, Who::Bookkeeper],
    acts: &[Act::Explain],
    ..DIFFERENCE
};

pub(crate) const IN_DOUBT: Kind = Kind {
    name: "in_doubt",
    title: "in doubt",
    meaning: "A request with it got no answer yet, so nobody knows whether the accounting system has it. It is found out \
              before anything is sent again.",
    causes: &["The reply was lost, or the process ended while it was in the air."],
    ..WAITS
};

pub(crate) const SENT_BY_SOMEBODY_ELSE: Kind = Kind {
    name: "sent_by_somebody_else",
    title: "sent by somebody else",
    meaning: "A document in the accounting system that was not made by tieout has its number.",
    causes: &["It was entered by hand, or an earlier connector sent it."],
    who: &[Who::Bookkeeper, Who::HostUser],
    acts: &[Act::Adopt],
    ..DIFFERENCE
};

pub(crate) const CHANGED_IN_HOST: Kind = Kind {
    name: "changed_in_host",
    title: "changed in the host since",
    meaning: "It was changed in the host, and the change was not sent: its findings say why, if something holds it.",
    causes: &[
        "The change is held or was refused.",
        "No run has come to it yet.",
    ],
    who: &[Who::Operator, Who::HostUser],
    acts: &[Act::Explain],
    ..DIFFERENCE
};

pub(crate) const EDITED_AT_PROVIDER: Kind = Kind {
    name: "edited_at_provider",
    title: "edited at the provider",
    meaning: "Somebody edited it in the accounting system. Undo the edit there, or change the host's document; or make both \
              equal to the host's.",
    causes: &["Somebody corrected an amount, an account or the number there."],
    who: &[Who::Bookkeeper, Who::HostUser],
    acts: &[Act::Explain, Act::AdoptOverwrite],
    ..DIFFERENCE
};

pub(crate) const REMOVED_AT_PROVIDER: Kind = Kind {
    name: "removed_at_provider",
    title: "deleted or voided at the provider",
    meaning: "Somebody voided or deleted it in the accounting system. Void it in the host as well, or retry it: it is then \
              sent anew.",
    causes: &["Somebody thought it a duplicate."],
    who: &[Who::Bookkeeper, Who::HostUser],
    acts: &[Act::Explain, Act::Retry],
    ..DIFFERENCE
};

pub(crate) const REMOVAL_REFUSED: Kind = Kind {
    name: "removal_refused",
    title: "its removal was refused",
    meaning: "The host let it go, and the accounting system keeps it: its findings say why.",
    causes: &["Payments are on it, or its period is locked."],
    who: &[Who::Bookkeeper],
    acts: &[Act::Explain],
    ..DIFFERENCE
};

pub(crate) const PAYMENT_NOT_TOLD: Kind = Kind {
    name: "payment_not_told",
    title: "a payment that the host was not told of yet",
    meaning: "The accounting system shows a payment, and the host will be told with the next run.",
    causes: &[
        "No run has come to it since.",
        "The host could not be reached.",
    ],
    ..WAITS
};

pub(crate) const PAYMENT_DATED_AHEAD: Kind = Kind {
    name: "payment_dated_ahead",
    title: "a payment dated too far ahead to be told yet",
    meaning: "The accounting system shows a payment that is dated further ahead than `payments_ahead_days_max` lets through. \
              The host is told of it when its day is near enough.",
    causes: &[
        "The payment was entered for the day on which it will be made, or the year of its date was mistyped.",
    ],
    acts: &[Act::Explain],
    ..WAITS
};

pub(crate) const PAYMENT_REFUSED: Kind = Kind {
    name: "payment_refused",
    title: "a payment that the host refused",
    meaning: "The host was told of a payment and did not take it. Mend the cause there and retry the document: the host is \
              then told again.",
    causes: &["The document was deleted in the host, or its period is closed."],
    who: &[Who::HostUser],
    acts: &[Act::Explain, Act::Retry],
    ..DIFFERENCE
};

pub(crate) const PAYMENT_OF_HOST: Kind = Kind {
    name: "payment_of_host",
    title: "a payment that was made or taken back in the host only",
    meaning: "The host has a payment that the accounting system has not, or the other way round.",
    causes: &[
        "`host_payments` is not set.",
        "The payment waits, or was refused: see the document's findings.",
    ],
    who: &[Who::Operator, Who::Bookkeeper],
    acts: &[Act::Explain],
    ..DIFFERENCE
};

pub(crate) const ROUNDING: Kind = Kind {
    name: "rounding",
    title: "rounding",
    meaning: "Both sides agree but for less than a minor unit a line.",
    causes: &["A document was bound as it was found."],
    who: &[Who::Bookkeeper],
    acts: &[Act::Explain],
    ..DIFFERENCE
};

pub(crate) const UNEXPLAINED: Kind = Kind {
    name: "unexplained",
    title: "unexplained",
    meaning: "Nothing that is known of the document explains the difference.",
    causes: &["It was detached or skipped by a person, and each side went its own way."],
    who: &[Who::Operator],
    acts: &[Act::Explain],
    ..DIFFERENCE
};

/// Every difference, in the order in which reports list them.
pub(crate) const ALL: [&Kind; 14] = [
    &NOT_SENT_YET,
    &NEVER_SENT,
    &IN_DOUBT,
    &SENT_BY_SOMEBODY_ELSE,
    &CHANGED_IN_HOST,
    &EDITED_AT_PROVIDER,
    &REMOVED_AT_PROVIDER,
    &REMOVAL_REFUSED,
    &PAYMENT_NOT_TOLD,
    &PAYMENT_DATED_AHEAD,
    &PAYMENT_REFUSED,
    &PAYMENT_OF_HOST,
    &ROUNDING,
    &UNEXPLAINED,
];
