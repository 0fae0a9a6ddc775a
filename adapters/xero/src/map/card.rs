//! How Xero's contact is shown to people: its details in the normal form, parts that say nothing left out.

use serde_json::{Map, Value};
use tieout_core::document::{Address, Phones, ProviderContactId};
use tieout_core::provider::ContactCard;

use crate::wire::contact::ContactStatus;
use crate::wire::contact_details::{ContactDetails, Phone};

/// What Xero takes of a number without its codes (its developers' page on contacts).
const PHONE_CHARS_MAX: usize = 50;

/// The card of a contact; `None` for one without identifier or name, which nothing can be done with.
#[must_use]
pub fn card(contact: &ContactDetails) -> Option<ContactCard> {
    let phone = |wanted: &str| {
        let of_type = |phone: &&Phone| phone.phone_type.as_deref() == Some(wanted);
        contact.phones.iter().find(of_type).and_then(number)
    };
    Some(ContactCard {
        id: ProviderContactId::new(contact.id.as_deref()?).ok()?,
        name: contact.name.clone()?,
        first_name: said(contact.first_name.as_deref()),
        last_name: said(contact.last_name.as_deref()),
        email: said(contact.email_address.as_deref()),
        tax_number: said(contact.tax_number.as_deref()),
        phones: Phones {
            default: phone("DEFAULT"),
            mobile: phone("MOBILE"),
            fax: phone("FAX"),
        },
        addresses: contact.addresses.iter().filter_map(address).collect(),
        archived: !matches!(contact.status, None | Some(ContactStatus::Active)),
    })
}

/// The telephone numbers that a contact may have, by Xero's types; one that is too long for Xero is left out.
pub(super) fn new_phones(wanted: &Phones) -> Vec<Phone> {
    let of = |(phone_type, asked): (&str, &Option<String>)| {
        let text = said(asked.as_deref())?;
        let fits = text.chars().count() <= PHONE_CHARS_MAX;
        fits.then(|| Phone {
            phone_type: Some(phone_type.to_owned()),
            phone_number: Some(text),
            ..Phone::default()
        })
    };
    let types = [
        ("DEFAULT", &wanted.default),
        ("MOBILE", &wanted.mobile),
        ("FAX", &wanted.fax),
    ];
    types.into_iter().filter_map(of).collect()
}

/// Country, area and number, as people dial them.
pub(super) fn number(phone: &Phone) -> Option<String> {
    let own = said(phone.phone_number.as_deref())?;
    let before = [&phone.phone_country_code, &phone.phone_area_code];
    let mut parts: Vec<String> = before
        .into_iter()
        .filter_map(|part| said(part.as_deref()))
        .collect();
    parts.push(own);
    Some(parts.join(" "))
}

/// The address, if it says more than its type.
fn address(held: &Map<String, Value>) -> Option<Address> {
    let part = |name: &str| said(held.get(name)?.as_str());
    let further = ["AddressLine2", "AddressLine3", "AddressLine4"];
    let further: Vec<String> = further.into_iter().filter_map(part).collect();
    let address = Address {
        kind: None,
        line1: part("AddressLine1"),
        line2: said(Some(&further.join(", "))),
        city: part("City"),
        region: part("Region"),
        postal_code: part("PostalCode"),
        country: part("Country"),
    };
    let kind = match held.get("AddressType").and_then(Value::as_str) {
        Some("STREET") => "street",
        Some(_) | None => "postal",
    };
    (address != Address::default()).then(|| Address {
        kind: Some(kind.to_owned()),
        ..address
    })
}

fn said(text: Option<&str>) -> Option<String> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    text.map(str::to_owned)
}
