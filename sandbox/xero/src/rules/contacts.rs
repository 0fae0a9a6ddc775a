//! Which contacts may be written, and which contact an invoice means.

use crate::books::Organisation;
use crate::books::contact::{Address, Contact, ContactStatus, Person, Phone, tidy_name};
use crate::books::invoice::Kind;
use crate::wire::contact::ContactIn;

use super::{Act, Refusal};

const ARCHIVED: &str = "The contact with the specified contact details has been archived. The contact must be un-archived before creating new invoices or credit notes.";

/// Whether a write may change what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// PUT: makes a new one.
    Create,
    /// POST: changes the one that is meant, or makes a new one.
    Upsert,
}

/// Writes a contact and returns its position.
///
/// # Errors
/// Xero's messages; nothing is changed then.
pub fn write(
    organisation: &mut Organisation,
    act: &Act<'_>,
    mode: Mode,
    sent: &ContactIn,
) -> Result<usize, Refusal> {
    let existing = match mode {
        Mode::Create => None,
        Mode::Upsert => meant(organisation, sent)?,
    };
    let mut messages = field_messages(sent);
    messages.extend(uniqueness_messages(organisation, sent, existing));
    if existing.is_none()
        && sent
            .name
            .as_deref()
            .map(tidy_name)
            .is_none_or(|name| name.is_empty())
    {
        messages.push("The contact name must be specified.".to_owned());
    }
    if let Some(message) = status_message(organisation, act, sent, existing) {
        messages.push(message);
    }
    if !messages.is_empty() {
        return Err(messages.into());
    }
    let at = existing.unwrap_or_else(|| {
        let id = organisation.ids.next_id();
        organisation.contacts.insert(Contact::named(
            id,
            tidy_name(sent.name.as_deref().unwrap_or_default()),
            act.now.timestamp_millis(),
        ))
    });
    organisation
        .contacts
        .change(at, |contact| apply(contact, sent));
    organisation.contacts.ledger.touch(at, act.now);
    Ok(at)
}

/// The contact that an invoice names, made or updated on the way as Xero does.
///
/// # Errors
/// Xero's messages; those about the contact's own fields sit under the contact.
pub fn for_invoice(
    organisation: &mut Organisation,
    act: &Act<'_>,
    sent: &ContactIn,
) -> Result<usize, Refusal> {
    let named = sent
        .name
        .as_deref()
        .map(tidy_name)
        .filter(|name| !name.is_empty());
    if sent.id.is_none() && sent.contact_number.is_none() && named.is_none() {
        return Err(Refusal::of(
            "The Contact must contain at least 1 of the following elements to identify the contact: Name, ContactID, ContactNumber",
        ));
    }
    let found = match meant(organisation, sent)? {
        Some(at) => Some(at),
        None => named
            .as_deref()
            .and_then(|name| organisation.contacts.archived_named(name)),
    };
    if let Some(at) = found {
        match organisation.contacts.ledger.row(at).status {
            ContactStatus::Archived => return Err(Refusal::of(ARCHIVED)),
            ContactStatus::Active => {}
        }
        if !changes(organisation.contacts.ledger.row(at), sent) {
            return Ok(at);
        }
    }
    let addressed = ContactIn {
        id: found.map(|at| organisation.contacts.ledger.row(at).id),
        ..sent.clone()
    };
    write(organisation, act, Mode::Upsert, &addressed).map_err(|refusal| Refusal {
        messages: Vec::new(),
        contact_messages: refusal.messages,
    })
}

/// The contact that a purchase order names by id or number. It is never made nor changed on the way.
///
/// # Errors
/// Xero's messages: none named, unknown, or archived.
pub fn existing(organisation: &Organisation, sent: Option<&ContactIn>) -> Result<usize, Refusal> {
    let Some(sent) = sent else {
        return Err(Refusal::of(
            "A Contact must be specified for this type of transaction",
        ));
    };
    let identity = ContactIn {
        id: sent.id,
        contact_number: sent.contact_number.clone(),
        ..ContactIn::default()
    };
    let at = meant(organisation, &identity)?
        .ok_or_else(|| Refusal::of("A Contact must be specified for this type of transaction"))?;
    match organisation.contacts.ledger.row(at).status {
        ContactStatus::Archived => Err(Refusal::of(ARCHIVED)),
        ContactStatus::Active => Ok(at),
    }
}

