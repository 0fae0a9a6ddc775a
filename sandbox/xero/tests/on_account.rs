//! Promises about overpayments and prepayments: how money becomes one, and what it does to invoices.

mod support;

use serde_json::{Value, json};
use support::{Client, SCOPES, messages, sale, switched};
use tieout_sandbox_xero::books::credit::Source;
use tieout_sandbox_xero::books::invoice::Kind;
use tieout_sandbox_xero::{NEW_ZEALAND, WEB_CLIENT_ID};

/// A client that may book bank transactions.
fn banker() -> Client {
    let client = Client::new();
    let scopes = format!("{SCOPES} accounting.banktransactions");
    let token = client
        .sandbox
        .grant(WEB_CLIENT_ID, &[NEW_ZEALAND], &scopes, client.now)
        .expect("the app is registered")
        .access_token;
    Client { token, ..client }
}

fn money_with(kind: &str, fields: &Value) -> Value {
    support::with_fields(
        json!({"Type": kind, "Contact": {"ContactNumber": "HT-001"}, "BankAccount": {"Code": "090"}, "Date": "2026-11-20",
            "LineItems": [{"Description": "Deposit", "LineAmount": "115.00", "AccountCode": "200"}]}),
        fields,
    )
}

fn booked(client: &Client, kind: &str, fields: &Value) -> Value {
    let (code, reply) = client.put("BankTransactions", &money_with(kind, fields));
    assert_eq!(code, 200, "{reply}");
    reply["BankTransactions"][0].clone()
}

/// The credit that a bank transaction made: its path and how it stands.
fn credit(client: &Client, transaction: &Value) -> (String, Value) {
    let (plural, key) = if transaction.get("OverpaymentID").is_some() {
        ("Overpayments", "OverpaymentID")
    } else {
        ("Prepayments", "PrepaymentID")
    };
    let path = format!("{plural}/{}", transaction[key].as_str().unwrap_or_default());
    let (code, reply) = client.get(&path);
    assert_eq!(code, 200, "{reply}");
    (path, reply[plural][0].clone())
}

fn invoice_now(client: &Client, number: &str) -> Value {
    client.get(&format!("Invoices/{number}")).1["Invoices"][0].clone()
}

#[test]
fn an_overpayment_stands_on_the_control_account_without_tax() {
    let client = banker();
    let transaction = booked(
        &client,
        "RECEIVE-OVERPAYMENT",
        &json!({"Reference": "twice"}),
    );
    assert_eq!(transaction["Type"], "RECEIVE-OVERPAYMENT");
    assert_eq!(transaction["BankAccount"]["Code"], "090");
    assert_ne!(
        transaction["BankTransactionID"],
        transaction["OverpaymentID"]
    );
    let (_, over) = credit(&client, &transaction);
    assert_eq!(over["LineAmountTypes"], "NoTax");
    assert_eq!(over["LineItems"][0]["AccountCode"], "610");
    assert_eq!(over["TotalTax"].to_string(), "0.0");
    assert_eq!(over["RemainingCredit"].to_string(), "115.0");
    assert_eq!(over["Reference"], "twice");
    assert_eq!(over["Status"], "AUTHORISED");
    let (_, supplier) = credit(&client, &booked(&client, "SPEND-OVERPAYMENT", &json!({})));
    assert_eq!(supplier["LineItems"][0]["AccountCode"], "800");
    assert_eq!(supplier["Type"], "SPEND-OVERPAYMENT");
    switched(&client, |switches| {
        switches.overpayment_line_account_ignored = false;
    });
    let (code, reply) = client.put(
        "BankTransactions",
        &money_with("RECEIVE-OVERPAYMENT", &json!({})),
    );
    assert_eq!(
        (code, messages(&reply)),
        (
            400,
            vec!["Account code '200' is not a valid code for this document".to_owned()]
        )
    );
}

#[test]
fn a_prepayment_has_tax_inside_and_the_number_of_an_invoice() {
    let client = banker();
    let (_, pre) = credit(&client, &booked(&client, "RECEIVE-PREPAYMENT", &json!({})));
    assert_eq!(pre["LineAmountTypes"], "Inclusive");
    assert_eq!(pre["TotalTax"].to_string(), "15.0");
    assert_eq!(pre["Total"].to_string(), "115.0");
    assert_eq!(pre["InvoiceNumber"], "INV-0001");
    assert_eq!(pre["Reference"], "INV-0001");
    let exclusive = booked(
        &client,
        "RECEIVE-PREPAYMENT",
        &json!({"LineAmountTypes": "Exclusive"}),
    );
    assert_eq!(exclusive["Total"].to_string(), "132.25");
    let (_, paid) = credit(
        &client,
        &booked(
            &client,
            "SPEND-PREPAYMENT",
            &json!({"LineItems": [{"Description": "Deposit", "LineAmount": 23, "AccountCode": "400"}]}),
        ),
    );
    assert!(paid.get("InvoiceNumber").is_none());
    assert_eq!(paid["LineItems"][0]["TaxType"], "INPUT2");
}

