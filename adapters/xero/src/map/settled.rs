//! What reduces what is due on an invoice: its payments, and the credits that were allocated to it.

use rust_decimal::Decimal;
use tieout_core::document::{Currency, Payment, PaymentKind, ProviderPaymentId};

use super::snapshot::SnapshotError;
use crate::wire::invoice::{Invoice, NestedAllocation};

/// Every payment and allocation that stands, in Xero's order, each identifier once.
pub(super) fn payments(
    invoice: &Invoice,
    currency: Currency,
) -> Result<Vec<Payment>, SnapshotError> {
    let mut all: Vec<Payment> = Vec::new();
    for paid in &invoice.payments {
        if paid
            .status
            .as_deref()
            .is_some_and(|status| status.eq_ignore_ascii_case("DELETED"))
        {
            continue;
        }
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
        (&invoice.credit_notes, PaymentKind::CreditAllocation),
        (&invoice.prepayments, PaymentKind::PrepaymentAllocation),
        (&invoice.overpayments, PaymentKind::PrepaymentAllocation),
    ] {
        for credit in credits
            .iter()
            .filter(|credit| applied(credit) != Decimal::ZERO)
        {
            add(&mut all, allocation(credit, kind.clone(), currency)?);
        }
    }
    Ok(all)
}

/// How much was paid with money or by prepayment, and how much was credited.
///
/// Xero counts prepayments and overpayments among the credits; they are money. They are moved only
/// when its sum proves that they are in it.
pub(super) fn paid_and_credited(invoice: &Invoice) -> (Decimal, Decimal) {
    let paid = invoice.amount_paid.unwrap_or_default();
    let credited = invoice.amount_credited.unwrap_or_default();
    let sum = |credits: &[NestedAllocation]| credits.iter().map(applied).sum::<Decimal>();
    let prepaid = sum(&invoice.prepayments) + sum(&invoice.overpayments);
    if credited == sum(&invoice.credit_notes) + prepaid {
        (paid + prepaid, credited - prepaid)
    } else {
        (paid, credited)
    }
}

fn allocation(
    credit: &NestedAllocation,
    kind: PaymentKind,
    currency: Currency,
) -> Result<Payment, SnapshotError> {
    let id = credit
        .credit_note_id
        .as_deref()
        .or(credit.prepayment_id.as_deref())
        .or(credit.overpayment_id.as_deref());
    Ok(Payment {
        id: identifier(id, "the identifier of an allocation")?,
        date: credit
            .date
            .ok_or(SnapshotError::Missing("the date of an allocation"))?,
        amount: applied(credit),
        currency,
        reference: credit
            .credit_note_number
            .clone()
            .or_else(|| credit.reference.clone()),
        kind,
    })
}

fn applied(credit: &NestedAllocation) -> Decimal {
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
