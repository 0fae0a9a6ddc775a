//! Credit notes, prepayments and overpayments against the sandbox: what they settle, and what is told when they are taken back.

use tieout_core::document::{DocumentKind, Payment, PaymentKind, SettlementStatus};
use tieout_core::provider::{
    AccountingProvider, Order, Posting, Request, Snapshot, SnapshotStatus,
};
use tieout_core::settings::CreateStatus;
use tieout_sandbox_xero::NEW_ZEALAND;
use tieout_sandbox_xero::books::credit::Source;
use tieout_sandbox_xero::books::invoice::Kind;

use crate::postings::{money, posting};
use crate::sandboxed::{Books, numbers};

const CREDITS: DocumentKind = DocumentKind::CreditNote;

fn credit(books: &Books, number: &str, price: &str) -> Posting {
    let mut credit = posting(number, &books.contact("HT-001"), CreateStatus::Authorised);
    credit.kind = CREDITS;
    credit.lines[0].quantity = money("1");
    credit.lines[0].unit_amount = money(price);
    credit.lines[0].tax_type = Some("NONE".to_owned());
    credit.due_date = None;
    credit.url = None;
    credit
}

fn request(key: &str, orders: Vec<Order>) -> Request {
    Request {
        kind: CREDITS,
        idempotency_key: key.to_owned(),
        orders,
    }
}

async fn create(books: &Books, credit: Posting) -> Snapshot {
    let sent = request(&credit.number.clone(), vec![Order::Create(credit)]);
    let made = books.provider.send(&sent).await;
    made.unwrap().remove(0).unwrap()
}

async fn invoice(books: &Books, number: &str) -> Snapshot {
    books.find(&[number]).await.remove(0)
}

fn amounts(payments: &[Payment]) -> Vec<(PaymentKind, String)> {
    payments
        .iter()
        .map(|one| (one.kind.clone(), one.amount.normalize().to_string()))
        .collect()
}

#[tokio::test]
async fn a_credit_note_settles_an_invoice_in_part_and_its_removal_is_told() {
    let books = Books::open();
    books.create("A-1", CreateStatus::Authorised).await;
    let note = create(&books, credit(&books, "CN-1", "40.00")).await;
    assert_eq!(
        (note.amount_due, note.status.clone(), note.payments.len()),
        (money("40"), SnapshotStatus::Authorised, 0)
    );
    let kinds = [DocumentKind::Invoice, CREDITS];
    let (_, page) = books.changes_of(&kinds, None).await;
    books.pass(60);
    let people = books.people();
    let allocation = people.allocate(NEW_ZEALAND, "CN-1", "A-1", Some(money("15")));
    people.pay(NEW_ZEALAND, "A-1", None, None).unwrap();

    let (told, page) = books.changes_of(&kinds, Some(page.cursor)).await;
    let held = told.iter().find(|one| one.number == "A-1").unwrap();
    assert_eq!(
        amounts(&held.payments),
        [
            (PaymentKind::Payment, "100".to_owned()),
            (PaymentKind::CreditAllocation, "15".to_owned())
        ]
    );
    assert_eq!(
        (held.amount_paid, held.amount_credited, held.amount_due),
        (money("100"), money("15"), money("0"))
    );
    assert_eq!(held.settlement().status, SettlementStatus::Paid);
    let note = told.iter().find(|one| one.number == "CN-1").unwrap();
    assert_eq!(
        (note.amount_credited, note.amount_due),
        (money("15"), money("25"))
    );
    assert_eq!(note.settlement().status, SettlementStatus::PartlyPaid);

    books.pass(60);
    books
        .people()
        .remove_allocation(NEW_ZEALAND, allocation.unwrap())
        .unwrap();
    let (told, _) = books.changes_of(&kinds, Some(page.cursor)).await;
    let held = told.iter().find(|one| one.number == "A-1").unwrap();
    assert_eq!(
        (held.status.clone(), held.amount_credited, held.amount_due),
        (SnapshotStatus::Authorised, money("0"), money("15"))
    );
    let note = told.iter().find(|one| one.number == "CN-1").unwrap();
    assert_eq!((note.payments.len(), note.amount_due), (0, money("40")));
}

