//! Promises about credit notes: how they are written, allocated, refunded and removed, and what that does to invoices.

mod support;

use serde_json::{Value, json};
use support::{Client, messages, sale, sale_with, switched};
use tieout_sandbox_xero::NEW_ZEALAND;
use tieout_sandbox_xero::switches::{AllocationDate, NumberReuse};

/// A body for an approved sales credit note over 115.00, with other values in some fields; a null takes a field out.
fn note_with(number: &str, fields: &Value) -> Value {
    support::with_fields(
        json!({"Type": "ACCRECCREDIT", "CreditNoteNumber": number, "Contact": {"ContactNumber": "HT-001"},
            "Date": "2026-11-25", "Status": "AUTHORISED", "LineAmountTypes": "Exclusive",
            "LineItems": [{"Description": "Returned", "Quantity": 2, "UnitAmount": 50, "AccountCode": "200"}]}),
        fields,
    )
}

fn made(client: &Client, number: &str, fields: &Value) -> Value {
    let (code, reply) = client.put("CreditNotes", &note_with(number, fields));
    assert_eq!(code, 200, "{reply}");
    reply["CreditNotes"][0].clone()
}

fn path(note: &Value) -> String {
    format!(
        "CreditNotes/{}",
        note["CreditNoteID"].as_str().unwrap_or_default()
    )
}

fn note_now(client: &Client, note: &Value) -> Value {
    client.get(&path(note)).1["CreditNotes"][0].clone()
}

fn invoice_now(client: &Client, invoice: &Value) -> Value {
    let id = invoice["InvoiceID"].as_str().unwrap_or_default();
    client.get(&format!("Invoices/{id}")).1["Invoices"][0].clone()
}

fn allocate(client: &Client, note: &Value, invoice: &Value, amount: &str) -> (u16, Value) {
    client.put(
        &format!("{}/Allocations", path(note)),
        &json!({"Allocations": [{"Invoice": {"InvoiceID": invoice["InvoiceID"]}, "Amount": amount, "Date": "2026-11-22"}]}),
    )
}

#[test]
fn a_credit_note_has_the_rounding_of_an_invoice_and_a_remaining_credit() {
    let client = Client::new();
    let lines = json!({"LineItems": [
        {"Description": "a", "Quantity": 1, "UnitAmount": "25.06", "AccountCode": "200"},
        {"Description": "b", "Quantity": 1, "UnitAmount": "25.61", "AccountCode": "200"},
        {"Description": "c", "Quantity": 1, "UnitAmount": "25.63", "AccountCode": "200"}]});
    let note = made(&client, "CN-A", &lines);
    assert_eq!(note["TotalTax"].to_string(), "11.44");
    assert_eq!(note["Total"].to_string(), "87.74");
    assert_eq!(note["RemainingCredit"].to_string(), "87.74");
    assert_eq!(note["ID"], note["CreditNoteID"]);
    assert_eq!(note["Allocations"], json!([]));
    assert_eq!(note["UpdatedDateUTCString"], "2026-11-21T01:00:00Z");
    assert_eq!(client.get("CreditNotes/CN-A").1["CreditNotes"][0], note);
    let four = client.put(
        "CreditNotes?unitdp=4",
        &note_with("CN-B", &json!({"LineItems": [{"Description": "a", "Quantity": 1, "UnitAmount": "1.2345", "AccountCode": "200"}]})),
    );
    assert_eq!(
        four.1["CreditNotes"][0]["LineItems"][0]["UnitAmount"].to_string(),
        "1.2345"
    );
}

