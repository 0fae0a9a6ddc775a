//! Kinds about what a document is and where it belongs.

use super::kind::{host, provider, settings};
use super::{Act, Kind, Severity, Then, Who};

pub(super) const UNROUTED: Kind = Kind {
    name: "unrouted",
    title: "no route claims the document",
    meaning: "No [[routes]] entry fits the document's host, company, division and currency, so it belongs to no \
              organisation and is sent nowhere.",
    causes: &[
        "A new company, division or currency came into use in the host.",
        "A route asks for something that the document does not say.",
    ],
    who: &[Who::Operator, Who::HostUser],
    mends: &[
        settings(
            "Add a [[routes]] entry that fits the document.",
            &["[[routes]]"],
        ),
        host("Correct the company, the division or the currency of the document, or void it."),
    ],
    ..Kind::DOCUMENT
};

pub(super) const ROUTED_ELSEWHERE: Kind = Kind {
    name: "routed_elsewhere",
    title: "the document belongs to another organisation by now",
    meaning: "It was sent to one organisation, and the routes lead to another one now. It stays where it is, so that it \
              never stands in both; a change in the host is still sent to where it is.",
    causes: &[
        "Its company, division or currency changed in the host after it was sent.",
        "The routes were changed.",
        "It is to be moved, and payments or a locked period stand in the way.",
    ],
    severity: Severity::Differs,
    who: &[Who::Operator, Who::HostUser, Who::Bookkeeper],
    mends: &[
        host("Give the document back what it was routed by."),
        settings(
            "Correct the [[routes]] so that they lead to where it is.",
            &["[[routes]]"],
        ),
        settings(
            "Set `moves = \"void_and_create\"` in the settings of the connection that holds it: it is voided there and \
             then created in the other one.",
            &["moves"],
        ),
        provider(
            "Take back the payments that stand in the way of its move.",
            Then::ChangeSeen,
        ),
        provider(
            "Move the lock date that stands in the way of its move.",
            Then::ChartRead,
        ),
    ],
    acts: &[Act::Retry, Act::Detach],
    ..Kind::DOCUMENT
};

pub(super) const STATUS_UNKNOWN: Kind = Kind {
    name: "status_unknown",
    title: "the document's status has no meaning here",
    meaning: "The host gave the document a status that says neither that it is to be in the books nor that it is not, so \
              nothing is done about it.",
    causes: &["The host uses a word of its own, or a misspelled one."],
    who: &[Who::HostUser],
    mends: &[host(
        "Send one of `draft`, `final`, `proposed`, `voided` or `reversed`; for a purchase order `draft`, `final` or `cancelled`.",
    )],
    acts: &[Act::Skip, Act::Detach],
    ..Kind::DOCUMENT
};

pub(super) const KIND_NOT_SENT: Kind = Kind {
    name: "kind_not_sent",
    title: "the kind of the document is unknown",
    meaning: "The host says that the document is of a kind that nobody here knows, so it is unknown what it is in the \
              books.",
    causes: &["The host uses a word of its own for invoices or credit notes."],
    who: &[Who::HostUser],
    mends: &[host(
        "Send `sales` for an invoice and `sales_credit` for a credit note.",
    )],
    acts: &[Act::Skip, Act::Detach],
    ..Kind::DOCUMENT
};

pub(super) const KIND_NOT_KEPT: Kind = Kind {
    name: "kind_not_kept",
    title: "the accounting system keeps no documents of this kind",
    meaning: "The settings send documents of a kind that this accounting system has no place for.",
    causes: &[
        "`bills`, `credit_notes` or `method` was set without a look at what the accounting system keeps.",
    ],
    who: &[Who::Operator],
    mends: &[settings(
        "Set `bills` or `credit_notes` to `false`, or `method` to `\"untracked\"`; or route such documents to another \
         connection.",
        &["bills", "credit_notes", "method", "[[routes]]"],
    )],
    acts: &[Act::Skip],
    ..Kind::DOCUMENT
};

