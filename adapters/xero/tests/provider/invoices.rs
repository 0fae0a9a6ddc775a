//! Writing invoices: once, one by one, and with every line kept.

use tieout_core::document::{DocumentKind, ProviderDocumentId};
use tieout_core::provider::{
    AccountingProvider, ErrorKind, Order, RejectionKind, Snapshot, SnapshotStatus,
};
use tieout_core::settings::CreateStatus;
use tieout_sandbox_xero::{Fault, FaultRule, NEW_ZEALAND};

use crate::postings::{creates, line, money, posting, request};
use crate::sandboxed::{Books, numbers};

#[tokio::test]
async fn fifty_invoices_are_created_by_one_call_in_order() {
    let books = Books::open();
    let contact = books.contact("HT-001");
    let postings: Vec<_> = (0..50)
        .map(|n| posting(&format!("A-{n}"), &contact, CreateStatus::Authorised))
        .collect();
    let made = books.provider.send(&creates("k", &postings)).await.unwrap();
    assert_eq!(books.asked().len(), 1);
    assert_eq!(made.len(), 50);
    for (posting, made) in postings.iter().zip(made) {
        let made = made.unwrap();
        assert_eq!(made.number, posting.number);
        assert_eq!(made.totals, posting.totals);
        assert_eq!(made.status, SnapshotStatus::Authorised);
        assert_eq!(
            (made.reference, made.url),
            (posting.reference.clone(), posting.url.clone())
        );
        assert_eq!(
            (made.date, made.due_date, made.contact),
            (posting.date, posting.due_date, contact.clone())
        );
        assert_eq!(made.lines[0].amount, money("100.00"));
    }
}

#[tokio::test]
async fn one_bad_invoice_of_a_batch_is_refused_alone() {
    let books = Books::open();
    let contact = books.contact("HT-001");
    let mut postings: Vec<_> = (0..4)
        .map(|n| posting(&format!("A-{n}"), &contact, CreateStatus::Authorised))
        .collect();
    postings[1].lines[0].account_code = "299".to_owned();
    postings[2].contact = books.contact("CL-006");
    let made = books.provider.send(&creates("k", &postings)).await.unwrap();
    let kinds: Vec<_> = made
        .iter()
        .map(|one| {
            one.as_ref()
                .map(|_| ())
                .map_err(|refused| refused.kind.clone())
        })
        .collect();
    assert_eq!(
        kinds,
        [
            Ok(()),
            Err(RejectionKind::AccountInvalid),
            Err(RejectionKind::ContactArchived),
            Ok(())
        ]
    );
    assert!(!made[1].as_ref().unwrap_err().messages.is_empty());
    assert_eq!(
        numbers(&books.find(&["A-0", "A-1", "A-2", "A-3"]).await),
        ["A-0", "A-3"]
    );
}

#[tokio::test]
async fn a_create_never_overwrites_an_invoice_of_the_same_number() {
    let books = Books::open();
    let first = books.create("A-1", CreateStatus::Authorised).await;
    let mut second = posting("A-1", &books.contact("TM-002"), CreateStatus::Authorised);
    second.lines = vec![line("1", "1", "1.00")];
    let outcome = books
        .provider
        .send(&creates("other", &[second]))
        .await
        .unwrap()
        .remove(0);
    assert_eq!(outcome.unwrap_err().kind, RejectionKind::DuplicateNumber);
    assert_eq!(books.find(&["A-1"]).await, [first]);
}

