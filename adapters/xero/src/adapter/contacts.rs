//! How wanted contacts are found, by the cheaper of two ways, and made when nobody fits.

use http::Method;
use serde_json::Value;
use tieout_core::document::ProviderContactId;
use tieout_core::provider::{ContactAnswer, ContactWanted, ErrorKind, MatchedBy, ProviderError};

use super::known::Known;
use super::ladder::{climb, is_settled};
use crate::capability::CAPABILITY;
use crate::client::{Call, Client, chunks};
use crate::error::contact_is_taken;
use crate::limit::Purpose;
use crate::map::{contact_name, marker, new_contact, same_name, search_words};
use crate::wire::contact::{Contact, NewContacts};
use crate::wire::problem::Remarks;
use crate::wire::{Listed, Page};

/// Up to so many contacts are searched one by one, with at most four calls each; for more the whole list
/// is read, at one call for each thousand contacts of the organisation.
const SEARCHED_MAX: usize = 3;

const LOOK_UP: &str = "look contacts up";
const CREATE: &str = "create contacts";

/// One answer for each wanted contact, in order.
pub(super) async fn resolve(
    client: &Client,
    wanted: &[ContactWanted],
) -> Result<Vec<ContactAnswer>, ProviderError> {
    let mut known = known_for(client, wanted).await?;
    let mut answers: Vec<ContactAnswer> = wanted.iter().map(|one| climb(one, &known)).collect();

    let to_make = first_of_each_name(wanted, &answers);
    for run in to_make.chunks(CAPABILITY.batch_documents_max) {
        for (index, answer) in create(client, wanted, run, &mut known).await? {
            answers[index] = answer;
        }
    }
    // A second party of the same name gets the contact that was made for the first, or the reason why none was.
    for index in 0..answers.len() {
        if !may_be_made(&wanted[index], &answers[index]) {
            continue;
        }
        let first = to_make
            .iter()
            .find(|&&first| same_name(&wanted[first].name, &wanted[index].name));
        answers[index] = match first.map(|&first| &answers[first]) {
            Some(refused @ ContactAnswer::Refused { .. }) => refused.clone(),
            Some(_) | None => climb(&wanted[index], &known),
        };
    }
    Ok(answers)
}

/// The contacts among which the wanted ones are, by the way that costs fewer calls.
async fn known_for(client: &Client, wanted: &[ContactWanted]) -> Result<Known, ProviderError> {
    if wanted.len() > SEARCHED_MAX {
        match every_contact(client).await {
            // Xero refuses to list very many rows: then each contact is searched after all.
            Err(error) if error.kind == ErrorKind::Refused => {}
            listed => return listed,
        }
    }
    let mut known = Known::default();
    for one in wanted {
        search(client, one, &mut known).await?;
    }
    Ok(known)
}

/// How many calls it takes to look for contacts that are all missing, and to make them.
pub(super) fn calls_for_missing(wanted: &[ContactWanted]) -> usize {
    let looks = match wanted.len() > SEARCHED_MAX {
        true => 1,
        false => wanted.iter().map(|one| terms(one).count()).sum(),
    };
    let nobody: Vec<ContactAnswer> = wanted
        .iter()
        .map(|_| ContactAnswer::Missing { near: Vec::new() })
        .collect();
    let made = first_of_each_name(wanted, &nobody).len();
    looks + made.div_ceil(CAPABILITY.batch_documents_max)
}

/// What a contact is searched by, the best first.
fn terms(wanted: &ContactWanted) -> impl Iterator<Item = String> {
    let number = wanted.number.as_deref().map(marker);
    let mut words = search_words(&wanted.name).into_iter();
    let best = words.next().unwrap_or_else(|| contact_name(&wanted.name));
    // When nobody may be made, a person will choose among near names: one more word finds more of them.
    let further = words.next().filter(|_| !wanted.create_missing);
    let terms = [number, Some(best), wanted.email.clone(), further];
    terms
        .into_iter()
        .flatten()
        .filter(|term| !term.trim().is_empty())
}

fn may_be_made(wanted: &ContactWanted, answer: &ContactAnswer) -> bool {
    wanted.create_missing && matches!(answer, ContactAnswer::Missing { .. })
}

/// The contacts to be made, without those whose name another one of them has.
fn first_of_each_name(wanted: &[ContactWanted], answers: &[ContactAnswer]) -> Vec<usize> {
    let mut chosen: Vec<usize> = Vec::new();
    for (index, one) in wanted.iter().enumerate() {
        let fits = may_be_made(one, &answers[index]) && !contact_name(&one.name).is_empty();
        if fits
            && !chosen
                .iter()
                .any(|&earlier| same_name(&wanted[earlier].name, &one.name))
        {
            chosen.push(index);
        }
    }
    chosen
}

