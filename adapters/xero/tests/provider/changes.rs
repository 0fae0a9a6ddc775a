//! Telling changes: every one, most of them once, whatever moves meanwhile.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tieout_core::document::DocumentKind;
use tieout_core::provider::{
    AccountingProvider, ChangePage, ChangesAfter, ErrorKind, ProviderError, SnapshotStatus,
};
use tieout_core::settings::CreateStatus;
use tieout_sandbox_xero::{Fault, FaultRule, NEW_ZEALAND};

use crate::fake::Fake;
use crate::postings::{creates, money, posting};
use crate::sandboxed::{Books, invoices_after, numbers};

async fn create_many(books: &Books, prefix: &str, count: usize) {
    let contact = books.contact("HT-001");
    let all: Vec<_> = (0..count)
        .map(|n| posting(&format!("{prefix}-{n}"), &contact, CreateStatus::Authorised))
        .collect();
    for (n, batch) in all.chunks(50).enumerate() {
        let made = books
            .provider
            .send(&creates(&format!("{prefix}-{n}"), batch))
            .await
            .unwrap();
        assert!(made.iter().all(Result::is_ok));
    }
}

#[tokio::test]
async fn a_change_is_told_once_and_nothing_twice_when_nothing_changed() {
    let books = Books::open();
    let made = books.create("A-1", CreateStatus::Authorised).await;
    let (told, page) = books.changes(None).await;
    assert_eq!(told, [made]);
    let (told, page) = books.changes(Some(page.cursor)).await;
    assert!(told.is_empty());
    books.pass(3600);
    let (told, page) = books.changes(Some(page.cursor)).await;
    assert!(told.is_empty());
    assert!(page.complete_as_of > books.now() - TimeDelta::minutes(2));
    assert!(page.complete_as_of < books.now());
    books.people().void(NEW_ZEALAND, "A-1").unwrap();
    let (told, _) = books.changes(Some(page.cursor)).await;
    assert_eq!(told[0].status, SnapshotStatus::Voided);
}

#[tokio::test]
async fn payments_in_part_in_full_and_taken_back_are_told_with_the_whole_document() {
    let books = Books::open();
    books.create("A-1", CreateStatus::Authorised).await;
    let (_, page) = books.changes(None).await;
    let mut cursor = page.cursor;
    let mut payments = Vec::new();
    for (amount, status) in [
        (Some(money("15")), SnapshotStatus::Authorised),
        (None, SnapshotStatus::Paid),
    ] {
        books.pass(60);
        payments.push(
            books
                .people()
                .pay(NEW_ZEALAND, "A-1", amount, None)
                .unwrap(),
        );
        let (told, page) = books.changes(Some(cursor)).await;
        assert_eq!(
            (told[0].status.clone(), told[0].payments.len()),
            (status, payments.len())
        );
        cursor = page.cursor;
    }
    books.pass(60);
    books
        .people()
        .delete_payment(NEW_ZEALAND, payments[0])
        .unwrap();
    let (told, _) = books.changes(Some(cursor)).await;
    let last = told.last().unwrap();
    assert_eq!(
        (last.status.clone(), last.amount_due, last.payments.len()),
        (SnapshotStatus::Authorised, money("15"), 1)
    );
}

#[tokio::test]
async fn a_payment_that_came_with_its_invoice_costs_no_further_call() {
    let books = Books::open();
    books.create("A-1", CreateStatus::Authorised).await;
    books.people().pay(NEW_ZEALAND, "A-1", None, None).unwrap();
    books.asked();
    let (told, _) = books.changes(None).await;
    assert_eq!(told.len(), 1);
    assert_eq!(books.asked().len(), 2);
}

#[tokio::test]
async fn more_payments_of_one_second_than_fit_on_a_page_make_progress() {
    let books = Books::open();
    create_many(&books, "S", 450).await;
    let (_, page) = books.changes(None).await;
    books.pass(1);
    for n in 0..450 {
        books
            .people()
            .pay(NEW_ZEALAND, &format!("S-{n}"), None, None)
            .unwrap();
    }
    books.asked();
    let (told, _) = books.changes(Some(page.cursor)).await;
    let paid = told.iter().filter(|one| one.status == SnapshotStatus::Paid);
    assert_eq!((paid.count(), told.len()), (450, 450));
    assert!(books.asked().len() < 10);
}

