//! Bills, purchase orders and credit notes: what each kind needs beyond what an invoice needs.

use serde_json::{Value, json};
use tieout_core::document::{Currency, DocumentKind, PaymentKind, ProviderDocumentId};
use tieout_core::engine::Sent;
use tieout_core::provider::{
    AccountingProvider, ChangesAfter, ErrorKind, Order, Posting, RejectionKind, Request, Snapshot,
    SnapshotStatus,
};
use tieout_core::settings::CreateStatus;
use tieout_sandbox_xero::{Fault, FaultRule, NEW_ZEALAND};

use crate::fake::{Fake, shown};
use crate::postings::{day, line, money, posting};
use crate::sandboxed::{Books, numbers};

const BILLS: DocumentKind = DocumentKind::Bill;
const ORDERS: DocumentKind = DocumentKind::PurchaseOrder;
const CREDITS: DocumentKind = DocumentKind::CreditNote;

/// A purchase of a supplier of the sandbox, as the mapping makes it: without a reference on a bill.
fn purchase(books: &Books, kind: DocumentKind, number: &str, supplier: &str) -> Posting {
    let mut purchase = posting(number, &books.contact(supplier), CreateStatus::Authorised);
    purchase.kind = kind;
    purchase.lines[0].account_code = "400".to_owned();
    purchase.lines[0].tax_type = Some("INPUT2".to_owned());
    match kind {
        DocumentKind::Bill => purchase.reference = None,
        _ => {
            purchase.due_date = None;
            purchase.url = None;
            purchase.delivery_date = Some(day("2026-12-05"));
        }
    }
    purchase
}

fn request(kind: DocumentKind, key: &str, orders: Vec<Order>) -> Request {
    Request {
        kind,
        idempotency_key: key.to_owned(),
        orders,
    }
}

async fn create(books: &Books, posting: &Posting) -> Snapshot {
    let orders = vec![Order::Create(posting.clone())];
    let key = format!("{}-{}-{}", posting.kind, posting.number, posting.contact);
    let sent = request(posting.kind, &key, orders);
    let mut made = books.provider.send(&sent).await.unwrap();
    made.remove(0).unwrap()
}

async fn look_up(books: &Books, kind: DocumentKind, numbers: &[&str]) -> Vec<Snapshot> {
    let numbers: Vec<String> = numbers.iter().map(|&number| number.to_owned()).collect();
    books.provider.look_up(kind, &numbers).await.unwrap()
}

async fn read(books: &Books, kind: DocumentKind, ids: &[ProviderDocumentId]) -> Vec<Snapshot> {
    books.provider.read(kind, ids).await.unwrap()
}

#[tokio::test]
async fn a_bill_arrives_as_it_was_sent_and_keeps_the_link_back() {
    let books = Books::open();
    let sent = purchase(&books, BILLS, "S-77", "SP-004");
    let made = create(&books, &sent).await;
    assert_eq!(Sent::of(&sent).differences(&made), []);
    assert_eq!((made.kind, &made.url), (BILLS, &sent.url));
    assert_eq!(
        (made.amount_due, made.status.clone()),
        (money("115.00"), SnapshotStatus::Authorised)
    );
    assert_eq!(
        read(&books, BILLS, std::slice::from_ref(&made.id)).await,
        [made]
    );
}

#[tokio::test]
async fn of_bills_under_one_number_ours_is_told_from_another_suppliers_by_what_is_read() {
    let books = Books::open();
    let theirs = purchase(&books, BILLS, "S-77", "TM-002");
    let other = create(&books, &theirs).await;
    let sent = purchase(&books, BILLS, "S-77", "SP-004");
    books.fault(FaultRule::once("PUT", "/Invoices", Fault::LostAfterCommit));
    let orders = vec![Order::Create(sent.clone())];
    let error = books
        .provider
        .send(&request(BILLS, "k", orders))
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unsure);

    let found = look_up(&books, BILLS, &["S-77"]).await;
    assert_eq!(found.len(), 2);
    let (ours, not_ours): (Vec<&Snapshot>, Vec<&Snapshot>) = found
        .iter()
        .partition(|one| Sent::of(&sent).differences(one).is_empty());
    assert_eq!(ours.len(), 1);
    assert_eq!(not_ours, [&other]);
    assert_eq!(ours[0].url, sent.url);
}

