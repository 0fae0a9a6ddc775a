//! Promises about files and history notes: where they can be pinned, what they may hold, what they answer.

mod support;

use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};
use support::{Client, messages, read, sale, sale_with, switched};
use tieout_sandbox_xero::switches::AttachmentSize;

fn upload(client: &Client, method: &str, path: &str, content: impl Into<Bytes>) -> Response<Bytes> {
    client.send(
        client
            .request(method, path)
            .header("content-type", "application/pdf")
            .body(content.into())
            .expect("a valid request"),
    )
}

fn invoice_path(client: &Client, number: &str) -> String {
    let made = client.invoice(&sale(number, "115.00"));
    format!(
        "Invoices/{}",
        made["InvoiceID"].as_str().unwrap_or_default()
    )
}

#[test]
fn a_file_is_answered_as_recorded_and_comes_back_byte_for_byte() {
    let mut client = Client::new();
    let path = invoice_path(&client, "A-1");
    let before = client.get(&path).1["Invoices"][0].clone();
    client.pass(60);
    let content = Bytes::from_static(b"%PDF \x00\xff");
    let (code, reply) = read(&upload(
        &client,
        "PUT",
        &format!("{path}/Attachments/inv-1.pdf?IncludeOnline=True"),
        content.clone(),
    ));
    assert_eq!(code, 200, "{reply}");
    let file = &reply["Attachments"][0];
    assert_eq!(
        *file,
        json!({"AttachmentID": file["AttachmentID"], "FileName": "inv-1.pdf", "MimeType": "application/pdf", "ContentLength": 7, "IncludeOnline": true,
            "Url": format!("https://api.xero.com/api.xro/2.0/{path}/Attachments/inv-1.pdf")})
    );
    for key in [
        "inv-1.pdf",
        file["AttachmentID"].as_str().unwrap_or_default(),
    ] {
        let back = client.send(
            client
                .request("GET", &format!("{path}/Attachments/{key}"))
                .body(Bytes::new())
                .expect("a valid request"),
        );
        assert_eq!(back.body(), &content);
        assert_eq!(back.headers()["content-type"], "application/pdf");
    }
    assert_eq!(
        client.get(&format!("{path}/Attachments")).1["Attachments"],
        json!([file])
    );
    let after = client.get(&path).1["Invoices"][0].clone();
    assert_eq!(
        (&before["HasAttachments"], &after["HasAttachments"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(after["Attachments"][0], *file);
    assert_eq!(
        before["UpdatedDateUTC"], after["UpdatedDateUTC"],
        "a file is no change of the invoice"
    );
    assert_eq!(client.get(&format!("{path}/Attachments/none.pdf")).0, 404);
}

#[test]
fn the_same_name_overwrites_and_a_post_of_a_new_name_is_a_switch() {
    let client = Client::new();
    let path = invoice_path(&client, "A-1");
    let one = format!("{path}/Attachments/a%20b.txt");
    let first = read(&upload(&client, "PUT", &one, "one")).1["Attachments"][0].clone();
    assert_eq!(first["FileName"], "a b.txt");
    assert!(
        first["Url"]
            .as_str()
            .is_some_and(|url| url.ends_with("/a%20b.txt"))
    );
    let second = read(&upload(&client, "POST", &one, "three")).1["Attachments"][0].clone();
    assert_eq!(first["AttachmentID"], second["AttachmentID"]);
    assert_eq!(second["ContentLength"], 5);
    assert_eq!(
        upload(&client, "POST", &format!("{path}/Attachments/c.txt"), "c").status(),
        200
    );
    switched(&client, |switches| switches.attachment_post_creates = false);
    assert_eq!(
        upload(&client, "POST", &format!("{path}/Attachments/d.txt"), "d").status(),
        404
    );
}

#[test]
fn number_size_and_names_are_limited() {
    let client = Client::new();
    let path = invoice_path(&client, "A-1");
    for count in 0..10 {
        let one = format!("{path}/Attachments/{count}.txt");
        assert_eq!(upload(&client, "PUT", &one, "x").status(), 200);
    }
    let (code, reply) = read(&upload(
        &client,
        "PUT",
        &format!("{path}/Attachments/11.txt"),
        "x",
    ));
    assert_eq!(
        (code, &reply["Message"]),
        (400, &json!("A document can have at most 10 attachments."))
    );
    let again = format!("{path}/Attachments/3.txt");
    assert_eq!(
        upload(&client, "PUT", &again, "y").status(),
        200,
        "overwriting still works"
    );
    for name in ["a%3Ab.txt", "a%3Fb", "a+b.txt", "a%2A"] {
        let bad = format!("{path}/Attachments/{name}");
        assert_eq!(upload(&client, "PUT", &bad, "x").status(), 400, "{name}");
    }
    assert_eq!(upload(&client, "PUT", &again, "").status(), 400);
    let large = vec![b'x'; 10 * 1024 * 1024 + 1];
    let (code, reply) = read(&upload(&client, "PUT", &again, large));
    assert_eq!(
        (code, &reply["Title"], &reply["Detail"]),
        (
            413,
            &json!("RequestEntityTooLarge"),
            &json!("PayloadTooLarge")
        )
    );
    switched(&client, |switches| {
        switches.attachment_size = AttachmentSize::ThreeMegabytes;
    });
    let large = vec![b'x'; 3 * 1024 * 1024 + 1];
    assert_eq!(upload(&client, "PUT", &again, large).status(), 413);
}

#[test]
fn files_are_pinned_to_bills_credit_notes_orders_and_contacts_and_not_to_payments() {
    let client = Client::new();
    let note = json!({"Type": "ACCRECCREDIT", "Contact": {"ContactNumber": "HT-001"}, "LineItems": [{"Description": "x"}]});
    let order =
        json!({"Contact": {"ContactNumber": "SP-004"}, "LineItems": [{"Description": "x"}]});
    let bill = sale_with(
        "B-1",
        &json!({"Type": "ACCPAY", "Status": "DRAFT", "LineItems": [{"Description": "x"}]}),
    );
    let path = |endpoint: &str, key: &str, body: &Value| {
        let (code, reply) = client.put(endpoint, body);
        assert_eq!(code, 200, "{reply}");
        format!(
            "{endpoint}/{}",
            reply[endpoint][0][key].as_str().unwrap_or_default()
        )
    };
    for (owner, endpoint) in [
        (path("CreditNotes", "CreditNoteID", &note), "CreditNotes"),
        (
            path("PurchaseOrders", "PurchaseOrderID", &order),
            "PurchaseOrders",
        ),
        (path("Invoices", "InvoiceID", &bill), "Invoices"),
        (
            path("Contacts", "ContactID", &json!({"Name": "Kea Joinery"})),
            "Contacts",
        ),
    ] {
        let one = format!("{owner}/Attachments/x.txt?IncludeOnline=true");
        let (code, reply) = read(&upload(&client, "PUT", &one, "x"));
        assert_eq!(code, 200, "{reply}");
        let online = &reply["Attachments"][0]["IncludeOnline"];
        match endpoint {
            "CreditNotes" => assert_eq!(*online, true),
            "Invoices" => assert_eq!(*online, false, "not on bills"),
            _ => assert!(online.is_null()),
        }
        assert_eq!(client.get(&owner).1[endpoint][0]["HasAttachments"], true);
    }
    let nowhere = "Invoices/11111111-1111-4111-8111-111111111111";
    let (code, reply) = read(&upload(
        &client,
        "PUT",
        &format!("{nowhere}/Attachments/x.txt"),
        "x",
    ));
    assert_eq!(
        (code, &reply["Message"]),
        (
            400,
            &json!("The document with the supplied id was not found for this endpoint.")
        )
    );
    client.invoice(&sale("A-1", "10.00"));
    let pay = json!({"Invoice": {"InvoiceNumber": "A-1"}, "Account": {"Code": "090"}, "Amount": 1});
    let payment = path("Payments", "PaymentID", &pay);
    assert_eq!(
        upload(&client, "PUT", &format!("{payment}/Attachments/x.txt"), "x").status(),
        501
    );
}

#[test]
fn files_need_their_own_scope_and_repeat_under_a_key() {
    let client = Client::new();
    let path = invoice_path(&client, "A-1");
    let list = format!("{path}/Attachments");
    assert_eq!(client.as_app_with("accounting.invoices")(&list), 403);
    assert_eq!(
        client.as_app_with("accounting.attachments.read")(&list),
        200
    );
    assert_eq!(
        client.as_app_with("accounting.attachments")(&format!("{path}/History")),
        403
    );
    let keyed = || {
        let request = client
            .request("PUT", &format!("{path}/Attachments/x.txt"))
            .header("idempotency-key", "k-1")
            .body(Bytes::from_static(b"x"))
            .expect("a valid request");
        read(&client.send(request))
    };
    assert_eq!(keyed(), keyed());
}

#[test]
fn a_note_is_kept_for_good_newest_first_and_has_a_longest_length() {
    let mut client = Client::new();
    let path = invoice_path(&client, "A-1");
    let history = format!("{path}/History");
    assert_eq!(client.get(&history).1["HistoryRecords"], json!([]));
    let (code, reply) = client.put(
        &history,
        &json!({"HistoryRecords": [{"Details": "Sent by tieout"}]}),
    );
    assert_eq!(code, 200, "{reply}");
    assert_eq!(
        reply["HistoryRecords"][0],
        json!({"DateUTCString": "2026-11-21T01:00:00", "DateUTC": "/Date(1795222800000)/",
            "Details": "Sent by tieout", "ValidationErrors": []})
    );
    client.pass(60);
    upload(&client, "PUT", &format!("{path}/Attachments/x.txt"), "x");
    let (_, reply) = client.get(&history);
    assert_eq!(reply["HistoryRecords"][0]["Changes"], "Attached a file");
    assert_eq!(
        reply["HistoryRecords"][1],
        json!({"Changes": "Note", "DateUTCString": "2026-11-21T01:00:00", "DateUTC": "/Date(1795222800000+0000)/",
            "User": "System Generated", "Details": "Sent by tieout"})
    );
    for (text, message) in [
        (
            "x".repeat(2_501),
            "The length of the field Details must be 2500 characters or less.",
        ),
        (String::new(), "Details must be specified."),
    ] {
        let (code, reply) = client.put(&history, &json!({"HistoryRecords": [{"Details": text}]}));
        assert_eq!((code, messages(&reply)), (400, vec![message.to_owned()]));
    }
    let fits = json!({"HistoryRecords": [{"Details": "x".repeat(2_500)}]});
    assert_eq!(client.put(&history, &fits).0, 200);
    assert_eq!(client.post(&history, &fits).0, 405);
    let nowhere = "PurchaseOrders/11111111-1111-4111-8111-111111111111/History";
    assert_eq!(client.get(nowhere).0, 400);
    assert_eq!(client.get("Accounts/090/History").0, 400);
}
