//! Which details a contact lacks: what is there stays, whatever is wanted.

use serde_json::{Map, Value};
use tieout_core::provider::{ContactField, ContactWanted, LeftBecause, LeftDetail};

use super::card::number;
use super::contact::new_contact;
use crate::wire::contact::NewAddress;
use crate::wire::contact_details::{AddressToFill, ContactDetails, ContactToFill, Phone};

/// What is to be filled in, and what is left.
pub struct Filling {
    /// What goes to Xero; nothing when nothing is missing.
    pub fill: ContactToFill,
    /// The details in it.
    pub fields: Vec<ContactField>,
    /// The details that stay, and why.
    pub left: Vec<LeftDetail>,
}

/// Compares what is wanted with what a contact holds.
#[must_use]
pub fn filling(wanted: &ContactWanted, held: &ContactDetails) -> Filling {
    let new = new_contact(wanted);
    let mut fill = ContactToFill {
        id: held.id.clone().unwrap_or_default(),
        ..ContactToFill::default()
    };
    let mut decided = Decided::default();
    for (field, asked, fitting, holds, slot) in [
        (
            ContactField::Number,
            &wanted.number,
            new.number,
            &held.number,
            &mut fill.number,
        ),
        (
            ContactField::Email,
            &wanted.email,
            new.email_address,
            &held.email_address,
            &mut fill.email_address,
        ),
        (
            ContactField::FirstName,
            &wanted.first_name,
            new.first_name,
            &held.first_name,
            &mut fill.first_name,
        ),
        (
            ContactField::LastName,
            &wanted.last_name,
            new.last_name,
            &held.last_name,
            &mut fill.last_name,
        ),
        (
            ContactField::TaxNumber,
            &wanted.tax_number,
            new.tax_number,
            &held.tax_number,
            &mut fill.tax_number,
        ),
    ] {
        let is_asked = asked.as_deref().is_some_and(is_said);
        *slot = decided.decide(field, is_asked, fitting, holds.clone());
    }
    fill.phones = phones(wanted, &new.phones, held, &mut decided);
    fill.addresses = addresses(wanted, new.addresses, held, &mut decided);
    if !decided.fields.is_empty() {
        fill.contact_persons.clone_from(&held.contact_persons);
    }
    Filling {
        fill,
        fields: decided.fields,
        left: decided.left,
    }
}

/// Every telephone number with the missing ones among them; none when none is filled in.
fn phones(
    wanted: &ContactWanted,
    new: &[Phone],
    held: &ContactDetails,
    decided: &mut Decided,
) -> Vec<Phone> {
    let is_of = |phone: &Phone, wanted: &str| {
        let said = phone.phone_type.as_deref();
        said.is_some_and(|said| said.eq_ignore_ascii_case(wanted))
    };
    let mut all = held.phones.clone();
    let mut is_filled = false;
    for (field, phone_type, asked) in [
        (ContactField::Phone, "DEFAULT", &wanted.phones.default),
        (ContactField::Mobile, "MOBILE", &wanted.phones.mobile),
        (ContactField::Fax, "FAX", &wanted.phones.fax),
    ] {
        let is_asked = asked.as_deref().is_some_and(is_said);
        let fitting = new.iter().find(|phone| is_of(phone, phone_type));
        let held = held.phones.iter().find(|phone| is_of(phone, phone_type));
        let missing = decided.decide(
            field,
            is_asked,
            fitting.and_then(number),
            held.and_then(number),
        );
        if missing.is_some() {
            all.retain(|phone| !is_of(phone, phone_type));
            all.extend(fitting.cloned());
            is_filled = true;
        }
    }
    match is_filled {
        true => all,
        false => Vec::new(),
    }
}

/// Every address with the missing one among them; none when none is filled in.
fn addresses(
    wanted: &ContactWanted,
    new: Vec<NewAddress>,
    held: &ContactDetails,
    decided: &mut Decided,
) -> Vec<AddressToFill> {
    let new = new.into_iter().next();
    let same_type = new.as_ref().and_then(|new| of_type(held, new.address_type));
    let is_asked = wanted.address.is_some();
    let line = new.as_ref().map(new_line);
    let missing = decided.decide(
        ContactField::Address,
        is_asked,
        line,
        same_type.map(one_line),
    );
    if missing.is_none() {
        return Vec::new();
    }
    let others = held.addresses.iter().filter(|one| same_type != Some(*one));
    others
        .cloned()
        .map(AddressToFill::Held)
        .chain(new.map(AddressToFill::New))
        .collect()
}

#[derive(Default)]
struct Decided {
    fields: Vec<ContactField>,
    left: Vec<LeftDetail>,
}

impl Decided {
    /// The value to be filled in, if the field is wanted, fits and is missing.
    fn decide(
        &mut self,
        field: ContactField,
        is_asked: bool,
        fitting: Option<String>,
        held: Option<String>,
    ) -> Option<String> {
        let held = held.filter(|text| is_said(text));
        let why = match (is_asked, fitting, held) {
            (false, _, _) => return None,
            (true, Some(value), None) => {
                self.fields.push(field);
                return Some(value);
            }
            (true, None, _) => LeftBecause::Unfit,
            (true, Some(value), Some(held)) if is_same(&value, &held) => LeftBecause::Same,
            (true, Some(_), Some(value)) => LeftBecause::Held { value },
        };
        self.left.push(LeftDetail { field, why });
        None
    }
}

fn is_said(text: &str) -> bool {
    !text.trim().is_empty()
}

fn is_same(one: &str, other: &str) -> bool {
    let plain = |text: &str| {
        text.split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .to_lowercase()
    };
    plain(one) == plain(other)
}

fn of_type<'a>(held: &'a ContactDetails, address_type: &str) -> Option<&'a Map<String, Value>> {
    held.addresses.iter().find(|address| {
        let said = address.get("AddressType").and_then(Value::as_str);
        said.is_some_and(|said| said.eq_ignore_ascii_case(address_type))
    })
}

/// The parts of an address that a new one can have, in the same order; others count as parts too.
fn one_line(address: &Map<String, Value>) -> String {
    const ORDER: [&str; 9] = [
        "AttentionTo",
        "AddressLine1",
        "AddressLine2",
        "AddressLine3",
        "AddressLine4",
        "City",
        "Region",
        "PostalCode",
        "Country",
    ];
    let parts = ORDER.iter().filter_map(|name| address.get(*name)?.as_str());
    joined(parts)
}

fn new_line(address: &NewAddress) -> String {
    let parts = [
        &address.address_line1,
        &address.address_line2,
        &address.city,
        &address.region,
        &address.postal_code,
        &address.country,
    ];
    joined(parts.into_iter().filter_map(|part| part.as_deref()))
}

fn joined<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let parts: Vec<&str> = parts
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    parts.join(", ")
}
