//! Promises about purchase orders: their shape, their number, their life, and the contact they must have.

mod support;

use serde_json::{Value, json};
use support::{Client, messages, switched};
use tieout_sandbox_xero::NEW_ZEALAND;

/// A body for an order of one line, with other values in some fields; a null takes a field out.
fn order_with(number: &str, fields: &Value) -> Value {
    support::with_fields(
        json!({"PurchaseOrderNumber": number, "Contact": {"ContactNumber": "SP-004"}, "Date": "2026-11-21",
            "DeliveryDate": "2026-12-05", "Status": "DRAFT", "LineAmountTypes": "Exclusive",
            "LineItems": [{"Description": "Paper", "Quantity": 3, "UnitAmount": "10.1234", "AccountCode": "400",
                "Tracking": [{"Name": "Region", "Option": "North"}]}]}),
        fields,
    )
}

fn order(number: &str) -> Value {
    order_with(number, &json!({}))
}

fn made(client: &Client, body: &Value) -> Value {
    let (code, reply) = client.put("PurchaseOrders", body);
    assert_eq!(code, 200, "{reply}");
    reply["PurchaseOrders"][0].clone()
}

fn path(order: &Value) -> String {
    format!(
        "PurchaseOrders/{}",
        order["PurchaseOrderID"].as_str().unwrap_or_default()
    )
}

#[test]
fn an_order_keeps_four_decimals_of_a_price_and_rounds_line_and_tax_to_cents() {
    let client = Client::new();
    let shown = made(&client, &order("PO-A"));
    assert_eq!(shown["Type"], "PURCHASEORDER");
    let line = &shown["LineItems"][0];
    assert_eq!(line["UnitAmount"].to_string(), "10.1234");
    assert_eq!(line["LineAmount"].to_string(), "30.37");
    assert_eq!(line["TaxType"], "INPUT2");
    assert_eq!(line["TaxAmount"].to_string(), "4.56");
    assert_eq!(line["Tracking"][0]["Option"], "North");
    assert_eq!(shown["Total"].to_string(), "34.93");
    assert_eq!(shown["DeliveryDateString"], "2026-12-05T00:00:00");
    for absent in ["AmountDue", "Payments", "UpdatedDateUTCString"] {
        assert!(shown.get(absent).is_none(), "{absent}");
    }
    let (_, by_number) = client.get("PurchaseOrders/PO-A");
    assert_eq!(by_number["PurchaseOrders"][0], shown);
    assert_eq!(client.get(&path(&shown)).1["PurchaseOrders"][0], shown);
    assert_eq!(client.get("PurchaseOrders/PO-none").0, 404);
}

#[test]
fn xml_is_what_a_caller_gets_that_does_not_ask_for_json() {
    let client = Client::new();
    made(&client, &order("PO-A"));
    let mut request = client
        .request("GET", "PurchaseOrders/PO-A")
        .body(bytes::Bytes::new())
        .expect("a valid request");
    request.headers_mut().remove("accept");
    let reply = client.send(request);
    let text = String::from_utf8_lossy(reply.body()).into_owned();
    assert!(
        text.contains("<PurchaseOrders><PurchaseOrder><")
            && text.contains("<Contact><")
            && text.contains("<Date>2026-11-21T00:00:00.000</Date>"),
        "{text}"
    );
}

#[test]
fn numbers_are_unique_for_ever_unless_the_switch_frees_deleted_ones() {
    let client = Client::new();
    let first = made(&client, &order("PO-A"));
    let again = |method: &str| client.write(method, "PurchaseOrders", &order("po-a"));
    for method in ["PUT", "POST"] {
        let (code, reply) = again(method);
        assert_eq!(
            (code, messages(&reply)),
            (400, vec!["Order number must be unique".to_owned()]),
            "{method}"
        );
    }
    assert_eq!(
        client.post(&path(&first), &json!({"Status": "DELETED"})).0,
        200
    );
    assert_eq!(again("PUT").0, 400);
    switched(&client, |switches| {
        switches.purchase_order_number_free_after_delete = true;
    });
    assert_eq!(again("PUT").0, 200);
    let (_, named) = client.get("PurchaseOrders/PO-A");
    assert_eq!(named["PurchaseOrders"][0]["Status"], "DRAFT");
    let nameless = made(
        &client,
        &order_with("", &json!({"PurchaseOrderNumber": null})),
    );
    assert_eq!(nameless["PurchaseOrderNumber"], "PO-0001");
}

