//! What a file in each format is read as, and what each ugly file is refused for.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use support::{CSV_HEADER, Desk, NAME, csv_row, documents, invoice, refusal, told};
use tieout_core::document::{Document, DocumentKind};
use tieout_core::host::Record;

#[tokio::test]
async fn json_comes_as_an_array_or_as_an_object_with_its_list_and_trailer() {
    let (a, b) = (invoice("a", "10.00"), invoice("b", "2.50"));
    let trailer = r#"{"count":2,"gross":"12.50"}"#;
    for content in [
        format!("[{a},{b}]"),
        format!(" [\n  {a} ,\n {b}\n]\n"),
        format!("{{\"invoices\":[{a},{b}],\"trailer\":{trailer}}}"),
        format!(
            "\u{feff}{{\"made_by\":{{\"x\":[1,\"}}\"]}},\"trailer\":{trailer},\"invoices\":[{a},{b}]}}"
        ),
    ] {
        let desk = Desk::new();
        desk.drop_file(&format!("{NAME}.json"), &content);
        assert_eq!(told(&desk.take_all(1).await), ["a", "b"], "{content}");
        assert_eq!(
            desk.result(&format!("done/{NAME}.json.result.json"))["outcome"],
            "accepted"
        );
    }
}

#[tokio::test]
async fn json_lines_come_with_or_without_a_trailer_and_a_last_line_feed() {
    let (a, b) = (invoice("a", "10.00"), invoice("b", "2.50"));
    for content in [
        format!("{a}\n{b}\n"),
        format!("{a}\r\n\r\n{b}"),
        format!("{a}\n{b}\n{{\"trailer\":{{\"count\":2,\"gross\":\"12.5\"}}}}"),
    ] {
        let desk = Desk::new();
        desk.drop_file(&format!("{NAME}.jsonl"), &content);
        assert_eq!(told(&desk.take_all(1).await), ["a", "b"], "{content}");
    }
}

#[tokio::test]
async fn csv_rows_of_one_invoice_become_its_lines_whether_repeated_or_blank() {
    let blank = format!(
        "{}2,\"Travel, \"\"return\"\"\nhome\",1,1.00,1.00,0.00\n",
        ",".repeat(13)
    );
    let repeated = csv_row("a", "11.00").replace(",1,Visit,", ",2,Visit,");
    let content = format!(
        "\u{feff}{CSV_HEADER}{}{blank}{repeated}{}#trailer,2,16.00\n",
        csv_row("a", "11.00"),
        csv_row("b", "5.00")
    );
    let desk = Desk::new();
    desk.drop_file(&format!("{NAME}.csv"), &content);
    let records = desk.take_all(1).await;
    assert_eq!(told(&records), ["a", "b"]);
    let Document::Invoice(invoice) = documents(&records)[0] else {
        panic!("no invoice")
    };
    assert_eq!(invoice.lines.len(), 3);
    assert_eq!(invoice.lines[1].description, "Travel, \"return\"\nhome");
    assert_eq!(invoice.number, "N-a");
}

#[tokio::test]
async fn every_kind_of_document_has_its_file_and_parties_are_put_aside_unread() {
    let desk = Desk::new();
    let credit = invoice("c", "1.00").replace("\"sales\"", "\"sales_credit\"");
    let order = r#"{"id":"o","revision":1,"number":"P1","status":"final","supplier":{"name":"S"},"issue_date":"2026-10-30","currency":"AUD","lines":[],"updated_at":"2026-10-30T05:00:00Z"}"#;
    let bill = invoice("l", "1.00").replace("\"bill_to\"", "\"supplier\"");
    desk.drop_file("credit_notes-1-20261031T090000Z.jsonl", credit);
    desk.drop_file("bills-1-20261031T090001Z.jsonl", bill);
    desk.drop_file(
        "purchase_orders-1-20261031T090002Z.json",
        format!("[{order}]"),
    );
    desk.drop_file("companies-1-20261031T080000Z.csv", "whatever \u{0}");
    desk.drop_file("contacts-1-20261031T080000Z.jsonl", "");
    let records = desk.take_all(10).await;
    let kinds: Vec<_> = documents(&records)
        .iter()
        .map(|document| document.kind())
        .collect();
    assert_eq!(
        kinds,
        [
            DocumentKind::CreditNote,
            DocumentKind::Bill,
            DocumentKind::PurchaseOrder
        ]
    );
    let result = desk.result("done/companies-1-20261031T080000Z.csv.result.json");
    assert_eq!(result["outcome"], "not_needed");
    assert!(desk.names("outbox").is_empty());
}

