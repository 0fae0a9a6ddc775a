//! Promises about the life of an invoice: which status follows which, and what a payment closes.

mod support;

use serde_json::{Value, json};
use support::{Client, messages, sale, sale_with};
use tieout_sandbox_xero::NEW_ZEALAND;

const ALL: [&str; 6] = [
    "DRAFT",
    "SUBMITTED",
    "AUTHORISED",
    "PAID",
    "VOIDED",
    "DELETED",
];

/// Brings a new invoice into a status by calls only.
fn in_status(client: &Client, status: &str, number: &str) -> Value {
    let begin = match status {
        "DRAFT" | "DELETED" => "DRAFT",
        "SUBMITTED" => "SUBMITTED",
        _ => "AUTHORISED",
    };
    let made = client.invoice(&sale_with(number, &json!({"Status": begin})));
    let path = format!(
        "Invoices/{}",
        made["InvoiceID"].as_str().unwrap_or_default()
    );
    match status {
        "PAID" => {
            let people = client.sandbox.people(client.now);
            people
                .pay(NEW_ZEALAND, number, None, None)
                .expect("it can be paid");
        }
        "VOIDED" | "DELETED" => {
            let (code, reply) = client.post(&path, &json!({"Status": status}));
            assert_eq!(code, 200, "{reply}");
        }
        _ => {}
    }
    let (_, reply) = client.get(&path);
    assert_eq!(reply["Invoices"][0]["Status"], status);
    reply["Invoices"][0].clone()
}

#[test]
fn only_the_published_transitions_are_possible() {
    let allowed = [
        ("DRAFT", "DRAFT"),
        ("DRAFT", "SUBMITTED"),
        ("DRAFT", "AUTHORISED"),
        ("DRAFT", "DELETED"),
        ("SUBMITTED", "SUBMITTED"),
        ("SUBMITTED", "AUTHORISED"),
        ("SUBMITTED", "DRAFT"),
        ("SUBMITTED", "DELETED"),
        ("AUTHORISED", "AUTHORISED"),
        ("AUTHORISED", "VOIDED"),
    ];
    let mut client = Client::new();
    client.sandbox.set_limits(tieout_sandbox_xero::Limits {
        enforced: false,
        ..client.sandbox.limits()
    });
    for from in ALL {
        for to in ALL {
            client.pass(1);
            let number = format!("{from}-{to}");
            let invoice = in_status(&client, from, &number);
            let path = format!(
                "Invoices/{}",
                invoice["InvoiceID"].as_str().unwrap_or_default()
            );
            let (code, reply) = client.post(&path, &json!({"Status": to}));
            if allowed.contains(&(from, to)) {
                assert_eq!(code, 200, "{from} to {to}: {reply}");
                assert_eq!(reply["Invoices"][0]["Status"], to);
            } else {
                assert_eq!(code, 400, "{from} to {to}: {reply}");
                assert!(
                    messages(&reply)[0].contains("Invoice not of valid status for modification"),
                    "{from} to {to}: {reply}"
                );
            }
        }
    }
}

#[test]
fn a_new_invoice_begins_as_draft_submitted_or_authorised_only() {
    let client = Client::new();
    for status in ALL {
        let (code, reply) = client.put(
            "Invoices",
            &sale_with(&format!("N-{status}"), &json!({"Status": status})),
        );
        let may = ["DRAFT", "SUBMITTED", "AUTHORISED"].contains(&status);
        assert_eq!(code, if may { 200 } else { 400 }, "{status}: {reply}");
    }
    let made = client.invoice(&sale_with("N-none", &json!({"Status": null})));
    assert_eq!(made["Status"], "DRAFT");
}

#[test]
fn a_payment_settles_and_taking_it_back_opens_again() {
    let mut client = Client::new();
    let made = client.invoice(&sale("A-1", "115.00"));
    let id = made["InvoiceID"].as_str().unwrap_or_default();
    client.pass(10);
    let pay = |amount: &str| {
        client.put(
            "Payments",
            &json!({"Invoice": {"InvoiceID": id}, "Account": {"Code": "090"}, "Amount": amount,
            "Date": "2026-11-22", "Reference": "ours"}),
        )
    };
    let (code, part) = pay("15.00");
    assert_eq!(code, 200, "{part}");
    assert_eq!(part["Payments"][0]["PaymentType"], "ACCRECPAYMENT");
    assert_eq!(part["Payments"][0]["Invoice"]["Status"], "AUTHORISED");
    assert_eq!(
        part["Payments"][0]["Invoice"]["AmountDue"].to_string(),
        "100.0"
    );
    let (code, over) = pay("100.01");
    assert_eq!(code, 400);
    assert_eq!(
        messages(&over),
        ["Payment amount exceeds the amount outstanding on this document"]
    );
    let (_, rest) = pay("100");
    assert_eq!(rest["Payments"][0]["Invoice"]["Status"], "PAID");
    assert_eq!(
        rest["Payments"][0]["Invoice"]["FullyPaidOnDate"],
        "/Date(1795305600000+0000)/"
    );

    let payment = rest["Payments"][0]["PaymentID"]
        .as_str()
        .unwrap_or_default();
    let (code, gone) = client.post(
        &format!("Payments/{payment}"),
        &json!({"Payments": [{"Status": "DELETED"}]}),
    );
    assert_eq!(code, 200, "{gone}");
    assert_eq!(gone["Payments"][0]["Status"], "DELETED");
    let (_, reply) = client.get(&format!("Invoices/{id}"));
    let invoice = &reply["Invoices"][0];
    assert_eq!(invoice["Status"], "AUTHORISED");
    assert_eq!(invoice["AmountPaid"].to_string(), "15.0");
    assert_eq!(invoice["Payments"].as_array().map(Vec::len), Some(1));
    let (code, again) = client.post(
        &format!("Payments/{payment}"),
        &json!({"Status": "DELETED"}),
    );
    assert_eq!(code, 400, "{again}");
}

