//! Copying details to a contact, which only ever adds, and what the documents of a contact come to.

use serde_json::{Value, json};
use tieout_core::document::{Address, Currency, ProviderContactId};
use tieout_core::provider::{
    AccountingProvider, Browse, Clerk, Confidence, ContactField, ContactTotals, ContactWanted,
    ContactsMeant, CopiedDetails, ErrorKind, LeftBecause, MatchedBy, TotalsWanted,
};
use tieout_core::settings::CreateStatus;
use tieout_sandbox_xero::NEW_ZEALAND;

use crate::fake::Fake;
use crate::postings::{creates, day, money, posting};
use crate::sandboxed::Books;

fn wanted() -> ContactWanted {
    ContactWanted {
        number: Some("host:7".to_owned()),
        name: "Another Name".to_owned(),
        email: Some("new@example.org".to_owned()),
        first_name: Some("Ana".to_owned()),
        last_name: Some("Rua".to_owned()),
        tax_number: Some("12-345-678".to_owned()),
        phones: tieout_core::document::Phones::default(),
        address: Some(Address {
            line1: Some("1 Main St".to_owned()),
            city: Some("Nelson".to_owned()),
            ..Address::default()
        }),
        create_missing: false,
    }
}

async fn copy(books: &Books, contact: &ProviderContactId) -> CopiedDetails {
    let copied = books.provider.copy_details(contact, &wanted()).await;
    copied.unwrap()
}

fn left(outcome: &CopiedDetails) -> Vec<(ContactField, LeftBecause)> {
    let left = outcome.left.iter();
    left.map(|one| (one.field, one.why.clone())).collect()
}

fn held(value: &str) -> LeftBecause {
    LeftBecause::Held {
        value: value.to_owned(),
    }
}

#[tokio::test]
async fn what_is_missing_is_filled_in_and_what_is_there_stays_and_is_said_to() {
    let books = Books::open();
    let tui = books.contact("TM-002");
    let outcome = copy(&books, &tui).await;
    assert_eq!(
        outcome.copied,
        [
            ContactField::FirstName,
            ContactField::LastName,
            ContactField::TaxNumber
        ]
    );
    let left = left(&outcome);
    assert_eq!(
        left[..2],
        [
            (ContactField::Number, held("TM-002")),
            (ContactField::Email, held("invoices@tuimedical.example"))
        ]
    );
    assert!(matches!(
        &left[2..],
        [(ContactField::Address, LeftBecause::Held { .. })]
    ));

    let mut street = wanted();
    street.address.as_mut().unwrap().kind = Some("street".to_owned());
    let outcome = books.provider.copy_details(&tui, &street).await.unwrap();
    assert_eq!(outcome.copied, [ContactField::Address]);
    books.asked();
    let again = books.provider.copy_details(&tui, &street).await.unwrap();
    assert!(again.copied.is_empty());
    assert_eq!(
        again
            .left
            .iter()
            .filter(|one| one.why == LeftBecause::Same)
            .count(),
        4
    );
    assert_eq!(books.asked().len(), 1, "nothing missing, nothing written");
    let name = books.sandbox.read(NEW_ZEALAND, |books| {
        let at = books.contacts.numbered("TM-002").unwrap();
        books.contacts.ledger.row(at).name.clone()
    });
    assert_eq!(name.as_deref(), Some("Tui Medical"));
}

#[tokio::test]
async fn telephone_numbers_are_filled_in_beside_those_that_are_there() {
    let books = Books::open();
    let tui = books.contact("TM-002");
    let phones = |default: &str, mobile: &str| ContactWanted {
        phones: tieout_core::document::Phones {
            default: Some(default.to_owned()),
            mobile: Some(mobile.to_owned()),
            fax: Some("1".repeat(51)),
        },
        ..wanted()
    };
    let of_phones = |outcome: &CopiedDetails| -> Vec<(ContactField, LeftBecause)> {
        let is_phone = |field| {
            use ContactField::{Fax, Mobile, Phone};
            matches!(field, Phone | Mobile | Fax)
        };
        let mut left = left(outcome);
        left.retain(|(field, _)| is_phone(*field));
        left
    };
    let of = async || {
        let meant = ContactsMeant::Ids(vec![tui.clone()]);
        books
            .provider
            .contacts(&meant)
            .await
            .unwrap()
            .remove(0)
            .phones
    };
    let before = of().await.default.expect("the books give it one");
    let second = phones("03 555 0999", "021 555 0101");
    let outcome = books.provider.copy_details(&tui, &second).await.unwrap();
    assert!(outcome.copied.contains(&ContactField::Mobile));
    assert_eq!(
        of_phones(&outcome),
        [
            (ContactField::Phone, held(&before)),
            (ContactField::Fax, LeftBecause::Unfit)
        ]
    );
    let after = of().await;
    assert_eq!(after.default, Some(before));
    assert_eq!(after.mobile.as_deref(), Some("021 555 0101"));
    assert_eq!(after.fax, None);
}

