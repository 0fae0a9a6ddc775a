//! What the provider will come to: its own multiplication, rounding and adding up, done exactly or not at all.
//!
//! Nothing here is an estimate. A product that does not fit 28 digits is `None`, never a rounded
//! stand-in, so a result that is there is the one that the provider has.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::document::{AmountsAre, Line, Totals};
use crate::provider::TaxPrecision;

/// A line as it is handed to the provider, within the places that it keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Priced {
    /// How many.
    pub(crate) quantity: Decimal,
    /// The price of one.
    pub(crate) unit_amount: Decimal,
    /// The amount taken off; zero for none.
    pub(crate) discount: Decimal,
}

/// What a line comes to at the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LineAmount {
    /// Quantity times price less discount, before rounding.
    pub(crate) exact: Decimal,
    /// The same to the currency's minor digits.
    pub(crate) rounded: Decimal,
}

/// What a whole document comes to, with its lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    amounts: Decimal,
    taxes: Decimal,
}

/// Places of the percentage that a provider makes of a discount amount when a person edits the document.
const DISCOUNT_RATE_PLACES: u32 = 2;

impl Priced {
    /// The line's amount: quantity times price less the discount, rounded once.
    pub(crate) fn amount(&self, digits: u32) -> Option<LineAmount> {
        let exact = self.full()?.checked_sub(self.discount)?;
        Some(LineAmount {
            exact,
            rounded: round(exact, digits),
        })
    }

    /// Quantity times price.
    pub(crate) fn full(&self) -> Option<Decimal> {
        exact_product(self.quantity, self.unit_amount)
    }

    /// The discount as a percentage of quantity times price, and the amount that the line comes to by it.
    ///
    /// Providers keep a discount as a percentage of two places; a document that somebody opens and
    /// saves there is worked out again from it.
    pub(crate) fn amount_by_rate(&self, digits: u32) -> Option<(Decimal, Decimal)> {
        let full = self.full()?;
        let percent = self
            .discount
            .checked_mul(Decimal::ONE_HUNDRED)?
            .checked_div(full)?;
        let percent = round(percent, DISCOUNT_RATE_PLACES);
        let left = Decimal::ONE_HUNDRED
            .checked_sub(percent)?
            .checked_div(Decimal::ONE_HUNDRED)?;
        Some((percent, round(exact_product(full, left)?, digits)))
    }
}

impl Sums {
    /// The sums with one line more.
    pub(crate) fn with(self, amount: Decimal, tax: Decimal) -> Option<Self> {
        Some(Self {
            amounts: self.amounts.checked_add(amount)?,
            taxes: self.taxes.checked_add(tax)?,
        })
    }

    /// The totals of the document. Inclusive amounts hold the tax, the others do not.
    pub(crate) fn totals(self, basis: Basis) -> Option<Totals> {
        let (net, gross) = match basis {
            Basis::Exclusive => (self.amounts, self.amounts.checked_add(self.taxes)?),
            Basis::Inclusive => (self.amounts.checked_sub(self.taxes)?, self.amounts),
            Basis::NoTax => (self.amounts, self.amounts),
        };
        Some(Totals {
            net,
            tax: self.taxes,
            gross,
        })
    }
}

/// How the provider works out one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Model {
    /// Whether the amounts that it is sent hold the tax.
    pub(crate) basis: Basis,
    /// The currency's minor digits.
    pub(crate) digits: u32,
    /// Where it rounds the tax.
    pub(crate) precision: TaxPrecision,
}

impl Model {
    /// The tax of one line amount.
    pub(crate) fn tax(self, amount: Decimal, rate: Decimal) -> Option<LineAmount> {
        match self.precision {
            TaxPrecision::PerLine => self.basis.tax(amount, rate, self.digits),
        }
    }
}

/// Whether the amounts of lines hold the tax: [`AmountsAre`] once it is known to mean something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Basis {
    /// They do not.
    Exclusive,
    /// They do.
    Inclusive,
    /// There is no tax.
    NoTax,
}

impl Basis {
    /// The basis of a document, unless its word is unknown.
    pub(crate) fn of(amounts_are: &AmountsAre) -> Option<Self> {
        match amounts_are {
            AmountsAre::TaxExclusive => Some(Self::Exclusive),
            AmountsAre::TaxInclusive => Some(Self::Inclusive),
            AmountsAre::NoTax => Some(Self::NoTax),
            AmountsAre::Other(_) => None,
        }
    }

    /// The word of a posting.
    pub(crate) fn amounts_are(self) -> AmountsAre {
        match self {
            Self::Exclusive => AmountsAre::TaxExclusive,
            Self::Inclusive => AmountsAre::TaxInclusive,
            Self::NoTax => AmountsAre::NoTax,
        }
    }

    /// The host's amount of a line as this basis has it.
    pub(crate) fn amount_of(self, line: &Line) -> Option<Decimal> {
        match self {
            Self::Exclusive | Self::NoTax => Some(line.net_amount),
            Self::Inclusive => line.net_amount.checked_add(line.tax_amount),
        }
    }

