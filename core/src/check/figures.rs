//! Whether a document contradicts itself, before any settings or chart are known: what a host can be told of it alone.

use super::totals_consistent::totals_consistent;
use super::{Finding, amount_representable};
use crate::document::{AmountsAre, Document, Line, Totals};
use crate::mapping::arithmetic::Basis;

/// Where a document's own figures do not agree with one another, with the arithmetic; empty when they do.
///
/// The rule is the one by which such a document is held. Orders have no amounts but their totals.
#[must_use]
pub fn contradictions(document: &Document) -> Vec<String> {
    match document {
        Document::Invoice(invoice) => of_lines(
            &invoice.lines,
            &invoice.totals,
            &invoice.amounts_are,
            invoice.currency.minor_digits(),
        ),
        Document::Bill(bill) => of_lines(
            &bill.lines,
            &bill.totals,
            &bill.amounts_are,
            bill.currency.minor_digits(),
        ),
        Document::PurchaseOrder(order) => order
            .totals
            .filter(|totals| totals.net.checked_add(totals.tax) != Some(totals.gross))
            .map(|totals| {
                format!(
                    "total: net {} + tax {} is not {}",
                    totals.net, totals.tax, totals.gross
                )
            })
            .into_iter()
            .collect(),
    }
}

fn of_lines(lines: &[Line], totals: &Totals, amounts_are: &AmountsAre, digits: u32) -> Vec<String> {
    let of_line = |(position, line)| amount_representable::line(line, position, digits);
    let unfit: Vec<Finding> = lines
        .iter()
        .enumerate()
        .flat_map(of_line)
        .chain(amount_representable::totals(totals, digits))
        .collect();
    // Sums are made of figures that fit alone.
    if !unfit.is_empty() {
        let words = |finding: Finding| format!("{}: {}", finding.field, finding.message);
        return unfit.into_iter().map(words).collect();
    }
    let basis = Basis::of(amounts_are).unwrap_or(Basis::Exclusive);
    totals_consistent(lines, totals, basis, digits).map_or_else(Vec::new, |finding| finding.detail)
}
