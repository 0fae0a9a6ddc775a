//! The invoices, the settings and the chart that the driver's tests share.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use tieout_core::document::{
    Account, AccountClass, AmountsAre, BillTo, ConnectionId, Currency, DocumentId, DocumentKind,
    HostId, HostPayment, HostPaymentId, Invoice, InvoiceKind, InvoiceStatus, Line, LineId,
    References, TaxRate, Totals,
};
use tieout_core::provider::{Arithmetic, Capability, Chart, Organisation, TaxPrecision};
use tieout_core::settings::{Accounts, CreateStatus, HostPayments, Route, Settings};

/// The first moment of every test.
pub(crate) fn start() -> DateTime<Utc> {
    "2026-11-14T00:00:00Z".parse().expect("a time")
}

pub(crate) fn host_id(text: &str) -> HostId {
    HostId::new(text).expect("an identifier")
}

pub(crate) fn connection_id(text: &str) -> ConnectionId {
    ConnectionId::new(text).expect("an identifier")
}

pub(crate) fn document_id(text: &str) -> DocumentId {
    DocumentId::new(text).expect("an identifier")
}

pub(crate) fn cents(cents: i64) -> Decimal {
    Decimal::new(cents, 2)
}

/// A finished invoice of one line for each net amount, each with ten per cent of tax.
pub(crate) fn invoice(id: &str, net_cents: &[i64]) -> Invoice {
    let mut invoice = Invoice {
        id: document_id(id),
        revision: 1,
        kind: InvoiceKind::Sales,
        number: format!("INV-{id}"),
        status: InvoiceStatus::Final,
        business_division: None,
        issue_date: "2026-11-10".parse().expect("a day"),
        due_date: Some("2026-12-10".parse().expect("a day")),
        payment_terms_days: None,
        currency: aud(),
        amounts_are: AmountsAre::TaxExclusive,
        bill_to: BillTo {
            name: "Grevillea Workers Cover".to_owned(),
            ..BillTo::default()
        },
        references: References::default(),
        grouped: false,
        group_sources: Vec::new(),
        batch_id: None,
        tracking: Vec::new(),
        lines: Vec::new(),
        totals: Totals {
            net: Decimal::ZERO,
            tax: Decimal::ZERO,
            gross: Decimal::ZERO,
        },
        notes: None,
        url: None,
        attachments: Vec::new(),
        payments: None,
        updated_at: start(),
    };
    invoice.lines = net_cents
        .iter()
        .enumerate()
        .map(|(at, net)| line(&(at + 1).to_string(), *net))
        .collect();
    totalled(invoice)
}

/// The same invoice after a change in the host.
pub(crate) fn revised(before: &Invoice, change: impl FnOnce(&mut Invoice)) -> Invoice {
    let mut invoice = before.clone();
    invoice.revision += 1;
    change(&mut invoice);
    totalled(invoice)
}

/// The same invoice, voided in the host.
pub(crate) fn voided(before: &Invoice) -> Invoice {
    revised(before, |invoice| invoice.status = InvoiceStatus::Voided)
}

pub(crate) fn line(id: &str, net_cents: i64) -> Line {
    Line {
        id: LineId::new(id).expect("an identifier"),
        description: format!("Service {id}"),
        service_date: None,
        service_end_date: None,
        quantity: Decimal::ONE,
        unit_price: cents(net_cents),
        discount: None,
        net_amount: cents(net_cents),
        tax_code: Some("GST".to_owned()),
        tax_rate: None,
        tax_amount: tax_of(cents(net_cents)),
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

pub(crate) fn tax_of(net: Decimal) -> Decimal {
    (net / Decimal::TEN).round_dp(2)
}

fn totalled(mut invoice: Invoice) -> Invoice {
    let net: Decimal = invoice.lines.iter().map(|line| line.net_amount).sum();
    let tax: Decimal = invoice.lines.iter().map(|line| line.tax_amount).sum();
    invoice.totals = Totals {
        net,
        tax,
        gross: net + tax,
    };
    invoice
}

pub(crate) fn aud() -> Currency {
    Currency::from_code("AUD").expect("a currency")
}

/// Settings under which every invoice of [`invoice`] can be sent.
pub(crate) fn settings() -> Settings {
    Settings {
        accounts: Accounts {
            sales: Some("200".to_owned()),
            ..Accounts::default()
        },
        tax_codes: [("GST".to_owned(), "OUTPUT".to_owned())].into(),
        invoice_status: CreateStatus::Authorised,
        ..Settings::default()
    }
}

/// A route for everything.
pub(crate) fn route(connection: &str) -> Route {
    Route {
        connection: connection_id(connection),
        host: None,
        kinds: None,
        divisions: None,
        companies: None,
        currencies: None,
    }
}

/// A route for one division.
pub(crate) fn division_route(connection: &str, division: &str) -> Route {
    Route {
        divisions: Some(vec![division.to_owned()]),
        ..route(connection)
    }
}

pub(crate) fn chart() -> Chart {
    Chart {
        as_of: start(),
        organisation: Organisation {
            id: "org".to_owned(),
            name: "Demo Company".to_owned(),
            base_currency: aud(),
            country: "AU".to_owned(),
            short_code: None,
            period_lock: None,
            year_lock: None,
            time_zone: None,
        },
        accounts: vec![account("200"), account("210"), bank("090")],
        tax_rates: vec![TaxRate {
            code: "OUTPUT".to_owned(),
            name: "GST on Income".to_owned(),
            rate: Decimal::new(10, 2),
            active: true,
            applies_to: vec![AccountClass::Revenue],
        }],
        currencies: vec![aud()],
        tracking: Vec::new(),
        branding_themes: None,
    }
}

fn account(code: &str) -> Account {
    Account {
        code: Some(code.to_owned()),
        name: format!("Sales {code}"),
        class: AccountClass::Revenue,
        kind: "SALES".to_owned(),
        active: true,
        tax_type: None,
        system: false,
        takes_payments: false,
    }
}

fn bank(code: &str) -> Account {
    Account {
        name: "Business Bank Account".to_owned(),
        class: AccountClass::Asset,
        kind: "BANK".to_owned(),
        takes_payments: true,
        ..account(code)
    }
}

/// A payment that was made in the host.
pub(crate) fn host_payment(id: &str, amount: Decimal) -> HostPayment {
    HostPayment {
        id: HostPaymentId::new(id).expect("an identifier"),
        date: "2026-11-12".parse().expect("a day"),
        amount,
        account_code: None,
        method: None,
        reference: Some("EFT 77".to_owned()),
        ledger_payment_id: None,
    }
}

/// The same settings with payments of the host made under one account.
pub(crate) fn paying() -> Option<HostPayments> {
    Some(HostPayments {
        account: Some("090".to_owned()),
        ..HostPayments::default()
    })
}

pub(crate) fn capability() -> Capability {
    Capability {
        provider: "test",
        documents: &[DocumentKind::Invoice],
        numbers_unique: &[DocumentKind::Invoice],
        batch_documents_max: 50,
        batch_bytes_max: 1_000_000,
        look_up_max: 40,
        page_documents_max: 5,
        idempotency_window_s: 360,
        concurrent_max: 5,
        number_chars_max: 255,
        reference_chars_max: 255,
        description_chars_max: 4_000,
        tracking_max: 2,
        allocates: true,
        arithmetic: Arithmetic {
            unit_price_places: 4,
            quantity_places: 4,
            tax: TaxPrecision::PerLine,
        },
    }
}