#[tokio::test]
async fn deleted_invoices_are_told_and_bills_are_not() {
    let books = Books::open();
    let draft = books.create("A-1", CreateStatus::Draft).await;
    let bill = json!({"Type": "ACCPAY", "Contact": {"Name": "Southern Print"}, "LineItems": [{"Description": "x"}]});
    books
        .people()
        .write_invoice(NEW_ZEALAND, &serde_json::from_value(bill).unwrap())
        .unwrap();
    let (_, page) = books.changes(None).await;
    books.pass(10);
    books.people().void(NEW_ZEALAND, "A-1").unwrap();
    let (told, _) = books.changes(Some(page.cursor)).await;
    assert_eq!(
        told.iter()
            .map(|one| (&one.id, &one.status))
            .collect::<Vec<_>>(),
        [(&draft.id, &SnapshotStatus::Deleted)]
    );
}

#[tokio::test]
async fn more_than_a_page_is_told_whole() {
    let books = Books::open();
    for part in 0..5 {
        create_many(&books, &format!("P{part}"), 500).await;
        books.pass(2);
    }
    let (told, page) = books.changes(None).await;
    let distinct: HashSet<&str> = numbers(&told).into_iter().collect();
    assert_eq!((told.len(), distinct.len()), (2500, 2500));
    assert!(told.is_sorted_by_key(|one| one.updated_at));
    let (again, _) = books.changes(Some(page.cursor)).await;
    assert!(
        again.len() <= 1500,
        "beyond the rows that are remembered, only the oldest come again"
    );
}

#[tokio::test]
async fn more_rows_of_one_second_than_fit_on_a_page_make_progress() {
    let books = Books::open();
    create_many(&books, "S", 2300).await;
    books.pass(1);
    create_many(&books, "T", 10).await;
    let (told, page) = books.changes(None).await;
    let distinct: HashSet<&str> = numbers(&told).into_iter().collect();
    assert_eq!(distinct.len(), 2310);

    // The next run passes the same crowd again, while newer rows fill what is remembered.
    books.pass(1);
    create_many(&books, "U", 1000).await;
    let (told, page) = books.changes(Some(page.cursor)).await;
    let new = numbers(&told)
        .into_iter()
        .filter(|number| number.starts_with('U'))
        .count();
    assert_eq!(new, 1000);
    let (told, _) = books.changes(Some(page.cursor)).await;
    assert!(
        numbers(&told)
            .into_iter()
            .all(|number| !number.starts_with('U'))
    );
}

#[tokio::test]
async fn rows_that_move_while_pages_are_read_are_not_missed() {
    let books = Books::open();
    create_many(&books, "S", 1500).await;
    books.pass(1);
    create_many(&books, "T", 800).await;
    let mut after = ChangesAfter {
        cursor: None,
        since: Some(books.now() - TimeDelta::days(1)),
        kinds: vec![DocumentKind::Invoice],
    };
    let mut met = HashSet::new();
    let mut voided = HashSet::new();
    let mut round = 0;
    loop {
        let page = books.provider.changes(&after).await.unwrap();
        for document in &page.documents {
            if document.status == SnapshotStatus::Voided {
                voided.insert(document.number.clone());
            }
            met.insert(document.number.clone());
        }
        if !page.more {
            break;
        }
        after.cursor = Some(page.cursor);
        // Rows of the first page are changed and move to the end: the rest moves up.
        if round < 3 {
            books.pass(1);
            for n in 0..250 {
                books
                    .people()
                    .void(NEW_ZEALAND, &format!("S-{}", round * 250 + n))
                    .unwrap();
            }
        }
        round += 1;
    }
    assert_eq!((met.len(), voided.len()), (2300, 750));
}

#[tokio::test]
async fn a_change_in_the_very_second_of_the_last_run_is_told() {
    let books = Books::open();
    books.create("A-1", CreateStatus::Authorised).await;
    let (_, page) = books.changes(None).await;
    books.create("A-2", CreateStatus::Authorised).await;
    let (told, page) = books.changes(Some(page.cursor)).await;
    assert_eq!(numbers(&told), ["A-2"]);
    let mut switches = books.sandbox.switches();
    switches.modified_since_inclusive = true;
    books.sandbox.set_switches(switches);
    books.create("A-3", CreateStatus::Authorised).await;
    let (told, _) = books.changes(Some(page.cursor)).await;
    assert_eq!(numbers(&told), ["A-3"]);
}

