//! Purchase orders, bills and credit notes on their whole way: from the folder into the books, and what became of them back.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use tieout_sandbox_xero::books::Organisation;
use tieout_sandbox_xero::books::invoice::{Kind, Status};
use tieout_sandbox_xero::books::purchase_order::OrderStatus;
use tieout_sandbox_xero::{AUSTRALIA, Fault, FaultRule};

use crate::stage::{Stage, invoice};

const SUPPLIER: &str = "Pacific Paper Supplies";

/// What purchases need beside what every stage has.
const PURCHASES: &str = "cost_of_goods_sold = \"310\"\n[connections.books.settings.purchase_tax_codes]\nGST = \"INPUT\"
[connections.books.settings.purchase_tax_rates]\n\"0.10\" = \"INPUT\"\n[connections.books.settings.tax_codes]\n";

/// A connected stage on which these settings stand beside the usual ones.
async fn stage_with(settings: &str) -> Stage {
    let stage = Stage::connected().await;
    set(&stage, settings);
    stage
}

fn set(stage: &Stage, settings: &str) {
    let usual = "invoice_status = \"authorised\"\n";
    let text = stage
        .configuration()
        .replace(usual, &format!("{usual}{settings}\n"))
        .replace("[connections.books.settings.tax_codes]\n", PURCHASES);
    std::fs::write(stage.path("tieout.toml"), text).unwrap();
}

/// Twelve chairs at 50.00, for a customer's order.
fn order(id: &str, order_ref: &str) -> Value {
    json!({
        "id": id, "revision": 1, "number": id, "status": "final", "supplier": { "name": SUPPLIER },
        "order_ref": order_ref, "issue_date": "2026-11-02", "delivery_date": "2026-11-20", "currency": "AUD",
        "lines": [{
            "id": "1", "sku": "CHAIR-1", "description": "Chair", "quantity": "12", "unit_price": "50.00",
            "tax_rate": "0.10"
        }],
        "totals": { "net": "600.00", "tax": "60.00", "gross": "660.00" }, "updated_at": "2026-11-02T00:00:00Z"
    })
}

/// A supplier's bill of 110.00, tax inside the totals.
fn bill(id: &str, number: &str) -> Value {
    json!({
        "id": id, "revision": 1, "number": number, "status": "final", "supplier": { "name": SUPPLIER },
        "issue_date": "2026-11-02", "due_date": "2026-11-16", "currency": "AUD", "amounts_are": "tax_exclusive",
        "lines": [{
            "id": "1", "description": "Paper", "quantity": "4", "unit_price": "25.00", "net_amount": "100.00",
            "tax_code": "GST", "tax_amount": "10.00"
        }],
        "totals": { "net": "100.00", "tax": "10.00", "gross": "110.00" }, "updated_at": "2026-11-02T00:00:00Z"
    })
}

/// A credit note of 11.11 to the customer of the invoice of the same size.
fn credit_note(id: &str) -> String {
    invoice(id, 1).replace("\"kind\":\"sales\"", "\"kind\":\"sales_credit\"")
}

fn drop_one(stage: &Stage, file_type: &str, batch: &str, document: &Value) {
    let name = format!("{file_type}-{batch}-20261102T000000Z.jsonl");
    stage.drop_file(&name, &format!("{document}\n"));
}

fn books<T>(stage: &Stage, look: impl FnOnce(&Organisation) -> T) -> T {
    stage.sandbox.sandbox.read(AUSTRALIA, look).unwrap()
}

fn orders(stage: &Stage) -> Vec<(String, OrderStatus)> {
    let told = |books: &Organisation| {
        let rows = books.purchase_orders.ledger.rows().iter();
        rows.map(|row| (row.number.clone(), row.status)).collect()
    };
    books(stage, told)
}

/// The bills under a number: whose they are, and what they come to.
fn bills(stage: &Stage, number: &str) -> Vec<(String, Decimal)> {
    let told = |books: &Organisation| {
        let rows = books.invoices.ledger.rows().iter();
        rows.filter(|row| row.kind == Kind::Payable && row.number == number)
            .map(|row| {
                let supplier = books.contacts.ledger.row(row.contact).name.clone();
                (supplier, row.total)
            })
            .collect()
    };
    books(stage, told)
}

