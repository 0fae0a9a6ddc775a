//! Promises about adjustments that were made in iinsight: what each becomes, once, whatever order it is told in.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support;

use serde_json::{Value, json};
use support::{Scene, delivery, empty, invoice, look, payment, row, told, try_look};
use tieout_core::document::{DocumentId, DocumentKind, InvoiceKind};
use tieout_core::host::{DocumentRef, Host, Record, WriteBack};

const READ: &str = "adjustment-77-N500-A1";

/// An adjustment of invoice N500, which comes to 100.00 and 10.00 of tax.
fn adjustment(kind: &str, amount: &str, tax: &str) -> Value {
    json!({
        "adjustment_number": "N500-A1", "status": "active", "type": kind, "transaction_id": "77",
        "date_entered": "2026-11-18T12:00:00Z", "amount": amount, "tax_amount": tax, "reason": "Travel was agreed",
        "invoice_number": "N500", "case_number": "NSW170", "case_id": "1170", "invoice_id": "500",
        "company_name": "Banksia Pty Ltd", "details": [{"record_id": "1"}],
    })
}

async fn scene() -> Scene {
    let account = empty();
    account.put_invoice(row(500));
    Scene::of(account).await
}

fn reads() -> Value {
    json!({"read_adjustments": true, "adjustment_amounts": "with_tax"})
}

