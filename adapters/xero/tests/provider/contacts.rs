//! The contact ladder: which rung finds, what is made, and what is never guessed.

use tieout_core::document::{Address, ProviderContactId};
use tieout_core::provider::{AccountingProvider, ContactAnswer, ContactWanted, MatchedBy};
use tieout_sandbox_xero::{Fault, FaultRule, NEW_ZEALAND};

use crate::sandboxed::Books;

fn wanted(name: &str) -> ContactWanted {
    ContactWanted {
        number: None,
        name: name.to_owned(),
        email: None,
        first_name: None,
        last_name: None,
        tax_number: None,
        address: None,
        create_missing: false,
    }
}

fn found(id: &ProviderContactId, by: MatchedBy) -> ContactAnswer {
    ContactAnswer::Found { id: id.clone(), by }
}

async fn resolve(books: &Books, wanted: &ContactWanted) -> ContactAnswer {
    books.provider.resolve_contacts(std::slice::from_ref(wanted)).await.unwrap().remove(0)
}

/// The same question among enough others that the whole list is read instead.
async fn resolve_among_many(books: &Books, wanted: &ContactWanted) -> ContactAnswer {
    let mut all = vec![wanted.clone()];
    all.extend((0..4).map(|n| self::wanted(&format!("Nobody {n}"))));
    books.provider.resolve_contacts(&all).await.unwrap().remove(0)
}

#[tokio::test]
async fn both_ways_of_looking_give_the_same_answers() {
    let books = Books::open();
    let (trust, tui, rimu) = (books.contact("HT-001"), books.contact("TM-002"), books.contact("RB-003"));
    let number = |number: &str, name: &str| ContactWanted { number: Some(number.to_owned()), ..wanted(name) };
    let cases = [
        (number("tm-002", "Somebody Else"), found(&tui, MatchedBy::Number)),
        (number("host:9", "tui  MEDICAL"), found(&tui, MatchedBy::Name)),
        (wanted("Rimú Builders Pty. Ltd"), found(&rimu, MatchedBy::NormalisedName)),
        (number("HT-007", "Harbor Trust"), found(&trust, MatchedBy::Number)),
        (wanted("Harbor Trust"), found(&trust, MatchedBy::Name)),
    ];
    for (wanted, answer) in cases {
        assert_eq!(resolve(&books, &wanted).await, answer, "{wanted:?}");
        assert_eq!(resolve_among_many(&books, &wanted).await, answer, "{wanted:?} among many");
    }
}

#[tokio::test]
async fn a_number_that_is_found_costs_one_call() {
    let books = Books::open();
    resolve(&books, &ContactWanted { number: Some("TM-002".to_owned()), ..wanted("Tui Medical") }).await;
    assert_eq!(books.asked().len(), 1);
}

#[tokio::test]
async fn an_archived_contact_is_said_to_be_archived_and_is_not_made_again() {
    let books = Books::open();
    let closed = books.contact("CL-006");
    for create_missing in [false, true] {
        let answer = resolve(&books, &ContactWanted { create_missing, ..wanted("closed cafe") }).await;
        let ContactAnswer::Archived { contact } = answer else { panic!("{answer:?}") };
        assert_eq!(contact.id, closed);
    }
}

#[tokio::test]
async fn an_email_counts_only_when_one_active_contact_has_it() {
    let books = Books::open();
    let email = |name: &str| ContactWanted {
        email: Some("accounts@example.org".to_owned()),
        create_missing: true,
        ..wanted(name)
    };
    let ContactAnswer::Found { id, by: MatchedBy::Created } = resolve(&books, &email("First")).await else { panic!() };
    let other_name = ContactWanted { create_missing: false, email: Some("ACCOUNTS@example.org".to_owned()), ..wanted("Other") };
    assert_eq!(resolve(&books, &other_name).await, found(&id, MatchedBy::Email));

    // A second one with the same address: now the address says nothing.
    let second = ContactWanted { email: None, ..email("Second") };
    resolve(&books, &second).await;
    set_email(&books, "Second", "accounts@example.org");
    assert_eq!(resolve(&books, &other_name).await, ContactAnswer::Missing { near: vec![] });
}

