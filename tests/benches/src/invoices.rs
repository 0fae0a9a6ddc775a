//! Invented invoices that look like real ones: the same for the same seed, each for itself, in any order.

use std::io::{self, Write};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::json;
use tieout_core::document::{
    Address, AmountsAre, BillTo, Currency, Document, DocumentId, Invoice, InvoiceKind,
    InvoiceStatus, Line, LineId, PartyId, References, Totals,
};

/// Contacts that the invoices are for.
pub const CONTACTS: u64 = 200;

/// Invoices of one seed. Two series differ in their numbers and contacts alone, which are equally long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invented {
    /// Equal seeds give equal invoices.
    pub seed: u64,
    /// Stands in every number and at the end of every contact's name.
    pub series: char,
}

/// A charge: its code, its tax code and what is written on the line.
type Charge = (&'static str, &'static str, &'static str);

const CHARGES: &[Charge] = &[
    (
        "IA",
        "GST",
        "Initial needs assessment with the injured worker and the treating practitioner",
    ),
    ("WSV", "GST", "Worksite visit"),
    (
        "RPT",
        "GST",
        "Report - progress, eight pages, with recommendations for suitable duties",
    ),
    ("TRV", "GST", "Travel - return, Parramatta"),
    ("CC", "GST", "Case conference (telephone)"),
    (
        "15_617_0128_1_3",
        "FRE",
        "Occupational therapy - home visit",
    ),
    ("15_617_0128_1_3_PT", "FRE", "Provider travel (labour)"),
    (
        "RTWSE",
        "GST",
        "Return-to-work services: same employer, weeks 9 to 12, graded increase of hours",
    ),
];
const NAMES: &[&str] = &[
    "Banksia Workers Underwriting",
    "Grevillea Workers Cover",
    "Plan Harbour",
    "Saltbush Mutual",
    "Tamar Valley Fleet",
    "Wattle Grove Medical",
    "Ironbark Claims Management",
    "Bilby & Sons Transport",
];
const PEOPLE: &[&str] = &[
    "Okafor, Daniel",
    "Nguyen, Thuy",
    "Marsh, Leon",
    "Okonkwo, Blessing",
    "Abbott, Renee",
];
const TOWNS: &[(&str, &str, &str)] = &[
    ("Parramatta", "New South Wales", "2150"),
    ("Brisbane", "Queensland", "4000"),
    ("Geelong", "Victoria", "3220"),
];
const WORKERS: &[&str] = &["Farrah Quill", "Anders Boyle", "M. Arden"];

impl Invented {
    /// The invoice at a position: 1 to 3 lines, tax exclusive, in Australian dollars.
    #[must_use]
    pub fn invoice(self, position: u64) -> Invoice {
        let mut odds = Odds::of(self.seed, position);
        let issue_date = day(odds.below(28));
        let lines: Vec<Line> = (0..=odds.below(3))
            .map(|at| line(position, at, issue_date, &mut odds))
            .collect();
        let sum = |amount: fn(&Line) -> Decimal| lines.iter().map(amount).sum::<Decimal>();
        let (net, tax) = (sum(|line| line.net_amount), sum(|line| line.tax_amount));
        Invoice {
            id: DocumentId::new(position.to_string()).expect("digits are an identifier"),
            revision: 1,
            kind: InvoiceKind::Sales,
            number: format!("{}{position:07}", self.series),
            status: InvoiceStatus::Final,
            business_division: Some("NSW Rehab".to_owned()),
            issue_date,
            due_date: Some(issue_date + TimeDelta::days(14)),
            payment_terms_days: Some(14),
            currency: Currency::from_code("AUD").expect("a currency of ISO 4217"),
            amounts_are: AmountsAre::TaxExclusive,
            bill_to: self.bill_to(odds.below(CONTACTS)),
            references: References {
                claim_number: Some(format!("WC26-{:06}", odds.below(1_000_000))),
                client_name: Some(odds.one_of(PEOPLE).to_owned()),
                case_numbers: vec![format!("NSW{:04}", odds.below(10_000))],
                ..References::default()
            },
            grouped: false,
            group_sources: Vec::new(),
            batch_id: None,
            tracking: Vec::new(),
            lines,
            totals: Totals {
                net,
                tax,
                gross: net + tax,
            },
            notes: None,
            url: None,
            attachments: Vec::new(),
            payments: None,
            updated_at: updated_at(),
        }
    }

    /// The same as a document.
    #[must_use]
    pub fn document(self, position: u64) -> Document {
        Document::Invoice(self.invoice(position))
    }

    /// Writes the first `count` invoices as JSON Lines with their trailer, as a host would drop them.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write_lines(self, count: u64, to: &mut impl Write) -> io::Result<()> {
        self.write_lines_bent(count, |_, _| {}, to)
    }

    /// Writes the first `count` invoices as they are after a change that leaves their totals alone.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write_lines_bent(
        self,
        count: u64,
        bend: impl Fn(u64, &mut Invoice),
        to: &mut impl Write,
    ) -> io::Result<()> {
        let mut gross = Decimal::ZERO;
        for position in 0..count {
            let mut invoice = self.invoice(position);
            bend(position, &mut invoice);
            gross += invoice.totals.gross;
            serde_json::to_writer(&mut *to, &invoice)?;
            to.write_all(b"\n")?;
        }
        writeln!(
            to,
            "{}",
            json!({ "trailer": { "count": count, "gross": gross.to_string() } })
        )
    }

    fn bill_to(self, contact: u64) -> BillTo {
        let mut odds = Odds::of(self.seed ^ u64::MAX, contact);
        let (city, region, postal_code) = odds.one_of(TOWNS);
        let name = format!("{} {contact:03} {}", odds.one_of(NAMES), self.series);
        BillTo {
            company_id: Some(
                PartyId::new(format!("{}{contact}", self.series)).expect("letters and digits"),
            ),
            contact_id: None,
            name,
            attention: Some(odds.one_of(PEOPLE).to_owned()),
            email: Some(format!(
                "accounts.{}{contact:03}@payer.example",
                self.series.to_ascii_lowercase()
            )),
            tax_number: None,
            address: Some(Address {
                kind: Some("postal".to_owned()),
                line1: Some(format!("{} Lonsdale Crescent", 1 + odds.below(300))),
                city: Some(city.to_owned()),
                region: Some(region.to_owned()),
                postal_code: Some(postal_code.to_owned()),
                country: Some("Australia".to_owned()),
                ..Address::default()
            }),
        }
    }
}

