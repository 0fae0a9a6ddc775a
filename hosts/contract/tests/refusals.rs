//! What a file is refused for as a whole: nothing of it taken, moved to failed with the reason.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
mod support;

use serde_json::json;
use support::{CSV_HEADER, Desk, NAME, csv_row, invoice, refusal};

async fn refused(ending: &str, content: impl AsRef<[u8]>, words: &str) {
    let desk = Desk::new();
    let name = format!("{NAME}.{ending}");
    desk.drop_file(&name, &content);
    let records = desk.take_all(10).await;
    let message = refusal(&records);
    assert!(
        message.contains(words),
        "{name}: `{message}` lacks `{words}`"
    );
    assert!(
        message.contains("Nothing of this file was taken"),
        "{message}"
    );
    assert_eq!(
        desk.names("failed"),
        [name.clone(), format!("{name}.result.json")]
    );
    let kept = std::fs::read(desk.path(&format!("failed/{name}"))).unwrap();
    assert_eq!(kept, content.as_ref());
    let result = desk.result(&format!("failed/{name}.result.json"));
    assert_eq!(
        (&result["outcome"], &result["accepted"]),
        (&"refused".into(), &0.into())
    );
    assert!(result["message"].as_str().unwrap().contains(words));
    assert!(desk.names("outbox").is_empty() && desk.names("done").is_empty());
}

fn utf16(text: &str) -> Vec<u8> {
    let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}

#[tokio::test]
async fn json_that_stops_too_early_is_cut_off() {
    let (a, b) = (invoice("a", "10.00"), invoice("b", "2.50"));
    let words = "line 1: the file ends in the middle of its JSON: it is cut off";
    for content in [
        format!("[{a},{}", &b[..40]),
        format!("[{a},"),
        format!("[{a}"),
        String::new(),
    ] {
        refused("json", content, words).await;
    }
    refused("json", format!("{{\"invoices\":[{a}]"), words).await;
}

#[tokio::test]
async fn json_that_is_broken_is_named_with_its_line() {
    let (a, b) = (invoice("a", "10.00"), invoice("b", "2.50"));
    refused("json", format!("[{a}]\n["), "line 2: text after the end").await;
    refused("json", format!("[{a},]"), "a value should stand here").await;
    refused("json", format!("[{a} {b}]"), "a comma").await;
    refused(
        "json",
        format!("[{a},\n{{\"id\":\ntru}}]"),
        "line 3: the JSON is broken",
    )
    .await;
    refused("json", format!("[{a},{{\"id\":[}}]"), "does not match").await;
    refused("json", "[".repeat(200_000), "more than 128 levels").await;
    refused("json", "7", "neither an array nor an object").await;
}

#[tokio::test]
async fn a_json_object_must_hold_its_list_once_and_a_trailer_that_can_be_read() {
    let a = invoice("a", "10.00");
    refused(
        "json",
        format!("{{\"bills\":[{a}]}}"),
        "no list named `invoices`",
    )
    .await;
    refused("json", format!("{{\"invoices\":{a}}}"), "must be one list").await;
    refused(
        "json",
        format!("{{\"invoices\":[{a}],\"invoices\":[{a}]}}"),
        "must be one list",
    )
    .await;
    let trailer = |text: &str| format!("{{\"invoices\":[{a}],\"trailer\":{text}}}");
    refused("json", trailer("7"), "the trailer cannot be read").await;
    refused(
        "json",
        trailer("{\"count\":2}"),
        "the trailer says 2 documents and the file holds 1",
    )
    .await;
}

#[tokio::test]
async fn json_lines_are_checked_for_their_end_and_their_trailer() {
    let (a, b) = (invoice("a", "10.00"), invoice("b", "2.50"));
    let cut = "line 2: the file ends in the middle of this line: it is cut off";
    refused("jsonl", format!("{a}\n{}", &b[..40]), cut).await;
    refused("jsonl", "", "no document and no trailer").await;
    let trailer = "{\"trailer\":{\"count\":1,\"gross\":\"10.01\"}}";
    let words = "a gross total of 10.01 and the documents come to 10.00";
    refused("jsonl", format!("{a}\n{trailer}\n"), words).await;
    refused("jsonl", format!("{trailer}\n{a}\n"), "after the trailer").await;
    refused(
        "jsonl",
        format!("{a}\n{trailer}\n{trailer}\n"),
        "two trailers",
    )
    .await;
}