#[tokio::test]
async fn several_equally_good_names_are_ambiguous() {
    let books = Books::open();
    for name in ["Matai Ltd", "Matai Limited"] {
        let answers = books
            .provider
            .resolve_contacts(&[ContactWanted { number: Some(name.to_owned()), create_missing: true, ..wanted(name) }])
            .await;
        if name == "Matai Ltd" {
            assert!(matches!(answers.unwrap()[0], ContactAnswer::Found { by: MatchedBy::Created, .. }));
        }
    }
    // The second was taken for the first by its normalised name, so a person makes it.
    add_contact(&books, "Matai Limited");
    let answer = resolve(&books, &wanted("MATAI Inc")).await;
    let ContactAnswer::Ambiguous { candidates } = answer else { panic!("{answer:?}") };
    assert_eq!(candidates.len(), 2);
}

#[tokio::test]
async fn near_names_are_offered_when_nobody_fits() {
    let books = Books::open();
    for answer in [resolve(&books, &wanted("Tui Dental")).await, resolve_among_many(&books, &wanted("Tui Dental")).await] {
        let ContactAnswer::Missing { near } = answer else { panic!("{answer:?}") };
        assert!(near.iter().all(|one| one.name == "Tui Medical"), "{near:?}");
    }
}

#[tokio::test]
async fn many_missing_contacts_are_made_by_one_call_and_the_same_name_once() {
    let books = Books::open();
    let mut all: Vec<ContactWanted> = (0..50)
        .map(|n| ContactWanted { number: Some(format!("host:{n}")), create_missing: true, ..wanted(&format!("New {n}")) })
        .collect();
    all.push(ContactWanted { number: Some("host:again".to_owned()), create_missing: true, ..wanted("new  7") });
    let answers = books.provider.resolve_contacts(&all).await.unwrap();
    assert_eq!(books.asked().iter().filter(|asked| asked.starts_with("PUT")).count(), 1);
    assert!(answers[..50].iter().all(|one| matches!(one, ContactAnswer::Found { by: MatchedBy::Created, .. })));
    let ContactAnswer::Found { id, .. } = &answers[7] else { panic!() };
    assert_eq!(answers[50], found(id, MatchedBy::Name));
    assert_eq!(id, &books.contact("host:7"));
}

#[tokio::test]
async fn a_contact_that_appears_between_looking_and_making_is_found() {
    let books = Books::open();
    let new = ContactWanted { create_missing: true, ..wanted("Totara Farms") };
    books.fault(FaultRule::once("PUT", "/Contacts", Fault::Twice));
    let answer = resolve(&books, &new).await;
    let ContactAnswer::Found { id, .. } = answer else { panic!("{answer:?}") };
    assert_eq!(resolve(&books, &new).await, found(&id, MatchedBy::Name));
}

#[tokio::test]
async fn a_repeat_after_a_lost_reply_makes_no_second_contact() {
    let books = Books::open();
    let new = ContactWanted {
        number: Some("host:1".to_owned()),
        email: Some("a@example.org".to_owned()),
        address: Some(Address { city: Some("Nelson".to_owned()), ..Address::default() }),
        create_missing: true,
        ..wanted("Totara Farms")
    };
    books.fault(FaultRule::once("PUT", "/Contacts", Fault::LostAfterCommit));
    assert!(books.provider.resolve_contacts(std::slice::from_ref(&new)).await.is_err());
    let id = books.contact("host:1");
    assert_eq!(resolve(&books, &new).await, found(&id, MatchedBy::Number));
}

#[tokio::test]
async fn null_items_in_lists_do_no_harm() {
    let books = Books::open();
    let mut switches = books.sandbox.switches();
    switches.null_list_items = true;
    books.sandbox.set_switches(switches);
    let tui = books.contact("TM-002");
    assert_eq!(resolve_among_many(&books, &wanted("Tui Medical")).await, found(&tui, MatchedBy::Name));
}

fn add_contact(books: &Books, name: &str) {
    let invoice = serde_json::json!({
        "Type": "ACCREC", "Contact": {"Name": name}, "Status": "DRAFT", "LineItems": [{"Description": "x"}],
    });
    books.people().write_invoice(NEW_ZEALAND, &serde_json::from_value(invoice).unwrap()).unwrap();
}

fn set_email(books: &Books, name: &str, email: &str) {
    let invoice = serde_json::json!({
        "Type": "ACCREC", "Contact": {"Name": name, "EmailAddress": email}, "Status": "DRAFT",
        "LineItems": [{"Description": "x"}],
    });
    books.people().write_invoice(NEW_ZEALAND, &serde_json::from_value(invoice).unwrap()).unwrap();
}
