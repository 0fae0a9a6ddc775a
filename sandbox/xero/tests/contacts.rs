//! Promises about contacts: names are unique among the active ones, invoices find or make them, archived ones are closed.

mod support;

use serde_json::{Value, json};
use support::{Client, messages, sale, sale_with};
use tieout_sandbox_xero::{NEW_ZEALAND, Switches};

fn names(reply: &Value) -> Vec<&str> {
    reply["Contacts"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|contact| contact["Name"].as_str())
        .collect()
}

#[test]
fn put_refuses_what_is_taken_and_post_updates_it() {
    let client = Client::new();
    let cases = [
        (
            json!({"Name": " harbour   TRUST "}),
            "The contact name harbour TRUST is already assigned to another contact. The contact name must be unique across all active contacts.",
        ),
        (
            json!({"Name": "New", "ContactNumber": "HT-001"}),
            "Another contact has this contact number. Please enter a different contact number.",
        ),
        (
            json!({"Name": "New", "EmailAddress": "müller@example.org"}),
            "Email address must be valid.",
        ),
        (
            json!({"Name": "a<b"}),
            "The contact name cannot contain the characters < or >.",
        ),
        (json!({}), "The contact name must be specified."),
    ];
    for (body, message) in cases {
        let (code, reply) = client.put("Contacts", &body);
        assert_eq!(
            (code, messages(&reply)),
            (400, vec![message.to_owned()]),
            "{body}"
        );
    }
    let (code, reply) = client.post(
        "Contacts",
        &json!({"Name": "harbour trust", "AccountNumber": "ACC-9"}),
    );
    assert_eq!(code, 200, "{reply}");
    assert_eq!(reply["Contacts"][0]["ContactNumber"], "HT-001");
    assert_eq!(
        reply["Contacts"][0]["EmailAddress"], "accounts@harbourtrust.example",
        "what is not sent stays"
    );
    let (_, reply) = client.put(
        "Contacts",
        &json!({"Name": "Other", "AccountNumber": "ACC-9"}),
    );
    assert_eq!(
        messages(&reply),
        ["The Account Number already exists. Please enter a different Account Number."]
    );
    let (_, made) = client.put("Contacts", &json!({"Name": "  Spaced   Out  Ltd "}));
    assert_eq!(made["Contacts"][0]["Name"], "Spaced Out Ltd");
}

#[test]
fn archived_ones_are_hidden_and_stay_archived() {
    let client = Client::new();
    let (_, reply) = client.get("Contacts");
    assert_eq!(names(&reply).len(), 5);
    let (_, reply) = client.get("Contacts?includeArchived=true&page=1");
    assert_eq!(names(&reply).len(), 7);
    let merged = reply["Contacts"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|contact| contact["Name"] == "Harbor Trust")
        .cloned()
        .unwrap_or_default();
    let (_, survivor) = client.get("Contacts/HT-001");
    assert_eq!(
        merged["MergedToContactID"],
        survivor["Contacts"][0]["ContactID"]
    );
    let id = survivor["Contacts"][0]["ContactID"].clone();
    let (code, reply) = client.post(
        "Contacts",
        &json!({"ContactID": id, "ContactStatus": "ARCHIVED"}),
    );
    assert_eq!(
        (code, &reply["Contacts"][0]["ContactStatus"]),
        (200, &json!("ARCHIVED"))
    );
    assert_eq!(
        client
            .post(
                "Contacts",
                &json!({"ContactID": id, "ContactStatus": "ACTIVE"})
            )
            .0,
        400
    );
    client.sandbox.set_switches(Switches {
        unarchive_by_api: true,
        ..Switches::default()
    });
    assert_eq!(
        client
            .post(
                "Contacts",
                &json!({"ContactID": id, "ContactStatus": "ACTIVE"})
            )
            .0,
        200
    );
}