#[tokio::test]
async fn a_wrong_encoding_is_named_with_its_first_byte() {
    let a = invoice("a", "10.00");
    let latin: Vec<u8> = a
        .replace("Visit", "Caf\u{e9}")
        .chars()
        .map(|c| c as u8)
        .collect();
    let place = a.find("Visit").unwrap() + 3;
    refused(
        "jsonl",
        latin,
        &format!("byte {place} (0xE9, line 1) is not UTF-8"),
    )
    .await;
    refused("jsonl", utf16(&a), "mark of UTF-16, little-endian").await;
    refused("csv", [0xFE, 0xFF, 0, b'i'], "mark of UTF-16, big-endian").await;
    refused(
        "json",
        &utf16(&a)[2..],
        "byte 1 (0x00, line 1) is not UTF-8 text: a zero byte",
    )
    .await;
    refused("jsonl", [a.as_bytes(), b"\n\xC3"].concat(), "is not UTF-8").await;
}

#[tokio::test]
async fn csv_must_have_its_columns_each_once() {
    let row = csv_row("a", "1.00");
    let header = CSV_HEADER.trim_end();
    refused("csv", "", "the file is empty").await;
    refused(
        "csv",
        format!("{}\n{row}", header.replace("gross,", "")),
        "no column `gross`",
    )
    .await;
    refused(
        "csv",
        format!("{}\n{row}", header.replace("tax,", "net,")),
        "column `net` twice",
    )
    .await;
}

#[tokio::test]
async fn a_header_with_another_separator_is_told_as_that() {
    let row = csv_row("a", "1.00");
    for (separator, name) in [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")] {
        let header = CSV_HEADER.replace(',', separator);
        refused("csv", format!("{header}{row}"), name).await;
    }
    refused(
        "csv",
        format!("invoice_id\n{row}"),
        "the header has no column",
    )
    .await;
}

#[tokio::test]
async fn a_value_that_does_not_fit_is_told_with_how_to_write_it() {
    let whole: serde_json::Value = serde_json::from_str(&invoice("a", "1.00")).unwrap();
    let cases = [
        (
            "issue_date",
            json!("2026-02-30"),
            "`2026-02-30` cannot be read: write a date as `2026-10-31`",
        ),
        (
            "totals.gross",
            serde_json::from_str("1.10").unwrap(),
            "1.10 is a number of JSON: write it as text, \"1.10\"",
        ),
    ];
    for (field, wrong, told) in cases {
        let mut document = whole.clone();
        let place = format!("/{}", field.replace('.', "/"));
        *document.pointer_mut(&place).unwrap() = wrong;
        let desk = Desk::new();
        let name = format!("{NAME}.jsonl");
        desk.drop_file(&name, document.to_string());
        desk.take_all(10).await;
        let row = &desk.result(&format!("failed/{name}.result.json"))["rows"][0];
        assert_eq!(row["field"], field);
        assert!(row["message"].as_str().unwrap().starts_with(told), "{row}");
    }
}

#[tokio::test]
async fn csv_is_checked_for_its_end_and_its_trailer() {
    let row = csv_row("a", "1.00");
    let open = row.replace("Visit", "\"Visit");
    let words = "line 2: a quote is opened and never closed";
    refused(
        "csv",
        format!("{CSV_HEADER}{open}{}", csv_row("b", "1.00")),
        words,
    )
    .await;
    let words = "says 2 documents and the file holds 1";
    refused("csv", format!("{CSV_HEADER}{row}#trailer,2,1.00\n"), words).await;
    refused(
        "csv",
        format!("{CSV_HEADER}{row}#trailer,one\n"),
        "`one` is no count",
    )
    .await;
    refused(
        "csv",
        format!("{CSV_HEADER}#trailer,1\n{row}"),
        "after the trailer",
    )
    .await;
}

#[tokio::test]
async fn a_csv_invoice_that_is_torn_in_two_is_never_taken_in_part() {
    let (a, b, c) = (
        csv_row("a", "1.00"),
        csv_row("b", "1.00"),
        csv_row("c", "1.00"),
    );
    let words = "`sales/a` began on line 2 too";
    refused("csv", format!("{CSV_HEADER}{a}{b}{a}"), words).await;
    // Also when its first part is held because of a row that cannot be read.
    refused("csv", format!("{CSV_HEADER}{a}too,few\n{b}{c}{a}"), words).await;
}

#[tokio::test]
async fn bills_and_orders_have_no_csv_form() {
    let desk = Desk::new();
    desk.drop_file("bills-1-20261031T090000Z.csv", CSV_HEADER);
    let records = desk.take_all(10).await;
    assert!(refusal(&records).contains("CSV is for invoices and credit notes"));
}