#[test]
fn a_post_by_number_changes_an_order_only_when_switched_on() {
    let client = Client::new();
    let first = made(&client, &order("PO-A"));
    switched(&client, |switches| {
        switches.purchase_order_post_by_number = true;
    });
    let (code, reply) = client.post(
        "PurchaseOrders",
        &json!({"PurchaseOrderNumber": "PO-A", "Reference": "changed"}),
    );
    assert_eq!(code, 200, "{reply}");
    let shown = &reply["PurchaseOrders"][0];
    assert_eq!(shown["PurchaseOrderID"], first["PurchaseOrderID"]);
    assert_eq!(shown["Reference"], "changed");
    assert_eq!(shown["LineItems"], first["LineItems"]);
}

#[test]
fn the_supplier_must_exist_and_be_active_and_is_never_made_or_changed() {
    let client = Client::new();
    let refused = |contact: Value| {
        let body = order_with("PO-A", &json!({"Contact": contact}));
        let (code, reply) = client.put("PurchaseOrders", &body);
        assert_eq!(code, 400, "{reply}");
        messages(&reply).concat()
    };
    let none = "A Contact must be specified for this type of transaction";
    assert_eq!(refused(Value::Null), none);
    assert_eq!(refused(json!({"Name": "Southern Print"})), none);
    assert_eq!(refused(json!({"ContactNumber": "XX"})), none);
    assert!(refused(json!({"ContactNumber": "CL-006"})).contains("has been archived"));
    assert!(
        refused(json!({"ContactID": "11111111-1111-4111-8111-111111111111"}))
            .contains("matched no contact")
    );
    let named = order_with(
        "PO-A",
        &json!({"Contact": {"ContactNumber": "SP-004", "Name": "Renamed"}}),
    );
    assert_eq!(made(&client, &named)["Contact"]["Name"], "Southern Print");
}

const ALL: [&str; 5] = ["DRAFT", "SUBMITTED", "AUTHORISED", "BILLED", "DELETED"];

/// Makes an order and brings it into a status, by calls where calls can.
fn in_status(client: &Client, status: &str, number: &str) -> Value {
    let begin = match status {
        "DELETED" => "DRAFT",
        "BILLED" => "AUTHORISED",
        other => other,
    };
    let order = made(client, &order_with(number, &json!({"Status": begin})));
    if begin != status {
        let (code, reply) = client.post(&path(&order), &json!({"Status": status}));
        assert_eq!(code, 200, "{reply}");
    }
    order
}

/// The steps that calls can take, as `FROM-TO`.
fn possible(client: &Client, round: &str) -> Vec<String> {
    let mut steps = Vec::new();
    for from in ALL {
        for to in ALL {
            let order = in_status(client, from, &format!("{round}-{from}-{to}"));
            let (code, reply) = client.post(&path(&order), &json!({"Status": to}));
            match code {
                200 => steps.push(format!("{from}-{to}")),
                _ => assert_eq!(
                    messages(&reply),
                    ["Purchase Order not of valid status for modification"]
                ),
            }
        }
    }
    steps
}

#[test]
fn only_confirmed_steps_are_possible_and_each_other_one_is_a_switch() {
    let client = Client::with(
        tieout_sandbox_xero::Options::default().unlimited(),
        NEW_ZEALAND,
    );
    let default = [
        "DRAFT-DRAFT",
        "DRAFT-SUBMITTED",
        "DRAFT-AUTHORISED",
        "DRAFT-DELETED",
        "SUBMITTED-SUBMITTED",
        "SUBMITTED-AUTHORISED",
        "AUTHORISED-AUTHORISED",
        "AUTHORISED-BILLED",
    ];
    assert_eq!(possible(&client, "a"), default);
    switched(&client, |switches| {
        switches.purchase_order_submitted_to_draft = true;
        switches.purchase_order_submitted_to_deleted = true;
        switches.purchase_order_approved_to_draft = true;
        switches.purchase_order_approved_to_deleted = true;
        switches.purchase_order_billed_early = true;
        switches.purchase_order_billed_back = true;
        switches.purchase_order_billed_editable = true;
    });
    let now = possible(&client, "b");
    assert_eq!(now.len(), 5 + 5 + 5 + 3, "{now:?}");
    assert!(!now.iter().any(|step| step.starts_with("DELETED")));
    assert!(!now.contains(&"BILLED-DRAFT".to_owned()));
}

#[test]
fn a_new_order_begins_as_draft_submitted_or_authorised() {
    let client = Client::new();
    for status in ALL {
        let body = order_with(&format!("PO-{status}"), &json!({"Status": status}));
        let may = ["DRAFT", "SUBMITTED", "AUTHORISED"].contains(&status);
        let (code, reply) = client.put("PurchaseOrders", &body);
        assert_eq!(code, if may { 200 } else { 400 }, "{status}: {reply}");
    }
}

