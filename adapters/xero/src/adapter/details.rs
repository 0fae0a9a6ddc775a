//! How the details that a contact lacks are copied to it: read first, fill in what is missing, look at what was kept.

use http::Method;
use tieout_core::document::ProviderContactId;
use tieout_core::provider::{
    ContactField, ContactWanted, CopiedDetails, ErrorKind, LeftBecause, LeftDetail, ProviderError,
};

use crate::client::{Call, Client};
use crate::limit::Purpose;
use crate::map::{Filling, filling};
use crate::wire::contact::ContactStatus;
use crate::wire::contact_details::{ContactDetails, ContactsToFill};
use crate::wire::problem::Remarks;
use crate::wire::{Listed, Page};

const READ: &str = "read a contact";
const FILL: &str = "copy contact details";
/// A merge that leads through more contacts than this leads nowhere.
const MERGES_MAX: usize = 8;

/// Fills in what a contact lacks. Somebody waits for it.
pub(super) async fn copy(
    client: &Client,
    contact: &ProviderContactId,
    wanted: &ContactWanted,
) -> Result<CopiedDetails, ProviderError> {
    let held = remaining(client, contact).await?;
    let id = held.id.clone().unwrap_or_default();
    let contact = ProviderContactId::new(id).map_err(|error| bad(error.to_string()))?;
    let filling = filling(wanted, &held);
    let mut outcome = CopiedDetails {
        contact,
        copied: Vec::new(),
        left: filling.left.clone(),
    };
    if filling.fields.is_empty() {
        return Ok(outcome);
    }
    let is_usable = matches!(held.status, None | Some(ContactStatus::Active));
    if !is_usable || held.merged_to.is_some() {
        leave(&mut outcome, filling.fields, &LeftBecause::Archived);
        return Ok(outcome);
    }
    match fill(client, &filling).await? {
        Filled::Refused(messages) => {
            leave(
                &mut outcome,
                filling.fields,
                &LeftBecause::Refused { messages },
            );
        }
        Filled::Now(after) => judge(&mut outcome, filling.fields, wanted, &after),
    }
    Ok(outcome)
}

/// What a detail became is what the contact holds afterwards, not what was asked for.
fn judge(
    outcome: &mut CopiedDetails,
    fields: Vec<ContactField>,
    wanted: &ContactWanted,
    after: &ContactDetails,
) {
    let again = filling(wanted, after);
    for field in fields {
        let is_there = again
            .left
            .iter()
            .any(|left| left.field == field && left.why == LeftBecause::Same);
        if is_there {
            outcome.copied.push(field);
        } else {
            leave(outcome, vec![field], &LeftBecause::NotKept);
        }
    }
}

fn leave(outcome: &mut CopiedDetails, fields: Vec<ContactField>, why: &LeftBecause) {
    let left = fields.into_iter().map(|field| LeftDetail {
        field,
        why: why.clone(),
    });
    outcome.left.extend(left);
}

/// The contact, or the one that it was merged into.
async fn remaining(
    client: &Client,
    contact: &ProviderContactId,
) -> Result<ContactDetails, ProviderError> {
    let mut wanted = contact.as_str().to_owned();
    for _ in 0..MERGES_MAX {
        let call = Call::read(READ, Purpose::Operator, "Contacts", "GET /Contacts/{id}");
        let found = client
            .one::<ContactDetails>(&call.of(wanted.as_str()), ContactDetails::LIST)
            .await?;
        let Some(found) = found else {
            let message = format!("there is no contact {wanted}");
            return Err(ProviderError::new(ErrorKind::Refused, READ, message));
        };
        match &found.merged_to {
            Some(target) if !target.eq_ignore_ascii_case(&wanted) => wanted.clone_from(target),
            Some(_) | None => return Ok(found),
        }
    }
    let message = format!("contact {contact} was merged in a circle");
    Err(ProviderError::new(ErrorKind::Refused, READ, message))
}

enum Filled {
    Now(Box<ContactDetails>),
    Refused(Vec<String>),
}

async fn fill(client: &Client, filling: &Filling) -> Result<Filled, ProviderError> {
    let body = ContactsToFill {
        contacts: vec![filling.fill.clone()],
    };
    let call = Call::write_each(FILL, Method::POST, "Contacts", "POST /Contacts", &body)?;
    let call = call.urgent();
    let key = client.idempotency_key(&call.fingerprint("details"));
    let call = call.idempotent(key);
    let reply = client.send(&call).await?;
    if !reply.is_success() {
        return Err(client.refused(&call, &reply));
    }
    let page = Page::<serde_json::Value>::raw(reply.body(), ContactDetails::LIST)
        .map_err(|error| call.misunderstood(error))?;
    let [element] = page.items.as_slice() else {
        return Err(call.misunderstood(NotTheContact));
    };
    let remarks = Remarks::of(element);
    if !remarks.errors.is_empty() {
        return Ok(Filled::Refused(remarks.errors));
    }
    let after: ContactDetails =
        serde_json::from_value(element.clone()).map_err(|error| call.misunderstood(error))?;
    let is_it = after
        .id
        .as_deref()
        .is_some_and(|id| id.eq_ignore_ascii_case(&filling.fill.id));
    if !is_it {
        return Err(call.misunderstood(NotTheContact));
    }
    Ok(Filled::Now(Box::new(after)))
}

/// The reply is about another contact than the one that was filled in.
#[derive(Debug, thiserror::Error)]
#[error("the contact that came back is not the one that was sent")]
struct NotTheContact;

fn bad(message: String) -> ProviderError {
    ProviderError::new(ErrorKind::BadReply, READ, message)
}