#[tokio::test]
async fn a_reference_is_never_sent_on_a_bill_whether_xero_would_keep_it_or_not() {
    for kept in [false, true] {
        let books = Books::open();
        let mut switches = books.sandbox.switches();
        switches.reference_on_bills = kept;
        books.sandbox.set_switches(switches);
        let mut sent = purchase(&books, BILLS, "S-1", "SP-004");
        sent.reference = Some("ours".to_owned());
        assert_eq!(create(&books, &sent).await.reference, None);
    }
}

#[tokio::test]
async fn a_purchase_order_keeps_its_delivery_date_and_is_found_by_number_and_identifier() {
    let books = Books::open();
    let sent = Posting {
        branding_theme: Some("0b9bbc52-3a1b-4a1b-9c4e-2f4a4c8f7d11".to_owned()),
        ..purchase(&books, ORDERS, "PO-1", "SP-004")
    };
    let made = create(&books, &sent).await;
    assert_eq!(Sent::of(&sent).differences(&made), []);
    assert_eq!(
        (made.kind, made.amount_due, made.payments.len()),
        (ORDERS, money("0"), 0)
    );
    let delivery = books.sandbox.read(NEW_ZEALAND, |books| {
        books.purchase_orders.ledger.row(0).delivery.date
    });
    assert_eq!(delivery.flatten(), sent.delivery_date);
    let theme = books.sandbox.read(NEW_ZEALAND, |books| {
        books.purchase_orders.ledger.row(0).branding_theme
    });
    assert_eq!(
        theme.flatten().map(|theme| theme.to_string()),
        sent.branding_theme
    );

    books.asked();
    assert_eq!(
        numbers(&look_up(&books, ORDERS, &["PO-1", "PO-none"]).await),
        ["PO-1"]
    );
    assert_eq!(books.asked().len(), 2);
    let unknown = ProviderDocumentId::new("11111111-2222-3333-4444-555555555555").unwrap();
    assert_eq!(
        read(&books, ORDERS, &[unknown, made.id.clone()]).await,
        [made]
    );
}

#[tokio::test]
async fn many_purchase_orders_and_odd_numbers_are_found_in_the_list() {
    let books = Books::open();
    let odd = "PO 1/2?";
    let all: Vec<Posting> = (0..30)
        .map(|n| purchase(&books, ORDERS, &format!("PO-{n}"), "SP-004"))
        .chain([purchase(&books, ORDERS, odd, "SP-004")])
        .collect();
    let orders = all.into_iter().map(Order::Create).collect();
    let made = books.provider.send(&request(ORDERS, "k", orders)).await;
    let made: Vec<Snapshot> = made.unwrap().into_iter().map(Result::unwrap).collect();
    let ids: Vec<ProviderDocumentId> = made.iter().map(|one| one.id.clone()).rev().collect();
    books.asked();
    let found = read(&books, ORDERS, &ids).await;
    assert_eq!(found.iter().rev().cloned().collect::<Vec<_>>(), made);
    assert_eq!(numbers(&look_up(&books, ORDERS, &[odd]).await), [odd]);
    assert_eq!(books.asked().len(), 2);
}

#[tokio::test]
async fn a_whole_list_is_read_in_an_order_that_changes_do_not_disturb() {
    let fake = Fake::new();
    let page = |numbers: std::ops::Range<u32>| {
        let rows: Vec<Value> = numbers.map(|n| credit(&format!("CN-{n}"), n)).collect();
        json!({ "CreditNotes": rows }).to_string()
    };
    // Without paging in the reply, the end is where less than the smallest page comes.
    fake.answer(200, page(0..100));
    fake.answer(200, page(100..120));
    let numbers: Vec<String> = (95..110).map(|n| format!("CN-{n}")).collect();
    let found = fake.provider().look_up(CREDITS, &numbers).await.unwrap();
    assert_eq!(found.len(), 15);
    for asked in fake.asked() {
        let query = asked.uri().query().unwrap();
        assert!(query.contains("order=CreditNoteNumber+ASC"), "{query}");
    }
}

