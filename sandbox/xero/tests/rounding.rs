//! Promises about arithmetic: what a sandbox computes is what Xero's page on rounding says.

mod support;

use serde_json::{Value, json};
use support::{Client, messages};
use tieout_sandbox_xero::switches::Midpoint;
use tieout_sandbox_xero::{NEW_ZEALAND, Options, Switches};

fn invoice(lines: &Value) -> Value {
    json!({"Type": "ACCREC", "Contact": {"ContactNumber": "HT-001"}, "Date": "2026-11-21", "DueDate": "2026-12-21",
        "Status": "AUTHORISED", "LineItems": lines})
}

fn line(price: &str) -> Value {
    json!({"Description": "Widget", "Quantity": "1", "UnitAmount": price, "AccountCode": "200"})
}

#[test]
fn tax_is_rounded_per_line_and_then_summed() {
    let client = Client::new();
    let made = client.invoice(&invoice(&json!([
        line("25.06"),
        line("25.61"),
        line("25.63")
    ])));
    assert_eq!(made["SubTotal"].to_string(), "76.3");
    assert_eq!(made["TotalTax"].to_string(), "11.44");
    assert_eq!(made["Total"].to_string(), "87.74");
    assert_eq!(made["AmountDue"].to_string(), "87.74");
    assert_eq!(made["AmountPaid"].to_string(), "0.0");
    let taxes: Vec<String> = made["LineItems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["TaxAmount"].to_string())
        .collect();
    assert_eq!(taxes, ["3.76", "3.84", "3.84"]);
}

#[test]
fn a_wrong_line_total_is_refused_with_both_numbers() {
    let client = Client::new();
    let mut wrong = line("10.00");
    wrong["LineAmount"] = json!(10.01);
    let (status, reply) = client.put("Invoices", &invoice(&json!([wrong])));
    assert_eq!(status, 400);
    assert_eq!(
        messages(&reply),
        ["The line total 10.01 does not match the expected line total 10.00"]
    );
}

#[test]
fn each_form_of_a_line_has_its_amounts() {
    // The sent fields; line amount, tax, total of the document; whether amounts are exclusive.
    #[rustfmt::skip]
    let cases = [
        (json!({"Quantity": 2, "UnitAmount": "20.12"}), "Exclusive", "40.24", "6.04", "46.28"),
        (json!({"Quantity": 1, "UnitAmount": "115"}), "Inclusive", "115.0", "15.0", "115.0"),
        (json!({"Quantity": 1, "UnitAmount": "89"}), "Inclusive", "89.0", "11.61", "89.0"),
        (json!({"Quantity": 1, "UnitAmount": "90"}), "NoTax", "90.0", "0.0", "90.0"),
        (json!({"UnitAmount": "10"}), "Exclusive", "10.0", "1.5", "11.5"),
        (json!({"LineAmount": "12.34"}), "Exclusive", "12.34", "1.85", "14.19"),
        (json!({"Quantity": 3, "LineAmount": "10.00"}), "Exclusive", "10.0", "1.5", "11.5"),
        (json!({"Quantity": "0.3333", "UnitAmount": "10"}), "Exclusive", "3.33", "0.5", "3.83"),
        (json!({"Quantity": "0.33335", "UnitAmount": "100"}), "Exclusive", "33.34", "5.0", "38.34"),
        (json!({"Quantity": 1, "UnitAmount": "100", "DiscountRate": "12.5"}), "Exclusive", "87.5", "13.13", "100.63"),
        (json!({"Quantity": 2, "UnitAmount": "50", "DiscountAmount": "0.05"}), "Exclusive", "99.95", "14.99", "114.94"),
        (json!({"Quantity": 1, "UnitAmount": "100", "TaxAmount": "14.99"}), "Exclusive", "100.0", "14.99", "114.99"),
        (json!({"Quantity": 1, "UnitAmount": "100", "TaxType": "NONE"}), "Exclusive", "100.0", "0.0", "100.0"),
        (json!({"Quantity": 1, "UnitAmount": "10.005", "LineAmount": "10.01"}), "Exclusive", "10.01", "1.5", "11.51"),
    ];
    let client = Client::with(Options::default().unlimited(), NEW_ZEALAND);
    for (fields, amounts, line_amount, tax, total) in cases {
        let mut sent = json!({"Description": "Widget", "AccountCode": "200"});
        for (key, value) in fields.as_object().into_iter().flatten() {
            sent[key] = value.clone();
        }
        let mut body = invoice(&json!([sent]));
        body["LineAmountTypes"] = json!(amounts);
        let made = client.invoice(&body);
        let line = &made["LineItems"][0];
        let seen =
            [&line["LineAmount"], &line["TaxAmount"], &made["Total"]].map(ToString::to_string);
        assert_eq!(seen, [line_amount, tax, total], "{fields} {amounts}");
    }
}

#[test]
fn half_a_cent_goes_where_the_switch_says() {
    let client = Client::new();
    let total =
        |price: &str| client.invoice(&invoice(&json!([line(price)])))["TotalTax"].to_string();
    assert_eq!([total("0.30"), total("0.90")], ["0.05", "0.14"]);
    client.sandbox.set_switches(Switches {
        midpoint: Midpoint::HalfEven,
        ..Switches::default()
    });
    assert_eq!([total("0.30"), total("0.90")], ["0.04", "0.14"]);
}

#[test]
fn lines_that_are_only_words_have_no_amounts() {
    let client = Client::new();
    let made = client.invoice(&invoice(&json!([line("10"), {"Description": "Thank you"}])));
    assert_eq!(made["Total"].to_string(), "11.5");
    assert!(made["LineItems"][1].get("UnitAmount").is_none());
    assert!(made["LineItems"][1].get("AccountCode").is_none());
}

#[test]
fn a_correction_of_ten_cents_needs_all_three_totals_and_approval() {
    let client = Client::with(Options::default().unlimited(), NEW_ZEALAND);
    let body = |amount: &str, total: &str, status: &str| {
        let mut body = invoice(&json!([line("10")]));
        body["Status"] = json!(status);
        body["RoundingAmount"] = json!(amount);
        body["SubTotal"] = json!("10.00");
        body["TotalTax"] = json!("1.50");
        body["Total"] = json!(total);
        body
    };
    let made = client.invoice(&body("0.10", "11.60", "AUTHORISED"));
    assert_eq!(made["Total"].to_string(), "11.6");
    assert_eq!(made["RoundingAmount"].to_string(), "0.1");
    for (amount, total, status) in [
        ("0.11", "11.61", "AUTHORISED"),
        ("0.10", "11.60", "DRAFT"),
        ("0.10", "11.50", "AUTHORISED"),
    ] {
        let (code, reply) = client.put("Invoices", &body(amount, total, status));
        assert_eq!(
            (code, messages(&reply)),
            (
                400,
                vec!["The invoice total does not equal the sum of the lines.".to_owned()]
            )
        );
    }
}

#[test]
fn a_discount_shows_on_the_document() {
    let client = Client::new();
    let made = client.invoice(&invoice(&json!([{"Description": "x", "Quantity": 2, "UnitAmount": 50, "DiscountRate": 10, "AccountCode": "200"}])));
    assert_eq!(
        (
            made["IsDiscounted"].clone(),
            made["TotalDiscount"].to_string()
        ),
        (json!(true), "10.0".to_owned())
    );
}

#[test]
fn a_new_tax_basis_computes_all_tax_anew() {
    let client = Client::new();
    let made = client.invoice(&invoice(&json!([line("115")])));
    assert_eq!(made["Total"].to_string(), "132.25");
    let path = format!(
        "Invoices/{}",
        made["InvoiceID"].as_str().unwrap_or_default()
    );
    let (_, reply) = client.post(&path, &json!({"LineAmountTypes": "Inclusive"}));
    let changed = &reply["Invoices"][0];
    assert_eq!(
        [
            &changed["SubTotal"],
            &changed["TotalTax"],
            &changed["Total"]
        ]
        .map(ToString::to_string),
        ["100.0", "15.0", "115.0"]
    );
}

#[test]
fn a_tax_amount_that_was_insisted_on_survives_approval_and_edits_of_words() {
    let client = Client::new();
    let mut draft = invoice(
        &json!([{"Description": "x", "UnitAmount": 100, "TaxAmount": "14.99", "AccountCode": "200"}]),
    );
    draft["Status"] = json!("DRAFT");
    let made = client.invoice(&draft);
    let path = format!(
        "Invoices/{}",
        made["InvoiceID"].as_str().unwrap_or_default()
    );
    for change in [
        json!({"Status": "AUTHORISED"}),
        json!({"LineItems": [{"LineItemID": made["LineItems"][0]["LineItemID"], "Description": "y"}]}),
    ] {
        let (code, reply) = client.post(&path, &change);
        assert_eq!(code, 200, "{reply}");
        assert_eq!(reply["Invoices"][0]["TotalTax"].to_string(), "14.99");
    }
}