#[test]
fn sales_numbers_are_unique_and_numbered_and_supplier_ones_are_free() {
    let client = Client::new();
    made(&client, "CN-A", &json!({}));
    let (code, reply) = client.put("CreditNotes", &note_with("cn-a", &json!({})));
    assert_eq!(
        (code, messages(&reply)),
        (400, vec!["Credit Note # must be unique.".to_owned()])
    );
    let auto = made(&client, "", &json!({"CreditNoteNumber": null}));
    assert_eq!(auto["CreditNoteNumber"], "CN-0001");
    let supplier = json!({"Type": "ACCPAYCREDIT", "Reference": "dropped", "Contact": {"ContactNumber": "SP-004"},
        "LineItems": [{"Description": "a", "Quantity": 2, "UnitAmount": 20, "AccountCode": "400"}]});
    for _ in 0..2 {
        let note = made(&client, "CN-A", &supplier);
        assert_eq!(note["Reference"], "");
        assert_eq!(note["LineItems"][0]["TaxType"], "INPUT2");
        assert!(note.get("SentToContact").is_none());
    }
    let nameless = made(
        &client,
        "",
        &support::with_fields(supplier, &json!({"CreditNoteNumber": null})),
    );
    assert_eq!(nameless["CreditNoteNumber"], "");
    assert_eq!(
        client.get("CreditNotes/CN-A").1["CreditNotes"][0]["Type"],
        "ACCRECCREDIT"
    );
}

#[test]
fn each_mistake_has_its_own_message() {
    let client = Client::new();
    let line = |fields: Value| json!({"LineItems": [support::with_fields(json!({"Description": "x", "Quantity": 1, "UnitAmount": 5, "AccountCode": "200"}), &fields)]});
    for (fields, message) in [
        (
            json!({"Type": "ACCREC"}),
            "Credit Note not of valid type for creation",
        ),
        (
            json!({"Status": "PAID"}),
            "Credit Note not of valid status for creation",
        ),
        (
            json!({"Contact": null}),
            "A Contact must be specified for this type of transaction",
        ),
        (
            json!({"LineItems": []}),
            "One or more line items must be specified",
        ),
        (
            json!({"CurrencyCode": "EUR"}),
            "Organisation is not subscribed to currency EUR",
        ),
        (
            json!({"Total": "1.00"}),
            "The invoice total does not equal the sum of the lines.",
        ),
        (
            line(json!({"DiscountRate": 5})),
            "Discounts can only be applied to ACCREC invoices.",
        ),
        (
            line(json!({"AccountCode": null})),
            "Account code must be specified",
        ),
    ] {
        let (code, reply) = client.put("CreditNotes", &note_with("CN-A", &fields));
        assert_eq!((code, messages(&reply)), (400, vec![message.to_owned()]));
    }
    let archived = note_with("CN-A", &json!({"Contact": {"ContactNumber": "CL-006"}}));
    assert!(messages(&client.put("CreditNotes", &archived).1)[0].contains("has been archived"));
    let unknown =
        json!({"CreditNoteID": "11111111-1111-4111-8111-111111111111", "Status": "VOIDED"});
    assert_eq!(
        messages(&client.post("CreditNotes", &unknown).1),
        ["An existing Credit Note with the specified CreditNoteID could not be found"]
    );
    let (_, wrong_place) = client.put(
        "Invoices",
        &sale_with("X", &json!({"Type": "ACCRECCREDIT"})),
    );
    assert_eq!(
        messages(&wrong_place),
        ["Invoice not of valid type for creation"]
    );
}

#[test]
fn the_life_of_a_credit_note_is_that_of_an_invoice() {
    let client = Client::new();
    let draft = made(&client, "CN-A", &json!({"Status": "DRAFT"}));
    let (code, reply) = client.post(
        "CreditNotes",
        &json!({"CreditNoteNumber": "CN-A", "Status": "SUBMITTED", "Reference": "r"}),
    );
    assert_eq!(
        (code, &reply["CreditNotes"][0]["Reference"]),
        (200, &json!("r"))
    );
    assert_eq!(
        client.post(&path(&draft), &json!({"Status": "VOIDED"})).0,
        400
    );
    assert_eq!(
        client
            .post(&path(&draft), &json!({"Status": "AUTHORISED"}))
            .0,
        200
    );
    assert_eq!(
        client.post(&path(&draft), &json!({"Status": "DELETED"})).0,
        400
    );
    let (code, reply) = client.post(&path(&draft), &json!({"Status": "VOIDED"}));
    assert_eq!(code, 200, "{reply}");
    assert_eq!(
        reply["CreditNotes"][0]["RemainingCredit"].to_string(),
        "0.0"
    );
    let (code, reply) = client.post(&path(&draft), &json!({"Status": "AUTHORISED"}));
    assert_eq!(
        (code, messages(&reply)),
        (
            400,
            vec!["Credit Note not of valid status for modification".to_owned()]
        )
    );
    assert_eq!(
        client.put("CreditNotes", &note_with("CN-A", &json!({}))).0,
        400
    );
    switched(&client, |switches| {
        switches.number_reuse = NumberReuse::AfterDeleteOrVoid;
    });
    assert_eq!(
        client.put("CreditNotes", &note_with("CN-A", &json!({}))).0,
        200
    );
}

