//! Promises about what a plan and a tier allow, what large books refuse, how merging ends, and what use is counted.

mod support;

use serde_json::{Value, json};
use support::{Client, messages, sale, sale_with};
use tieout_sandbox_xero::{Limits, NEW_ZEALAND, Options};

#[test]
fn the_starter_tier_has_a_thousand_calls_a_day() {
    let client = Client::with(Options::default().starter(), NEW_ZEALAND);
    let reply = client.send(
        client
            .request("GET", "Organisation")
            .body(bytes::Bytes::new())
            .expect("a valid request"),
    );
    assert_eq!(reply.headers()["x-daylimit-remaining"], "999");
}

#[test]
fn the_smallest_plan_approves_twenty_sales_and_five_bills_a_month() {
    let mut client = Client::new();
    client.sandbox.set_limits(Limits {
        enforced: false,
        sales_approvals_max: Some(2),
        bill_approvals_max: Some(1),
        ..Limits::default()
    });
    let limit = "You have reached the limit of invoices you can approve";
    client.invoice(&sale("A-1", "10.00"));
    let draft = client.invoice(&sale_with("A-2", &json!({"Status": "DRAFT"})));
    let path = format!(
        "Invoices/{}",
        draft["InvoiceID"].as_str().unwrap_or_default()
    );
    let approve = |client: &Client, path: &str| client.post(path, &json!({"Status": "AUTHORISED"}));
    assert_eq!(approve(&client, &path).0, 200);
    assert_eq!(approve(&client, &path).0, 200, "it is approved already");
    let (code, reply) = client.put("Invoices", &sale("A-3", "10.00"));
    assert_eq!((code, messages(&reply)), (400, vec![limit.to_owned()]));
    client.invoice(&sale_with("A-4", &json!({"Status": "DRAFT"})));
    let bill = json!({"Type": "ACCPAY", "LineItems": [{"Description": "x", "Quantity": 1, "UnitAmount": 5, "AccountCode": "400"}]});
    client.invoice(&sale_with("B-1", &bill));
    assert_eq!(client.put("Invoices", &sale_with("B-2", &bill)).0, 400);
    let (_, actions) = client.get("Organisation/Actions");
    let refused: Vec<&str> = actions["Actions"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|action| action["Status"] == "NOT-ALLOWED")
        .filter_map(|action| action["Name"].as_str())
        .filter(|name| name.starts_with("CreateApproved"))
        .collect();
    assert_eq!(refused, ["CreateApprovedInvoice", "CreateApprovedBill"]);
    let people = client.sandbox.people(client.now);
    assert!(
        people.approve(NEW_ZEALAND, "A-4").is_err(),
        "people have the same plan"
    );
    let unknown = json!({"Contact": {"ContactID": "11111111-1111-4111-8111-111111111111"}});
    client.sandbox.set_limits(Limits {
        enforced: false,
        sales_approvals_max: Some(3),
        ..Limits::default()
    });
    assert_eq!(client.put("Invoices", &sale_with("A-5", &unknown)).0, 400);
    client.invoice(&sale("A-6", "10.00"));
    assert_eq!(
        client.put("Invoices", &sale("A-7", "10.00")).0,
        400,
        "what was refused did not count, what was saved did"
    );
    client.pass(9 * 86_400 + 12 * 3_600);
    client.token = client
        .sandbox
        .grant(
            tieout_sandbox_xero::WEB_CLIENT_ID,
            &[NEW_ZEALAND],
            support::SCOPES,
            client.now,
        )
        .expect("registered")
        .access_token;
    client.invoice(&sale("A-3", "10.00"));
}

