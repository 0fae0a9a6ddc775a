//! Promises about what people see and do from outside: orders, credits and switches, by forms and by control calls.

mod support;

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use support::{Client, read, sale};
use tieout_sandbox_xero::NEW_ZEALAND;
use tieout_sandbox_xero::switches::EVIDENCE;

fn page(client: &Client, path: &str) -> String {
    let request = Request::get(path)
        .body(Bytes::new())
        .expect("a valid request");
    let reply = client.sandbox.handle(request, client.now).response;
    assert_eq!(reply.status(), 200, "{path}");
    String::from_utf8_lossy(reply.body()).into_owned()
}

/// Sends a form and returns where it leads, plus signs for spaces.
fn submit(client: &Client, path: &str, form: &str) -> String {
    let request = Request::post(path)
        .body(Bytes::from(form.to_owned()))
        .expect("a valid request");
    let reply = client.sandbox.handle(request, client.now).response;
    assert_eq!(reply.status(), 303, "{path}");
    reply.headers()["location"]
        .to_str()
        .expect("text")
        .to_owned()
}

fn act(client: &Client, name: &str, form: &str) -> String {
    submit(client, &format!("/books/{NEW_ZEALAND}/{name}"), form)
}

fn control(client: &Client, name: &str, body: &Value) -> (u16, Value) {
    let request = Request::post(format!("/_control/{NEW_ZEALAND}/{name}"))
        .body(Bytes::from(body.to_string()))
        .expect("a valid request");
    read(&client.sandbox.handle(request, client.now).response)
}

fn books(client: &Client) -> Value {
    let request = Request::get(format!("/_control/{NEW_ZEALAND}/books"))
        .body(Bytes::new())
        .expect("a valid request");
    read(&client.sandbox.handle(request, client.now).response).1
}

fn order(status: &str) -> Value {
    json!({"Contact": {"ContactNumber": "SP-004"}, "Status": status,
        "LineItems": [{"Description": "Paper", "Quantity": 1, "UnitAmount": 10, "AccountCode": "400"}]})
}