/// The message of what cannot be read under a name.
fn said(records: &[Record], name: &str) -> String {
    let found = records.iter().find_map(|record| match record {
        Record::Unreadable {
            id: Some(id),
            message,
            ..
        } if id == name => Some(message.clone()),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("{name} among {:?}", told(records)))
}

#[tokio::test]
async fn what_lowers_an_invoice_becomes_a_credit_note_to_the_same_customer() {
    let scene = scene().await;
    scene
        .account
        .put_adjustment(adjustment("negative adjustment", "-22.00", "-2.00"));
    let records = look(&scene.host(&reads()), &mut None).await;
    assert_eq!(told(&records), ["N500 final", "N500-A1 final"]);
    let (credit, of) = (invoice(&records, "N500-A1"), invoice(&records, "N500"));
    assert_eq!(credit.kind, InvoiceKind::SalesCredit);
    assert_eq!(credit.id.as_str(), READ);
    assert_eq!(credit.issue_date.to_string(), "2026-11-18");
    assert_eq!(
        (&credit.bill_to, credit.currency),
        (&of.bill_to, of.currency)
    );
    assert_eq!(credit.business_division.as_deref(), Some("NSW Rehab"));
    let totals = [credit.totals.net, credit.totals.tax, credit.totals.gross];
    assert_eq!(
        totals.map(|sum| sum.to_string()),
        ["20.00", "2.00", "22.00"]
    );
    let line = &credit.lines[0];
    assert_eq!(line.description, "Travel was agreed");
    assert_eq!(line.tax_rate, of.lines[0].tax_rate);
    assert_eq!(line.account_code.as_deref(), Some("200"));
}

#[tokio::test]
async fn without_the_setting_none_is_asked_for() {
    let scene = scene().await;
    scene
        .account
        .put_adjustment(adjustment("negative adjustment", "22.00", "2.00"));
    let records = look(&scene.host(&json!({})), &mut None).await;
    assert_eq!(told(&records), ["N500 final"]);
    let asked = scene.account.asked();
    assert!(
        asked.iter().all(|it| !it.contains("adjustments")),
        "{asked:?}"
    );
}

#[tokio::test]
async fn whether_amounts_hold_the_tax_is_asked_of_people_and_never_guessed() {
    let scene = scene().await;
    scene
        .account
        .put_adjustment(adjustment("negative adjustment", "20.00", "2.00"));
    let mut position = None;
    let mut keys = json!({"read_adjustments": true});
    let records = look(&scene.host(&keys), &mut position).await;
    assert_eq!(
        told(&records),
        [format!("?{READ} tax_amount"), "N500 final".to_owned()]
    );
    assert!(
        said(&records, READ).contains("set `adjustment_amounts` to `with_tax` or `without_tax`")
    );
    // Answered, everything is looked at anew, and the notice goes by the document of its name.
    keys["adjustment_amounts"] = json!("without_tax");
    let records = look(&scene.host(&keys), &mut position).await;
    // With its invoice, and with its own list.
    let mut twice = told(&records);
    twice.dedup();
    assert_eq!(twice, ["N500 final", "N500-A1 final"]);
    assert_eq!(
        invoice(&records, "N500-A1").totals.gross.to_string(),
        "22.00"
    );
    assert!(look(&scene.host(&keys), &mut position).await.is_empty());
    // Where there is no tax, nothing is asked.
    scene.pass(20);
    let mut free = row(501);
    free["item"][0]["tax_rate"] = json!("0.00");
    free["item"][0]["tax_amount"] = json!("0.00");
    free["item"][0]["total_charge"] = json!("100.00");
    free["total_amount_payable"] = json!("100.00");
    scene.account.put_invoice(free);
    let mut plain = adjustment("negative adjustment", "15.00", "");
    plain["invoice_id"] = json!("501");
    plain["adjustment_number"] = json!("N501-A1");
    scene.account.put_adjustment(plain);
    let host = scene.host(&json!({"read_adjustments": true}));
    let records = look(&host, &mut None).await;
    let credit = invoice(&records, "N501-A1");
    assert_eq!(
        (credit.totals.gross.to_string(), credit.lines[0].tax_rate),
        ("15.00".to_owned(), "0.00".parse().ok())
    );
}

#[tokio::test]
async fn a_tax_that_fits_no_rate_of_the_invoice_is_shown() {
    let scene = scene().await;
    let host = scene.host(&reads());
    let mut position = None;
    for (amount, tax, why) in [
        ("22.00", "3.30", "the tax of no single rate of invoice N500"),
        ("22.00", "22.00", "is no tax within 22.00"),
        ("22.00", "", "is missing, and invoice N500 has tax"),
        ("0.00", "0.00", "an adjustment of nothing"),
        ("2,200.00", "200.00", "2,200.00"),
    ] {
        scene.pass(20);
        scene
            .account
            .put_adjustment(adjustment("negative adjustment", amount, tax));
        let records = look(&host, &mut position).await;
        assert!(
            said(&records, READ).contains(why),
            "{}",
            said(&records, READ)
        );
    }
    scene.pass(20);
    scene
        .account
        .put_adjustment(adjustment("a new kind", "22.00", "2.00"));
    let records = look(&host, &mut position).await;
    assert!(said(&records, READ).contains("`a new kind` is neither"));
}

#[tokio::test]
async fn one_that_is_voided_takes_its_credit_note_along() {
    let scene = scene().await;
    let host = scene.host(&reads());
    let mut position = None;
    scene
        .account
        .put_adjustment(adjustment("negative adjustment", "22.00", "2.00"));
    look(&host, &mut position).await;
    scene.pass(20);
    assert!(scene.account.void_adjustment("N500-A1"));
    assert_eq!(told(&look(&host, &mut position).await), ["N500-A1 voided"]);
    scene.pass(20);
    assert!(look(&host, &mut position).await.is_empty());
}

#[tokio::test]
async fn one_that_comes_before_its_invoice_waits_for_it_and_follows_its_changes() {
    let account = empty();
    let scene = Scene::of(account).await;
    let host = scene.host(&reads());
    let mut position = None;
    scene
        .account
        .put_adjustment(adjustment("negative adjustment", "22.00", "2.00"));
    assert!(look(&host, &mut position).await.is_empty());
    scene.pass(60);
    scene.account.put_invoice(row(500));
    let records = look(&host, &mut position).await;
    assert_eq!(told(&records), ["N500 final", "N500-A1 final"]);
    scene.pass(60);
    let mut moved = row(500);
    moved["to"] = json!("Banksia Holdings Pty Ltd");
    scene.account.put_invoice(moved);
    let records = look(&host, &mut position).await;
    assert_eq!(
        invoice(&records, "N500-A1").bill_to.name,
        "Banksia Holdings Pty Ltd"
    );
}

#[tokio::test]
async fn what_raises_an_invoice_is_shown_until_a_setting_sends_it() {
    let scene = scene().await;
    scene
        .account
        .put_adjustment(adjustment("positive adjustment", "22.00", "2.00"));
    let mut position = None;
    let mut keys = reads();
    let records = look(&scene.host(&keys), &mut position).await;
    assert!(said(&records, READ).contains("`positive_adjustments = \"invoices\"`"));
    keys["positive_adjustments"] = json!("invoices");
    let records = look(&scene.host(&keys), &mut position).await;
    let more = invoice(&records, "N500-A1");
    assert_eq!(
        (more.kind, more.payment_terms_days),
        (InvoiceKind::Sales, Some(14))
    );
    // Corrected into its opposite: what was sent of it is taken out of the books.
    scene.pass(20);
    scene
        .account
        .put_adjustment(adjustment("negative adjustment", "22.00", "2.00"));
    let records = look(&scene.host(&keys), &mut position).await;
    let removed = records.iter().find_map(|record| match record {
        Record::Removed { kind, .. } => Some(*kind),
        _ => None,
    });
    assert_eq!(removed, Some(DocumentKind::Invoice));
    assert_eq!(invoice(&records, "N500-A1").kind, InvoiceKind::SalesCredit);
}

#[tokio::test]
async fn the_opposite_entry_of_a_reversed_invoice_is_no_second_document() {
    let scene = scene().await;
    let host = scene.host(&reads());
    let mut position = None;
    look(&host, &mut position).await;
    scene.pass(20);
    assert!(scene.account.reverse("N500"));
    scene
        .account
        .put_adjustment(adjustment("reversal", "110.00", "10.00"));
    assert_eq!(told(&look(&host, &mut position).await), ["N500 reversed"]);
    // One of an invoice that counts reverses something else, which nobody tells: people look at it.
    scene.pass(20);
    scene.account.put_invoice(row(500));
    let records = look(&host, &mut position).await;
    assert!(said(&records, READ).contains("which itself counts"));
    scene.pass(20);
    assert!(scene.account.void_adjustment("N500-A1"));
    assert_eq!(
        told(&look(&host, &mut position).await),
        [format!("-{READ}")]
    );
}

#[tokio::test]
async fn one_of_an_invoice_that_no_longer_counts_is_shown_and_not_sent() {
    let scene = scene().await;
    let host = scene.host(&reads());
    let mut position = None;
    scene
        .account
        .put_adjustment(adjustment("negative adjustment", "22.00", "2.00"));
    look(&host, &mut position).await;
    scene.pass(20);
    assert!(scene.account.void("N500"));
    let records = look(&host, &mut position).await;
    assert_eq!(
        told(&records),
        [format!("?{READ} invoice_number"), "N500 voided".to_owned()]
    );
    assert!(said(&records, READ).contains("invoice N500 is voided"));
}

#[tokio::test]
async fn one_without_an_invoice_or_a_name_spoils_no_other() {
    let scene = scene().await;
    let mut lost = adjustment("negative adjustment", "22.00", "2.00");
    lost["invoice_id"] = json!("0");
    scene.account.put_adjustment(lost);
    let mut nameless = adjustment("negative adjustment", "22.00", "2.00");
    nameless["adjustment_number"] = json!("");
    nameless["transaction_id"] = json!("");
    scene.account.put_adjustment(nameless);
    let mut good = adjustment("negative adjustment", "11.00", "1.00");
    good["adjustment_number"] = json!("N500-A2");
    scene.account.put_adjustment(good);
    let records = look(&scene.host(&reads()), &mut None).await;
    assert_eq!(
        told(&records),
        [
            "? adjustment_number",
            "?adjustment-77-N500-A1 invoice_id",
            "N500 final",
            "N500-A2 final"
        ]
    );
}

#[tokio::test]
async fn switched_on_later_all_of_them_come_with_their_invoices() {
    let scene = scene().await;
    scene
        .account
        .put_adjustment(adjustment("negative adjustment", "22.00", "2.00"));
    let mut position = None;
    look(&scene.host(&json!({})), &mut position).await;
    scene.pass(60 * 24 * 90);
    let records = look(&scene.host(&reads()), &mut position).await;
    assert_eq!(told(&records), ["N500 final", "N500-A1 final"]);
}

#[tokio::test]
async fn a_list_that_breaks_midway_goes_on_where_it_was() {
    let scene = scene().await;
    let host = scene.host(&reads());
    for number in 1..=5 {
        let mut one = adjustment("negative adjustment", "11.00", "1.00");
        one["adjustment_number"] = json!(format!("N500-A{number}"));
        scene.account.put_adjustment(one);
    }
    let mut position = None;
    scene.lose_reply("api1/adjustments");
    assert!(try_look(&host, &mut position, 500).await.is_err());
    let records = look(&host, &mut position).await;
    assert_eq!(
        told(&records),
        [
            "N500-A1 final",
            "N500-A2 final",
            "N500-A3 final",
            "N500-A4 final",
            "N500-A5 final"
        ]
    );
}

#[tokio::test]
async fn a_payment_of_an_adjustment_is_entered_by_hand() {
    let scene = scene().await;
    let mut keys = reads();
    keys["write_backs"] = json!("create_payment");
    let host = scene.host(&keys);
    let paid = WriteBack::Payment {
        document: DocumentRef {
            kind: DocumentKind::CreditNote,
            id: DocumentId::new(READ).unwrap(),
            number: "N500-A1".to_owned(),
        },
        revision: 1,
        payment: payment("p-1", "22.00"),
    };
    let refused = host
        .deliver(&delivery("d1", &[paid]))
        .await
        .unwrap()
        .remove(0);
    assert!(
        refused
            .unwrap_err()
            .message
            .contains("for adjustment N500-A1 by hand")
    );
    assert!(scene.account.payments().is_empty());
}
