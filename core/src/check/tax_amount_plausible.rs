//! Whether the host's tax on a line can be a matter of rounding, or is the tax of some other rate.

use rust_decimal::Decimal;

use super::{Finding, Rule, show};
use crate::document::{Line, TaxRate};
use crate::mapping::arithmetic::minor_unit;

/// Minor units by which a tax may differ from rate times amount, at most.
const DIFFERENCE_UNITS_MAX: Decimal = Decimal::from_parts(5, 0, 0, false, 0);
/// Hundredths of the tax by which it may differ, once it differs by more than one minor unit.
const DIFFERENCE_PERCENT_MAX: Decimal = Decimal::ONE;

/// The finding, if the host's tax is too far from `worked_out`, the provider's tax of the same amount.
///
/// One minor unit is rounding. More is let pass up to five minor units and one per cent of the tax,
/// for hosts that spread the rounding of a whole document over its lines. A rate of zero has no tax.
pub(crate) fn tax_amount_plausible(
    line: &Line,
    position: usize,
    rate: &TaxRate,
    worked_out: Decimal,
    digits: u32,
) -> Option<Finding> {
    let difference = line.tax_amount.checked_sub(worked_out)?.abs();
    let unit = minor_unit(digits);
    let percent = worked_out
        .abs()
        .checked_mul(DIFFERENCE_PERCENT_MAX)?
        .checked_div(Decimal::ONE_HUNDRED)?;
    let fits = if rate.rate.is_zero() {
        difference.is_zero()
    } else {
        difference <= unit || (difference <= unit * DIFFERENCE_UNITS_MAX && difference <= percent)
    };
    (!fits).then(|| {
        Finding::new(
            Rule::TaxTypeUnusable,
            format!(
                "the host's tax is {}, but {} at `{}` ({}) comes to {}",
                show::amount(line.tax_amount, digits),
                show::percent(rate.rate),
                rate.code,
                rate.name,
                show::amount(worked_out, digits)
            ),
            "Map the line's tax code to the tax type of its rate under `tax_codes`, or correct the tax in the host.",
        )
        .at(format!("lines[{position}].tax_amount"), line.tax_amount.to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::testing::{chart, decimal, line_of};

    fn fits(code: &str, tax: &str, worked_out: &str) -> bool {
        let line = line_of("1", "1", "1", tax);
        tax_amount_plausible(
            &line,
            0,
            chart().tax_rate(code).unwrap(),
            decimal(worked_out),
            2,
        )
        .is_none()
    }

    #[test]
    fn one_cent_is_always_rounding() {
        assert!(fits("OUTPUT", "0.02", "0.01"));
        assert!(fits("OUTPUT", "-64.30", "-64.29"));
    }

    #[test]
    fn more_is_rounding_only_within_five_cents_and_one_per_cent() {
        assert!(fits("OUTPUT", "64.34", "64.29"));
        assert!(!fits("OUTPUT", "64.35", "64.29"));
        assert!(fits("OUTPUT", "2.02", "2.00"));
        assert!(!fits("OUTPUT", "1.02", "1.00"));
    }

    #[test]
    fn a_rate_of_zero_has_no_tax_at_all() {
        assert!(fits("EXEMPTOUTPUT", "0", "0"));
        assert!(!fits("EXEMPTOUTPUT", "0.01", "0"));
    }

    #[test]
    fn both_taxes_and_the_rate_are_shown() {
        let line = line_of("1", "100", "100", "15");
        let found = tax_amount_plausible(
            &line,
            3,
            chart().tax_rate("OUTPUT").unwrap(),
            decimal("10"),
            2,
        )
        .unwrap();
        assert_eq!(
            found.message,
            "the host's tax is 15.00, but 10 % at `OUTPUT` (GST on Income) comes to 10.00"
        );
        assert_eq!(found.field, "lines[3].tax_amount");
    }
}
