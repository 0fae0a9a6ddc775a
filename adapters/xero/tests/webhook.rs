//! Webhooks: who signed a delivery, how it is answered, and what it hints at.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on stops"
)]

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde_json::{Value, json};
use tieout_core::document::DocumentKind;
use tieout_sandbox_xero::webhooks::{Standing, signature};
use tieout_sandbox_xero::{NEW_ZEALAND, Options, Registration, Sandbox, WEB_CLIENT_ID};
use tieout_xero::webhook::{
    BODY_BYTES_MAX, Category, Event, EventType, Received, Refusal, TenantKind, WebhookKeys,
    coalesced, receive,
};

const KEY: &str = "c2lnbmluZw==key";

fn keys(texts: &[&str]) -> WebhookKeys {
    let keys: Vec<SecretString> = texts.iter().map(|&text| SecretString::from(text)).collect();
    WebhookKeys::new(&keys).unwrap()
}

fn signed(body: &[u8]) -> Result<Received, Refusal> {
    let signature = signature(KEY, body);
    receive(&keys(&[KEY]), Some(signature.as_bytes()), body)
}

fn read(events: &Value) -> Received {
    let body =
        json!({"events": events, "firstEventSequence": 4, "lastEventSequence": 5, "entropy": "X"});
    signed(body.to_string().as_bytes()).unwrap()
}

fn event(category: &str) -> Value {
    json!({"resourceUrl": "https://api.xero.com/x", "resourceId": "r1", "tenantId": "t1",
        "tenantType": "ORGANISATION", "eventCategory": category, "eventType": "Update",
        "eventDateUtc": "2024-06-21T01:15:39.902", "somethingNew": {"a": [1]}})
}

#[test]
fn the_bytes_as_they_came_are_checked_with_their_irregular_spaces() {
    let body = br#"{"events":[],"firstEventSequence": 0,"lastEventSequence": 0, "entropy": "ABC"}"#;
    let received = signed(body).unwrap();
    assert!(received.is_intent_to_receive());
    assert_eq!(received.sequence, None);
    let compact = serde_json::to_vec(&serde_json::from_slice::<Value>(body).unwrap()).unwrap();
    let other = signature(KEY, body);
    let refused = receive(&keys(&[KEY]), Some(other.as_bytes()), &compact);
    assert_eq!(refused, Err(Refusal::WronglySigned));
}

#[test]
fn what_is_not_signed_by_one_of_our_keys_is_answered_with_401() {
    let body = br#"{"events":[]}"#;
    let right = signature(KEY, body);
    let mut changed = right.clone().into_bytes();
    changed[3] = if changed[3] == b'A' { b'B' } else { b'A' };
    let cut = &right.as_bytes()[..right.len() - 4];
    let wrong: [&[u8]; 5] = [&changed, cut, b"", b"not base64!", b"\xff\xfe"];
    for signature in wrong {
        let refused = receive(&keys(&[KEY]), Some(signature), body).unwrap_err();
        assert_eq!((refused, refused.status()), (Refusal::WronglySigned, 401));
    }
    let refused = receive(&keys(&[KEY]), None, body).unwrap_err();
    assert_eq!((refused, refused.status()), (Refusal::Unsigned, 401));
    let refused = receive(&keys(&["another"]), Some(right.as_bytes()), body);
    assert_eq!(refused, Err(Refusal::WronglySigned));
}

#[test]
fn while_a_key_is_changed_both_are_taken() {
    let body = br#"{"events":[]}"#;
    for key in ["old", "new"] {
        let signature = signature(key, body);
        assert!(receive(&keys(&["old", "new"]), Some(signature.as_bytes()), body).is_ok());
    }
}

#[test]
fn a_body_beyond_the_limit_is_turned_away_unread() {
    let body = vec![b' '; BODY_BYTES_MAX + 1];
    let refused = signed(&body).unwrap_err();
    assert_eq!((refused, refused.status()), (Refusal::TooLarge, 413));
}

