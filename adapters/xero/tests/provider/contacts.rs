//! The contact ladder: which rung finds, what is made, and what is never guessed.

use serde_json::{Value, json};
use tieout_core::document::{Address, ProviderContactId};
use tieout_core::provider::{AccountingProvider, ContactAnswer, ContactWanted, MatchedBy};
use tieout_sandbox_xero::{Fault, FaultRule, NEW_ZEALAND};

use crate::fake::Fake;
use crate::sandboxed::Books;

fn wanted(name: &str) -> ContactWanted {
    ContactWanted {
        number: None,
        name: name.to_owned(),
        email: None,
        first_name: None,
        last_name: None,
        tax_number: None,
        phones: tieout_core::document::Phones::default(),
        address: None,
        create_missing: false,
    }
}

fn found(id: &ProviderContactId, by: MatchedBy) -> ContactAnswer {
    ContactAnswer::Found { id: id.clone(), by }
}

async fn resolve(books: &Books, wanted: &ContactWanted) -> ContactAnswer {
    books
        .provider
        .resolve_contacts(std::slice::from_ref(wanted))
        .await
        .unwrap()
        .remove(0)
}

/// The same question among enough others that the whole list is read instead.
async fn resolve_among_many(books: &Books, wanted: &ContactWanted) -> ContactAnswer {
    let mut all = vec![wanted.clone()];
    all.extend((0..4).map(|n| self::wanted(&format!("Nobody {n}"))));
    books
        .provider
        .resolve_contacts(&all)
        .await
        .unwrap()
        .remove(0)
}

#[tokio::test]
async fn both_ways_of_looking_give_the_same_answers() {
    let books = Books::open();
    let (trust, tui, rimu) = (
        books.contact("HT-001"),
        books.contact("TM-002"),
        books.contact("RB-003"),
    );
    let number = |number: &str, name: &str| ContactWanted {
        number: Some(number.to_owned()),
        ..wanted(name)
    };
    let cases = [
        (
            number("tm-002", "Somebody Else"),
            found(&tui, MatchedBy::Number),
        ),
        (
            number("host:9", "tui  MEDICAL"),
            found(&tui, MatchedBy::Name),
        ),
        (
            wanted("Rimú Builders Pty. Ltd"),
            found(&rimu, MatchedBy::NormalisedName),
        ),
        (
            number("HT-007", "Harbor Trust"),
            found(&trust, MatchedBy::Number),
        ),
        (wanted("Harbor Trust"), found(&trust, MatchedBy::Name)),
    ];
    for (wanted, answer) in cases {
        assert_eq!(resolve(&books, &wanted).await, answer, "{wanted:?}");
        assert_eq!(
            resolve_among_many(&books, &wanted).await,
            answer,
            "{wanted:?} among many"
        );
    }
}

#[tokio::test]
async fn a_number_that_is_found_costs_one_call() {
    let books = Books::open();
    resolve(
        &books,
        &ContactWanted {
            number: Some("TM-002".to_owned()),
            ..wanted("Tui Medical")
        },
    )
    .await;
    assert_eq!(books.asked().len(), 1);
}

