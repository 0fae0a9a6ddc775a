//! The totals of a document: sums of rounded lines, checked against what the sender says they are.

use rust_decimal::Decimal;

use crate::books::invoice::{Line, LineAmounts, Status};
use crate::wire::invoice::InvoiceIn;

/// The sums of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// Without tax.
    pub sub_total: Decimal,
    /// Tax.
    pub total_tax: Decimal,
    /// All of it.
    pub total: Decimal,
    /// Correction that is part of `total`.
    pub rounding: Decimal,
}

/// Sums that the sender says a document has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SentTotals {
    /// Without tax.
    pub sub_total: Option<Decimal>,
    /// Tax.
    pub total_tax: Option<Decimal>,
    /// All of it.
    pub total: Option<Decimal>,
    /// Correction that `total` includes.
    pub rounding: Option<Decimal>,
}

impl From<&InvoiceIn> for SentTotals {
    fn from(sent: &InvoiceIn) -> Self {
        Self {
            sub_total: sent.sub_total,
            total_tax: sent.total_tax,
            total: sent.total,
            rounding: sent.rounding_amount,
        }
    }
}

/// Sums the lines.
#[must_use]
pub fn of_lines(lines: &[Line], line_amounts: LineAmounts) -> Totals {
    let amounts: Decimal = lines.iter().map(|line| line.line_amount).sum();
    let total_tax: Decimal = lines.iter().map(|line| line.tax_amount).sum();
    let (sub_total, total) = match line_amounts {
        LineAmounts::Exclusive => (amounts, amounts + total_tax),
        LineAmounts::Inclusive => (amounts - total_tax, amounts),
        LineAmounts::NoTax => (amounts, amounts),
    };
    Totals {
        sub_total,
        total_tax,
        total,
        rounding: Decimal::ZERO,
    }
}

/// Compares the sums with those that were sent and applies a sent correction.
///
/// # Errors
/// Xero's message: the sums differ, or the total is negative.
pub fn agree(computed: Totals, sent: &SentTotals, status: Status) -> Result<Totals, String> {
    let rounding = accepted_rounding(sent, status).unwrap_or_default();
    let totals = Totals {
        total: computed.total + rounding,
        rounding,
        ..computed
    };
    let pairs = [
        (sent.sub_total, totals.sub_total),
        (sent.total_tax, totals.total_tax),
        (sent.total, totals.total),
    ];
    if pairs
        .iter()
        .any(|(sent, ours)| sent.is_some_and(|sent| sent != *ours))
    {
        return Err("The invoice total does not equal the sum of the lines.".to_owned());
    }
    if totals.total.is_sign_negative() && !totals.total.is_zero() {
        return Err(
            "The Total for this document must be greater than or equal to zero.".to_owned(),
        );
    }
    Ok(totals)
}

/// A correction counts between −0.10 and 0.10, on documents beyond DRAFT, when all three totals are sent.
fn accepted_rounding(sent: &SentTotals, status: Status) -> Option<Decimal> {
    let beyond_draft = match status {
        Status::Submitted | Status::Authorised => true,
        Status::Draft | Status::Paid | Status::Voided | Status::Deleted => false,
    };
    let all_sent = sent.sub_total.is_some() && sent.total_tax.is_some() && sent.total.is_some();
    sent.rounding
        .filter(|amount| beyond_draft && all_sent && amount.abs() <= Decimal::new(10, 2))
}
