//! Whether a document asks for money rather than owing it: its total is zero or more.

use rust_decimal::Decimal;

use super::{Finding, Rule, show};
use crate::document::{Currency, Totals};

/// The finding, if the total with tax is below zero.
pub(crate) fn total_not_negative(totals: &Totals, currency: Currency) -> Option<Finding> {
    (totals.gross < Decimal::ZERO).then(|| {
        let total = show::amount(totals.gross, currency.minor_digits());
        Finding::new(
            Rule::TotalNegative,
            format!("the total is {total} {currency}; an invoice cannot be below zero"),
            "Make it a credit note in the host, or set the negative lines against a later invoice.",
        )
        .at("totals.gross", total)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::testing::totals_of;

    #[test]
    fn zero_is_no_finding_and_a_cent_below_is() {
        let aud = Currency::from_code("AUD").unwrap();
        assert_eq!(total_not_negative(&totals_of("0", "0", "0.00"), aud), None);
        let found = total_not_negative(&totals_of("-0.01", "0", "-0.01"), aud).unwrap();
        assert_eq!(
            found.message,
            "the total is -0.01 AUD; an invoice cannot be below zero"
        );
    }
}
