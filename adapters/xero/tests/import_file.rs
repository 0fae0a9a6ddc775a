//! That the file for Xero's own import has each invoice once, exactly as Xero's template asks, and nothing that would come out otherwise.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::str::FromStr;

use rust_decimal::Decimal;
use serde_json::{Value, json};
use tieout_core::document::{AmountsAre, Currency};
use tieout_core::provider::{Chart, ContactWanted, Posting};
use tieout_xero::import_file::{COLUMNS, DateOrder, Import, ToImport, import_files};

fn chart() -> Chart {
    let rate = |code: &str, name: &str, rate: &str| json!({"code": code, "name": name, "rate": rate, "active": true, "applies_to": []});
    serde_json::from_value(json!({
        "as_of": "2026-11-22T00:00:00Z",
        "organisation": {"id": "o", "name": "Wattle", "base_currency": "AUD", "country": "AU", "short_code": null,
            "period_lock": null, "year_lock": null},
        "accounts": [],
        "tax_rates": [rate("OUTPUT", "GST on Income", "0.10"), rate("EXEMPTOUTPUT", "GST Free Income", "0")],
        "currencies": ["AUD"],
        "tracking": [{"id": "t", "name": "Region", "options": [{"id": "n", "name": "North", "active": true}]}],
        "branding_themes": [{"id": "b", "name": "=Standard"}]
    }))
    .unwrap()
}

fn contact() -> ContactWanted {
    ContactWanted {
        number: None,
        name: "+Banksia, \"Pty\" Ltd".to_owned(),
        email: Some("ap@banksia.example".to_owned()),
        first_name: None,
        last_name: None,
        tax_number: None,
        phones: tieout_core::document::Phones::default(),
        address: serde_json::from_value(json!({"line1": "1 High St", "city": "Perth"})).unwrap(),
        create_missing: true,
    }
}

fn line(unit: &str, tax_type: &str) -> Value {
    json!({"line": "1", "description": "=Assessment", "quantity": "1", "unit_amount": unit, "discount_amount": null,
        "account_code": "200", "tax_type": tax_type, "tax_amount": null, "item_code": null, "tracking": []})
}

/// What Xero should hold: two lines with the tax in their prices.
fn posting(number: &str, tax: &str) -> Posting {
    let mut tracked = line("176.80", "OUTPUT");
    tracked["tracking"] = json!([{"category_id": "t", "option_id": "n"}]);
    serde_json::from_value(json!({
        "kind": "invoice", "number": number, "contact": "c", "reference": "SW/26/00417", "date": "2026-10-30",
        "due_date": "2026-11-29", "status": "draft", "currency": "AUD", "amounts_are": "tax_inclusive",
        "lines": [line("707.19", "OUTPUT"), tracked],
        "totals": {"net": "803.63", "tax": tax, "gross": "883.99"}, "url": null, "branding_theme": "b"
    }))
    .unwrap()
}

fn import(postings: &[Posting]) -> Import {
    let contact = contact();
    let both: Vec<ToImport<'_>> = postings
        .iter()
        .map(|posting| ToImport {
            contact: &contact,
            posting,
        })
        .collect();
    import_files(&both, &chart(), DateOrder::of_country("AU")).unwrap()
}

fn reasons(import: &Import) -> Vec<String> {
    let left = import.left_out.iter();
    left.map(|it| format!("{} {}: {}", it.number, it.field, it.why))
        .collect()
}

#[test]
fn each_line_is_a_row_of_the_template_and_no_cell_is_a_formula() {
    let import = import(&[posting("CM-14501", "80.36")]);
    assert_eq!(reasons(&import), [""; 0]);
    let file = &import.files[0];
    assert_eq!(
        (file.numbers.len(), &file.amounts_are),
        (1, &AmountsAre::TaxInclusive)
    );
    let text = String::from_utf8(file.content.clone()).unwrap();
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(lines[0], COLUMNS.join(","));
    assert_eq!(
        lines[1],
        "\"'+Banksia, \"\"Pty\"\" Ltd\",ap@banksia.example,1 High St,,,,Perth,,,,CM-14501,SW/26/00417,30/10/2026,29/11/2026,,,\
         '=Assessment,1,707.19,,200,GST on Income,64.29,,,,,AUD,'=Standard"
    );
    assert!(
        lines[2].contains(",176.8,,200,GST on Income,16.07,Region,North,,,AUD,"),
        "{}",
        lines[2]
    );
    assert_eq!((lines.len(), lines[3]), (4, ""));
}

#[test]
fn a_number_stands_in_it_once_and_what_would_come_out_otherwise_is_left_out_with_the_figures() {
    let mut discounted = posting("CM-3", "80.36");
    discounted.lines[0].discount_amount = Some(Decimal::ONE);
    let mut endless = posting("CM-4", "80.36");
    endless.due_date = None;
    let mut strange = posting("CM-5", "80.36");
    strange.lines[1].tax_type = Some("GSTNZ".to_owned());
    let mut free = posting("CM-6", "0");
    free.lines.truncate(1);
    free.lines[0].tax_type = Some("EXEMPTOUTPUT".to_owned());
    free.amounts_are = AmountsAre::TaxExclusive;
    free.totals.gross = Decimal::from_str("707.19").unwrap();
    free.totals.net = free.totals.gross;
    free.currency = Currency::from_code("NZD").unwrap();
    let import = import(&[
        posting("CM-1", "80.36"),
        posting("CM-1", "80.36"),
        posting("CM-2", "80.37"),
        discounted,
        endless,
        strange,
        free,
    ]);
    let told = reasons(&import);
    assert_eq!(told.len(), 5, "{told:?}");
    assert!(told[0].starts_with("CM-1 number:"), "{told:?}");
    assert!(
        told[1]
            .contains("comes to 883.99 of which tax 80.36, instead of 883.99 of which tax 80.37"),
        "{told:?}"
    );
    assert!(told[2].starts_with("CM-3 lines[0].discount:"), "{told:?}");
    assert!(told[3].starts_with("CM-4 due_date:"), "{told:?}");
    assert!(
        told[4].starts_with("CM-5 lines[1].tax_type:") && told[4].contains("GSTNZ"),
        "{told:?}"
    );
    // Whether amounts hold the tax is chosen once for a file.
    assert_eq!(import.files.len(), 2);
}

#[test]
fn more_than_a_file_takes_are_parted() {
    let postings: Vec<Posting> = (0..501)
        .map(|at| posting(&format!("CM-{at}"), "80.36"))
        .collect();
    let import = import(&postings);
    let counts: Vec<usize> = import.files.iter().map(|file| file.numbers.len()).collect();
    assert_eq!(counts, [500, 1]);
}
