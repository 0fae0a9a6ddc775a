//! Whom a document is for: how the provider's contact is found, and what a new one would carry.

use super::name::{filled, normalised};
use super::trace::MadeBy;
use crate::check::Finding;
use crate::check::text_usable::{Charset, TextAsked, text_usable};
use crate::document::{BillTo, Document, HostId, PartyId};
use crate::provider::ContactWanted;
use crate::settings::{ContactPolicy, ContactPopulation, Settings};

/// Characters of a contact's name.
const NAME_CHARS_MAX: usize = 255;
/// Characters of the marker that is kept in a contact's number.
const MARKER_CHARS_MAX: usize = 50;
/// The field of the person that an invoice is for.
const ATTENTION: &str = "bill_to.attention";

/// The contact that a document of `host` needs.
///
/// Under [`ContactPopulation::None`] only the name is told, so nothing but the name can match or be
/// written. Otherwise our marker finds the contact again after somebody renamed it.
///
/// # Errors
///
/// The name is empty or too long.
pub fn contact_wanted(
    host: &HostId,
    document: &Document,
    settings: &Settings,
) -> Result<ContactWanted, Vec<Finding>> {
    let policy = &settings.contacts;
    let wanted = match always(document, policy) {
        Some((_, name)) => named(name, false),
        None => match document {
            Document::Invoice(invoice) => billed(host, &invoice.bill_to, policy),
            Document::Bill(bill) => {
                supplying(host, bill.supplier.id.as_ref(), &bill.supplier.name, policy)
            }
            Document::PurchaseOrder(order) => supplying(
                host,
                order.supplier.id.as_ref(),
                &order.supplier.name,
                policy,
            ),
        },
    };
    let asked = TextAsked {
        field: field(document, policy),
        word: "contact's name",
        chars_max: NAME_CHARS_MAX,
        charset: Charset::Text,
        remedy: "Correct the name in the host.",
    };
    text_usable(&wanted.name, asked).map_err(|finding| vec![*finding])?;
    Ok(wanted)
}

/// What made the name of a document's contact, and by what it is asked for; the provider's answer is another thing.
#[must_use]
pub fn contact_explained(document: &Document, settings: &Settings) -> MadeBy {
    let policy = &settings.contacts;
    match always(document, policy) {
        Some((setting, _)) => MadeBy::setting(setting),
        None => match document {
            Document::Invoice(_) | Document::Bill(_) | Document::PurchaseOrder(_) => {
                match field(document, policy) {
                    ATTENTION => MadeBy::setting_for("contacts.population", ATTENTION),
                    other => MadeBy::host(other),
                }
            }
        },
    }
}

/// The field or the setting that the name of a document's contact comes from.
pub(crate) fn field(document: &Document, policy: &ContactPolicy) -> &'static str {
    if let Some((setting, _)) = always(document, policy) {
        return setting;
    }
    match document {
        Document::Invoice(invoice) => match policy.population {
            ContactPopulation::BillTo if filled(invoice.bill_to.attention.as_deref()).is_some() => {
                ATTENTION
            }
            ContactPopulation::BillTo | ContactPopulation::None | ContactPopulation::Company => {
                "bill_to.name"
            }
        },
        Document::Bill(_) | Document::PurchaseOrder(_) => "supplier.name",
    }
}

/// The one contact that the settings name for documents of this side of the business.
fn always<'a>(document: &Document, policy: &'a ContactPolicy) -> Option<(&'static str, &'a str)> {
    let (setting, name) = match document {
        Document::Invoice(_) => ("contacts.always", &policy.always),
        Document::Bill(_) | Document::PurchaseOrder(_) => {
            ("contacts.always_supplier", &policy.always_supplier)
        }
    };
    Some((setting, filled(name.as_deref())?))
}

/// A contact of which only the name is known.
fn named(name: &str, create_missing: bool) -> ContactWanted {
    ContactWanted {
        number: None,
        name: normalised(name),
        email: None,
        first_name: None,
        last_name: None,
        tax_number: None,
        phones: crate::document::Phones::default(),
        address: None,
        create_missing,
    }
}

