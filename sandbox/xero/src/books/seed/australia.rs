//! The Australian organisation: AUD, GST 10 %.

use crate::books::chart::Class;
use crate::books::zone::Zone;
use crate::books::{Organisation, Profile};

use super::build::{
    ANY, Defaults, INCOME, Money, Person, Rate, SPENDING, Tables, organisation as build,
};
use super::{AUSTRALIA, born};

/// Type, name, percent in hundredths, report type, classes it fits.
#[rustfmt::skip]
const RATES: &[Rate] = &[
    ("OUTPUT", "GST on Income", 10_00, "OUTPUT", INCOME),
    ("INPUT", "GST on Expenses", 10_00, "INPUT", SPENDING),
    ("CAPEXINPUT", "GST on Capital", 10_00, "INPUT", &[Class::Asset]),
    ("EXEMPTOUTPUT", "GST Free Income", 0, "EXEMPTOUTPUT", INCOME),
    ("EXEMPTEXPENSES", "GST Free Expenses", 0, "EXEMPTEXPENSES", SPENDING),
    ("EXEMPTEXPORT", "GST Free Exports", 0, "EXEMPTOUTPUT", INCOME),
    ("INPUTTAXED", "Input Taxed", 0, "INPUTTAXED", INCOME),
    ("BASEXCLUDED", "BAS Excluded", 0, "BASEXCLUDED", ANY),
];

/// Code, name, ten-thousandths of a unit for one base unit.
#[rustfmt::skip]
const CURRENCIES: &[Money] = &[
    ("AUD", "Australian Dollar", 1_0000),
    ("NZD", "New Zealand Dollar", 1_0925),
    ("USD", "United States Dollar", 6548),
];

/// Name, e-mail, number; the last but one is archived, the last merged into the first.
#[rustfmt::skip]
const CONTACTS: &[Person] = &[
    ("Yarra Valley Council", "accounts@yarra.example", "YVC-001"),
    ("Bluegum Health Group", "payables@bluegum.example", "BHG-002"),
    ("Dockside Interiors", "office@dockside.example", "DSI-003"),
    ("Pacific Paper Supplies", "billing@pacificpaper.example", "PPS-004"),
    ("Marlin Freight", "ar@marlin.example", "MAF-005"),
    ("Old Mill Bakery", "mill@oldmill.example", "OMB-006"),
    ("Yarra Valley Shire", "", "YVS-007"),
];

pub(super) fn organisation(seed: u64) -> Organisation {
    build(
        seed,
        Tables {
            profile: Profile {
                id: AUSTRALIA,
                name: "Wattle & Finch Pty Ltd",
                legal_name: "Wattle & Finch Pty Ltd",
                short_code: "!Wt4fA",
                base_currency: "AUD",
                country: "AU",
                zone: Zone::AustraliaEast,
                tax_number: "53 004 085 616",
                year_end: (30, 6),
                sales_tax_basis: "ACCRUALS",
                sales_tax_period: "QUARTERLY1",
                city: "Melbourne",
                period_lock: None,
                year_lock: None,
                created: born(),
            },
            defaults: Defaults {
                sales: "OUTPUT",
                purchases: "INPUT",
                none: "BASEXCLUDED",
            },
            rates: RATES,
            currencies: CURRENCIES,
            contacts: CONTACTS,
            bank_number: "06200012345678",
            tax_account: "GST",
            area_code: "03",
        },
    )
}