#[test]
fn an_allocation_reduces_both_sides_and_changes_both() {
    let mut client = Client::new();
    let invoice = client.invoice(&sale("A-1", "200.00"));
    let note = made(&client, "CN-A", &json!({}));
    client.pass(60);
    let (code, reply) = allocate(&client, &note, &invoice, "100.00");
    assert_eq!(code, 200, "{reply}");
    let shown = &reply["Allocations"][0];
    assert_eq!(shown["Amount"].to_string(), "100.0");
    assert_eq!(
        shown["Date"], "/Date(1795564800000+0000)/",
        "the later of both documents"
    );
    assert_eq!(shown["CreditNote"]["CreditNoteID"], note["CreditNoteID"]);
    assert_eq!(shown["Invoice"]["InvoiceID"], invoice["InvoiceID"]);
    let (part, used) = (invoice_now(&client, &invoice), note_now(&client, &note));
    assert_eq!(part["Status"], "AUTHORISED");
    assert_eq!(part["AmountCredited"].to_string(), "100.0");
    assert_eq!(part["AmountPaid"].to_string(), "0.0");
    assert_eq!(part["AmountDue"].to_string(), "100.0");
    let inside = &part["CreditNotes"][0];
    assert_eq!(inside["CreditNoteNumber"], "CN-A");
    assert_eq!(inside["AppliedAmount"].to_string(), "100.0");
    assert_eq!(inside["Total"].to_string(), "115.0");
    assert_eq!(used["RemainingCredit"].to_string(), "15.0");
    assert_eq!(used["Allocations"][0]["Invoice"]["InvoiceNumber"], "A-1");
    for side in [&part, &used] {
        assert_eq!(side["UpdatedDateUTCString"], "2026-11-21T01:01:00Z");
    }
    assert_eq!(allocate(&client, &note, &invoice, "15.00").0, 200);
    let used = note_now(&client, &note);
    assert_eq!(used["Status"], "PAID");
    assert_eq!(used["FullyPaidOnDate"], "/Date(1795564800000+0000)/");
    let merged = &invoice_now(&client, &invoice)["CreditNotes"];
    assert_eq!(merged.as_array().map(Vec::len), Some(1));
    assert_eq!(merged[0]["AppliedAmount"].to_string(), "115.0");
}

#[test]
fn credit_and_payment_together_make_an_invoice_paid() {
    let client = Client::new();
    let invoice = client.invoice(&sale("A-1", "200.00"));
    let note = made(&client, "CN-A", &json!({}));
    assert_eq!(allocate(&client, &note, &invoice, "115.00").0, 200);
    let people = client.sandbox.people(client.now);
    people
        .pay(NEW_ZEALAND, "A-1", None, "2026-11-23".parse().ok())
        .expect("85.00 is due");
    let paid = invoice_now(&client, &invoice);
    assert_eq!(paid["Status"], "PAID");
    assert_eq!(paid["AmountPaid"].to_string(), "85.0");
    assert_eq!(paid["AmountCredited"].to_string(), "115.0");
    assert_eq!(paid["FullyPaidOnDate"], "/Date(1795564800000+0000)/");
}