fn billed(host: &HostId, bill_to: &BillTo, policy: &ContactPolicy) -> ContactWanted {
    let attention = filled(bill_to.attention.as_deref());
    let company = bill_to
        .company_id
        .as_ref()
        .map(|id| company_marker(host, id));
    let person = bill_to
        .contact_id
        .as_ref()
        .map(|id| person_marker(host, id));
    let (number, name) = match policy.population {
        ContactPopulation::None => return named(&bill_to.name, policy.create_missing),
        ContactPopulation::Company => (company.or(person), bill_to.name.as_str()),
        ContactPopulation::BillTo => (person.or(company), attention.unwrap_or(&bill_to.name)),
    };
    let (first_name, last_name) = attention.map(parts).unwrap_or_default();
    ContactWanted {
        number,
        email: filled(bill_to.email.as_deref()).map(str::to_owned),
        first_name,
        last_name,
        tax_number: filled(bill_to.tax_number.as_deref()).map(str::to_owned),
        address: bill_to.address.clone(),
        ..named(name, policy.create_missing)
    }
}

fn supplying(
    host: &HostId,
    id: Option<&PartyId>,
    name: &str,
    policy: &ContactPolicy,
) -> ContactWanted {
    let number = match policy.population {
        ContactPopulation::None => None,
        ContactPopulation::BillTo | ContactPopulation::Company => {
            id.map(|id| company_marker(host, id))
        }
    };
    ContactWanted {
        number,
        ..named(name, policy.create_missing_suppliers)
    }
}

fn company_marker(host: &HostId, id: &PartyId) -> String {
    fitting(format!("{host}:{id}"))
}

/// Hosts number companies and persons apart, so 283 can be one of each: their markers differ.
fn person_marker(host: &HostId, id: &PartyId) -> String {
    fitting(format!("{host}~{id}"))
}

/// The marker itself, or its fingerprint where it is too long to be kept.
fn fitting(marker: String) -> String {
    if marker.chars().count() <= MARKER_CHARS_MAX {
        return marker;
    }
    let fingerprint = blake3::hash(marker.as_bytes()).to_hex();
    format!("#{}", &fingerprint[..32])
}

