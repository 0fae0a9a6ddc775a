//! The exact requests that leave, and what each kind of reply to a write proves.

use serde_json::{Value, json};
use tieout_core::document::{AmountsAre, Currency, ProviderContactId, ProviderDocumentId};
use tieout_core::provider::{
    AccountingProvider, ContactAnswer, ContactWanted, ErrorKind, MatchedBy, Order, Posting,
    RejectionKind, SnapshotStatus, TrackingChoice,
};
use tieout_core::settings::CreateStatus;
use tieout_core::transport::TransportError;

use tieout_xero::auth::AuthError;
use tieout_xero::limit::{Limit, LimitReached, Purpose, Throttle};

use crate::fake::{Fake, shown};
use crate::postings::{creates, line, money, posting, request};

const CONTACT: &str = "9b9ba9e5-e907-4b4e-8210-54d82b0aa479";
const ZERO: &str = "00000000-0000-0000-0000-000000000000";

fn sale(number: &str) -> Posting {
    posting(
        number,
        &ProviderContactId::new(CONTACT).unwrap(),
        CreateStatus::Authorised,
    )
}

fn id(digit: u32) -> ProviderDocumentId {
    ProviderDocumentId::new(format!("aaaaaaaa-0000-4000-8000-{digit:012}")).unwrap()
}

fn made(number: &str, digit: u32) -> Value {
    let mut invoice: Value =
        serde_json::from_str(include_str!("../fixtures/invoice.json")).unwrap();
    invoice["InvoiceNumber"] = json!(number);
    invoice["InvoiceID"] = json!(id(digit).as_str());
    invoice
}

fn failed(number: &str, message: &str) -> Value {
    json!({
        "InvoiceID": ZERO, "InvoiceNumber": number, "HasErrors": true, "StatusAttributeString": "ERROR",
        "Contact": {"ValidationErrors": [{"Message": message}]}, "LineItems": [],
    })
}

fn reply(elements: &[Value]) -> String {
    json!({"Status": "OK", "Invoices": elements}).to_string()
}

#[tokio::test]
async fn a_create_is_a_put_with_everything_and_nothing_more() {
    let fake = Fake::new();
    fake.answer(500, "");
    let mut full = sale("A-1");
    full.lines[0].discount_amount = Some(money("1.10"));
    full.lines[0].tax_amount = Some(money("14.84"));
    full.lines[0].item_code = Some("ITEM".to_owned());
    full.lines[0].tracking = vec![TrackingChoice {
        category_id: "c1".to_owned(),
        option_id: "o1".to_owned(),
        missing: None,
    }];
    let mut bare = sale("A-2");
    (bare.reference, bare.due_date, bare.status) = (None, None, CreateStatus::Draft);
    (bare.amounts_are, bare.currency) = (AmountsAre::NoTax, Currency::from_code("JPY").unwrap());
    bare.lines = vec![line("1", "0.3333", "-12345678.1234")];
    bare.lines[0].tax_type = None;
    bare.url = Some("https://app.example.org/to/Xero/2".to_owned());
    fake.provider()
        .send(&creates("flight-1", &[full, bare]))
        .await
        .unwrap_err();
    insta::assert_snapshot!("create", shown(&fake.asked()[0]));
}

#[tokio::test]
async fn an_update_names_the_invoice_and_its_lines_and_leaves_the_status() {
    let fake = Fake::new();
    fake.answer(500, "");
    let mut content = sale("A-1");
    content.reference = None;
    content.lines.push(line("2", "1", "0.5"));
    let order = Order::Update {
        id: id(1),
        posting: content,
        line_ids: vec![Some("line-1".to_owned()), None],
    };
    fake.provider()
        .send(&request("flight-2", vec![order]))
        .await
        .unwrap_err();
    insta::assert_snapshot!("update", shown(&fake.asked()[0]));
}

#[tokio::test]
async fn a_removal_sends_the_status_and_no_lines() {
    let fake = Fake::new();
    fake.answer(500, "");
    let orders = vec![
        Order::Void {
            id: id(1),
            status: SnapshotStatus::Draft,
        },
        Order::Void {
            id: id(2),
            status: SnapshotStatus::Authorised,
        },
    ];
    fake.provider()
        .send(&request("flight-3", orders))
        .await
        .unwrap_err();
    insta::assert_snapshot!("remove", shown(&fake.asked()[0]));
}

