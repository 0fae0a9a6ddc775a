//! What becomes of a credit note that was sent: a new one, a changed one, or Xero's messages and no change at all.

use rust_decimal::Decimal;
use uuid::Uuid;

use crate::books::Organisation;
use crate::books::credit::{Credit, Source};
use crate::books::invoice::{Kind, Line, LineAmounts, Status};
use crate::switches::NumberReuse;
use crate::wire::credit::CreditNoteIn;

use super::contacts::{self, Mode};
use super::documents::{Written, currency, line_amounts, too_long};
use super::lines::{Discounts, Setting, Stage, add_new, as_they_are, work_out_all};
use super::totals::{self, SentTotals};
use super::{Act, Refusal, locks, status};

const WRONG_STATUS: &str = "Credit Note not of valid status for modification";
const IN_USE: &str =
    "This document cannot be edited as it has a payment or credit note allocated to it.";
const NOT_FOUND: &str =
    "An existing Credit Note with the specified CreditNoteID could not be found";
const SENT_TOO_EARLY: &str = "Only AUTHORISED credit notes may have SentToContact updated.";

/// Writes a credit note. PUT makes a new one always; POST changes the one with the same id, or the sales credit note with the
/// same number. Allocations that are sent with it are ignored: they are a call of their own.
///
/// # Errors
/// Xero's messages; no credit note is changed then.
pub fn write(
    organisation: &mut Organisation,
    act: &Act<'_>,
    mode: Mode,
    sent: &CreditNoteIn,
) -> Result<Written, Refusal> {
    let existing = match mode {
        Mode::Create => None,
        Mode::Upsert => meant(organisation, act, sent)?,
    };
    let at = match existing {
        Some(at) => {
            update(organisation, act, at, sent)?;
            at
        }
        None => create(organisation, act, sent)?,
    };
    let note = organisation.credits.ledger.row(at);
    let approved = matches!(note.status, Status::Authorised | Status::Paid);
    let marks = note.kind == Kind::Receivable && sent.sent_to_contact == Some(true);
    let warnings = if marks && !approved {
        vec![SENT_TOO_EARLY]
    } else {
        Vec::new()
    };
    Ok(Written { at, warnings })
}

/// The credit note with this id, else with this number: the sales one first, live ones first.
#[must_use]
pub fn named(organisation: &Organisation, id: Option<Uuid>, number: Option<&str>) -> Option<usize> {
    let credits = &organisation.credits;
    if let Some(id) = id {
        return credits.find(Source::CreditNote, id);
    }
    let order = |at: &usize| {
        let row = credits.ledger.row(*at);
        let gone = matches!(row.status, Status::Voided | Status::Deleted);
        (row.kind == Kind::Payable, gone)
    };
    credits
        .numbered(number.filter(|number| !number.is_empty())?)
        .iter()
        .copied()
        .filter(|at| credits.ledger.row(*at).source == Source::CreditNote)
        .min_by_key(order)
}

fn kind_of(text: &str) -> Option<Kind> {
    match text {
        "ACCRECCREDIT" => Some(Kind::Receivable),
        "ACCPAYCREDIT" => Some(Kind::Payable),
        _ => None,
    }
}

fn meant(
    organisation: &Organisation,
    act: &Act<'_>,
    sent: &CreditNoteIn,
) -> Result<Option<usize>, Refusal> {
    if sent.id.is_some() {
        return named(organisation, sent.id, None)
            .map(Some)
            .ok_or_else(|| Refusal::of(NOT_FOUND));
    }
    let by_number = act.switches.credit_note_post_by_number;
    let sales = sent
        .kind
        .as_deref()
        .is_none_or(|kind| kind == "ACCRECCREDIT");
    Ok(
        named(organisation, None, sent.credit_note_number.as_deref())
            .filter(|at| organisation.credits.ledger.row(*at).kind == Kind::Receivable)
            .filter(|_| by_number && sales),
    )
}

