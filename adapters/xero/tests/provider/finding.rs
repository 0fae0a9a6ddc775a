//! Finding what was never sent: with few calls that Xero filters fast, and by every mark that it keeps.

use tieout_core::document::DocumentKind;
use tieout_core::provider::{AccountingProvider, FindCost, Mark, Posting, Sought};
use tieout_core::settings::CreateStatus;
use tieout_sandbox_xero::wire::contact::ContactIn;
use tieout_sandbox_xero::wire::invoice::{InvoiceIn, LineIn};
use tieout_sandbox_xero::{Fault, FaultRule, NEW_ZEALAND};

use crate::postings::{creates, day, money, posting};
use crate::sandboxed::Books;

fn sought(posting: &Posting) -> Sought {
    Sought::of(posting, true)
}

#[tokio::test]
async fn a_lot_of_invoices_costs_two_calls_on_fields_that_xero_filters_fast() {
    let books = Books::open();
    let contact = books.contact("HT-001");
    let postings: Vec<Posting> = (0..40)
        .map(|n| posting(&format!("F-{n}"), &contact, CreateStatus::Draft))
        .collect();
    books
        .provider
        .send(&creates("k", &postings[..5]))
        .await
        .unwrap();
    books.asked();
    let all: Vec<Sought> = postings.iter().map(sought).collect();
    let cost = books.provider.find_cost(DocumentKind::Invoice, &all);
    assert_eq!(cost, FindCost::of(2));
    let found = books
        .provider
        .find(DocumentKind::Invoice, &all)
        .await
        .unwrap();
    assert!(found[..5].iter().all(|it| it[0].mark == Mark::Link));
    assert!(found[5..].iter().all(Vec::is_empty));
    let asked = books.asked();
    assert_eq!(asked.len(), 2);
    let list = asked[0].replace("%3D", "=").replace("%3E", ">");
    let list = list.replace("%3C", "<").replace("%22", "\"");
    assert!(
        list.contains(r#"where=Type=="ACCREC"+AND+Date>=DateTime(2026"#)
            || list.contains(r#"where=Type=="ACCREC"+AND+Date>=DateTime%282026"#),
        "{list}"
    );
    assert!(list.contains("ContactIDs=") && list.contains("order=InvoiceID"));
}

#[tokio::test]
async fn documents_of_far_days_are_listed_apart_and_the_cost_says_so() {
    let books = Books::open();
    let contact = books.contact("HT-001");
    let dated = |number: &str, date: &str| Sought {
        date: day(date),
        ..sought(&posting(number, &contact, CreateStatus::Draft))
    };
    let all = [
        dated("A", "2026-11-20"),
        dated("B", "2026-11-02"),
        dated("C", "2025-01-31"),
    ];
    for (kind, cost) in [
        (DocumentKind::Invoice, (3, 3)),
        (DocumentKind::CreditNote, (2, 5)),
        (DocumentKind::PurchaseOrder, (2, 5)),
    ] {
        let told = books.provider.find_cost(kind, &all);
        assert_eq!((told.calls_min, told.calls_usual_max), cost);
        books.asked();
        books.provider.find(kind, &all).await.unwrap();
        let asked = books.asked().len();
        assert!((cost.0..=cost.1).contains(&asked), "{kind}: {asked}");
    }
}

#[tokio::test]
async fn an_invoice_that_another_connector_numbered_is_found_by_its_reference() {
    let books = Books::open();
    let contact = books.contact("HT-001");
    let wanted = posting("HOST-7", &contact, CreateStatus::Authorised);
    let mut theirs = posting("INV-0099", &contact, CreateStatus::Authorised);
    theirs.reference = Some("host-7".to_owned());
    theirs.url = None;
    theirs.date = day("2026-11-22");
    let mut made = books.provider.send(&creates("k", &[theirs])).await.unwrap();
    let made = made.remove(0).unwrap();
    let found = books
        .provider
        .find(DocumentKind::Invoice, &[sought(&wanted)])
        .await
        .unwrap();
    assert_eq!(found[0].len(), 1);
    assert_eq!(found[0][0].mark, Mark::Reference);
    assert_eq!(found[0][0].snapshot, made);
}

#[tokio::test]
async fn another_suppliers_bill_of_the_same_number_is_none_of_ours() {
    let books = Books::open();
    let bill = InvoiceIn {
        kind: Some("ACCPAY".to_owned()),
        invoice_number: Some("S-1".to_owned()),
        contact: Some(ContactIn {
            name: Some("Southern Print".to_owned()),
            ..ContactIn::default()
        }),
        line_items: Some(vec![LineIn {
            description: Some("Paper".to_owned()),
            quantity: Some(money("1")),
            unit_amount: Some(money("9")),
            account_code: Some("400".to_owned()),
            ..LineIn::default()
        }]),
        ..InvoiceIn::default()
    };
    books.people().write_invoice(NEW_ZEALAND, &bill).unwrap();
    let ours = posting("S-1", &books.contact("TM-002"), CreateStatus::Draft);
    let ours = Sought::of(&ours, false);
    let found = books
        .provider
        .find(DocumentKind::Bill, &[ours])
        .await
        .unwrap();
    assert_eq!(found, [Vec::new()]);
}

#[tokio::test]
async fn a_party_that_is_still_to_be_made_costs_no_list_of_its_own() {
    let books = Books::open();
    let mut one = sought(&posting(
        "A-1",
        &books.contact("HT-001"),
        CreateStatus::Draft,
    ));
    one.contact = "to-be-made".to_owned().try_into().unwrap();
    let all = [one];
    assert_eq!(
        books.provider.find_cost(DocumentKind::Invoice, &all),
        FindCost::of(1)
    );
    books.asked();
    let found = books.provider.find(DocumentKind::Invoice, &all).await;
    assert_eq!(found.unwrap(), [Vec::new()]);
    assert_eq!(books.asked().len(), 1);
}

#[tokio::test]
async fn a_search_that_was_cut_short_is_an_error_and_never_an_absence() {
    let books = Books::open();
    let made = books.create("A-1", CreateStatus::Draft).await;
    books.fault(FaultRule::once("GET", "/Invoices", Fault::Truncated));
    let wanted = [sought(&posting("A-1", &made.contact, CreateStatus::Draft))];
    let cut = books.provider.find(DocumentKind::Invoice, &wanted).await;
    assert!(cut.is_err());
    let whole = books.provider.find(DocumentKind::Invoice, &wanted).await;
    assert_eq!(whole.unwrap()[0].len(), 1);
}