#[tokio::test]
async fn a_new_contact_carries_what_is_wanted_and_the_same_key_at_a_repeat() {
    let fake = Fake::new();
    let wanted = ContactWanted {
        number: Some("case-manager:77".to_owned()),
        name: "Totara Farms".to_owned(),
        email: Some("accounts@example.org".to_owned()),
        first_name: Some("Ana".to_owned()),
        last_name: Some("Rua".to_owned()),
        tax_number: Some("12-345-678".to_owned()),
        phones: tieout_core::document::Phones::default(),
        address: Some(tieout_core::document::Address {
            line1: Some("1 Main St".to_owned()),
            country: Some("New Zealand".to_owned()),
            ..Default::default()
        }),
        create_missing: true,
    };
    let mut keys = Vec::new();
    for _ in 0..2 {
        for _ in 0..3 {
            fake.answer(200, r#"{"Contacts":[],"pagination":{"page":1,"pageSize":1000,"pageCount":0,"itemCount":0}}"#);
        }
        fake.answer(500, "");
        let error = fake
            .provider()
            .resolve_contacts(std::slice::from_ref(&wanted))
            .await
            .unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unsure);
        let asked = fake.asked();
        keys.push(asked[3].headers()["idempotency-key"].clone());
        if keys.len() == 1 {
            insta::assert_snapshot!(
                "contact",
                asked.iter().map(shown).collect::<Vec<_>>().join("\n")
            );
        }
    }
    assert_eq!(keys[0], keys[1]);
}

#[tokio::test]
async fn a_key_is_never_longer_than_xero_takes_and_tells_requests_apart() {
    let mut keys = Vec::new();
    for key in ["k".repeat(200), "l".repeat(200), "short".to_owned()] {
        let fake = Fake::new();
        fake.answer(500, "");
        fake.provider()
            .send(&creates(&key, &[sale("A-1")]))
            .await
            .unwrap_err();
        keys.push(
            fake.asked()[0].headers()["idempotency-key"]
                .to_str()
                .unwrap()
                .to_owned(),
        );
    }
    assert!(keys.iter().all(|key| key.len() <= 128));
    assert!(keys[0] != keys[1] && keys[2].starts_with("short:"));
}

#[tokio::test]
async fn elements_are_matched_by_place_and_number_and_errors_are_found_deep_inside() {
    let fake = Fake::new();
    let message = "The contact with the specified contact details has been archived.";
    fake.answer(
        200,
        reply(&[made("A-1", 1), failed("A-2", message), made("a-3", 3)]),
    );
    let sent = creates("k", &[sale("A-1"), sale("A-2"), sale("A-3")]);
    let outcomes = fake.provider().send(&sent).await.unwrap();
    assert_eq!(outcomes[0].as_ref().unwrap().id, id(1));
    let refused = outcomes[1].as_ref().unwrap_err();
    assert_eq!(
        (&refused.kind, refused.messages.as_slice()),
        (&RejectionKind::ContactArchived, &[message.to_owned()][..])
    );
    assert_eq!(outcomes[2].as_ref().unwrap().number, "a-3");
}

#[tokio::test]
async fn a_reply_that_does_not_prove_every_outcome_proves_none() {
    let mut nameless = made("A-2", 2);
    nameless["InvoiceID"] = json!(ZERO);
    let mut bill = made("A-2", 2);
    bill["Type"] = json!("ACCPAY");
    let mut without_total = made("A-2", 2);
    without_total["Total"] = Value::Null;
    let replies = [
        reply(&[made("A-1", 1)]),
        reply(&[made("A-1", 1), made("A-2", 2), made("A-3", 3)]),
        reply(&[made("A-2", 2), made("A-1", 1)]),
        reply(&[made("A-1", 1), Value::Null]),
        reply(&[made("A-1", 1), nameless]),
        reply(&[made("A-1", 1), bill]),
        reply(&[made("A-1", 1), without_total]),
        reply(&[made("A-1", 1), made("A-2", 2)]).replace("Invoices", "Elements"),
        reply(&[made("A-1", 1), made("A-2", 2)])[..400].to_owned(),
        "<html>Proxy</html>".to_owned(),
        String::new(),
        "\0".to_owned(),
    ];
    for body in replies {
        let fake = Fake::new();
        fake.answer(200, body.clone());
        let error = fake
            .provider()
            .send(&creates("k", &[sale("A-1"), sale("A-2")]))
            .await
            .unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unsure, "{body}");
    }
}

#[tokio::test]
async fn a_refused_request_rejects_its_documents_only_when_every_one_is_listed_with_errors() {
    let problem = |elements: &[Value]| {
        json!({"ErrorNumber": 10, "Type": "ValidationException", "Message": "A validation exception occurred", "Elements": elements})
            .to_string()
    };
    let unique = "Invoice # must be unique.";
    let fake = Fake::new();
    let sent = creates("k", &[sale("A-1"), sale("A-2")]);

    fake.answer(
        400,
        problem(&[
            failed("A-1", unique),
            failed("A-2", "Tax rate must be valid."),
        ]),
    );
    let outcomes = fake.provider().send(&sent).await.unwrap();
    let kinds: Vec<_> = outcomes
        .into_iter()
        .map(|one| one.unwrap_err().kind)
        .collect();
    assert_eq!(
        kinds,
        [RejectionKind::DuplicateNumber, RejectionKind::TaxInvalid]
    );

    // Only the failed one is listed: the other may have been saved.
    let partly = [
        problem(&[failed("A-2", unique)]),
        problem(&[failed("A-2", unique), failed("A-1", unique)]),
        problem(&[]),
    ];
    for body in partly {
        fake.answer(400, body.clone());
        assert_eq!(
            fake.provider().send(&sent).await.unwrap_err().kind,
            ErrorKind::Unsure,
            "{body}"
        );
    }
}