fn create(
    organisation: &mut Organisation,
    act: &Act<'_>,
    sent: &CreditNoteIn,
) -> Result<usize, Refusal> {
    let Some(kind) = sent.kind.as_deref().and_then(kind_of) else {
        return Err(Refusal::of("Credit Note not of valid type for creation"));
    };
    let status = sent_status(sent)?.unwrap_or(Status::Draft);
    if !status::may_begin(status) {
        return Err(Refusal::of("Credit Note not of valid status for creation"));
    }
    let Some(contact) = &sent.contact else {
        return Err(Refusal::of(
            "A Contact must be specified for this type of transaction",
        ));
    };
    let mut note = blank(organisation, act, kind, status);
    let mut messages = Vec::new();
    take_header(organisation, act, None, sent, &mut note, &mut messages);
    if sent.line_items.as_ref().is_none_or(Vec::is_empty) {
        messages.push("One or more line items must be specified".to_owned());
    } else {
        take_lines(organisation, act, sent, None, &mut note, &mut messages);
    }
    if !messages.is_empty() {
        return Err(messages.into());
    }
    note.contact = contacts::for_invoice(organisation, act, contact)?;
    contacts::mark_used(organisation, note.contact, kind);
    if note.number.is_empty() && kind == Kind::Receivable {
        note.number = organisation.credits.next_number();
    }
    note.id = organisation.ids.next_id();
    settle_nothing(act, &mut note);
    Ok(organisation.credits.insert(note))
}

fn update(
    organisation: &mut Organisation,
    act: &Act<'_>,
    at: usize,
    sent: &CreditNoteIn,
) -> Result<(), Refusal> {
    let current = organisation.credits.ledger.row(at).clone();
    if let Some(message) = locks::closed(&organisation.profile, act.switches, current.date) {
        return Err(Refusal::of(message));
    }
    let status = next_status(&current, sent)?;
    let mut next = current.clone();
    next.status = status;
    // A removal ignores all other fields, as the one of an invoice does.
    if !matches!(status, Status::Voided | Status::Deleted) {
        let mut messages = Vec::new();
        take_header(organisation, act, Some(at), sent, &mut next, &mut messages);
        take_lines(
            organisation,
            act,
            sent,
            Some(&current),
            &mut next,
            &mut messages,
        );
        if !messages.is_empty() {
            return Err(messages.into());
        }
        if let Some(contact) = &sent.contact {
            next.contact = contacts::for_invoice(organisation, act, contact)?;
            contacts::mark_used(organisation, next.contact, next.kind);
        }
        settle_nothing(act, &mut next);
    }
    organisation.credits.replace(at, next);
    organisation.credits.ledger.touch(at, act.now);
    Ok(())
}

fn next_status(current: &Credit, sent: &CreditNoteIn) -> Result<Status, Refusal> {
    let wanted = sent_status(sent)?.unwrap_or(current.status);
    if current.is_used() {
        return Err(vec![WRONG_STATUS.to_owned(), IN_USE.to_owned()].into());
    }
    let kind_changes = sent
        .kind
        .as_deref()
        .is_some_and(|kind| kind_of(kind) != Some(current.kind));
    if kind_changes || !status::may_follow(current.status, wanted) {
        return Err(Refusal::of(WRONG_STATUS));
    }
    Ok(wanted)
}

fn sent_status(sent: &CreditNoteIn) -> Result<Option<Status>, Refusal> {
    match sent.status.as_deref().filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => Status::parse(text)
            .map(Some)
            .ok_or_else(|| Refusal::of(WRONG_STATUS)),
    }
}

/// An approved credit over nothing is PAID at once, if invoices over nothing are.
fn settle_nothing(act: &Act<'_>, note: &mut Credit) {
    let empty = note.total.is_zero() && act.switches.zero_total_becomes_paid;
    if matches!(note.status, Status::Authorised) && empty {
        note.status = Status::Paid;
        note.fully_paid_on.get_or_insert(note.date);
    }
}

/// A credit of this kind with nothing in it.
pub(super) fn blank(
    organisation: &Organisation,
    act: &Act<'_>,
    kind: Kind,
    status: Status,
) -> Credit {
    Credit {
        id: Uuid::nil(),
        source: Source::CreditNote,
        kind,
        number: String::new(),
        reference: String::new(),
        contact: 0,
        date: organisation.profile.zone.day(act.now),
        status,
        line_amounts: LineAmounts::Exclusive,
        lines: Vec::new(),
        sub_total: Decimal::ZERO,
        total_tax: Decimal::ZERO,
        total: Decimal::ZERO,
        currency: String::new(),
        currency_rate: Decimal::ONE,
        branding_theme: None,
        sent_to_contact: false,
        applied: Decimal::ZERO,
        refunded: Decimal::ZERO,
        fully_paid_on: None,
        allocations: Vec::new(),
        refunds: Vec::new(),
        created_by: act.app.to_owned(),
        updated_ms: act.now.timestamp_millis(),
    }
}