#[test]
fn after_a_payment_only_words_may_change() {
    let client = Client::new();
    let made = client.invoice(&sale("A-1", "115.00"));
    let path = format!(
        "Invoices/{}",
        made["InvoiceID"].as_str().unwrap_or_default()
    );
    let line = made["LineItems"][0]["LineItemID"].clone();
    client
        .sandbox
        .people(client.now)
        .pay(
            NEW_ZEALAND,
            "A-1",
            Some("15".parse().expect("a number")),
            None,
        )
        .expect("it can be paid");
    let words = json!({"Reference": "new", "DueDate": "2027-01-31", "Url": "https://host.example/i/1",
        "LineItems": [{"LineItemID": line, "Description": "Widgets", "AccountCode": "201"}]});
    let (code, reply) = client.post(&path, &words);
    assert_eq!(code, 200, "{reply}");
    assert_eq!(
        reply["Invoices"][0]["LineItems"][0]["Description"],
        "Widgets"
    );
    assert_eq!(reply["Invoices"][0]["Total"].to_string(), "115.0");
    for refused in [
        json!({"LineItems": [{"LineItemID": line, "UnitAmount": 116}]}),
        json!({"LineItems": [{"LineItemID": line}, {"Description": "More", "UnitAmount": 1, "AccountCode": "200"}]}),
        json!({"Date": "2026-11-20"}),
        json!({"CurrencyCode": "AUD"}),
        json!({"Status": "VOIDED"}),
    ] {
        let (code, reply) = client.post(&path, &refused);
        assert_eq!(code, 400, "{refused} {reply}");
        assert!(
            messages(&reply)
                .iter()
                .any(|message| message.contains("has a payment or credit note allocated")),
            "{reply}"
        );
    }
}

#[test]
fn a_new_due_date_on_a_part_paid_invoice_is_not_seen_by_modified_since() {
    let mut client = Client::new();
    let made = client.invoice(&sale("A-1", "115.00"));
    let path = format!(
        "Invoices/{}",
        made["InvoiceID"].as_str().unwrap_or_default()
    );
    client.pass(10);
    client
        .sandbox
        .people(client.now)
        .pay(
            NEW_ZEALAND,
            "A-1",
            Some("15".parse().expect("a number")),
            None,
        )
        .expect("it can be paid");
    client.pass(10);
    let since = "2026-11-21T01:00:11";
    let (code, _) = client.post(&path, &json!({"DueDate": "2027-01-31"}));
    assert_eq!(code, 200);
    assert_eq!(
        client.get_since("Invoices?page=1", since).1["Invoices"],
        json!([])
    );
    client.post(&path, &json!({"Reference": "seen"}));
    assert_eq!(
        client.get_since("Invoices?page=1", since).1["Invoices"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}

#[test]
fn an_invoice_over_nothing_is_paid_at_once_unless_switched() {
    let client = Client::new();
    assert_eq!(client.invoice(&sale("Z-1", "0.00"))["Status"], "PAID");
    client.sandbox.set_switches(tieout_sandbox_xero::Switches {
        zero_total_becomes_paid: false,
        ..client.sandbox.switches()
    });
    assert_eq!(client.invoice(&sale("Z-2", "0.00"))["Status"], "AUTHORISED");
}

#[test]
fn lines_with_ids_are_updated_others_added_and_missing_ones_gone() {
    let client = Client::new();
    let line = |text: &str| json!({"Description": text, "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"});
    let made = client.invoice(&sale_with(
        "L-1",
        &json!({"LineItems": [line("a"), line("b")], "LineAmountTypes": "NoTax"}),
    ));
    let path = format!(
        "Invoices/{}",
        made["InvoiceID"].as_str().unwrap_or_default()
    );
    let kept = made["LineItems"][1]["LineItemID"].clone();
    let (code, reply) = client.post(
        &path,
        &json!({"LineItems": [{"LineItemID": kept, "UnitAmount": 12}, line("c")]}),
    );
    assert_eq!(code, 200, "{reply}");
    let lines = reply["Invoices"][0]["LineItems"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["LineItemID"], kept);
    assert_eq!(lines[0]["Description"], "b");
    assert_eq!(lines[1]["Description"], "c");
    assert_eq!(reply["Invoices"][0]["Total"].to_string(), "22.0");
    let (_, untouched) = client.post(&path, &json!({"Reference": "x", "LineItems": []}));
    assert_eq!(
        untouched["Invoices"][0]["LineItems"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
}
