//! Promises about batches: what is saved, what is told, and the shapes that come in.

mod support;

use serde_json::{Value, json};
use support::{Client, messages, sale, sale_with};

fn mixed() -> Value {
    json!({"Invoices": [sale("B-1", "10.00"), sale_with("B-2", &json!({"Contact": null})), null, sale("B-3", "10.00")]})
}

fn numbers(client: &Client) -> Vec<String> {
    let (_, list) = client.get("Invoices?order=InvoiceNumber");
    list["Invoices"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|invoice| invoice["InvoiceNumber"].as_str().map(str::to_owned))
        .collect()
}

#[test]
fn without_the_parameter_the_valid_ones_are_saved_although_the_answer_is_400() {
    let client = Client::new();
    let (code, reply) = client.put("Invoices", &mixed());
    assert_eq!(code, 400);
    assert_eq!(
        reply["Elements"].as_array().map(Vec::len),
        Some(1),
        "only the failed one is told"
    );
    assert_eq!(reply["Elements"][0]["InvoiceNumber"], "B-2");
    assert_eq!(messages(&reply).len(), 1);
    assert_eq!(numbers(&client), ["B-1", "B-3"]);
}

#[test]
fn with_the_parameter_each_element_has_its_verdict_in_order() {
    let client = Client::new();
    let (code, reply) = client.put("Invoices?SummarizeErrors=false&unitdp=4", &mixed());
    assert_eq!(code, 200);
    let verdicts: Vec<(&str, &str, bool)> = reply["Invoices"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|element| {
            (
                element["InvoiceNumber"].as_str().unwrap_or_default(),
                element["StatusAttributeString"]
                    .as_str()
                    .unwrap_or_default(),
                element["HasErrors"].as_bool().unwrap_or_default(),
            )
        })
        .collect();
    assert_eq!(
        verdicts,
        [
            ("B-1", "OK", false),
            ("B-2", "ERROR", true),
            ("B-3", "OK", false)
        ]
    );
    assert_eq!(
        reply["Invoices"][1]["InvoiceID"],
        "00000000-0000-0000-0000-000000000000"
    );
    assert_eq!(
        reply["Invoices"][1]["ValidationErrors"][0]["Message"],
        "A Contact must be specified for this type of transaction"
    );
    assert_eq!(
        reply["Invoices"][1]["LineItems"][0]["Description"],
        "Widget"
    );
}

#[test]
fn contacts_and_payments_say_has_validation_errors() {
    let client = Client::new();
    let (code, reply) = client.put(
        "Contacts?summarizeErrors=false",
        &json!({"Contacts": [{"Name": "Harbour Trust"}, {"Name": "Fresh"}]}),
    );
    assert_eq!(code, 200);
    assert_eq!(reply["Contacts"][0]["HasValidationErrors"], true);
    assert_eq!(reply["Contacts"][0]["StatusAttributeString"], "ERROR");
    assert_eq!(reply["Contacts"][1]["HasValidationErrors"], false);
    assert_eq!(reply["Contacts"][1]["StatusAttributeString"], "OK");
    let (code, reply) = client.put(
        "Payments?summarizeErrors=false",
        &json!({"Payments": [{"Invoice": {"InvoiceNumber": "none"}}]}),
    );
    assert_eq!(code, 200);
    assert_eq!(reply["Payments"][0]["HasValidationErrors"], true);
    assert_eq!(messages(&reply), ["Document could not be found"]);
}

#[test]
fn a_body_that_cannot_be_read_fails_as_a_whole() {
    let client = Client::new();
    for body in [
        "",
        "\0",
        "{",
        "[1,2",
        "{\"Invoices\":[{\"Date\":\"soon\"}]}",
        "{\"Invoices\":[{\"InvoiceID\":\"x\"}]}",
        "nul",
        "\"text\"",
    ] {
        let request = client
            .request("PUT", "Invoices")
            .body(body.to_owned().into())
            .expect("a valid request");
        let (code, reply) = support::read(&client.send(request));
        assert_eq!(code, 400, "{body:?}");
        assert_eq!(reply["ErrorNumber"], 14, "{body:?} {reply}");
        assert_eq!(reply["Type"], "PostDataInvalidException");
    }
}

#[test]
fn one_object_an_array_and_an_envelope_are_all_taken() {
    let client = Client::new();
    assert_eq!(client.put("Invoices", &sale("F-1", "1.00")).0, 200);
    assert_eq!(client.put("Invoices", &json!([sale("F-2", "1.00")])).0, 200);
    assert_eq!(
        client
            .put(
                "Invoices",
                &json!({"Invoices": [sale("F-3", "1.00"), null]})
            )
            .0,
        200
    );
}

#[test]
fn numbers_come_as_numbers_or_strings_and_dates_in_three_spellings() {
    let client = Client::new();
    for (at, (date, quantity)) in [
        (json!("2026-11-21"), json!(2)),
        (json!("2026-11-21T00:00:00"), json!("2")),
        (json!("/Date(1795219200000+0000)/"), json!("2.0000")),
        (json!("/Date(1795219200000)/"), json!(2.0)),
    ]
    .into_iter()
    .enumerate()
    {
        let made = client.invoice(&sale_with(&format!("T-{at}"), &json!({"Date": date, "CurrencyRate": "",
            "LineItems": [{"Description": 7, "Quantity": quantity, "UnitAmount": "20.12", "AccountCode": 200, "TaxType": null}, null]})));
        assert_eq!(made["DateString"], "2026-11-21T00:00:00");
        assert_eq!(made["Date"], "/Date(1795219200000+0000)/");
        assert_eq!(made["Total"].to_string(), "40.24");
    }
}

#[test]
fn messages_can_stand_under_description() {
    let client = Client::new();
    client.sandbox.set_switches(tieout_sandbox_xero::Switches {
        messages_under_description: true,
        ..tieout_sandbox_xero::Switches::default()
    });
    let (_, reply) = client.put("Invoices?summarizeErrors=false", &mixed());
    assert_eq!(
        reply["Invoices"][1]["ValidationErrors"][0]["Description"],
        "A Contact must be specified for this type of transaction"
    );
}
