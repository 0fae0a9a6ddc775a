//! How Xero rounds: unit price first, then the line, then the tax of the line; sums are never rounded (Xero's page on rounding).

use rust_decimal::{Decimal, RoundingStrategy};

use crate::books::invoice::LineAmounts;
use crate::switches::Midpoint;

/// Rounds to this many decimals.
#[must_use]
pub fn round(value: Decimal, decimals: u32, midpoint: Midpoint) -> Decimal {
    value.round_dp_with_strategy(
        decimals,
        match midpoint {
            Midpoint::AwayFromZero => RoundingStrategy::MidpointAwayFromZero,
            Midpoint::HalfEven => RoundingStrategy::MidpointNearestEven,
        },
    )
}

/// The amount of a line: quantity times unit price, less the discount, to the cent.
#[must_use]
pub fn line_amount(
    quantity: Decimal,
    unit_amount: Decimal,
    discount_rate: Option<Decimal>,
    discount_amount: Option<Decimal>,
    midpoint: Midpoint,
) -> Decimal {
    let gross = quantity * unit_amount;
    let net = match (discount_rate, discount_amount) {
        (Some(rate), _) => gross * (Decimal::ONE_HUNDRED - rate) / Decimal::ONE_HUNDRED,
        (None, Some(off)) => gross - off,
        (None, None) => gross,
    };
    round(net, 2, midpoint)
}

/// The tax of a line, to the cent: on top of the amount, inside it, or none.
#[must_use]
pub fn line_tax(
    amount: Decimal,
    rate_percent: Decimal,
    line_amounts: LineAmounts,
    midpoint: Midpoint,
) -> Decimal {
    let tax = match line_amounts {
        LineAmounts::Exclusive => amount * rate_percent / Decimal::ONE_HUNDRED,
        LineAmounts::Inclusive => amount * rate_percent / (Decimal::ONE_HUNDRED + rate_percent),
        LineAmounts::NoTax => Decimal::ZERO,
    };
    round(tax, 2, midpoint)
}
