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