    /// The tax of one line amount, before and after rounding to the currency's minor digits.
    pub(crate) fn tax(self, amount: Decimal, rate: Decimal, digits: u32) -> Option<LineAmount> {
        let exact = match self {
            Self::Exclusive => exact_product(amount, rate)?,
            // A quotient that lies on a half of a minor unit ends within 28 digits and is exact; any
            // other stays clear of the half by far more than the division's last digit.
            Self::Inclusive => {
                exact_product(amount, rate)?.checked_div(Decimal::ONE.checked_add(rate)?)?
            }
            Self::NoTax => Decimal::ZERO,
        };
        Some(LineAmount {
            exact,
            rounded: round(exact, digits),
        })
    }
}

/// Rounded to places, halves away from zero, as the provider does.
pub(crate) fn round(value: Decimal, places: u32) -> Decimal {
    value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
}

/// The one spelling of a factor: without trailing zeros, so that equal documents make equal postings.
pub(crate) fn canonical_factor(value: Decimal) -> Decimal {
    if value.is_zero() {
        Decimal::ZERO
    } else {
        value.normalize()
    }
}

/// The one spelling of an amount that has at most `digits` places: with just as many.
pub(crate) fn canonical_amount(value: Decimal, digits: u32) -> Decimal {
    let mut amount = canonical_factor(value);
    amount.rescale(digits);
    amount
}

/// One minor unit: 0.01 for two digits.
pub(crate) fn minor_unit(digits: u32) -> Decimal {
    Decimal::new(1, digits)
}

/// The product if it fits 28 digits without rounding.
pub(crate) fn exact_product(left: Decimal, right: Decimal) -> Option<Decimal> {
    let (left, right) = (left.normalize(), right.normalize());
    let product = left.checked_mul(right)?;
    let whole =
        left.is_zero() || right.is_zero() || product.scale() == left.scale() + right.scale();
    whole.then_some(product)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn priced(quantity: &str, unit_amount: &str, discount: &str) -> Priced {
        Priced {
            quantity: decimal(quantity),
            unit_amount: decimal(unit_amount),
            discount: decimal(discount),
        }
    }

    #[test]
    fn a_line_is_rounded_once_and_halves_go_away_from_zero() {
        let cent = |line: Priced| line.amount(2).unwrap().rounded.to_string();
        assert_eq!(cent(priced("3.333", "100.14", "0")), "333.77");
        assert_eq!(cent(priced("0.75", "214.30", "0")), "160.73");
        assert_eq!(cent(priced("-0.75", "214.30", "0")), "-160.73");
        assert_eq!(cent(priced("2", "50", "10.01")), "89.99");
    }

    #[test]
    fn tax_is_taken_on_top_or_out_of_the_amount() {
        let tax = |basis: Basis, amount, rate| {
            basis
                .tax(decimal(amount), decimal(rate), 2)
                .unwrap()
                .rounded
                .to_string()
        };
        assert_eq!(tax(Basis::Exclusive, "25.61", "0.15"), "3.84");
        assert_eq!(tax(Basis::Inclusive, "115.00", "0.15"), "15");
        assert_eq!(tax(Basis::Inclusive, "0.11", "0.10"), "0.01");
        assert_eq!(tax(Basis::Exclusive, "-160.73", "0.1"), "-16.07");
        assert_eq!(tax(Basis::NoTax, "10", "0.1"), "0");
    }

    #[test]
    fn a_product_that_does_not_fit_is_refused_rather_than_rounded() {
        assert_eq!(
            exact_product(decimal("0.333333333333333"), decimal("0.333333333333333")),
            None
        );
        assert_eq!(exact_product(Decimal::MAX, Decimal::TEN), None);
        assert_eq!(
            exact_product(decimal("1.50"), decimal("2.00")),
            Some(decimal("3"))
        );
    }

    #[test]
    fn equal_figures_are_spelled_alike() {
        for spelling in ["3", "3.0", "3.000"] {
            assert_eq!(canonical_factor(decimal(spelling)).to_string(), "3");
            assert_eq!(canonical_amount(decimal(spelling), 2).to_string(), "3.00");
        }
        assert_eq!(canonical_amount(decimal("-0.000"), 2).to_string(), "0.00");
        assert_eq!(
            canonical_amount(decimal("9999999999.99"), 2).to_string(),
            "9999999999.99"
        );
    }

    #[test]
    fn a_discount_is_also_seen_as_the_percentage_that_the_provider_keeps() {
        let (percent, amount) = priced("1", "99.99", "10.01").amount_by_rate(2).unwrap();
        assert_eq!(
            (percent.to_string().as_str(), amount.to_string().as_str()),
            ("10.01", "89.98")
        );
        assert_eq!(priced("0", "99.99", "10.01").amount_by_rate(2), None);
    }
}