#[tokio::test]
async fn a_failed_page_leaves_the_position_where_it_was() {
    let books = Books::open();
    books.create("A-1", CreateStatus::Authorised).await;
    let (_, page) = books.changes(None).await;
    books.pass(60);
    books.people().pay(NEW_ZEALAND, "A-1", None, None).unwrap();
    let after = ChangesAfter {
        cursor: Some(page.cursor),
        since: None,
        kinds: vec![DocumentKind::Invoice],
    };
    for fault in [
        Fault::Truncated,
        Fault::ProxyHtml,
        Fault::ErrorBeforeCommit { status: 500 },
        Fault::LostBeforeCommit,
    ] {
        books.fault(FaultRule::once("GET", "/Invoices", fault));
        let error = books.provider.changes(&after).await.unwrap_err();
        assert!(
            matches!(error.kind, ErrorKind::BadReply | ErrorKind::NotProcessed),
            "{fault:?}"
        );
    }
    let (told, _) = books.changes(after.cursor).await;
    assert_eq!(told[0].status, SnapshotStatus::Paid);
}

fn invoice(n: u32, updated: DateTime<Utc>) -> Value {
    let mut invoice: Value =
        serde_json::from_str(include_str!("../fixtures/invoice.json")).unwrap();
    invoice["InvoiceID"] = json!(format!("aaaaaaaa-0000-4000-8000-{n:012}"));
    invoice["UpdatedDateUTC"] = json!(format!("/Date({}+0000)/", updated.timestamp_millis()));
    invoice
}

fn page(invoices: &[Value], item_count: usize, made_at: DateTime<Utc>) -> String {
    json!({
        "DateTimeUTC": format!("/Date({})/", made_at.timestamp_millis()),
        "Invoices": invoices,
        "pagination": {"page": 1, "pageSize": 1000, "pageCount": 1, "itemCount": item_count},
    })
    .to_string()
}

#[tokio::test]
async fn a_page_with_fewer_rows_than_it_says_is_an_error() {
    let fake = Fake::new();
    let at: DateTime<Utc> = "2026-11-21T11:00:00Z".parse().unwrap();
    fake.answer(200, page(&[invoice(1, at)], 2, at));
    let error = fake
        .provider()
        .changes(&invoices_after(None))
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::BadReply);
    let request = fake.asked().remove(0);
    assert!(request.headers().get("if-modified-since").is_none());
    fake.answer(200, page(&[invoice(1, at)], 2, at));
    assert!(
        fake.provider()
            .look_up(DocumentKind::Invoice, &["A-1".to_owned()])
            .await
            .is_err()
    );
}

async fn look_up_fails(fake: &std::sync::Arc<Fake>) -> ErrorKind {
    let numbers = ["A-1".to_owned()];
    let provider = fake.provider();
    let found = provider.look_up(DocumentKind::Invoice, &numbers).await;
    found.unwrap_err().kind
}

#[tokio::test]
async fn an_empty_page_that_promises_rows_is_an_error_and_never_asked_for_ever() {
    let at: DateTime<Utc> = "2026-11-21T11:00:00Z".parse().unwrap();
    for (size, count, items) in [(0, 0, 5), (0, 9_000_000, 0), (1_000, 2, 1_000)] {
        let body = json!({
            "DateTimeUTC": format!("/Date({})/", at.timestamp_millis()),
            "Invoices": [],
            "pagination": {"page": 1, "pageSize": size, "pageCount": count, "itemCount": items},
        });
        let fake = Fake::new();
        fake.answer(200, body.to_string());
        let changes = fake.provider().changes(&invoices_after(None)).await;
        assert_eq!(changes.unwrap_err().kind, ErrorKind::BadReply);
        fake.answer(200, body.to_string());
        assert_eq!(look_up_fails(&fake).await, ErrorKind::BadReply);
    }
}