#[tokio::test]
async fn removed_documents_are_told_as_removed() {
    let desk = Desk::new();
    let removed = r#"{"id":"gone","revision":9,"removed_at":"2026-10-30T05:00:00Z"}"#;
    desk.drop_file(
        &format!("{NAME}.jsonl"),
        format!("{removed}\n{{\"trailer\":{{\"count\":1,\"gross\":\"0\"}}}}"),
    );
    let header = CSV_HEADER.replace("gross,", "gross,removed,");
    let row = "x,3,,,sales_credit,,,,,,,,true,,,,,,,\n";
    desk.drop_file("invoices-8-20261031T090000Z.csv", format!("{header}{row}"));
    let records = desk.take_all(10).await;
    assert_eq!(told(&records), ["-invoice gone", "-credit_note x"]);
    assert!(matches!(
        records[0],
        Record::Removed {
            revision: Some(9),
            ..
        }
    ));
}

#[tokio::test]
async fn a_bad_row_is_named_by_file_line_and_field_and_never_stops_the_others() {
    let bad = invoice("b", "2.00").replace("\"quantity\":\"1\"", "\"quantity\":\"1,5\"");
    let desk = Desk::new();
    desk.drop_file(
        &format!("{NAME}.jsonl"),
        format!(
            "{}\n{bad}\n{{broken\n{}\n{{\"trailer\":{{\"count\":4,\"gross\":\"3\"}}}}\n",
            invoice("a", "1.00"),
            invoice("c", "1.00")
        ),
    );
    let records = desk.take_all(1).await;
    assert_eq!(
        told(&records),
        [
            "a".to_owned(),
            format!("!{NAME}.jsonl:2 lines[0].quantity"),
            format!("!{NAME}.jsonl:3 "),
            "c".to_owned(),
        ]
    );
    let Record::Unreadable { message, .. } = &records[1] else {
        panic!()
    };
    assert_eq!(message, "`1,5` is not a decimal such as `193.99`");
    let result = desk.result(&format!("done/{NAME}.jsonl.result.json"));
    assert_eq!(result["outcome"], "partly_accepted");
    assert_eq!(
        (result["accepted"].clone(), result["refused"].clone()),
        (2.into(), 2.into())
    );
    assert_eq!(result["rows"][1]["id"], "b");
    assert_eq!(result["rows"][1]["number"], "N-b");
    assert_eq!(result["rows"][1]["line"], 2);
    assert_eq!(result["rows"][1]["field"], "lines[0].quantity");
    assert_eq!(result["rows"][3]["outcome"], "accepted");
    let rest = desk.text("failed/invoices-7-rest-20261031T090000Z.jsonl");
    assert_eq!(rest, format!("{bad}\n{{broken\n"));
}

#[tokio::test]
async fn in_a_json_array_a_bad_element_is_named_by_its_own_line() {
    let bad = invoice("b", "2.00").replace("\"currency\":\"AUD\"", "\n\"currency\":\"XYZ\"");
    let desk = Desk::new();
    desk.drop_file(
        &format!("{NAME}.json"),
        format!(
            "[\n{},\n{bad},\n7,\n{}]",
            invoice("a", "1.00"),
            invoice("c", "1.00")
        ),
    );
    assert_eq!(
        told(&desk.take_all(2).await),
        [
            "a".to_owned(),
            format!("!{NAME}.json:4 currency"),
            format!("!{NAME}.json:5 "),
            "c".to_owned(),
        ]
    );
    assert!(
        desk.names("failed").is_empty(),
        "an array has no file of refused rows"
    );
}

