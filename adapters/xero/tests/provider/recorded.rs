//! What real replies hold: an invented one checked in, and recorded ones where a folder of them is named.

use std::path::PathBuf;

use serde_json::Value;
use tieout_core::document::{DocumentKind, PaymentKind};
use tieout_xero::map::{self, SnapshotError};
use tieout_xero::wire::Page;
use tieout_xero::wire::document::Document;
use tieout_xero::wire::organisation::Organisation;

use crate::postings::{day, money};

#[test]
fn an_invoice_tells_every_payment_and_credit_that_stands() {
    let invoice: Document = serde_json::from_str(include_str!("../fixtures/invoice.json")).unwrap();
    let snapshot = map::snapshot(&invoice, DocumentKind::Invoice)
        .unwrap()
        .unwrap();
    let told: Vec<_> = snapshot
        .payments
        .iter()
        .map(|one| (one.kind.clone(), one.amount, one.reference.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            (PaymentKind::Payment, money("10.10"), None),
            (PaymentKind::CreditAllocation, money("22.5"), Some("CN-1")),
            (
                PaymentKind::PrepaymentAllocation,
                money("30"),
                Some("deposit")
            ),
        ]
    );
    assert_eq!(
        (snapshot.amount_paid, snapshot.amount_credited),
        (money("40.10"), money("22.5"))
    );
    assert_eq!(
        (snapshot.date, snapshot.due_date),
        (day("2025-11-20"), Some(day("2025-12-20")))
    );
    assert_eq!(
        snapshot.amount_paid + snapshot.amount_credited + snapshot.amount_due,
        snapshot.totals.gross
    );
    assert_eq!(snapshot.reference, None);
}

#[test]
fn bills_are_no_snapshots_and_a_currency_that_does_not_exist_is_said_to_be_one() {
    let mut value: Value = serde_json::from_str(include_str!("../fixtures/invoice.json")).unwrap();
    let read = |value: &Value| {
        map::snapshot(
            &serde_json::from_value(value.clone()).unwrap(),
            DocumentKind::Invoice,
        )
    };
    value["Type"] = "ACCPAY".into();
    assert_eq!(read(&value), Ok(None));
    value["Type"] = "ACCREC".into();
    value["CurrencyCode"] = "ZMK".into();
    assert_eq!(read(&value), Err(SnapshotError::Currency("ZMK".to_owned())));
    value["CurrencyCode"] = "NZD".into();
    value["Status"] = "ASLEEP".into();
    assert_eq!(read(&value).unwrap().unwrap().status.as_str(), "ASLEEP");
}

#[test]
fn recorded_replies_are_read_to_the_cent() {
    let Some(folder) = std::env::var_os("TIEOUT_XERO_RECORDED").map(PathBuf::from) else {
        eprintln!("SKIPPED: set TIEOUT_XERO_RECORDED to a folder of recorded replies");
        return;
    };
    let body = |file: &str| {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        let recorded: Value = serde_json::from_str(&text).unwrap();
        serde_json::to_vec(&recorded["body"]).unwrap()
    };
    let organisations = Page::<Organisation>::parse(&body("organisation.json")).unwrap();
    assert_eq!(organisations.items[0].base_currency.as_deref(), Some("NZD"));

    let page = Page::<Document>::open(&body("invoices-page-1.json"), "Invoices").unwrap();
    assert!(page.rows > 0 && page.made_at.is_some() && page.pagination.is_none());
    let mut sales = 0;
    for invoice in &page.items {
        let Some(snapshot) = map::snapshot(invoice, DocumentKind::Invoice).unwrap() else {
            continue;
        };
        sales += 1;
        let totals = snapshot.totals;
        assert_eq!(totals.net + totals.tax, totals.gross);
        assert_eq!(
            snapshot
                .lines
                .iter()
                .map(|line| line.tax_amount)
                .sum::<rust_decimal::Decimal>(),
            totals.tax
        );
        assert_eq!(
            snapshot.amount_paid + snapshot.amount_credited + snapshot.amount_due,
            totals.gross
        );
        let told: rust_decimal::Decimal =
            snapshot.payments.iter().map(|payment| payment.amount).sum();
        assert_eq!(
            told,
            snapshot.amount_paid + snapshot.amount_credited,
            "{}",
            snapshot.number
        );
    }
    assert!(sales > 0 && sales < page.rows);
}