/// Marks what the first invoice or bill makes of a contact. Xero does not count this as a change of the contact.
pub fn mark_used(organisation: &mut Organisation, at: usize, kind: Kind) {
    let contact = organisation.contacts.ledger.row_mut(at);
    match kind {
        Kind::Receivable => contact.is_customer = true,
        Kind::Payable => contact.is_supplier = true,
    }
}

/// Xero's message for a name that an active contact has.
#[must_use]
pub fn name_taken(name: &str) -> String {
    format!(
        "The contact name {name} is already assigned to another contact. The contact name must be unique across all active contacts."
    )
}

/// The contact that a write means: by id, else by number, else by name among the active ones.
fn meant(organisation: &Organisation, sent: &ContactIn) -> Result<Option<usize>, Refusal> {
    if let Some(id) = sent.id {
        return organisation
            .contacts
            .ledger
            .find(id)
            .map(Some)
            .ok_or_else(|| {
                Refusal::of(
                    "The specified contact details matched no contact of this organisation.",
                )
            });
    }
    let by_number = sent
        .contact_number
        .as_deref()
        .filter(|number| !number.is_empty())
        .and_then(|number| organisation.contacts.numbered(number));
    Ok(by_number.or_else(|| {
        sent.name
            .as_deref()
            .and_then(|name| organisation.contacts.active_named(name))
    }))
}

/// Whether the sent fields differ from what is kept; naming a contact by its own name changes nothing.
fn changes(kept: &Contact, sent: &ContactIn) -> bool {
    let differs =
        |sent: &Option<String>, kept: &str| sent.as_deref().is_some_and(|sent| sent != kept);
    differs(&sent.name.as_deref().map(tidy_name), &kept.name)
        || differs(&sent.contact_number, &kept.number)
        || differs(&sent.account_number, &kept.account_number)
        || differs(&sent.first_name, &kept.first_name)
        || differs(&sent.last_name, &kept.last_name)
        || differs(&sent.email_address, &kept.email)
        || differs(&sent.company_number, &kept.company_number)
        || differs(&sent.tax_number, &kept.tax_number)
        || differs(&sent.bank_account_details, &kept.bank_account)
        || differs(&sent.default_currency, &kept.default_currency)
        || sent.addresses.is_some()
        || sent.phones.is_some()
        || (sent.id.is_some() && sent.has_more_than_id() && !kept.persons.is_empty())
        || sent.contact_persons.is_some()
}

fn field_messages(sent: &ContactIn) -> Vec<String> {
    let mut messages = Vec::new();
    if sent
        .name
        .as_deref()
        .is_some_and(|name| name.contains(['<', '>']))
    {
        messages.push("The contact name cannot contain the characters < or >.".to_owned());
    }
    if sent
        .name
        .as_deref()
        .is_some_and(|name| tidy_name(name).is_empty())
    {
        messages.push("The contact name cannot be empty.".to_owned());
    }
    let lengths = [
        ("Name", &sent.name, 255),
        ("ContactNumber", &sent.contact_number, 50),
        ("AccountNumber", &sent.account_number, 50),
        ("FirstName", &sent.first_name, 255),
        ("LastName", &sent.last_name, 255),
        ("EmailAddress", &sent.email_address, 255),
        ("CompanyNumber", &sent.company_number, 50),
        ("TaxNumber", &sent.tax_number, 50),
    ];
    for (field, text, chars_max) in lengths {
        if text
            .as_deref()
            .is_some_and(|text| text.chars().count() > chars_max)
        {
            messages.push(format!(
                "The length of the field {field} must be {chars_max} characters or less."
            ));
        }
    }
    let mails = sent
        .contact_persons
        .iter()
        .flatten()
        .map(|person| &person.email_address)
        .chain([&sent.email_address])
        .flatten();
    if mails
        .into_iter()
        .any(|mail| !mail.is_empty() && !is_mail(mail))
    {
        messages.push("Email address must be valid.".to_owned());
    }
    if sent
        .contact_persons
        .as_ref()
        .is_some_and(|persons| persons.len() > 5)
    {
        messages.push("A contact can have at most 5 contact persons.".to_owned());
    }
    messages
}

