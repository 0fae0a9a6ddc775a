//! What settles a document: its payments, the credits that were allocated to it, and what it was allocated to itself.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use tieout_core::document::{Currency, DocumentKind, Payment, PaymentKind, ProviderPaymentId};

use super::snapshot::SnapshotError;
use crate::wire::document::{Allocation, Document, NestedAllocation, NestedPayment};

/// Every payment and allocation that stands, in Xero's order, each identifier once.
///
/// A credit note's payments are refunds, and each invoice that it was allocated to counts as one allocation
/// under the identifier of that invoice. An allocation without a date of its own has that of the document.
pub(super) fn payments(
    document: &Document,
    date: NaiveDate,
    currency: Currency,
) -> Result<Vec<Payment>, SnapshotError> {
    let mut all: Vec<Payment> = Vec::new();
    for paid in document.payments.iter().filter(|paid| stands(paid)) {
        add(
            &mut all,
            Payment {
                id: identifier(paid.id.as_deref(), "PaymentID")?,
                date: paid.date.ok_or(SnapshotError::Missing("Payments.Date"))?,
                amount: paid
                    .amount
                    .ok_or(SnapshotError::Missing("Payments.Amount"))?,
                currency,
                reference: paid.reference.clone(),
                kind: PaymentKind::Payment,
            },
        );
    }
    for (credits, kind) in [
        (&document.credit_notes, PaymentKind::CreditAllocation),
        (&document.prepayments, PaymentKind::PrepaymentAllocation),
        (&document.overpayments, PaymentKind::PrepaymentAllocation),
    ] {
        for credit in credits.iter().filter(|credit| !applied(credit).is_zero()) {
            let allocation = credit_applied(credit, kind.clone(), date, currency)?;
            add(&mut all, allocation);
        }
    }
    for allocation in document.allocations.iter().filter(|part| !part.is_deleted) {
        let invoice = allocation.invoice.as_ref();
        add(
            &mut all,
            Payment {
                id: identifier(
                    invoice.and_then(|invoice| invoice.id.as_deref()),
                    "Allocations.Invoice.InvoiceID",
                )?,
                date: allocation.date.unwrap_or(date),
                amount: allocation
                    .amount
                    .ok_or(SnapshotError::Missing("Allocations.Amount"))?,
                currency,
                reference: invoice.and_then(|invoice| invoice.number.clone()),
                kind: PaymentKind::CreditAllocation,
            },
        );
    }
    Ok(all)
}

/// How much was paid with money or by prepayment, and how much was credited.
///
/// Xero counts prepayments and overpayments among the credits; they are money. They are moved only
/// when its sum proves that they are in it. A credit note has no sums: what was refunded is paid, what
/// was allocated is credited.
pub(super) fn paid_and_credited(document: &Document, kind: DocumentKind) -> (Decimal, Decimal) {
    match kind {
        DocumentKind::Invoice | DocumentKind::Bill => sums(document),
        DocumentKind::CreditNote => {
            let refunds = document.payments.iter().filter(|paid| stands(paid));
            let allocated = document.allocations.iter().filter(|part| !part.is_deleted);
            (
                refunds.filter_map(|paid| paid.amount).sum(),
                allocated.filter_map(|part: &Allocation| part.amount).sum(),
            )
        }
        DocumentKind::PurchaseOrder => (Decimal::ZERO, Decimal::ZERO),
    }
}

fn sums(document: &Document) -> (Decimal, Decimal) {
    let paid = document.amount_paid.unwrap_or_default();
    let credited = document.amount_credited.unwrap_or_default();
    let sum = |credits: &[NestedAllocation]| credits.iter().map(applied).sum::<Decimal>();
    let prepaid = sum(&document.prepayments) + sum(&document.overpayments);
    if credited == sum(&document.credit_notes) + prepaid {
        (paid + prepaid, credited - prepaid)
    } else {
        (paid, credited)
    }
}

fn stands(payment: &NestedPayment) -> bool {
    !is_removed(payment.status.as_deref())
}

fn is_removed(status: Option<&str>) -> bool {
    status.is_some_and(|status| {
        status.eq_ignore_ascii_case("DELETED") || status.eq_ignore_ascii_case("VOIDED")
    })
}

fn credit_applied(
    credit: &NestedAllocation,
    kind: PaymentKind,
    date: NaiveDate,
    currency: Currency,
) -> Result<Payment, SnapshotError> {
    let id = credit
        .credit_note_id
        .as_deref()
        .or(credit.prepayment_id.as_deref())
        .or(credit.overpayment_id.as_deref());
    Ok(Payment {
        id: identifier(id, "the identifier of an allocation")?,
        date: credit.date.or(credit.date_string).unwrap_or(date),
        amount: applied(credit),
        currency,
        reference: credit
            .credit_note_number
            .clone()
            .or_else(|| credit.reference.clone()),
        kind,
    })
}

/// How much of a credit stands against the document: nothing of one that was taken back.
fn applied(credit: &NestedAllocation) -> Decimal {
    if credit.is_deleted || is_removed(credit.status.as_deref()) {
        return Decimal::ZERO;
    }
    credit.applied_amount.unwrap_or_default()
}

/// Adds a payment. A credit that was allocated in several parts comes with the same identifier, so the parts are added up.
fn add(all: &mut Vec<Payment>, payment: Payment) {
    match all
        .iter_mut()
        .find(|known| known.id == payment.id && known.kind == payment.kind)
    {
        Some(known) => known.amount += payment.amount,
        None => all.push(payment),
    }
}

fn identifier(text: Option<&str>, field: &'static str) -> Result<ProviderPaymentId, SnapshotError> {
    let text = text.ok_or(SnapshotError::Missing(field))?;
    ProviderPaymentId::new(text).map_err(|_| SnapshotError::Unfit {
        field,
        value: text.to_owned(),
    })
}
