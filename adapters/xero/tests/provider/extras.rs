//! Payments that the host made, files and notes: each written once, and known again by its mark.

use bytes::Bytes;
use serde_json::{Value, json};
use tieout_core::document::DocumentKind;
use tieout_core::provider::{
    AccountingProvider, AttachmentOrder, Audience, ErrorKind, Extras, MadePayment, NoteOrder,
    PaymentOrder, RejectionKind, Snapshot, SnapshotStatus, Written,
};
use tieout_core::settings::CreateStatus;
use tieout_sandbox_xero::{Fault, FaultRule};

use crate::fake::{Fake, shown};
use crate::postings::{day, money};
use crate::sandboxed::Books;

fn payment(document: &Snapshot, amount: &str, marker: &str) -> PaymentOrder {
    PaymentOrder {
        kind: document.kind,
        document: document.id.clone(),
        account_code: "090".to_owned(),
        date: day("2026-11-21"),
        amount: money(amount),
        marker: marker.to_owned(),
    }
}

async fn marked(books: &Books, texts: &[&str]) -> Vec<MadePayment> {
    let markers: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
    books.provider.payments_marked(&markers).await.unwrap()
}

#[tokio::test]
async fn a_payment_settles_its_invoice_and_is_found_by_its_marker() {
    let books = Books::open();
    let made = books.create("A-1", CreateStatus::Authorised).await;
    let extras = books.provider.extras().unwrap();
    let orders = [
        payment(&made, "15.00", "host:pay:1"),
        payment(&made, "100.00", "host:pay:2"),
        payment(&made, "1.00", "host:pay:3"),
    ];
    let outcomes = extras.pay("k", &orders).await.unwrap();
    let first = outcomes[0].as_ref().unwrap();
    assert_eq!(
        (
            first.marker.as_str(),
            first.amount,
            first.stands,
            &first.document
        ),
        ("host:pay:1", money("15"), true, &Some(made.id.clone()))
    );
    assert_eq!(
        outcomes[2].as_ref().unwrap_err().kind,
        RejectionKind::Arithmetic,
        "nothing is due any more"
    );
    let held = books.find(&["A-1"]).await.remove(0);
    assert_eq!(held.status, SnapshotStatus::Paid);
    let found = marked(&books, &["host:pay:1", "host:pay:9"]).await;
    assert_eq!(found, std::slice::from_ref(first));

    assert_eq!(extras.take_back("t", &first.id).await.unwrap(), Ok(()));
    // Again, and long after the key is forgotten.
    books.pass(600);
    assert_eq!(extras.take_back("t2", &first.id).await.unwrap(), Ok(()));
    let found = marked(&books, &["host:pay:1"]).await;
    assert!(found.iter().all(|one| !one.stands));
    let held = books.find(&["A-1"]).await.remove(0);
    assert_eq!(held.amount_due, money("15"));
}

#[tokio::test]
async fn a_lost_payment_is_repeated_under_its_key_or_seen_by_its_marker() {
    let books = Books::open();
    let made = books.create("A-1", CreateStatus::Authorised).await;
    let extras = books.provider.extras().unwrap();
    books.fault(FaultRule::once("PUT", "/Payments", Fault::LostAfterCommit));
    let orders = [payment(&made, "15.00", "host:pay:1")];
    let error = extras.pay("k", &orders).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unsure);
    let again = extras.pay("k", &orders).await.unwrap();
    assert!(again[0].is_ok());
    books.pass(600);
    assert_eq!(marked(&books, &["host:pay:1"]).await.len(), 1);
    let held = books.find(&["A-1"]).await.remove(0);
    assert_eq!(held.payments.len(), 1);
}

#[tokio::test]
async fn what_cannot_be_known_again_or_paid_does_not_leave() {
    let books = Books::open();
    let made = books.create("A-1", CreateStatus::Authorised).await;
    let extras = books.provider.extras().unwrap();
    let mut order = payment(&made, "1.00", "m");
    order.kind = DocumentKind::PurchaseOrder;
    let long = "x".repeat(101);
    let odd = ["", " m", "a\"b", "é", long.as_str()].map(|marker| payment(&made, "1.00", marker));
    books.asked();
    for order in odd.into_iter().chain([order]) {
        let error = extras.pay("k", &[order]).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Refused);
    }
    assert!(extras.pay("k", &[]).await.unwrap().is_empty());
    assert!(books.asked().is_empty());
}