#[test]
fn each_mistake_has_its_own_message_and_plain_transactions_are_not_modelled() {
    let client = banker();
    for (fields, message) in [
        (
            json!({"Contact": null}),
            "A Contact must be specified for this type of transaction",
        ),
        (
            json!({"BankAccount": null}),
            "The account code or ID must be specified",
        ),
        (
            json!({"BankAccount": {"Code": "200"}}),
            "Account type is invalid for making a payment to/from.",
        ),
        (
            json!({"BankAccount": {"Code": "091"}}),
            "Account could not be found",
        ),
        (
            json!({"LineItems": []}),
            "One or more line items must be specified",
        ),
        (
            json!({"LineItems": [{"Description": "x", "LineAmount": 0}]}),
            "The total must be greater than 0.",
        ),
        (
            json!({"LineItems": [{"LineAmount": 5}]}),
            "The description field is mandatory for each line item.",
        ),
        (
            json!({"CurrencyCode": "EUR"}),
            "Organisation is not subscribed to currency EUR",
        ),
        (
            json!({"BankTransactionID": "11111111-1111-4111-8111-111111111111"}),
            "Overpayments and prepayments cannot be updated through bank transactions.",
        ),
    ] {
        let body = money_with("RECEIVE-OVERPAYMENT", &fields);
        let (code, reply) = client.put("BankTransactions", &body);
        assert_eq!((code, messages(&reply)), (400, vec![message.to_owned()]));
    }
    let plain = money_with("RECEIVE", &json!({}));
    assert_eq!(client.put("BankTransactions", &plain).0, 501);
    assert_eq!(Client::new().get("BankTransactions").0, 403, "no scope");
}

#[test]
fn batches_of_money_save_half_of_themselves_in_both_modes_and_keys_repeat() {
    let client = banker();
    let batch = json!({"BankTransactions": [money_with("RECEIVE-OVERPAYMENT", &json!({})), money_with("NONSENSE", &json!({}))]});
    let (code, reply) = client.put("BankTransactions?summarizeErrors=false", &batch);
    assert_eq!(code, 200);
    assert_eq!(reply["BankTransactions"][0]["StatusAttributeString"], "OK");
    assert_eq!(
        reply["BankTransactions"][1]["ValidationErrors"][0]["Message"],
        "Bank transaction not of valid type for creation"
    );
    let (code, reply) = client.post("BankTransactions", &batch);
    assert_eq!(
        (code, reply["Elements"].as_array().map(Vec::len)),
        (400, Some(1))
    );
    let keyed = || {
        let request = client
            .request("PUT", "BankTransactions")
            .header("idempotency-key", "k-1")
            .body(bytes::Bytes::from(
                money_with("RECEIVE-PREPAYMENT", &json!({})).to_string(),
            ))
            .expect("a valid request");
        support::read(&client.send(request))
    };
    assert_eq!(keyed(), keyed());
    let (_, listed) = client.get("BankTransactions");
    assert_eq!(listed["BankTransactions"].as_array().map(Vec::len), Some(3));
}

