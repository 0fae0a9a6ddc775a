//! Promises about supplier bills: what they share with sales invoices and what they do not.

mod support;

use serde_json::{Value, json};
use support::{Client, messages, sale, switched};
use tieout_sandbox_xero::NEW_ZEALAND;

/// A body for an approved bill of one line, with other values in some fields; a null takes a field out.
fn bill_with(number: &str, fields: &Value) -> Value {
    support::with_fields(
        json!({"Type": "ACCPAY", "InvoiceNumber": number, "Contact": {"ContactNumber": "SP-004"},
            "Date": "2026-11-21", "DueDate": "2026-12-21", "Status": "AUTHORISED", "LineAmountTypes": "Exclusive",
            "LineItems": [{"Description": "Paper", "Quantity": 2, "UnitAmount": 50, "AccountCode": "400"}]}),
        fields,
    )
}

fn bill(number: &str) -> Value {
    bill_with(number, &json!({}))
}

fn id(document: &Value) -> String {
    document["InvoiceID"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn a_bill_has_input_tax_and_answers_in_the_shape_of_recorded_bills() {
    let client = Client::new();
    let made = client.invoice(&bill("B-1"));
    assert_eq!(made["LineItems"][0]["TaxType"], "INPUT2");
    assert_eq!(made["TotalTax"].to_string(), "15.0");
    assert_eq!(made["Total"].to_string(), "115.0");
    assert_eq!(made["Reference"], "");
    assert!(made.get("SentToContact").is_none());
    let (_, contact) = client.get("Contacts/SP-004");
    assert_eq!(contact["Contacts"][0]["IsSupplier"], true);
    assert_eq!(
        contact["Contacts"][0]["Balances"]["AccountsPayable"]["Outstanding"].to_string(),
        "115.0"
    );
}

#[test]
fn a_bill_may_do_without_a_number_and_put_twice_makes_two() {
    let client = Client::new();
    let nameless = client.invoice(&bill_with("", &json!({"InvoiceNumber": null})));
    assert_eq!(nameless["InvoiceNumber"], "");
    let (first, second) = (client.invoice(&bill("B-1")), client.invoice(&bill("B-1")));
    assert_ne!(id(&first), id(&second));
    let (_, listed) = client.get("Invoices?InvoiceNumbers=B-1&page=1");
    assert_eq!(listed["Invoices"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_post_never_finds_a_bill_by_its_number() {
    let client = Client::new();
    let made = client.invoice(&bill("B-1"));
    let (code, reply) = client.post("Invoices", &bill("B-1"));
    assert_eq!(code, 200, "{reply}");
    assert_ne!(id(&reply["Invoices"][0]), id(&made));
    let (code, reply) = client.post(
        "Invoices",
        &json!({"InvoiceID": made["InvoiceID"], "Url": "https://example.org/b"}),
    );
    assert_eq!(
        (code, &reply["Invoices"][0]["Url"]),
        (200, &json!("https://example.org/b"))
    );
}

#[test]
fn the_reference_of_a_bill_is_dropped_unless_the_switch_keeps_it() {
    let client = Client::new();
    let dropped = client.invoice(&bill_with("B-1", &json!({"Reference": "PO 7"})));
    assert_eq!(dropped["Reference"], "");
    switched(&client, |switches| switches.reference_on_bills = true);
    let kept = client.invoice(&bill_with("B-2", &json!({"Reference": "PO 7"})));
    assert_eq!(kept["Reference"], "PO 7");
}

#[test]
fn an_approved_bill_needs_a_due_date_and_takes_no_discount() {
    let client = Client::new();
    let (code, reply) = client.put("Invoices", &bill_with("B-1", &json!({"DueDate": null})));
    assert_eq!(
        (code, messages(&reply)),
        (400, vec!["Due date cannot be empty.".to_owned()])
    );
    let draft = client.invoice(&bill_with(
        "B-1",
        &json!({"DueDate": null, "Status": "DRAFT"}),
    ));
    let (code, reply) = client.post(
        &format!("Invoices/{}", id(&draft)),
        &json!({"Status": "AUTHORISED"}),
    );
    assert_eq!(
        (code, messages(&reply)),
        (400, vec!["Due date cannot be empty.".to_owned()])
    );
    let (code, _) = client.post(
        &format!("Invoices/{}", id(&draft)),
        &json!({"Status": "AUTHORISED", "DueDate": "2026-12-01"}),
    );
    assert_eq!(code, 200);
    let discounted = bill_with(
        "B-3",
        &json!({"LineItems": [{"Description": "x", "Quantity": 1, "UnitAmount": 10, "AccountCode": "400", "DiscountRate": 5}]}),
    );
    assert_eq!(client.put("Invoices", &discounted).0, 400);
}

#[test]
fn bills_plan_a_payment_and_sales_expect_one() {
    let client = Client::new();
    let dates = json!({"PlannedPaymentDate": "2026-12-01", "ExpectedPaymentDate": "2026-12-02"});
    let planned = client.invoice(&bill_with("B-1", &dates));
    assert_eq!(planned["PlannedPaymentDate"], "/Date(1796083200000+0000)/");
    assert!(planned.get("ExpectedPaymentDate").is_none());
    let expected = client.invoice(&support::sale_with("S-1", &dates));
    assert!(expected.get("PlannedPaymentDate").is_none());
    assert_eq!(
        expected["ExpectedPaymentDate"],
        "/Date(1796169600000+0000)/"
    );
}

#[test]
fn a_bill_is_paid_from_the_bank_and_opens_again_when_the_payment_is_taken_back() {
    let mut client = Client::new();
    let made = client.invoice(&bill("B-1"));
    client.pass(5);
    let (code, reply) = client.put(
        "Payments",
        &json!({"Invoice": {"InvoiceID": made["InvoiceID"]}, "Account": {"Code": "090"}, "Amount": "115.00", "Date": "2026-11-22"}),
    );
    assert_eq!(code, 200, "{reply}");
    let payment = &reply["Payments"][0];
    assert_eq!(payment["PaymentType"], "ACCPAYPAYMENT");
    assert_eq!(payment["Invoice"]["Status"], "PAID");
    assert_eq!(
        payment["Invoice"]["FullyPaidOnDate"],
        "/Date(1795305600000+0000)/"
    );
    client.pass(5);
    let path = format!("Payments/{}", payment["PaymentID"].as_str().unwrap_or(""));
    let (code, _) = client.post(&path, &json!({"Status": "DELETED"}));
    assert_eq!(code, 200);
    let (_, again) = client.get(&format!("Invoices/{}", id(&made)));
    assert_eq!(again["Invoices"][0]["Status"], "AUTHORISED");
    assert_eq!(again["Invoices"][0]["AmountDue"].to_string(), "115.0");
}

#[test]
fn a_number_that_several_bills_share_pays_none_of_them() {
    let client = Client::new();
    let first = client.invoice(&bill("B-1"));
    client.invoice(&bill("B-1"));
    let pay = || {
        client.put(
            "Payments",
            &json!({"Invoice": {"InvoiceNumber": "B-1"}, "Account": {"Code": "090"}, "Amount": 1}),
        )
    };
    let (code, reply) = pay();
    assert_eq!(
        (code, messages(&reply)),
        (400, vec!["Document could not be found".to_owned()])
    );
    switched(&client, |switches| {
        switches.shared_bill_number_means_first = true;
    });
    let (code, reply) = pay();
    assert_eq!(code, 200, "{reply}");
    assert_eq!(id(&reply["Payments"][0]["Invoice"]), id(&first));
    let sale = client.invoice(&sale("B-1", "10.00"));
    let (_, reply) = pay();
    assert_eq!(
        id(&reply["Payments"][0]["Invoice"]),
        id(&sale),
        "a sales number is unique and comes first"
    );
}

#[test]
fn paid_bills_take_the_edits_that_paid_sales_take_unless_switched_off() {
    let client = Client::new();
    let made = client.invoice(&bill("B-1"));
    client
        .sandbox
        .people(client.now)
        .pay(NEW_ZEALAND, &id(&made), "15".parse().ok(), None)
        .expect("it can be paid");
    let path = format!("Invoices/{}", id(&made));
    let (code, reply) = client.post(
        &path,
        &json!({"InvoiceNumber": "B-1a", "PlannedPaymentDate": "2026-12-01"}),
    );
    assert_eq!(code, 200, "{reply}");
    let (code, reply) = client.post(&path, &json!({"Date": "2026-11-01"}));
    assert_eq!(
        (code, messages(&reply)[1].as_str()),
        (
            400,
            "This document cannot be edited as it has a payment or credit note allocated to it."
        )
    );
    switched(&client, |switches| switches.paid_bills_editable = false);
    assert_eq!(client.post(&path, &json!({"InvoiceNumber": "B-1b"})).0, 400);
}

#[test]
fn lists_tell_bills_from_sales() {
    let client = Client::new();
    client.invoice(&bill("B-1"));
    client.invoice(&sale("S-1", "10.00"));
    for (filter, number) in [
        ("Type%3D%3D%22ACCPAY%22", "B-1"),
        ("Type%3D%3D%22ACCREC%22", "S-1"),
    ] {
        let (_, listed) = client.get(&format!("Invoices?where={filter}&page=1"));
        assert_eq!(listed["pagination"]["itemCount"], 1);
        assert_eq!(listed["Invoices"][0]["InvoiceNumber"], number);
    }
    let (code, _) = client.get("Invoices/B-1/OnlineInvoice");
    assert_eq!(code, 404, "bills have no public link");
    let (code, _) = client.post("Invoices/B-1/Email", &json!({}));
    assert_eq!(code, 400, "bills are not mailed");
}
