//! The promise of a posting over generated invoices: its totals are the host's to the minor unit, or it is not made.
#![allow(
    clippy::unwrap_used,
    reason = "generated figures stay within their types"
)]

#[path = "mapping_support/ledger.rs"]
mod ledger;
mod mapping_support;

use std::cell::Cell;

use ledger::{host_totals, line_minor, provider_totals, tax_minor, ten_to};
use mapping_support::{capability, chart, coded, currency, line, post, settings, with_totals};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rust_decimal::Decimal;
use tieout_core::document::{
    AmountsAre, Document, HostId, Invoice, InvoiceKind, Line, LineId, ProviderContactId,
    PurchaseOrder, PurchaseOrderLine, PurchaseOrderStatus, Supplier, Totals,
};
use tieout_core::mapping;
use tieout_core::settings::{
    ContactPopulation, LineAmounts, Reference, Rounding, RoundingLine, Settings, TaxAmounts,
};

/// Tax codes of the settings with the rate of each in ten-thousandths.
const CODES: [(&str, i128); 5] = [
    ("GST", 1_000),
    ("FRE", 0),
    ("GSTNZ", 1_500),
    ("VAT", 2_000),
    ("KW", 500),
];

/// The same cases in every run: a failure here is a failure everywhere.
fn runner(cases: u32) -> TestRunner {
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

fn minor(units: i128, digits: u32) -> Decimal {
    Decimal::from_i128_with_scale(units, digits)
}

/// What a generated line is made of: quantity and price in ten-thousandths, the index of its tax code.
#[derive(Clone, Debug)]
struct Figures {
    quantity: i64,
    price: i64,
    code: usize,
    discount_percent: i64,
}

fn figures() -> impl Strategy<Value = Figures> {
    let quantity = prop_oneof![
        1_i64..=40_000,
        (1_i64..=40).prop_map(|whole| whole * 2_500),
        -20_000_i64..0
    ];
    let price = prop_oneof![
        0_i64..=30_000_000,
        (0_i64..=50_000).prop_map(|cents| cents * 100)
    ];
    (
        quantity,
        price,
        0..CODES.len(),
        prop_oneof![8 => Just(0_i64), 1 => 1_i64..=100],
    )
        .prop_map(|(quantity, price, code, discount_percent)| Figures {
            quantity,
            price,
            code,
            discount_percent,
        })
}

fn amounts_are() -> impl Strategy<Value = AmountsAre> {
    prop_oneof![
        3 => Just(AmountsAre::TaxExclusive),
        3 => Just(AmountsAre::TaxInclusive),
        1 => Just(AmountsAre::NoTax)
    ]
}

fn currencies() -> impl Strategy<Value = &'static str> {
    prop_oneof![6 => Just("AUD"), 1 => Just("JPY"), 1 => Just("KWD")]
}

/// An invoice whose every figure comes from the provider's own rules; ends with a line that keeps the total up.
fn by_the_rules(figures: &[Figures], amounts_are: &AmountsAre, code: &str) -> Invoice {
    let digits = currency(code).minor_digits();
    let mut lines: Vec<Line> = figures
        .iter()
        .map(|figures| ruled_line(figures, amounts_are, digits))
        .collect();
    let gross: Decimal = lines.iter().map(Line::gross).sum();
    if gross < Decimal::ZERO {
        let price = i64::try_from(gross.abs().trunc().mantissa() + 1).unwrap() * 10_000;
        lines.push(ruled_line(
            &Figures {
                quantity: 10_000,
                price,
                code: 1,
                discount_percent: 0,
            },
            amounts_are,
            digits,
        ));
    }
    totalled(lines, amounts_are, code)
}

