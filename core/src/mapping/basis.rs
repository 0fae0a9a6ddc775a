//! Whether prices are handed over with tax, without, or with none at all.

use rust_decimal::Decimal;

use super::arithmetic::Basis;
use super::paper::Paper;
use crate::check::{Finding, Rule, show};
use crate::settings::LineAmounts;

/// How the document has its prices, and how the provider shall have them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bases {
    /// The document's.
    pub(super) from: Basis,
    /// The provider's.
    pub(super) to: Basis,
}

/// The two, or why the document cannot be handed over in the way that is set.
///
/// A document without tax stays one: to give its lines a tax type would be a guess.
pub(super) fn bases(paper: &Paper<'_>, wanted: LineAmounts) -> Result<Bases, Box<Finding>> {
    let Some(from) = Basis::of(&paper.amounts_are) else {
        return Err(Box::new(
            Finding::new(
                Rule::RecordUnreadable,
                "the document does not say in known words whether its prices hold the tax",
                "Let the host say `tax_exclusive`, `tax_inclusive` or `no_tax`.",
            )
            .at("amounts_are", show::shortened(paper.amounts_are.as_str())),
        ));
    };
    let to = match (from, wanted) {
        (Basis::NoTax, _) | (_, LineAmounts::NoTax) => Basis::NoTax,
        (from, LineAmounts::AsDocument) => from,
        (_, LineAmounts::TaxExclusive) => Basis::Exclusive,
        (_, LineAmounts::TaxInclusive) => Basis::Inclusive,
    };
    let sum = || paper.lines.iter().map(|line| line.tax_amount);
    let tax = match paper.totals {
        Some(totals) => totals.tax,
        None => sum()
            .try_fold(Decimal::ZERO, Decimal::checked_add)
            .unwrap_or_default(),
    };
    let taxed = !tax.is_zero() || sum().any(|tax| !tax.is_zero());
    if from != Basis::NoTax && to == Basis::NoTax && taxed {
        let tax = show::amount(tax, paper.currency.minor_digits());
        return Err(Box::new(Finding::new(
            Rule::TotalsWouldDiffer,
            format!("the document has {tax} {} of tax, and `line_amounts` says that there is none", paper.currency),
            "Set `line_amounts` to `as_document`, or route documents with tax to another connection.",
        )
        .at("totals.tax", tax)
        .mended_in("line_amounts")));
    }
    Ok(Bases { from, to })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::AmountsAre;
    use crate::mapping::testing::{invoice_of, line_of, totals_of};

    fn of(amounts_are: AmountsAre, tax: &str, wanted: LineAmounts) -> Result<Basis, Box<Finding>> {
        let mut invoice = invoice_of(
            vec![line_of("1", "10", "10", tax)],
            totals_of("10", tax, "10"),
        );
        invoice.amounts_are = amounts_are;
        bases(&Paper::invoice(&invoice), wanted).map(|bases| bases.to)
    }

    #[test]
    fn the_setting_decides_and_a_document_without_tax_stays_one() {
        assert_eq!(
            of(AmountsAre::TaxExclusive, "1", LineAmounts::AsDocument),
            Ok(Basis::Exclusive)
        );
        assert_eq!(
            of(AmountsAre::TaxExclusive, "1", LineAmounts::TaxInclusive),
            Ok(Basis::Inclusive)
        );
        assert_eq!(
            of(AmountsAre::TaxInclusive, "1", LineAmounts::TaxExclusive),
            Ok(Basis::Exclusive)
        );
        assert_eq!(
            of(AmountsAre::NoTax, "0", LineAmounts::TaxInclusive),
            Ok(Basis::NoTax)
        );
        assert_eq!(
            of(AmountsAre::TaxExclusive, "0", LineAmounts::NoTax),
            Ok(Basis::NoTax)
        );
    }

    #[test]
    fn tax_that_would_be_lost_holds_the_document() {
        let found = of(AmountsAre::TaxExclusive, "1", LineAmounts::NoTax).unwrap_err();
        assert_eq!(
            found.message,
            "the document has 1.00 AUD of tax, and `line_amounts` says that there is none"
        );
    }

    #[test]
    fn an_unknown_word_is_no_guess() {
        let found = of(AmountsAre::Other("net".to_owned()), "0", LineAmounts::NoTax).unwrap_err();
        assert_eq!(
            (found.field.as_str(), found.value.as_str()),
            ("amounts_are", "net")
        );
    }
}