fn take_header(
    organisation: &Organisation,
    act: &Act<'_>,
    own: Option<usize>,
    sent: &CreditNoteIn,
    next: &mut Credit,
    messages: &mut Vec<String>,
) {
    let number = sent.credit_note_number.as_deref();
    if let Some(number) = number.filter(|number| !number.is_empty()) {
        messages.extend(too_long("CreditNoteNumber", Some(number), 255));
        if next.kind == Kind::Receivable && is_taken(organisation, act, number, own) {
            messages.push("Credit Note # must be unique.".to_owned());
        }
        number.clone_into(&mut next.number);
    }
    // Reference is for sales credit notes only (Xero's OpenAPI file).
    if let (Kind::Receivable, Some(reference)) = (next.kind, &sent.reference) {
        messages.extend(too_long("Reference", Some(reference), 255));
        reference.clone_into(&mut next.reference);
    }
    next.date = sent.date.as_ref().map_or(next.date, |sent| sent.day);
    messages.extend(locks::closed(
        &organisation.profile,
        act.switches,
        next.date,
    ));
    next.branding_theme = sent.branding_theme.or(next.branding_theme);
    let approved = matches!(next.status, Status::Authorised | Status::Paid);
    if approved && next.kind == Kind::Receivable {
        next.sent_to_contact = sent.sent_to_contact.unwrap_or(next.sent_to_contact);
    }
    match line_amounts(sent.line_amount_types.as_deref(), next.line_amounts) {
        Ok(line_amounts) => next.line_amounts = line_amounts,
        Err(message) => messages.push(message),
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
}

/// Whether another sales credit note holds this number, under the same rule of reuse as invoices.
fn is_taken(organisation: &Organisation, act: &Act<'_>, number: &str, own: Option<usize>) -> bool {
    let credits = &organisation.credits;
    credits.numbered(number).iter().any(|at| {
        let other = credits.ledger.row(*at);
        let free = match act.switches.number_reuse {
            NumberReuse::Never => false,
            NumberReuse::AfterDelete => other.status == Status::Deleted,
            NumberReuse::AfterDeleteOrVoid => {
                matches!(other.status, Status::Deleted | Status::Voided)
            }
        };
        let sales = other.source == Source::CreditNote && other.kind == Kind::Receivable;
        sales && Some(*at) != own && !free
    })
}

fn take_lines(
    organisation: &mut Organisation,
    act: &Act<'_>,
    sent: &CreditNoteIn,
    current: Option<&Credit>,
    next: &mut Credit,
    messages: &mut Vec<String>,
) {
    let current_lines: &[Line] = current.map_or(&[], |current| &current.lines);
    let setting = Setting {
        side: next.kind,
        stage: Stage::of(next.status),
        discounts: Discounts::Refused,
        line_amounts: next.line_amounts,
        tax_basis_changes: current.is_some_and(|current| current.line_amounts != next.line_amounts),
    };
    let approving = current.is_some_and(|current| current.status != next.status);
    let sent_lines = sent.line_items.as_deref().unwrap_or_default();
    if !sent_lines.is_empty() || approving || setting.tax_basis_changes {
        let kept = as_they_are(current_lines);
        let to_work_out = if sent_lines.is_empty() {
            &kept
        } else {
            sent_lines
        };
        match work_out_all(organisation, act, setting, to_work_out, current_lines) {
            Ok(lines) => next.lines = lines,
            Err(of_lines) => return add_new(messages, of_lines),
        }
    }
    let sent_totals = SentTotals {
        sub_total: sent.sub_total,
        total_tax: sent.total_tax,
        total: sent.total,
        rounding: None,
    };
    let computed = totals::of_lines(&next.lines, next.line_amounts);
    match totals::agree(computed, &sent_totals, next.status) {
        Ok(totals) => {
            next.sub_total = totals.sub_total;
            next.total_tax = totals.total_tax;
            next.total = totals.total;
        }
        Err(message) => messages.push(message),
    }
}