fn ruled_line(figures: &Figures, amounts_are: &AmountsAre, digits: u32) -> Line {
    let (quantity, price) = (i128::from(figures.quantity), i128::from(figures.price));
    let full = line_minor(quantity, price, 0, digits);
    // A percentage of an amount that needs no rounding is the same as an amount and as a percentage.
    let exact = quantity * price % ten_to(8 - digits) == 0;
    let whole = full * i128::from(figures.discount_percent) % 100 == 0;
    let discount = if exact && whole && full > 0 {
        full * i128::from(figures.discount_percent) / 100
    } else {
        0
    };
    let amount = line_minor(quantity, price, discount, digits);
    let (code, rate) = CODES[figures.code];
    let tax = tax_minor(amount, rate, amounts_are);
    let net = if *amounts_are == AmountsAre::TaxInclusive {
        amount - tax
    } else {
        amount
    };
    let mut line = coded(line("0", "0", "0", "0"), code);
    line.quantity = Decimal::new(figures.quantity, 4);
    line.unit_price = Decimal::new(figures.price, 4);
    line.discount = (discount != 0).then(|| minor(discount, digits));
    line.net_amount = minor(net, digits);
    line.tax_amount = minor(tax, digits);
    line
}

fn totalled(lines: Vec<Line>, amounts_are: &AmountsAre, code: &str) -> Invoice {
    let net: Decimal = lines.iter().map(|line| line.net_amount).sum();
    let tax: Decimal = lines.iter().map(|line| line.tax_amount).sum();
    let mut invoice = with_totals(
        lines,
        Totals {
            net,
            tax,
            gross: net + tax,
        },
    );
    invoice.amounts_are = amounts_are.clone();
    invoice.currency = currency(code);
    invoice
}

#[test]
fn an_invoice_made_by_the_providers_rules_always_passes_and_comes_to_its_totals() {
    let strategy = (
        prop::collection::vec(figures(), 1..8),
        amounts_are(),
        currencies(),
    );
    runner(2_000)
        .run(&strategy, |(figures, amounts_are, code)| {
            let invoice = by_the_rules(&figures, &amounts_are, code);
            for tax_amounts in [TaxAmounts::Host, TaxAmounts::Provider] {
                let settings = Settings {
                    tax_amounts,
                    ..settings()
                };
                let posting = post(&invoice, &settings)
                    .map_err(|found| TestCaseError::fail(format!("{found:?}")))?;
                prop_assert!(posting.lines.iter().all(|line| line.tax_amount.is_none()));
                let digits = invoice.currency.minor_digits();
                prop_assert_eq!(
                    provider_totals(&posting, &chart()),
                    host_totals(&invoice.totals, digits)
                );
            }
            Ok(())
        })
        .unwrap();
}

/// How far a host strays from the provider's rules on one line.
#[derive(Clone, Debug)]
struct Stray {
    net_units: i64,
    tax_units: i64,
    price_tail: i64,
    quantity_tail: i64,
    discount_units: i64,
}

fn stray() -> impl Strategy<Value = Stray> {
    let units = || prop_oneof![6 => Just(0_i64), 1 => -2_i64..=2];
    let tail = || prop_oneof![3 => Just(0_i64), 1 => -4_999_i64..=4_999];
    let discount = prop_oneof![5 => Just(0_i64), 1 => 0_i64..=500];
    (units(), units(), tail(), tail(), discount).prop_map(
        |(net_units, tax_units, price_tail, quantity_tail, discount_units)| Stray {
            net_units,
            tax_units,
            price_tail,
            quantity_tail,
            discount_units,
        },
    )
}

/// A line as a host of its own ways makes it: finer prices and quantities, own rounding, spread taxes.
fn strayed_line(figures: &Figures, stray: &Stray, amounts_are: &AmountsAre, digits: u32) -> Line {
    let mut line = ruled_line(figures, amounts_are, digits);
    let unit = minor(1, digits);
    line.quantity += Decimal::new(stray.quantity_tail, 8);
    line.unit_price += Decimal::new(stray.price_tail, 8);
    let discount = unit * Decimal::from(stray.discount_units);
    line.discount = Some(discount).filter(|discount| !discount.is_zero());
    let amount = (line.quantity * line.unit_price - discount).round_dp(digits);
    let (_, rate) = CODES[figures.code];
    let tax = tax_minor((amount / unit).mantissa_of_whole(), rate, amounts_are);
    line.tax_amount = minor(tax, digits) + unit * Decimal::from(stray.tax_units);
    let net = if *amounts_are == AmountsAre::TaxInclusive {
        amount - line.tax_amount
    } else {
        amount
    };
    line.net_amount = net + unit * Decimal::from(stray.net_units);
    line
}

