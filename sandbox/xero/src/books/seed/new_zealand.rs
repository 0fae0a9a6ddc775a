//! The New Zealand organisation: NZD, GST 15 %.

use crate::books::zone::Zone;
use crate::books::{Organisation, Profile};

use super::build::{
    ANY, Defaults, INCOME, Money, Person, Rate, SPENDING, Tables, organisation as build,
};
use super::{NEW_ZEALAND, born};

/// Type, name, percent in hundredths, report type, classes it fits.
#[rustfmt::skip]
const RATES: &[Rate] = &[
    ("OUTPUT2", "15% GST on Income", 15_00, "OUTPUT", INCOME),
    ("INPUT2", "15% GST on Expenses", 15_00, "INPUT", SPENDING),
    ("ZERORATEDOUTPUT", "Zero Rated Income", 0, "ZERORATEDOUTPUT", INCOME),
    ("ZERORATEDINPUT", "Zero Rated Expenses", 0, "ZERORATEDINPUT", SPENDING),
    ("NONE", "No GST", 0, "NONE", ANY),
];

/// Code, name, ten-thousandths of a unit for one base unit.
#[rustfmt::skip]
const CURRENCIES: &[Money] = &[
    ("NZD", "New Zealand Dollar", 1_0000),
    ("AUD", "Australian Dollar", 9153),
    ("USD", "United States Dollar", 5994),
];

/// Name, e-mail, number; the last but one is archived, the last merged into the first.
#[rustfmt::skip]
const CONTACTS: &[Person] = &[
    ("Harbour Trust", "accounts@harbourtrust.example", "HT-001"),
    ("Tui Medical", "invoices@tuimedical.example", "TM-002"),
    ("Rimu Builders", "office@rimu.example", "RB-003"),
    ("Southern Print", "billing@southernprint.example", "SP-004"),
    ("City Couriers", "ar@citycouriers.example", "CC-005"),
    ("Closed Cafe", "hello@closedcafe.example", "CL-006"),
    ("Harbor Trust", "", "HT-007"),
];

pub(super) fn organisation(seed: u64) -> Organisation {
    build(
        seed,
        Tables {
            profile: Profile {
                id: NEW_ZEALAND,
                name: "Kowhai Trading",
                legal_name: "Kowhai Trading Limited",
                short_code: "!Kw-hN",
                base_currency: "NZD",
                country: "NZ",
                zone: Zone::NewZealand,
                tax_number: "111-111-111",
                year_end: (31, 3),
                sales_tax_basis: "PAYMENTS",
                sales_tax_period: "TWOMONTHS",
                city: "Wellington",
                period_lock: None,
                year_lock: None,
                created: born(),
            },
            defaults: Defaults {
                sales: "OUTPUT2",
                purchases: "INPUT2",
                none: "NONE",
            },
            rates: RATES,
            currencies: CURRENCIES,
            contacts: CONTACTS,
            bank_number: "0205001234567000",
            tax_account: "GST",
            area_code: "04",
        },
    )
}