pub(super) const RECORD_UNREADABLE: Kind = Kind {
    name: "record_unreadable",
    title: "the document lacks what nothing can be made without",
    meaning: "It has no lines, does not say in known words whether its prices hold the tax, or is not in the store any \
              more. A record that cannot be read at all lies in the host's `failed/`, or is kept here where the host has \
              no folder.",
    causes: &[
        "The host handed the document over incomplete.",
        "`amounts_are` is none of `tax_exclusive`, `tax_inclusive` and `no_tax`.",
    ],
    who: &[Who::HostUser],
    mends: &[host("Complete the document and hand it over again.")],
    acts: &[Act::Skip, Act::Detach],
    ..Kind::DOCUMENT
};

pub(super) const TEXT_UNUSABLE: Kind = Kind {
    name: "text_unusable",
    title: "a text does not fit its field",
    meaning: "A number, name, reference or description is empty where one is needed, too long, or holds a character that \
              may not stand in it; or a template or a branding theme of the settings cannot be used. Texts are never cut.",
    causes: &[
        "A field of the host is longer than the accounting system keeps.",
        "A template of the settings puts several fields together, which are too long in sum.",
        "A template names a field that does not exist.",
        "The branding theme was renamed or deleted.",
    ],
    who: &[Who::HostUser, Who::Operator, Who::Bookkeeper],
    mends: &[
        host("Shorten or complete the text in the document."),
        settings(
            "Correct what makes the text.",
            &[
                "reference",
                "purchase_order_reference",
                "description",
                "number_prefix",
                "branding_theme",
                "rules",
            ],
        ),
        provider(
            "Add the branding theme that the settings name.",
            Then::ChartRead,
        ),
    ],
    acts: &[Act::Retry, Act::Skip, Act::Detach],
    ..Kind::DOCUMENT
};

pub(super) const DUE_DATE_UNUSABLE: Kind = Kind {
    name: "due_date_unusable",
    title: "the due date cannot be right",
    meaning: "The document falls due before its own date, or its payment terms lead beyond the calendar.",
    causes: &[
        "The invoice date was changed and the due date was not.",
        "A rule of the settings makes the due date from another field.",
    ],
    who: &[Who::HostUser, Who::Operator],
    mends: &[
        host("Correct the due date or the invoice date."),
        settings("Correct the rule that makes the due date.", &["rules"]),
    ],
    acts: &[Act::Retry, Act::Skip, Act::Detach],
    ..Kind::DOCUMENT
};

pub(super) const RULE_FAILED: Kind = Kind {
    name: "rule_failed",
    title: "a rule of the settings could not be applied",
    meaning: "One of the `rules` that make single fields gave no value for this document: its expression failed, or its \
              table has no entry for what the document says.",
    causes: &[
        "The table of a `lookup` lacks the document's value and has no `otherwise`.",
        "An expression looks at a field that this document does not have.",
    ],
    who: &[Who::Operator, Who::HostUser],
    mends: &[
        settings("Correct the rule, or give its table the entry.", &["rules"]),
        host("Correct the field that the rule looks at."),
    ],
    acts: &[Act::Retry, Act::Skip, Act::Detach],
    ..Kind::DOCUMENT
};

pub(super) const SUMMARY_SETTLED: Kind = Kind {
    name: "summary_settled",
    title: "the document changed after its summary was paid",
    meaning: "The document travels inside a summary that has payments or credits on it, and the host changed it, or let it \
              go, since. The summary stays as it is, with the document as it was.",
    causes: &[
        "The document was corrected or voided in the host after the customer had paid the summary.",
        "It belongs to another contact, currency, period or organisation by now.",
    ],
    severity: Severity::Differs,
    who: &[Who::HostUser, Who::Bookkeeper],
    mends: &[
        host(
            "Give the document back what it was, and write the difference as a credit note or as an invoice of its own.",
        ),
        provider(
            "Take back the payments and credits on the summary: it follows the document then.",
            Then::ChangeSeen,
        ),
    ],
    acts: &[Act::Retry],
    ..Kind::DOCUMENT
};