/// A whole decimal as an integer.
trait Whole {
    fn mantissa_of_whole(self) -> i128;
}

impl Whole for Decimal {
    fn mantissa_of_whole(self) -> i128 {
        assert!(self.fract().is_zero());
        self.trunc().normalize().mantissa() * ten_to(0)
    }
}

fn any_handover() -> impl Strategy<Value = Settings> {
    let line_amounts = prop_oneof![
        Just(LineAmounts::AsDocument),
        Just(LineAmounts::TaxExclusive),
        Just(LineAmounts::TaxInclusive),
        Just(LineAmounts::NoTax)
    ];
    let tax_amounts = prop_oneof![3 => Just(TaxAmounts::Host), 1 => Just(TaxAmounts::Provider)];
    let rounding = prop_oneof![
        3 => Just(Rounding::Hold),
        2 => (1_u8..=20).prop_map(|minor_units_max| Rounding::Line(RoundingLine {
            account: "230".to_owned(),
            tax_type: "EXEMPTOUTPUT".to_owned(),
            minor_units_max,
            description: "Rounding".to_owned(),
        }))
    ];
    let all = (line_amounts, tax_amounts, rounding);
    all.prop_map(|(line_amounts, tax_amounts, rounding)| Settings {
        line_amounts,
        tax_amounts,
        rounding,
        ..settings()
    })
}

#[test]
fn whatever_is_posted_comes_to_the_hosts_totals_however_the_host_works_them_out() {
    let lines = prop::collection::vec((figures(), stray()), 1..5);
    let kinds = prop_oneof![3 => Just(InvoiceKind::Sales), 1 => Just(InvoiceKind::SalesCredit)];
    let strategy = (lines, amounts_are(), currencies(), any_handover(), kinds);
    let (posted, held, converted, taxed) = (Cell::new(0), Cell::new(0), Cell::new(0), Cell::new(0));
    let rounded = Cell::new(0);
    runner(6_000)
        .run(&strategy, |(lines, amounts_are, code, settings, kind)| {
            let digits = currency(code).minor_digits();
            let lines = lines
                .iter()
                .map(|(figures, stray)| strayed_line(figures, stray, &amounts_are, digits));
            let mut invoice = totalled(lines.collect(), &amounts_are, code);
            invoice.kind = kind;
            match post(&invoice, &settings) {
                Ok(posting) => {
                    prop_assert!(
                        invoice.kind == InvoiceKind::Sales
                            || posting
                                .lines
                                .iter()
                                .all(|line| line.discount_amount.is_none())
                    );
                    prop_assert_eq!(
                        provider_totals(&posting, &chart()),
                        host_totals(&invoice.totals, digits)
                    );
                    rounded
                        .set(rounded.get() + u32::from(posting.lines.len() > invoice.lines.len()));
                    posted.set(posted.get() + 1);
                    converted.set(converted.get() + u32::from(posting.amounts_are != amounts_are));
                    taxed.set(
                        taxed.get()
                            + u32::from(posting.lines.iter().any(|line| line.tax_amount.is_some())),
                    );
                }
                Err(findings) => {
                    prop_assert!(!findings.is_empty());
                    prop_assert!(
                        findings.iter().all(
                            |finding| !finding.message.is_empty() && !finding.remedy.is_empty()
                        )
                    );
                    held.set(held.get() + 1);
                }
            }
            Ok(())
        })
        .unwrap();
    // A run in which nothing happened would promise nothing.
    let seen = [
        posted.get(),
        held.get(),
        converted.get(),
        taxed.get(),
        rounded.get(),
    ];
    assert!(
        seen.iter().all(|count| *count > 100),
        "posted, held, converted, taxed by the host, rounded: {seen:?}"
    );
}

