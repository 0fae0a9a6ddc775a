//! Promises about lists: pages, thinness, filters, order, and what changed since.

mod support;

use serde_json::{Value, json};
use support::{Client, sale, sale_with};
use tieout_sandbox_xero::{NEW_ZEALAND, Options, Switches};

/// Two hundred and five invoices, one second apart.
fn filled() -> Client {
    let mut client = Client::with(Options::default().unlimited(), NEW_ZEALAND);
    for at in 0..205 {
        client.pass(1);
        client.invoice(&sale(&format!("N-{at:03}"), "115.00"));
    }
    client
}

fn numbers(reply: &Value) -> Vec<&str> {
    reply["Invoices"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|invoice| invoice["InvoiceNumber"].as_str())
        .collect()
}

#[test]
fn pages_are_clamped_and_described() {
    let client = filled();
    for (query, page, size, pages, count) in [
        ("page=1", 1, 100, 3, 100),
        ("page=3", 3, 100, 3, 5),
        ("page=4", 4, 100, 3, 0),
        ("page=0", 1, 100, 3, 100),
        ("page=-5&pageSize=0", 1, 1, 205, 1),
        ("page=x", 1, 100, 3, 100),
        ("pageSize=5000", 1, 1000, 1, 205),
        ("page=2&pageSize=50", 2, 50, 5, 50),
        ("summaryOnly=true", 1, 100, 3, 100),
        ("Statuses=AUTHORISED", 1, 100, 3, 100),
    ] {
        let (_, reply) = client.get(&format!("Invoices?{query}"));
        assert_eq!(
            reply["pagination"],
            json!({"page": page, "pageSize": size, "pageCount": pages, "itemCount": 205}),
            "{query}"
        );
        assert_eq!(numbers(&reply).len(), count, "{query}");
    }
    let (_, reply) = client.get("Invoices");
    assert!(reply.get("pagination").is_none());
    assert_eq!(numbers(&reply).len(), 205);
    assert_eq!(numbers(&reply)[0], "N-000", "oldest change first");
}

#[test]
fn unpaged_lists_are_thin_and_summaries_thinner() {
    let client = Client::new();
    client.invoice(&sale("A-1", "115.00"));
    let (_, full) = client.get("Invoices?page=1");
    assert_eq!(
        full["Invoices"][0]["LineItems"].as_array().map(Vec::len),
        Some(1)
    );
    assert_eq!(full["Invoices"][0]["Contact"]["Name"], "Harbour Trust");
    assert!(full["Invoices"][0]["Contact"].get("EmailAddress").is_none());
    let (_, single) = client.get("Invoices/A-1");
    assert_eq!(
        single["Invoices"][0]["Contact"]["EmailAddress"],
        "accounts@harbourtrust.example"
    );
    let (_, thin) = client.get("Invoices");
    assert_eq!(thin["Invoices"][0]["LineItems"], json!([]));
    assert!(thin["Invoices"][0]["Contact"].get("EmailAddress").is_none());
    assert_eq!(thin["Invoices"][0]["Contact"]["Name"], "Harbour Trust");
    let (_, summary) = client.get("Invoices?summaryOnly=true");
    for key in ["LineItems", "Payments", "HasAttachments"] {
        assert!(summary["Invoices"][0].get(key).is_none(), "{key}");
    }
}

#[test]
fn modified_since_is_exclusive_to_the_second_unless_switched_and_takes_many_spellings() {
    let mut client = Client::new();
    client.invoice(&sale("A-1", "115.00"));
    client.pass(1);
    client.invoice(&sale("A-2", "115.00"));
    for same_second in [
        "2026-11-21T01:00:00",
        "2026-11-21T01:00:00Z",
        "2026-11-21T01:00:00.362Z",
        "2026-11-21T01:00:00.774394+00:00",
        "2026-11-21T14:00:00+13:00",
        "Sat, 21 Nov 2026 01:00:00 GMT",
    ] {
        let (_, reply) = client.get_since("Invoices?page=1", same_second);
        assert_eq!(numbers(&reply), ["A-2"], "{same_second}");
        client.sandbox.set_switches(Switches {
            modified_since_inclusive: true,
            ..client.sandbox.switches()
        });
        let (_, reply) = client.get_since("Invoices?page=1", same_second);
        assert_eq!(numbers(&reply), ["A-1", "A-2"], "{same_second}");
        client.sandbox.set_switches(Switches::default());
    }
    for ignored in ["yesterday", "", "21/11/2026"] {
        let (_, reply) = client.get_since("Invoices?page=1", ignored);
        assert_eq!(numbers(&reply).len(), 2, "{ignored:?} gives the full list");
    }
    assert_eq!(
        client.get_since("Invoices?page=1", "1700-01-01T00:00:00").0,
        500
    );
}