#[tokio::test]
async fn a_list_of_pages_without_end_is_given_up() {
    let at: DateTime<Utc> = "2026-11-21T11:00:00Z".parse().unwrap();
    let fake = Fake::new();
    let body = page(&[invoice(1, at)], 1, at).replace(r#""pageCount":1"#, r#""pageCount":9000000"#);
    for _ in 0..200 {
        fake.answer(200, body.clone());
    }
    assert_eq!(look_up_fails(&fake).await, ErrorKind::Refused);
}

#[tokio::test]
async fn a_row_stamped_in_the_future_hides_nothing_that_changes_before_it() {
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let now = at("2026-11-21T11:59:00Z");
    let fake = Fake::new();
    fake.answer(200, page(&[invoice(1, at("2999-01-01T00:00:00Z"))], 1, now));
    fake.answer(200, page(&[], 0, now).replace("Invoices", "Payments"));
    fake.answer(200, page(&[], 0, now));
    let mut after = invoices_after(None);
    for _ in 0..3 {
        after.cursor = Some(fake.provider().changes(&after).await.unwrap().cursor);
    }
    let asked = fake.asked();
    assert_eq!(
        asked[2].headers()["if-modified-since"],
        "2026-11-21T11:53:59"
    );
}

#[tokio::test]
async fn an_invoice_without_its_balance_is_not_taken_for_paid() {
    let at: DateTime<Utc> = "2026-11-21T11:00:00Z".parse().unwrap();
    let fake = Fake::new();
    let mut bare = invoice(1, at);
    bare.as_object_mut().unwrap().remove("AmountDue").unwrap();
    fake.answer(200, page(&[bare], 1, at));
    let page = fake.provider().changes(&invoices_after(None)).await;
    let told = page.unwrap().documents.remove(0);
    assert_eq!(told.amount_due, money("52.4"));
}

#[tokio::test]
async fn the_next_run_begins_five_minutes_before_the_earlier_of_both_clocks() {
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    // Our clock shows 12:00:00.
    for (their_clock, next) in [
        ("2026-11-21T11:59:00Z", "2026-11-21T11:53:59"),
        ("2026-11-21T15:00:00Z", "2026-11-21T11:54:59"),
    ] {
        let fake = Fake::new();
        fake.answer(200, page(&[], 0, at(their_clock)));
        fake.answer(
            200,
            page(&[], 0, at(their_clock)).replace("Invoices", "Payments"),
        );
        fake.answer(200, page(&[], 0, at(their_clock)));
        let since = Some(at("2026-11-01T00:00:00Z"));
        let first = fake
            .provider()
            .changes(&ChangesAfter {
                cursor: None,
                since,
                kinds: vec![DocumentKind::Invoice],
            })
            .await
            .unwrap();
        let second = fake
            .provider()
            .changes(&ChangesAfter {
                cursor: Some(first.cursor),
                since,
                kinds: vec![DocumentKind::Invoice],
            })
            .await
            .unwrap();
        assert!(first.more && !second.more);
        fake.provider()
            .changes(&ChangesAfter {
                cursor: Some(second.cursor),
                since,
                kinds: vec![DocumentKind::Invoice],
            })
            .await
            .unwrap();
        let asked = fake.asked();
        assert_eq!(asked[2].headers()["if-modified-since"], next);
    }
}

#[tokio::test]
async fn an_invoice_in_a_currency_that_does_not_exist_holds_up_nothing() {
    let fake = Fake::new();
    let at: DateTime<Utc> = "2026-11-21T11:00:00Z".parse().unwrap();
    let mut odd = invoice(1, at);
    odd["CurrencyCode"] = json!("ZMK");
    fake.answer(200, page(&[odd, invoice(2, at)], 2, at));
    let told = fake
        .provider()
        .changes(&invoices_after(None))
        .await
        .unwrap();
    assert_eq!(told.documents.len(), 1);
}

#[tokio::test]
async fn a_draft_that_names_nobody_is_nobodys_and_an_approved_one_is_told_apart() {
    let at: DateTime<Utc> = "2026-11-21T11:00:00Z".parse().unwrap();
    for (status, unreadable) in [("DRAFT", 0), ("AUTHORISED", 1)] {
        let fake = Fake::new();
        let mut odd = invoice(1, at);
        odd["Status"] = json!(status);
        odd["Contact"] = Value::Null;
        fake.answer(200, page(&[odd, invoice(2, at)], 2, at));
        let page = fake.provider().changes(&invoices_after(None)).await;
        let page = page.unwrap();
        let told = (page.documents.len(), page.unreadable.len());
        assert_eq!(told, (1, unreadable), "{status}");
    }
}

#[tokio::test]
async fn without_paging_in_the_reply_the_end_is_where_nothing_further_comes() {
    let fake = Fake::new();
    let at: DateTime<Utc> = "2026-11-21T11:00:00Z".parse().unwrap();
    let plain = |invoices: &[Value]| json!({"Invoices": invoices}).to_string();
    let rows: Vec<Value> = (0..100)
        .map(|n| invoice(n, at + TimeDelta::seconds(i64::from(n) / 10)))
        .collect();
    fake.answer(200, plain(&rows[..60]));
    fake.answer(200, plain(&rows[50..]));
    fake.answer(200, plain(&rows[80..]));
    fake.answer(200, plain(&rows[98..]));
    fake.answer(200, json!({"Payments": []}).to_string());
    let mut after = invoices_after(None);
    let mut met = 0;
    loop {
        let page = fake.provider().changes(&after).await.unwrap();
        met += page.documents.len();
        if !page.more {
            break;
        }
        after.cursor = Some(page.cursor);
    }
    assert_eq!(met, 100);
}

#[tokio::test]
async fn not_modified_means_that_nothing_changed() {
    let fake = Fake::new();
    fake.answer_with(304, &[("date", "Sat, 21 Nov 2026 11:58:00 GMT")], "");
    fake.answer(304, "");
    let since = Some("2026-11-01T00:00:00Z".parse().unwrap());
    let first = fake
        .provider()
        .changes(&ChangesAfter {
            cursor: None,
            since,
            kinds: vec![DocumentKind::Invoice],
        })
        .await
        .unwrap();
    let second = fake
        .provider()
        .changes(&ChangesAfter {
            cursor: Some(first.cursor),
            since,
            kinds: vec![DocumentKind::Invoice],
        })
        .await
        .unwrap();
    assert!(first.more && !second.more && second.documents.is_empty());
    assert_eq!(
        second.complete_as_of.to_rfc3339(),
        "2026-11-21T11:57:00+00:00"
    );
}

#[tokio::test]
async fn a_position_of_another_make_is_refused() {
    for cursor in [
        "",
        "{}",
        "x",
        r#"{"v":9,"phase":"invoices","invoices":{},"payments":{}}"#,
    ] {
        let after = ChangesAfter {
            cursor: Some(cursor.to_owned()),
            since: None,
            kinds: vec![DocumentKind::Invoice],
        };
        let error = Fake::new().provider().changes(&after).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Refused, "{cursor}");
    }
}

