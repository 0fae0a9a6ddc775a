//! Promises about refusals: the messages are those that were seen from Xero.

mod support;

use serde_json::{Value, json};
use support::{Client, messages, sale, sale_with};
use tieout_sandbox_xero::{AUSTRALIA, NEW_ZEALAND, Options};

fn lines(fields: &Value) -> Value {
    let mut line = json!({"Description": "Widget", "Quantity": 1, "UnitAmount": "10.00", "AccountCode": "200"});
    for (key, value) in fields.as_object().into_iter().flatten() {
        line[key] = value.clone();
    }
    json!({"LineItems": [line]})
}

#[test]
fn each_mistake_has_its_own_message() {
    #[rustfmt::skip]
    let cases = [
        (json!({"Contact": null}), "A Contact must be specified for this type of transaction"),
        (json!({"Contact": {}}), "The Contact must contain at least 1 of the following elements to identify the contact: Name, ContactID, ContactNumber"),
        (json!({"Contact": {"ContactNumber": "CL-006"}}), "The contact with the specified contact details has been archived. The contact must be un-archived before creating new invoices or credit notes."),
        (json!({"Contact": {"Name": "closed  CAFE"}}), "The contact with the specified contact details has been archived. The contact must be un-archived before creating new invoices or credit notes."),
        (json!({"Contact": {"Name": "New One", "EmailAddress": "nobody"}}), "Email address must be valid."),
        (json!({"Type": "ACCRECCREDIT"}), "Invoice not of valid type for creation"),
        (json!({"Type": null}), "Invoice not of valid type for creation"),
        (json!({"DueDate": null}), "Due date cannot be empty."),
        (json!({"CurrencyCode": "EUR"}), "Organisation is not subscribed to currency EUR"),
        (json!({"LineItems": []}), "One or more line items must be specified"),
        (json!({"Total": "115.01"}), "The invoice total does not equal the sum of the lines."),
        (json!({"TotalTax": "15.01"}), "The invoice total does not equal the sum of the lines."),
        (lines(&json!({"Description": ""})), "The description field is mandatory for each line item."),
        (lines(&json!({"AccountCode": ""})), "Account code must be specified"),
        (lines(&json!({"AccountCode": "476"})), "Account code '476' is not a valid code for this document"),
        (lines(&json!({"AccountCode": "610"})), "Account code '610' is not a valid code for this document"),
        (lines(&json!({"AccountCode": "090"})), "Account code '090' is not a valid code for this document"),
        (lines(&json!({"AccountCode": "299"})), "Account code '299' has been archived or has been deleted. Each line item must reference a valid account."),
        (lines(&json!({"AccountCode": "", "AccountID": "6a1f4e26-2b3c-4b8a-9a60-111111111111"})), "Account must be valid."),
        (lines(&json!({"TaxType": "OUTPUT"})), "The TaxType code OUTPUT does not exist or cannot be used for this type of transaction."),
        (lines(&json!({"TaxType": "15% GST on Income"})), "The TaxType code 15% GST on Income does not exist or cannot be used for this type of transaction."),
        (lines(&json!({"TaxType": "INPUT2"})), "The TaxType code 'INPUT2' cannot be used with account code '200'."),
        (lines(&json!({"LineAmount": "-0.01", "UnitAmount": 0})), "The line total -0.01 does not match the expected line total 0.00"),
        (lines(&json!({"UnitAmount": -1})), "The Total for this document must be greater than or equal to zero."),
        (lines(&json!({"DiscountAmount": "27.83"})), "The discount rate '27.83' is invalid. Discount must not be greater than the line total."),
        (lines(&json!({"Tracking": [{"Name": "Region", "Option": "Nowhere"}]})), "The tracking option 'Nowhere' is not valid for the category 'Region'."),
    ];
    let client = Client::with(Options::default().unlimited(), NEW_ZEALAND);
    for (at, (fields, message)) in cases.iter().enumerate() {
        let (code, reply) = client.put("Invoices", &sale_with(&format!("M-{at}"), fields));
        assert_eq!(code, 400, "{fields} {reply}");
        assert_eq!(reply["ErrorNumber"], 10);
        assert_eq!(reply["Type"], "ValidationException");
        assert_eq!(reply["Message"], "A validation exception occurred");
        assert_eq!(messages(&reply), [*message], "{fields}");
    }
    let (_, list) = client.get("Invoices");
    assert_eq!(list["Invoices"], json!([]), "nothing refused was saved");
}