fn note() -> Value {
    json!({"Type": "ACCRECCREDIT", "CreditNoteNumber": "CN-A", "Contact": {"ContactNumber": "HT-001"}, "Status": "AUTHORISED",
        "LineItems": [{"Description": "x", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200"}]})
}

#[test]
fn forms_approve_bill_and_delete_an_order() {
    let client = Client::new();
    assert!(!page(&client, "/").contains("Purchase orders"), "none yet");
    let (_, made) = client.put("PurchaseOrders", &order("DRAFT"));
    let id = made["PurchaseOrders"][0]["PurchaseOrderID"]
        .as_str()
        .unwrap_or_default();
    let moved = |to: &str| {
        act(
            &client,
            "move-order",
            &format!("order={id}&to={to}&label=PO-0001"),
        )
    };
    assert!(page(&client, "/").contains("Purchase orders"));
    assert!(moved("AUTHORISED").contains("done=Approved+PO-0001"));
    assert!(page(&client, "/").contains("Mark as billed"));
    assert!(moved("BILLED").contains("done=Marked+PO-0001+as+billed"));
    assert!(moved("DELETED").contains("done=Deleted"));
    assert!(moved("DRAFT").contains("refused=Purchase+Order+not+of+valid+status"));
    assert!(moved("NONSENSE").contains("refused="));
}

#[test]
fn forms_allocate_take_off_refund_book_and_void() {
    let client = Client::new();
    client.invoice(&sale("A-1", "50.00"));
    client.put("CreditNotes", &note());
    let id = books(&client)["credits"][0]["id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert!(page(&client, "/").contains("Invoice to put CN-A against"));
    let done = act(
        &client,
        "allocate",
        &format!("credit={id}&invoice=A-1&label=CN-A"),
    );
    assert!(done.contains("done=Put+CN-A"), "{done}");
    assert_eq!(books(&client)["invoices"][0]["status"], "PAID");
    let text = page(&client, "/");
    assert!(
        text.contains("Take off") && !text.contains(">Void<"),
        "{text}"
    );
    let allocation = books(&client)["allocations"][0]["id"].clone();
    let off = format!(
        "allocation={}&label=A-1",
        allocation.as_str().unwrap_or_default()
    );
    assert!(act(&client, "remove-allocation", &off).contains("done="));
    assert!(act(&client, "remove-allocation", &off).contains("refused="));
    let of = format!("credit={id}&label=CN-A");
    assert!(act(&client, "refund", &of).contains("done=Refunded"));
    assert_eq!(books(&client)["credits"][0]["remaining"].to_string(), "0.0");
    let booked = act(
        &client,
        "receive",
        "kind=SPEND-PREPAYMENT&contact=SP-004&amount=1%2C150.00",
    );
    assert!(booked.contains("done=Booked+1150.00"), "{booked}");
    let prepaid = books(&client)["credits"][1].clone();
    assert_eq!(prepaid["type"], "SPEND-PREPAYMENT");
    let of = format!(
        "credit={}&label=x",
        prepaid["id"].as_str().unwrap_or_default()
    );
    assert!(act(&client, "void-credit", &of).contains("done="));
    assert!(act(&client, "receive", "kind=x&amount=1").contains("refused="));
    assert!(act(&client, "merge-contact", "from=TM-002&into=HT-001").contains("done=Merged"));
}

#[test]
fn control_calls_do_with_orders_and_credits_what_people_do() {
    let client = Client::new();
    client.invoice(&sale("A-1", "50.00"));
    let (code, reply) = control(&client, "write-purchase-order", &order("SUBMITTED"));
    assert_eq!(code, 200, "{reply}");
    let ok = |name: &str, body: &Value| {
        let (code, reply) = control(&client, name, body);
        assert_eq!(code, 200, "{name}: {reply}");
        reply
    };
    ok(
        "edit-purchase-order",
        &json!({"order": "PO-0001", "fields": {"Reference": "r"}}),
    );
    ok(
        "move-purchase-order",
        &json!({"order": "PO-0001", "status": "DELETED"}),
    );
    let mut draft = note();
    draft["Status"] = json!("DRAFT");
    ok("write-credit-note", &draft);
    ok("approve-credit-note", &json!({"credit": "CN-A"}));
    let made = ok(
        "allocate",
        &json!({"credit": "CN-A", "invoice": "A-1", "amount": "20"}),
    );
    ok("remove-allocation", &made);
    ok("refund", &json!({"credit": "CN-A", "amount": 15}));
    let over = ok("overpay", &json!({"invoice": "A-1", "amount": "60.00"}));
    ok("void-credit", &over);
    ok(
        "receive",
        &json!({"kind": "RECEIVE-PREPAYMENT", "contact": "HT-001", "amount": 23}),
    );
    let now = books(&client);
    assert_eq!(now["purchase_orders"][0]["status"], "DELETED");
    assert_eq!(now["purchase_orders"][0]["reference"], "r");
    assert_eq!(now["credits"][0]["remaining"].to_string(), "100.0");
    assert_eq!(now["credits"][1]["status"], "VOIDED");
    assert_eq!(now["allocations"][0]["live"], false);
    for (name, body, expected) in [
        ("allocate", json!({"credit": "none", "invoice": "A-1"}), 404),
        ("refund", json!({"credit": "CN-A", "amount": 1000}), 422),
        (
            "move-purchase-order",
            json!({"order": "PO-0001", "status": "X"}),
            400,
        ),
        (
            "receive",
            json!({"kind": "RECEIVE", "contact": "HT-001", "amount": 1}),
            400,
        ),
        ("void-credit", json!({"credits": "CN-A"}), 400),
        ("dance", json!({}), 404),
    ] {
        assert_eq!(control(&client, name, &body).0, expected, "{name}");
    }
}

#[test]
fn every_switch_is_listed_with_its_evidence_and_can_be_turned() {
    let client = Client::new();
    let text = page(&client, "/sandbox/switches");
    for (name, _) in EVIDENCE {
        assert!(text.contains(&format!("<code>{name}</code>")), "{name}");
    }
    assert!(text.contains("third-party simulators") || text.contains("Third-party simulators"));
    assert!(text.contains("away_from_zero"));
    assert!(!text.contains("<script"));
    assert!(page(&client, "/").contains("href=\"/sandbox/switches\""));
    let turn = |name: &str, value: &str| {
        submit(
            &client,
            "/sandbox/switches",
            &format!("name={name}&value={value}"),
        )
    };
    assert_eq!(turn("reference_on_bills", "true"), "/sandbox/switches");
    assert!(client.sandbox.switches().reference_on_bills);
    assert!(page(&client, "/sandbox/switches").contains("default false"));
    let before = client.sandbox.switches();
    turn("midpoint", "true");
    turn("no_such_switch", "true");
    turn("reference_on_bills", "perhaps");
    assert_eq!(client.sandbox.switches(), before);
}
