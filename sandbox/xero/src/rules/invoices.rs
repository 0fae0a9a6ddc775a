//! What becomes of an invoice that was sent: a new one, a changed one, or Xero's messages and no change at all.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::books::Organisation;
use crate::books::invoice::{Invoice, Kind, LineAmounts, Status};
use crate::switches::NumberReuse;
use crate::wire::invoice::{InvoiceIn, LineIn};

use super::contacts::{self, Mode};
use super::documents::{Written, currency, line_amounts, too_long};
use super::lines::{Discounts, Setting, Stage, add_new, work_out_all};
use super::{Act, Refusal, approvals, edits, locks, status, totals};

const SENT_TOO_EARLY: &str = "Only AUTHORISED invoices may have SentToContact updated.";

/// Writes an invoice. PUT makes a new one always; POST changes the one with the same id, or the sales invoice with the
/// same number, and makes a new one only when there is none.
///
/// # Errors
/// Xero's messages; no invoice is changed then.
pub fn write(
    organisation: &mut Organisation,
    act: &Act<'_>,
    mode: Mode,
    sent: &InvoiceIn,
) -> Result<Written, Refusal> {
    let existing = match mode {
        Mode::Create => None,
        Mode::Upsert => meant(organisation, sent)?,
    };
    let at = match existing {
        Some(at) => {
            edits::update(organisation, act, at, sent)?;
            at
        }
        None => create(organisation, act, sent)?,
    };
    let invoice = organisation.invoices.ledger.row(at);
    let approved = matches!(invoice.status, Status::Authorised | Status::Paid);
    let marks = invoice.kind == Kind::Receivable && sent.sent_to_contact == Some(true);
    let warnings = if marks && !approved {
        vec![SENT_TOO_EARLY]
    } else {
        Vec::new()
    };
    Ok(Written { at, warnings })
}

/// Positions of the invoices with this number that a call by number means: the sales invoice, live ones first.
#[must_use]
pub fn by_number(organisation: &Organisation, number: &str, kind: Option<Kind>) -> Option<usize> {
    let removed = |at: &usize| match organisation.invoices.ledger.row(*at).status {
        Status::Voided | Status::Deleted => 1,
        Status::Draft | Status::Submitted | Status::Authorised | Status::Paid => 0,
    };
    organisation
        .invoices
        .numbered(number)
        .iter()
        .copied()
        .filter(|at| kind.is_none_or(|kind| organisation.invoices.ledger.row(*at).kind == kind))
        .min_by_key(removed)
}

/// The invoice that a payment or allocation means by its number alone: the sales invoice, else the one live bill. When
/// several live bills share the number, the first one or none (a switch, since Xero does not say).
#[must_use]
pub fn meant_by_number(organisation: &Organisation, act: &Act<'_>, number: &str) -> Option<usize> {
    if let Some(sale) = by_number(organisation, number, Some(Kind::Receivable)) {
        return Some(sale);
    }
    let live = |at: &&usize| match organisation.invoices.ledger.row(**at).status {
        Status::Draft | Status::Submitted | Status::Authorised | Status::Paid => true,
        Status::Voided | Status::Deleted => false,
    };
    let mut bills = organisation.invoices.numbered(number).iter().filter(live);
    let first = bills.next().copied();
    if bills.next().is_some() && !act.switches.shared_bill_number_means_first {
        return None;
    }
    first.or_else(|| by_number(organisation, number, None))
}

/// Messages about a number that a sales invoice would carry.
pub(super) fn number_messages(
    organisation: &Organisation,
    act: &Act<'_>,
    kind: Kind,
    number: &str,
    own: Option<usize>,
) -> Vec<String> {
    let mut messages = Vec::new();
    messages.extend(too_long("InvoiceNumber", Some(number), 255));
    if number.chars().any(|letter| !(' '..='~').contains(&letter)) {
        messages.push("Invoice number contains invalid characters.".to_owned());
    }
    let blocks = |at: &usize| {
        let other = organisation.invoices.ledger.row(*at);
        let free = match (other.status, act.switches.number_reuse) {
            (Status::Deleted, NumberReuse::AfterDelete | NumberReuse::AfterDeleteOrVoid)
            | (Status::Voided, NumberReuse::AfterDeleteOrVoid) => true,
            (
                Status::Draft
                | Status::Submitted
                | Status::Authorised
                | Status::Paid
                | Status::Voided
                | Status::Deleted,
                NumberReuse::Never | NumberReuse::AfterDelete | NumberReuse::AfterDeleteOrVoid,
            ) => false,
        };
        Some(*at) != own && other.kind == Kind::Receivable && !free
    };
    let unique = match kind {
        Kind::Receivable => !organisation.invoices.numbered(number).iter().any(blocks),
        Kind::Payable => true,
    };
    if !number.is_empty() && !unique {
        messages.push("Invoice # must be unique.".to_owned());
    }
    messages
}

