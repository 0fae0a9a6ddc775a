//! The documents and the chart that the unit tests of mapping and of the checks share.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::document::{
    Account, AccountClass, AmountsAre, BillTo, Currency, DocumentId, Invoice, InvoiceKind,
    InvoiceStatus, Line, LineId, References, TaxRate, Totals,
};
use crate::provider::{Chart, Organisation, TrackingCategory, TrackingOption};

pub(crate) fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn line_of(quantity: &str, unit_price: &str, net: &str, tax: &str) -> Line {
    Line {
        id: LineId::new("1").unwrap(),
        description: "Initial assessment".to_owned(),
        service_date: None,
        service_end_date: None,
        quantity: decimal(quantity),
        unit_price: decimal(unit_price),
        discount: None,
        net_amount: decimal(net),
        tax_code: None,
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

pub(crate) fn totals_of(net: &str, tax: &str, gross: &str) -> Totals {
    Totals {
        net: decimal(net),
        tax: decimal(tax),
        gross: decimal(gross),
    }
}

pub(crate) fn invoice_of(lines: Vec<Line>, totals: Totals) -> Invoice {
    Invoice {
        id: DocumentId::new("14501").unwrap(),
        revision: 1,
        kind: InvoiceKind::Sales,
        number: "14501".to_owned(),
        status: InvoiceStatus::Final,
        business_division: None,
        issue_date: day("2026-10-30"),
        due_date: None,
        payment_terms_days: None,
        currency: Currency::from_code("AUD").unwrap(),
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
        lines,
        totals,
        notes: None,
        url: None,
        attachments: Vec::new(),
        payments: None,
        updated_at: "2026-10-30T05:00:00Z".parse().unwrap(),
    }
}

pub(crate) fn account_of(code: &str, name: &str, class: AccountClass, kind: &str) -> Account {
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

fn rate_of(code: &str, name: &str, rate: &str, applies_to: &[AccountClass]) -> TaxRate {
    TaxRate {
        code: code.to_owned(),
        name: name.to_owned(),
        rate: decimal(rate),
        active: true,
        applies_to: applies_to.to_vec(),
    }
}

pub(crate) fn chart() -> Chart {
    Chart {
        as_of: "2026-11-14T00:00:00Z".parse().unwrap(),
        organisation: Organisation {
            id: "org".to_owned(),
            name: "Demo Company".to_owned(),
            base_currency: Currency::from_code("AUD").unwrap(),
            country: "AU".to_owned(),
            short_code: None,
            period_lock: None,
            year_lock: None,
            time_zone: None,
        },
        accounts: accounts(),
        tax_rates: tax_rates(),
        currencies: ["AUD", "NZD"]
            .map(|code| Currency::from_code(code).unwrap())
            .to_vec(),
        tracking: vec![TrackingCategory {
            id: "cat-1".to_owned(),
            name: "Region".to_owned(),
            options: vec![
                option_of("opt-1", "North", true),
                option_of("opt-2", "South", false),
            ],
        }],
        branding_themes: None,
    }
}

fn option_of(id: &str, name: &str, active: bool) -> TrackingOption {
    TrackingOption {
        id: id.to_owned(),
        name: name.to_owned(),
        active,
    }
}

fn accounts() -> Vec<Account> {
    let archived = Account {
        active: false,
        ..account_of("299", "Old Sales", AccountClass::Revenue, "SALES")
    };
    let system = Account {
        system: true,
        ..account_of("610", "Accounts Receivable", AccountClass::Asset, "CURRENT")
    };
    vec![
        account_of("090", "Cheque Account", AccountClass::Asset, "BANK"),
        account_of("200", "Sales", AccountClass::Revenue, "SALES"),
        account_of("210", "Travel Recovered", AccountClass::Revenue, "REVENUE"),
        account_of(
            "220",
            "Equipment Recovered",
            AccountClass::Revenue,
            "REVENUE",
        ),
        account_of(
            "310",
            "Cost of Goods Sold",
            AccountClass::Expense,
            "DIRECTCOSTS",
        ),
        account_of("400", "Advertising", AccountClass::Expense, "EXPENSE"),
        account_of("630", "Inventory", AccountClass::Asset, "INVENTORY"),
        account_of(
            "800",
            "Customer Deposits",
            AccountClass::Liability,
            "CURRLIAB",
        ),
        archived,
        system,
    ]
}

fn tax_rates() -> Vec<TaxRate> {
    let earned = [
        AccountClass::Revenue,
        AccountClass::Asset,
        AccountClass::Liability,
        AccountClass::Equity,
    ];
    let spent = [AccountClass::Expense, AccountClass::Asset];
    let any = [earned.as_slice(), &spent].concat();
    let inactive = TaxRate {
        active: false,
        ..rate_of("TAX001", "Old GST", "0.10", &earned)
    };
    vec![
        rate_of("OUTPUT", "GST on Income", "0.10", &earned),
        rate_of("INPUT", "GST on Expenses", "0.10", &spent),
        rate_of("OUTPUT2", "15% GST on Income", "0.15", &earned),
        rate_of("EXEMPTOUTPUT", "GST Free Income", "0", &earned),
        rate_of("BASEXCLUDED", "BAS Excluded", "0", &any),
        inactive,
    ]
}
