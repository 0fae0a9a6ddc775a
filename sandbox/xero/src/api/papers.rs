//! `/{Endpoint}/{id}/Attachments` and `/{Endpoint}/{id}/History`: which documents have them, and what they may hold.

use http::{Method, header};
use uuid::Uuid;

use crate::answer::Answer;
use crate::books::Organisation;
use crate::books::credit::Source;
use crate::books::invoice::Kind;
use crate::books::papers::{Attachment, Note};
use crate::rules::Refusal;
use crate::wire::date::{BareMsDate, MsDate};
use crate::wire::elements;
use crate::wire::papers::{AttachmentOut, NoteIn, NoteMade, NoteOut};

use super::Call;
use super::envelope::{self, Element};
use super::query::percent_decoded;

/// Most files on one document (Xero's page on attachments).
const FILES_MAX: usize = 10;
/// Longest history note (Xero's page on history and notes).
const NOTE_CHARS_MAX: usize = 2_500;

/// Characters that a file name may not have (Xero's page on attachments).
const FORBIDDEN: &[char] = &['<', '>', ':', '"', '/', '\\', '|', '?', '*', '\0', '+'];

/// What files and notes are pinned to.
struct Owner {
    id: Uuid,
    endpoint: &'static str,
    /// Sales documents can show a file to the customer.
    is_public: bool,
}

/// The answer when the path goes to files or notes; else nothing.
pub(super) fn answer(
    call: &Call<'_>,
    organisation: &mut Organisation,
    endpoint: &str,
) -> Option<Answer> {
    let [key, part, rest @ ..] = call.rest else {
        return None;
    };
    let part = part.to_ascii_lowercase();
    let has_files = !matches!(endpoint, "payments" | "overpayments" | "prepayments");
    match part.as_str() {
        "attachments" if has_files => {}
        "history" => {}
        _ => return None,
    }
    let Some(owner) = owner(organisation, endpoint, key) else {
        return Some(unknown());
    };
    Some(match (part.as_str(), &call.parts.method, rest) {
        ("history", &Method::GET, []) => history(call, organisation, owner.id),
        ("history", &Method::PUT, []) => note(call, organisation, owner.id),
        ("attachments", &Method::GET, []) => {
            let files = shown(organisation, owner.endpoint, owner.id);
            envelope::reply(call, "Attachments", &files, None)
        }
        ("attachments", &Method::GET, [name]) => file(organisation, owner.id, name),
        ("attachments", &Method::PUT | &Method::POST, [name]) => {
            attach(call, organisation, &owner, name)
        }
        (_, _, _) => Answer::method_not_allowed(),
    })
}

/// The files of a document as replies show them.
pub(super) fn shown<'a>(
    organisation: &'a Organisation,
    endpoint: &str,
    owner: Uuid,
) -> Vec<AttachmentOut<'a>> {
    organisation
        .papers
        .attachments(owner)
        .iter()
        .map(|file| AttachmentOut::of(endpoint, owner, file))
        .collect()
}

fn owner(organisation: &Organisation, endpoint: &str, key: &str) -> Option<Owner> {
    let id = Uuid::parse_str(key).ok()?;
    let credit = |source: Source| {
        let at = organisation.credits.find(source, id)?;
        Some(organisation.credits.ledger.row(at).kind)
    };
    let (endpoint, kind) = match endpoint {
        "invoices" => {
            let at = organisation.invoices.ledger.find(id)?;
            ("Invoices", Some(organisation.invoices.ledger.row(at).kind))
        }
        "creditnotes" => ("CreditNotes", Some(credit(Source::CreditNote)?)),
        "overpayments" => credit(Source::Overpayment).map(|_| ("Overpayments", None))?,
        "prepayments" => credit(Source::Prepayment).map(|_| ("Prepayments", None))?,
        "purchaseorders" => {
            organisation.purchase_orders.ledger.find(id)?;
            ("PurchaseOrders", None)
        }
        "banktransactions" => {
            organisation.bank_transactions.find(id)?;
            ("BankTransactions", None)
        }
        "payments" => {
            organisation.payments.find(id)?;
            ("Payments", None)
        }
        "contacts" => {
            organisation.contacts.ledger.find(id)?;
            ("Contacts", None)
        }
        _ => return None,
    };
    Some(Owner {
        id,
        endpoint,
        is_public: kind == Some(Kind::Receivable),
    })
}

/// Xero's answer for an id or an endpoint that has no such papers (Xero's OpenAPI file).
fn unknown() -> Answer {
    refused("The document with the supplied id was not found for this endpoint.")
}