/// Messages about header fields that have the same rule on new and changed documents.
pub(super) fn header_messages(sent: &InvoiceIn) -> Vec<String> {
    let mut messages = Vec::new();
    messages.extend(too_long("Reference", sent.reference.as_deref(), 255));
    if let Some(url) = sent.url.as_deref().filter(|url| !url.is_empty()) {
        let parsed = url::Url::parse(url);
        if !parsed.is_ok_and(|parsed| matches!(parsed.scheme(), "http" | "https")) {
            messages.push("Url must be a valid absolute URL.".to_owned());
        } else if url.to_ascii_lowercase().contains("xero") {
            messages.push("Url must not contain 'xero'.".to_owned());
        }
    }
    messages
}

/// Status that was sent, if it is one of Xero's words.
pub(super) fn sent_status(sent: &InvoiceIn) -> Result<Option<Status>, Refusal> {
    match sent.status.as_deref().filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => Status::parse(text)
            .map(Some)
            .ok_or_else(|| Refusal::of("Invoice not of valid status for modification")),
    }
}

/// Becomes PAID when nothing is due, as Xero does by itself.
pub(super) fn settle(act: &Act<'_>, invoice: &mut Invoice) {
    let nothing_due = invoice.amount_due() <= Decimal::ZERO;
    let counts = !invoice.total.is_zero() || act.switches.zero_total_becomes_paid;
    if matches!(invoice.status, Status::Authorised) && nothing_due && counts {
        invoice.status = Status::Paid;
        invoice.fully_paid_on.get_or_insert(invoice.date);
    }
}

fn meant(organisation: &Organisation, sent: &InvoiceIn) -> Result<Option<usize>, Refusal> {
    if let Some(id) = sent.id {
        return organisation
            .invoices
            .ledger
            .find(id)
            .map(Some)
            .ok_or_else(|| {
                Refusal::of("An existing invoice with the specified ID could not be found")
            });
    }
    let kind = match sent.kind.as_deref() {
        None => Kind::Receivable,
        Some(text) => match Kind::parse(text) {
            Some(kind) => kind,
            None => return Ok(None),
        },
    };
    // Numbers of bills name nothing: the same one may be on many.
    match kind {
        Kind::Payable => Ok(None),
        Kind::Receivable => Ok(sent
            .invoice_number
            .as_deref()
            .filter(|number| !number.is_empty())
            .and_then(|number| by_number(organisation, number, Some(Kind::Receivable)))),
    }
}

fn create(
    organisation: &mut Organisation,
    act: &Act<'_>,
    sent: &InvoiceIn,
) -> Result<usize, Refusal> {
    let Some(kind) = sent.kind.as_deref().and_then(Kind::parse) else {
        return Err(Refusal::of("Invoice not of valid type for creation"));
    };
    let status = sent_status(sent)?.unwrap_or(Status::Draft);
    if !status::may_begin(status) {
        return Err(Refusal::of("Invoice not of valid status for creation"));
    }
    let Some(contact) = &sent.contact else {
        return Err(Refusal::of(
            "A Contact must be specified for this type of transaction",
        ));
    };
    let mut invoice = skeleton(organisation, act, kind, status, sent);
    let mut messages = header_messages(sent);
    messages.extend(number_messages(
        organisation,
        act,
        kind,
        &invoice.number,
        None,
    ));
    match currency(
        organisation,
        sent.currency_code.as_deref(),
        sent.currency_rate,
        ("", Decimal::ONE),
    ) {
        Ok((code, rate)) => {
            invoice.currency = code;
            invoice.currency_rate = rate;
        }
        Err(message) => messages.push(message),
    }
    messages.extend(date_messages(organisation, act, &invoice));
    match line_amounts(sent.line_amount_types.as_deref(), LineAmounts::Exclusive) {
        Ok(line_amounts) => invoice.line_amounts = line_amounts,
        Err(message) => messages.push(message),
    }
    take_new_lines(organisation, act, sent, &mut invoice, &mut messages);
    if !messages.is_empty() {
        return Err(messages.into());
    }
    let approves = approvals::check(organisation, act, kind, None, status).map_err(Refusal::of)?;
    invoice.contact = contacts::for_invoice(organisation, act, contact)?;
    contacts::mark_used(organisation, invoice.contact, kind);
    if invoice.number.is_empty() && kind == Kind::Receivable {
        invoice.number = organisation.invoices.next_number();
    }
    if approves {
        approvals::count(organisation, act, kind);
    }
    invoice.id = organisation.ids.next_id();
    settle(act, &mut invoice);
    Ok(organisation.invoices.insert(invoice))
}