fn line(invoice: u64, at: u64, issue_date: NaiveDate, odds: &mut Odds) -> Line {
    let (charge_code, tax_code, description) = odds.one_of(CHARGES);
    let (quantity, unit_price) = (
        hundredths(25 + 25 * odds.below(20)),
        hundredths(5_000 + odds.below(25_000)),
    );
    let rate = if tax_code == "GST" {
        hundredths(10)
    } else {
        hundredths(0)
    };
    let net_amount = to_cents(quantity * unit_price);
    let tax_amount = to_cents(net_amount * rate);
    let service_date = issue_date - TimeDelta::days(7);
    Line {
        id: LineId::new(format!("{}", 3 * invoice + at)).expect("digits are an identifier"),
        description: format!("{description}, {service_date}"),
        service_date: Some(service_date),
        service_end_date: None,
        quantity,
        unit_price,
        discount: None,
        net_amount,
        tax_code: Some(tax_code.to_owned()),
        tax_rate: Some(rate),
        tax_amount,
        gross_amount: Some(net_amount + tax_amount),
        charge_code: Some(charge_code.to_owned()),
        service_contract: None,
        item_code: None,
        account_code: None,
        tracking: Vec::new(),
        case_number: None,
        worker: Some(odds.one_of(WORKERS).to_owned()),
        funding: None,
    }
}

fn hundredths(count: u64) -> Decimal {
    Decimal::from(count) / Decimal::ONE_HUNDRED
}

/// Half a cent goes away from zero, as in the products that the invoices imitate.
fn to_cents(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

fn day(of_month: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 1).expect("a day of the calendar")
        + chrono::Days::new(of_month)
}

fn updated_at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).expect("a moment of the calendar")
}

/// Odds from a seed: splitmix64, which needs no crate and never changes.
pub(crate) struct Odds(u64);

impl Odds {
    pub(crate) fn of(seed: u64, position: u64) -> Self {
        Self(
            seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ position.wrapping_mul(0xbf58_476d_1ce4_e5b9),
        )
    }

    pub(crate) fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % most
    }

    fn one_of<T: Copy>(&mut self, list: &[T]) -> T {
        let at =
            usize::try_from(self.below(list.len() as u64)).expect("below the length of a list");
        list[at]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_series_differ_in_number_and_contact_alone_and_are_equally_long() {
        let (one, other) = (
            Invented {
                seed: 7,
                series: 'A',
            },
            Invented {
                seed: 7,
                series: 'B',
            },
        );
        for position in 0..100 {
            let (one, other) = (one.invoice(position), other.invoice(position));
            assert_eq!(one.lines, other.lines);
            assert_ne!(one.number, other.number);
            let bytes = |invoice: &Invoice| serde_json::to_vec(invoice).unwrap().len();
            assert_eq!(bytes(&one), bytes(&other));
        }
    }

    #[test]
    fn invoices_have_one_to_three_lines_and_add_up() {
        let invented = Invented {
            seed: 1,
            series: 'A',
        };
        let mut lengths = [0; 4];
        for position in 0..300 {
            let invoice = invented.invoice(position);
            lengths[invoice.lines.len()] += 1;
            let gross: Decimal = invoice.lines.iter().map(Line::gross).sum();
            assert_eq!(gross, invoice.totals.gross);
        }
        assert_eq!(lengths[0], 0);
        assert!(lengths[1..].iter().all(|count| *count > 50), "{lengths:?}");
    }
}