/// First and last name: a comma stands behind a surname that comes first, else the last word is it.
fn parts(person: &str) -> (Option<String>, Option<String>) {
    let person = normalised(person);
    let (first, last) = match person.split_once(',') {
        Some((last, first)) => (first.trim(), last.trim()),
        None => person.rsplit_once(' ').unwrap_or((&person, "")),
    };
    (
        filled(Some(first)).map(str::to_owned),
        filled(Some(last)).map(str::to_owned),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::testing::{invoice_of, totals_of};

    fn party(id: &str) -> Option<PartyId> {
        Some(PartyId::new(id).unwrap())
    }

    fn bill_to() -> BillTo {
        BillTo {
            company_id: party("283"),
            contact_id: party("556"),
            name: " Banksia  Workers Underwriting Pty Ltd".to_owned(),
            attention: Some("Renee Abbott".to_owned()),
            email: Some("accounts@banksiaworkers.example".to_owned()),
            tax_number: Some("11 000 111 001".to_owned()),
            address: None,
        }
    }

    fn wanted(bill_to: BillTo, contacts: ContactPolicy) -> Result<ContactWanted, Vec<Finding>> {
        let mut invoice = invoice_of(Vec::new(), totals_of("0", "0", "0"));
        invoice.bill_to = bill_to;
        let settings = Settings {
            contacts,
            ..Settings::default()
        };
        contact_wanted(
            &HostId::new("iinsight").unwrap(),
            &Document::Invoice(invoice),
            &settings,
        )
    }

    fn populated(population: ContactPopulation, bill_to: BillTo) -> ContactWanted {
        wanted(
            bill_to,
            ContactPolicy {
                population,
                ..ContactPolicy::default()
            },
        )
        .unwrap()
    }

    #[test]
    fn without_population_nothing_but_the_name_is_told() {
        let found = populated(ContactPopulation::None, bill_to());
        assert_eq!(found, named("Banksia Workers Underwriting Pty Ltd", true));
    }

    #[test]
    fn a_company_is_marked_by_the_companys_identifier() {
        let found = populated(ContactPopulation::Company, bill_to());
        assert_eq!(found.number.as_deref(), Some("iinsight:283"));
        assert_eq!(found.name, "Banksia Workers Underwriting Pty Ltd");
        assert_eq!(
            (found.first_name.as_deref(), found.last_name.as_deref()),
            (Some("Renee"), Some("Abbott"))
        );
        assert_eq!(
            found.email.as_deref(),
            Some("accounts@banksiaworkers.example")
        );
    }

    #[test]
    fn a_person_is_marked_apart_from_companies_and_named_by_the_attention() {
        let found = populated(ContactPopulation::BillTo, bill_to());
        assert_eq!(found.number.as_deref(), Some("iinsight~556"));
        assert_eq!(found.name, "Renee Abbott");
        let company = BillTo {
            contact_id: party("283"),
            company_id: None,
            ..bill_to()
        };
        assert_ne!(
            populated(ContactPopulation::BillTo, company)
                .number
                .as_deref(),
            Some("iinsight:283")
        );
    }

    #[test]
    fn without_a_company_the_person_stands_in_and_the_other_way_round() {
        let person = BillTo {
            company_id: None,
            name: "Greta Voss".to_owned(),
            attention: None,
            ..bill_to()
        };
        let found = populated(ContactPopulation::Company, person);
        assert_eq!(
            (found.number.as_deref(), found.name.as_str()),
            (Some("iinsight~556"), "Greta Voss")
        );
        let company = BillTo {
            contact_id: None,
            attention: None,
            ..bill_to()
        };
        assert_eq!(
            populated(ContactPopulation::BillTo, company)
                .number
                .as_deref(),
            Some("iinsight:283")
        );
    }

    #[test]
    fn one_contact_for_all_is_never_made() {
        let always = ContactPolicy {
            always: Some("Web  Orders".to_owned()),
            ..ContactPolicy::default()
        };
        assert_eq!(
            wanted(bill_to(), always).unwrap(),
            named("Web Orders", false)
        );
    }

    #[test]
    fn a_surname_that_comes_first_stays_first_in_the_name() {
        let person = BillTo {
            attention: Some("Voss, Greta".to_owned()),
            ..bill_to()
        };
        let found = populated(ContactPopulation::BillTo, person);
        assert_eq!(found.name, "Voss, Greta");
        assert_eq!(
            (found.first_name.as_deref(), found.last_name.as_deref()),
            (Some("Greta"), Some("Voss"))
        );
    }

    #[test]
    fn a_name_that_is_of_no_use_is_told_with_the_field_that_it_comes_from() {
        let too_long = || BillTo {
            attention: Some("x".repeat(256)),
            ..bill_to()
        };
        let policy = |population| ContactPolicy {
            population,
            ..ContactPolicy::default()
        };
        let found = wanted(too_long(), policy(ContactPopulation::BillTo)).unwrap_err();
        assert_eq!(found[0].field, "bill_to.attention");
        // It is no part of the name where companies are billed.
        assert!(wanted(too_long(), policy(ContactPopulation::Company)).is_ok());
    }

    #[test]
    fn a_name_of_nothing_or_of_too_much_is_a_finding() {
        for name in [" <> ".to_owned(), "x".repeat(256)] {
            let nameless = BillTo { name, ..bill_to() };
            let found = wanted(nameless, ContactPolicy::default()).unwrap_err();
            assert_eq!(found[0].field, "bill_to.name");
        }
    }

    #[test]
    fn a_marker_that_is_too_long_becomes_its_fingerprint() {
        let long = "a".repeat(64);
        let found = populated(
            ContactPopulation::Company,
            BillTo {
                company_id: party(&long),
                ..bill_to()
            },
        );
        let marker = found.number.unwrap();
        assert_eq!(marker.len(), 33);
        let other = "b".repeat(64);
        let found = populated(
            ContactPopulation::Company,
            BillTo {
                company_id: party(&other),
                ..bill_to()
            },
        );
        assert_ne!(found.number.unwrap(), marker);
    }
}
