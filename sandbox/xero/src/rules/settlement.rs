//! What a payment, a refund or an allocation does to the documents it settles: sums, PAID and back, the day, the time of change.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::books::Organisation;
use crate::books::allocation::Allocation;
use crate::books::invoice::Status;
use crate::books::ledger::Change;
use crate::books::payment::{Payment, PaymentStatus};

use super::Act;

/// Sums what counts on an invoice anew: PAID when nothing is due, AUTHORISED again when something is.
pub(super) fn of_invoice(organisation: &mut Organisation, act: &Act<'_>, at: usize) {
    let invoice = organisation.invoices.ledger.row(at);
    let payments = || live_payments(organisation, &invoice.payments);
    let allocations = || live_allocations(organisation, &invoice.allocations);
    let paid: Decimal = payments().map(|payment| payment.amount).sum();
    let credited: Decimal = allocations().map(|allocation| allocation.amount).sum();
    let last = last_day(payments(), allocations());
    let invoice = organisation.invoices.ledger.row_mut(at);
    invoice.amount_paid = paid;
    invoice.amount_credited = credited;
    (invoice.status, invoice.fully_paid_on) =
        settled(invoice.status, invoice.amount_due().is_zero(), last);
    organisation
        .invoices
        .ledger
        .touch_as(at, Change::Settled, act.now);
}

/// Sums what was taken of a credit anew: PAID when nothing remains, AUTHORISED again when something does.
pub(super) fn of_credit(organisation: &mut Organisation, act: &Act<'_>, at: usize) {
    let credit = organisation.credits.ledger.row(at);
    let refunds = || live_payments(organisation, &credit.refunds);
    let allocations = || live_allocations(organisation, &credit.allocations);
    let refunded: Decimal = refunds().map(|payment| payment.amount).sum();
    let applied: Decimal = allocations().map(|allocation| allocation.amount).sum();
    let last = last_day(refunds(), allocations());
    let credit = organisation.credits.ledger.row_mut(at);
    credit.refunded = refunded;
    credit.applied = applied;
    (credit.status, credit.fully_paid_on) =
        settled(credit.status, credit.remaining().is_zero(), last);
    organisation
        .credits
        .ledger
        .touch_as(at, Change::Settled, act.now);
}

/// The payments among these that count, in order of arrival.
pub fn live_payments<'a>(
    organisation: &'a Organisation,
    payments: &'a [usize],
) -> impl Iterator<Item = &'a Payment> {
    payments
        .iter()
        .map(|at| organisation.payments.row(*at))
        .filter(|payment| payment.status == PaymentStatus::Authorised)
}

/// The allocations among these that count, in order of arrival.
pub fn live_allocations<'a>(
    organisation: &'a Organisation,
    allocations: &'a [usize],
) -> impl Iterator<Item = &'a Allocation> {
    allocations
        .iter()
        .map(|at| organisation.allocations.row(*at))
        .filter(|allocation| allocation.is_live)
}

const fn settled(
    status: Status,
    nothing_left: bool,
    last: Option<NaiveDate>,
) -> (Status, Option<NaiveDate>) {
    match status {
        Status::Authorised | Status::Paid if nothing_left => (Status::Paid, last),
        Status::Authorised | Status::Paid => (Status::Authorised, None),
        Status::Draft | Status::Submitted | Status::Voided | Status::Deleted => (status, None),
    }
}

fn last_day<'a>(
    payments: impl Iterator<Item = &'a Payment>,
    allocations: impl Iterator<Item = &'a Allocation>,
) -> Option<NaiveDate> {
    payments
        .map(|payment| payment.date)
        .chain(allocations.map(|allocation| allocation.date))
        .max()
}
