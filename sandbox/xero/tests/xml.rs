//! Promises about XML: bodies in it are read as the same JSON would be, and replies come in it unless JSON is asked for.

mod support;

use bytes::Bytes;
use support::{Client, read};

fn send(client: &Client, method: &str, path: &str, body: &str) -> (u16, String) {
    let mut request = client
        .request(method, path)
        .header("content-type", "text/xml")
        .body(Bytes::from(body.to_owned()))
        .expect("a valid request");
    request.headers_mut().remove("accept");
    let reply = client.send(request);
    (
        reply.status().as_u16(),
        String::from_utf8_lossy(reply.body()).into_owned(),
    )
}

const INVOICE: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<!-- as the old examples have it -->
<Invoices>
  <Invoice>
    <Type>ACCREC</Type>
    <InvoiceNumber>X-1</InvoiceNumber>
    <Reference>R &amp; D &#8211; <![CDATA[<b>]]></Reference>
    <Contact><ContactNumber>HT-001</ContactNumber></Contact>
    <Date>2026-11-21T00:00:00</Date><DueDate>2026-12-21</DueDate>
    <Status>AUTHORISED</Status><LineAmountTypes>Inclusive</LineAmountTypes>
    <Url/>
    <LineItems>
      <LineItem><Description>One</Description><Quantity>2</Quantity><UnitAmount>57.50</UnitAmount><AccountCode>200</AccountCode>
        <Tracking><TrackingCategory><Name>Region</Name><Option>North</Option></TrackingCategory></Tracking></LineItem>
      <LineItem><Description>Two</Description></LineItem>
    </LineItems>
  </Invoice>
</Invoices>"#;

#[test]
fn an_invoice_in_xml_is_the_invoice_in_json() {
    let client = Client::new();
    let (code, text) = send(&client, "PUT", "Invoices", INVOICE);
    assert_eq!(code, 200, "{text}");
    assert!(
        text.contains("<InvoiceNumber>X-1</InvoiceNumber>"),
        "{text}"
    );
    assert!(text.contains("<Date>2026-11-21T00:00:00.000</Date>"));
    let (_, json) = client.get("Invoices/X-1");
    let made = &json["Invoices"][0];
    assert_eq!(made["Reference"], "R & D – <b>");
    assert_eq!(made["Total"].to_string(), "115.0");
    assert_eq!(made["LineItems"][0]["Tracking"][0]["Option"], "North");
    assert_eq!(made["LineItems"][1]["Description"], "Two");
}

#[test]
fn a_single_element_without_its_plural_is_read_too_and_refusals_are_an_exception() {
    let client = Client::new();
    let contact = "<Contact><Name>Kea &lt;Joinery</Name></Contact>";
    let (code, text) = send(&client, "PUT", "Contacts", contact);
    assert_eq!(code, 400);
    assert!(text.starts_with("<ApiException>"), "{text}");
    assert!(text.contains("cannot contain the characters &lt; or &gt;."));
    let contact = "<Contact><Name>Kea Joinery</Name></Contact>";
    assert_eq!(send(&client, "PUT", "Contacts", contact).0, 200);
    let order = "<PurchaseOrders><PurchaseOrder><Contact><ContactNumber>SP-004</ContactNumber></Contact>\
        <LineItems><LineItem><Description>x</Description></LineItem></LineItems></PurchaseOrder></PurchaseOrders>";
    assert_eq!(send(&client, "PUT", "PurchaseOrders", order).0, 200);
}

#[test]
fn the_amount_of_an_allocation_has_another_name_in_xml() {
    let client = Client::new();
    send(&client, "PUT", "Invoices", INVOICE);
    let note = "<CreditNote><Type>ACCRECCREDIT</Type><Contact><ContactNumber>HT-001</ContactNumber></Contact><Status>AUTHORISED</Status>\
        <LineItems><LineItem><Description>x</Description><Quantity>1</Quantity><UnitAmount>50</UnitAmount><AccountCode>200</AccountCode></LineItem></LineItems></CreditNote>";
    assert_eq!(send(&client, "PUT", "CreditNotes", note).0, 200);
    let id = client.get("CreditNotes").1["CreditNotes"][0]["CreditNoteID"].clone();
    let path = format!(
        "CreditNotes/{}/Allocations",
        id.as_str().unwrap_or_default()
    );
    let body = "<Allocations><Allocation><AppliedAmount>20.50</AppliedAmount>\
        <Invoice><InvoiceNumber>X-1</InvoiceNumber></Invoice></Allocation></Allocations>";
    let (code, text) = send(&client, "PUT", &path, body);
    assert_eq!(code, 200, "{text}");
    let (_, json) = client.get("Invoices/X-1");
    assert_eq!(json["Invoices"][0]["AmountCredited"].to_string(), "20.5");
}

#[test]
fn broken_xml_is_refused_whole_and_files_are_never_read_as_xml() {
    let client = Client::new();
    let deep = "<A>".repeat(40);
    for body in [
        "<Invoices><Invoice></Invoices>",
        "<Invoices>",
        "<Invoice>&nbsp;</Invoice>",
        "<!DOCTYPE x><Invoice/>",
        "<Invoice></Invoice><Invoice></Invoice>",
        "< >",
        &deep,
    ] {
        let request = client
            .request("PUT", "Invoices")
            .body(Bytes::from(body.to_owned()))
            .expect("a valid request");
        let (code, reply) = read(&client.send(request));
        assert_eq!(
            (code, &reply["ErrorNumber"]),
            (400, &serde_json::json!(14)),
            "{body}"
        );
        assert_eq!(reply["Type"], "PostDataInvalidException");
    }
    send(&client, "PUT", "Invoices", INVOICE);
    let id = client.get("Invoices/X-1").1["Invoices"][0]["InvoiceID"].clone();
    let path = format!(
        "Invoices/{}/Attachments/x.svg",
        id.as_str().unwrap_or_default()
    );
    let (code, text) = send(&client, "PUT", &path, "<svg>");
    assert_eq!(code, 200, "{text}");
}