#[tokio::test]
async fn a_payment_that_came_back_without_identifier_or_error_is_unsure() {
    let books = Books::open();
    let made = books.create("A-1", CreateStatus::Authorised).await;
    let orders = [payment(&made, "15.00", "m")];
    let good = json!({"PaymentID": "aaaaaaaa-0000-4000-8000-000000000001", "Amount": 15.0, "Date": "2026-11-21",
        "Invoice": {"InvoiceID": made.id.as_str()}, "Reference": "m", "HasValidationErrors": false});
    let with = |field: &str, value: Value| {
        let mut element = good.clone();
        element[field] = value;
        json!({ "Payments": [element] }).to_string()
    };
    for body in [
        with("PaymentID", Value::Null),
        with("PaymentID", json!("00000000-0000-0000-0000-000000000000")),
        with("Amount", json!(14.0)),
        with("Invoice", json!({"InvoiceID": "other"})),
        json!({ "Payments": [good, good] }).to_string(),
    ] {
        let fake = Fake::new();
        fake.answer(200, body.clone());
        let error = fake.provider().pay("k", &orders).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unsure, "{body}");
    }
    let fake = Fake::new();
    fake.answer(200, with("Date", json!("2026-11-21")));
    fake.provider().pay("k", &orders).await.unwrap();
    let mut asked = fake.asked();
    *asked[0].body_mut() = Bytes::from(
        String::from_utf8(asked[0].body().to_vec())
            .unwrap()
            .replace(made.id.as_str(), "the-invoice"),
    );
    insta::assert_snapshot!("payment", shown(&asked[0]));
}

fn file(document: &Snapshot, name: &str, content: &[u8]) -> AttachmentOrder {
    AttachmentOrder {
        kind: document.kind,
        document: document.id.clone(),
        name: name.to_owned(),
        media_type: "application/pdf".to_owned(),
        content: Bytes::copy_from_slice(content),
        audience: Audience::Customer,
    }
}

#[tokio::test]
async fn a_file_is_put_once_and_replaced_when_it_changed() {
    let books = Books::open();
    let made = books.create("A-1", CreateStatus::Authorised).await;
    let extras = books.provider.extras().unwrap();
    let pdf = file(&made, "Invoice A/1.pdf", b"%PDF 1");
    assert_eq!(extras.attach("k", &pdf).await.unwrap(), Ok(Written::Now));
    books.pass(600);
    books.asked();
    assert_eq!(
        extras.attach("k2", &pdf).await.unwrap(),
        Ok(Written::Already)
    );
    assert_eq!(books.asked().len(), 1, "nothing is sent again");
    let newer = file(&made, "Invoice A/1.pdf", b"%PDF 1 and more");
    assert_eq!(extras.attach("k3", &newer).await.unwrap(), Ok(Written::Now));
    let put = books.asked().pop().unwrap();
    assert!(
        put.starts_with("PUT") && put.contains("IncludeOnline=true"),
        "{put}"
    );
    assert!(
        !put.contains('%'),
        "nothing in the name needs an escape: {put}"
    );
    for number in 2..=10 {
        let other = file(&made, &format!("{number}.pdf"), b"x");
        let outcome = extras.attach(&format!("f{number}"), &other).await.unwrap();
        assert_eq!(outcome, Ok(Written::Now));
    }
    let refused = extras.attach("f11", &file(&made, "11.pdf", b"x")).await;
    assert!(refused.unwrap().is_err(), "ten files at most");
    let empty = extras.attach("e", &file(&made, "e.pdf", b"")).await;
    assert!(empty.unwrap().is_err());
    let huge = file(&made, "h.pdf", &vec![b'x'; 10 * 1024 * 1024 + 1]);
    assert!(extras.attach("h", &huge).await.unwrap().is_err());
}

#[tokio::test]
async fn a_note_is_written_once_whatever_was_lost() {
    let books = Books::open();
    let made = books.create("A-1", CreateStatus::Authorised).await;
    let extras = books.provider.extras().unwrap();
    let note = NoteOrder {
        kind: made.kind,
        document: made.id.clone(),
        text: "Sent by the host. ".repeat(200),
        marker: "host:note:1".to_owned(),
    };
    books.fault(FaultRule::once("PUT", "/Invoices", Fault::LostAfterCommit));
    let error = extras.note("k", &note).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unsure);
    books.pass(600);
    let again = extras.note("k2", &note).await.unwrap();
    assert_eq!(again, Ok(Written::Already));
    let other = NoteOrder {
        marker: "host:note:2".to_owned(),
        ..note.clone()
    };
    assert_eq!(extras.note("k3", &other).await.unwrap(), Ok(Written::Now));
    let unknown = NoteOrder {
        document: "11111111-2222-3333-4444-555555555555".parse().unwrap(),
        ..note
    };
    let outcome = extras.note("k4", &unknown).await;
    match outcome {
        Ok(outcome) => assert_eq!(outcome.unwrap_err().kind, RejectionKind::NotFound),
        Err(error) => assert_eq!(error.kind, ErrorKind::Refused),
    }
}