fn told(value: &Value) -> tieout_core::provider::Snapshot {
    let document: Document = serde_json::from_value(value.clone()).unwrap();
    map::snapshot(&document, DocumentKind::Invoice)
        .unwrap()
        .unwrap()
}

#[test]
fn what_was_overpaid_or_prepaid_is_money_and_what_was_credited_is_not() {
    let mut value: Value = serde_json::from_str(include_str!("../fixtures/invoice.json")).unwrap();
    value["Payments"] = serde_json::json!([]);
    value["AmountPaid"] = 0.into();
    value["Overpayments"][0]["AppliedAmount"] = 7.into();
    value["AmountCredited"] = "59.5".into();
    value["AmountDue"] = "55.5".into();
    let snapshot = told(&value);
    let kinds: Vec<_> = snapshot
        .payments
        .iter()
        .map(|one| (one.kind.clone(), one.amount))
        .collect();
    assert_eq!(
        kinds,
        [
            (PaymentKind::CreditAllocation, money("22.5")),
            (PaymentKind::PrepaymentAllocation, money("30")),
            (PaymentKind::PrepaymentAllocation, money("7")),
        ]
    );
    assert_eq!(
        (snapshot.amount_paid, snapshot.amount_credited),
        (money("37"), money("22.5"))
    );
    let settlement = snapshot.settlement();
    assert_eq!(
        settlement.amount_paid + settlement.amount_credited + settlement.amount_due,
        snapshot.totals.gross
    );

    // Where the sum does not prove that Xero counts them among the credits, its own figures stand.
    value["AmountPaid"] = 37.into();
    value["AmountCredited"] = "22.5".into();
    let snapshot = told(&value);
    assert_eq!(
        (snapshot.amount_paid, snapshot.amount_credited),
        (money("37"), money("22.5"))
    );
}

#[test]
fn an_allocation_that_was_taken_back_counts_for_nothing_however_it_is_said() {
    let value: Value = serde_json::from_str(include_str!("../fixtures/invoice.json")).unwrap();
    for (field, said) in [
        ("IsDeleted", Value::from(true)),
        ("Status", "VOIDED".into()),
        ("AppliedAmount", 0.into()),
        ("AppliedAmount", Value::Null),
    ] {
        let mut value = value.clone();
        value["Prepayments"][0][field] = said;
        value["AmountCredited"] = "22.5".into();
        value["AmountDue"] = "82.4".into();
        let snapshot = told(&value);
        assert!(
            !snapshot
                .payments
                .iter()
                .any(|one| one.kind == PaymentKind::PrepaymentAllocation),
            "{field}"
        );
        assert_eq!(
            (snapshot.amount_paid, snapshot.amount_credited),
            (money("10.10"), money("22.5")),
            "{field}"
        );
    }
}

#[test]
fn an_allocation_without_a_date_has_that_of_its_document() {
    let mut value: Value = serde_json::from_str(include_str!("../fixtures/invoice.json")).unwrap();
    value["Prepayments"][0]["Date"] = "/Date(-62135596800000+0000)/".into();
    value["CreditNotes"][0]["Date"] = Value::Null;
    let dates: Vec<_> = told(&value).payments.iter().map(|one| one.date).collect();
    assert_eq!(dates, vec![day("2025-11-20"); 3]);
    // Money without a date is no payment that could be told.
    value["Payments"][0]["Date"] = Value::Null;
    let document: Document = serde_json::from_value(value).unwrap();
    assert_eq!(
        map::snapshot(&document, DocumentKind::Invoice),
        Err(SnapshotError::Missing("Payments.Date"))
    );
}
