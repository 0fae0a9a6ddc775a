//! How files and notes get onto a document, each once.

use http::{Method, StatusCode};
use sha2::{Digest, Sha256};
use tieout_core::document::DocumentKind;
use tieout_core::provider::{
    AttachmentOrder, Audience, ErrorKind, NoteOrder, ProviderError, Rejection, RejectionKind,
    Written,
};

use crate::client::{Call, Client, Reply, hex};
use crate::error;
use crate::limit::Purpose;
use crate::wire::papers::{Attachment, HistoryRecord, NewNote, NewNotes};
use crate::wire::problem::Remarks;
use crate::wire::{Listed, Page, Resource};

const READ_FILES: &str = "read attachments";
const ATTACH: &str = "attach a file";
const READ_NOTES: &str = "read a history";
const NOTE: &str = "write a note";
/// Bytes of a file. Xero's pages name between 3 and 25 MB.
const FILE_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Files of a document.
const FILES_MAX: usize = 10;
/// Characters of a file's name.
const NAME_CHARS_MAX: usize = 100;
/// Characters of a note with its marker.
const NOTE_CHARS_MAX: usize = 2_500;

/// Puts a file on a document, unless it is there.
pub(super) async fn attach(
    client: &Client,
    key: &str,
    order: &AttachmentOrder,
) -> Result<Result<Written, Rejection>, ProviderError> {
    if order.content.is_empty() || order.content.len() > FILE_BYTES_MAX {
        let message = format!(
            "the file has {} bytes; one to {FILE_BYTES_MAX} can be attached",
            order.content.len()
        );
        return Ok(Err(own_rejection(message)));
    }
    let resource = Resource::of(order.kind);
    let name = file_name(&order.name);
    let list = Call::read(
        READ_FILES,
        Purpose::Documents,
        resource.list,
        "GET /{endpoint}/{id}/Attachments",
    )
    .of(order.document.as_str())
    .of("Attachments");
    let held: Vec<Attachment> = client.list(&list).await?.items;
    let same = held.iter().find(|file| {
        let known = file.file_name.as_deref().unwrap_or_default();
        known.eq_ignore_ascii_case(&name)
    });
    let size = order.content.len().to_string();
    match same {
        Some(file) if file.content_length.as_deref() == Some(size.as_str()) => {
            return Ok(Ok(Written::Already));
        }
        None if held.len() >= FILES_MAX => {
            let message = format!("the document has {FILES_MAX} files, more are not taken");
            return Ok(Err(own_rejection(message)));
        }
        Some(_) | None => {}
    }
    let route = "PUT /{endpoint}/{id}/Attachments/{name}";
    let call = Call::upload(
        ATTACH,
        resource.list,
        route,
        &order.media_type,
        order.content.clone(),
    )
    .of(order.document.as_str())
    .of("Attachments")
    .of(name);
    let call = match order.audience {
        Audience::Customer if is_sale(order.kind) => call.with("IncludeOnline", "true"),
        Audience::Customer | Audience::Books => call,
    };
    let call = call.idempotent(client.idempotency_key(key));
    let reply = client.send(&call).await?;
    written::<Attachment>(client, &call, &reply)
}

/// Writes a note, unless one with its marker is there.
pub(super) async fn note(
    client: &Client,
    key: &str,
    order: &NoteOrder,
) -> Result<Result<Written, Rejection>, ProviderError> {
    let refused = |message| ProviderError::new(ErrorKind::Refused, NOTE, message);
    let tag = format!("[{}]", order.marker.trim());
    if order.marker.trim().is_empty() || tag.chars().count() > NAME_CHARS_MAX {
        return Err(refused("a marker has one to ninety-eight characters"));
    }
    let resource = Resource::of(order.kind);
    let route = "GET /{endpoint}/{id}/History";
    let list = Call::read(READ_NOTES, Purpose::Documents, resource.list, route)
        .of(order.document.as_str())
        .of("History");
    let held: Vec<HistoryRecord> = client.list(&list).await?.items;
    let is_there = held.iter().any(|record| {
        record
            .details
            .as_deref()
            .is_some_and(|text| text.contains(&tag))
    });
    if is_there {
        return Ok(Ok(Written::Already));
    }
    let room = NOTE_CHARS_MAX - tag.chars().count() - 1;
    let text: String = order.text.trim().chars().take(room).collect();
    let body = NewNotes {
        history_records: vec![NewNote {
            details: format!("{text} {tag}"),
        }],
    };
    let route = "PUT /{endpoint}/{id}/History";
    let call = Call::write(NOTE, Method::PUT, resource.list, route, &body)?
        .of(order.document.as_str())
        .of("History");
    let call = call.idempotent(client.idempotency_key(key));
    let reply = client.send(&call).await?;
    written::<HistoryRecord>(client, &call, &reply)
}