#[test]
fn a_removed_allocation_opens_both_sides_again() {
    let mut client = Client::new();
    let invoice = client.invoice(&sale("A-1", "115.00"));
    let note = made(&client, "CN-A", &json!({}));
    allocate(&client, &note, &invoice, "115.00");
    assert_eq!(invoice_now(&client, &invoice)["Status"], "PAID");
    let id = note_now(&client, &note)["Allocations"][0]["AllocationID"].clone();
    let one = format!(
        "{}/Allocations/{}",
        path(&note),
        id.as_str().unwrap_or_default()
    );
    client.pass(60);
    let (code, reply) = client.write("DELETE", &one, &Value::Null);
    assert_eq!(
        (code, reply),
        (
            200,
            json!({"AllocationId": id, "Date": "/Date(1795564800000+0000)/", "IsDeleted": true})
        )
    );
    let (open, free) = (invoice_now(&client, &invoice), note_now(&client, &note));
    assert_eq!(
        (&open["Status"], &free["Status"]),
        (&json!("AUTHORISED"), &json!("AUTHORISED"))
    );
    assert_eq!(open["AmountDue"].to_string(), "115.0");
    assert_eq!(open["CreditNotes"], json!([]));
    assert!(open.get("FullyPaidOnDate").is_none());
    assert_eq!(free["RemainingCredit"].to_string(), "115.0");
    assert_eq!(open["UpdatedDateUTCString"], "2026-11-21T01:01:00Z");
    assert_eq!(client.write("DELETE", &one, &Value::Null).0, 404);
    allocate(&client, &note, &invoice, "1.00");
    let id = note_now(&client, &note)["Allocations"][0]["AllocationID"].clone();
    switched(&client, |switches| {
        switches.allocation_removal_names_invoice = true;
    });
    let one = format!(
        "{}/Allocations/{}",
        path(&note),
        id.as_str().unwrap_or_default()
    );
    let (_, reply) = client.write("DELETE", &one, &Value::Null);
    assert_eq!(reply["Invoice"][0]["InvoiceID"], invoice["InvoiceID"]);
}

#[test]
fn allocations_are_refused_with_the_seen_messages() {
    let client = Client::new();
    let note = made(&client, "CN-A", &json!({}));
    let refused = |note: &Value, invoice: &Value, amount: &str| {
        let (code, reply) = allocate(&client, note, invoice, amount);
        assert_eq!(code, 400, "{reply}");
        messages(&reply)
    };
    let too_much = "Credit Note cannot be allocated as amount is greater than amount outstanding";
    let small = client.invoice(&sale("A-1", "10.00"));
    assert_eq!(refused(&note, &small, "10.01"), [too_much]);
    let large = client.invoice(&sale("A-2", "1000.00"));
    assert_eq!(refused(&note, &large, "115.01"), [too_much]);
    assert_eq!(
        refused(&note, &large, "0"),
        ["Allocation amount must be greater than 0"]
    );
    let people = client.sandbox.people(client.now);
    people
        .pay(NEW_ZEALAND, "A-1", None, None)
        .expect("it can be paid");
    let bill = client.invoice(&sale_with(
        "B-1",
        &json!({"Type": "ACCPAY", "LineItems": [{"Description": "x", "Quantity": 1, "UnitAmount": 25, "AccountCode": "400"}]}),
    ));
    assert_eq!(
        refused(&note, &small, "5"),
        [
            "The invoice you are trying to allocate to has already been paid off",
            too_much
        ]
    );
    assert_eq!(
        refused(&note, &bill, "5"),
        ["Credit Note cannot be allocated to an incorrect invoice type"]
    );
    let draft = made(&client, "CN-B", &json!({"Status": "DRAFT"}));
    assert_eq!(
        refused(&draft, &large, "5"),
        ["Credit Note must be AUTHORISED to be allocated"]
    );
    let unapproved = client.invoice(&sale_with("A-3", &json!({"Status": "DRAFT"})));
    assert_eq!(
        refused(&note, &unapproved, "5"),
        ["Allocations can only be made against Authorised documents"]
    );
    let other = client.invoice(&sale_with(
        "A-4",
        &json!({"Contact": {"ContactNumber": "TM-002"}}),
    ));
    assert_eq!(
        refused(&note, &other, "5"),
        ["Credit Note cannot be allocated to an invoice of another contact"]
    );
    switched(&client, |switches| {
        switches.allocation_between_contacts = true;
    });
    assert_eq!(allocate(&client, &note, &other, "5").0, 200);
    let (code, reply) = client.put(
        &format!("{}/Allocations", path(&note)),
        &json!({"AppliedAmount": 5, "Invoice": {"InvoiceNumber": "A-2"}}),
    );
    assert_eq!(
        (code, messages(&reply)),
        (
            400,
            vec!["Allocation amount must be greater than 0".to_owned()]
        )
    );
}

