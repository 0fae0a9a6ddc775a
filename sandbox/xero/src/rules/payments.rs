//! Which payments and refunds may be made and taken back (Xero's page on payments).

use rust_decimal::Decimal;
use uuid::Uuid;

use crate::books::Organisation;
use crate::books::chart::Standing;
use crate::books::credit::Source;
use crate::books::invoice::{Kind, Status};
use crate::books::payment::{Payment, PaymentStatus, Target};
use crate::wire::payment::{AccountRef, InvoiceRef, PaymentIn};

use super::rounding::round;
use super::{Act, Refusal, credit_notes, invoices, locks, settlement};

const TOO_MUCH: &str = "Payment amount exceeds the amount outstanding on this document";

/// Makes a payment or refund and returns its position. The document becomes PAID when nothing of it is open any more.
///
/// # Errors
/// Xero's messages; nothing is changed then.
pub fn create(
    organisation: &mut Organisation,
    act: &Act<'_>,
    sent: &PaymentIn,
) -> Result<usize, Refusal> {
    let target = target(organisation, act, sent)?;
    let mut messages = Vec::new();
    let account = match account(organisation, sent.account.as_ref()) {
        Ok(account) => account,
        Err(message) => {
            messages.push(message);
            Uuid::nil()
        }
    };
    let document = Document::of(organisation, target);
    match document.status {
        Status::Authorised => {}
        Status::Paid => messages.push(TOO_MUCH.to_owned()),
        Status::Draft | Status::Submitted | Status::Voided | Status::Deleted => {
            messages.push("Payments can only be made against Authorised documents".to_owned());
        }
    }
    let amount = round(sent.amount.unwrap_or_default(), 2, act.switches.midpoint);
    if amount <= Decimal::ZERO {
        messages.push("Payment amount must be greater than 0".to_owned());
    } else if matches!(document.status, Status::Authorised) && amount > document.open {
        messages.push(TOO_MUCH.to_owned());
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
        target,
        kind: document.kind,
        account,
        date,
        amount,
        currency_rate: sent.currency_rate.unwrap_or(document.currency_rate),
        reference: sent.reference.clone().unwrap_or_default(),
        is_reconciled: sent.is_reconciled.unwrap_or_default(),
        status: PaymentStatus::Authorised,
        updated_ms: act.now.timestamp_millis(),
        id: organisation.ids.next_id(),
    };
    Ok(post(organisation, act, payment))
}

/// Takes a payment back: the document is open again and, if it was PAID, AUTHORISED again.
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
    settle(organisation, act, payment.target);
    Ok(at)
}

fn post(organisation: &mut Organisation, act: &Act<'_>, payment: Payment) -> usize {
    let target = payment.target;
    let at = organisation.payments.insert(payment);
    match target {
        Target::Invoice(invoice) => {
            let invoice = organisation.invoices.ledger.row_mut(invoice);
            invoice.payments.push(at);
        }
        Target::Credit(credit, _) => {
            let credit = organisation.credits.ledger.row_mut(credit);
            credit.refunds.push(at);
        }
    }
    settle(organisation, act, target);
    at
}

fn settle(organisation: &mut Organisation, act: &Act<'_>, target: Target) {
    match target {
        Target::Invoice(at) => settlement::of_invoice(organisation, act, at),
        Target::Credit(at, _) => settlement::of_credit(organisation, act, at),
    }
}

/// What a payment needs to know of the document it settles.
struct Document {
    status: Status,
    kind: Kind,
    open: Decimal,
    currency_rate: Decimal,
}

impl Document {
    fn of(organisation: &Organisation, target: Target) -> Self {
        match target {
            Target::Invoice(at) => {
                let invoice = organisation.invoices.ledger.row(at);
                Self {
                    status: invoice.status,
                    kind: invoice.kind,
                    open: invoice.amount_due(),
                    currency_rate: invoice.currency_rate,
                }
            }
            Target::Credit(at, _) => {
                let credit = organisation.credits.ledger.row(at);
                Self {
                    status: credit.status,
                    kind: credit.kind,
                    open: credit.remaining(),
                    currency_rate: credit.currency_rate,
                }
            }
        }
    }
}

/// The one document that a payment names.
fn target(organisation: &Organisation, act: &Act<'_>, sent: &PaymentIn) -> Result<Target, Refusal> {
    let credit = |source: Source, id: Option<Uuid>| {
        id.and_then(|id| organisation.credits.find(source, id))
            .map(|at| Target::Credit(at, source))
    };
    let named = [
        sent.invoice
            .as_ref()
            .map(|sent| invoice(organisation, act, sent).map(Target::Invoice)),
        sent.credit_note.as_ref().map(|sent| {
            credit_notes::named(organisation, sent.id, sent.credit_note_number.as_deref())
                .map(|at| Target::Credit(at, Source::CreditNote))
        }),
        sent.overpayment
            .as_ref()
            .map(|sent| credit(Source::Overpayment, sent.id)),
        sent.prepayment
            .as_ref()
            .map(|sent| credit(Source::Prepayment, sent.id)),
    ];
    let mut named = named.into_iter().flatten();
    match (named.next(), named.next()) {
        (Some(found), None) => found.ok_or_else(|| Refusal::of("Document could not be found")),
        (None, _) | (Some(_), Some(_)) => Err(Refusal::of(
            "A payment must be made against an invoice, credit note, prepayment or overpayment.",
        )),
    }
}

fn invoice(organisation: &Organisation, act: &Act<'_>, sent: &InvoiceRef) -> Option<usize> {
    match (sent.id, &sent.invoice_number) {
        (Some(id), _) => organisation.invoices.ledger.find(id),
        (None, Some(number)) => invoices::meant_by_number(organisation, act, number),
        (None, None) => None,
    }
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
