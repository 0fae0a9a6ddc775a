//! Postings that tests send.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use tieout_core::document::{
    AmountsAre, Currency, DocumentKind, LineId, ProviderContactId, Totals,
};
use tieout_core::provider::{Order, Posting, PostingLine, Request};
use tieout_core::settings::CreateStatus;

pub(crate) fn money(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn line(id: &str, quantity: &str, price: &str) -> PostingLine {
    PostingLine {
        line: LineId::new(id).unwrap(),
        description: format!("Work {id}"),
        quantity: money(quantity),
        unit_amount: money(price),
        discount_amount: None,
        account_code: "200".to_owned(),
        tax_type: Some("OUTPUT2".to_owned()),
        tax_amount: None,
        item_code: None,
        tracking: Vec::new(),
    }
}

/// One line of 2 at 50.00 without tax: 115.00 in New Zealand.
pub(crate) fn posting(number: &str, contact: &ProviderContactId, status: CreateStatus) -> Posting {
    Posting {
        kind: DocumentKind::Invoice,
        number: number.to_owned(),
        contact: contact.clone(),
        reference: Some(format!("PO {number}")),
        date: day("2026-11-20"),
        due_date: Some(day("2026-12-20")),
        delivery_date: None,
        status,
        currency: Currency::from_code("NZD").unwrap(),
        amounts_are: AmountsAre::TaxExclusive,
        lines: vec![line("1", "2", "50.00")],
        totals: Totals {
            net: money("100.00"),
            tax: money("15.00"),
            gross: money("115.00"),
        },
        url: Some(format!("https://app.example.org/i/{number}")),
        branding_theme: None,
        explanation: Vec::new(),
    }
}

pub(crate) fn request(key: &str, orders: Vec<Order>) -> Request {
    Request {
        kind: DocumentKind::Invoice,
        idempotency_key: key.to_owned(),
        orders,
    }
}

pub(crate) fn creates(key: &str, postings: &[Posting]) -> Request {
    request(key, postings.iter().cloned().map(Order::Create).collect())
}