#[test]
fn an_invoice_matches_a_name_in_any_case_or_makes_a_contact() {
    let client = Client::new();
    let known = client.invoice(&sale_with(
        "N-1",
        &json!({"Contact": {"Name": "TUI  medical"}}),
    ));
    assert_eq!(known["Contact"]["ContactNumber"], "TM-002");
    let made = client.invoice(&sale_with(
        "N-2",
        &json!({"Contact": {"Name": "Brand New", "EmailAddress": "new@example.org"}}),
    ));
    assert_eq!(made["Contact"]["EmailAddress"], "new@example.org");
    let (_, reply) = client.get("Contacts?where=Name%3D%3D%22brand%20new%22&page=1");
    assert_eq!(reply["Contacts"][0]["IsCustomer"], true);
    assert_eq!(
        reply["Contacts"][0]["Balances"]["AccountsReceivable"]["Outstanding"].to_string(),
        "115.0"
    );
}

#[test]
fn more_than_an_id_in_an_invoice_updates_the_contact_and_drops_persons() {
    let client = Client::new();
    let (_, made) = client.put("Contacts", &json!({"Name": "Team", "ContactPersons": [{"FirstName": "Ann", "EmailAddress": "ann@example.org"}]}));
    let id = made["Contacts"][0]["ContactID"].clone();
    client.invoice(&sale_with("P-1", &json!({"Contact": {"ContactID": id}})));
    let persons = || {
        client
            .get(&format!("Contacts/{}", id.as_str().unwrap_or_default()))
            .1["Contacts"][0]["ContactPersons"]
            .as_array()
            .map(Vec::len)
    };
    assert_eq!(persons(), Some(1));
    client.invoice(&sale_with(
        "P-2",
        &json!({"Contact": {"ContactID": id, "EmailAddress": "team@example.org"}}),
    ));
    assert_eq!(persons(), Some(0));
}

#[test]
fn merging_moves_the_documents() {
    let client = Client::new();
    client.invoice(&sale("M-1", "10.00"));
    client
        .sandbox
        .people(client.now)
        .merge_contact(NEW_ZEALAND, "HT-001", "Tui Medical")
        .expect("it can be merged");
    assert_eq!(
        client.get("Invoices/M-1").1["Invoices"][0]["Contact"]["Name"],
        "Tui Medical"
    );
    let (code, reply) = client.put("Invoices", &sale("M-2", "10.00"));
    assert_eq!(code, 400, "{reply}");
}

#[test]
fn search_summary_and_ids_select() {
    let client = Client::new();
    assert_eq!(
        names(&client.get("Contacts?searchTerm=COURIER").1),
        ["City Couriers"]
    );
    let (_, summary) = client.get("Contacts?summaryOnly=true");
    for key in [
        "Addresses",
        "Balances",
        "ContactGroups",
        "ContactPersons",
        "IsCustomer",
        "IsSupplier",
    ] {
        assert!(summary["Contacts"][0].get(key).is_none(), "{key}");
    }
    let id = client.get("Contacts/CL-006").1["Contacts"][0]["ContactID"].clone();
    assert_eq!(
        names(
            &client
                .get(&format!("Contacts?IDs={}", id.as_str().unwrap_or_default()))
                .1
        ),
        ["Closed Cafe"]
    );
    client.sandbox.set_switches(Switches {
        null_list_items: true,
        ..Switches::default()
    });
    let (_, odd) = client.get("Contacts?page=1");
    assert_eq!(odd["Contacts"][0]["Addresses"][1], Value::Null);
}

#[test]
fn a_contact_whose_name_is_taken_by_now_cannot_be_restored() {
    let client = Client::new();
    assert_eq!(
        client.put("Contacts", &json!({"Name": "Closed Cafe"})).0,
        200
    );
    let people = client.sandbox.people(client.now);
    let refused = people
        .restore_contact(NEW_ZEALAND, "CL-006")
        .expect_err("taken");
    assert!(
        refused
            .to_string()
            .contains("already assigned to another contact")
    );
    people
        .archive_contact(NEW_ZEALAND, "TM-002")
        .expect("it is there");
    people.restore_contact(NEW_ZEALAND, "TM-002").expect("free");
    assert!(
        people.restore_contact(NEW_ZEALAND, "HT-007").is_err(),
        "a merge is for good"
    );
}