#[test]
fn approval_needs_what_a_draft_may_leave_out() {
    let client = Client::new();
    let bare = json!({"LineItems": [{"Description": "Paper", "Quantity": 1, "UnitAmount": 5}]});
    let draft = made(&client, &order_with("PO-A", &bare));
    let approve = || client.post(&path(&draft), &json!({"Status": "AUTHORISED"}));
    assert_eq!(messages(&approve().1), ["Account code must be specified"]);
    switched(&client, |switches| {
        switches.purchase_order_approval_needs_account = false;
    });
    assert_eq!(approve().0, 200);
    let (code, reply) = client.put(
        "PurchaseOrders",
        &order_with("PO-B", &json!({"LineItems": []})),
    );
    assert_eq!(
        (code, messages(&reply)),
        (
            400,
            vec!["One or more line items must be specified".to_owned()]
        )
    );
}

#[test]
fn each_mistake_has_its_own_message() {
    let client = Client::new();
    let line = |fields: Value| json!({"LineItems": [support::with_fields(json!({"Description": "x", "Quantity": 1, "UnitAmount": 5, "AccountCode": "400"}), &fields)]});
    for (fields, message) in [
        (
            json!({"CurrencyCode": "EUR"}),
            "Organisation is not subscribed to currency EUR",
        ),
        (
            json!({"DeliveryInstructions": "x".repeat(501)}),
            "The length of the field DeliveryInstructions must be 500 characters or less.",
        ),
        (
            line(json!({"AccountCode": "090"})),
            "Account code '090' is not a valid code for this document",
        ),
        (
            line(json!({"DiscountAmount": 1})),
            "Discounts can only be applied to ACCREC invoices.",
        ),
        (
            line(json!({"UnitAmount": null})),
            "UnitAmount must be specified for a line item with a Quantity.",
        ),
        (
            line(json!({"UnitAmount": -5})),
            "The Total for this document must be greater than or equal to zero.",
        ),
    ] {
        let (code, reply) = client.put("PurchaseOrders", &order_with("PO-A", &fields));
        assert_eq!((code, messages(&reply)), (400, vec![message.to_owned()]));
    }
    let discounted = made(
        &client,
        &order_with(
            "PO-A",
            &line(json!({"DiscountRate": 10, "UnitAmount": 100})),
        ),
    );
    assert_eq!(discounted["TotalDiscount"].to_string(), "10.0");
    assert_eq!(discounted["SubTotal"].to_string(), "90.0");
}

#[test]
fn sent_amounts_of_lines_are_ignored_unless_switched_on() {
    let client = Client::new();
    let lines = json!({"LineItems": [{"Description": "x", "Quantity": 1, "UnitAmount": 10, "AccountCode": "400", "TaxAmount": "9.99", "LineAmount": "77"}]});
    let ignored = made(&client, &order_with("PO-A", &lines));
    assert_eq!(ignored["Total"].to_string(), "11.5");
    switched(&client, |switches| {
        switches.purchase_order_takes_sent_amounts = true;
    });
    let (code, reply) = client.put("PurchaseOrders", &order_with("PO-B", &lines));
    assert_eq!(
        (code, messages(&reply)),
        (
            400,
            vec!["The line total 77.00 does not match the expected line total 10.00".to_owned()]
        )
    );
}

