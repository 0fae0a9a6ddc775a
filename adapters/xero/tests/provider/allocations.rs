//! Credit notes that are put against invoices: once, in full, and seen on both documents.

use serde_json::json;
use tieout_core::document::{DocumentKind, PaymentKind};
use tieout_core::provider::{
    AccountingProvider, AllocationOrder, ErrorKind, Extras, Order, Posting, RejectionKind, Request,
    Snapshot, SnapshotStatus,
};
use tieout_core::settings::CreateStatus;
use tieout_sandbox_xero::{Fault, FaultRule, NEW_ZEALAND};

use crate::fake::Fake;
use crate::postings::{day, money, posting};
use crate::sandboxed::Books;

/// A credit note over just what an invoice comes to, with the same lines.
async fn note(books: &Books, number: &str) -> Snapshot {
    let contact = books.contact("HT-001");
    let of = posting("A-1", &contact, CreateStatus::Authorised);
    let posting = Posting {
        kind: DocumentKind::CreditNote,
        number: number.to_owned(),
        due_date: None,
        url: None,
        branding_theme: None,
        ..of
    };
    let request = Request {
        kind: DocumentKind::CreditNote,
        idempotency_key: format!("note {number}"),
        orders: vec![Order::Create(posting)],
    };
    let made = books.provider.send(&request).await.unwrap().remove(0);
    made.unwrap()
}

fn order(note: &Snapshot, invoice: &Snapshot) -> AllocationOrder {
    AllocationOrder {
        credit_note: note.id.clone(),
        invoice: invoice.id.clone(),
        date: day("2026-11-21"),
        amount: invoice.amount_due,
    }
}

async fn both(books: &Books, note: &Snapshot, invoice: &Snapshot) -> (Snapshot, Snapshot) {
    let of = |kind, held: &Snapshot| {
        let ids = vec![held.id.clone()];
        async move { books.provider.read(kind, &ids).await.unwrap().remove(0) }
    };
    (
        of(DocumentKind::CreditNote, note).await,
        of(DocumentKind::Invoice, invoice).await,
    )
}

#[tokio::test]
async fn a_note_settles_its_invoice_in_full_and_both_say_so() {
    let books = Books::open();
    let invoice = books.create("A-1", CreateStatus::Authorised).await;
    let note = note(&books, "A-1-undo-01234567").await;
    assert_eq!(note.totals, invoice.totals);
    assert_eq!(note.amount_due, invoice.amount_due);
    let extras = books.provider.extras().unwrap();
    let order = order(&note, &invoice);
    assert_eq!(extras.allocate("k", &order).await.unwrap(), Ok(()));
    let (credit, settled) = both(&books, &note, &invoice).await;
    for held in [&credit, &settled] {
        assert_eq!(held.status, SnapshotStatus::Paid);
        assert_eq!(held.amount_credited, invoice.totals.gross);
        assert_eq!(held.amount_due, money("0"));
        assert_eq!(held.payments[0].kind, PaymentKind::CreditAllocation);
    }
    // Each names the other: by that the engine knows whose it is.
    assert_eq!(settled.payments[0].id.as_str(), note.id.as_str());
    assert_eq!(
        settled.payments[0].reference.as_deref(),
        Some("A-1-undo-01234567")
    );
    assert_eq!(credit.payments[0].id.as_str(), invoice.id.as_str());
    // A second time there is nothing left, whatever the key.
    let again = extras.allocate("k2", &order).await.unwrap();
    assert!(again.is_err());
}

#[tokio::test]
async fn a_lost_reply_is_unsure_and_a_repeat_under_its_key_allocates_once() {
    let books = Books::open();
    let invoice = books.create("A-1", CreateStatus::Authorised).await;
    let note = note(&books, "A-1-undo-01234567").await;
    let extras = books.provider.extras().unwrap();
    let order = AllocationOrder {
        amount: money("10.00"),
        ..order(&note, &invoice)
    };
    books.fault(FaultRule::once(
        "PUT",
        "/CreditNotes",
        Fault::LostAfterCommit,
    ));
    let error = extras.allocate("k", &order).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unsure);
    assert_eq!(extras.allocate("k", &order).await.unwrap(), Ok(()));
    let (credit, settled) = both(&books, &note, &invoice).await;
    assert_eq!(settled.amount_credited, money("10.00"));
    assert_eq!(credit.amount_credited, money("10.00"));
}

#[tokio::test]
async fn a_paid_invoice_a_closed_day_and_too_much_are_refused_with_reasons() {
    let books = Books::open();
    let invoice = books.create("A-1", CreateStatus::Authorised).await;
    let note = note(&books, "A-1-undo-01234567").await;
    let extras = books.provider.extras().unwrap();
    let whole = order(&note, &invoice);
    let more = AllocationOrder {
        amount: whole.amount + money("0.01"),
        ..whole.clone()
    };
    assert!(extras.allocate("a", &more).await.unwrap().is_err());
    let nothing = AllocationOrder {
        amount: money("0"),
        ..whole.clone()
    };
    let error = extras.allocate("b", &nothing).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Refused);
    let lock = Some(day("2026-12-31"));
    books
        .people()
        .set_lock_dates(NEW_ZEALAND, lock, None)
        .unwrap();
    let closed = extras.allocate("c", &whole).await.unwrap().unwrap_err();
    assert_eq!(closed.kind, RejectionKind::PeriodLocked);
    books
        .people()
        .set_lock_dates(NEW_ZEALAND, None, None)
        .unwrap();
    books.people().pay(NEW_ZEALAND, "A-1", None, None).unwrap();
    let paid = extras.allocate("d", &whole).await.unwrap().unwrap_err();
    assert!(
        paid.messages[0].contains("already been paid off"),
        "{paid:?}"
    );
    let (credit, _) = both(&books, &note, &invoice).await;
    assert_eq!(credit.amount_due, credit.totals.gross);
}

#[tokio::test]
async fn a_reply_that_does_not_show_the_amount_is_unsure() {
    let books = Books::open();
    let invoice = books.create("A-1", CreateStatus::Authorised).await;
    let note = note(&books, "A-1-undo-01234567").await;
    let order = order(&note, &invoice);
    for body in [
        json!({ "Allocations": [] }),
        json!({ "Allocations": [{ "Amount": 1.0 }] }),
        json!({ "Allocations": [{}, {}] }),
    ] {
        let fake = Fake::new();
        fake.answer(200, body.to_string());
        let error = fake.provider().allocate("k", &order).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unsure, "{body}");
    }
}