#[tokio::test]
async fn after_a_lost_reply_the_same_request_gives_the_first_outcome_and_nothing_twice() {
    for fault in [
        Fault::LostAfterCommit,
        Fault::ErrorAfterCommit { status: 502 },
        Fault::Truncated,
        Fault::ProxyHtml,
    ] {
        let books = Books::open();
        books.fault(FaultRule::once("PUT", "/Invoices", fault));
        let contact = books.contact("HT-001");
        let postings: Vec<_> = (0..3)
            .map(|n| posting(&format!("A-{n}"), &contact, CreateStatus::Draft))
            .collect();
        let error = books
            .provider
            .send(&creates("k", &postings))
            .await
            .unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unsure, "{fault:?}: {error}");

        let again = books.provider.send(&creates("k", &postings)).await.unwrap();
        let again: Vec<Snapshot> = again.into_iter().map(Result::unwrap).collect();
        let mut found = books.find(&["A-0", "A-1", "A-2"]).await;
        found.sort_by(|one, other| one.number.cmp(&other.number));
        assert_eq!(again, found, "{fault:?}");
        assert_eq!(
            books
                .sandbox
                .read(NEW_ZEALAND, |read| read.invoices.numbered("A-0").len()),
            Some(1)
        );
    }
}

#[tokio::test]
async fn outside_the_window_a_look_up_finds_what_a_lost_reply_made() {
    let books = Books::open();
    books.fault(FaultRule::once("PUT", "/Invoices", Fault::LostAfterCommit));
    let sent = posting("A-1", &books.contact("HT-001"), CreateStatus::Authorised);
    books
        .provider
        .send(&creates("k", std::slice::from_ref(&sent)))
        .await
        .unwrap_err();
    books.pass(7 * 60);
    let found = books.find(&["A-1", "A-2"]).await;
    assert_eq!(numbers(&found), ["A-1"]);
    assert_eq!(found[0].totals, sent.totals);
}

#[tokio::test]
async fn errors_before_processing_of_a_write_are_unsure_all_the_same_when_they_cannot_be_told_apart()
 {
    let books = Books::open();
    let sent = posting("A-1", &books.contact("HT-001"), CreateStatus::Authorised);
    for fault in [
        Fault::LostBeforeCommit,
        Fault::ErrorBeforeCommit { status: 500 },
        Fault::Maintenance,
    ] {
        books.fault(FaultRule::once("PUT", "/Invoices", fault));
        let error = books
            .provider
            .send(&creates("k", std::slice::from_ref(&sent)))
            .await
            .unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unsure, "{fault:?}");
    }
    assert!(books.find(&["A-1"]).await.is_empty());
    for fault in [
        Fault::LostBeforeCommit,
        Fault::ErrorBeforeCommit { status: 500 },
        Fault::Maintenance,
    ] {
        books.fault(FaultRule::once("GET", "/Invoices", fault));
        let error = books
            .provider
            .look_up(DocumentKind::Invoice, &["A-1".to_owned()])
            .await
            .unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotProcessed, "{fault:?}");
    }
}

#[tokio::test]
async fn an_update_keeps_line_identities_adds_lines_and_drops_those_left_out() {
    let books = Books::open();
    let mut content = posting("A-1", &books.contact("HT-001"), CreateStatus::Draft);
    content.lines = vec![
        line("1", "1", "10.00"),
        line("2", "1", "20.00"),
        line("3", "1", "30.00"),
    ];
    let made = books
        .provider
        .send(&creates("k1", std::slice::from_ref(&content)))
        .await
        .unwrap()
        .remove(0)
        .unwrap();
    let ids: Vec<String> = made.lines.iter().map(|line| line.id.clone()).collect();

    content.lines = vec![
        line("1", "1", "11.2345"),
        line("3", "1", "30.00"),
        line("4", "1", "40.00"),
    ];
    content.reference = None;
    let line_ids = vec![Some(ids[0].clone()), Some(ids[2].clone()), None];
    let order = Order::Update {
        id: made.id.clone(),
        posting: content,
        line_ids,
    };
    let updated = books
        .provider
        .send(&request("k2", vec![order]))
        .await
        .unwrap()
        .remove(0)
        .unwrap();

    assert_eq!(
        (updated.id, updated.status, updated.reference),
        (made.id, SnapshotStatus::Draft, None)
    );
    let kept: Vec<&str> = updated.lines.iter().map(|line| line.id.as_str()).collect();
    assert_eq!(kept[..2], [ids[0].as_str(), ids[2].as_str()]);
    assert!(!ids.contains(&updated.lines[2].id) && updated.lines.len() == 3);
    assert_eq!(updated.lines[0].amount, money("11.23"));
}