#[tokio::test]
async fn a_position_stays_small() {
    let books = Books::open();
    create_many(&books, "S", 3000).await;
    let (_, page) = books.changes(None).await;
    assert!(page.cursor.len() < 36 * 1024, "{} bytes", page.cursor.len());
}

#[tokio::test]
async fn an_approved_document_that_cannot_be_read_is_told_apart_and_keeps_none_of_the_others() {
    let at: DateTime<Utc> = "2026-11-21T11:00:00Z".parse().unwrap();
    let fake = Fake::new();
    let mut nobodys = invoice(1, at);
    nobodys["Contact"] = Value::Null;
    let id = nobodys["InvoiceID"].as_str().unwrap().to_owned();
    fake.answer(200, page(&[nobodys, invoice(2, at)], 2, at));
    let told = fake
        .provider()
        .changes(&invoices_after(None))
        .await
        .unwrap();
    assert_eq!(told.documents.len(), 1);
    assert_eq!(told.unreadable.len(), 1);
    let unreadable = &told.unreadable[0];
    assert_eq!(unreadable.id.as_str(), id);
    assert_eq!(unreadable.why, "Contact.ContactID is missing");
    assert!(unreadable.number.is_some());
}

/// A page of payments of the first invoices, and nothing before it.
fn paid_invoices(fake: &Fake, count: u32, at: DateTime<Utc>) {
    fake.answer(200, page(&[], 0, at));
    let payment = |n: u32| {
        json!({
            "PaymentID": format!("bbbbbbbb-0000-4000-8000-{n:012}"),
            "Status": "AUTHORISED",
            "PaymentType": "ACCRECPAYMENT",
            "UpdatedDateUTC": format!("/Date({}+0000)/", at.timestamp_millis()),
            "Invoice": {"InvoiceID": format!("aaaaaaaa-0000-4000-8000-{n:012}")},
        })
    };
    let payments: Vec<Value> = (1..=count).map(payment).collect();
    let body = page(&payments, payments.len(), at);
    fake.answer(200, body.replace("\"Invoices\"", "\"Payments\""));
}