/// What a reply proves of the one thing that was written.
fn written<T: Listed>(
    client: &Client,
    call: &Call,
    reply: &Reply,
) -> Result<Result<Written, Rejection>, ProviderError> {
    if reply.status() == StatusCode::BAD_REQUEST {
        // One thing was asked for, so a refusal that says why is about it.
        let problem = reply.problem();
        let mut errors: Vec<String> = problem
            .elements
            .iter()
            .flat_map(|element| Remarks::of(element).errors)
            .collect();
        if errors.is_empty() && error::is_known(&problem.message) {
            errors.push(problem.message);
        }
        if !errors.is_empty() {
            return Ok(Err(error::rejection(errors)));
        }
    }
    if !reply.is_success() {
        return Err(client.refused(call, reply));
    }
    let page = Page::<serde_json::Value>::raw(reply.body(), T::LIST)
        .map_err(|error| call.misunderstood(error))?;
    let [element] = page.items.as_slice() else {
        return Err(call.misunderstood(NotOne { rows: page.rows }));
    };
    let errors = Remarks::of(element).errors;
    Ok(if errors.is_empty() {
        Ok(Written::Now)
    } else {
        Err(error::rejection(errors))
    })
}

/// The name as Xero takes it anywhere in an address: letters, digits, dots and hyphens. A name that had to be
/// changed carries a piece of its hash, so that two names never become one file.
fn file_name(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let is_plain = name.chars().all(plain)
        && name.chars().count() <= NAME_CHARS_MAX
        && name.chars().any(|c| c.is_ascii_alphanumeric())
        && !name.starts_with('.');
    if is_plain {
        return name.to_owned();
    }
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if ending.len() <= 8 && ending.chars().all(plain) => (stem, ending),
        Some(_) | None => (name, ""),
    };
    let stem: String = stem
        .trim_matches(['.', ' '])
        .chars()
        .map(|c| if plain(c) { c } else { '_' })
        .take(NAME_CHARS_MAX - 20)
        .collect();
    let hash = hex(&Sha256::digest(name.as_bytes())[..4]);
    let dot = if ending.is_empty() { "" } else { "." };
    format!("{stem}-{hash}{dot}{ending}")
}

fn is_sale(kind: DocumentKind) -> bool {
    match kind {
        DocumentKind::Invoice | DocumentKind::CreditNote => true,
        DocumentKind::Bill | DocumentKind::PurchaseOrder => false,
    }
}

fn own_rejection(message: String) -> Rejection {
    Rejection {
        kind: RejectionKind::Validation,
        messages: vec![message],
        advice: Some(
            "Make the file smaller, or remove another one from the document, and retry.".to_owned(),
        ),
    }
}

/// The reply is not about the one thing that was written.
#[derive(Debug, thiserror::Error)]
#[error("one thing was written and {rows} came back")]
struct NotOne {
    rows: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_safe_in_an_address_and_stays_its_own() {
        assert_eq!(file_name("invoice-A_1.pdf"), "invoice-A_1.pdf");
        let odd: Vec<String> = ["A/1 <b>.pdf", "A:1 <b>.pdf", "é.pdf", "..", "", "x [1].p?f"]
            .iter()
            .map(|name| file_name(name))
            .collect();
        for name in &odd {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            assert!(name.chars().all(plain) && !name.starts_with('.'), "{name}");
        }
        assert!(odd[0].ends_with(".pdf") && odd[0] != odd[1]);
        assert!(file_name(&"x".repeat(300)).len() <= NAME_CHARS_MAX);
    }
}