#[tokio::test]
async fn payments_are_asked_for_by_type_when_one_kind_has_any() {
    for (kinds, condition) in [
        (vec![DocumentKind::Invoice, ORDERS], Some("ACCRECPAYMENT")),
        (vec![BILLS], Some("ACCPAYPAYMENT")),
        (vec![DocumentKind::Invoice, BILLS], None),
    ] {
        let books = Books::open();
        books.changes_of(&kinds, None).await;
        let payments = books.asked().pop().unwrap();
        assert!(payments.contains("/Payments?"), "{payments}");
        match condition {
            Some(condition) => assert!(payments.contains(condition), "{payments}"),
            None => assert!(!payments.contains("where"), "{payments}"),
        }
    }
}

#[tokio::test]
async fn an_updated_purchase_order_keeps_its_lines() {
    let books = Books::open();
    let mut content = purchase(&books, ORDERS, "PO-1", "SP-004");
    content.status = CreateStatus::Draft;
    let mut second = content.lines[0].clone();
    second.line = line("2", "1", "1").line;
    content.lines.push(second);
    let made = create(&books, &content).await;
    content.lines.remove(0);
    content.lines[0].unit_amount = money("11.2345");
    let order = Order::Update {
        id: made.id.clone(),
        posting: content,
        line_ids: vec![Some(made.lines[1].id.clone())],
    };
    let sent = request(ORDERS, "k2", vec![order]);
    let updated = books.provider.send(&sent).await.unwrap().remove(0).unwrap();
    assert_eq!((&updated.id, updated.lines.len()), (&made.id, 1));
    assert_eq!(updated.lines[0].id, made.lines[1].id);
    assert_eq!(updated.lines[0].amount, money("22.47"));
}

#[tokio::test]
async fn a_purchase_order_is_deleted_where_xero_lets_it_and_refused_alone_where_not() {
    for (approved_goes, outcomes) in [
        (
            true,
            [Ok(SnapshotStatus::Deleted), Ok(SnapshotStatus::Deleted)],
        ),
        (
            false,
            [Ok(SnapshotStatus::Deleted), Err(RejectionKind::NotEditable)],
        ),
    ] {
        let books = Books::open();
        let mut switches = books.sandbox.switches();
        switches.purchase_order_approved_to_deleted = approved_goes;
        books.sandbox.set_switches(switches);
        let mut draft = purchase(&books, ORDERS, "PO-1", "SP-004");
        draft.status = CreateStatus::Draft;
        let approved = purchase(&books, ORDERS, "PO-2", "TM-002");
        let mut orders = Vec::new();
        for posting in [&draft, &approved] {
            let made = create(&books, posting).await;
            orders.push(Order::Void {
                id: made.id,
                status: made.status,
            });
        }
        let sent = request(ORDERS, "k2", orders);
        let removed = books.provider.send(&sent).await;
        let removed: Vec<_> = removed
            .unwrap()
            .into_iter()
            .map(|one| one.map(|one| one.status).map_err(|refused| refused.kind))
            .collect();
        assert_eq!(removed, outcomes);
    }
}

#[tokio::test]
async fn a_taken_number_of_a_purchase_order_is_a_duplicate_and_of_a_bill_it_is_none() {
    let books = Books::open();
    let order = purchase(&books, ORDERS, "N-1", "SP-004");
    create(&books, &order).await;
    let again = vec![Order::Create(purchase(&books, ORDERS, "N-1", "TM-002"))];
    let outcome = books.provider.send(&request(ORDERS, "again", again)).await;
    let refused = outcome.unwrap().remove(0).unwrap_err();
    assert_eq!(refused.kind, RejectionKind::DuplicateNumber);
    for supplier in ["SP-004", "TM-002"] {
        create(&books, &purchase(&books, BILLS, "N-1", supplier)).await;
    }
    let capability = books.provider.capability();
    assert!(capability.documents.contains(&BILLS) && !capability.numbers_unique.contains(&BILLS));
}

