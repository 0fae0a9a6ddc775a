//! The documents, the chart and the plain spelling of postings and findings that the mapping tests share.
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::unwrap_used, reason = "fixed texts of tests")]

use std::fmt::Write as _;

use rust_decimal::Decimal;
use tieout_core::check::Finding;
use tieout_core::document::{
    Account, AccountClass, AmountsAre, BillTo, Currency, Document, DocumentId, DocumentKind,
    Invoice, InvoiceKind, InvoiceStatus, Line, LineId, PartyId, ProviderContactId, References,
    TaxRate, Totals,
};
use tieout_core::mapping::{self, Decided};
use tieout_core::provider::{
    Arithmetic, Capability, Chart, Organisation, Posting, PostingLine, TaxPrecision,
    TrackingCategory, TrackingOption,
};
use tieout_core::settings::{Accounts, Settings};

pub(crate) fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(crate) fn currency(code: &str) -> Currency {
    Currency::from_code(code).unwrap()
}

/// A line by its figures: quantity, price, net and tax.
pub(crate) fn line(quantity: &str, unit_price: &str, net: &str, tax: &str) -> Line {
    Line {
        id: LineId::new("1").unwrap(),
        description: "Service".to_owned(),
        service_date: None,
        service_end_date: None,
        quantity: decimal(quantity),
        unit_price: decimal(unit_price),
        discount: None,
        net_amount: decimal(net),
        tax_code: Some("GST".to_owned()),
        tax_rate: None,
        tax_amount: decimal(tax),
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

pub(crate) fn coded(mut line: Line, tax_code: &str) -> Line {
    line.tax_code = Some(tax_code.to_owned()).filter(|code| !code.is_empty());
    line
}

pub(crate) fn discounted(mut line: Line, discount: &str) -> Line {
    line.discount = Some(decimal(discount));
    line
}

/// An invoice whose totals are the sums of its lines.
pub(crate) fn invoice(lines: Vec<Line>) -> Invoice {
    let sum = |part: fn(&Line) -> Decimal| {
        lines
            .iter()
            .map(part)
            .fold(Decimal::ZERO, |sum, part| sum + part)
    };
    let totals = Totals {
        net: sum(|line| line.net_amount),
        tax: sum(|line| line.tax_amount),
        gross: sum(Line::gross),
    };
    with_totals(lines, totals)
}

pub(crate) fn with_totals(mut lines: Vec<Line>, totals: Totals) -> Invoice {
    for (position, line) in lines.iter_mut().enumerate() {
        line.id = LineId::new((position + 1).to_string()).unwrap();
    }
    Invoice {
        id: DocumentId::new("14501").unwrap(),
        revision: 1,
        kind: InvoiceKind::Sales,
        number: "14501".to_owned(),
        status: InvoiceStatus::Final,
        business_division: None,
        issue_date: "2026-10-30".parse().unwrap(),
        due_date: Some("2026-11-29".parse().unwrap()),
        payment_terms_days: None,
        currency: currency("AUD"),
        amounts_are: AmountsAre::TaxExclusive,
        bill_to: BillTo {
            company_id: Some(PartyId::new("283").unwrap()),
            name: "Grevillea Workers Cover".to_owned(),
            ..BillTo::default()
        },
        references: References::default(),
        grouped: false,
        group_sources: Vec::new(),
        batch_id: None,
        tracking: Vec::new(),
        lines,
        totals,
        notes: None,
        url: None,
        attachments: Vec::new(),
        payments: None,
        updated_at: "2026-10-30T05:00:00Z".parse().unwrap(),
    }
}

/// Accounts and tax codes as an operator in Australia would set them.
pub(crate) fn settings() -> Settings {
    let tax_codes = [
        ("GST", "OUTPUT"),
        ("FRE", "EXEMPTOUTPUT"),
        ("", "EXEMPTOUTPUT"),
        ("GSTNZ", "OUTPUT2"),
        ("VAT", "OUTPUT20"),
        ("KW", "TAX005"),
    ];
    Settings {
        accounts: Accounts {
            sales: Some("200".to_owned()),
            ..Accounts::default()
        },
        tax_codes: tax_codes
            .into_iter()
            .map(|(own, code)| (own.to_owned(), code.to_owned()))
            .collect(),
        ..Settings::default()
    }
}

pub(crate) fn account(code: &str, name: &str, class: AccountClass, kind: &str) -> Account {
    Account {
        code: Some(code.to_owned()),
        name: name.to_owned(),
        class,
        kind: kind.to_owned(),
        active: true,
        tax_type: None,
        system: false,
        takes_payments: false,
    }
}

fn rate(code: &str, name: &str, rate: &str) -> TaxRate {
    rate_of(code, name, rate, vec![AccountClass::Revenue])
}

pub(crate) fn rate_of(
    code: &str,
    name: &str,
    rate: &str,
    applies_to: Vec<AccountClass>,
) -> TaxRate {
    TaxRate {
        code: code.to_owned(),
        name: name.to_owned(),
        rate: decimal(rate),
        active: true,
        applies_to,
    }
}

pub(crate) fn chart() -> Chart {
    Chart {
        as_of: "2026-11-14T00:00:00Z".parse().unwrap(),
        organisation: Organisation {
            id: "org".to_owned(),
            name: "Demo Company".to_owned(),
            base_currency: currency("AUD"),
            country: "AU".to_owned(),
            short_code: None,
            period_lock: None,
            year_lock: None,
            time_zone: None,
        },
        accounts: vec![
            account("200", "Sales", AccountClass::Revenue, "SALES"),
            account(
                "201",
                "Sales - NDIS Therapy",
                AccountClass::Revenue,
                "SALES",
            ),
            account(
                "202",
                "Sales - NDIS Support Coordination",
                AccountClass::Revenue,
                "SALES",
            ),
            account("210", "Travel Recovered", AccountClass::Revenue, "REVENUE"),
            account(
                "220",
                "Equipment Recovered",
                AccountClass::Revenue,
                "REVENUE",
            ),
            account(
                "230",
                "Reports and Assessments",
                AccountClass::Revenue,
                "REVENUE",
            ),
            account("090", "Cheque Account", AccountClass::Asset, "BANK"),
        ],
        tax_rates: vec![
            rate("OUTPUT", "GST on Income", "0.10"),
            rate("EXEMPTOUTPUT", "GST Free Income", "0"),
            rate("OUTPUT2", "15% GST on Income", "0.15"),
            rate("OUTPUT20", "20% VAT on Income", "0.2"),
            rate("TAX005", "Five", "0.05"),
            rate("TAX0825", "Eight and a quarter", "0.0825"),
        ],
        currencies: ["AUD", "NZD", "GBP", "JPY", "KWD"].map(currency).to_vec(),
        tracking: vec![TrackingCategory {
            id: "cat-1".to_owned(),
            name: "Region".to_owned(),
            options: vec![TrackingOption {
                id: "opt-1".to_owned(),
                name: "North".to_owned(),
                active: true,
            }],
        }],
        branding_themes: None,
    }
}

pub(crate) fn capability() -> Capability {
    Capability {
        provider: "test",
        documents: &[
            DocumentKind::Invoice,
            DocumentKind::CreditNote,
            DocumentKind::Bill,
            DocumentKind::PurchaseOrder,
        ],
        numbers_unique: &[],
        batch_documents_max: 50,
        batch_bytes_max: 1_000_000,
        look_up_max: 50,
        page_documents_max: 1_000,
        idempotency_window_s: 300,
        concurrent_max: 5,
        number_chars_max: 255,
        reference_chars_max: 255,
        description_chars_max: 4_000,
        tracking_max: 2,
        allocates: false,
        arithmetic: Arithmetic {
            unit_price_places: 4,
            quantity_places: 4,
            tax: TaxPrecision::PerLine,
        },
    }
}

pub(crate) fn post(invoice: &Invoice, settings: &Settings) -> Result<Posting, Vec<Finding>> {
    post_by(invoice, settings, &chart())
}

pub(crate) fn post_by(
    invoice: &Invoice,
    settings: &Settings,
    chart: &Chart,
) -> Result<Posting, Vec<Finding>> {
    let contact = ProviderContactId::new("contact").unwrap();
    let document = Document::Invoice(invoice.clone());
    let posting = mapping::posting(&document, settings, chart, &capability(), &contact);
    let told = mapping::explained(&document, settings, chart, &capability(), &contact);
    if let Ok(posting) = &posting {
        assert_eq!(
            told.posting.as_ref(),
            Ok(posting),
            "what is told is what is made"
        );
        assert_told(posting, &told.decided);
    }
    posting
}

/// What made a field, as it is told.
pub(crate) fn told(invoice: &Invoice, settings: &Settings, field: &str) -> (String, String) {
    let contact = ProviderContactId::new("contact").unwrap();
    let document = Document::Invoice(invoice.clone());
    let told = mapping::explained(&document, settings, &chart(), &capability(), &contact);
    let found = told.decided.iter().find(|it| it.field == field);
    assert!(found.is_some(), "{field} is not among {:?}", told.decided);
    let found = found.unwrap();
    (found.value.clone(), found.by.words())
}

/// Every field of a posting is told with the value that it has.
#[track_caller]
fn assert_told(posting: &Posting, told: &[Decided]) {
    let value = |field: &str| {
        let mut all = told.iter().filter(|it| it.field == field);
        let found = all.next().map(|it| it.value.clone());
        assert!(all.next().is_none(), "{field} is told twice");
        found
    };
    assert_eq!(value("number").as_ref(), Some(&posting.number));
    assert_eq!(value("reference"), posting.reference);
    assert_eq!(value("branding_theme"), posting.branding_theme);
    assert_eq!(value("due_date"), posting.due_date.map(|it| it.to_string()));
    assert_eq!(value("issue_date"), Some(posting.date.to_string()));
    assert_eq!(value("rounding").is_some(), !posting.explanation.is_empty());
    for (at, line) in posting.lines.iter().enumerate() {
        if line.line.as_str() == "rounding-line" {
            continue;
        }
        let of = |field: &str| value(&format!("lines[{at}].{field}"));
        let figure = |field: &str| of(field).map(|it| decimal(&it));
        assert_eq!(of("description").as_ref(), Some(&line.description));
        assert_eq!(of("account_code").as_ref(), Some(&line.account_code));
        assert_eq!(of("tax_type"), line.tax_type);
        assert_eq!(
            of("item_code").unwrap_or_default(),
            line.item_code.clone().unwrap_or_default()
        );
        assert_eq!(figure("quantity"), Some(line.quantity));
        assert_eq!(figure("unit_amount"), Some(line.unit_amount));
        assert_eq!(
            figure("discount_amount").unwrap_or_default(),
            line.discount_amount.unwrap_or_default()
        );
        assert_eq!(figure("tax_amount"), line.tax_amount);
        let prefix = format!("lines[{at}].tracking.");
        let tracked = told
            .iter()
            .filter(|it| it.field.starts_with(&prefix))
            .count();
        assert!(
            tracked >= line.tracking.len(),
            "line {at} is tracked without a word"
        );
    }
}

/// The lines and the totals of a posting, or the findings with their arithmetic, as plain text.
pub(crate) fn spelled(outcome: &Result<Posting, Vec<Finding>>) -> String {
    match outcome {
        Ok(posting) => {
            let mut text = posting.lines.iter().fold(String::new(), |mut text, line| {
                writeln!(text, "{}", spelled_line(line)).unwrap();
                text
            });
            let totals = posting.totals;
            let (net, tax, gross) = (totals.net, totals.tax, totals.gross);
            write!(text, "{net} + {tax} = {gross} {}", posting.currency).unwrap();
            text
        }
        Err(findings) => findings
            .iter()
            .map(spelled_finding)
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

fn spelled_line(line: &PostingLine) -> String {
    let mut text = format!(
        "{} x {}",
        line.quantity.normalize(),
        line.unit_amount.normalize()
    );
    if let Some(discount) = line.discount_amount {
        write!(text, " - {}", discount.normalize()).unwrap();
    }
    write!(text, " to {}", line.account_code).unwrap();
    if let Some(tax_type) = &line.tax_type {
        write!(text, " at {tax_type}").unwrap();
    }
    if let Some(tax) = line.tax_amount {
        write!(text, " taxed {tax}").unwrap();
    }
    text
}

fn spelled_finding(finding: &Finding) -> String {
    let mut text = finding.to_string();
    for detail in &finding.detail {
        write!(text, "\n  {detail}").unwrap();
    }
    text
}

/// Compares line by line, without the indentation of the expectation.
#[track_caller]
pub(crate) fn assert_spelled(outcome: &Result<Posting, Vec<Finding>>, expected: &str) {
    let expected: Vec<&str> = expected
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let found = spelled(outcome);
    let found: Vec<&str> = found.lines().map(str::trim).collect();
    assert_eq!(found, expected);
}