#[tokio::test]
async fn an_archived_contact_is_said_to_be_archived_and_is_not_made_again() {
    let books = Books::open();
    let closed = books.contact("CL-006");
    for create_missing in [false, true] {
        let answer = resolve(
            &books,
            &ContactWanted {
                create_missing,
                ..wanted("closed cafe")
            },
        )
        .await;
        let ContactAnswer::Archived { contact } = answer else {
            panic!("{answer:?}")
        };
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
    let ContactAnswer::Found {
        id,
        by: MatchedBy::Created,
    } = resolve(&books, &email("First")).await
    else {
        panic!()
    };
    let other_name = ContactWanted {
        create_missing: false,
        email: Some("ACCOUNTS@example.org".to_owned()),
        ..wanted("Other")
    };
    assert_eq!(
        resolve(&books, &other_name).await,
        found(&id, MatchedBy::Email)
    );

    // A second one with the same address: now the address says nothing.
    let second = ContactWanted {
        email: None,
        ..email("Second")
    };
    resolve(&books, &second).await;
    set_email(&books, "Second", "accounts@example.org");
    assert_eq!(
        resolve(&books, &other_name).await,
        ContactAnswer::Missing { near: vec![] }
    );
}

#[tokio::test]
async fn several_equally_good_names_are_ambiguous() {
    let books = Books::open();
    for name in ["Matai Ltd", "Matai Limited"] {
        let answers = books
            .provider
            .resolve_contacts(&[ContactWanted {
                number: Some(name.to_owned()),
                create_missing: true,
                ..wanted(name)
            }])
            .await;
        if name == "Matai Ltd" {
            assert!(matches!(
                answers.unwrap()[0],
                ContactAnswer::Found {
                    by: MatchedBy::Created,
                    ..
                }
            ));
        }
    }
    // The second was taken for the first by its normalised name, so a person makes it.
    add_contact(&books, "Matai Limited");
    let answer = resolve(&books, &wanted("MATAI Inc")).await;
    let ContactAnswer::Ambiguous { candidates } = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(candidates.len(), 2);
}

#[tokio::test]
async fn of_contacts_of_one_name_the_one_with_the_email_is_it() {
    let mut one = contact("one", "Acme", "ACTIVE");
    let two = contact("two", "ACME", "ACTIVE");
    let mut asked = wanted("Acme");
    let (answer, _) = climb(&asked, &[one.clone(), two.clone()], &[]).await;
    assert!(matches!(answer, ContactAnswer::Ambiguous { candidates } if candidates.len() == 2));
    one["EmailAddress"] = json!("a@example.org");
    asked.email = Some("a@example.org".to_owned());
    let (answer, _) = climb(&asked, &[two.clone(), one.clone()], &[]).await;
    assert_eq!(answer, found(&provider_id("one"), MatchedBy::Name));
    let mut both = two;
    both["EmailAddress"] = json!("A@example.org");
    let (answer, _) = climb(&asked, &[both, one], &[]).await;
    assert!(matches!(answer, ContactAnswer::Ambiguous { .. }));
}

#[tokio::test]
async fn nothing_of_a_contact_that_is_found_is_ever_changed() {
    let books = Books::open();
    let all: Vec<ContactWanted> = ["Tui Medical", "Rimu Builders", "Closed Cafe", "Nobody"]
        .iter()
        .map(|name| ContactWanted {
            number: Some(format!("host:{name}")),
            email: Some("new@example.org".to_owned()),
            tax_number: Some("1".to_owned()),
            create_missing: true,
            ..wanted(name)
        })
        .collect();
    books.provider.resolve_contacts(&all[..3]).await.unwrap();
    assert!(books.asked().iter().all(|asked| asked.starts_with("GET")));
    books.provider.resolve_contacts(&all).await.unwrap();
    let writes: Vec<_> = books
        .asked()
        .into_iter()
        .filter(|asked| !asked.starts_with("GET"))
        .collect();
    assert_eq!(writes.len(), 1);
    assert!(
        writes[0].starts_with("PUT"),
        "creates, which cannot overwrite"
    );
}

#[tokio::test]
async fn near_names_are_offered_when_nobody_fits() {
    let books = Books::open();
    for answer in [
        resolve(&books, &wanted("Tui Dental")).await,
        resolve_among_many(&books, &wanted("Tui Dental")).await,
    ] {
        let ContactAnswer::Missing { near } = answer else {
            panic!("{answer:?}")
        };
        assert_eq!(
            near.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(),
            ["Tui Medical"]
        );
    }
}

#[tokio::test]
async fn many_missing_contacts_are_made_by_one_call_and_the_same_name_once() {
    let books = Books::open();
    let mut all: Vec<ContactWanted> = (0..50)
        .map(|n| ContactWanted {
            number: Some(format!("host:{n}")),
            create_missing: true,
            ..wanted(&format!("New {n}"))
        })
        .collect();
    all.push(ContactWanted {
        number: Some("host:again".to_owned()),
        create_missing: true,
        ..wanted("new  7")
    });
    let answers = books.provider.resolve_contacts(&all).await.unwrap();
    assert_eq!(
        books
            .asked()
            .iter()
            .filter(|asked| asked.starts_with("PUT"))
            .count(),
        1
    );
    assert!(answers[..50].iter().all(|one| matches!(
        one,
        ContactAnswer::Found {
            by: MatchedBy::Created,
            ..
        }
    )));
    let ContactAnswer::Found { id, .. } = &answers[7] else {
        panic!()
    };
    assert_eq!(answers[50], found(id, MatchedBy::Name));
    assert_eq!(id, &books.contact("host:7"));
}

#[tokio::test]
async fn a_contact_that_appears_between_looking_and_making_is_found() {
    let fake = Fake::new();
    let new = ContactWanted {
        create_missing: true,
        ..wanted("Totara Farms")
    };
    let there = r#"{"ContactID":"aaaaaaaa-0000-4000-8000-000000000001","Name":"TOTARA Farms","ContactStatus":"ACTIVE"}"#;
    let taken = r#"{"ContactID":"00000000-0000-0000-0000-000000000000","Name":"Totara Farms","HasValidationErrors":true,
        "StatusAttributeString":"ERROR","ValidationErrors":[{"Message":"The contact name Totara Farms is already
        assigned to another contact. The contact name must be unique across all active contacts."}]}"#
        .replace("\n        ", " ");
    fake.answer(200, r#"{"Contacts":[]}"#);
    fake.answer(200, format!(r#"{{"Contacts":[{taken}]}}"#));
    fake.answer(200, format!(r#"{{"Contacts":[{there}]}}"#));
    let answers = fake.provider().resolve_contacts(&[new]).await.unwrap();
    let id = ProviderContactId::new("aaaaaaaa-0000-4000-8000-000000000001").unwrap();
    assert_eq!(answers, [found(&id, MatchedBy::Name)]);
}

#[tokio::test]
async fn what_xero_says_of_a_contact_that_it_refuses_reaches_everybody_who_wanted_it() {
    let fake = Fake::new();
    let new = |name: &str| ContactWanted {
        create_missing: true,
        ..wanted(name)
    };
    let said = "Email address must be valid.";
    let refused = json!({"ContactID": "00000000-0000-0000-0000-000000000000", "Name": "Totara",
        "StatusAttributeString": "ERROR", "ValidationErrors": [{"Message": said}]});
    let made = json!({"ContactID": "aaaaaaaa-0000-4000-8000-000000000001", "Name": "Rimu"});
    fake.answer(200, r#"{"Contacts":[]}"#);
    fake.answer(200, json!({"Contacts": [refused, made]}).to_string());
    let all = [new("Totara"), new("Rimu"), new("TOTARA"), wanted("Kauri")];
    let answers = fake.provider().resolve_contacts(&all).await.unwrap();
    let refused = ContactAnswer::Refused {
        messages: vec![said.to_owned()],
    };
    assert_eq!((&answers[0], &answers[2]), (&refused, &refused));
    assert!(matches!(answers[1], ContactAnswer::Found { .. }));
    assert_eq!(answers[3], ContactAnswer::Missing { near: vec![] });
}

#[tokio::test]
async fn when_xero_refuses_to_list_all_contacts_each_is_searched() {
    let fake = Fake::new();
    fake.answer(
        400,
        r#"{"ErrorNumber":51,"Type":"HighVolumeException","Message":"too many"}"#,
    );
    let there = r#"{"Contacts":[{"ContactID":"aaaaaaaa-0000-4000-8000-000000000001","Name":"Totara","ContactNumber":"n"}]}"#;
    for _ in 0..4 {
        fake.answer(200, there);
    }
    let all = vec![
        ContactWanted {
            number: Some("n".to_owned()),
            ..wanted("Totara")
        };
        4
    ];
    let answers = fake.provider().resolve_contacts(&all).await.unwrap();
    let id = ProviderContactId::new("aaaaaaaa-0000-4000-8000-000000000001").unwrap();
    assert_eq!(answers, vec![found(&id, MatchedBy::Number); 4]);
}

#[tokio::test]
async fn a_repeat_after_a_lost_reply_makes_no_second_contact() {
    let books = Books::open();
    let new = ContactWanted {
        number: Some("host:1".to_owned()),
        email: Some("a@example.org".to_owned()),
        address: Some(Address {
            city: Some("Nelson".to_owned()),
            ..Address::default()
        }),
        create_missing: true,
        ..wanted("Totara Farms")
    };
    books.fault(FaultRule::once("PUT", "/Contacts", Fault::LostAfterCommit));
    assert!(
        books
            .provider
            .resolve_contacts(std::slice::from_ref(&new))
            .await
            .is_err()
    );
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
    assert_eq!(
        resolve_among_many(&books, &wanted("Tui Medical")).await,
        found(&tui, MatchedBy::Name)
    );
}

/// The answer for one wanted contact among listed ones, and how many calls it took.
async fn climb(
    wanted: &ContactWanted,
    listed: &[Value],
    by_id: &[Value],
) -> (ContactAnswer, usize) {
    let fake = Fake::new();
    fake.answer(200, json!({ "Contacts": listed }).to_string());
    for contact in by_id {
        fake.answer(200, json!({ "Contacts": [contact] }).to_string());
    }
    let all = vec![wanted.clone(); 4];
    let answers = fake.provider().resolve_contacts(&all).await.unwrap();
    (answers[0].clone(), fake.asked().len())
}

fn contact(id: &str, name: &str, status: &str) -> Value {
    json!({"ContactID": id, "Name": name, "ContactStatus": status})
}

fn merged(id: &str, name: &str, into: &str) -> Value {
    json!({"ContactID": id, "Name": name, "ContactStatus": "ARCHIVED", "MergedToContactID": into})
}

fn provider_id(id: &str) -> ProviderContactId {
    ProviderContactId::new(id).unwrap()
}

#[tokio::test]
async fn merges_are_followed_to_the_contact_that_remains() {
    let listed = [merged("a", "Acme", "b")];
    let chain = [merged("b", "Acme 2", "c"), contact("c", "Acme 3", "ACTIVE")];
    let (answer, calls) = climb(&wanted("acme"), &listed, &chain).await;
    assert_eq!(
        (answer, calls),
        (found(&provider_id("c"), MatchedBy::Name), 3)
    );
}

#[tokio::test]
async fn merges_that_lead_nowhere_are_archived_contacts() {
    let circle = [merged("a", "Acme", "b"), merged("b", "Acme 2", "a")];
    let (answer, _) = climb(&wanted("Acme"), &circle, &[]).await;
    assert!(
        matches!(answer, ContactAnswer::Archived { .. }),
        "{answer:?}"
    );
    let (answer, calls) = climb(&wanted("Acme"), &circle[..1], &[json!(null)]).await;
    assert!(
        matches!(answer, ContactAnswer::Archived { .. }),
        "{answer:?}"
    );
    assert_eq!(calls, 2, "a contact that is gone is asked for once");
}

#[tokio::test]
async fn an_archived_contact_gives_way_to_an_active_one_of_a_sure_rung_only() {
    let mut old = contact("old", "Acme", "ARCHIVED");
    old["ContactNumber"] = json!("host:1");
    let wanted = ContactWanted {
        number: Some("host:1".to_owned()),
        email: Some("a@example.org".to_owned()),
        ..wanted("Acme")
    };
    let (answer, _) = climb(
        &wanted,
        &[old.clone(), contact("new", "ACME", "ACTIVE")],
        &[],
    )
    .await;
    assert_eq!(answer, found(&provider_id("new"), MatchedBy::Name));
    let mut stranger = contact("stranger", "Somebody", "ACTIVE");
    stranger["EmailAddress"] = json!("a@example.org");
    for weaker in [stranger, contact("weak", "Acme Pty Ltd", "ACTIVE")] {
        let (answer, _) = climb(&wanted, &[old.clone(), weaker], &[]).await;
        assert!(
            matches!(&answer, ContactAnswer::Archived { contact } if contact.id == provider_id("old")),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn a_contact_that_may_not_be_used_counts_as_archived() {
    for status in ["ARCHIVED", "GDPRREQUEST", "SOMETHINGNEW"] {
        let (answer, _) = climb(&wanted("Acme"), &[contact("a", "Acme", status)], &[]).await;
        assert!(matches!(answer, ContactAnswer::Archived { .. }), "{status}");
    }
}

fn add_contact(books: &Books, name: &str) {
    let invoice = serde_json::json!({
        "Type": "ACCREC", "Contact": {"Name": name}, "Status": "DRAFT", "LineItems": [{"Description": "x"}],
    });
    books
        .people()
        .write_invoice(NEW_ZEALAND, &serde_json::from_value(invoice).unwrap())
        .unwrap();
}

fn set_email(books: &Books, name: &str, email: &str) {
    let invoice = serde_json::json!({
        "Type": "ACCREC", "Contact": {"Name": name, "EmailAddress": email}, "Status": "DRAFT",
        "LineItems": [{"Description": "x"}],
    });
    books
        .people()
        .write_invoice(NEW_ZEALAND, &serde_json::from_value(invoice).unwrap())
        .unwrap();
}