#[tokio::test]
async fn what_changes_is_told_of_the_wanted_kinds_and_the_others_cost_no_call() {
    let books = Books::open();
    let invoice = books.create("A-1", CreateStatus::Authorised).await;
    let bill = create(&books, &purchase(&books, BILLS, "S-1", "SP-004")).await;
    let order = create(&books, &purchase(&books, ORDERS, "PO-1", "SP-004")).await;
    books.asked();

    let (told, page) = books.changes_of(&[DocumentKind::Invoice], None).await;
    assert_eq!(told, std::slice::from_ref(&invoice));
    assert_eq!(books.asked().len(), 2);

    // Kinds that are new begin at the beginning; the one that is known does not.
    let all = [DocumentKind::Invoice, ORDERS, BILLS];
    let (told, page) = books.changes_of(&all, Some(page.cursor)).await;
    assert_eq!(told, [bill.clone(), order.clone()]);
    assert_eq!(books.asked().len(), 4);

    books.pass(60);
    books.people().pay(NEW_ZEALAND, "S-1", None, None).unwrap();
    let (told, page) = books.changes_of(&all, Some(page.cursor)).await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        (&told[0].id, &told[0].status, told[0].amount_paid),
        (&bill.id, &SnapshotStatus::Paid, money("115"))
    );

    // A kind that was not wanted for a while goes on where it was left.
    books.pass(60);
    let void = Order::Void {
        id: invoice.id.clone(),
        status: SnapshotStatus::Authorised,
    };
    let sent = request(DocumentKind::Invoice, "v", vec![void]);
    let voided = books.provider.send(&sent).await;
    voided.unwrap().remove(0).unwrap();
    books.asked();
    let (told, page) = books.changes_of(&[ORDERS], Some(page.cursor)).await;
    assert!(told.is_empty());
    assert_eq!(books.asked().len(), 1, "orders alone need no payments");
    let (told, _) = books.changes_of(&all, Some(page.cursor)).await;
    assert_eq!(
        told.iter()
            .map(|one| (&one.id, &one.status))
            .collect::<Vec<_>>(),
        [(&invoice.id, &SnapshotStatus::Voided)]
    );
}

#[tokio::test]
async fn a_position_of_the_first_version_is_gone_on_from() {
    let fake = Fake::new();
    fake.answer(200, json!({"Payments": []}).to_string());
    let old = r#"{"v":1,"phase":"payments","invoices":{"through":1763690000},"payments":{"through":1763690000}}"#;
    let after = ChangesAfter {
        cursor: Some(old.to_owned()),
        since: None,
        kinds: vec![DocumentKind::Invoice],
    };
    let page = fake.provider().changes(&after).await.unwrap();
    assert!(page.more || page.documents.is_empty());
    let asked = fake.asked().remove(0);
    assert_eq!(asked.headers()["if-modified-since"], "2025-11-21T01:48:19");
    let nothing = ChangesAfter {
        kinds: Vec::new(),
        ..after
    };
    let error = fake.provider().changes(&nothing).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Refused);
}

#[tokio::test]
async fn what_a_kind_cannot_carry_does_not_leave() {
    let books = Books::open();
    let mut discounted = purchase(&books, BILLS, "S-1", "SP-004");
    discounted.lines[0].discount_amount = Some(money("1.00"));
    let stray = purchase(&books, ORDERS, "PO-1", "SP-004");
    books.asked();
    for posting in [discounted, stray] {
        let orders = vec![Order::Create(posting)];
        let error = books.provider.send(&request(BILLS, "k", orders)).await;
        assert_eq!(error.unwrap_err().kind, ErrorKind::Refused);
    }
    assert!(books.asked().is_empty());
}

fn credit(number: &str, id: u32) -> Value {
    json!({"Type": "ACCRECCREDIT", "CreditNoteID": format!("cccccccc-0000-4000-8000-{id:012}"),
        "CreditNoteNumber": number, "ID": "x", "Reference": "r", "Status": "AUTHORISED",
        "Contact": {"ContactID": "9b9ba9e5-e907-4b4e-8210-54d82b0aa479"}, "CurrencyCode": "NZD",
        "DateString": "2026-11-20T00:00:00", "Date": "/Date(1795132800000+0000)/", "LineAmountTypes": "Exclusive",
        "SubTotal": 100.0, "TotalTax": 15.0, "Total": 115.0, "RemainingCredit": 45.0,
        "UpdatedDateUTC": "/Date(1795176000000+0000)/",
        "Payments": [{"PaymentID": "p1", "Date": "/Date(1795132800000+0000)/", "Amount": 20.0}],
        "Allocations": [
            {"Amount": 30.0, "Date": "/Date(1795132800000+0000)/", "Invoice": {"InvoiceID": "i1", "InvoiceNumber": "A-1"}},
            {"Amount": 20.0, "Invoice": [{"InvoiceID": "i1"}]},
            {"Amount": 9.0, "IsDeleted": true, "Invoice": {"InvoiceID": "i2"}}],
        "LineItems": [{"LineItemID": "l1", "LineAmount": 100.0, "TaxAmount": 15.0}]})
}

