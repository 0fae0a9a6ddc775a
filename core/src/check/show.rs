//! How figures are spelled in findings: amounts with all their minor digits, factors as short as they are.

use rust_decimal::Decimal;

use crate::document::{Currency, decimal};

/// An amount with at least the currency's minor digits, such as `333.70`.
pub(crate) fn amount(value: Decimal, digits: u32) -> String {
    decimal::padded(plain(value), digits)
}

/// An amount with the minor digits of its currency, such as `333.70`.
pub(crate) fn amount_of(value: Decimal, currency: Currency) -> String {
    amount(value, currency.minor_digits())
}

/// The same with the currency behind it, such as `333.70 AUD`.
pub(crate) fn money(value: Decimal, currency: Currency) -> String {
    format!("{} {currency}", amount_of(value, currency))
}

/// A factor or an exact product without trailing zeros, such as `3.333`.
pub(crate) fn factor(value: Decimal) -> String {
    plain(value).to_string()
}

/// A fraction as a percentage, such as `10 %`.
pub(crate) fn percent(rate: Decimal) -> String {
    match rate.checked_mul(Decimal::ONE_HUNDRED) {
        Some(percent) => format!("{} %", plain(percent)),
        None => plain(rate).to_string(),
    }
}

/// At most forty characters of a text, so that a hostile one does not flood a finding.
pub(crate) fn shortened(text: &str) -> String {
    const CHARS_MAX: usize = 40;
    if text.chars().count() <= CHARS_MAX {
        return text.to_owned();
    }
    text.chars().take(CHARS_MAX).chain("...".chars()).collect()
}

fn plain(value: Decimal) -> Decimal {
    if value.is_zero() {
        Decimal::ZERO
    } else {
        value.normalize()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_keep_their_minor_digits_and_factors_lose_their_zeros() {
        assert_eq!(amount(Decimal::new(3_337, 1), 2), "333.70");
        assert_eq!(amount(Decimal::new(33_376_662, 5), 2), "333.76662");
        assert_eq!(amount(Decimal::new(-0, 2), 2), "0.00");
        assert_eq!(
            amount(Decimal::MIN, 3),
            "-79228162514264337593543950335.000"
        );
        assert_eq!(amount(Decimal::TEN, 0), "10");
        assert_eq!(factor(Decimal::new(7_500, 4)), "0.75");
        assert_eq!(percent(Decimal::new(100, 3)), "10 %");
        assert_eq!(percent(Decimal::new(125, 3)), "12.5 %");
        assert_eq!(shortened(&"x".repeat(50)).len(), 43);
    }
}