#[tokio::test]
async fn what_the_network_did_to_a_write_decides_whether_to_look() {
    let cases = [
        (
            TransportError::NotSent("refused".into()),
            ErrorKind::NotProcessed,
        ),
        (TransportError::ReplyLost("reset".into()), ErrorKind::Unsure),
        (
            TransportError::ReplyTooLarge { limit_bytes: 1 },
            ErrorKind::Unsure,
        ),
    ];
    for (error, kind) in cases {
        let fake = Fake::new();
        fake.fail(error);
        assert_eq!(
            fake.provider()
                .send(&creates("k", &[sale("A-1")]))
                .await
                .unwrap_err()
                .kind,
            kind
        );
        assert_eq!(fake.asked().len(), 1);
    }
}

#[tokio::test]
async fn a_spent_budget_says_when_to_come_back_whoever_noticed_it() {
    let retry_at = "2026-11-21T12:00:42Z".parse().unwrap();
    let reached = LimitReached {
        limit: Limit::Minute,
        purpose: Purpose::Documents,
        retry_at,
    };
    let throttle = Throttle {
        limit: Limit::Minute,
        retry_at,
    };
    let mut refused = http::Response::builder()
        .status(429)
        .body(bytes::Bytes::new())
        .unwrap();
    refused.extensions_mut().insert(throttle);
    for answer in [Err(TransportError::NotSent(Box::new(reached))), Ok(refused)] {
        let fake = Fake::new();
        fake.give(answer);
        let error = fake
            .provider()
            .send(&creates("k", &[sale("A-1")]))
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind, error.retry_at),
            (ErrorKind::Throttled, Some(retry_at))
        );
    }
}

#[tokio::test]
async fn a_refused_sign_in_says_what_to_do() {
    let fake = Fake::new();
    fake.answer(
        401,
        r#"{"Title":"Unauthorized","Status":401,"Detail":"TokenExpired"}"#,
    );
    fake.fail(TransportError::NotSent(Box::new(AuthError::ScopeMissing)));
    let error = fake
        .provider()
        .send(&creates("k", &[sale("A-1")]))
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unauthorised);
    assert!(
        error.message.contains("TokenExpired") && error.message.contains("connect again"),
        "{error}"
    );
    let error = fake.provider().chart().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Forbidden);
}

#[tokio::test]
async fn a_request_that_cannot_be_right_does_not_leave() {
    let fake = Fake::new();
    let mixed = vec![
        Order::Create(sale("A-1")),
        Order::Void {
            id: id(1),
            status: SnapshotStatus::Draft,
        },
    ];
    let unmatched = vec![Order::Update {
        id: id(1),
        posting: sale("A-1"),
        line_ids: vec![],
    }];
    let mut long = sale("A-1");
    long.lines[0].description = "x".repeat(4_000_000);
    let many = (0..51)
        .map(|n| Order::Create(sale(&n.to_string())))
        .collect();
    for orders in [mixed, unmatched, vec![Order::Create(long)], many] {
        assert_eq!(
            fake.provider()
                .send(&request("k", orders))
                .await
                .unwrap_err()
                .kind,
            ErrorKind::Refused
        );
    }
    assert!(
        fake.provider()
            .send(&request("k", Vec::new()))
            .await
            .unwrap()
            .is_empty()
    );
    assert!(fake.asked().is_empty());
}

#[tokio::test]
async fn a_contact_that_came_back_in_anothers_place_is_unsure() {
    let none =
        r#"{"Contacts":[],"pagination":{"page":1,"pageSize":1000,"pageCount":0,"itemCount":0}}"#;
    let wanted = ContactWanted {
        number: None,
        name: "Totara Farms".to_owned(),
        email: None,
        first_name: None,
        last_name: None,
        tax_number: None,
        phones: tieout_core::document::Phones::default(),
        address: None,
        create_missing: true,
    };
    for (element, kind) in [
        (json!({"ContactID": CONTACT, "Name": "totara farms"}), None),
        (
            json!({"ContactID": CONTACT, "Name": "Rimu Farms"}),
            Some(ErrorKind::Unsure),
        ),
        (
            json!({"ContactID": ZERO, "Name": "Totara Farms"}),
            Some(ErrorKind::Unsure),
        ),
    ] {
        let fake = Fake::new();
        fake.answer(200, none);
        fake.answer(200, json!({"Contacts": [element]}).to_string());
        match (
            fake.provider()
                .resolve_contacts(std::slice::from_ref(&wanted))
                .await,
            kind,
        ) {
            (Ok(answers), None) => {
                let id = ProviderContactId::new(CONTACT).unwrap();
                assert_eq!(
                    answers,
                    [ContactAnswer::Found {
                        id,
                        by: MatchedBy::Created
                    }]
                );
            }
            (Err(error), Some(kind)) => assert_eq!(error.kind, kind),
            (outcome, _) => panic!("{outcome:?}"),
        }
    }
}
