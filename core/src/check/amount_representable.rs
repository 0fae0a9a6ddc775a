//! Whether the figures of a line fit an accounting system at all: their size and their places.

use rust_decimal::Decimal;

use super::{Finding, Rule, show};
use crate::document::{Line, Totals};

/// Amounts and prices are smaller than this, in units of the currency, on either side of zero.
const AMOUNT_BELOW: Decimal = Decimal::from_parts(1_410_065_408, 2, 0, false, 0);
/// Quantities are smaller than this on either side of zero: with four places they fit 13 characters.
const QUANTITY_BELOW: Decimal = Decimal::from_parts(100_000_000, 0, 0, false, 0);
/// A rate is smaller than this on either side of zero: 1,000 %.
const RATE_BELOW: Decimal = Decimal::TEN;

/// What does not fit in line `position`, counted from zero, of a currency with `digits` minor digits.
pub(crate) fn line(line: &Line, position: usize, digits: u32) -> Vec<Finding> {
    let at = |field: &str| format!("lines[{position}].{field}");
    let size = [
        below(line.quantity, QUANTITY_BELOW, at("quantity")),
        below(line.unit_price, AMOUNT_BELOW, at("unit_price")),
        line.tax_rate
            .and_then(|rate| below(rate, RATE_BELOW, at("tax_rate"))),
    ];
    let amounts = [
        Some((line.net_amount, "net_amount")),
        Some((line.tax_amount, "tax_amount")),
        line.gross_amount.map(|amount| (amount, "gross_amount")),
        line.discount.map(|amount| (amount, "discount")),
    ];
    let amounts = amounts
        .into_iter()
        .flatten()
        .filter_map(|(amount, field)| minor(amount, digits, at(field)));
    size.into_iter().flatten().chain(amounts).collect()
}

/// What does not fit in the totals.
pub(crate) fn totals(totals: &Totals, digits: u32) -> Vec<Finding> {
    [
        (totals.net, "totals.net"),
        (totals.tax, "totals.tax"),
        (totals.gross, "totals.gross"),
    ]
    .into_iter()
    .filter_map(|(amount, field)| minor(amount, digits, field.to_owned()))
    .collect()
}

/// The finding for figures that each fit, but whose product does not.
pub(crate) fn product_too_long(position: usize, figures: &str) -> Finding {
    Finding::new(
        Rule::AmountNotRepresentable,
        format!(
            "line {} cannot be worked out exactly: {figures}",
            position + 1
        ),
        "Correct the quantity, the price or the tax rate of the line in the host.",
    )
    .at(format!("lines[{position}]"), "")
}

fn minor(amount: Decimal, digits: u32, field: String) -> Option<Finding> {
    if amount.normalize().scale() > digits {
        return Some(
            Finding::new(
                Rule::AmountNotRepresentable,
                format!("the amount has more than the {digits} decimal places of its currency"),
                "Round the amount in the host; amounts are never rounded on the way.",
            )
            .at(field, amount.to_string()),
        );
    }
    below(amount, AMOUNT_BELOW, field)
}

fn below(value: Decimal, limit: Decimal, field: String) -> Option<Finding> {
    (value.abs() >= limit).then(|| {
        Finding::new(
            Rule::AmountNotRepresentable,
            format!(
                "the figure is too large; it must be below {}",
                show::factor(limit)
            ),
            "Correct the figure in the host.",
        )
        .at(field, value.to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::testing::{decimal, line_of};

    fn fields(findings: &[Finding]) -> Vec<&str> {
        findings
            .iter()
            .map(|finding| finding.field.as_str())
            .collect()
    }

    #[test]
    fn the_limits_are_the_ones_that_their_bits_say() {
        assert_eq!(AMOUNT_BELOW.to_string(), "10000000000");
        assert_eq!(QUANTITY_BELOW.to_string(), "100000000");
    }

    #[test]
    fn an_ordinary_line_fits() {
        let mut ordinary = line_of("0.3333333333", "214.30", "71.43", "7.14");
        ordinary.gross_amount = Some(decimal("78.5700"));
        assert!(line(&ordinary, 0, 2).is_empty());
    }

    #[test]
    fn amounts_finer_than_the_currency_are_found_each_with_its_field() {
        let mut fine = line_of("1", "10.005", "10.005", "1.0005");
        fine.discount = Some(decimal("0.001"));
        let found = line(&fine, 2, 2);
        assert_eq!(
            fields(&found),
            [
                "lines[2].net_amount",
                "lines[2].tax_amount",
                "lines[2].discount"
            ]
        );
        assert!(line(&fine, 2, 4).is_empty());
    }

    #[test]
    fn yen_have_no_places_and_dinars_three() {
        assert_eq!(
            fields(&line(&line_of("1", "10.5", "10.5", "1"), 0, 0)),
            ["lines[0].net_amount"]
        );
        assert!(line(&line_of("1", "10.125", "10.125", "0"), 0, 3).is_empty());
    }

    #[test]
    fn absurd_figures_are_found_and_never_multiplied() {
        let absurd = line_of(
            "79228162514264337593543950335",
            "-10000000000",
            "9999999999.99",
            "10000000000",
        );
        assert_eq!(
            fields(&line(&absurd, 0, 2)),
            [
                "lines[0].quantity",
                "lines[0].unit_price",
                "lines[0].tax_amount"
            ]
        );
    }

    #[test]
    fn totals_are_held_to_the_same_limits() {
        let sums = Totals {
            net: decimal("1.005"),
            tax: decimal("0"),
            gross: Decimal::MAX,
        };
        assert_eq!(fields(&totals(&sums, 2)), ["totals.net", "totals.gross"]);
    }
}