#[test]
fn large_books_refuse_lists_without_pages_and_filters_that_are_not_optimised() {
    let client = Client::with(Options::default().unlimited(), NEW_ZEALAND);
    client.sandbox.set_limits(Limits {
        enforced: false,
        rows_max: 3,
        ..Limits::default()
    });
    for number in 0..4 {
        client.invoice(&sale(&format!("A-{number}"), "10.00"));
    }
    let refused = |path: &str| {
        let (code, reply) = client.get(path);
        if code == 400 {
            assert_eq!(reply["ErrorNumber"], 51);
            assert_eq!(reply["Type"], "HighVolumeException");
        }
        code == 400
    };
    for path in [
        "Invoices",
        "Invoices?page=1&where=Total%3E5",
        "Invoices?page=1&where=Reference.Contains(%22x%22)",
        "Invoices?page=1&where=Status!%3D%22VOIDED%22",
        "Invoices?page=1&where=Status%3D%3D%22PAID%22%20OR%20Status%3D%3D%22DRAFT%22",
        "Invoices?page=1&order=Total",
        "Contacts?page=1&where=FirstName%3D%3D%22x%22",
    ] {
        assert!(refused(path), "{path}");
    }
    for path in [
        "Invoices?page=1",
        "Invoices?page=1&where=Status%3D%3D%22PAID%22%20AND%20Date%3E%3DDateTime(2026,1,1)",
        "Invoices?page=1&order=UpdatedDateUTC%20DESC",
        "Invoices?page=1&where=Type%3D%3D%22ACCPAY%22&order=Date",
        "Contacts?page=1&where=Name%3D%3D%22x%22",
        "Payments",
    ] {
        assert!(!refused(path), "{path}");
    }
}

#[test]
fn a_merged_contact_is_archived_points_to_the_survivor_and_its_documents_move() {
    let mut client = Client::new();
    client.invoice(&sale_with(
        "A-1",
        &json!({"Contact": {"ContactNumber": "TM-002"}}),
    ));
    let note = json!({"Type": "ACCRECCREDIT", "Contact": {"ContactNumber": "TM-002"}, "LineItems": [{"Description": "x"}]});
    client.put("CreditNotes", &note);
    let order =
        json!({"Contact": {"ContactNumber": "TM-002"}, "LineItems": [{"Description": "x"}]});
    client.put("PurchaseOrders", &order);
    client.pass(60);
    let people = client.sandbox.people(client.now);
    for (from, into) in [
        ("TM-002", "TM-002"),
        ("TM-002", "CL-006"),
        ("CL-006", "HT-001"),
    ] {
        assert!(
            people.merge_contact(NEW_ZEALAND, from, into).is_err(),
            "{from} into {into}"
        );
    }
    people
        .merge_contact(NEW_ZEALAND, "TM-002", "HT-001")
        .expect("both are active");
    let contact = |number: &str| client.get(&format!("Contacts/{number}")).1["Contacts"][0].clone();
    let (gone, kept) = (contact("TM-002"), contact("HT-001"));
    assert_eq!(gone["ContactStatus"], "ARCHIVED");
    assert_eq!(gone["MergedToContactID"], kept["ContactID"]);
    assert_eq!(kept["IsCustomer"], true);
    assert!(kept.get("MergedToContactID").is_none());
    for (path, plural) in [
        ("Invoices/A-1", "Invoices"),
        ("CreditNotes/CN-0001", "CreditNotes"),
        ("PurchaseOrders/PO-0001", "PurchaseOrders"),
    ] {
        let shown = client.get(path).1[plural][0].clone();
        assert_eq!(shown["Contact"]["ContactID"], kept["ContactID"], "{path}");
    }
    let (_, changed) = client.get_since("Invoices", "2026-11-21T01:00:30");
    assert_eq!(changed["Invoices"].as_array().map(Vec::len), Some(1));
    let (code, reply) = client.put(
        "Invoices",
        &sale_with("A-2", &json!({"Contact": {"ContactID": gone["ContactID"]}})),
    );
    assert_eq!(code, 400);
    assert!(messages(&reply)[0].contains("has been archived"));
    assert!(people.restore_contact(NEW_ZEALAND, "TM-002").is_err());
}

#[test]
fn use_is_counted_by_endpoint_with_its_bytes() {
    let client = Client::new();
    let body: Value = sale("A-1", "10.00");
    client.invoice(&body);
    let (_, reply) = client.get("Organisation");
    client.get("Invoices/A-1");
    client.get("Invoices/none");
    let counts = client.sandbox.counters().of(NEW_ZEALAND);
    let put = counts.usage["PUT invoices"];
    assert_eq!(
        (put.calls, put.bytes_in),
        (1, body.to_string().len() as u64)
    );
    assert_eq!(counts.usage["GET invoices"].calls, 2);
    let free = counts.usage["GET organisation"].bytes_out;
    assert!(free >= reply.to_string().len() as u64);
    let all: u64 = counts.usage.values().map(|used| used.bytes_out).sum();
    assert_eq!(
        counts.bytes_out + free,
        all,
        "the Organisation endpoint is free"
    );
}