#[tokio::test]
async fn details_go_to_the_contact_that_remains_and_never_to_an_archived_one() {
    let books = Books::open();
    let (tui, rimu) = (books.contact("TM-002"), books.contact("RB-003"));
    books
        .people()
        .merge_contact(NEW_ZEALAND, "TM-002", "RB-003")
        .unwrap();
    assert_eq!(copy(&books, &tui).await.contact, rimu);
    let closed = books.contact("CL-006");
    let outcome = copy(&books, &closed).await;
    assert!(outcome.copied.is_empty());
    assert!(
        outcome
            .left
            .iter()
            .any(|one| one.why == LeftBecause::Archived)
    );
    let unknown = ProviderContactId::new("11111111-2222-3333-4444-555555555555").unwrap();
    let error = books.provider.copy_details(&unknown, &wanted()).await;
    assert_eq!(error.unwrap_err().kind, ErrorKind::Refused);
}

fn contact(fields: &Value) -> String {
    let mut contact = json!({"ContactID": "aaaaaaaa-0000-4000-8000-000000000001", "Name": "Acme", "ContactStatus": "ACTIVE"});
    for (name, value) in fields.as_object().unwrap() {
        contact[name] = value.clone();
    }
    json!({ "Contacts": [contact] }).to_string()
}

fn id() -> ProviderContactId {
    ProviderContactId::new("aaaaaaaa-0000-4000-8000-000000000001").unwrap()
}

#[tokio::test]
async fn other_addresses_and_persons_are_sent_back_as_they_came() {
    let street = json!({"AddressType": "STREET", "AddressLine1": "9 Side St", "AttentionTo": "Bo"});
    let person =
        json!({"FirstName": "Cy", "EmailAddress": "cy@example.org", "IncludeInEmails": true});
    let empty = json!({"AddressType": "POBOX", "City": "", "AddressLine1": null});
    let fake = Fake::new();
    let before = json!({"Addresses": [street, null, empty], "ContactPersons": [person]});
    fake.answer(200, contact(&before));
    // Xero keeps all but the tax number.
    fake.answer(
        200,
        contact(&json!({"ContactNumber": "host:7", "FirstName": "Ana", "LastName": "Rua",
            "EmailAddress": "NEW@example.org",
            "Addresses": [street, {"AddressType": "POBOX", "AddressLine1": "1 Main St", "City": "Nelson", "Country": ""}]})),
    );
    let outcome = fake
        .provider()
        .copy_details(&id(), &wanted())
        .await
        .unwrap();
    assert_eq!(
        left(&outcome),
        [(ContactField::TaxNumber, LeftBecause::NotKept)]
    );
    assert_eq!(outcome.copied.len(), 5);
    let sent: Value = serde_json::from_slice(fake.asked()[1].body()).unwrap();
    let sent = &sent["Contacts"][0];
    assert_eq!(sent["ContactPersons"], json!([person]));
    assert_eq!(
        sent["Addresses"],
        json!([street, {"AddressType": "POBOX", "AddressLine1": "1 Main St", "City": "Nelson"}])
    );
    assert!(sent.get("Name").is_none());
}

