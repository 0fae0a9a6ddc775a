//! What may change on an invoice that exists: everything before approval, less after it, little after a payment, nothing once removed.

use crate::books::Organisation;
use crate::books::invoice::{Invoice, Kind, Line, Status};
use crate::wire::invoice::{InvoiceIn, LineIn};

use super::documents::{currency, line_amounts};
use super::invoices::{
    date_messages, expected_date, header_messages, number_messages, planned_date, reference,
    sent_status, settle, take_totals,
};
use super::lines::{Discounts, Setting, Stage, add_new, as_they_are, work_out_all};
use super::{Act, Refusal, approvals, contacts, locks, status, totals};

const WRONG_STATUS: &str = "Invoice not of valid status for modification";
const HAS_PAYMENT: &str =
    "This document cannot be edited as it has a payment or credit note allocated to it.";

/// Changes an invoice; fields that were not sent stay.
///
/// # Errors
/// Xero's messages; the invoice is as it was then.
pub fn update(
    organisation: &mut Organisation,
    act: &Act<'_>,
    at: usize,
    sent: &InvoiceIn,
) -> Result<(), Refusal> {
    let current = organisation.invoices.ledger.row(at).clone();
    if let Some(message) = locks::closed(&organisation.profile, act.switches, current.date) {
        return Err(Refusal::of(message));
    }
    let status = next_status(&current, sent)?;
    match status {
        Status::Voided | Status::Deleted => {
            return remove(organisation, act, at, &current, status);
        }
        Status::Draft | Status::Submitted | Status::Authorised | Status::Paid => {}
    }
    let mut next = current.clone();
    next.status = status;
    let mut messages = header_messages(sent);
    take_header(organisation, act, at, sent, &mut next, &mut messages);
    take_lines(organisation, act, sent, &current, &mut next, &mut messages);
    if !messages.is_empty() {
        return Err(messages.into());
    }
    let refused = || Err(vec![WRONG_STATUS.to_owned(), HAS_PAYMENT.to_owned()].into());
    if current.is_settled_in_part() && beyond_paid_edits(act, &current, &next) {
        return refused();
    }
    let (kind, before) = (current.kind, Some(current.status));
    let approves =
        approvals::check(organisation, act, kind, before, next.status).map_err(Refusal::of)?;
    if let Some(contact) = &sent.contact {
        next.contact = contacts::for_invoice(organisation, act, contact)?;
        if !current.amount_credited.is_zero() && current.contact != next.contact {
            return refused();
        }
        contacts::mark_used(organisation, next.contact, next.kind);
    }
    if approves {
        approvals::count(organisation, act, kind);
    }
    settle(act, &mut next);
    let counts = counts_as_change(&current, &next);
    organisation.invoices.replace(at, next);
    if counts {
        organisation.invoices.ledger.touch(at, act.now);
    }
    Ok(())
}

fn next_status(current: &Invoice, sent: &InvoiceIn) -> Result<Status, Refusal> {
    let wanted = sent_status(sent)?;
    let kind_changes = sent
        .kind
        .as_deref()
        .is_some_and(|kind| kind != current.kind.name());
    if kind_changes {
        return Err(Refusal::of(WRONG_STATUS));
    }
    match (current.status, wanted) {
        (Status::Voided | Status::Deleted, _) => Err(Refusal::of(WRONG_STATUS)),
        (Status::Paid, None) => Ok(Status::Paid),
        (from, None) => Ok(from),
        (Status::Paid, Some(_)) => {
            Err(vec![WRONG_STATUS.to_owned(), HAS_PAYMENT.to_owned()].into())
        }
        (from, Some(to)) if status::may_follow(from, to) => Ok(to),
        (_, Some(_)) => Err(Refusal::of(WRONG_STATUS)),
    }
}

/// Voids or deletes; other fields of such a request are ignored.
fn remove(
    organisation: &mut Organisation,
    act: &Act<'_>,
    at: usize,
    current: &Invoice,
    status: Status,
) -> Result<(), Refusal> {
    if current.is_settled_in_part() {
        return Err(vec![WRONG_STATUS.to_owned(), HAS_PAYMENT.to_owned()].into());
    }
    organisation.invoices.ledger.row_mut(at).status = status;
    organisation.invoices.ledger.touch(at, act.now);
    Ok(())
}