#[test]
fn lines_are_replaced_by_id_or_pile_up_when_switched_on() {
    let client = Client::new();
    let first = made(&client, &order("PO-A"));
    let line = json!({"Description": "Ink", "Quantity": 1, "UnitAmount": 5, "AccountCode": "400"});
    let mut kept = json!({"LineItemID": first["LineItems"][0]["LineItemID"]});
    kept["Description"] = json!("Thick paper");
    let (_, reply) = client.post(&path(&first), &json!({"LineItems": [kept, line]}));
    let shown = &reply["PurchaseOrders"][0];
    assert_eq!(shown["LineItems"][0]["Description"], "Thick paper");
    assert_eq!(shown["SubTotal"].to_string(), "35.37");
    let (_, reply) = client.post(&path(&first), &json!({"LineItems": [line]}));
    assert_eq!(
        reply["PurchaseOrders"][0]["LineItems"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    switched(&client, |switches| {
        switches.purchase_order_lines_without_id_are_added = true;
    });
    let (_, reply) = client.post(&path(&first), &json!({"LineItems": [line]}));
    assert_eq!(reply["PurchaseOrders"][0]["SubTotal"].to_string(), "10.0");
}

#[test]
fn a_sent_mark_before_approval_is_a_warning() {
    let client = Client::new();
    let (code, reply) = client.put(
        "PurchaseOrders?summarizeErrors=false",
        &order_with("PO-A", &json!({"SentToContact": true})),
    );
    let shown = &reply["PurchaseOrders"][0];
    assert_eq!(
        (code, &shown["StatusAttributeString"]),
        (200, &json!("WARNING"))
    );
    assert_eq!(shown["SentToContact"], false);
    assert_eq!(
        shown["Warnings"][0]["Message"],
        "Only AUTHORISED and BILLED purchase orders may have SentToContact updated."
    );
}

#[test]
fn batches_save_half_of_themselves_in_both_modes() {
    let client = Client::new();
    let batch = |prefix: &str| json!({"PurchaseOrders": [order(&format!("{prefix}-1")), order_with("x", &json!({"CurrencyCode": "EUR"})), order(&format!("{prefix}-2"))]});
    let (code, reply) = client.put("PurchaseOrders", &batch("S"));
    assert_eq!(code, 400);
    assert_eq!(reply["Elements"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        reply["Elements"][0]["PurchaseOrderID"],
        "00000000-0000-0000-0000-000000000000"
    );
    assert_eq!(
        client.get("PurchaseOrders/S-2").0,
        200,
        "saved all the same"
    );
    let (code, reply) = client.put("PurchaseOrders?SummarizeErrors=false", &batch("T"));
    let verdicts: Vec<&str> = reply["PurchaseOrders"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|order| order["StatusAttributeString"].as_str())
        .collect();
    assert_eq!((code, verdicts), (200, vec!["OK", "ERROR", "OK"]));
}

#[test]
fn lists_come_in_pages_filtered_by_status_dates_and_time_of_change() {
    let mut client = Client::new();
    for (number, date, status) in [
        ("L-1", "2026-10-01", "DRAFT"),
        ("L-2", "2026-11-01", "AUTHORISED"),
        ("L-3", "2026-12-01", "DRAFT"),
    ] {
        made(
            &client,
            &order_with(number, &json!({"Date": date, "Status": status})),
        );
        client.pass(60);
    }
    let numbers = |reply: &Value| -> Vec<String> {
        reply["PurchaseOrders"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|order| order["PurchaseOrderNumber"].as_str().map(str::to_owned))
            .collect()
    };
    let (_, all) = client.get("PurchaseOrders");
    assert_eq!(
        all["pagination"],
        json!({"page": 1, "pageSize": 100, "pageCount": 1, "itemCount": 3})
    );
    assert!(all["PurchaseOrders"][0]["LineItems"][0].is_object());
    for (query, expected) in [
        ("Status=AUTHORISED", vec!["L-2"]),
        ("DateFrom=2026-10-15&DateTo=2026-11-15", vec!["L-2"]),
        (
            "order=PurchaseOrderNumber%20DESC",
            vec!["L-3", "L-2", "L-1"],
        ),
        ("page=2&pageSize=2", vec!["L-3"]),
        (
            "where=Status%3D%3D%22NONSENSE%22",
            vec!["L-1", "L-2", "L-3"],
        ),
    ] {
        let (_, reply) = client.get(&format!("PurchaseOrders?{query}"));
        assert_eq!(numbers(&reply), expected, "{query}");
    }
    let (_, since) = client.get_since("PurchaseOrders", "2026-11-21T01:01:30");
    assert_eq!(numbers(&since), ["L-3"]);
    assert_eq!(client.get("PurchaseOrders?order=Nonsense").0, 400);
}

#[test]
fn a_repeated_key_makes_no_second_order_and_a_missing_scope_none_at_all() {
    let client = Client::new();
    let keyed = || {
        let request = client
            .request("PUT", "PurchaseOrders")
            .header("idempotency-key", "k-1")
            .body(bytes::Bytes::from(
                order_with("", &json!({"PurchaseOrderNumber": null})).to_string(),
            ))
            .expect("a valid request");
        support::read(&client.send(request))
    };
    assert_eq!(keyed(), keyed());
    assert_eq!(client.get("PurchaseOrders").1["pagination"]["itemCount"], 1);
    let narrow = client.as_app_with("accounting.contacts accounting.settings.read");
    assert_eq!(narrow("PurchaseOrders"), 403);
}

#[test]
fn a_person_moves_an_order_where_calls_cannot() {
    use tieout_sandbox_xero::books::purchase_order::OrderStatus;
    let client = Client::new();
    let order = in_status(&client, "BILLED", "PO-A");
    let people = client.sandbox.people(client.now);
    let moved = |to| people.move_purchase_order(NEW_ZEALAND, "PO-A", to);
    assert!(moved(OrderStatus::Authorised).is_ok());
    assert!(moved(OrderStatus::Deleted).is_ok());
    assert!(moved(OrderStatus::Draft).is_err(), "deleted for good");
    let (_, reply) = client.get(&path(&order));
    assert_eq!(reply["PurchaseOrders"][0]["Status"], "DELETED");
}
