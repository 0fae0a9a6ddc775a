//! What the lines of a purchase order come to: its host gives quantities and prices, and no amounts.

use rust_decimal::Decimal;

use super::arithmetic::{Basis, exact_product, round};
use super::paper::{Paper, Side};
use super::rules::Rules;
use super::tax::{Taxes, tax_type};
use crate::document::{Line, PurchaseOrder, PurchaseOrderLine};
use crate::provider::Chart;
use crate::settings::{LineAmounts, Settings, Target};

/// An order with the amounts of its lines that follow from quantity, price and rate.
///
/// The article takes the place of the charge code. What cannot be worked out is left at zero; the
/// comparison finds it, since it works out the same figures again from quantity and price.
pub(super) fn paper<'a>(order: &'a PurchaseOrder, settings: &Settings, chart: &Chart) -> Paper<'a> {
    let bare = Paper::order(order, order.lines.iter().map(plain).collect());
    let rules = Rules::new(&bare, settings);
    let lines = lines(order, &rules, settings, chart);
    drop(rules);
    Paper::order(order, lines)
}

fn lines(
    order: &PurchaseOrder,
    rules: &Rules<'_>,
    settings: &Settings,
    chart: &Chart,
) -> Vec<Line> {
    let digits = order.currency.minor_digits();
    order
        .lines
        .iter()
        .enumerate()
        .map(|(position, ordered)| {
            let mut line = plain(ordered);
            let rate = rate(&line, position, rules, settings, chart);
            let net = exact_product(ordered.quantity, ordered.unit_price)
                .map(|exact| round(exact, digits));
            if let Some(net) = net {
                line.net_amount = net;
                line.tax_amount = Basis::Exclusive
                    .tax(net, rate, digits)
                    .map_or(Decimal::ZERO, |tax| tax.rounded);
            }
            line
        })
        .collect()
}

fn plain(ordered: &PurchaseOrderLine) -> Line {
    Line {
        id: ordered.id.clone(),
        description: ordered.description.clone(),
        service_date: None,
        service_end_date: None,
        quantity: ordered.quantity,
        unit_price: ordered.unit_price,
        discount: None,
        net_amount: Decimal::ZERO,
        tax_code: None,
        tax_rate: ordered.tax_rate,
        tax_amount: Decimal::ZERO,
        gross_amount: None,
        charge_code: Some(ordered.sku.clone()),
        service_contract: None,
        item_code: None,
        account_code: None,
        tracking: Vec::new(),
        case_number: None,
        worker: None,
        funding: None,
    }
}

/// The rate of the line's tax type, or its own where there is no type or none is wanted.
fn rate(
    line: &Line,
    position: usize,
    rules: &Rules<'_>,
    settings: &Settings,
    chart: &Chart,
) -> Decimal {
    let own = line.tax_rate.unwrap_or_default();
    match settings.line_amounts {
        LineAmounts::NoTax => own,
        LineAmounts::AsDocument | LineAmounts::TaxExclusive | LineAmounts::TaxInclusive => {
            let taxes = Taxes::of(Side::Purchases, settings);
            // A rule that fails is found again with its line.
            let ruled = rules.apply(&Target::TaxType, Some((line, position)));
            let ruled = ruled.ok().flatten();
            tax_type(line, position, None, taxes, ruled.as_ref(), chart)
                .map_or(own, |(found, _)| found.rate)
        }
    }
}
