//! What each validation message of Xero means for the document that it is about.

use tieout_core::provider::{Rejection, RejectionKind};

/// A fragment that Xero's messages of one meaning share.
#[derive(Clone, Debug)]
pub struct MessageRow {
    /// In lower case; texts vary in capitals, punctuation and the values inside them.
    pub fragment: &'static str,
    /// What it means.
    pub kind: RejectionKind,
    /// What a person should do, as a sentence.
    pub advice: &'static str,
}

/// When it makes sense to send a refused document again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// After looking for the document: it may be ours.
    AfterLookUp,
    /// After reading the reference data or the contact anew, a few times by itself.
    AfterReading,
    /// When a time has passed at Xero.
    AfterWaiting,
    /// When somebody has mended something.
    AfterMending,
}

impl MessageRow {
    /// When it makes sense to try again; it follows from the kind, as the engine does.
    #[must_use]
    pub fn retry(&self) -> Retry {
        if self.kind.suggests_stale_chart() || self.kind.suggests_stale_contact() {
            return Retry::AfterReading;
        }
        match &self.kind {
            RejectionKind::DuplicateNumber => Retry::AfterLookUp,
            RejectionKind::PlanLimit => Retry::AfterWaiting,
            RejectionKind::ContactArchived
            | RejectionKind::ContactInvalid
            | RejectionKind::AccountInvalid
            | RejectionKind::TaxInvalid
            | RejectionKind::TrackingInvalid
            | RejectionKind::ItemInvalid
            | RejectionKind::CurrencyNotEnabled
            | RejectionKind::PeriodLocked
            | RejectionKind::NotEditable
            | RejectionKind::NotFound
            | RejectionKind::Arithmetic
            | RejectionKind::Permission
            | RejectionKind::Validation
            | RejectionKind::Other(_) => Retry::AfterMending,
        }
    }
}

const fn row(fragment: &'static str, kind: RejectionKind, advice: &'static str) -> MessageRow {
    MessageRow {
        fragment,
        kind,
        advice,
    }
}

const RENUMBER: &str = "Renumber the document in the host, or the other one at Xero, and retry.";
const REMOVE_PAYMENTS: &str = "Remove the payments and credits of the document at Xero, and retry, or correct it by a credit note.";
const RESTORE: &str = "Restore the contact at Xero, or bill somebody else, and retry.";
const FIND_CONTACT: &str =
    "The contact is not at Xero any more: create it there, or let it be created, and retry.";
const TAX: &str =
    "Choose a tax type in the settings that Xero allows with the line's account, and retry.";
const ACCOUNT: &str = "Choose an active account of the right kind in the settings, or restore this one at Xero, and retry.";
const FIGURES: &str = "Compare the lines with the total in Xero's message; if they agree, report this as a fault of tieout.";
const GONE: &str = "The document is not at Xero any more: look for it in its history there, and adopt or send it again.";