#[test]
fn several_allocations_in_one_call_get_a_verdict_each_when_asked() {
    let client = Client::new();
    let note = made(&client, "CN-A", &json!({}));
    client.invoice(&sale("A-1", "10.00"));
    let batch = json!({"Allocations": [
        {"Invoice": {"InvoiceNumber": "A-1"}, "Amount": 4}, {"Invoice": {"InvoiceNumber": "none"}, "Amount": 4}]});
    let (code, reply) = client.put(
        &format!("{}/Allocations?summarizeErrors=false", path(&note)),
        &batch,
    );
    assert_eq!(code, 200);
    assert_eq!(reply["Allocations"][0]["StatusAttributeString"], "OK");
    assert_eq!(reply["Allocations"][1]["StatusAttributeString"], "ERROR");
    let (code, reply) = client.put(&format!("{}/Allocations", path(&note)), &batch);
    assert_eq!(
        (code, messages(&reply)),
        (400, vec!["Document could not be found".to_owned()])
    );
    assert_eq!(
        note_now(&client, &note)["RemainingCredit"].to_string(),
        "107.0",
        "the good halves are saved"
    );
}

#[test]
fn a_used_credit_note_cannot_be_changed_and_its_invoice_not_be_voided_or_moved() {
    let client = Client::new();
    let invoice = client.invoice(&sale("A-1", "200.00"));
    let note = made(&client, "CN-A", &json!({}));
    allocate(&client, &note, &invoice, "15.00");
    for body in [
        json!({"Status": "VOIDED"}),
        json!({"Reference": "r"}),
        json!({"Allocations": []}),
    ] {
        let (code, reply) = client.post(&path(&note), &body);
        assert_eq!(code, 400);
        assert_eq!(
            messages(&reply)[1],
            "This document cannot be edited as it has a payment or credit note allocated to it."
        );
    }
    let id = invoice["InvoiceID"].as_str().unwrap_or_default();
    let change = |body: Value| client.post(&format!("Invoices/{id}"), &body).0;
    assert_eq!(change(json!({"Status": "VOIDED"})), 400);
    assert_eq!(
        change(json!({"Contact": {"ContactNumber": "TM-002"}})),
        400,
        "no other contact once a credit was allocated"
    );
    assert_eq!(change(json!({"Reference": "still fine"})), 200);
}

#[test]
fn a_refund_is_a_payment_with_a_credit_note_as_its_target() {
    let client = Client::new();
    let note = made(&client, "CN-A", &json!({}));
    let refund = |amount: &str| {
        client.put(
            "Payments",
            &json!({"CreditNote": {"CreditNoteNumber": "CN-A"}, "Account": {"Code": "090"}, "Amount": amount, "Reference": "back", "Date": "2026-11-26"}),
        )
    };
    let (code, reply) = refund("100.00");
    assert_eq!(code, 200, "{reply}");
    let payment = reply["Payments"][0].clone();
    assert_eq!(payment["PaymentType"], "ARCREDITPAYMENT");
    assert_eq!(payment["CreditNote"]["CreditNoteID"], note["CreditNoteID"]);
    assert!(payment.get("Invoice").is_none());
    assert_eq!(
        messages(&refund("15.01").1),
        ["Payment amount exceeds the amount outstanding on this document"]
    );
    assert_eq!(refund("15.00").0, 200);
    let used = note_now(&client, &note);
    assert_eq!(used["Status"], "PAID");
    assert_eq!(used["Payments"].as_array().map(Vec::len), Some(2));
    let (_, listed) = client.get("Payments?where=PaymentType%3D%3D%22ARCREDITPAYMENT%22&page=1");
    assert_eq!(listed["pagination"]["itemCount"], 2);
    let id = payment["PaymentID"].as_str().unwrap_or_default();
    assert_eq!(
        client
            .post(&format!("Payments/{id}"), &json!({"Status": "DELETED"}))
            .0,
        200
    );
    let open = note_now(&client, &note);
    assert_eq!(open["Status"], "AUTHORISED");
    assert_eq!(open["RemainingCredit"].to_string(), "100.0");
    let both = json!({"CreditNote": {"CreditNoteNumber": "CN-A"}, "Invoice": {"InvoiceNumber": "A-1"}, "Account": {"Code": "090"}, "Amount": 1});
    assert_eq!(client.put("Payments", &both).0, 400, "one target only");
}