async fn told_of_payments(fake: &Arc<Fake>) -> Result<ChangePage, ProviderError> {
    let first = fake.provider().changes(&invoices_after(None)).await?;
    let mut after = invoices_after(None);
    after.cursor = Some(first.cursor);
    fake.provider().changes(&after).await
}

#[tokio::test]
async fn a_paid_document_that_cannot_be_understood_costs_no_call_more() {
    let at: DateTime<Utc> = "2026-11-21T11:00:00Z".parse().unwrap();
    let fake = Fake::new();
    paid_invoices(&fake, 3, at);
    let mut nobodys = invoice(2, at);
    nobodys["Contact"] = Value::Null;
    fake.answer(200, page(&[invoice(1, at), nobodys, invoice(3, at)], 3, at));
    let told = told_of_payments(&fake).await.unwrap();
    assert_eq!((told.documents.len(), told.unreadable.len()), (2, 1));
    assert_eq!(fake.asked().len(), 3);
}

#[tokio::test]
async fn a_paid_document_that_spoils_its_page_is_found_by_halves() {
    let at: DateTime<Utc> = "2026-11-21T11:00:00Z".parse().unwrap();
    let fake = Fake::new();
    paid_invoices(&fake, 4, at);
    let mut spoilt = invoice(3, at);
    spoilt["LineItems"] = json!("none");
    let of = |these: &[&Value]| {
        page(
            &these.iter().copied().cloned().collect::<Vec<_>>(),
            these.len(),
            at,
        )
    };
    let (one, two, four) = (invoice(1, at), invoice(2, at), invoice(4, at));
    fake.answer(200, of(&[&one, &two, &spoilt, &four]));
    fake.answer(200, of(&[&one, &two]));
    fake.answer(200, of(&[&spoilt, &four]));
    fake.answer(200, of(&[&spoilt]));
    fake.answer(200, of(&[&four]));
    let told = told_of_payments(&fake).await.unwrap();
    assert_eq!(told.documents.len(), 3);
    assert_eq!(
        told.unreadable[0].id.as_str(),
        "aaaaaaaa-0000-4000-8000-000000000003"
    );
    assert_eq!(fake.asked().len(), 7);
}

#[tokio::test]
async fn a_page_of_a_proxy_never_counts_as_a_document_that_cannot_be_read() {
    let at: DateTime<Utc> = "2026-11-21T11:00:00Z".parse().unwrap();
    let fake = Fake::new();
    paid_invoices(&fake, 1, at);
    fake.answer(200, "\r\n<html>come back later</html>");
    let error = told_of_payments(&fake).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotProcessed);
    assert_eq!(fake.asked().len(), 3);

    paid_invoices(&fake, 1, at);
    fake.answer(200, r#"{"Invoices": [{]}"#);
    let told = told_of_payments(&fake).await.unwrap();
    assert_eq!(
        told.unreadable[0].id.as_str(),
        "aaaaaaaa-0000-4000-8000-000000000001"
    );
}

#[tokio::test]
async fn a_provider_that_answers_no_document_at_all_is_asked_a_bounded_number_of_times() {
    let at: DateTime<Utc> = "2026-11-21T11:00:00Z".parse().unwrap();
    let fake = Fake::new();
    paid_invoices(&fake, 150, at);
    for _ in 0..400 {
        fake.answer(200, r#"{"Invoices": "none"}"#);
    }
    let error = told_of_payments(&fake).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::BadReply);
    assert!(fake.asked().len() <= 21, "{}", fake.asked().len());
}