#[test]
fn allocating_one_reduces_the_invoice_and_removing_it_opens_both() {
    let mut client = banker();
    for (kind, list, number) in [
        ("RECEIVE-OVERPAYMENT", "Overpayments", "A-1"),
        ("RECEIVE-PREPAYMENT", "Prepayments", "A-2"),
    ] {
        client.invoice(&sale(number, "115.00"));
        let transaction = booked(&client, kind, &json!({}));
        let (path, before) = credit(&client, &transaction);
        client.pass(60);
        let (code, reply) = client.put(
            &format!("{path}/Allocations"),
            &json!({"Allocations": [{"Invoice": {"InvoiceNumber": number}, "Amount": 115, "Date": "2026-11-21"}]}),
        );
        assert_eq!(code, 200, "{reply}");
        let named = list.trim_end_matches('s');
        assert_eq!(reply["Allocations"][0][named]["ID"], before["ID"]);
        let (_, used) = credit(&client, &transaction);
        assert_eq!(used["Status"], "PAID");
        assert_eq!(used["RemainingCredit"].to_string(), "0.0");
        assert_ne!(used["UpdatedDateUTC"], before["UpdatedDateUTC"]);
        let paid = invoice_now(&client, number);
        assert_eq!(paid["Status"], "PAID");
        assert_eq!(paid["AmountCredited"].to_string(), "115.0");
        assert_eq!(paid[list][0]["AppliedAmount"].to_string(), "115.0");
        assert_eq!(paid["CreditNotes"], json!([]));
        let allocation = used["Allocations"][0]["AllocationID"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let one = format!("{path}/Allocations/{allocation}");
        assert_eq!(client.write("DELETE", &one, &Value::Null).0, 200);
        assert_eq!(invoice_now(&client, number)["Status"], "AUTHORISED");
        assert_eq!(credit(&client, &transaction).1["Status"], "AUTHORISED");
    }
}

#[test]
fn one_side_does_not_settle_the_other_and_messages_name_the_kind() {
    let client = banker();
    client.invoice(&sale("A-1", "115.00"));
    let (path, _) = credit(&client, &booked(&client, "SPEND-OVERPAYMENT", &json!({})));
    let (_, reply) = client.put(
        &format!("{path}/Allocations"),
        &json!({"Invoice": {"InvoiceNumber": "A-1"}, "Amount": 200}),
    );
    assert_eq!(
        messages(&reply),
        [
            "Overpayment cannot be allocated to an incorrect invoice type",
            "Overpayment cannot be allocated as amount is greater than amount outstanding"
        ]
    );
}

#[test]
fn refunds_are_payments_of_their_own_types() {
    let client = banker();
    for (kind, target, key, payment_type) in [
        (
            "RECEIVE-OVERPAYMENT",
            "Overpayment",
            "OverpaymentID",
            "AROVERPAYMENTPAYMENT",
        ),
        (
            "SPEND-OVERPAYMENT",
            "Overpayment",
            "OverpaymentID",
            "APOVERPAYMENTPAYMENT",
        ),
        (
            "RECEIVE-PREPAYMENT",
            "Prepayment",
            "PrepaymentID",
            "ARPREPAYMENTPAYMENT",
        ),
    ] {
        let transaction = booked(&client, kind, &json!({}));
        let (code, reply) = client.put(
            "Payments",
            &json!({target: {key: transaction[key]}, "Account": {"Code": "090"}, "Amount": 115}),
        );
        assert_eq!(code, 200, "{reply}");
        assert_eq!(reply["Payments"][0]["PaymentType"], payment_type);
        assert_eq!(reply["Payments"][0][target][key], transaction[key]);
        assert_eq!(credit(&client, &transaction).1["Status"], "PAID");
    }
}

#[test]
fn lists_filter_by_reference_number_and_condition_and_keep_the_kinds_apart() {
    let mut client = banker();
    booked(&client, "RECEIVE-OVERPAYMENT", &json!({"Reference": "R-1"}));
    client.pass(60);
    booked(&client, "SPEND-OVERPAYMENT", &json!({"Reference": "R-2"}));
    booked(&client, "RECEIVE-PREPAYMENT", &json!({}));
    let count = |path: &str| {
        let (code, reply) = client.get(path);
        assert_eq!(code, 200, "{reply}");
        let plural = path.split('?').next().unwrap_or_default();
        reply[plural].as_array().map_or(0, Vec::len)
    };
    assert_eq!(count("Overpayments"), 2);
    assert_eq!(count("Prepayments"), 1);
    assert_eq!(count("CreditNotes"), 0);
    assert_eq!(count("Overpayments?References=R-2,R-9"), 1);
    assert_eq!(count("Prepayments?InvoiceNumbers=INV-0001"), 1);
    assert_eq!(
        count("Overpayments?where=Type%3D%3D%22SPEND-OVERPAYMENT%22&page=1"),
        1
    );
    assert_eq!(
        count("BankTransactions?where=Status%3D%3D%22AUTHORISED%22&page=1&pageSize=2"),
        2
    );
    let (_, since) = client.get_since("Overpayments", "2026-11-21T01:00:30");
    assert_eq!(since["Overpayments"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        client
            .get("Prepayments/11111111-1111-4111-8111-111111111111")
            .0,
        404
    );
    assert_eq!(
        client.as_app_with("accounting.invoices")("Overpayments"),
        403
    );
}

#[test]
fn a_person_pays_too_much_allocates_takes_back_refunds_and_voids() {
    let client = banker();
    client.invoice(&sale("A-1", "100.00"));
    client.invoice(&sale("A-2", "30.00"));
    let people = client.sandbox.people(client.now);
    let amount = |text: &str| text.parse().expect("a number");
    let over = people
        .overpay(NEW_ZEALAND, "A-1", amount("150.00"))
        .expect("more than is due")
        .to_string();
    assert_eq!(invoice_now(&client, "A-1")["Status"], "PAID");
    let allocation = people
        .allocate(NEW_ZEALAND, &over, "A-2", None)
        .expect("30.00 fit");
    assert_eq!(invoice_now(&client, "A-2")["Status"], "PAID");
    assert!(
        people.void_credit(NEW_ZEALAND, &over).is_err(),
        "it is in use"
    );
    people
        .remove_allocation(NEW_ZEALAND, allocation)
        .expect("it is there");
    assert!(people.remove_allocation(NEW_ZEALAND, allocation).is_err());
    people
        .refund(NEW_ZEALAND, &over, Some(amount("20.00")))
        .expect("20.00 remain");
    let (_, reply) = client.get(&format!("Overpayments/{over}"));
    assert_eq!(
        reply["Overpayments"][0]["RemainingCredit"].to_string(),
        "30.0"
    );
    let pre = people
        .receive(
            NEW_ZEALAND,
            Source::Prepayment,
            Kind::Payable,
            "SP-004",
            amount("23.00"),
        )
        .expect("it can be booked")
        .to_string();
    people
        .void_credit(NEW_ZEALAND, &pre)
        .expect("nothing is used");
    let (_, reply) = client.get(&format!("Prepayments/{pre}"));
    assert_eq!(reply["Prepayments"][0]["Status"], "VOIDED");
    assert!(
        people.overpay(NEW_ZEALAND, "A-2", amount("30.00")).is_err(),
        "not more than is due"
    );
}
