//! Which details are copied between a record and a contact: what one lacks and the other has, and never the name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text::{said, same};
use crate::document::{Address, HostId, Phones};
use crate::host::{Details, HostRecord, RecordKind};
use crate::provider::{ContactCard, ContactWanted};

/// What a record lacks that a contact has, and what it holds otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lacking {
    /// What is to be filled in.
    pub details: Details,
    /// Its fields, by name.
    pub fields: Vec<String>,
    /// Fields that stay, and why.
    pub left: Vec<(String, String)>,
}

/// The contact that a record would be at the provider: to be looked for, made, or filled in.
///
/// Its marker leads back to the record, so that a contact that was made is found again after somebody renamed it.
#[must_use]
pub fn wanted_contact(host: &HostId, record: &HostRecord) -> ContactWanted {
    let details = &record.details;
    let first = |text: Option<&String>| text.and_then(|text| said(Some(text))).map(str::to_owned);
    // Companies and persons are numbered apart, as in the mapping's markers.
    let mark = match record.key.kind {
        RecordKind::Contact | RecordKind::Lead => '~',
        RecordKind::Company | RecordKind::Deal | RecordKind::Opportunity | RecordKind::Project => {
            ':'
        }
    };
    ContactWanted {
        number: Some(format!("{host}{mark}{}", record.key.id)),
        name: record.name.split_whitespace().collect::<Vec<_>>().join(" "),
        email: first(details.emails.first()),
        first_name: first(details.first_name.as_ref()),
        last_name: first(details.last_name.as_ref()),
        tax_number: first(details.tax_number.as_ref()),
        phones: Phones {
            default: first(details.phones.default.as_ref()),
            mobile: first(details.phones.mobile.as_ref()),
            fax: first(details.phones.fax.as_ref()),
        },
        address: details.addresses.first().cloned(),
        create_missing: true,
    }
}

/// What a record lacks and a contact has. What is there stays, whatever the contact says.
#[must_use]
pub fn lacking(record: &HostRecord, card: &ContactCard) -> Lacking {
    let held = &record.details;
    let mut lacking = Lacking::default();
    let is_person = matches!(record.key.kind, RecordKind::Contact | RecordKind::Lead);
    if is_person {
        let theirs = card.first_name.as_deref();
        lacking.details.first_name = lacking.text("first_name", held.first_name.as_deref(), theirs);
        let theirs = card.last_name.as_deref();
        lacking.details.last_name = lacking.text("last_name", held.last_name.as_deref(), theirs);
    }
    let has = held
        .emails
        .iter()
        .any(|one| same(one, card.email.as_deref().unwrap_or_default()));
    match said(card.email.as_deref()) {
        Some(_) if has => lacking.stays("email", "it is there already"),
        theirs => {
            let ours = held.emails.first().map(String::as_str);
            let email = lacking.text("email", ours, theirs);
            lacking.details.emails.extend(email);
        }
    }
    let phones = [
        ("phone", &held.phones.default, &card.phones.default),
        ("mobile", &held.phones.mobile, &card.phones.mobile),
        ("fax", &held.phones.fax, &card.phones.fax),
    ];
    for (field, ours, theirs) in phones {
        let copied = lacking.text(field, ours.as_deref(), theirs.as_deref());
        let slot = match field {
            "phone" => &mut lacking.details.phones.default,
            "mobile" => &mut lacking.details.phones.mobile,
            _ => &mut lacking.details.phones.fax,
        };
        *slot = copied;
    }
    let theirs = card.tax_number.as_deref();
    lacking.details.tax_number = lacking.text("tax_number", held.tax_number.as_deref(), theirs);
    let theirs = card.addresses.first();
    let ours = held.addresses.first();
    let (ours, shown) = (ours.map(one_line), theirs.map(one_line));
    if lacking
        .text("address", ours.as_deref(), shown.as_deref())
        .is_some()
    {
        lacking.details.addresses.extend(theirs.cloned());
    }
    lacking
}

impl Lacking {
    /// The other's text, if ours is missing.
    fn text(&mut self, field: &str, ours: Option<&str>, theirs: Option<&str>) -> Option<String> {
        match (said(ours), said(theirs)) {
            (_, None) => None,
            (None, Some(text)) => {
                self.fields.push(field.to_owned());
                Some(text.to_owned())
            }
            (Some(ours), Some(theirs)) if same(ours, theirs) => {
                self.stays(field, "it is there already");
                None
            }
            (Some(ours), Some(_)) => {
                self.stays(field, &format!("it holds `{ours}`, which stays"));
                None
            }
        }
    }

    fn stays(&mut self, field: &str, why: &str) {
        self.left.push((field.to_owned(), why.to_owned()));
    }
}

fn one_line(address: &Address) -> String {
    let parts = [
        &address.line1,
        &address.line2,
        &address.city,
        &address.region,
        &address.postal_code,
        &address.country,
    ];
    let said: Vec<&str> = parts
        .into_iter()
        .filter_map(|part| said(part.as_deref()))
        .collect();
    said.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Phones, ProviderContactId};
    use crate::host::RecordRef;

    #[test]
    fn only_what_is_missing_is_copied_and_what_stays_is_told_with_its_reason() {
        let record = HostRecord {
            mirrored: std::collections::BTreeMap::new(),
            key: RecordRef::new(RecordKind::Contact, "7").unwrap(),
            name: "Ana Rua".to_owned(),
            details: Details {
                last_name: Some("rua".to_owned()),
                emails: vec!["ana@x.example".to_owned()],
                phones: Phones {
                    default: Some("1".to_owned()),
                    ..Phones::default()
                },
                ..Details::default()
            },
            company: None,
            related: Vec::new(),
            stage: None,
            currency: None,
            amount: None,
            lines: Vec::new(),
            url: None,
            updated_at: None,
            version: None,
        };
        let card = ContactCard {
            id: ProviderContactId::new("x").unwrap(),
            name: "Another".to_owned(),
            first_name: Some("Ana".to_owned()),
            last_name: Some("Rua".to_owned()),
            email: Some("other@x.example".to_owned()),
            tax_number: Some(" ".to_owned()),
            phones: Phones {
                default: Some("2".to_owned()),
                mobile: Some("3".to_owned()),
                fax: None,
            },
            addresses: vec![Address {
                city: Some("Nelson".to_owned()),
                ..Address::default()
            }],
            archived: false,
        };
        let copied = lacking(&record, &card);
        assert_eq!(copied.fields, ["first_name", "mobile", "address"]);
        assert_eq!(copied.details.phones.default, None);
        let left: Vec<&str> = copied
            .left
            .iter()
            .map(|(field, _)| field.as_str())
            .collect();
        assert_eq!(left, ["last_name", "email", "phone"]);
        assert!(copied.left[1].1.contains("ana@x.example"));
        let host = HostId::new("crm").unwrap();
        let wanted = wanted_contact(&host, &record);
        assert_eq!(wanted.number.as_deref(), Some("crm~7"));
        assert_eq!(wanted.name, "Ana Rua");
    }
}