fn take_header(
    organisation: &Organisation,
    act: &Act<'_>,
    at: usize,
    sent: &InvoiceIn,
    next: &mut Invoice,
    messages: &mut Vec<String>,
) {
    if let Some(number) = sent
        .invoice_number
        .as_ref()
        .filter(|number| !number.is_empty())
    {
        messages.extend(number_messages(
            organisation,
            act,
            next.kind,
            number,
            Some(at),
        ));
        number.clone_into(&mut next.number);
    }
    if let Some(reference) = reference(act, next.kind, sent) {
        next.reference = reference;
    }
    if let Some(date) = &sent.date {
        next.date = date.day;
    }
    next.due_date = sent
        .due_date
        .as_ref()
        .map(|sent| sent.day)
        .or(next.due_date);
    next.expected_payment_date = expected_date(next.kind, sent).or(next.expected_payment_date);
    next.planned_payment_date = planned_date(next.kind, sent).or(next.planned_payment_date);
    messages.extend(date_messages(organisation, act, next));
    if let Some(url) = &sent.url {
        url.clone_into(&mut next.url);
    }
    next.branding_theme = sent.branding_theme.or(next.branding_theme);
    let approved = matches!(next.status, Status::Authorised | Status::Paid);
    if approved && next.kind == Kind::Receivable {
        next.sent_to_contact = sent.sent_to_contact.unwrap_or(next.sent_to_contact);
    }
    let kept = (next.currency.as_str(), next.currency_rate);
    match currency(
        organisation,
        sent.currency_code.as_deref(),
        sent.currency_rate,
        kept,
    ) {
        Ok((code, rate)) => {
            next.currency = code;
            next.currency_rate = rate;
        }
        Err(message) => messages.push(message),
    }
    match line_amounts(sent.line_amount_types.as_deref(), next.line_amounts) {
        Ok(line_amounts) => next.line_amounts = line_amounts,
        Err(message) => messages.push(message),
    }
}

/// The replace rule: lines with a known LineItemID are updated, others are added, existing ones that were not sent are
/// gone. No lines, or an empty array, leaves them alone.
fn take_lines(
    organisation: &mut Organisation,
    act: &Act<'_>,
    sent: &InvoiceIn,
    current: &Invoice,
    next: &mut Invoice,
    messages: &mut Vec<String>,
) {
    let setting = Setting {
        side: next.kind,
        stage: Stage::of(next.status),
        discounts: Discounts::of(next.kind),
        line_amounts: next.line_amounts,
        tax_basis_changes: current.line_amounts != next.line_amounts,
    };
    let sent_lines = sent.line_items.as_deref().unwrap_or_default();
    let approving = current.status != next.status;
    if sent_lines.is_empty() && !approving && current.line_amounts == next.line_amounts {
        return check_sent_totals(sent, current, next, messages);
    }
    let kept_as_sent: Vec<LineIn>;
    let to_work_out = if sent_lines.is_empty() {
        // Approval checks lines that a draft was allowed to leave incomplete.
        kept_as_sent = as_they_are(&current.lines);
        kept_as_sent.as_slice()
    } else {
        sent_lines
    };
    match work_out_all(organisation, act, setting, to_work_out, &current.lines) {
        Ok(lines) => next.lines = lines,
        Err(of_lines) => add_new(messages, of_lines),
    }
    if messages.is_empty() {
        let computed = totals::of_lines(&next.lines, next.line_amounts);
        match totals::agree(computed, &sent.into(), next.status) {
            Ok(totals) => take_totals(next, totals),
            Err(message) => messages.push(message),
        }
    }
}

fn check_sent_totals(
    sent: &InvoiceIn,
    current: &Invoice,
    next: &mut Invoice,
    messages: &mut Vec<String>,
) {
    let nothing_sent = sent.total.is_none() && sent.total_tax.is_none() && sent.sub_total.is_none();
    if nothing_sent {
        return;
    }
    let computed = totals::of_lines(&current.lines, current.line_amounts);
    match totals::agree(computed, &sent.into(), next.status) {
        Ok(totals) => take_totals(next, totals),
        Err(message) => messages.push(message),
    }
}

/// After a payment only Reference, DueDate, InvoiceNumber, BrandingThemeID, Contact, Url and per line Description,
/// AccountCode and Tracking may change (bills too, since 2026-03-19), and no Contact once a credit was allocated.
fn beyond_paid_edits(act: &Act<'_>, current: &Invoice, next: &Invoice) -> bool {
    if current.kind == Kind::Payable && !act.switches.paid_bills_editable {
        return true;
    }
    let money = |line: &Line| {
        (
            line.id,
            line.quantity,
            line.unit_amount,
            line.line_amount,
            line.tax_amount,
        )
    };
    current.date != next.date
        || current.status != next.status
        || current.line_amounts != next.line_amounts
        || current.currency != next.currency
        || current.currency_rate != next.currency_rate
        || current.total != next.total
        || current.lines.len() != next.lines.len()
        || current
            .lines
            .iter()
            .zip(&next.lines)
            .any(|(before, after)| money(before) != money(after))
}

/// Xero does not count a new due date or sent mark on a partly paid document as a change, nor a request that changes nothing
/// but these.
fn counts_as_change(current: &Invoice, next: &Invoice) -> bool {
    if !current.is_settled_in_part() {
        return true;
    }
    current.number != next.number
        || current.reference != next.reference
        || current.contact != next.contact
        || current.url != next.url
        || current.branding_theme != next.branding_theme
        || current.lines != next.lines
        || current.status != next.status
}