fn ordered_lines() -> impl Strategy<Value = Vec<PurchaseOrderLine>> {
    let line = (figures(), prop_oneof![4 => Just(0_i64), 1 => 1_i64..=99]);
    prop::collection::vec(line, 1..6).prop_map(|lines| {
        let lines = lines.into_iter().enumerate();
        let line = |(position, (figures, price_tail)): (usize, (Figures, i64))| PurchaseOrderLine {
            id: LineId::new(position.to_string()).unwrap(),
            sku: "TEE".to_owned(),
            description: "T-shirt".to_owned(),
            quantity: Decimal::new(figures.quantity.abs(), if price_tail == 0 { 4 } else { 1 }),
            unit_price: Decimal::new(figures.price * 100 + price_tail, 6),
            tax_rate: Some(Decimal::new(
                i64::try_from(CODES[figures.code].1).unwrap(),
                4,
            )),
            expense_account: None,
            asset_account: None,
            received_quantity: None,
        };
        lines.map(line).collect()
    })
}

/// An order that its host gives no totals for, under settings that buy at the rates of [`CODES`].
fn ordered(lines: Vec<PurchaseOrderLine>, code: &str) -> PurchaseOrder {
    let model = with_totals(
        Vec::new(),
        Totals {
            net: Decimal::ZERO,
            tax: Decimal::ZERO,
            gross: Decimal::ZERO,
        },
    );
    PurchaseOrder {
        id: model.id,
        revision: 1,
        number: "PO-1".to_owned(),
        status: PurchaseOrderStatus::Final,
        supplier: Supplier {
            id: None,
            name: "Quandong".to_owned(),
        },
        business_division: None,
        order_ref: None,
        issue_date: model.issue_date,
        delivery_date: None,
        currency: currency(code),
        lines,
        totals: None,
        updated_at: model.updated_at,
    }
}

#[test]
fn an_order_is_posted_with_just_what_the_provider_makes_of_it_or_held() {
    let bases = prop_oneof![
        2 => Just(LineAmounts::AsDocument),
        1 => Just(LineAmounts::TaxInclusive)
    ];
    let strategy = (ordered_lines(), currencies(), bases);
    let (posted, held) = (Cell::new(0), Cell::new(0));
    runner(3_000)
        .run(&strategy, |(lines, code, line_amounts)| {
            let fine = lines
                .iter()
                .all(|line| line.unit_price.normalize().scale() <= 4);
            let mut settings = Settings {
                line_amounts,
                ..settings()
            };
            settings.accounts.cost_of_goods_sold = Some("200".to_owned());
            settings.accounts.any_class = true;
            for (rate, tax_type) in [
                ("0.1", "OUTPUT"),
                ("0", "EXEMPTOUTPUT"),
                ("0.15", "OUTPUT2"),
                ("0.2", "OUTPUT20"),
                ("0.05", "TAX005"),
            ] {
                settings
                    .purchase_tax_rates
                    .insert(rate.to_owned(), tax_type.to_owned());
            }
            let mut order = ordered(lines, code);
            let contact = ProviderContactId::new("contact").unwrap();
            let post = |order: &PurchaseOrder| {
                let document = Document::PurchaseOrder(order.clone());
                mapping::posting(&document, &settings, &chart(), &capability(), &contact)
            };
            match post(&order) {
                Ok(posting) => {
                    let digits = posting.currency.minor_digits();
                    prop_assert_eq!(
                        provider_totals(&posting, &chart()),
                        host_totals(&posting.totals, digits)
                    );
                    prop_assert!(posting.lines.iter().all(|line| line.tax_amount.is_none()));
                    // The same order whose host tells just these totals passes, and with a minor unit more does not.
                    order.totals = Some(posting.totals);
                    prop_assert_eq!(&post(&order).unwrap(), &posting);
                    let told = order.totals.as_mut().unwrap();
                    told.net += minor(1, digits);
                    told.gross += minor(1, digits);
                    prop_assert!(post(&order).is_err());
                    posted.set(posted.get() + 1);
                }
                Err(findings) => {
                    prop_assert!(
                        !(fine && line_amounts == LineAmounts::AsDocument),
                        "{:?}",
                        findings
                    );
                    held.set(held.get() + 1);
                }
            }
            Ok(())
        })
        .unwrap();
    assert!(
        posted.get() > 100 && held.get() > 100,
        "{posted:?} {held:?}"
    );
}