#[tokio::test]
async fn what_does_not_fit_or_is_refused_is_said_with_its_reason() {
    let fake = Fake::new();
    fake.answer(200, contact(&json!({"FirstName": "Zed"})));
    fake.answer(
        200,
        contact(
            &json!({"StatusAttributeString": "ERROR", "ValidationErrors": [{"Message": "No."}]}),
        ),
    );
    let odd = ContactWanted {
        email: Some("jörg@example.org".to_owned()),
        address: None,
        last_name: None,
        tax_number: None,
        ..wanted()
    };
    let outcome = fake.provider().copy_details(&id(), &odd).await.unwrap();
    let messages = vec!["No.".to_owned()];
    assert_eq!(
        left(&outcome),
        [
            (ContactField::Email, LeftBecause::Unfit),
            (ContactField::FirstName, held("Zed")),
            (ContactField::Number, LeftBecause::Refused { messages }),
        ]
    );
    assert!(outcome.copied.is_empty());
}

#[tokio::test]
async fn a_lost_reply_of_a_copy_is_unsure_and_the_repeat_is_the_same_request() {
    let mut keys = Vec::new();
    for _ in 0..2 {
        let fake = Fake::new();
        fake.answer(200, contact(&json!({})));
        fake.answer(500, "");
        let error = fake.provider().copy_details(&id(), &wanted()).await;
        assert_eq!(error.unwrap_err().kind, ErrorKind::Unsure);
        keys.push(fake.asked()[1].headers()["idempotency-key"].clone());
    }
    assert_eq!(keys[0], keys[1]);
}

async fn totals(books: &Books, contact: &ProviderContactId) -> ContactTotals {
    let wanted = TotalsWanted {
        contact: contact.clone(),
        currency: Currency::from_code("NZD").unwrap(),
        today: day("2026-12-25"),
    };
    books.provider.contact_totals(&wanted).await.unwrap()
}

#[tokio::test]
async fn totals_count_what_is_submitted_and_approved_and_keep_currencies_apart() {
    let books = Books::open();
    let contact = books.contact("HT-001");
    let all = [
        ("A-1", CreateStatus::Authorised),
        ("A-2", CreateStatus::Authorised),
        ("A-3", CreateStatus::Submitted),
        ("A-4", CreateStatus::Draft),
        ("A-5", CreateStatus::Authorised),
        ("A-6", CreateStatus::Authorised),
    ];
    let mut postings: Vec<_> = all
        .into_iter()
        .map(|(number, status)| posting(number, &contact, status))
        .collect();
    postings[5].currency = Currency::from_code("AUD").unwrap();
    // A year and a day ago.
    postings[1].date = day("2025-12-24");
    postings[1].due_date = Some(day("2026-12-30"));
    books
        .people()
        .add_currency(NEW_ZEALAND, "AUD", money("0.9"))
        .unwrap_or_default();
    let made = books.provider.send(&creates("k", &postings)).await.unwrap();
    assert!(made.iter().all(Result::is_ok), "{made:?}");
    let people = books.people();
    people
        .pay(NEW_ZEALAND, "A-1", Some(money("15")), None)
        .unwrap();
    people.pay(NEW_ZEALAND, "A-5", None, None).unwrap();
    books.asked();

    let totals = totals(&books, &contact).await;
    assert_eq!(books.asked().len(), 1);
    let sales = totals.sales;
    assert_eq!(
        (
            sales.authorised.documents,
            sales.authorised.gross,
            sales.authorised.due
        ),
        (2, money("230"), money("215"))
    );
    assert_eq!(
        (sales.authorised.gross_of_a_year, sales.authorised.overdue),
        (money("115"), money("100"))
    );
    assert_eq!(
        (sales.submitted.documents, sales.submitted.gross),
        (1, money("115"))
    );
    assert_eq!((sales.paid.documents, sales.paid.due), (1, money("0")));
    assert_eq!(totals.purchases, Default::default());
    let [other] = totals.others.as_slice() else {
        panic!("{totals:?}")
    };
    assert_eq!(
        (other.currency.code(), other.sales.authorised.documents),
        ("AUD", 1)
    );
}

#[test]
fn only_what_others_cannot_share_is_a_sure_match() {
    assert_eq!(MatchedBy::Number.confidence(), Confidence::Sure);
    assert_eq!(MatchedBy::Email.confidence(), Confidence::Likely);
    assert!(MatchedBy::NormalisedName.confidence() < MatchedBy::Name.confidence());
}
