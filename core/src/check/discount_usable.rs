//! Whether a provider can carry a line's discount: as an amount off a positive line, no larger than the line.

use rust_decimal::Decimal;

use super::{Finding, Rule, show};
use crate::mapping::arithmetic::Priced;

/// The finding, if the discount is one that providers refuse. A line without discount always passes.
pub(crate) fn discount_usable(priced: &Priced, position: usize, digits: u32) -> Option<Finding> {
    if priced.discount.is_zero() {
        return None;
    }
    let full = priced.full()?;
    let message = if priced.discount < Decimal::ZERO {
        "the discount is below zero, which adds to the line".to_owned()
    } else if priced.discount > full {
        format!(
            "the discount is larger than the line's {}",
            show::amount(full, digits)
        )
    } else {
        return None;
    };
    Some(
        Finding::new(
            Rule::AmountNotRepresentable,
            message,
            "Put the discounted price into the line's unit price in the host, or give the discount a line of its own.",
        )
        .at(format!("lines[{position}].discount"), show::amount(priced.discount, digits)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::testing::decimal;

    fn fits(quantity: &str, unit_amount: &str, discount: &str) -> bool {
        let priced = Priced {
            quantity: decimal(quantity),
            unit_amount: decimal(unit_amount),
            discount: decimal(discount),
        };
        discount_usable(&priced, 0, 2).is_none()
    }

    #[test]
    fn a_discount_lies_between_nothing_and_the_whole_line() {
        assert!(fits("2", "50", "0"));
        assert!(fits("2", "50", "100"));
        assert!(!fits("2", "50", "100.01"));
        assert!(!fits("2", "50", "-0.01"));
    }

    #[test]
    fn a_negative_line_takes_no_discount() {
        assert!(fits("-2", "50", "0"));
        assert!(!fits("-2", "50", "1"));
        assert!(!fits("-2", "50", "-1"));
    }
}
