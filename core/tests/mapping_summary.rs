//! Promises about what a summary is at the provider: each line what it would be alone, and the sums of its members.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod mapping_support;

use mapping_support::{capability, chart, decimal, invoice, line, settings};
use tieout_core::check::Rule;
use tieout_core::document::{
    Document, DocumentId, Invoice, InvoiceStatus, ProviderContactId, Totals,
};
use tieout_core::engine::{Summed, summed};
use tieout_core::mapping;
use tieout_core::provider::Posting;
use tieout_core::settings::{CreateStatus, Rounding, RoundingLine, Settings};

fn member(number: &str, net: &str, tax: &str) -> Invoice {
    let mut member = invoice(vec![line("1", net, net, tax)]);
    member.id = DocumentId::new(number).unwrap();
    member.number = number.to_owned();
    member
}

fn summary(members: Vec<Invoice>) -> Invoice {
    summed(Summed {
        id: DocumentId::new("sum-2026-W44-0123456789").unwrap(),
        revision: 1,
        date: "2026-11-01".parse().unwrap(),
        members,
        at: "2026-11-03T00:00:00Z".parse().unwrap(),
    })
    .unwrap()
}

fn posted(invoice: &Invoice, settings: &Settings) -> Result<Posting, Vec<String>> {
    let document = Document::Invoice(invoice.clone());
    let contact = ProviderContactId::new("c-1").unwrap();
    let made = mapping::posting(&document, settings, &chart(), &capability(), &contact);
    let explained = mapping::explained(&document, settings, &chart(), &capability(), &contact);
    assert_eq!(explained.posting, made, "telling changes nothing");
    made.map_err(|findings| findings.iter().map(ToString::to_string).collect())
}

#[test]
fn each_line_is_what_it_would_be_alone() {
    let mut north = member("INV-1", "100.00", "10.00");
    north.business_division = Some("North".to_owned());
    north.references.claim_number = Some("WC-1".to_owned());
    let mut south = member("INV-2", "50.00", "5.00");
    south.business_division = Some("South".to_owned());
    south.references.claim_number = Some("WC-2".to_owned());
    let mut settings = settings();
    settings.description = Some("{description} for {claim_number}".to_owned());
    let accounts = [("North", "200"), ("South", "210")];
    settings.accounts.by_division = accounts
        .map(|(division, code)| (division.to_owned(), code.to_owned()))
        .into();
    let posting = posted(&summary(vec![south, north]), &settings).unwrap();
    let lines: Vec<(&str, &str)> = posting
        .lines
        .iter()
        .map(|line| (line.description.as_str(), line.account_code.as_str()))
        .collect();
    assert_eq!(
        lines,
        [
            ("INV-1: Service for WC-1", "200"),
            ("INV-2: Service for WC-2", "210")
        ]
    );
    assert_ne!(posting.lines[0].line, posting.lines[1].line);
    assert_eq!(posting.number, "SUM-2026-W44-0123456789");
    assert_eq!(posting.date.to_string(), "2026-11-01");
    let sums = ["150.00", "15.00", "165.00"].map(decimal);
    let totals = posting.totals;
    assert_eq!([totals.net, totals.tax, totals.gross], sums);
}

#[test]
fn what_members_say_alike_the_summary_says_and_it_falls_due_with_the_last() {
    let mut first = member("INV-1", "100.00", "10.00");
    let mut second = member("INV-2", "50.00", "5.00");
    first.due_date = Some("2026-11-29".parse().unwrap());
    second.due_date = Some("2026-12-03".parse().unwrap());
    for one in [&mut first, &mut second] {
        one.references.purchase_order_number = Some("PO-7".to_owned());
        one.business_division = Some("North".to_owned());
    }
    second.status = InvoiceStatus::Proposed;
    let whole = summary(vec![first.clone(), second.clone()]);
    assert_eq!(whole.business_division.as_deref(), Some("North"));
    assert_eq!(
        whole.references.purchase_order_number.as_deref(),
        Some("PO-7")
    );
    let posting = posted(&whole, &settings()).unwrap();
    assert_eq!(posting.due_date.unwrap().to_string(), "2026-12-03");
    // What one of them only proposes is never approved by the others.
    assert_eq!(posting.status, CreateStatus::Draft);
    second.business_division = None;
    second.due_date = Some("2026-10-31".parse().unwrap());
    first.due_date = second.due_date;
    let whole = summary(vec![first, second]);
    assert_eq!(whole.business_division, None);
    assert_eq!(whole.due_date.unwrap().to_string(), "2026-11-01");
}

