//! Whether a document asks for money rather than owing it: its total is zero or more.

use rust_decimal::Decimal;

use super::{Finding, Rule, show};
use crate::document::{Currency, DocumentKind, Totals};

/// The finding, if the total with tax is below zero.
///
/// A credit note gives its total back, a purchase order promises it: theirs may not be below zero either.
pub(crate) fn total_not_negative(
    kind: DocumentKind,
    totals: &Totals,
    currency: Currency,
) -> Option<Finding> {
    let (word, remedy) = match kind {
        DocumentKind::Invoice => (
            "an invoice",
            "Make it a credit note in the host, or set the negative lines against a later invoice.",
        ),
        DocumentKind::CreditNote => (
            "a credit note",
            "Let the host give a credit note with positive amounts: they are what is given back.",
        ),
        DocumentKind::Bill => (
            "a bill",
            "Enter what the supplier gives back by hand; credits of suppliers are not sent.",
        ),
        DocumentKind::PurchaseOrder => (
            "a purchase order",
            "Take what goes back to the supplier out of the order in the host.",
        ),
    };
    (totals.gross < Decimal::ZERO).then(|| {
        let total = show::amount(totals.gross, currency.minor_digits());
        Finding::new(
            Rule::TotalNegative,
            format!("the total is {total} {currency}; {word} cannot be below zero"),
            remedy,
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
        assert_eq!(
            total_not_negative(DocumentKind::Invoice, &totals_of("0", "0", "0.00"), aud),
            None
        );
        let found = total_not_negative(
            DocumentKind::Invoice,
            &totals_of("-0.01", "0", "-0.01"),
            aud,
        )
        .unwrap();
        assert_eq!(
            found.message,
            "the total is -0.01 AUD; an invoice cannot be below zero"
        );
    }
}
