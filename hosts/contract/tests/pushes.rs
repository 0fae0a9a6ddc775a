//! Promises of pushes: only what the product signed is taken, and what it tells is taken whole or read again.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "support/product.rs"]
mod product;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use sha2::Sha256;
use tieout_core::host::{Heard, Host, Look, Push, PushRefusal, Record};
use tieout_host_contract::HttpHostConfig;

use crate::product::{Product, invoice, page, reply};

const EVENTS: &str = include_str!("../fixtures/events/events.json");
const SECRET: &str = "whsec_aG9zdC1jb250cmFjdC1kZW1vLXNlY3JldC0zMmJ5dGU=";
const OTHER: &str = "whsec_b3RoZXItY29udHJhY3QtZGVtby1zZWNyZXQtMzJieXQ";

fn with_secret(secrets: &str) -> String {
    format!(r#","webhook_secret":"{secrets}","documents":["invoices","bills"]"#)
}

/// A product that serves no record alone.
fn silent() -> Product {
    Product::new(|_| page(&[], Some("c"), false))
}

fn now() -> DateTime<Utc> {
    "2026-11-18T00:31:05Z".parse().unwrap()
}

fn signature(secret: &str, id: &str, at: i64, body: &[u8]) -> String {
    let key = secret.strip_prefix("whsec_").unwrap();
    let key = STANDARD
        .decode(key)
        .or_else(|_| STANDARD.decode(format!("{key}=")))
        .unwrap();
    let mac = Hmac::<Sha256>::new_from_slice(&key)
        .unwrap()
        .chain_update(format!("{id}.{at}."))
        .chain_update(body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

fn signed(secret: &str, body: impl Into<Bytes>) -> Push {
    let body = body.into();
    let at = now().timestamp();
    let signature = signature(secret, "msg-1", at, &body);
    let mut headers = HeaderMap::new();
    headers.insert("webhook-id", "msg-1".parse().unwrap());
    headers.insert("webhook-timestamp", at.to_string().parse().unwrap());
    headers.insert("webhook-signature", signature.parse().unwrap());
    headers.insert(
        "content-type",
        "application/cloudevents+json".parse().unwrap(),
    );
    Push {
        method: Method::POST,
        path: String::new(),
        query: None,
        headers,
        body,
        at: now(),
    }
}

fn event(kind: &str, data: &Value) -> String {
    json!({"specversion": "1.0", "id": "e-1", "source": "urn:x", "type": kind,
           "time": "2026-11-18T00:31:00Z", "data": data})
    .to_string()
}

async fn hear(product: &Product, push: &Push) -> Result<Heard, PushRefusal> {
    product.host(&with_secret(SECRET)).hear(push).await
}

fn told(heard: &Heard) -> Vec<String> {
    let one = |record: &Record| match record {
        Record::Document(document) => format!("{} {}", document.id(), document.revision()),
        Record::Removed { id, kind, .. } => format!("-{kind} {id}"),
        Record::Unreadable { place, field, .. } => format!("{place} {field}"),
    };
    heard.records.iter().map(one).collect()
}

fn is_refused(answer: &Result<Heard, PushRefusal>) -> bool {
    matches!(answer, Err(PushRefusal::NotSigned(_)))
}

#[tokio::test]
async fn the_vector_of_an_implementation_of_the_standard_comes_out() {
    let samples: Value = serde_json::from_str(EVENTS).unwrap();
    let vector = &samples["signing_vector"];
    let text = |name: &str| vector[name].as_str().unwrap().to_owned();
    let mut push = signed(SECRET, text("body"));
    push.headers
        .insert("webhook-id", text("webhook_id").parse().unwrap());
    let at = vector["webhook_timestamp"].to_string();
    push.headers
        .insert("webhook-timestamp", at.parse().unwrap());
    push.at = DateTime::from_timestamp(at.parse().unwrap(), 0).unwrap();
    push.headers.insert(
        "webhook-signature",
        text("webhook_signature").parse().unwrap(),
    );
    // It tells of a payment, which is nobody's business here: taken, and nothing done.
    let product = silent();
    let host = product.host(&with_secret(&text("secret")));
    assert_eq!(host.hear(&push).await.unwrap(), Heard::default());
    push.body = push.body.slice(1..);
    assert!(is_refused(&host.hear(&push).await));
}

#[tokio::test]
async fn only_what_the_product_signed_about_now_is_taken() {
    let body = event("invoice.updated", &json!({"id": "1", "revision": 2}));
    let product = silent();
    let good = signed(SECRET, body.clone());
    assert!(hear(&product, &good).await.is_ok());
    let without = |name: &str| {
        let mut push = good.clone();
        push.headers.remove(name);
        push
    };
    let with = |name: &'static str, value: &str| {
        let mut push = good.clone();
        push.headers.insert(name, value.parse().unwrap());
        push
    };
    let twice = {
        let mut push = good.clone();
        push.headers.append("webhook-id", "msg-1".parse().unwrap());
        push
    };
    let at = |seconds: i64| Push {
        at: now() + TimeDelta::seconds(seconds),
        ..good.clone()
    };
    let bare = good.headers["webhook-signature"]
        .to_str()
        .unwrap()
        .replace("v1,", "");
    for (why, push) in [
        ("another secret", signed(OTHER, body.clone())),
        ("no id", without("webhook-id")),
        ("no timestamp", without("webhook-timestamp")),
        ("no signature", without("webhook-signature")),
        ("another id", with("webhook-id", "msg-2")),
        ("another time", with("webhook-timestamp", "1794961866")),
        ("no number", with("webhook-timestamp", "soon")),
        ("empty", with("webhook-signature", " ")),
        ("no base64", with("webhook-signature", "v1,%%%")),
        (
            "of another version",
            with("webhook-signature", &format!("v1a,{bare}")),
        ),
        ("without a version", with("webhook-signature", &bare)),
        ("an id twice", twice),
        ("too late", at(301)),
        ("too early", at(-301)),
    ] {
        let refused = hear(&product, &push).await;
        assert!(is_refused(&refused), "{why}: {refused:?}");
        assert!(!format!("{refused:?}").contains("aG9zdC1"), "{why}");
    }
    assert!(hear(&product, &at(300)).await.is_ok());
    assert!(hear(&product, &at(-300)).await.is_ok());
}

#[tokio::test]
async fn while_a_secret_is_changed_the_old_and_the_new_one_count() {
    let product = silent();
    let both = product.host(&with_secret(&format!("{SECRET}, {OTHER}")));
    let body = event("company.updated", &json!({"id": "7"}));
    for secret in [SECRET, OTHER] {
        assert!(both.hear(&signed(secret, body.clone())).await.is_ok());
    }
    // The product changes it: it signs with both, and only one of them is known here.
    let mut push = signed(OTHER, body.clone());
    let ours = signature(SECRET, "msg-1", now().timestamp(), body.as_bytes());
    let theirs = push.headers["webhook-signature"].to_str().unwrap();
    let all = format!("v1a,AAAA {theirs} {ours}");
    push.headers
        .insert("webhook-signature", all.parse().unwrap());
    assert!(hear(&product, &push).await.is_ok());
}

#[tokio::test]
async fn a_whole_document_is_taken_as_it_came_and_asks_nobody() {
    let samples: Value = serde_json::from_str(EVENTS).unwrap();
    let product = silent();
    for (index, expected) in [(0, "1686 1"), (1, "1690 1")] {
        let mut event = samples["events"][index].clone();
        event["time"] = json!(now());
        let push = signed(SECRET, event.to_string());
        let heard = hear(&product, &push).await.unwrap();
        assert_eq!(told(&heard), [expected]);
        assert_eq!(heard.look, Look::NotNeeded);
        // The same push again tells the same.
        assert_eq!(hear(&product, &push).await.unwrap(), heard);
    }
    assert_eq!(product.asked(), [""; 0]);
}

#[tokio::test]
async fn of_a_thin_event_the_record_is_read_again() {
    let product = Product::new(|request| match request.uri().path() {
        "/tieout/v1/invoices/1%2F2" => reply(200, &invoice("1/2")),
        "/tieout/v1/invoices/3" => reply(200, &invoice("4")),
        "/tieout/v1/bills/5" => reply(503, &json!({"title": "down"})),
        _ => http::Response::builder()
            .status(404)
            .body(Bytes::new())
            .unwrap(),
    });
    let thin =
        |kind: &str, id: &str| signed(SECRET, event(kind, &json!({"id": id, "revision": 9})));
    let heard = hear(&product, &thin("com.example.invoice.updated", "1/2")).await;
    let heard = heard.unwrap();
    assert_eq!(
        (told(&heard), heard.look),
        (vec!["1/2 1".to_owned()], Look::NotNeeded)
    );
    // What cannot be read alone, or not now, is seen by the next look at its list.
    for (kind, id) in [
        ("invoice.updated", "3"),
        ("bill.updated", "5"),
        ("invoice.deleted", "6"),
    ] {
        let heard = hear(&product, &thin(kind, id)).await.unwrap();
        assert_eq!((told(&heard), heard.look), (vec![], Look::Soon), "{kind}");
    }
    let of_subject =
        json!({"specversion": "1.0", "type": "invoice.voided", "subject": "invoice/6"});
    let heard = hear(&product, &signed(SECRET, of_subject.to_string())).await;
    assert_eq!(heard.unwrap().look, Look::Soon);
}

#[tokio::test]
async fn what_was_deleted_and_is_not_there_is_removed() {
    let product = Product::new(|_| reply(404, &json!({"title": "no such invoice"})));
    let deleted = |kind: &str, data: Value| signed(SECRET, event(kind, &data));
    for (push, expected) in [
        (
            deleted(
                "invoice.deleted",
                json!({"id": "1", "kind": "sales", "revision": 4}),
            ),
            vec!["-invoice 1"],
        ),
        (
            deleted("invoice.deleted", json!({"id": "1"})),
            vec!["-invoice 1", "-credit_note 1"],
        ),
        (
            deleted("credit_note.deleted", json!({"id": "1"})),
            vec!["-credit_note 1"],
        ),
        // The tombstone itself came along.
        (
            deleted(
                "invoice.updated",
                json!({"id": "1", "kind": "sales", "revision": 4, "removed_at": "2026-11-18T00:30:00Z"}),
            ),
            vec!["-invoice 1"],
        ),
        // It does not say that it was deleted: perhaps it cannot be seen yet.
        (deleted("invoice.updated", json!({"id": "1"})), vec![]),
    ] {
        let heard = hear(&product, &push).await.unwrap();
        assert_eq!(told(&heard), expected);
    }
}

#[tokio::test]
async fn what_is_new_or_not_asked_for_is_taken_and_left_alone() {
    let product = silent();
    for kind in [
        "company.merged",
        "order.dispatched",
        "purchase_order.created",
        "link.deleted",
        "weather.changed.today",
        "ping",
    ] {
        let push = signed(SECRET, event(kind, &json!({"id": "1"})));
        assert_eq!(
            hear(&product, &push).await.unwrap(),
            Heard::default(),
            "{kind}"
        );
    }
    let push = signed(SECRET, event("invoice.recoloured", &json!({"id": "1"})));
    assert_eq!(hear(&product, &push).await.unwrap().look, Look::Soon);
    let push = signed(SECRET, event("invoice_batch.released", &Value::Null));
    assert_eq!(hear(&product, &push).await.unwrap().look, Look::Soon);
}

#[tokio::test]
async fn a_document_that_came_along_broken_is_read_again_and_spoils_no_other() {
    let mut bad = invoice("1");
    bad["lines"][0]["quantity"] = json!("many");
    let product = Product::new(|_| reply(200, &invoice("1")));
    let events = json!([
        {"specversion": "1.0", "type": "invoice.updated", "time": now(), "data": bad},
        {"specversion": "1.0", "type": "invoice.finalised", "time": now(), "data": invoice("2")},
    ]);
    let mut push = signed(SECRET, events.to_string());
    let batch = "application/cloudevents-batch+json; charset=utf-8";
    push.headers.insert("content-type", batch.parse().unwrap());
    let heard = hear(&product, &push).await.unwrap();
    assert_eq!(told(&heard), ["1 1", "2 1"]);
}

#[tokio::test]
async fn many_thin_events_at_once_keep_their_sender_waiting_for_a_few_reads_only() {
    let product = Product::new(|request| {
        let id = request.uri().path().rsplit('/').next().unwrap();
        reply(200, &invoice(id))
    });
    let thin = |n: usize| json!({"type": "invoice.updated", "data": {"id": n.to_string()}});
    let mut push = signed(SECRET, Value::from_iter((0..100).map(thin)).to_string());
    let batch = "application/cloudevents-batch+json";
    push.headers.insert("content-type", batch.parse().unwrap());
    let heard = hear(&product, &push).await.unwrap();
    assert_eq!((heard.records.len(), heard.look), (5, Look::Soon));
    assert_eq!(product.asked().len(), 5);
}

#[tokio::test]
async fn attributes_that_nobody_signed_are_believed_as_far_as_to_look_again() {
    let product = Product::new(|_| reply(404, &json!({"title": "no such invoice"})));
    let mut push = signed(SECRET, invoice("1").to_string());
    push.headers
        .insert("ce-type", "invoice.deleted".parse().unwrap());
    let heard = hear(&product, &push).await.unwrap();
    assert_eq!((told(&heard), heard.look), (vec![], Look::Soon));
    assert_eq!(product.asked(), ["GET /tieout/v1/invoices/1"]);
}

#[tokio::test]
async fn what_is_signed_and_makes_no_sense_says_why() {
    let product = silent();
    for body in [
        "not json".to_owned(),
        json!({"data": {}}).to_string(),
        event("invoice.updated", &json!({"revision": 2})),
        json!({"specversion": "2.0", "type": "invoice.updated"}).to_string(),
    ] {
        let refused = hear(&product, &signed(SECRET, body.clone())).await;
        assert!(matches!(refused, Err(PushRefusal::BadData(_))), "{body}");
    }
}

#[tokio::test]
async fn without_a_secret_nothing_is_taken_and_with_one_the_product_may_ask_whether_it_is() {
    let product = silent();
    let push = signed(SECRET, event("ping", &Value::Null));
    let asks = Push {
        method: Method::OPTIONS,
        headers: HeaderMap::new(),
        ..push.clone()
    };
    let mute = product.host("");
    for push in [&push, &asks] {
        assert!(matches!(mute.hear(push).await, Err(PushRefusal::NotTaken)));
    }
    assert_eq!(hear(&product, &asks).await.unwrap(), Heard::default());
    let elsewhere = Push {
        path: "v2".to_owned(),
        ..push.clone()
    };
    let read = Push {
        method: Method::GET,
        ..push
    };
    for push in [&elsewhere, &read] {
        assert!(matches!(
            hear(&product, push).await,
            Err(PushRefusal::NotTaken)
        ));
    }
}

#[test]
fn a_secret_that_is_none_is_named_and_never_shown() {
    for secret in [
        "",
        "hidden",
        "whsec_aGk=",
        "whsec_###",
        &format!("{SECRET},hidden"),
    ] {
        let text = format!(r#"{{"url":"https://a.example","webhook_secret":"{secret}"}}"#);
        let config: HttpHostConfig = serde_json::from_str(&text).unwrap();
        let problems = config.problems();
        assert_eq!(problems.len(), 1, "{secret}");
        assert_eq!(problems[0].key, "webhook_secret");
        assert!(!problems[0].message.contains("hidden"));
    }
}

#[tokio::test]
async fn a_whole_document_that_comes_late_is_read_again_and_not_believed() {
    let product = Product::new(|request| match request.uri().path() {
        "/tieout/v1/invoices/1" => reply(
            200,
            &json!({"id": "1", "kind": "sales", "revision": 5, "removed_at": "2026-11-18T00:20:00Z"}),
        ),
        _ => reply(404, &json!({"title": "no such invoice"})),
    });
    let late = |id: &str, time: Value| {
        json!({"specversion": "1.0", "type": "invoice.updated", "time": time, "data": invoice(id)})
            .to_string()
    };
    for time in [
        json!("2026-11-18T00:19:00Z"),
        json!("yesterday"),
        Value::Null,
    ] {
        let heard = hear(&product, &signed(SECRET, late("1", time.clone())))
            .await
            .unwrap();
        assert_eq!(told(&heard), ["-invoice 1"], "{time}");
        let heard = hear(&product, &signed(SECRET, late("2", time)))
            .await
            .unwrap();
        assert_eq!((told(&heard), heard.look), (vec![], Look::Soon));
    }
}

#[tokio::test]
async fn a_deletion_that_brings_the_document_as_it_was_is_no_update() {
    let product = Product::new(|_| reply(404, &json!({"title": "no such invoice"})));
    let push = signed(SECRET, event("invoice.deleted", &invoice("1")));
    assert_eq!(told(&hear(&product, &push).await.unwrap()), ["-invoice 1"]);
}