#[test]
fn the_rounding_line_of_each_member_stays_with_it() {
    let settings = Settings {
        rounding: Rounding::Line(RoundingLine {
            account: "230".to_owned(),
            tax_type: "EXEMPTOUTPUT".to_owned(),
            minor_units_max: 2,
            description: "Rounding".to_owned(),
        }),
        ..settings()
    };
    let crooked = |number: &str| {
        let mut crooked = invoice(vec![line("3.333", "100.14", "333.76", "33.38")]);
        crooked.id = DocumentId::new(number).unwrap();
        crooked.number = number.to_owned();
        crooked
    };
    let members = vec![crooked("INV-1"), crooked("INV-2")];
    let alone = posted(&members[0], &settings).unwrap();
    let posting = posted(&summary(members), &settings).unwrap();
    assert_eq!(posting.lines.len(), alone.lines.len() * 2);
    assert_eq!(
        posting.totals.gross,
        alone.totals.gross + alone.totals.gross
    );
    let mut ids: Vec<_> = posting.lines.iter().map(|line| &line.line).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), posting.lines.len());
    assert!(posting.explanation[0].starts_with("INV-1: "));
}

#[test]
fn what_is_wrong_with_a_member_names_it_and_sums_that_are_not_its_members_are_refused() {
    let mut bad = member("INV-2", "50.00", "5.00");
    bad.lines[0].tax_code = Some("XX".to_owned());
    let findings = posted(
        &summary(vec![member("INV-1", "1.00", "0.10"), bad]),
        &settings(),
    );
    let findings = findings.unwrap_err();
    // What is missing in the sums for that is not told beside it.
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert!(findings[0].contains("INV-2: "));
    let mut whole = summary(vec![member("INV-1", "1.00", "0.10")]);
    whole.totals = Totals {
        net: decimal("1.01"),
        tax: decimal("0.10"),
        gross: decimal("1.11"),
    };
    let findings = posted(&whole, &settings()).unwrap_err();
    assert!(
        findings[0].starts_with(Rule::TotalsInconsistent.as_str()),
        "{findings:?}"
    );
}

#[test]
fn a_text_without_room_for_the_number_keeps_a_document_out() {
    let mut long = member("INV-1", "1.00", "0.10");
    long.lines[0].description = "x".repeat(capability().description_chars_max);
    let posting = posted(&long, &settings()).unwrap();
    let findings = mapping::unfit_for_summary(&long, &posting, &capability());
    assert_eq!(findings[0].rule, Rule::TextUnusable);
}

#[test]
fn a_change_of_one_member_leaves_the_lines_of_the_others_as_they_were() {
    let (first, mut second) = (
        member("INV-1", "1.00", "0.10"),
        member("INV-2", "2.00", "0.20"),
    );
    let before = posted(&summary(vec![first.clone(), second.clone()]), &settings()).unwrap();
    second.lines.clear();
    second.lines.push(line("1", "3.00", "3.00", "0.30"));
    second.totals = invoice(second.lines.clone()).totals;
    let after = posted(&summary(vec![first, second]), &settings()).unwrap();
    assert_eq!(before.lines[0], after.lines[0]);
    let third = member("INV-0", "5.00", "0.50");
    let more = posted(
        &summary(vec![third, member("INV-1", "1.00", "0.10")]),
        &settings(),
    )
    .unwrap();
    assert_eq!(more.lines[1].line, before.lines[0].line);
}