fn any_decimal() -> impl Strategy<Value = Decimal> {
    prop_oneof![
        (
            any::<u32>(),
            any::<u32>(),
            any::<u32>(),
            any::<bool>(),
            0_u32..=28
        )
            .prop_map(|(low, middle, high, negative, scale)| Decimal::from_parts(
                low, middle, high, negative, scale
            )),
        (any::<i64>(), 0_u32..=28).prop_map(|(units, scale)| Decimal::new(units, scale)),
        (-1_000_i64..=1_000, 0_u32..=6).prop_map(|(units, scale)| Decimal::new(units, scale)),
        Just(Decimal::MAX),
        Just(Decimal::MIN),
        Just(Decimal::ZERO),
        Just(-Decimal::ONE),
    ]
}

prop_compose! {
    fn any_line()(
        figures in prop::array::uniform4(any_decimal()),
        discount in prop::option::of(any_decimal()),
        gross_amount in prop::option::of(any_decimal()),
        tax_rate in prop::option::of(any_decimal()),
        texts in prop::array::uniform4(prop::option::of(".{0,12}")),
        mapped in prop::option::of(0..CODES.len()),
    ) -> Line {
        let [quantity, unit_price, net_amount, tax_amount] = figures;
        let [description, charge_code, account_code, tax_code] = texts;
        Line {
            quantity, unit_price, net_amount, tax_amount, discount, gross_amount, tax_rate, charge_code, account_code,
            description: description.unwrap_or_default(),
            tax_code: mapped.map(|index| CODES[index].0.to_owned()).or(tax_code),
            ..line("0", "0", "0", "0")
        }
    }
}

#[test]
fn no_document_whatever_makes_it_panic() {
    let totals = prop::array::uniform3(any_decimal());
    let texts = (".{0,20}", ".{0,300}", ".{0,20}");
    let amounts_are = prop_oneof![amounts_are(), ".{0,5}".prop_map(AmountsAre::Other)];
    let strategy = (
        prop::collection::vec(any_line(), 0..4),
        totals,
        texts,
        amounts_are,
        currencies(),
        any_handover(),
    );
    let host = HostId::new("host").unwrap();
    let contact = ProviderContactId::new("contact").unwrap();
    runner(4_000)
        .run(
            &strategy,
            |(lines, [net, tax, gross], (number, name, template), amounts_are, code, settings)| {
                let mut invoice = with_totals(lines, Totals { net, tax, gross });
                invoice.amounts_are = amounts_are;
                invoice.currency = currency(code);
                invoice.number = number;
                invoice.bill_to.name = name.clone();
                invoice.bill_to.attention = Some(name);
                invoice.payment_terms_days = Some(u16::MAX);
                invoice.due_date = None;
                let mut settings = Settings {
                    reference: Reference::Template(template),
                    ..settings
                };
                settings.contacts.population = ContactPopulation::BillTo;
                let digits = invoice.currency.minor_digits();
                let document = Document::Invoice(invoice.clone());
                let _ = mapping::contact_wanted(&host, &document, &settings);
                let _ = mapping::check_settings(&settings, &chart());
                if let Ok(posting) =
                    mapping::posting(&document, &settings, &chart(), &capability(), &contact)
                {
                    prop_assert_eq!(
                        provider_totals(&posting, &chart()),
                        host_totals(&invoice.totals, digits)
                    );
                }
                Ok(())
            },
        )
        .unwrap();
}