#[tokio::test]
async fn a_csv_row_that_cannot_be_read_holds_both_its_neighbours() {
    let desk = Desk::new();
    let content = [
        CSV_HEADER,
        &csv_row("a", "1.00"),
        &csv_row("b", "1.00"),
        "too,few\n",
        &csv_row("c", "1.00"),
        &csv_row("c", "1.00").replace(",1,Visit,", ",2,Visit,"),
        &csv_row("d", "1.00"),
        "#trailer,3,4.00\n",
    ]
    .concat();
    desk.drop_file(&format!("{NAME}.csv"), &content);
    let records = desk.take_all(1).await;
    assert_eq!(
        told(&records),
        ["a".to_owned(), format!("!{NAME}.csv:4 "), "d".to_owned()]
    );
    let Record::Unreadable { message, .. } = &records[1] else {
        panic!()
    };
    assert!(
        message.contains("2 cells where the header has 19"),
        "{message}"
    );
    assert!(message.contains("before and after"), "{message}");
    let rest = desk.text("failed/invoices-7-rest-20261031T090000Z.csv");
    assert!(
        rest.starts_with(CSV_HEADER) && rest.contains("too,few\n") && rest.contains("N-c"),
        "{rest}"
    );
    assert!(!rest.contains("N-a") && !rest.contains("N-d"), "{rest}");
}

#[tokio::test]
async fn csv_faults_are_named_by_column_and_field() {
    let cases = [
        (
            "2026-10-30,AUD",
            "30/10/2026,AUD",
            "issue_date",
            "is not a date such as",
        ),
        (",1,Visit,", ",,Visit,", "lines[0].id", "must not be blank"),
        ("AUD", "dollars", "currency", "not an ISO 4217"),
        (
            "2026-10-30T05:00:00Z",
            "soon",
            "updated_at",
            "is not a time such as",
        ),
        ("a,1,N", "a,-1,N", "revision", "`-1`"),
    ];
    for (right, wrong, field, words) in cases {
        let desk = Desk::new();
        let content = format!("{CSV_HEADER}{}", csv_row("a", "1.00").replace(right, wrong));
        desk.drop_file(&format!("{NAME}.csv"), content);
        let records = desk.take_all(1).await;
        assert_eq!(told(&records), [format!("!{NAME}.csv:2 {field}")]);
        assert!(refusal(&records).contains(words), "{}", refusal(&records));
        assert_eq!(
            desk.names("failed"),
            [format!("{NAME}.csv"), format!("{NAME}.csv.result.json")]
        );
    }
    let desk = Desk::new();
    let other = csv_row("a", "1.00")
        .replace("AUD", "NZD")
        .replace(",1,Visit,", ",2,Visit,");
    desk.drop_file(
        &format!("{NAME}.csv"),
        format!("{CSV_HEADER}{}{other}", csv_row("a", "1.00")),
    );
    let records = desk.take_all(1).await;
    assert!(
        refusal(&records).contains("`NZD` here and `AUD` on line 2"),
        "{}",
        refusal(&records)
    );
}

#[tokio::test]
async fn a_document_beyond_the_limit_is_refused_and_its_neighbours_are_not() {
    let huge = invoice("b", "1.00").replace("Visit", &"x".repeat(5_000));
    let (a, c) = (invoice("a", "1.00"), invoice("c", "1.00"));
    let mut desk = Desk::new();
    desk.config.limits.document_bytes_max = 2_048;
    desk.drop_file(
        "invoices-1-20261031T090000Z.jsonl",
        format!("{a}\n{huge}\n{c}\n"),
    );
    desk.drop_file(
        "invoices-2-20261031T090000Z.json",
        format!("[{a},{huge},{c}]"),
    );
    let rows = [
        csv_row("a", "1.00"),
        csv_row("b", "1.00"),
        csv_row("c", "1.00"),
    ];
    let many: String = (2..40)
        .map(|n| rows[1].replace(",1,Visit", &format!(",{n},Visit")))
        .collect();
    desk.drop_file(
        "invoices-3-20261031T090000Z.csv",
        format!("{CSV_HEADER}{}{many}{}", rows[0], rows[2]),
    );
    let records = desk.take_all(10).await;
    assert_eq!(
        told(&records),
        [
            "a",
            "!invoices-1-20261031T090000Z.jsonl:2 ",
            "c",
            "a",
            "!invoices-2-20261031T090000Z.json:1 ",
            "c",
            "a",
            "!invoices-3-20261031T090000Z.csv:3 ",
            "c",
        ]
    );
    for record in &records {
        if let Record::Unreadable { message, .. } = record {
            assert!(
                message.contains("more than 2048 bytes (limits.document_bytes_max)"),
                "{message}"
            );
            assert!(
                !message.contains("neighbour") && !message.contains("before and after"),
                "{message}"
            );
        }
    }
}

