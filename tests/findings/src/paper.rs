//! The one invoice that every scenario is about, and its other versions.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use tieout_core::document::{
    AmountsAre, Attachment, BillTo, Currency, DocumentId, HostPayment, HostPaymentId, Invoice,
    InvoiceKind, InvoiceStatus, Line, LineId, References, Totals,
};

/// Its number.
pub(crate) const NUMBER: &str = "INV-1";
/// Who is billed: a contact of the organisation.
pub(crate) const PARTY: &str = "Bluegum Health Group";

/// An invoice of 100.00 AUD and ten per cent of tax, which nothing stands in the way of.
pub(crate) fn invoice() -> Invoice {
    Invoice {
        id: DocumentId::new("1").expect("a short text"),
        revision: 1,
        kind: InvoiceKind::Sales,
        number: NUMBER.to_owned(),
        status: InvoiceStatus::Final,
        business_division: None,
        issue_date: day("2026-11-10"),
        due_date: Some(day("2026-12-10")),
        payment_terms_days: None,
        currency: currency("AUD"),
        amounts_are: AmountsAre::TaxExclusive,
        bill_to: BillTo {
            name: PARTY.to_owned(),
            ..BillTo::default()
        },
        references: References::default(),
        grouped: false,
        group_sources: Vec::new(),
        batch_id: None,
        tracking: Vec::new(),
        lines: vec![line()],
        totals: Totals {
            net: cents(10_000),
            tax: cents(1_000),
            gross: cents(11_000),
        },
        notes: None,
        url: None,
        attachments: Vec::new(),
        payments: None,
        updated_at: "2026-11-10T00:00:00Z".parse().expect("a moment"),
    }
}

fn line() -> Line {
    Line {
        id: LineId::new("1").expect("a short text"),
        description: "Assessment".to_owned(),
        service_date: None,
        service_end_date: None,
        quantity: Decimal::ONE,
        unit_price: cents(10_000),
        discount: None,
        net_amount: cents(10_000),
        tax_code: Some("GST".to_owned()),
        tax_rate: None,
        tax_amount: cents(1_000),
        gross_amount: None,
        charge_code: None,
        service_contract: None,
        item_code: None,
        account_code: None,
        tracking: Vec::new(),
        case_number: None,
        worker: None,
        funding: None,
    }
}

/// Its line and its totals, all in cents.
pub(crate) fn amounts(invoice: &mut Invoice, net: i64, tax: i64) {
    let line = &mut invoice.lines[0];
    line.unit_price = cents(net);
    line.net_amount = cents(net);
    line.tax_amount = cents(tax);
    invoice.totals = Totals {
        net: cents(net),
        tax: cents(tax),
        gross: cents(net + tax),
    };
}

/// Its line without tax, under this code.
pub(crate) fn untaxed(invoice: &mut Invoice, code: &str) {
    amounts(invoice, 10_000, 0);
    invoice.lines[0].tax_code = Some(code.to_owned());
}

/// A payment of the host, by card.
pub(crate) fn payment(amount: i64) -> HostPayment {
    HostPayment {
        id: HostPaymentId::new("p1").expect("a short text"),
        date: day("2026-11-12"),
        amount: cents(amount),
        account_code: None,
        method: Some("card".to_owned()),
        reference: None,
        ledger_payment_id: None,
    }
}

/// A file of the host.
pub(crate) fn file() -> Attachment {
    Attachment {
        name: "report.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        url: "files/report.pdf".to_owned(),
        sha256: None,
    }
}

pub(crate) fn cents(cents: i64) -> Decimal {
    Decimal::new(cents, 2)
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

pub(crate) fn currency(code: &str) -> Currency {
    Currency::from_code(code).expect("a currency")
}