/// The rows of all sheets of a sort that hold a text, in the order in which they were told.
fn told(stage: &Stage, sheet: &str, wanted: &str) -> Vec<String> {
    let mut turn = 1;
    let mut rows = Vec::new();
    while turn < 50 {
        let path = stage.path(&format!("host/inbox/{sheet}-{turn}.csv"));
        if let Ok(text) = std::fs::read_to_string(path) {
            rows.extend(text.lines().skip(1).map(str::to_owned));
        }
        turn += 1;
    }
    rows.retain(|row| row.contains(wanted));
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_and_its_invoice_stand_in_the_books_tied_by_one_reference() {
    let stage = stage_with("method = \"tracked\"\nreference = \"order\"").await;
    drop_one(&stage, "purchase_orders", "o", &order("PO-1", "SO-7"));
    let served = invoice("I-1", 3).replace(
        "\"kind\":\"sales\"",
        "\"kind\":\"sales\",\"references\":{\"purchase_order_number\":\"SO-7\"}",
    );
    stage.drop_file("invoices-o-20261102T000000Z.jsonl", &served);

    let plan = stage.must(0, &["plan"]);
    assert!(plan.contains("cm/purchase_order/PO-1"), "{plan}");
    assert!(
        plan.contains("660.00 AUD") && plan.contains("2 to create"),
        "{plan}"
    );
    assert_eq!(orders(&stage), []);

    stage.must(0, &["sync", "--once"]);
    let held = books(&stage, |books| {
        let order = books.purchase_orders.ledger.row(0);
        let invoice = books.invoices.ledger.rows();
        let invoice = invoice.iter().find(|row| row.number == "I-1").unwrap();
        assert_eq!(order.reference, invoice.reference);
        (
            order.reference.clone(),
            order.total,
            order.lines[0].account_code,
            order.lines[0].tax_type,
            invoice.lines[0].account_code,
            order.delivery.date.map(|date| date.to_string()),
        )
    });
    let wanted = (
        "SO-7".to_owned(),
        Decimal::new(660, 0),
        "310",
        "INPUT",
        "200",
    );
    assert_eq!(
        held,
        (
            wanted.0,
            wanted.1,
            wanted.2,
            wanted.3,
            wanted.4,
            Some("2026-11-20".to_owned())
        )
    );
    assert_eq!(orders(&stage), [("PO-1".to_owned(), OrderStatus::Draft)]);
    for number in ["PO-1", "I-1"] {
        let story = stage.must(0, &["explain", number]);
        assert!(story.contains("the provider did create it"), "{story}");
    }
    let story = stage.must(0, &["explain", "cm/purchase_order/PO-1"]);
    assert!(
        story.contains("total 660") && !story.contains("due 0"),
        "{story}"
    );
    assert_eq!(told(&stage, "postings", "PO-1").len(), 1);
    assert!(told(&stage, "postings", "PO-1")[0].ends_with("purchase_order"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_the_host_cancels_is_taken_out_of_the_books() {
    let stage = stage_with("method = \"tracked\"").await;
    drop_one(&stage, "purchase_orders", "o", &order("PO-1", "SO-7"));
    stage.must(0, &["sync", "--once"]);
    stage.must(0, &["sync", "--once"]);
    assert_eq!(orders(&stage), [("PO-1".to_owned(), OrderStatus::Draft)]);
    let mut cancelled = order("PO-1", "SO-7");
    cancelled["revision"] = json!(2);
    cancelled["status"] = json!("cancelled");
    drop_one(&stage, "purchase_orders", "p", &cancelled);
    let plan = stage.must(0, &["plan"]);
    assert!(plan.contains("1 to void"), "{plan}");
    stage.must(0, &["sync", "--once"]);
    assert_eq!(orders(&stage), [("PO-1".to_owned(), OrderStatus::Deleted)]);
    let story = stage.must(0, &["explain", "PO-1"]);
    assert!(story.contains("state     voided"), "{story}");
    assert!(story.contains("provider  deleted as PO-1"), "{story}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_order_that_xero_keeps_is_told_to_somebody() {
    let stage = stage_with("method = \"tracked\"\npurchase_order_status = \"authorised\"").await;
    drop_one(&stage, "purchase_orders", "o", &order("PO-1", "SO-7"));
    stage.must(0, &["sync", "--once"]);
    assert_eq!(
        orders(&stage),
        [("PO-1".to_owned(), OrderStatus::Authorised)]
    );
    let mut cancelled = order("PO-1", "SO-7");
    cancelled["revision"] = json!(2);
    cancelled["status"] = json!("cancelled");
    drop_one(&stage, "purchase_orders", "p", &cancelled);
    stage.must(3, &["sync", "--once"]);
    let status = stage.must(3, &["status"]);
    assert!(
        status.contains("1 document needs somebody") && status.contains("cm/purchase_order/PO-1"),
        "{status}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_settings_leave_out_is_skipped_visibly_until_they_send_it() {
    let stage = stage_with("").await;
    drop_one(&stage, "purchase_orders", "o", &order("PO-1", "SO-7"));
    drop_one(&stage, "bills", "b", &bill("b1", "S-77"));
    stage.drop_file("credit_notes-c-20261102T000000Z.jsonl", &credit_note("C-1"));
    stage.drop_invoices("I", 1);
    let plan = stage.must(0, &["plan"]);
    assert!(plan.contains("3 skipped, 1 to create"), "{plan}");
    assert!(plan.contains("its kind is not sent"), "{plan}");
    stage.must(0, &["sync", "--once"]);
    assert_eq!((orders(&stage), bills(&stage, "S-77")), (vec![], vec![]));
    let status = stage.must(0, &["status"]);
    assert!(status.contains("3 skipped"), "{status}");
    for (document, switch) in [
        ("PO-1", "method = \"tracked\""),
        ("S-77", "bills = true"),
        ("C-1", "credit_notes = true"),
    ] {
        let story = stage.must(0, &["explain", document]);
        assert!(story.contains("skipped: its kind is not sent"), "{story}");
        assert!(story.contains(switch), "{story}");
    }

    set(
        &stage,
        "method = \"tracked\"\nbills = true\ncredit_notes = true\nbill_status = \"authorised\"
credit_note_status = \"authorised\"",
    );
    stage.must(0, &["sync", "--once"]);
    assert_eq!(orders(&stage).len(), 1);
    assert_eq!(
        bills(&stage, "S-77"),
        [(SUPPLIER.to_owned(), Decimal::new(110, 0))]
    );
    let credits = books(&stage, |books| {
        let rows = books.credits.ledger.rows().iter();
        rows.map(|row| (row.number.clone(), row.total))
            .collect::<Vec<_>>()
    });
    assert_eq!(credits, [("C-1".to_owned(), Decimal::new(1111, 2))]);
    let status = stage.must(0, &["status"]);
    assert!(status.contains("4 posted"), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bill_stands_beside_another_suppliers_bill_of_the_same_number() {
    let stage = stage_with("bills = true\nbill_status = \"authorised\"").await;
    let theirs = json!({ "Type": "ACCPAY", "InvoiceNumber": "S-77", "Contact": { "Name": "Marlin Freight" },
        "LineItems": [{ "Description": "Freight", "Quantity": 1, "UnitAmount": 9, "AccountCode": "425" }] });
    let people = stage.sandbox.sandbox.people(chrono::Utc::now());
    let theirs = serde_json::from_value(theirs).unwrap();
    people.write_invoice(AUSTRALIA, &theirs).unwrap();
    drop_one(&stage, "bills", "b", &bill("b1", "S-77"));
    stage.must(0, &["sync", "--once"]);
    stage.must(0, &["sync", "--once"]);
    let all = bills(&stage, "S-77");
    assert_eq!(all.len(), 2, "{all:?}");
    assert_eq!(all[1], (SUPPLIER.to_owned(), Decimal::new(110, 0)));
    let story = stage.must(0, &["explain", "S-77"]);
    assert!(
        story.contains("cm/bill/b1") && story.contains("due 110"),
        "{story}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_payment_of_a_bill_and_the_allocation_of_a_credit_note_come_back() {
    let stage = stage_with(
        "bills = true\ncredit_notes = true\nbill_status = \"authorised\"
credit_note_status = \"authorised\"",
    )
    .await;
    drop_one(&stage, "bills", "b", &bill("b1", "S-77"));
    stage.drop_file("credit_notes-c-20261102T000000Z.jsonl", &credit_note("C-1"));
    stage.drop_file("invoices-i-20261102T000000Z.jsonl", &invoice("I-2", 1));
    stage.must(0, &["sync", "--once"]);

    let now = chrono::Utc::now() + chrono::TimeDelta::seconds(2);
    let people = stage.sandbox.sandbox.people(now);
    people
        .pay(AUSTRALIA, "S-77", Some(Decimal::new(60, 0)), None)
        .unwrap();
    people.allocate(AUSTRALIA, "C-1", "I-2", None).unwrap();
    stage.sandbox.sandbox.advance(chrono::TimeDelta::seconds(3));
    stage.must(0, &["sync", "--once"]);

    let paid = told(&stage, "payments", "S-77");
    assert_eq!(paid.len(), 1, "{paid:?}");
    assert!(
        paid[0].starts_with("create,") && paid[0].contains("60.00"),
        "{paid:?}"
    );
    assert!(paid[0].ends_with(",payment,bill"), "{paid:?}");
    let settled = told(&stage, "settlements", "S-77").pop().unwrap();
    assert!(
        settled.contains("partly_paid,60.00,0.00,50.00,AUD"),
        "{settled}"
    );
    let settled = told(&stage, "settlements", "C-1").pop().unwrap();
    assert!(
        settled.contains("paid,0.00,11.11,0.00,AUD") && settled.ends_with("credit_note"),
        "{settled}"
    );
    let settled = told(&stage, "settlements", "I-2").pop().unwrap();
    assert!(settled.contains("paid,0.00,11.11,0.00,AUD"), "{settled}");
    // One allocation settles both: each document is told of it by the other one's number.
    let allocated = told(&stage, "payments", "credit_allocation");
    assert_eq!(allocated.len(), 2, "{allocated:?}");
    assert!(
        allocated[0].ends_with(",C-1,I-2,credit_allocation,invoice"),
        "{allocated:?}"
    );
    assert!(
        allocated[1].ends_with(",I-2,C-1,credit_allocation,credit_note"),
        "{allocated:?}"
    );
    let story = stage.must(0, &["explain", "C-1"]);
    assert!(story.contains("credited 11.11"), "{story}");
    // A settlement is told once.
    let before = told(&stage, "settlements", "").len();
    stage.must(0, &["sync", "--once"]);
    assert_eq!(told(&stage, "settlements", "").len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_makes_no_second_order_bill_or_credit_note() {
    let faults = [
        Fault::LostAfterCommit,
        Fault::LostBeforeCommit,
        Fault::ErrorAfterCommit { status: 502 },
        Fault::Truncated,
        Fault::ProxyHtml,
        Fault::Twice,
    ];
    for (index, fault) in faults.into_iter().enumerate() {
        // A stage of its own: on one stage, the budget of calls would be spent and waited for.
        let stage = stage_with(
            "method = \"tracked\"\nbills = true\ncredit_notes = true\nbill_status = \"authorised\"
credit_note_status = \"authorised\"",
        )
        .await;
        for path in ["/PurchaseOrders", "/Invoices", "/CreditNotes"] {
            let rule = FaultRule::once("PUT", path, fault);
            stage.sandbox.sandbox.faults().push(rule);
        }
        let (po, s, c) = (
            format!("PO-{index}"),
            format!("S-{index}"),
            format!("C-{index}"),
        );
        drop_one(&stage, "purchase_orders", &po, &order(&po, "SO-7"));
        drop_one(&stage, "bills", &s, &bill(&format!("b{index}"), &s));
        stage.drop_file(
            &format!("credit_notes-{c}-20261102T000000Z.jsonl"),
            &credit_note(&c),
        );
        let report = stage.json(0, &["sync", "--once"]);
        assert!(
            stage.sandbox.sandbox.faults().pending().is_empty(),
            "{fault:?}"
        );
        let ours = orders(&stage)
            .into_iter()
            .filter(|(number, _)| *number == po);
        assert_eq!(ours.count(), 1, "{fault:?}\n{report}");
        assert_eq!(bills(&stage, &s).len(), 1, "{fault:?}\n{report}");
        let credits = books(&stage, |books| {
            let rows = books.credits.ledger.rows().iter();
            rows.filter(|row| row.number == c && row.status == Status::Authorised)
                .count()
        });
        assert_eq!(credits, 1, "{fault:?}\n{report}");
        for number in [&po, &s, &c] {
            let story = stage.must(0, &["explain", number]);
            assert!(story.contains("state     posted"), "{fault:?}\n{story}");
        }
    }
}
