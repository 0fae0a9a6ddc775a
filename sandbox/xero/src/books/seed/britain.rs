//! The British organisation: GBP, VAT 20 % and 5 %.

use crate::books::zone::Zone;
use crate::books::{Organisation, Profile};

use super::build::{
    ANY, Defaults, INCOME, Money, Person, Rate, SPENDING, Tables, organisation as build,
};
use super::{BRITAIN, born};

/// Type, name, percent in hundredths, report type, classes it fits.
#[rustfmt::skip]
const RATES: &[Rate] = &[
    ("OUTPUT2", "20% (VAT on Income)", 20_00, "OUTPUT", INCOME),
    ("INPUT2", "20% (VAT on Expenses)", 20_00, "INPUT", SPENDING),
    ("RROUTPUT", "5% (VAT on Income)", 5_00, "OUTPUT", INCOME),
    ("RRINPUT", "5% (VAT on Expenses)", 5_00, "INPUT", SPENDING),
    ("ZERORATEDOUTPUT", "Zero Rated Income", 0, "OUTPUT", INCOME),
    ("ZERORATEDINPUT", "Zero Rated Expenses", 0, "INPUT", SPENDING),
    ("EXEMPTOUTPUT", "Exempt Income", 0, "OUTPUT", INCOME),
    ("EXEMPTINPUT", "Exempt Expenses", 0, "INPUT", SPENDING),
    ("NONE", "No VAT", 0, "NONE", ANY),
];

/// Code, name, ten-thousandths of a unit for one base unit.
#[rustfmt::skip]
const CURRENCIES: &[Money] = &[
    ("GBP", "British Pound", 1_0000),
    ("EUR", "Euro", 1_1874),
];

/// Name, e-mail, number; the last but one is archived, the last merged into the first.
#[rustfmt::skip]
const CONTACTS: &[Person] = &[
    ("Aire Valley Estates", "ledger@airevalley.example", "AVE-001"),
    ("Moorland Optics", "accounts@moorland.example", "MOO-002"),
    ("Pennine Catering", "office@pennine.example", "PEN-003"),
    ("Riverside Papers", "billing@riverside.example", "RIV-004"),
    ("Swift Parcels", "ar@swiftparcels.example", "SWP-005"),
    ("Foundry Bar", "bar@foundry.example", "FOU-006"),
    ("Aire Valley Estate", "", "AVE-007"),
];

pub(super) fn organisation(seed: u64) -> Organisation {
    build(
        seed,
        Tables {
            profile: Profile {
                id: BRITAIN,
                name: "Harrow & Vale Ltd",
                legal_name: "Harrow and Vale Limited",
                short_code: "!Hv9gB",
                base_currency: "GBP",
                country: "GB",
                zone: Zone::Britain,
                tax_number: "GB 123 4567 89",
                year_end: (31, 3),
                sales_tax_basis: "ACCRUALS",
                sales_tax_period: "QUARTERLY",
                city: "Leeds",
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
            bank_number: "20000012345678",
            tax_account: "VAT",
            area_code: "0113",
        },
    )
}