fn uniqueness_messages(
    organisation: &Organisation,
    sent: &ContactIn,
    existing: Option<usize>,
) -> Vec<String> {
    let contacts = &organisation.contacts;
    let taken = |found: Option<usize>| found.is_some() && found != existing;
    let mut messages = Vec::new();
    if let Some(name) = sent.name.as_deref().map(tidy_name)
        && taken(contacts.active_named(&name))
    {
        messages.push(name_taken(&name));
    }
    let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    if filled(&sent.contact_number).is_some_and(|number| taken(contacts.numbered(&number))) {
        messages.push(
            "Another contact has this contact number. Please enter a different contact number."
                .to_owned(),
        );
    }
    if filled(&sent.account_number)
        .is_some_and(|number| taken(contacts.with_account_number(&number)))
    {
        messages.push(
            "The Account Number already exists. Please enter a different Account Number."
                .to_owned(),
        );
    }
    messages
}

fn status_message(
    organisation: &Organisation,
    act: &Act<'_>,
    sent: &ContactIn,
    existing: Option<usize>,
) -> Option<String> {
    let current = existing.map(|at| organisation.contacts.ledger.row(at).status);
    match (sent.contact_status.as_deref(), current) {
        (None | Some("" | "ACTIVE"), Some(ContactStatus::Archived)) => {
            let allowed = act.switches.unarchive_by_api && sent.contact_status.is_some();
            (!allowed).then(|| "The contact has been archived and cannot be modified.".to_owned())
        }
        (None | Some("" | "ACTIVE" | "ARCHIVED"), _) => None,
        (Some(other), _) => Some(format!("'{other}' is not a valid contact status.")),
    }
}

fn apply(contact: &mut Contact, sent: &ContactIn) {
    let take = |kept: &mut String, sent: &Option<String>| {
        if let Some(sent) = sent {
            sent.clone_into(kept);
        }
    };
    take(&mut contact.name, &sent.name.as_deref().map(tidy_name));
    take(&mut contact.number, &sent.contact_number);
    take(&mut contact.account_number, &sent.account_number);
    take(&mut contact.first_name, &sent.first_name);
    take(&mut contact.last_name, &sent.last_name);
    take(&mut contact.email, &sent.email_address);
    take(&mut contact.company_number, &sent.company_number);
    take(&mut contact.tax_number, &sent.tax_number);
    take(&mut contact.bank_account, &sent.bank_account_details);
    take(&mut contact.default_currency, &sent.default_currency);
    take(
        &mut contact.receivable_tax_type,
        &sent.accounts_receivable_tax_type,
    );
    take(
        &mut contact.payable_tax_type,
        &sent.accounts_payable_tax_type,
    );
    if let Some(addresses) = &sent.addresses {
        contact.addresses = addresses.iter().map(Address::from).collect();
    }
    if let Some(phones) = &sent.phones {
        contact.phones = phones.iter().map(Phone::from).collect();
    }
    // Persons that an update does not list are dropped.
    if sent.contact_persons.is_some() || sent.has_more_than_id() {
        contact.persons = sent
            .contact_persons
            .iter()
            .flatten()
            .map(Person::from)
            .collect();
    }
    match sent.contact_status.as_deref() {
        Some("ARCHIVED") => contact.status = ContactStatus::Archived,
        Some("ACTIVE") => contact.status = ContactStatus::Active,
        Some(_) | None => {}
    }
}

/// One @ with text round it, a dot behind it, ASCII only, no white space: Xero refuses umlauts too.
fn is_mail(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let clean =
        text.is_ascii() && !text.contains(|letter: char| letter.is_whitespace() || letter == ',');
    clean
        && !local.is_empty()
        && !domain.contains('@')
        && domain.split('.').count() > 1
        && domain.split('.').all(|part| !part.is_empty())
}
