//! Which payments may be made and taken back, and what they do to the invoice (Xero's page on payments).

use rust_decimal::Decimal;
use uuid::Uuid;

use crate::books::Organisation;
use crate::books::chart::Standing;
use crate::books::invoice::Status;
use crate::books::payment::{Payment, PaymentStatus};
use crate::wire::payment::{AccountRef, InvoiceRef, PaymentIn};

use super::rounding::round;
use super::{Act, Refusal, invoices, locks};

/// Makes a payment and returns its position. The invoice becomes PAID when nothing is due any more.
///
/// # Errors
/// Xero's messages; nothing is changed then.
pub fn create(
    organisation: &mut Organisation,
    act: &Act<'_>,
    sent: &PaymentIn,
) -> Result<usize, Refusal> {
    let at = target(organisation, act, sent.invoice.as_ref())?;
    let mut messages = Vec::new();
    let account = match account(organisation, sent.account.as_ref()) {
        Ok(account) => account,
        Err(message) => {
            messages.push(message);
            Uuid::nil()
        }
    };
    let invoice = organisation.invoices.ledger.row(at);
    match invoice.status {
        Status::Authorised => {}
        Status::Paid => {
            messages
                .push("Payment amount exceeds the amount outstanding on this document".to_owned());
        }
        Status::Draft | Status::Submitted | Status::Voided | Status::Deleted => {
            messages.push("Payments can only be made against Authorised documents".to_owned());
        }
    }
    let amount = round(sent.amount.unwrap_or_default(), 2, act.switches.midpoint);
    if amount <= Decimal::ZERO {
        messages.push("Payment amount must be greater than 0".to_owned());
    } else if matches!(invoice.status, Status::Authorised) && amount > invoice.amount_due() {
        messages.push("Payment amount exceeds the amount outstanding on this document".to_owned());
    }
    let date = sent
        .date
        .as_ref()
        .map_or_else(|| organisation.profile.zone.day(act.now), |sent| sent.day);
    messages.extend(locks::closed(&organisation.profile, act.switches, date));
    if !messages.is_empty() {
        return Err(messages.into());
    }
    let payment = Payment {
        invoice: at,
        kind: invoice.kind,
        account,
        date,
        amount,
        currency_rate: sent.currency_rate.unwrap_or(invoice.currency_rate),
        reference: sent.reference.clone().unwrap_or_default(),
        is_reconciled: sent.is_reconciled.unwrap_or_default(),
        status: PaymentStatus::Authorised,
        updated_ms: act.now.timestamp_millis(),
        id: organisation.ids.next_id(),
    };
    Ok(post(organisation, act, payment))
}

/// Takes a payment back: the invoice is due again and, if it was PAID, AUTHORISED again.
///
/// # Errors
/// Xero's message: no such payment, taken back before, reconciled, or in a closed period.
pub fn delete(organisation: &mut Organisation, act: &Act<'_>, id: Uuid) -> Result<usize, Refusal> {
    let at = organisation
        .payments
        .find(id)
        .ok_or_else(|| Refusal::of("Payment could not be found"))?;
    let payment = organisation.payments.row(at).clone();
    match payment.status {
        PaymentStatus::Authorised => {}
        PaymentStatus::Deleted => {
            return Err(Refusal::of("Payment has already been deleted"));
        }
    }
    if payment.is_reconciled && !act.switches.reconciled_payment_deletable {
        return Err(Refusal::of(
            "The payment cannot be deleted as it has been reconciled with a bank statement.",
        ));
    }
    if let Some(message) = locks::closed(&organisation.profile, act.switches, payment.date) {
        return Err(Refusal::of(message));
    }
    organisation.payments.row_mut(at).status = PaymentStatus::Deleted;
    organisation.payments.touch(at, act.now);
    let invoice = organisation.invoices.ledger.row_mut(payment.invoice);
    invoice.amount_paid -= payment.amount;
    invoice.fully_paid_on = None;
    if matches!(invoice.status, Status::Paid) {
        invoice.status = Status::Authorised;
    }
    organisation.invoices.ledger.touch(payment.invoice, act.now);
    Ok(at)
}

fn post(organisation: &mut Organisation, act: &Act<'_>, payment: Payment) -> usize {
    let (invoice_at, amount) = (payment.invoice, payment.amount);
    let at = organisation.payments.insert(payment);
    let invoice = organisation.invoices.ledger.row_mut(invoice_at);
    invoice.payments.push(at);
    invoice.amount_paid += amount;
    if invoice.amount_due().is_zero() {
        invoice.status = Status::Paid;
        let live =
            |at: &&usize| organisation.payments.row(**at).status == PaymentStatus::Authorised;
        invoice.fully_paid_on = invoice
            .payments
            .iter()
            .filter(live)
            .map(|at| organisation.payments.row(*at).date)
            .max();
    }
    organisation.invoices.ledger.touch(invoice_at, act.now);
    at
}

fn target(
    organisation: &Organisation,
    act: &Act<'_>,
    sent: Option<&InvoiceRef>,
) -> Result<usize, Refusal> {
    let found = match sent {
        None => {
            return Err(Refusal::of(
                "A payment must be made against an invoice, credit note, prepayment or overpayment.",
            ));
        }
        Some(InvoiceRef { id: Some(id), .. }) => organisation.invoices.ledger.find(*id),
        Some(InvoiceRef {
            invoice_number: Some(number),
            ..
        }) => invoices::meant_by_number(organisation, act, number),
        Some(_) => None,
    };
    found.ok_or_else(|| Refusal::of("Document could not be found"))
}

/// Money goes to an active bank account, or to another one that takes payments.
fn account(organisation: &Organisation, sent: Option<&AccountRef>) -> Result<Uuid, String> {
    let found = match sent {
        Some(AccountRef { id: Some(id), .. }) => organisation.chart.account_by_id(*id),
        Some(AccountRef {
            code: Some(code), ..
        }) => organisation.chart.account(code),
        Some(_) | None => return Err("The account code or ID must be specified".to_owned()),
    };
    let account = found
        .filter(|account| account.standing == Standing::Active)
        .ok_or_else(|| "Account could not be found".to_owned())?;
    if account.bank.is_none() && !account.takes_payments {
        return Err("Account type is invalid for making a payment to/from.".to_owned());
    }
    Ok(account.id)
}

/// The live payments of an invoice, in order of arrival.
pub fn live_of<'a>(
    organisation: &'a Organisation,
    payments: &'a [usize],
) -> impl Iterator<Item = &'a Payment> {
    payments
        .iter()
        .map(|at| organisation.payments.row(*at))
        .filter(|payment| payment.status == PaymentStatus::Authorised)
}
