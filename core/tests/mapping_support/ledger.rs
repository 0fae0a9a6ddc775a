//! The provider's rules a second time, in integers and without a line of the code under test.
#![allow(clippy::unwrap_used, reason = "fixed texts of tests")]

use rust_decimal::Decimal;
use tieout_core::document::{AmountsAre, Totals};
use tieout_core::provider::{Chart, Posting};

/// Rounds `numerator / denominator` to a whole number, halves away from zero. The denominator is positive.
pub(crate) fn rounded(numerator: i128, denominator: i128) -> i128 {
    let sign = if numerator < 0 { -1 } else { 1 };
    let magnitude = numerator.abs();
    sign * ((2 * magnitude + denominator) / (2 * denominator))
}

pub(crate) fn ten_to(power: u32) -> i128 {
    10_i128.pow(power)
}

/// The value as a whole number of units of `10^-places`; exact or not at all.
fn units(value: Decimal, places: u32) -> i128 {
    let value = value.normalize();
    assert!(
        value.scale() <= places,
        "{value} has more than {places} places"
    );
    value.mantissa() * ten_to(places - value.scale())
}

/// Quantity times price less discount in minor units: all three given in units of four, four and `digits` places.
pub(crate) fn line_minor(quantity: i128, price: i128, discount_minor: i128, digits: u32) -> i128 {
    rounded(
        quantity * price - discount_minor * ten_to(8 - digits),
        ten_to(8 - digits),
    )
}

/// The tax in minor units of an amount in minor units, by a rate in ten-thousandths.
pub(crate) fn tax_minor(amount_minor: i128, rate: i128, amounts_are: &AmountsAre) -> i128 {
    match amounts_are {
        AmountsAre::TaxExclusive => rounded(amount_minor * rate, 10_000),
        AmountsAre::TaxInclusive => rounded(amount_minor * rate, 10_000 + rate),
        AmountsAre::NoTax | AmountsAre::Other(_) => 0,
    }
}

/// What the provider comes to for a posting: net, tax and gross in minor units.
pub(crate) fn provider_totals(posting: &Posting, chart: &Chart) -> (i128, i128, i128) {
    let digits = posting.currency.minor_digits();
    let (mut amounts, mut taxes) = (0, 0);
    for line in &posting.lines {
        let discount = line
            .discount_amount
            .map_or(0, |discount| units(discount, digits));
        let amount = line_minor(
            units(line.quantity, 4),
            units(line.unit_amount, 4),
            discount,
            digits,
        );
        let rate = line.tax_type.as_ref().map_or(0, |code| {
            units(
                chart
                    .tax_rates
                    .iter()
                    .find(|rate| &rate.code == code)
                    .unwrap()
                    .rate,
                4,
            )
        });
        let tax = match line.tax_amount {
            Some(tax) => units(tax, digits),
            None => tax_minor(amount, rate, &posting.amounts_are),
        };
        amounts += amount;
        taxes += tax;
    }
    match posting.amounts_are {
        AmountsAre::TaxInclusive => (amounts - taxes, taxes, amounts),
        AmountsAre::TaxExclusive | AmountsAre::NoTax | AmountsAre::Other(_) => {
            (amounts, taxes, amounts + taxes)
        }
    }
}

/// A host's totals in minor units.
pub(crate) fn host_totals(totals: &Totals, digits: u32) -> (i128, i128, i128) {
    (
        units(totals.net, digits),
        units(totals.tax, digits),
        units(totals.gross, digits),
    )
}
