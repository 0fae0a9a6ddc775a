//! How the tables of a seed become an organisation.

use std::borrow::Cow;
use std::collections::HashMap;

use rust_decimal::Decimal;
use uuid::Uuid;

use crate::books::allocation::Allocations;
use crate::books::bank_transaction::BankTransactions;
use crate::books::chart::{
    Account, BankDetails, BrandingTheme, Chart, Class, Currency, Standing, TaxRate,
    TrackingCategory, TrackingOption,
};
use crate::books::contact::{Address, Contact, ContactStatus, Contacts, Phone};
use crate::books::credit::Credits;
use crate::books::ids::{IdSource, mix};
use crate::books::invoice::Invoices;
use crate::books::papers::Papers;
use crate::books::payment::Payments;
use crate::books::purchase_order::PurchaseOrders;
use crate::books::{Organisation, Profile};

use super::accounts::{ACCOUNTS, Taxed};
use super::born;

/// Tax types that the accounts of a country default to.
pub(super) struct Defaults {
    pub(super) sales: &'static str,
    pub(super) purchases: &'static str,
    pub(super) none: &'static str,
}

/// A tax rate as a row: type, name, percent in hundredths, report type, classes.
pub(super) type Rate = (
    &'static str,
    &'static str,
    i64,
    &'static str,
    &'static [Class],
);

/// A currency as a row: code, name, day rate in ten-thousandths of a unit for one base unit.
pub(super) type Money = (&'static str, &'static str, i64);