fn refused(message: &str) -> Answer {
    Answer::exception(10, "ValidationException", message)
}

fn file(organisation: &Organisation, owner: Uuid, key: &str) -> Answer {
    let name = percent_decoded(key);
    let wanted = Uuid::parse_str(key).ok();
    organisation
        .papers
        .attachments(owner)
        .iter()
        .find(|file| Some(file.id) == wanted || file.file_name.eq_ignore_ascii_case(&name))
        .map_or_else(Answer::not_found, |file| {
            Answer::file(file.mime_type.clone(), file.content.clone())
        })
}

/// A file with a known name takes the place of the old one. It does not count as a change of the document: a recorded bill with
/// a file was last updated ten years before.
fn attach(call: &Call<'_>, organisation: &mut Organisation, owner: &Owner, name: &str) -> Answer {
    let name = percent_decoded(name);
    let known = organisation.papers.named(owner.id, &name).is_some();
    let full = organisation.papers.attachments(owner.id).len() >= FILES_MAX;
    if call.body.len() > call.switches.attachment_size.bytes_max() {
        return Answer::too_large(call.id);
    }
    if name.trim().is_empty() || name.contains(FORBIDDEN) {
        return refused("The file name contains characters that are not allowed.");
    }
    if call.body.is_empty() {
        return refused("The file is empty.");
    }
    if full && !known {
        return refused("A document can have at most 10 attachments.");
    }
    let posts_new = !known && call.parts.method == Method::POST;
    if posts_new && !call.switches.attachment_post_creates {
        return Answer::not_found();
    }
    let mime_type = call
        .parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("application/octet-stream")
        .to_owned();
    let id = organisation.ids.next_id();
    organisation.papers.attach(
        owner.id,
        Attachment {
            id,
            file_name: name.clone(),
            mime_type,
            content: call.body.to_vec().into(),
            include_online: owner.is_public && call.query.is_true("includeonline"),
        },
    );
    organisation.papers.note(
        owner.id,
        Note {
            changes: "Attached a file",
            details: format!(
                "Attached the file {name} through the Xero API using {}",
                call.provider
            ),
            at: call.now,
        },
    );
    let made: Vec<_> = organisation
        .papers
        .named(owner.id, &name)
        .into_iter()
        .map(|file| AttachmentOut::of(owner.endpoint, owner.id, file))
        .collect();
    envelope::reply(call, "Attachments", &made, None)
}

/// Newest first, as in Xero's example.
fn history(call: &Call<'_>, organisation: &Organisation, owner: Uuid) -> Answer {
    let notes: Vec<_> = organisation
        .papers
        .notes(owner)
        .iter()
        .rev()
        .map(|note| NoteOut {
            changes: note.changes,
            date_string: note.at.format("%Y-%m-%dT%H:%M:%S").to_string(),
            date: MsDate(note.at.timestamp_millis()),
            user: "System Generated",
            details: &note.details,
        })
        .collect();
    envelope::reply(call, "HistoryRecords", &notes, None)
}

fn note(call: &Call<'_>, organisation: &mut Organisation, owner: Uuid) -> Answer {
    let sent: Vec<NoteIn> = match elements::read(call.body, "HistoryRecords") {
        Ok(sent) => sent,
        Err(why) => return Answer::unreadable(&why),
    };
    let verdict = |sent: &NoteIn| match sent.details.as_deref().map_or("", str::trim) {
        "" => Err(Refusal::of("Details must be specified.")),
        text if text.chars().count() > NOTE_CHARS_MAX => Err(Refusal::of(format!(
            "The length of the field Details must be {NOTE_CHARS_MAX} characters or less."
        ))),
        text => Ok(text.to_owned()),
    };
    let verdicts: Vec<Result<String, Refusal>> = sent.iter().map(verdict).collect();
    for details in verdicts.iter().flatten() {
        let note = Note {
            changes: "Note",
            details: details.clone(),
            at: call.now,
        };
        organisation.papers.note(owner, note);
    }
    let elements = verdicts
        .iter()
        .zip(&sent)
        .map(|(verdict, sent)| match verdict {
            Ok(details) => Element::Written(NoteMade {
                date_string: call.now.format("%Y-%m-%dT%H:%M:%S").to_string(),
                date: BareMsDate(call.now.timestamp_millis()),
                details,
                validation_errors: [],
            }),
            Err(refusal) => Element::Refused(envelope::echo(
                call,
                sent,
                "HistoryRecordID",
                "HasValidationErrors",
                refusal,
            )),
        })
        .collect();
    envelope::batch(call, "HistoryRecords", elements)
}