#[tokio::test]
async fn what_a_read_cuts_in_two_is_put_together_again() {
    // Longer than several reads, with characters of two to four bytes at every possible seam.
    let text = "\u{e9}\u{20ac}\u{1f4b6}\n\"\"".repeat(20_000);
    let row = csv_row("a", "1.00").replace("Visit", &format!("\"{text}\""));
    let desk = Desk::new();
    desk.drop_file(
        &format!("{NAME}.csv"),
        format!("{CSV_HEADER}{row}{}", csv_row("b", "1.00")),
    );
    let records = desk.take_all(1).await;
    assert_eq!(told(&records), ["a", "b"]);
    let Document::Invoice(invoice) = documents(&records)[0] else {
        panic!("no invoice")
    };
    assert_eq!(
        invoice.lines[0].description,
        text.replace("\"\"", "\"").trim()
    );

    let mut bytes = format!("{CSV_HEADER}{row}").into_bytes();
    let place = bytes.iter().rposition(|byte| *byte == 0xF0).unwrap();
    bytes[place + 2] = b'x';
    let desk = Desk::new();
    desk.drop_file(&format!("{NAME}.csv"), &bytes);
    let records = desk.take_all(1).await;
    assert!(
        refusal(&records).contains(&format!("byte {place} (0xF0")),
        "{}",
        refusal(&records)
    );
}

#[tokio::test]
async fn a_mended_file_of_refused_rows_can_be_put_into_the_outbox_as_it_is() {
    let desk = Desk::new();
    let bad = csv_row("b", "2.00").replace("AUD", "dollar");
    desk.drop_file(
        &format!("{NAME}.csv"),
        format!("{CSV_HEADER}{}{bad}", csv_row("a", "1.00")),
    );
    desk.take_all(10).await;
    let rest = "invoices-7-rest-20261031T090000Z.csv";
    let mended = desk
        .text(&format!("failed/{rest}"))
        .replace("dollar", "AUD");
    std::fs::remove_file(desk.path(&format!("failed/{rest}"))).unwrap();
    desk.drop_file(rest, mended);
    assert_eq!(told(&desk.take_all(10).await), ["b"]);
    assert!(desk.names("failed").is_empty());
}

#[tokio::test]
async fn a_file_beyond_the_limits_is_refused_by_the_name_of_the_limit() {
    let mut desk = Desk::new();
    desk.config.limits.file_bytes_max = 2_000;
    desk.config.limits.documents_per_file_max = 2;
    let small = r#"{"id":"x","removed_at":"2026-10-30T05:00:00Z"}"#;
    desk.drop_file(
        "invoices-1-20261031T090000Z.jsonl",
        invoice("a", "1.00").repeat(9),
    );
    desk.drop_file("invoices-2-20261031T090000Z.jsonl", [small; 3].join("\n"));
    let records = desk.take_all(10).await;
    assert!(refusal(&records[..1]).contains("limits.file_bytes_max"));
    assert!(
        refusal(&records[1..])
            .contains("line 3: more than 2 documents (limits.documents_per_file_max)")
    );
}

#[tokio::test]
async fn a_gross_total_that_a_bad_row_hides_is_not_checked_and_the_result_says_which_proofs_were() {
    let desk = Desk::new();
    let bad = invoice("b", "2.00").replace("\"gross\":\"2.00\"", "\"gross\":\"two\"");
    let trailer = r#"{"trailer":{"count":2,"gross":"12.00"}}"#;
    desk.drop_file(
        &format!("{NAME}.jsonl"),
        format!("{}\n{bad}\n{trailer}\n", invoice("a", "10.00")),
    );
    assert_eq!(
        told(&desk.take_all(10).await),
        ["a".to_owned(), format!("!{NAME}.jsonl:2 totals.gross")]
    );
    let result = desk.result(&format!("done/{NAME}.jsonl.result.json"));
    assert_eq!(result["proofs"], serde_json::json!(["count"]));
    assert!(result.get("gross").is_none());
}