#[test]
fn where_finds_what_it_says() {
    let client = Client::new();
    let first = client.invoice(&sale("A-1", "115.00"));
    client.invoice(&sale_with(
        "A-2",
        &json!({"Status": "DRAFT", "Reference": "PO 77", "Date": "2026-10-01"}),
    ));
    client.invoice(&sale_with(
        "A-3",
        &json!({"Contact": {"ContactNumber": "TM-002"}, "LineItems": [
        {"Description": "x", "Quantity": 1, "UnitAmount": "500", "AccountCode": "200"}]}),
    ));
    let id = first["InvoiceID"].as_str().unwrap_or_default();
    let contact = first["Contact"]["ContactID"].as_str().unwrap_or_default();
    for (condition, found) in [
        (format!("InvoiceID==guid(\"{id}\")"), vec!["A-1"]),
        (
            format!("InvoiceID=Guid(\"{id}\") OR InvoiceNumber==\"a-3\""),
            vec!["A-1", "A-3"],
        ),
        (
            format!("Contact.ContactID==Guid(\"{contact}\")"),
            vec!["A-1", "A-2"],
        ),
        ("Status==\"DRAFT\"".to_owned(), vec!["A-2"]),
        (
            "Status!=\"DRAFT\" && AmountDue > 115".to_owned(),
            vec!["A-3"],
        ),
        (
            "(Status==\"DRAFT\" || AmountDue>=500) AND Type==\"ACCREC\"".to_owned(),
            vec!["A-2", "A-3"],
        ),
        (
            "Date>=DateTime(2026, 09, 30) AND Date<DateTime(2026,10,2)".to_owned(),
            vec!["A-2"],
        ),
        ("Reference==\"po 77\"".to_owned(), vec!["A-2"]),
        (
            "Contact.Name.ToLower().Contains(\"medical\")".to_owned(),
            vec!["A-3"],
        ),
        (
            "InvoiceNumber.StartsWith(\"A-\")".to_owned(),
            vec!["A-1", "A-2", "A-3"],
        ),
        ("DueDate==null".to_owned(), vec![]),
    ] {
        let query: String = url::form_urlencoded::byte_serialize(condition.as_bytes()).collect();
        let (code, reply) = client.get(&format!("Invoices?order=InvoiceNumber&where={query}"));
        assert_eq!(code, 200, "{condition} {reply}");
        assert_eq!(numbers(&reply), found, "{condition}");
    }
    for wrong in [
        "Nonsense==1",
        "Status==",
        "Status=\"DRAFT",
        "Status ~ 1",
        "DateTime(2026)",
    ] {
        let query: String = url::form_urlencoded::byte_serialize(wrong.as_bytes()).collect();
        let (code, reply) = client.get(&format!("Invoices?where={query}"));
        assert_eq!(
            (code, &reply["Type"]),
            (400, &json!("QueryParseException")),
            "{wrong}"
        );
    }
}

#[test]
fn lists_of_ids_numbers_contacts_and_terms_select() {
    let client = Client::new();
    let first = client.invoice(&sale("A-1", "115.00"));
    client.invoice(&sale_with("A-2", &json!({"Reference": "Blue"})));
    client.invoice(&sale_with(
        "A-3",
        &json!({"Contact": {"ContactNumber": "TM-002"}}),
    ));
    let id = first["InvoiceID"].as_str().unwrap_or_default();
    let contact = first["Contact"]["ContactID"].as_str().unwrap_or_default();
    for (query, found) in [
        (
            format!("IDs={id},11111111-1111-4111-8111-111111111111"),
            vec!["A-1"],
        ),
        ("InvoiceNumbers=A-3,A-1,A-9".to_owned(), vec!["A-1", "A-3"]),
        (format!("ContactIDs={contact}"), vec!["A-1", "A-2"]),
        (format!("ContactIDs={contact}&InvoiceNumbers=A-3"), vec![]),
        ("searchTerm=bLUe".to_owned(), vec!["A-2"]),
        ("searchTerm=a-3".to_owned(), vec!["A-3"]),
        ("createdByMyApp=true".to_owned(), vec!["A-1", "A-2", "A-3"]),
        (
            "order=InvoiceNumber%20DESC".to_owned(),
            vec!["A-3", "A-2", "A-1"],
        ),
        (
            "order=UpdatedDateUTC ASC&page=1".replace(' ', "%20"),
            vec!["A-1", "A-2", "A-3"],
        ),
    ] {
        let (_, reply) = client.get(&format!("Invoices?{query}"));
        let mut shown = numbers(&reply);
        if !query.starts_with("order=InvoiceNumber") {
            shown.sort_unstable();
        }
        assert_eq!(shown, found, "{query}");
    }
}