#[test]
fn messages_about_the_contact_sit_under_the_contact() {
    let client = Client::new();
    let (_, reply) = client.put(
        "Invoices",
        &sale_with(
            "C-1",
            &json!({"Contact": {"Name": "New", "EmailAddress": "x"}}),
        ),
    );
    let element = &reply["Elements"][0];
    assert_eq!(element["ValidationErrors"], json!([]));
    assert_eq!(
        element["Contact"]["ValidationErrors"][0]["Message"],
        "Email address must be valid."
    );
    assert_eq!(element["InvoiceID"], "00000000-0000-0000-0000-000000000000");
}

#[test]
fn drafts_may_be_incomplete_and_are_checked_when_approved() {
    let client = Client::new();
    let made = client.invoice(&sale_with(
        "D-1",
        &json!({"Status": "DRAFT", "DueDate": null, "LineItems": [{"UnitAmount": 10}]}),
    ));
    let path = format!(
        "Invoices/{}",
        made["InvoiceID"].as_str().unwrap_or_default()
    );
    let (code, reply) = client.post(&path, &json!({"Status": "AUTHORISED"}));
    assert_eq!(code, 400);
    let mut found = messages(&reply);
    found.sort();
    assert_eq!(
        found,
        [
            "Account code must be specified",
            "Due date cannot be empty.",
            "The description field is mandatory for each line item.",
        ]
    );
}

#[test]
fn sales_numbers_are_unique_and_bill_numbers_are_not() {
    let client = Client::new();
    client.invoice(&sale("S-1", "10.00"));
    let (code, reply) = client.put("Invoices", &sale("s-1", "10.00"));
    assert_eq!(
        (code, messages(&reply)),
        (400, vec!["Invoice # must be unique.".to_owned()])
    );
    let bill = sale_with(
        "S-1",
        &json!({"Type": "ACCPAY", "Contact": {"ContactNumber": "SP-004"},
        "LineItems": [{"Description": "Paper", "Quantity": 1, "UnitAmount": 10, "AccountCode": "400"}]}),
    );
    let first = client.invoice(&bill);
    let second = client.invoice(&bill);
    assert_ne!(first["InvoiceID"], second["InvoiceID"]);
    assert_eq!(first["LineItems"][0]["TaxType"], "INPUT2");
    assert_eq!(first["Reference"], "");
}

#[test]
fn a_post_with_a_known_number_overwrites_and_reuse_is_a_switch() {
    use tieout_sandbox_xero::switches::NumberReuse;
    let client = Client::new();
    let made = client.invoice(&sale("S-1", "10.00"));
    let (_, reply) = client.post("Invoices", &sale("S-1", "23.00"));
    assert_eq!(reply["Invoices"][0]["InvoiceID"], made["InvoiceID"]);
    assert_eq!(reply["Invoices"][0]["Total"].to_string(), "23.0");
    client
        .sandbox
        .people(client.now)
        .void(NEW_ZEALAND, "S-1")
        .expect("it can be voided");
    let (code, reply) = client.post("Invoices", &sale("S-1", "24.00"));
    assert_eq!(
        (code, messages(&reply)),
        (
            400,
            vec!["Invoice not of valid status for modification".to_owned()]
        )
    );
    assert_eq!(client.put("Invoices", &sale("S-1", "24.00")).0, 400);
    client.sandbox.set_switches(tieout_sandbox_xero::Switches {
        number_reuse: NumberReuse::AfterDeleteOrVoid,
        ..client.sandbox.switches()
    });
    let again = client.invoice(&sale("S-1", "24.00"));
    let (_, by_number) = client.get("Invoices/S-1");
    assert_eq!(
        by_number["Invoices"][0]["InvoiceID"], again["InvoiceID"],
        "the live one is meant"
    );
}