fn take_new_lines(
    organisation: &mut Organisation,
    act: &Act<'_>,
    sent: &InvoiceIn,
    invoice: &mut Invoice,
    messages: &mut Vec<String>,
) {
    let sent_lines: &[LineIn] = sent.line_items.as_deref().unwrap_or_default();
    if sent_lines.is_empty() {
        messages.push("One or more line items must be specified".to_owned());
        return;
    }
    let setting = Setting {
        side: invoice.kind,
        stage: Stage::of(invoice.status),
        discounts: Discounts::of(invoice.kind),
        line_amounts: invoice.line_amounts,
        tax_basis_changes: false,
    };
    match work_out_all(organisation, act, setting, sent_lines, &[]) {
        Ok(lines) => invoice.lines = lines,
        Err(of_lines) => add_new(messages, of_lines),
    }
    if messages.is_empty() {
        let computed = totals::of_lines(&invoice.lines, invoice.line_amounts);
        match totals::agree(computed, &sent.into(), invoice.status) {
            Ok(totals) => take_totals(invoice, totals),
            Err(message) => messages.push(message),
        }
    }
}

/// Puts the sums into the document.
pub(super) const fn take_totals(invoice: &mut Invoice, totals: totals::Totals) {
    invoice.sub_total = totals.sub_total;
    invoice.total_tax = totals.total_tax;
    invoice.total = totals.total;
    invoice.rounding = totals.rounding;
}

/// Messages about dates: closed periods, and the due date that approval needs.
pub(super) fn date_messages(
    organisation: &Organisation,
    act: &Act<'_>,
    invoice: &Invoice,
) -> Vec<String> {
    let mut messages = Vec::new();
    messages.extend(locks::closed(
        &organisation.profile,
        act.switches,
        invoice.date,
    ));
    let needs_due_date = !matches!(invoice.status, Status::Draft);
    if needs_due_date && invoice.due_date.is_none() {
        messages.push("Due date cannot be empty.".to_owned());
    }
    messages
}

/// Reference is for sales only; what Xero does with one on a bill is a switch.
pub(super) fn reference(act: &Act<'_>, kind: Kind, sent: &InvoiceIn) -> Option<String> {
    let kept = match kind {
        Kind::Receivable => true,
        Kind::Payable => act.switches.reference_on_bills,
    };
    sent.reference.clone().filter(|_| kept)
}

/// When a customer is expected to pay; bills have no such date.
pub(super) fn expected_date(kind: Kind, sent: &InvoiceIn) -> Option<NaiveDate> {
    match kind {
        Kind::Receivable => sent.expected_payment_date.as_ref().map(|sent| sent.day),
        Kind::Payable => None,
    }
}

/// When a bill is planned to be paid; sales invoices have no such date.
pub(super) fn planned_date(kind: Kind, sent: &InvoiceIn) -> Option<NaiveDate> {
    match kind {
        Kind::Receivable => None,
        Kind::Payable => sent.planned_payment_date.as_ref().map(|sent| sent.day),
    }
}

fn skeleton(
    organisation: &Organisation,
    act: &Act<'_>,
    kind: Kind,
    status: Status,
    sent: &InvoiceIn,
) -> Invoice {
    let day = |sent: &Option<crate::wire::loose::Day>| -> Option<NaiveDate> {
        sent.as_ref().map(|sent| sent.day)
    };
    let approved = matches!(status, Status::Authorised);
    Invoice {
        id: Uuid::nil(),
        kind,
        number: sent.invoice_number.clone().unwrap_or_default(),
        reference: reference(act, kind, sent).unwrap_or_default(),
        contact: 0,
        date: day(&sent.date).unwrap_or_else(|| organisation.profile.zone.day(act.now)),
        due_date: day(&sent.due_date),
        expected_payment_date: expected_date(kind, sent),
        planned_payment_date: planned_date(kind, sent),
        status,
        line_amounts: LineAmounts::Exclusive,
        lines: Vec::new(),
        sub_total: Decimal::ZERO,
        total_tax: Decimal::ZERO,
        total: Decimal::ZERO,
        rounding: Decimal::ZERO,
        currency: String::new(),
        currency_rate: Decimal::ONE,
        url: sent.url.clone().unwrap_or_default(),
        branding_theme: sent.branding_theme,
        sent_to_contact: approved && kind == Kind::Receivable && sent.sent_to_contact == Some(true),
        amount_paid: Decimal::ZERO,
        amount_credited: Decimal::ZERO,
        fully_paid_on: None,
        payments: Vec::new(),
        allocations: Vec::new(),
        created_by: act.app.to_owned(),
        updated_ms: act.now.timestamp_millis(),
    }
}
