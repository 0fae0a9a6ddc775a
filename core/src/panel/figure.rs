//! How an amount is spelled: with all the places of its currency, and never rounded.

use rust_decimal::Decimal;

use crate::document::Currency;

/// The same amount with at least the places of its currency: `110.0` AUD is `110.00`.
pub(super) fn figure(amount: Decimal, currency: Currency) -> Decimal {
    let mut spelled = amount.normalize();
    if spelled.scale() < currency.minor_digits() {
        spelled.rescale(currency.minor_digits());
    }
    spelled
}