#[test]
fn open_credits_lower_what_a_contact_owes_and_lists_filter_and_page() {
    let mut client = Client::new();
    client.invoice(&sale("A-1", "200.00"));
    made(&client, "CN-A", &json!({}));
    client.pass(60);
    made(
        &client,
        "CN-B",
        &json!({"Status": "DRAFT", "Date": "2026-12-01"}),
    );
    let owed = |client: &Client| {
        client.get("Contacts/HT-001").1["Contacts"][0]["Balances"]["AccountsReceivable"]["Outstanding"]
            .to_string()
    };
    assert_eq!(owed(&client), "85.0");
    switched(&client, |switches| {
        switches.balances_less_open_credits = false;
    });
    assert_eq!(owed(&client), "200.0");
    let count = |reply: &Value| reply["CreditNotes"].as_array().map_or(0, Vec::len);
    let (_, all) = client.get("CreditNotes");
    assert_eq!(count(&all), 2);
    assert_eq!(
        all["CreditNotes"][0]["LineItems"],
        json!([]),
        "lists without pages have no lines"
    );
    for (query, expected) in [
        ("where=Status%3D%3D%22DRAFT%22", 1),
        ("where=Date%3E%3DDateTime(2026,12,01)", 1),
        ("where=Contact.ContactNumber%3D%3D%22HT-001%22&page=1", 2),
        ("where=RemainingCredit%3E100", 2),
        ("page=2&pageSize=1", 1),
    ] {
        assert_eq!(
            count(&client.get(&format!("CreditNotes?{query}")).1),
            expected,
            "{query}"
        );
    }
    assert_eq!(client.get("CreditNotes?where=Nonsense%3D%3D1").0, 400);
    let (_, since) = client.get_since("CreditNotes", "2026-11-21T01:00:30");
    assert_eq!(count(&since), 1);
}

#[test]
fn batches_keys_scopes_and_dates_are_those_of_invoices() {
    let client = Client::new();
    let batch = json!({"CreditNotes": [note_with("CN-1", &json!({})), note_with("CN-2", &json!({"Type": "X"}))]});
    let (code, reply) = client.put("CreditNotes?summarizeErrors=false", &batch);
    assert_eq!(code, 200);
    assert_eq!(reply["CreditNotes"][0]["StatusAttributeString"], "OK");
    assert_eq!(reply["CreditNotes"][1]["HasErrors"], true);
    let (code, reply) = client.put("CreditNotes", &batch);
    assert_eq!(
        (code, reply["Elements"].as_array().map(Vec::len)),
        (400, Some(2))
    );
    let invoice = client.invoice(&sale("A-1", "50.00"));
    let note = client.get("CreditNotes/CN-1").1["CreditNotes"][0].clone();
    switched(&client, |switches| {
        switches.allocation_date = AllocationDate::AsSent;
    });
    let keyed = || {
        let request = client
            .request("PUT", &format!("{}/Allocations", path(&note)))
            .header("idempotency-key", "k-1")
            .body(bytes::Bytes::from(
                json!({"Invoice": {"InvoiceID": invoice["InvoiceID"]}, "Amount": 5, "Date": "2026-11-22"}).to_string(),
            ))
            .expect("a valid request");
        support::read(&client.send(request))
    };
    let (first, second) = (keyed(), keyed());
    assert_eq!(first, second);
    assert_eq!(
        first.1["Allocations"][0]["Date"],
        "/Date(1795305600000+0000)/"
    );
    assert_eq!(
        note_now(&client, &note)["RemainingCredit"].to_string(),
        "110.0",
        "once only"
    );
    assert_eq!(
        client.as_app_with("accounting.payments")("CreditNotes"),
        403
    );
    assert_eq!(
        client.as_app_with("accounting.invoices.read")("CreditNotes"),
        200
    );
    client
        .sandbox
        .people(client.now)
        .set_lock_dates(NEW_ZEALAND, "2026-11-25".parse().ok(), None)
        .expect("it can be set");
    let locked = note_with("CN-9", &json!({}));
    assert!(messages(&client.put("CreditNotes", &locked).1)[0].contains("period lock date"));
}
