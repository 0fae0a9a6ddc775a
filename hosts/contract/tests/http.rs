//! Promises of the HTTP form: nothing is missed while lists are read, and each write-back has its own outcome.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "support/product.rs"]
mod product;

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::{Value, json};
use tieout_core::clock::SystemClock;
use tieout_core::document::{
    Attachment, Currency, DocumentKey, DocumentKind, Payment, PaymentKind,
};
use tieout_core::host::{
    Delivery, DocumentRef, Host, HostErrorKind, HostPage, PostingNotice, PostingState, Record,
    WriteBack,
};
use tieout_host_contract::{HttpHost, HttpHostConfig};

use crate::product::{Product, invoice, page, reply};

fn ids(page: &HostPage) -> Vec<String> {
    let id = |record: &Record| match record {
        Record::Document(document) => document.id().to_string(),
        Record::Removed { id, .. } => format!("-{id}"),
        Record::Unreadable { place, field, .. } => format!("{place} {field}"),
    };
    page.records.iter().map(id).collect()
}

#[tokio::test]
async fn every_list_is_read_to_its_end_and_each_goes_on_where_it_was() {
    let product = Product::new(|request| {
        let query = request.uri().query().unwrap_or_default();
        match (request.uri().path(), query.contains("cursor=")) {
            ("/tieout/v1/invoices", false) => {
                page(&[invoice("1"), invoice("2")], Some("a b"), true)
            }
            ("/tieout/v1/invoices", true) if query.contains("a+b") => {
                page(&[invoice("3")], Some("c"), false)
            }
            _ => page(&[], Some("e"), false),
        }
    });
    let host = product.host(r#","documents":["invoices","bills"],"page_documents_max":2"#);
    let first = host.changes(None, 500).await.unwrap();
    assert_eq!(
        (ids(&first), first.more),
        (vec!["1".into(), "2".into()], true)
    );
    let second = host.changes(first.position.as_deref(), 500).await.unwrap();
    assert_eq!((ids(&second), second.more), (vec!["3".into()], true));
    // The invoices were read to their end: in this round they are not asked for again.
    let third = host.changes(second.position.as_deref(), 500).await.unwrap();
    assert!(third.records.is_empty() && !third.more);
    // A quiet look asks each list once and moves nowhere.
    let fourth = host.changes(third.position.as_deref(), 500).await.unwrap();
    let fifth = host.changes(fourth.position.as_deref(), 500).await.unwrap();
    assert_eq!((fourth.position, fourth.more), (fifth.position, false));
    assert_eq!(
        product.asked(),
        [
            "GET /tieout/v1/invoices?limit=2",
            "GET /tieout/v1/invoices?cursor=a+b&limit=2",
            "GET /tieout/v1/bills?limit=2",
            "GET /tieout/v1/bills?cursor=e&limit=2",
            "GET /tieout/v1/invoices?cursor=c&limit=2",
            "GET /tieout/v1/bills?cursor=e&limit=2",
            "GET /tieout/v1/invoices?cursor=e&limit=2",
        ]
    );
    let request = &product.asked.lock().unwrap()[0];
    assert_eq!(request.headers()["authorization"], "Bearer k-1");
    assert!(request.headers()["authorization"].is_sensitive());
}

#[tokio::test]
async fn a_product_without_a_cursor_at_the_end_is_read_by_the_time_of_its_changes() {
    let product = Product::new(|_| page(&[invoice("1")], None, false));
    let host = product.host("");
    let first = host.changes(None, 10).await.unwrap();
    let second = host.changes(first.position.as_deref(), 10).await.unwrap();
    assert_eq!(ids(&second), ["1"]);
    assert_eq!(first.position, second.position);
    assert_eq!(
        product.asked()[1],
        "GET /tieout/v1/invoices?updated_since=2026-11-02T03%3A10%3A22Z&limit=10"
    );
}

#[tokio::test]
async fn lists_without_a_cursor_at_their_ends_come_to_rest() {
    let product = Product::new(|_| page(&[invoice("1")], None, false));
    let host = product.host(r#","documents":["invoices","credit_notes"]"#);
    let mut position = None;
    for look in 0..3 {
        let mut pages = 0;
        loop {
            let page = host.changes(position.as_deref(), 10).await.unwrap();
            position = page.position;
            pages += 1;
            assert!(pages <= 2, "look {look} goes on for ever");
            if !page.more {
                break;
            }
        }
        assert_eq!(pages, 2, "look {look} asks each list");
    }
}

#[tokio::test]
async fn what_is_removed_is_told_and_what_cannot_be_read_names_its_place_and_spoils_no_other() {
    let mut bad = invoice("2");
    bad["lines"][0]["quantity"] = json!("many");
    let gone = json!({"id": "3", "revision": 4, "removed_at": "2026-11-03T00:00:00Z"});
    let product = Product::new(move |_| {
        page(
            &[invoice("1"), bad.clone(), gone.clone(), json!(7)],
            Some("c"),
            false,
        )
    });
    let told = product.host("").changes(None, 10).await.unwrap();
    assert_eq!(
        ids(&told),
        [
            "1",
            "GET /tieout/v1/invoices: record 2 (INV-2) lines[0].quantity",
            "-3",
            "-3",
            "GET /tieout/v1/invoices: record 4 ",
        ]
    );
}

#[tokio::test]
async fn a_product_that_fails_is_told_apart_from_one_that_is_wrong() {
    let html = |status: u16| {
        move |_: &Request<Bytes>| {
            let reply = Response::builder()
                .status(status)
                .header("location", "https://elsewhere.example/");
            reply.body(Bytes::from_static(b"<html>no</html>")).unwrap()
        }
    };
    for (status, kind) in [
        (401, HostErrorKind::Unauthorised),
        (403, HostErrorKind::Unauthorised),
        (404, HostErrorKind::Misconfigured),
        (301, HostErrorKind::Misconfigured),
        (429, HostErrorKind::Unavailable),
        (503, HostErrorKind::Unavailable),
        (200, HostErrorKind::BadData),
        (400, HostErrorKind::BadData),
    ] {
        let error = Product::new(html(status))
            .host("")
            .changes(None, 10)
            .await
            .unwrap_err();
        assert_eq!(error.kind, kind, "{status}: {error}");
        assert!(error.message.contains("GET /tieout/v1/invoices"), "{error}");
        assert!(!error.to_string().contains("k-1"));
    }
    let stuck = Product::new(|_| page(&[invoice("1")], None, true));
    let error = stuck.host("").changes(None, 10).await.unwrap_err();
    assert_eq!(error.kind, HostErrorKind::BadData);
}

fn document(id: &str) -> DocumentRef {
    DocumentRef {
        kind: DocumentKind::Invoice,
        id: id.parse().unwrap(),
        number: format!("INV-{id}"),
    }
}

fn payment(id: &str) -> Payment {
    Payment {
        id: id.parse().unwrap(),
        date: "2026-11-20".parse().unwrap(),
        amount: "40".parse().unwrap(),
        currency: Currency::from_code("AUD").unwrap(),
        reference: Some("TAP 5".to_owned()),
        kind: PaymentKind::Payment,
    }
}

fn delivery() -> Delivery {
    let removed = WriteBack::PaymentRemoved {
        document: document("1/2"),
        revision: 2,
        payment: payment("p-1"),
    };
    let paid = WriteBack::Payment {
        document: document("2"),
        revision: 1,
        payment: payment("p-2"),
    };
    let posting = WriteBack::Posting {
        document: document("2"),
        notice: PostingNotice {
            state: PostingState::Posted,
            ledger_id: Some("x-9".to_owned()),
            ledger_number: Some("INV-2".to_owned()),
            message: None,
        },
    };
    Delivery {
        id: "d-1".to_owned(),
        items: vec![removed, paid, posting],
    }
}

#[tokio::test]
async fn each_write_back_is_one_idempotent_request_and_a_refusal_concerns_it_alone() {
    let product = Product::new(|request| match request.method() {
        &Method::DELETE => reply(404, &json!({"title": "no such payment"})),
        _ if request.uri().path().contains("payments") => reply(
            422,
            &json!({"code": "period_locked", "title": "Locked", "detail": "October is closed."}),
        ),
        _ => reply(204, &Value::Null),
    });
    let host = product.host("");
    let told = host.deliver(&delivery()).await.unwrap();
    let refusal = told[1].as_ref().unwrap_err();
    assert_eq!(
        (refusal.code.as_str(), refusal.message.as_str()),
        ("period_locked", "Locked: October is closed.")
    );
    assert!(told[0].is_ok() && told[2].is_ok());
    host.deliver(&delivery()).await.unwrap();
    let mut asked = product.asked();
    let mut again = asked.split_off(3);
    asked.sort();
    again.sort();
    assert_eq!(asked, again, "a repeat says the same");
    assert_eq!(
        asked,
        [
            "DELETE /tieout/v1/invoices/1%2F2/payments/p-1?revision=2&reason=removed_in_ledger",
            "PUT /tieout/v1/invoices/2/payments/p-2",
            "PUT /tieout/v1/invoices/2/posting",
        ]
    );
    let requests = product.asked.lock().unwrap();
    let put = requests
        .iter()
        .find(|it| it.uri().path().ends_with("p-2"))
        .unwrap();
    assert_eq!(put.headers()["idempotency-key"], "d-1-1");
    let body: Value = serde_json::from_slice(put.body()).unwrap();
    assert_eq!(
        body,
        json!({"number": "INV-2", "revision": 1, "date": "2026-11-20", "amount": "40.00", "currency": "AUD",
               "reference": "TAP 5", "kind": "payment"})
    );
}

#[tokio::test]
async fn a_product_that_is_down_refuses_nothing_and_a_wrong_address_parks_nothing() {
    for (status, kind) in [
        (503, HostErrorKind::Unavailable),
        (404, HostErrorKind::Misconfigured),
        (401, HostErrorKind::Unauthorised),
    ] {
        let product = Product::new(move |_| {
            Response::builder()
                .status(status)
                .body(Bytes::from_static(b"nginx"))
                .unwrap()
        });
        let error = product.host("").deliver(&delivery()).await.unwrap_err();
        assert_eq!(error.kind, kind, "{status}");
    }
}

#[tokio::test]
async fn a_file_comes_from_the_product_itself_or_not_at_all() {
    let product = Product::new(|_| Response::new(Bytes::from_static(b"%PDF")));
    let host = product.host("");
    let key = DocumentKey {
        host: "h".parse().unwrap(),
        kind: DocumentKind::Invoice,
        id: "1".parse().unwrap(),
    };
    let file = |url: &str, sha256: Option<&str>| Attachment {
        name: "1.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        url: url.to_owned(),
        sha256: sha256.map(str::to_owned),
    };
    let slashless = serde_json::from_str(r#"{"url":"https://api.example.com/tieout"}"#).unwrap();
    let slashless =
        HttpHost::open(slashless, Arc::new(product.clone()), Arc::new(SystemClock)).unwrap();
    for host in [&host, &slashless] {
        let content = host.attachment(&key, &file("files/1.pdf", None)).await;
        assert_eq!(content.unwrap(), Bytes::from_static(b"%PDF"));
    }
    assert_eq!(product.asked(), ["GET /tieout/files/1.pdf"; 2]);
    for (url, sha256) in [
        ("https://evil.example/1.pdf", None),
        ("//evil.example/1.pdf", None),
        ("http://api.example.com/tieout/1.pdf", None),
        ("files/1.pdf", Some("00")),
    ] {
        let error = host.attachment(&key, &file(url, sha256)).await.unwrap_err();
        assert_eq!(error.kind, HostErrorKind::BadData, "{url}");
    }
    assert_eq!(product.asked().len(), 3, "nobody else was asked");
}

#[test]
fn settings_that_cannot_work_are_named() {
    let keys = |text: &str| -> Vec<&str> {
        let config: HttpHostConfig = serde_json::from_str(text).unwrap();
        config
            .problems()
            .iter()
            .map(|problem| problem.key)
            .collect()
    };
    assert_eq!(
        keys(r#"{"url":"http://127.0.0.1:8080"}"#),
        Vec::<&str>::new()
    );
    assert_eq!(keys(r#"{"url":"http://api.example.com"}"#), ["url"]);
    assert_eq!(keys(r#"{"url":"ftp://api.example.com"}"#), ["url"]);
    assert_eq!(
        keys(r#"{"url":"https://me:secret@api.example.com?x=1"}"#),
        ["url"]
    );
    assert_eq!(
        keys(
            r#"{"url":"https://a.example","api_key":" ","key_header":"a b","documents":[],"concurrent_max":0}"#
        ),
        ["key_header", "api_key", "documents", "concurrent_max"]
    );
}

#[tokio::test]
async fn a_list_that_fails_keeps_no_other_from_being_read_and_is_told_when_nothing_else_is() {
    let product = Product::new(|request| {
        let query = request.uri().query().unwrap_or_default();
        match request.uri().path() {
            "/tieout/v1/bills" => reply(500, &json!({"title": "broken"})),
            _ if query.contains("cursor=c") => page(&[], Some("c"), false),
            _ => page(&[invoice("1")], Some("c"), false),
        }
    });
    let host = product.host(r#","documents":["bills","invoices"]"#);
    let first = host.changes(None, 10).await.unwrap();
    assert_eq!((ids(&first), first.more), (vec!["1".to_owned()], true));
    let error = host
        .changes(first.position.as_deref(), 10)
        .await
        .unwrap_err();
    assert_eq!(error.kind, HostErrorKind::Unavailable);
    assert!(error.message.contains("v1/bills"), "{error}");
}

#[tokio::test]
async fn a_stamp_of_the_future_hides_nothing_that_changes_before_it() {
    let mut ahead = invoice("1");
    ahead["updated_at"] = json!("2999-01-01T00:00:00Z");
    let product = Product::new(move |_| page(&[ahead.clone()], None, false));
    let host = product.host("");
    let first = host.changes(None, 10).await.unwrap();
    host.changes(first.position.as_deref(), 10).await.unwrap();
    assert!(
        !product.asked()[1].contains("2999"),
        "{:?}",
        product.asked()
    );
}

#[tokio::test]
async fn what_is_gone_from_a_list_with_both_kinds_may_have_been_either() {
    let gone = json!({"id": "3", "revision": 4, "removed_at": "2026-11-03T00:00:00Z"});
    let mut credit = gone.clone();
    credit["kind"] = json!("sales_credit");
    let product = Product::new(move |_| page(&[gone.clone(), credit.clone()], Some("c"), false));
    let told = product.host("").changes(None, 10).await.unwrap();
    let kind = |record: &Record| match record {
        Record::Removed { kind, .. } => Some(*kind),
        Record::Document(_) | Record::Unreadable { .. } => None,
    };
    let kinds: Vec<_> = told.records.iter().filter_map(kind).collect();
    let (invoice, credit) = (DocumentKind::Invoice, DocumentKind::CreditNote);
    assert_eq!(kinds, [invoice, credit, credit]);
}

/// A product that takes so many write-backs in a window, and none about one document.
fn limited(window: usize, broken: &'static str) -> Product {
    let taken = Arc::new(Mutex::new(0));
    Product::new(move |request| {
        let path = request.uri().path();
        if request.method() == Method::GET {
            return page(&[], Some("c"), false);
        }
        if path.contains(broken) {
            return reply(500, &json!({"title": "no luck"}));
        }
        let mut taken = taken.lock().unwrap();
        *taken += 1;
        if *taken > window {
            *taken = 0;
            return reply(429, &json!({"title": "slow down"}));
        }
        reply(204, &Value::Null)
    })
}

fn many(count: usize) -> Delivery {
    let item = |n: usize| WriteBack::Payment {
        document: document(&format!("n-{n}")),
        revision: 1,
        payment: payment(&format!("p-{n}")),
    };
    Delivery {
        id: "d-2".to_owned(),
        items: (0..count).map(item).collect(),
    }
}

#[tokio::test]
async fn a_limit_of_the_product_lets_a_delivery_go_on_where_it_was() {
    let product = limited(3, "nothing");
    let host = product.host(r#","concurrent_max":1"#);
    let mut looks = 0;
    let told = loop {
        looks += 1;
        match host.deliver(&many(10)).await {
            Ok(told) => break told,
            Err(error) => assert_eq!(error.kind, HostErrorKind::Unavailable),
        }
        assert!(looks < 20, "it goes on");
    };
    assert_eq!(told.iter().filter(|it| it.is_ok()).count(), 10);
}

#[tokio::test]
async fn one_write_back_that_always_fails_is_refused_in_the_end_and_stops_no_other() {
    let product = limited(1_000, "n-2");
    let host = product.host("");
    for _ in 1..5 {
        assert!(host.deliver(&many(4)).await.is_err());
    }
    let told = host.deliver(&many(4)).await.unwrap();
    let refused: Vec<usize> = (0..4).filter(|at| told[*at].is_err()).collect();
    assert_eq!(refused, [2]);
    assert_eq!(told[2].as_ref().unwrap_err().code, "always_fails");
    // Each of the others was told once.
    let asked = product.asked();
    let others = asked
        .iter()
        .filter(|line| line.starts_with("PUT") && !line.contains("n-2"));
    assert_eq!(others.count(), 3);
}

#[tokio::test]
async fn a_product_that_is_down_for_days_refuses_nothing() {
    let product = Product::new(|_| reply(503, &json!({"title": "maintenance"})));
    let host = product.host("");
    for _ in 0..20 {
        assert!(host.deliver(&many(3)).await.is_err());
    }
}