#[tokio::test]
async fn an_update_leaves_an_approval_that_somebody_gave_meanwhile() {
    let books = Books::open();
    let made = books.create("A-1", CreateStatus::Draft).await;
    books.people().approve(NEW_ZEALAND, "A-1").unwrap();
    let mut content = posting("A-1", &made.contact, CreateStatus::Draft);
    content.lines[0].quantity = money("3");
    let line_ids = vec![Some(made.lines[0].id.clone())];
    let order = Order::Update {
        id: made.id,
        posting: content,
        line_ids,
    };
    let updated = books
        .provider
        .send(&request("k2", vec![order]))
        .await
        .unwrap()
        .remove(0)
        .unwrap();
    assert_eq!(updated.status, SnapshotStatus::Authorised);
    assert_eq!(updated.totals.gross, money("172.50"));
}

#[tokio::test]
async fn a_paid_invoice_is_not_edited_and_an_unknown_one_is_not_found() {
    let books = Books::open();
    let made = books.create("A-1", CreateStatus::Authorised).await;
    books.people().pay(NEW_ZEALAND, "A-1", None, None).unwrap();
    let mut content = posting("A-1", &made.contact, CreateStatus::Authorised);
    content.lines[0].quantity = money("3");
    let unknown = ProviderDocumentId::new("11111111-2222-3333-4444-555555555555").unwrap();
    let orders = vec![
        Order::Update {
            id: made.id,
            posting: content.clone(),
            line_ids: vec![Some(made.lines[0].id.clone())],
        },
        Order::Update {
            id: unknown,
            posting: content,
            line_ids: vec![None],
        },
    ];
    let outcomes = books.provider.send(&request("k2", orders)).await.unwrap();
    let kinds: Vec<_> = outcomes
        .into_iter()
        .map(|outcome| outcome.unwrap_err().kind)
        .collect();
    assert_eq!(kinds, [RejectionKind::NotEditable, RejectionKind::NotFound]);
}

#[tokio::test]
async fn what_was_never_approved_is_deleted_and_what_was_is_voided() {
    let books = Books::open();
    let contact = books.contact("HT-001");
    let postings = [
        posting("A-1", &contact, CreateStatus::Draft),
        posting("A-2", &contact, CreateStatus::Submitted),
        posting("A-3", &contact, CreateStatus::Authorised),
    ];
    let made = books
        .provider
        .send(&creates("k1", &postings))
        .await
        .unwrap();
    let orders = made
        .into_iter()
        .map(|one| {
            one.map(|one| Order::Void {
                id: one.id,
                status: one.status,
            })
            .unwrap()
        })
        .collect();
    let removed = books.provider.send(&request("k2", orders)).await.unwrap();
    let statuses: Vec<_> = removed.into_iter().map(|one| one.unwrap().status).collect();
    assert_eq!(
        statuses,
        [
            SnapshotStatus::Deleted,
            SnapshotStatus::Deleted,
            SnapshotStatus::Voided
        ]
    );
    let found = books.find(&["A-1", "A-2", "A-3"]).await;
    assert!(found.iter().all(|one| !one.status.is_live()) && found.len() == 3);
    let ids: Vec<_> = found.iter().map(|one| one.id.clone()).collect();
    assert_eq!(
        books
            .provider
            .read(DocumentKind::Invoice, &ids)
            .await
            .unwrap(),
        found
    );
}

#[tokio::test]
async fn the_hosts_own_tax_stands_on_the_lines() {
    let books = Books::open();
    let mut content = posting("A-1", &books.contact("HT-001"), CreateStatus::Authorised);
    content.lines[0].tax_amount = Some(money("14.99"));
    let made = books
        .provider
        .send(&creates("k", &[content]))
        .await
        .unwrap()
        .remove(0)
        .unwrap();
    assert_eq!(
        (made.totals.tax, made.totals.gross),
        (money("14.99"), money("114.99"))
    );
}