#[test]
fn an_event_says_what_to_look_at() {
    let mut credit = event("CREDITNOTE");
    credit["data"] = json!({"Type": "ACCRECCREDIT", "Status": "DRAFT", "More": 1});
    let received = read(&json!([event("INVOICE"), credit]));
    assert_eq!((received.unread, received.sequence), (0, Some((4, 5))));
    assert_eq!(
        received.events[0],
        Event {
            tenant: "t1".to_owned(),
            tenant_kind: TenantKind::Organisation,
            category: Category::Invoice,
            resource: "r1".to_owned(),
            event_type: EventType::Update,
            at: Some("2024-06-21T01:15:39.902Z".parse().unwrap()),
            document_type: None,
            status: None,
        }
    );
    assert_eq!(
        received.events[0].kinds(),
        [DocumentKind::Invoice, DocumentKind::Bill]
    );
    assert_eq!(received.events[1].status.as_deref(), Some("DRAFT"));
    assert_eq!(
        received.events[1].kinds(),
        [DocumentKind::CreditNote, DocumentKind::Invoice]
    );
}

#[test]
fn what_nobody_knew_when_this_was_written_does_no_harm() {
    let mut nameless = event("INVOICE");
    nameless["resourceId"] = Value::Null;
    let mut undated = event("contact");
    undated["eventDateUtc"] = json!("soon");
    undated["data"] = Value::Null;
    let received = read(&json!([event("MANUALJOURNAL"), nameless, 7, null, undated]));
    assert_eq!((received.events.len(), received.unread), (2, 3));
    assert_eq!(
        received.events[0].category,
        Category::Other("MANUALJOURNAL".to_owned())
    );
    assert!(received.events[0].kinds().is_empty());
    assert_eq!(
        (&received.events[1].category, received.events[1].at),
        (&Category::Contact, None)
    );
    for body in [
        "",
        "[]",
        "null",
        "x",
        r#"{"events":{}}"#,
        r#"{"events":"a"}"#,
    ] {
        let received = signed(body.as_bytes()).unwrap();
        assert_eq!((received.events.len(), received.unread), (0, 1), "{body}");
        assert!(!received.is_intent_to_receive());
    }
}

#[test]
fn what_changed_many_times_is_looked_at_once() {
    let mut later = event("INVOICE");
    later["eventDateUtc"] = json!("2024-06-21T02:00:00");
    let mut other = event("INVOICE");
    other["tenantId"] = json!("t2");
    let received = read(&json!([later, event("INVOICE"), event("CONTACT"), other]));
    let left = coalesced(received.events);
    assert_eq!(left.len(), 3);
    let newest: DateTime<Utc> = "2024-06-21T02:00:00Z".parse().unwrap();
    assert!(left.iter().any(|one| one.at == Some(newest)));
}

#[test]
fn the_sandbox_finds_our_answers_right_and_its_events_are_understood() {
    let sandbox = Sandbox::new(Options::default().unlimited());
    let now: DateTime<Utc> = "2026-11-21T02:00:00Z".parse().unwrap();
    let hook = Registration {
        client_id: WEB_CLIENT_ID.to_owned(),
        url: "http://127.0.0.1:9/hook".to_owned(),
        key: KEY.to_owned(),
        categories: Vec::new(),
    };
    sandbox.register_webhook(hook, now).unwrap();
    let tokens = sandbox.grant(WEB_CLIENT_ID, &[NEW_ZEALAND], "accounting.invoices", now);
    tokens.unwrap();
    let mut told = Vec::new();
    for round in 0..20 {
        for delivery in sandbox.due_deliveries(now) {
            let signature = delivery.signature.as_bytes();
            let status = match receive(&keys(&[KEY]), Some(signature), &delivery.body) {
                Ok(received) => {
                    told.extend(received.events);
                    200
                }
                Err(refusal) => refusal.status(),
            };
            sandbox.webhook_answered(delivery.id, Some(status), now);
        }
        if round == 10 {
            assert_eq!(sandbox.webhooks().list()[0].standing, Standing::Healthy);
            let invoice = json!({"Type": "ACCREC", "Contact": {"ContactNumber": "HT-001"}, "Status": "DRAFT",
                "LineItems": [{"Description": "x"}]});
            let people = sandbox.people(now);
            let invoice = serde_json::from_value(invoice).unwrap();
            people.write_invoice(NEW_ZEALAND, &invoice).unwrap();
        }
    }
    let tenant = NEW_ZEALAND.to_string();
    assert!(
        told.iter()
            .any(|event| event.tenant == tenant && event.category == Category::Invoice),
        "{told:?}"
    );
}