/// Searches what the ladder needs for one contact, and stops as soon as its number is found.
async fn search(
    client: &Client,
    wanted: &ContactWanted,
    known: &mut Known,
) -> Result<(), ProviderError> {
    for term in terms(wanted) {
        let call = contacts().with("searchTerm", term.trim());
        known.add(client.every::<Contact>(&call).await?);
        fetch_merge_targets(client, known).await?;
        if is_settled(&climb(wanted, known)) {
            break;
        }
    }
    Ok(())
}

async fn every_contact(client: &Client) -> Result<Known, ProviderError> {
    let mut known = Known::default();
    known.add(client.every::<Contact>(&contacts()).await?);
    fetch_merge_targets(client, &mut known).await?;
    Ok(known)
}

/// Reads the contacts that others were merged into; one that does not exist any more ends the trail.
async fn fetch_merge_targets(client: &Client, known: &mut Known) -> Result<(), ProviderError> {
    let mut asked: Vec<String> = Vec::new();
    loop {
        let mut targets = known.unknown_merge_targets();
        targets.retain(|target| !asked.contains(target));
        if targets.is_empty() {
            return Ok(());
        }
        let ids: Vec<&str> = targets.iter().map(String::as_str).collect();
        for run in chunks(&ids, CAPABILITY.look_up_max) {
            let call = contacts().with("IDs", run.join(","));
            known.add(client.every::<Contact>(&call).await?);
        }
        asked.append(&mut targets);
    }
}

fn contacts() -> Call {
    Call::read(LOOK_UP, Purpose::Documents, "Contacts", "GET /Contacts")
        .with("includeArchived", "true")
        .with("summaryOnly", "true")
}

/// Makes a run of contacts. Those that turn out to exist are looked up again; what Xero says of those that it refuses is their answer.
async fn create(
    client: &Client,
    wanted: &[ContactWanted],
    run: &[usize],
    known: &mut Known,
) -> Result<Vec<(usize, ContactAnswer)>, ProviderError> {
    let body = NewContacts {
        contacts: run
            .iter()
            .map(|&index| new_contact(&wanted[index]))
            .collect(),
    };
    let call = Call::write_each(CREATE, Method::PUT, "Contacts", "PUT /Contacts", &body)?;
    let key = client.idempotency_key(&call.fingerprint("contacts"));
    let call = call.idempotent(key);
    let reply = client.send(&call).await?;
    if !reply.is_success() {
        return Err(client.refused(&call, &reply));
    }
    let page = Page::<Value>::raw(reply.body(), Contact::LIST)
        .map_err(|error| call.misunderstood(error))?;
    if page.rows != run.len() {
        return Err(call.misunderstood(Misplaced));
    }
    let mut answers = Vec::with_capacity(run.len());
    for (&index, element) in run.iter().zip(&page.items) {
        let answer =
            match made(&wanted[index], element).map_err(|error| call.misunderstood(error))? {
                Made::New(id, contact) => {
                    known.add([contact]);
                    ContactAnswer::Found {
                        id,
                        by: MatchedBy::Created,
                    }
                }
                Made::Taken => {
                    search(client, &wanted[index], known).await?;
                    climb(&wanted[index], known)
                }
                Made::Refused(messages) => ContactAnswer::Refused { messages },
            };
        answers.push((index, answer));
    }
    Ok(answers)
}

/// What became of one contact to be made.
enum Made {
    New(ProviderContactId, Contact),
    Taken,
    Refused(Vec<String>),
}

/// The reply to a creation is not about the contacts that were sent.
#[derive(Debug, thiserror::Error)]
#[error("the contacts that came back are not those that were sent")]
struct Misplaced;

fn made(wanted: &ContactWanted, element: &Value) -> Result<Made, Misplaced> {
    let errors = Remarks::of(element).errors;
    if contact_is_taken(&errors) {
        return Ok(Made::Taken);
    }
    let status = element
        .get("StatusAttributeString")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if status.eq_ignore_ascii_case("ERROR") || !errors.is_empty() {
        return Ok(Made::Refused(errors));
    }
    let contact: Contact = serde_json::from_value(element.clone()).map_err(|_| Misplaced)?;
    let id = contact.id.as_deref().filter(|id| {
        id.bytes()
            .any(|byte| byte.is_ascii_hexdigit() && byte != b'0')
    });
    let id = ProviderContactId::new(id.ok_or(Misplaced)?).map_err(|_| Misplaced)?;
    match contact.name.as_deref() {
        Some(name) if same_name(name, &wanted.name) => Ok(Made::New(id, contact)),
        Some(_) | None => Err(Misplaced),
    }
}
