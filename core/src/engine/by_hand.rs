//! What a person writes by hand where a document cannot be taken out of the books: the opposite one, in figures.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{Binding, Posted};
use crate::check::show::{amount_of, money};
use crate::document::DocumentKind;
use crate::provider::SnapshotStatus;

/// The sentence that says which opposite document makes an approved one undone, on which day and for how much; `None`
/// for what can be deleted and for what is no entry in the books. `locked` is the last day that is locked.
pub(super) fn opposite(
    binding: &Binding,
    posted: &Posted,
    locked: Option<NaiveDate>,
) -> Option<String> {
    match &posted.status {
        SnapshotStatus::Authorised | SnapshotStatus::Paid => {}
        SnapshotStatus::Draft
        | SnapshotStatus::Submitted
        | SnapshotStatus::Voided
        | SnapshotStatus::Deleted
        | SnapshotStatus::Other(_) => return None,
    }
    let kind = binding.key.document.kind;
    let what = match kind {
        DocumentKind::Invoice => "a credit note to the same customer",
        DocumentKind::Bill => "a credit note of the same supplier",
        DocumentKind::CreditNote => "an invoice to the same customer",
        DocumentKind::PurchaseOrder => return None,
    };
    let dated = locked.and_then(|day| day.succ_opt()).map_or_else(
        || "on an open day".to_owned(),
        |day| format!("{day} or later"),
    );
    let currency = posted.settlement.currency;
    let [net, tax] = [posted.totals.net, posted.totals.tax].map(|it| amount_of(it, currency));
    Some(format!(
        "Or write {what} there by hand, dated {dated}, with the lines of {} (net {net}, tax {tax}, gross {}): {}. \
         `tieout detach {}` then lets go of it.",
        posted.number,
        money(posted.totals.gross, currency),
        set_against(kind, posted),
        binding.named_for_a_command(),
    ))
}

/// How the opposite document is settled with the one that stays.
fn set_against(kind: DocumentKind, posted: &Posted) -> String {
    let currency = posted.settlement.currency;
    let (number, due) = (&posted.number, posted.settlement.amount_due);
    let settled = posted.totals.gross.checked_sub(due).unwrap_or_default();
    let (open, rest) = (money(due, currency), money(settled, currency));
    let left_over = match kind {
        DocumentKind::Invoice => format!("refund {rest}, or leave that as the customer's credit"),
        DocumentKind::Bill => {
            format!("have {rest} refunded, or leave that as a credit with the supplier")
        }
        DocumentKind::CreditNote | DocumentKind::PurchaseOrder => {
            format!("{rest} of {number} was used already, and so much of the invoice stays due")
        }
    };
    let allocated = match kind {
        DocumentKind::CreditNote => format!("allocate {open} of {number} to it"),
        DocumentKind::Invoice | DocumentKind::Bill | DocumentKind::PurchaseOrder => {
            format!("allocate {open} of it to {number}")
        }
    };
    match (due > Decimal::ZERO, settled > Decimal::ZERO) {
        (true, true) => format!("{allocated}; {left_over}"),
        (true, false) | (false, false) => allocated,
        (false, true) => left_over,
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::document::Currency;

    fn told(kind: DocumentKind, due: i64) -> String {
        let mut binding = sample::posted();
        binding.key.document.kind = kind;
        let mut posted = binding.posted.clone().unwrap();
        posted.status = SnapshotStatus::Authorised;
        posted.number = "INV-1".to_owned();
        posted.totals.net = Decimal::new(10_000, 2);
        posted.totals.tax = Decimal::new(1_000, 2);
        posted.totals.gross = Decimal::new(11_000, 2);
        posted.settlement.currency = Currency::from_code("AUD").unwrap();
        posted.settlement.amount_due = Decimal::new(due, 2);
        let locked = NaiveDate::from_ymd_opt(2026, 10, 31);
        opposite(&binding, &posted, locked).unwrap()
    }

    #[test]
    fn what_is_due_is_allocated_and_what_was_paid_is_refunded_or_stays_a_credit() {
        assert_eq!(
            told(DocumentKind::Invoice, 7_000),
            "Or write a credit note to the same customer there by hand, dated 2026-11-01 or later, with the lines of \
             INV-1 (net 100.00, tax 10.00, gross 110.00 AUD): allocate 70.00 AUD of it to INV-1; refund 40.00 AUD, or \
             leave that as the customer's credit. `tieout detach INV-1` then lets go of it."
        );
        assert!(
            told(DocumentKind::Invoice, 11_000)
                .contains("): allocate 110.00 AUD of it to INV-1. `")
        );
        assert!(told(DocumentKind::Invoice, 0).contains("): refund 110.00 AUD, or leave"));
        assert!(told(DocumentKind::Bill, 0).contains("have 110.00 AUD refunded"));
        assert!(
            told(DocumentKind::CreditNote, 7_000)
                .contains("an invoice to the same customer there by hand, dated 2026-11-01")
        );
        assert!(
            told(DocumentKind::CreditNote, 7_000)
                .contains("allocate 70.00 AUD of INV-1 to it; 40.00 AUD of INV-1 was used already")
        );
    }

    #[test]
    fn what_can_be_deleted_needs_no_opposite() {
        let binding = sample::posted();
        let mut posted = binding.posted.clone().unwrap();
        for status in [SnapshotStatus::Draft, SnapshotStatus::Submitted] {
            posted.status = status;
            assert_eq!(opposite(&binding, &posted, None), None);
        }
    }
}