#[tokio::test]
async fn prepayments_and_overpayments_are_read_as_money() {
    let books = Books::open();
    books.create("A-1", CreateStatus::Authorised).await;
    let people = books.people();
    for (source, amount) in [(Source::Prepayment, "50"), (Source::Overpayment, "30")] {
        let amount = money(amount);
        let id = people.receive(NEW_ZEALAND, source, Kind::Receivable, "HT-001", amount);
        let id = id.unwrap().to_string();
        people.allocate(NEW_ZEALAND, &id, "A-1", None).unwrap();
    }
    let held = invoice(&books, "A-1").await;
    assert_eq!(
        amounts(&held.payments),
        [
            (PaymentKind::PrepaymentAllocation, "50".to_owned()),
            (PaymentKind::PrepaymentAllocation, "30".to_owned())
        ]
    );
    assert_eq!(
        (held.amount_paid, held.amount_credited, held.amount_due),
        (money("80"), money("0"), money("35"))
    );
}

#[tokio::test]
async fn an_overpaid_invoice_holds_only_what_it_took() {
    let books = Books::open();
    books.create("A-1", CreateStatus::Authorised).await;
    let overpaid = books.people().overpay(NEW_ZEALAND, "A-1", money("150"));
    overpaid.unwrap();
    let held = invoice(&books, "A-1").await;
    assert_eq!(
        (held.status.clone(), held.amount_paid, held.amount_due),
        (SnapshotStatus::Paid, money("115"), money("0"))
    );
    let told: rust_decimal::Decimal = held.payments.iter().map(|one| one.amount).sum();
    assert_eq!(told, money("115"));
}

#[tokio::test]
async fn a_credit_note_is_found_read_refunded_updated_and_removed() {
    let books = Books::open();
    let mut draft = credit(&books, "CN-2", "10.00");
    draft.status = CreateStatus::Draft;
    let approved = create(&books, credit(&books, "CN-1", "40.00")).await;
    let made = create(&books, draft.clone()).await;
    let wanted = ["cn-1", "CN-2", "CN-none"].map(str::to_owned);
    let found = books.provider.look_up(CREDITS, &wanted).await.unwrap();
    assert_eq!(numbers(&found), ["CN-1", "CN-2"]);
    let ids = [made.id.clone(), approved.id.clone()];
    let read = books.provider.read(CREDITS, &ids).await.unwrap();
    assert_eq!(read, [made.clone(), approved.clone()]);

    let (_, page) = books.changes_of(&[CREDITS], None).await;
    books.pass(60);
    books
        .people()
        .refund(NEW_ZEALAND, "CN-1", Some(money("40")))
        .unwrap();
    draft.lines[0].unit_amount = money("12.00");
    let update = Order::Update {
        id: made.id.clone(),
        posting: draft,
        line_ids: vec![Some(made.lines[0].id.clone())],
    };
    let updated = books.provider.send(&request("u", vec![update])).await;
    let updated = updated.unwrap().remove(0).unwrap();
    assert_eq!(
        (updated.totals.gross, &updated.lines[0].id),
        (money("12"), &made.lines[0].id)
    );
    let void = Order::Void {
        id: made.id.clone(),
        status: updated.status,
    };
    let removed = books.provider.send(&request("v", vec![void])).await;
    let removed = removed.unwrap().remove(0).unwrap();
    assert_eq!(removed.status, SnapshotStatus::Deleted);

    let (told, _) = books.changes_of(&[CREDITS], Some(page.cursor)).await;
    let refunded = told.iter().find(|one| one.number == "CN-1").unwrap();
    assert_eq!(
        (
            refunded.status.clone(),
            refunded.amount_paid,
            refunded.amount_due
        ),
        (SnapshotStatus::Paid, money("40"), money("0"))
    );
    let deleted = told.iter().find(|one| one.number == "CN-2").unwrap();
    assert_eq!(deleted.status, SnapshotStatus::Deleted);
}