/// The fragments, the more particular ones first: the first that a message holds decides.
///
/// What Xero says of a credit note's number is nowhere quoted; it is expected to be like the others.
pub static MESSAGES: &[MessageRow] = &[
    row("# must be unique", RejectionKind::DuplicateNumber, RENUMBER),
    row(
        "number must be unique",
        RejectionKind::DuplicateNumber,
        RENUMBER,
    ),
    row(
        "cannot be edited as it has a payment or credit note",
        RejectionKind::NotEditable,
        REMOVE_PAYMENTS,
    ),
    row(
        "not of valid status",
        RejectionKind::NotEditable,
        "Look at the document's status at Xero: what is paid, voided, deleted or billed cannot be changed.",
    ),
    row(
        "can only be made against authorised documents",
        RejectionKind::NotEditable,
        "Approve the document at Xero, then retry the payment.",
    ),
    row(
        "contact details has been archived",
        RejectionKind::ContactArchived,
        RESTORE,
    ),
    row(
        "contact must be un-archived",
        RejectionKind::ContactArchived,
        RESTORE,
    ),
    row(
        "specified contact details",
        RejectionKind::ContactInvalid,
        FIND_CONTACT,
    ),
    row(
        "already assigned to another contact",
        RejectionKind::ContactInvalid,
        "Two contacts would have one name: rename or merge them at Xero, and retry.",
    ),
    row(
        "another contact has this contact number",
        RejectionKind::ContactInvalid,
        "Another contact at Xero holds our mark in its contact number: clear it there or merge the two, and retry.",
    ),
    row(
        "account number already exists",
        RejectionKind::ContactInvalid,
        "Two contacts would have one account number: change one of them at Xero, and retry.",
    ),
    row(
        "a contact must be specified",
        RejectionKind::ContactInvalid,
        FIND_CONTACT,
    ),
    row(
        "the contact must contain at least 1",
        RejectionKind::ContactInvalid,
        FIND_CONTACT,
    ),
    row("contactid", RejectionKind::ContactInvalid, FIND_CONTACT),
    row("the taxtype code", RejectionKind::TaxInvalid, TAX),
    row("tax rate must be valid", RejectionKind::TaxInvalid, TAX),
    row(
        "is not a valid code for this document",
        RejectionKind::AccountInvalid,
        ACCOUNT,
    ),
    row(
        "must reference a valid account",
        RejectionKind::AccountInvalid,
        ACCOUNT,
    ),
    row(
        "has been archived or has been deleted",
        RejectionKind::AccountInvalid,
        ACCOUNT,
    ),
    row(
        "account must be valid",
        RejectionKind::AccountInvalid,
        ACCOUNT,
    ),
    row(
        "account code or id must be specified",
        RejectionKind::AccountInvalid,
        "Every line of a document that is approved needs an account: set one in the settings, and retry.",
    ),
    row(
        "account code must be specified",
        RejectionKind::AccountInvalid,
        "Every line of a document that is approved needs an account: set one in the settings, and retry.",
    ),
    row(
        "account could not be found",
        RejectionKind::AccountInvalid,
        ACCOUNT,
    ),
    row(
        "account type is invalid",
        RejectionKind::AccountInvalid,
        "Choose a bank account, or enable payments to the account at Xero, and retry.",
    ),
    row(
        "end of year lock date",
        RejectionKind::PeriodLocked,
        "Date the document after the year's lock date, or ask an adviser to move that date at Xero, and retry.",
    ),
    row(
        "period lock date",
        RejectionKind::PeriodLocked,
        "Date the document after the period's lock date, or move that date at Xero, and retry.",
    ),
    row(
        "not subscribed to currency",
        RejectionKind::CurrencyNotEnabled,
        "Add the currency at Xero, under Currencies, and retry.",
    ),
    row(
        "exceeds the amount outstanding",
        RejectionKind::Arithmetic,
        "Somebody paid or credited the document meanwhile: compare its payments on both sides.",
    ),
    row(
        "does not match the expected line total",
        RejectionKind::Arithmetic,
        FIGURES,
    ),
    row(
        "does not equal the sum of the lines",
        RejectionKind::Arithmetic,
        FIGURES,
    ),
    row(
        "discount must not be greater than the line total",
        RejectionKind::Arithmetic,
        "Correct the discount of the line in the host, and retry.",
    ),
    row(
        "total for this document must be greater than or equal to zero",
        RejectionKind::Arithmetic,
        "A document below zero is a credit note: send it as one, or correct its lines in the host.",
    ),
    row(
        "reached the limit of invoices you can approve",
        RejectionKind::PlanLimit,
        "Upgrade the plan of the organisation at Xero, or wait for its next month, and retry.",
    ),
    row(
        "does not have the correct permissions",
        RejectionKind::Permission,
        "Connect with a user whose role at Xero may approve documents, and retry.",
    ),
    row(
        "specified id could not be found",
        RejectionKind::NotFound,
        GONE,
    ),
    row("document could not be found", RejectionKind::NotFound, GONE),
    row(
        "with the specified creditnoteid could not be found",
        RejectionKind::NotFound,
        GONE,
    ),
    row(
        "with the specified purchaseorderid could not be found",
        RejectionKind::NotFound,
        GONE,
    ),
    row(
        "with the supplied id was not found for this endpoint",
        RejectionKind::NotFound,
        GONE,
    ),
    row(
        "item code is invalid",
        RejectionKind::ItemInvalid,
        "Create the item at Xero, or leave item codes out in the settings, and retry.",
    ),
    row(
        "price list item",
        RejectionKind::ItemInvalid,
        "An item of this code exists at Xero: use it, or choose another code.",
    ),
    row(
        "insufficient stock",
        RejectionKind::ItemInvalid,
        "Receive stock of the item at Xero, or make it an untracked item, and retry.",
    ),
    row(
        "not of valid type for creation",
        RejectionKind::Validation,
        "This is a fault of tieout: report it with the document's kind.",
    ),
    row(
        "email address must be valid",
        RejectionKind::Validation,
        "Correct the e-mail address in the host, and retry.",
    ),
    row(
        "due date cannot be empty",
        RejectionKind::Validation,
        "Give the document a due date in the host, or payment terms in the settings, and retry.",
    ),
    row(
        "description field is mandatory",
        RejectionKind::Validation,
        "Give every line a description in the host, and retry.",
    ),
    row(
        "account code is too long",
        RejectionKind::Validation,
        "Xero's account codes have at most ten characters: correct the code in the settings.",
    ),
    // No source quotes a message about tracking, so the bare word must do; hence last.
    row(
        "tracking",
        RejectionKind::TrackingInvalid,
        "Create the tracking category and its option at Xero, or leave tracking out in the settings, and retry.",
    ),
];

/// The messages that say that a contact exists already: it is looked up again instead of made.
pub static CONTACT_TAKEN: &[&str] = &[
    "already assigned to another contact",
    "another contact has this contact number",
];

/// What a message means; [`RejectionKind::Validation`] when no row knows it.
#[must_use]
pub fn rejection_kind(message: &str) -> RejectionKind {
    row_of(std::slice::from_ref(&message)).map_or(RejectionKind::Validation, |row| row.kind.clone())
}

/// The refusal of a document, with the meaning of the most particular of its messages and its advice.
#[must_use]
pub fn rejection(messages: Vec<String>) -> Rejection {
    let row = row_of(&messages);
    Rejection {
        kind: row.map_or(RejectionKind::Validation, |row| row.kind.clone()),
        advice: row.map(|row| row.advice.to_owned()),
        messages,
    }
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

/// Whether a row knows a message.
pub(crate) fn is_known(message: &str) -> bool {
    row_of(std::slice::from_ref(&message)).is_some()
}

/// The most particular row that one of the messages holds.
fn row_of<T: AsRef<str>>(messages: &[T]) -> Option<&'static MessageRow> {
    let said: Vec<String> = messages
        .iter()
        .map(|message| message.as_ref().to_lowercase())
        .collect();
    MESSAGES
        .iter()
        .find(|row| said.iter().any(|message| message.contains(row.fragment)))
}