#[test]
fn deleted_ones_are_listed_only_when_asked_for_and_voided_ones_always() {
    let client = Client::new();
    client.invoice(&sale("V-1", "115.00"));
    client.invoice(&sale_with("D-1", &json!({"Status": "DRAFT"})));
    let people = client.sandbox.people(client.now);
    people.void(NEW_ZEALAND, "V-1").expect("it can be voided");
    people.void(NEW_ZEALAND, "D-1").expect("it can be deleted");
    let (_, reply) = client.get("Invoices?page=1");
    assert_eq!(numbers(&reply), ["V-1"]);
    assert_eq!(reply["Invoices"][0]["AmountDue"].to_string(), "0.0");
    assert_eq!(numbers(&client.get("Invoices?Statuses=DELETED").1), ["D-1"]);
    assert_eq!(
        numbers(&client.get("Invoices?where=Status%3D%3D%22DELETED%22").1),
        ["D-1"]
    );
    client.sandbox.set_switches(Switches {
        deleted_in_default_lists: true,
        ..Switches::default()
    });
    assert_eq!(numbers(&client.get("Invoices?page=1").1).len(), 2);
}

#[test]
fn payments_are_found_by_invoice_and_keep_their_deletion() {
    let mut client = Client::new();
    let made = client.invoice(&sale("A-1", "115.00"));
    client.invoice(&sale("A-2", "115.00"));
    let people = client.sandbox.people(client.now);
    let first = people
        .pay(NEW_ZEALAND, "A-1", None, None)
        .expect("it can be paid");
    people
        .pay(NEW_ZEALAND, "A-2", None, None)
        .expect("it can be paid");
    client.pass(5);
    client
        .sandbox
        .people(client.now)
        .delete_payment(NEW_ZEALAND, first)
        .expect("it can be taken back");
    let id = made["InvoiceID"].as_str().unwrap_or_default();
    let (_, reply) = client.get(&format!(
        "Payments?where=Invoice.InvoiceID%3D%3Dguid(%22{id}%22)"
    ));
    assert_eq!(reply["Payments"].as_array().map(Vec::len), Some(1));
    assert_eq!(reply["Payments"][0]["Invoice"]["InvoiceNumber"], "A-1");
    assert_eq!(reply["Payments"][0]["Status"], "DELETED");
    let (_, since) = client.get_since("Payments?page=1", "2026-11-21T01:00:03");
    assert_eq!(
        since["Payments"].as_array().map(Vec::len),
        Some(1),
        "the deletion is a change"
    );
    let (_, live) = client.get("Payments?where=Status%3D%3D%22AUTHORISED%22%20AND%20PaymentType%3D%22ACCRECPAYMENT%22&page=1");
    assert_eq!(live["pagination"]["itemCount"], 1);
    assert_eq!(
        client.get(&format!("Payments/{first}")).1["Payments"][0]["Status"],
        "DELETED"
    );
}

#[test]
fn four_decimals_are_kept_and_shown_only_when_asked_for() {
    let client = Client::new();
    let body = sale_with(
        "U-1",
        &json!({"LineAmountTypes": "Exclusive", "LineItems": [
        {"Description": "x", "Quantity": 2, "UnitAmount": "20.1234", "AccountCode": "200"}]}),
    );
    let (_, four) = client.put("Invoices?unitdp=4", &body);
    assert_eq!(
        four["Invoices"][0]["LineItems"][0]["UnitAmount"].to_string(),
        "20.1234"
    );
    assert_eq!(four["Invoices"][0]["SubTotal"].to_string(), "40.25");
    assert_eq!(four["Invoices"][0]["TotalTax"].to_string(), "6.04");
    let (_, two) = client.get("Invoices/U-1");
    assert_eq!(
        two["Invoices"][0]["LineItems"][0]["UnitAmount"].to_string(),
        "20.12"
    );
    let rounded = sale_with(
        "U-2",
        &json!({"LineAmountTypes": "Exclusive", "LineItems": body["LineItems"]}),
    );
    let made = client.invoice(&rounded);
    assert_eq!(
        made["SubTotal"].to_string(),
        "40.24",
        "the price is rounded before it is multiplied"
    );
}
