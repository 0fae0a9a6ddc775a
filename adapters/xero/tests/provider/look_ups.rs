//! Finding invoices by number, however the number is spelled, and reading many by identifier.

use tieout_core::document::{DocumentKind, ProviderDocumentId};
use tieout_core::provider::{AccountingProvider, Snapshot, SnapshotStatus};
use tieout_core::settings::CreateStatus;
use tieout_sandbox_xero::wire::contact::ContactIn;
use tieout_sandbox_xero::wire::invoice::{InvoiceIn, LineIn};
use tieout_sandbox_xero::{Fault, FaultRule, NEW_ZEALAND};

use crate::postings::{creates, money, posting};
use crate::sandboxed::{Books, numbers};

#[tokio::test]
async fn numbers_with_commas_quotes_and_other_case_are_found() {
    let books = Books::open();
    let odd = ["A,1", "B\"2", "C\"3,4", "D\\5", "ab-6", "E & 7?=%"];
    for number in odd {
        books.create(number, CreateStatus::Draft).await;
    }
    for number in odd {
        assert_eq!(numbers(&books.find(&[number]).await), [number]);
    }
    assert_eq!(books.find(&odd).await.len(), odd.len());
    assert_eq!(numbers(&books.find(&["AB-6"]).await), ["ab-6"]);
}

#[tokio::test]
async fn a_bill_under_the_same_number_is_not_taken_for_the_invoice() {
    let books = Books::open();
    books
        .people()
        .write_invoice(NEW_ZEALAND, &bill("A-1"))
        .unwrap();
    assert!(books.find(&["A-1"]).await.is_empty());
    let invoice = books.create("A-1", CreateStatus::Draft).await;
    assert_eq!(books.find(&["A-1"]).await, [invoice]);
}

#[tokio::test]
async fn forty_documents_are_read_by_one_call_and_unknown_ones_are_absent() {
    let books = Books::open();
    let contact = books.contact("HT-001");
    let postings: Vec<_> = (0..45)
        .map(|n| posting(&format!("A-{n}"), &contact, CreateStatus::Draft))
        .collect();
    let made = books.provider.send(&creates("k", &postings)).await.unwrap();
    let mut made: Vec<Snapshot> = made.into_iter().map(Result::unwrap).collect();
    made.reverse();
    let ids: Vec<_> = made.iter().map(|one| one.id.clone()).collect();
    books.asked();
    assert_eq!(
        books
            .provider
            .read(DocumentKind::Invoice, &ids)
            .await
            .unwrap(),
        made
    );
    assert_eq!(books.asked().len(), 2);

    let unknown = ProviderDocumentId::new("11111111-2222-3333-4444-555555555555").unwrap();
    let read = books
        .provider
        .read(
            DocumentKind::Invoice,
            &[unknown, ids[0].clone(), ids[0].clone()],
        )
        .await
        .unwrap();
    assert_eq!(read, [made[0].clone()]);
}

#[tokio::test]
async fn a_document_comes_with_its_payments() {
    let books = Books::open();
    let made = books.create("A-1", CreateStatus::Authorised).await;
    let people = books.people();
    let first = people
        .pay(NEW_ZEALAND, "A-1", Some(money("15.00")), None)
        .unwrap();
    people.pay(NEW_ZEALAND, "A-1", None, None).unwrap();
    let read = books
        .provider
        .read(DocumentKind::Invoice, std::slice::from_ref(&made.id))
        .await
        .unwrap()
        .remove(0);
    assert_eq!(read.status, SnapshotStatus::Paid);
    assert_eq!(
        (read.amount_paid, read.amount_credited, read.amount_due),
        (money("115"), money("0"), money("0"))
    );
    let amounts: Vec<_> = read.payments.iter().map(|payment| payment.amount).collect();
    assert_eq!(amounts, [money("15"), money("100")]);

    people.delete_payment(NEW_ZEALAND, first).unwrap();
    let read = books
        .provider
        .read(DocumentKind::Invoice, &[made.id])
        .await
        .unwrap()
        .remove(0);
    assert_eq!(
        (read.status, read.payments.len()),
        (SnapshotStatus::Authorised, 1)
    );
}

#[tokio::test]
async fn a_truncated_page_is_an_error_and_never_an_absence() {
    let books = Books::open();
    books.create("A-1", CreateStatus::Draft).await;
    books.fault(FaultRule::once("GET", "/Invoices", Fault::Truncated));
    assert!(
        books
            .provider
            .look_up(DocumentKind::Invoice, &["A-1".to_owned()])
            .await
            .is_err()
    );
}

fn bill(number: &str) -> InvoiceIn {
    InvoiceIn {
        kind: Some("ACCPAY".to_owned()),
        invoice_number: Some(number.to_owned()),
        contact: Some(ContactIn {
            name: Some("Southern Print".to_owned()),
            ..ContactIn::default()
        }),
        line_items: Some(vec![LineIn {
            description: Some("Paper".to_owned()),
            ..LineIn::default()
        }]),
        ..InvoiceIn::default()
    }
}