#[test]
fn locked_days_are_closed_for_documents_and_payments() {
    let client = Client::new();
    client.invoice(&sale("S-1", "10.00"));
    let people = client.sandbox.people(client.now);
    let lock = "2026-11-21".parse().ok();
    people
        .set_lock_dates(NEW_ZEALAND, lock, None)
        .expect("it can be set");
    let told =
        "The document date cannot be before the period lock date, currently set at 21-Nov-2026";
    let (_, reply) = client.put("Invoices", &sale("S-2", "10.00"));
    assert_eq!(messages(&reply), [told]);
    let (_, reply) = client.post(
        "Invoices",
        &json!({"InvoiceNumber": "S-1", "Reference": "x"}),
    );
    assert_eq!(messages(&reply), [told]);
    let refused = people
        .pay(NEW_ZEALAND, "S-1", None, lock)
        .expect_err("closed");
    assert_eq!(refused.to_string(), told);
    client.invoice(&sale_with("S-3", &json!({"Date": "2026-11-22"})));
    people
        .set_lock_dates(NEW_ZEALAND, None, "2026-11-30".parse().ok())
        .expect("it can be set");
    let (_, reply) = client.put("Invoices", &sale("S-4", "10.00"));
    assert_eq!(
        messages(&reply),
        [
            "The document date cannot be before the end of year lock date, currently set at 30-Nov-2026"
        ]
    );
}

#[test]
fn payments_are_refused_with_the_seen_messages() {
    let client = Client::new();
    let draft = client.invoice(&sale_with("D-1", &json!({"Status": "DRAFT"})));
    let open = client.invoice(&sale("A-1", "10.00"));
    #[rustfmt::skip]
    let cases = [
        (&draft, json!({"Code": "090"}), "1", "Payments can only be made against Authorised documents"),
        (&open, json!({"Code": "200"}), "1", "Account type is invalid for making a payment to/from."),
        (&open, json!({"Code": "999"}), "1", "Account could not be found"),
        (&open, json!({"Code": "091"}), "1", "Account could not be found"),
        (&open, Value::Null, "1", "The account code or ID must be specified"),
        (&open, json!({"Code": "090"}), "10.01", "Payment amount exceeds the amount outstanding on this document"),
        (&open, json!({"Code": "090"}), "0", "Payment amount must be greater than 0"),
    ];
    for (invoice, account, amount, message) in cases {
        let (code, reply) = client.put(
            "Payments",
            &json!({"Payments": [{"Invoice": {"InvoiceID": invoice["InvoiceID"]},
            "Account": account, "Amount": amount, "Date": "2026-11-21"}]}),
        );
        assert_eq!(
            (code, messages(&reply)),
            (400, vec![message.to_owned()]),
            "{reply}"
        );
    }
    let (code, _) = client.put(
        "Payments",
        &json!({"Invoice": {"InvoiceNumber": "A-1"}, "Account": {"Code": "855"}, "Amount": 10}),
    );
    assert_eq!(code, 200, "a clearing account takes payments too");
}

#[test]
fn tax_types_are_those_of_the_country() {
    let client = Client::with(Options::default(), AUSTRALIA);
    let body = |tax: &str, account: &str| {
        sale_with(
            &format!("T-{tax}"),
            &json!({"Contact": {"ContactNumber": "YVC-001"},
        "LineAmountTypes": "Exclusive",
        "LineItems": [{"Description": "x", "Quantity": 1, "UnitAmount": 100, "AccountCode": account, "TaxType": tax}]}),
        )
    };
    for (tax, amount) in [
        ("OUTPUT", "10.0"),
        ("EXEMPTOUTPUT", "0.0"),
        ("BASEXCLUDED", "0.0"),
    ] {
        assert_eq!(
            client.invoice(&body(tax, "200"))["TotalTax"].to_string(),
            amount
        );
    }
    assert_eq!(
        client.put("Invoices", &body("EXEMPTEXPENSES", "200")).0,
        400
    );
    assert_eq!(client.put("Invoices", &body("OUTPUT2", "200")).0, 400);
}

#[test]
fn a_sent_mark_on_a_draft_is_a_warning() {
    let client = Client::new();
    let (code, reply) = client.put(
        "Invoices?summarizeErrors=false",
        &sale_with("W-1", &json!({"Status": "DRAFT", "SentToContact": true})),
    );
    assert_eq!(code, 200);
    assert_eq!(reply["Invoices"][0]["StatusAttributeString"], "WARNING");
    assert_eq!(
        reply["Invoices"][0]["Warnings"][0]["Message"],
        "Only AUTHORISED invoices may have SentToContact updated."
    );
    assert_eq!(reply["Invoices"][0]["SentToContact"], false);
}