/// A contact as a row: name, e-mail, contact number.
pub(super) type Person = (&'static str, &'static str, &'static str);

pub(super) const ANY: &[Class] = &[
    Class::Asset,
    Class::Equity,
    Class::Expense,
    Class::Liability,
    Class::Revenue,
];
pub(super) const INCOME: &[Class] = &[
    Class::Revenue,
    Class::Equity,
    Class::Asset,
    Class::Liability,
];
pub(super) const SPENDING: &[Class] = &[
    Class::Expense,
    Class::Asset,
    Class::Equity,
    Class::Liability,
];

/// Everything that differs between the countries.
pub(super) struct Tables {
    pub(super) profile: Profile,
    pub(super) defaults: Defaults,
    pub(super) rates: &'static [Rate],
    pub(super) currencies: &'static [Money],
    pub(super) contacts: &'static [Person],
    pub(super) bank_number: &'static str,
    pub(super) tax_account: &'static str,
    pub(super) area_code: &'static str,
}

/// Builds the organisation; equal seeds give equal ids.
pub(super) fn organisation(seed: u64, tables: Tables) -> Organisation {
    let (high, low) = tables.profile.id.as_u64_pair();
    let mut ids = IdSource::new(mix(seed ^ high ^ low.rotate_left(17)));
    let mut chart = chart(&mut ids, &tables);
    let contacts = contacts(&mut ids, &tables);
    // Last, so that everything before keeps the identifiers that it always had.
    for (sort_order, name) in (0..).zip(["Standard", "Special Projects"]) {
        let id = ids.next_id();
        chart.branding_themes.push(BrandingTheme {
            id,
            name,
            sort_order,
        });
    }
    let mut organisation = Organisation {
        profile: tables.profile,
        chart,
        contacts,
        invoices: Invoices::default(),
        credits: Credits::default(),
        bank_transactions: BankTransactions::default(),
        allocations: Allocations::default(),
        payments: Payments::default(),
        purchase_orders: PurchaseOrders::default(),
        approvals: HashMap::new(),
        papers: Papers::default(),
        ids,
    };
    organisation.forget_changes();
    organisation
}

fn chart(ids: &mut IdSource, tables: &Tables) -> Chart {
    let mut chart = Chart::default();
    add_accounts(&mut chart, ids, tables);
    for (tax_type, name, percent_hundredths, report_type, classes) in tables.rates {
        chart.add_tax_rate(TaxRate {
            tax_type,
            name,
            rate_percent: Decimal::new(*percent_hundredths, 2),
            standing: Standing::Active,
            report_type,
            applies_to: classes.to_vec(),
        });
    }
    chart.tracking = vec![
        category(ids, "Region", &["North", "South", "East", "West Coast"]),
        category(ids, "Service", &["Consulting", "Installation", "Support"]),
    ];
    chart.currencies = tables
        .currencies
        .iter()
        .map(|(code, name, rate)| Currency {
            code: (*code).to_owned(),
            description: (*name).to_owned(),
            day_rate: Decimal::new(*rate, 4),
        })
        .collect();
    chart
}

fn add_accounts(chart: &mut Chart, ids: &mut IdSource, tables: &Tables) {
    let Defaults {
        sales,
        purchases,
        none,
    } = tables.defaults;
    for (code, name, standing) in [
        ("090", "Business Account", Standing::Active),
        ("091", "Old Savings Account", Standing::Archived),
    ] {
        chart.add_account(Account {
            standing,
            bank: Some(BankDetails {
                number: tables.bank_number,
                kind: "BANK",
                currency: tables.profile.base_currency.to_owned(),
            }),
            ..account(ids.next_id(), (code, name, "BANK"), Class::Asset, none, "")
        });
    }
    for (code, name, kind, class, taxed, system) in ACCOUNTS {
        let name = if *system == "GST" {
            tables.tax_account
        } else {
            name
        };
        let tax_type = match taxed {
            Taxed::Sales => sales,
            Taxed::Purchases => purchases,
            Taxed::Not => none,
        };
        chart.add_account(account(
            ids.next_id(),
            (code, name, kind),
            *class,
            tax_type,
            system,
        ));
    }
    chart.add_account(Account {
        standing: Standing::Archived,
        ..account(
            ids.next_id(),
            ("299", "Sales - Old Shop", "REVENUE"),
            Class::Revenue,
            sales,
            "",
        )
    });
    chart.add_account(Account {
        takes_payments: true,
        ..account(
            ids.next_id(),
            ("855", "Card Clearing", "CURRLIAB"),
            Class::Liability,
            none,
            "",
        )
    });
}

fn account(
    id: Uuid,
    (code, name, kind): (&'static str, &'static str, &'static str),
    class: Class,
    tax_type: &'static str,
    system: &'static str,
) -> Account {
    Account {
        id,
        code,
        name,
        kind,
        class,
        tax_type,
        standing: Standing::Active,
        system,
        takes_payments: false,
        bank: None,
        description: "",
    }
}

fn category(ids: &mut IdSource, name: &'static str, options: &[&'static str]) -> TrackingCategory {
    TrackingCategory {
        id: ids.next_id(),
        name,
        standing: Standing::Active,
        options: options
            .iter()
            .map(|option| TrackingOption {
                id: ids.next_id(),
                name: Cow::Borrowed(*option),
                standing: Standing::Active,
            })
            .collect(),
    }
}

/// The last two rows are special: the last but one is archived, the last is merged into the first.
fn contacts(ids: &mut IdSource, tables: &Tables) -> Contacts {
    let mut contacts = Contacts::default();
    let born_ms = born().timestamp_millis();
    let mut first = None;
    for (at, (name, email, number)) in tables.contacts.iter().enumerate() {
        let from_end = tables.contacts.len() - at;
        let mut contact = Contact::named(ids.next_id(), (*name).to_owned(), born_ms);
        contact.email = (*email).to_owned();
        contact.number = (*number).to_owned();
        contact.addresses = vec![Address {
            kind: "POBOX".to_owned(),
            city: tables.profile.city.to_owned(),
            ..Address::default()
        }];
        contact.phones = vec![Phone {
            kind: "DEFAULT".to_owned(),
            number: format!("55{:04}", 1_100 + at * 37),
            area_code: tables.area_code.to_owned(),
            ..Phone::default()
        }];
        if from_end <= 2 {
            contact.status = ContactStatus::Archived;
        }
        if from_end == 1 {
            contact.merged_to = first;
        }
        first = first.or(Some(contact.id));
        contacts.insert(contact);
    }
    contacts
}
