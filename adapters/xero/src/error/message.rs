//! What each validation message of Xero means for the document that it is about.

use tieout_core::provider::{Rejection, RejectionKind};

/// A fragment that Xero's messages of one meaning share.
#[derive(Clone, Debug)]
pub struct MessageRow {
    /// In lower case; texts vary in capitals, punctuation and the values inside them.
    pub fragment: &'static str,
    /// What it means.
    pub kind: RejectionKind,
}

const fn row(fragment: &'static str, kind: RejectionKind) -> MessageRow {
    MessageRow { fragment, kind }
}

/// The fragments, the more particular ones first: the first that a message holds decides.
pub static MESSAGES: &[MessageRow] = &[
    row("invoice # must be unique", RejectionKind::DuplicateNumber),
    row(
        "credit note # must be unique",
        RejectionKind::DuplicateNumber,
    ),
    row(
        "order number must be unique",
        RejectionKind::DuplicateNumber,
    ),
    row(
        "cannot be edited as it has a payment or credit note",
        RejectionKind::NotEditable,
    ),
    row(
        "not of valid status for modification",
        RejectionKind::NotEditable,
    ),
    row(
        "can only be made against authorised documents",
        RejectionKind::NotEditable,
    ),
    row(
        "contact details has been archived",
        RejectionKind::ContactArchived,
    ),
    row(
        "contact must be un-archived",
        RejectionKind::ContactArchived,
    ),
    row("specified contact details", RejectionKind::ContactInvalid),
    row(
        "already assigned to another contact",
        RejectionKind::ContactInvalid,
    ),
    row(
        "another contact has this contact number",
        RejectionKind::ContactInvalid,
    ),
    row(
        "account number already exists",
        RejectionKind::ContactInvalid,
    ),
    row("a contact must be specified", RejectionKind::ContactInvalid),
    row(
        "the contact must contain at least 1",
        RejectionKind::ContactInvalid,
    ),
    row("contactid", RejectionKind::ContactInvalid),
    row("the taxtype code", RejectionKind::TaxInvalid),
    row("tax rate must be valid", RejectionKind::TaxInvalid),
    row(
        "is not a valid code for this document",
        RejectionKind::AccountInvalid,
    ),
    row(
        "must reference a valid account",
        RejectionKind::AccountInvalid,
    ),
    row(
        "has been archived or has been deleted",
        RejectionKind::AccountInvalid,
    ),
    row("account must be valid", RejectionKind::AccountInvalid),
    row(
        "account code or id must be specified",
        RejectionKind::AccountInvalid,
    ),
    row(
        "account code must be specified",
        RejectionKind::AccountInvalid,
    ),
    row("account could not be found", RejectionKind::AccountInvalid),
    row("account type is invalid", RejectionKind::AccountInvalid),
    row("period lock date", RejectionKind::PeriodLocked),
    row("end of year lock date", RejectionKind::PeriodLocked),
    row(
        "not subscribed to currency",
        RejectionKind::CurrencyNotEnabled,
    ),
    row("exceeds the amount outstanding", RejectionKind::Arithmetic),
    row(
        "does not match the expected line total",
        RejectionKind::Arithmetic,
    ),
    row(
        "does not equal the sum of the lines",
        RejectionKind::Arithmetic,
    ),
    row(
        "discount must not be greater than the line total",
        RejectionKind::Arithmetic,
    ),
    row(
        "total for this document must be greater than or equal to zero",
        RejectionKind::Arithmetic,
    ),
    row(
        "reached the limit of invoices you can approve",
        RejectionKind::PlanLimit,
    ),
    row(
        "does not have the correct permissions",
        RejectionKind::Permission,
    ),
    row("specified id could not be found", RejectionKind::NotFound),
    row("document could not be found", RejectionKind::NotFound),
    row(
        "with the specified creditnoteid could not be found",
        RejectionKind::NotFound,
    ),
    row(
        "with the specified purchaseorderid could not be found",
        RejectionKind::NotFound,
    ),
    row("item code is invalid", RejectionKind::ItemInvalid),
    row("price list item", RejectionKind::ItemInvalid),
    row("insufficient stock", RejectionKind::ItemInvalid),
    row("not of valid type for creation", RejectionKind::Validation),
    row("email address must be valid", RejectionKind::Validation),
    row("due date cannot be empty", RejectionKind::Validation),
    row("description field is mandatory", RejectionKind::Validation),
    // No source quotes a message about tracking, so the bare word must do; hence last.
    row("tracking", RejectionKind::TrackingInvalid),
];

/// The messages that say that a contact exists already: it is looked up again instead of made.
pub static CONTACT_TAKEN: &[&str] = &[
    "already assigned to another contact",
    "another contact has this contact number",
];

/// What a message means; [`RejectionKind::Validation`] when no row knows it.
#[must_use]
pub fn rejection_kind(message: &str) -> RejectionKind {
    known(message).map_or(RejectionKind::Validation, |row| row.kind.clone())
}

/// The refusal of a document, with the meaning of the most particular of its messages.
#[must_use]
pub fn rejection(messages: Vec<String>) -> Rejection {
    let kind = MESSAGES
        .iter()
        .find(|row| {
            messages
                .iter()
                .any(|message| message.to_lowercase().contains(row.fragment))
        })
        .map_or(RejectionKind::Validation, |row| row.kind.clone());
    Rejection { kind, messages }
}

/// Whether one of the messages says that the contact exists already.
#[must_use]
pub fn contact_is_taken(messages: &[String]) -> bool {
    messages
        .iter()
        .map(|message| message.to_lowercase())
        .any(|message| {
            CONTACT_TAKEN
                .iter()
                .any(|fragment| message.contains(fragment))
        })
}

fn known(message: &str) -> Option<&'static MessageRow> {
    let message = message.to_lowercase();
    MESSAGES.iter().find(|row| message.contains(row.fragment))
}