#[tokio::test]
async fn a_credit_note_is_written_to_its_own_list_without_what_it_cannot_carry() {
    let fake = Fake::new();
    fake.answer(200, json!({"CreditNotes": [credit("CN-1", 1)]}).to_string());
    let contact = "9b9ba9e5-e907-4b4e-8210-54d82b0aa479".parse().unwrap();
    let mut content = posting("CN-1", &contact, CreateStatus::Authorised);
    content.kind = CREDITS;
    let orders = vec![Order::Create(content)];
    let made = fake
        .provider()
        .send(&request(CREDITS, "flight", orders))
        .await;
    let made = made.unwrap().remove(0).unwrap();
    insta::assert_snapshot!("credit_note", shown(&fake.asked()[0]));
    assert_eq!(
        (made.kind, made.currency),
        (CREDITS, Currency::from_code("NZD").unwrap())
    );
    assert_eq!(
        (made.amount_paid, made.amount_credited, made.amount_due),
        (money("20"), money("50"), money("45"))
    );
    let told: Vec<_> = made
        .payments
        .iter()
        .map(|one| (one.kind.clone(), one.id.as_str(), one.amount, one.date))
        .collect();
    assert_eq!(
        told,
        [
            (PaymentKind::Payment, "p1", money("20"), day("2026-11-20")),
            (
                PaymentKind::CreditAllocation,
                "i1",
                money("50"),
                day("2026-11-20")
            ),
        ]
    );
}

#[tokio::test]
async fn a_credit_note_is_looked_up_by_a_condition_and_an_odd_number_in_the_whole_list() {
    let fake = Fake::new();
    for (number, held) in [("CN-1", "cn-1"), ("C\"2", "C\"2")] {
        let mut payable = credit(held, 3);
        payable["Type"] = json!("ACCPAYCREDIT");
        let list = [credit(held, 1), payable, credit("other", 2)];
        fake.answer(200, json!({ "CreditNotes": list }).to_string());
        let numbers = [number.to_owned()];
        let found = fake.provider().look_up(CREDITS, &numbers).await.unwrap();
        assert_eq!(crate::sandboxed::numbers(&found), [held]);
        let asked = fake.asked().remove(0);
        let asks = asked.uri().to_string();
        assert_eq!(
            asks.contains("CreditNoteNumber%3D%3D"),
            number == "CN-1",
            "{asks}"
        );
        assert!(asks.contains("Type%3D%3D%22ACCRECCREDIT%22"), "{asks}");
    }
}

#[tokio::test]
async fn changed_credit_notes_and_their_refunds_are_told() {
    let fake = Fake::new();
    let one = json!({"CreditNotes": [credit("CN-1", 1)],
        "pagination": {"page": 1, "pageSize": 1000, "pageCount": 1, "itemCount": 1}});
    let refund = |id: &str, note: u32| {
        json!({"PaymentID": id, "PaymentType": "ARCREDITPAYMENT", "Status": "AUTHORISED",
            "UpdatedDateUTC": "/Date(1795176000000+0000)/",
            "CreditNote": {"CreditNoteID": format!("cccccccc-0000-4000-8000-{note:012}")}})
    };
    fake.answer(200, one.to_string());
    let payments = json!({"Payments": [refund("p1", 1), refund("p2", 2)],
        "pagination": {"page": 1, "pageSize": 200, "pageCount": 1, "itemCount": 2}});
    fake.answer(200, payments.to_string());
    fake.answer(200, json!({"CreditNotes": [credit("CN-2", 2)]}).to_string());
    let mut after = ChangesAfter {
        cursor: None,
        since: None,
        kinds: vec![CREDITS],
    };
    let first = fake.provider().changes(&after).await.unwrap();
    assert_eq!(numbers(&first.documents), ["CN-1"]);
    after.cursor = Some(first.cursor);
    let second = fake.provider().changes(&after).await.unwrap();
    // The refund that came with its credit note is not read again.
    assert_eq!(numbers(&second.documents), ["CN-2"]);
    assert!(first.more && !second.more);
    let asked = fake.asked();
    assert!(asked[1].uri().query().unwrap().contains("ARCREDITPAYMENT"));
    assert!(
        asked[2]
            .uri()
            .path()
            .ends_with("/CreditNotes/cccccccc-0000-4000-8000-000000000002")
    );
}
