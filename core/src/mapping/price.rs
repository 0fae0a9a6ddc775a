//! Which quantity, price and discount a line is handed over with, at the places that the provider keeps.

use rust_decimal::Decimal;

use super::arithmetic::{Basis, Priced, minor_unit, round};
use super::basis::Bases;
use crate::document::Line;
use crate::provider::Arithmetic;

/// How a line's price is worked out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pricing {
    /// From which basis to which.
    pub(super) bases: Bases,
    /// The places that the provider keeps.
    pub(super) arithmetic: Arithmetic,
    /// The currency's minor digits.
    pub(super) digits: u32,
    /// What becomes of discounts.
    pub(super) discounts: Discounts,
}

/// What becomes of the discount of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Discounts {
    /// It stands beside the price: invoices have a field for it.
    Kept,
    /// The price holds it: no other document has a field for it.
    InPrice,
}

impl Pricing {
    /// The line as it is handed over, or `None` when a figure does not fit.
    ///
    /// Where prices with tax become prices without it, or the other way round, the new price is the
    /// line's amount divided by its quantity, so that it multiplies back to the amount wherever the
    /// provider's places allow. So is a price that holds its discount.
    pub(super) fn of(self, line: &Line, rate: Decimal) -> Option<Priced> {
        let discount = line.discount.unwrap_or_default();
        let quantity = round(line.quantity, self.arithmetic.quantity_places);
        if self.discounts == Discounts::InPrice && !discount.is_zero() {
            let unit_amount = self.bases.to.amount_of(line)?.checked_div(quantity)?;
            return Some(Priced {
                quantity,
                unit_amount: round(unit_amount, self.arithmetic.unit_price_places),
                discount: Decimal::ZERO,
            });
        }
        let unit_amount = match (self.bases.from, self.bases.to) {
            _ if rate.is_zero() => line.unit_price,
            (Basis::Exclusive, Basis::Inclusive) | (Basis::Inclusive, Basis::Exclusive) => {
                if discount.is_zero() && !quantity.is_zero() {
                    self.bases.to.amount_of(line)?.checked_div(quantity)?
                } else {
                    self.converted(line.unit_price, rate)?
                }
            }
            (Basis::Exclusive, Basis::Exclusive | Basis::NoTax)
            | (Basis::Inclusive, Basis::Inclusive | Basis::NoTax)
            | (Basis::NoTax, _) => line.unit_price,
        };
        let unit_amount = round(unit_amount, self.arithmetic.unit_price_places);
        let discount = if self.bases.from == self.bases.to || discount.is_zero() || rate.is_zero() {
            discount
        } else {
            self.converted_discount(
                line,
                Priced {
                    quantity,
                    unit_amount,
                    discount,
                },
                rate,
            )?
        };
        Some(Priced {
            quantity,
            unit_amount,
            discount,
        })
    }

    fn converted(self, value: Decimal, rate: Decimal) -> Option<Decimal> {
        let factor = Decimal::ONE.checked_add(rate)?;
        match (self.bases.from, self.bases.to) {
            (Basis::Exclusive, Basis::Inclusive) => value.checked_mul(factor),
            (Basis::Inclusive, Basis::Exclusive) => value.checked_div(factor),
            (Basis::Exclusive, Basis::Exclusive | Basis::NoTax)
            | (Basis::Inclusive, Basis::Inclusive | Basis::NoTax)
            | (Basis::NoTax, _) => Some(value),
        }
    }

    /// The discount in the new basis: what lies between the full price and the host's amount, as long
    /// as that is the converted discount to within one minor unit.
    fn converted_discount(self, line: &Line, full: Priced, rate: Decimal) -> Option<Decimal> {
        let converted = self.converted(full.discount, rate)?;
        let left = round(full.full()?, self.digits).checked_sub(self.bases.to.amount_of(line)?)?;
        let near = left.checked_sub(converted)?.abs() <= minor_unit(self.digits);
        Some(if near {
            left
        } else {
            round(converted, self.digits)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::testing::{decimal, line_of};
    use crate::provider::TaxPrecision;

    fn priced(line: &Line, from: Basis, to: Basis, rate: &str) -> (String, String, String) {
        let arithmetic = Arithmetic {
            unit_price_places: 4,
            quantity_places: 4,
            tax: TaxPrecision::PerLine,
        };
        let pricing = Pricing {
            bases: Bases { from, to },
            arithmetic,
            digits: 2,
            discounts: Discounts::Kept,
        };
        let priced = pricing.of(line, decimal(rate)).unwrap();
        (
            priced.quantity.to_string(),
            priced.unit_amount.to_string(),
            priced.discount.to_string(),
        )
    }

    fn texts(quantity: &str, unit_amount: &str, discount: &str) -> (String, String, String) {
        (
            quantity.to_owned(),
            unit_amount.to_owned(),
            discount.to_owned(),
        )
    }

    #[test]
    fn in_its_own_basis_a_line_is_only_brought_to_the_providers_places() {
        let line = line_of("0.333333", "101.492537", "33.83", "3.38");
        assert_eq!(
            priced(&line, Basis::Exclusive, Basis::Exclusive, "0.1"),
            texts("0.3333", "101.4925", "0")
        );
    }

    #[test]
    fn a_price_with_tax_is_the_gross_amount_divided_by_the_quantity() {
        let line = line_of("0.75", "214.30", "160.73", "16.07");
        assert_eq!(
            priced(&line, Basis::Exclusive, Basis::Inclusive, "0.1"),
            texts("0.75", "235.7333", "0")
        );
        let line = line_of("2", "55", "100", "10");
        assert_eq!(
            priced(&line, Basis::Inclusive, Basis::Exclusive, "0.1"),
            texts("2", "50", "0")
        );
    }

    #[test]
    fn without_tax_in_the_line_its_price_is_the_same_either_way() {
        let line = line_of("3.333", "100.14", "333.77", "0");
        assert_eq!(
            priced(&line, Basis::Exclusive, Basis::Inclusive, "0"),
            texts("3.333", "100.14", "0")
        );
    }

    #[test]
    fn a_quantity_of_zero_is_no_divisor() {
        let line = line_of("0", "100", "0", "0");
        assert_eq!(
            priced(&line, Basis::Exclusive, Basis::Inclusive, "0.1"),
            texts("0", "110.0", "0")
        );
    }

    #[test]
    fn a_discount_is_converted_together_with_its_price() {
        let mut line = line_of("3", "33.33", "90", "9");
        line.discount = Some(decimal("9.99"));
        assert_eq!(
            priced(&line, Basis::Exclusive, Basis::Inclusive, "0.1"),
            texts("3", "36.663", "10.99")
        );
    }
}
