//! How credit notes, overpayments and prepayments are found, listed and shown, which is the same for all three.

use crate::answer::Answer;
use crate::books::Organisation;
use crate::books::allocation::Allocation;
use crate::books::credit::{Credit, Source};
use crate::books::invoice::{Kind, Status};
use crate::rules::settlement::live_allocations;
use crate::wire::allocation::{AllocationInside, InvoiceReduced};
use crate::wire::contact::ContactInside;
use crate::wire::credit::{CreditApplied, CreditIds, CreditNamed, CreditOut};
use crate::wire::date::{DayString, MsDate, SecondString};
use crate::wire::invoice::Message;
use crate::wire::number::Num;

use super::Call;
use super::envelope;
use super::filter::{self, Field};
use super::listing::{self, Ask, Optimised};
use super::papers;
use super::show::{self, Depth};
use super::where_clause::Literal;

/// Xero's page on credit notes; overpayments and prepayments are taken to be alike.
const OPTIMISED: Optimised = Optimised {
    equal: &[
        "status",
        "reference",
        "type",
        "contact.contactid",
        "contact.name",
        "contact.contactnumber",
    ],
    range: &["date"],
    or: &["creditnoteid", "overpaymentid", "prepaymentid"],
    order: &["creditnoteid", "overpaymentid", "prepaymentid", "date"],
};

/// The key of the list in replies.
pub(super) const fn plural(source: Source) -> &'static str {
    match source {
        Source::CreditNote => "CreditNotes",
        Source::Overpayment => "Overpayments",
        Source::Prepayment => "Prepayments",
    }
}

/// A list of the credits of one source, those that `keeps` keeps.
pub(super) fn list(
    call: &Call<'_>,
    organisation: &Organisation,
    source: Source,
    keeps: impl Fn(&Credit) -> bool,
) -> Answer {
    let ask = match Ask::read(call, OPTIMISED) {
        Ok(ask) => ask,
        Err(answer) => return answer,
    };
    let among = ask.condition.as_ref().and_then(|condition| {
        filter::candidates(condition, &|name, literal| match (name, literal) {
            ("creditnoteid" | "overpaymentid" | "prepaymentid", Literal::Id(id)) => {
                Some(organisation.credits.find(source, *id).into_iter().collect())
            }
            _ => None,
        })
    });
    let deleted_too = call.switches.deleted_in_default_lists || ask.asks_for_deleted();
    let keeps = |credit: &Credit| {
        credit.source == source
            && (credit.status != Status::Deleted || deleted_too)
            && keeps(credit)
    };
    let picked = listing::pick(
        &organisation.credits.ledger,
        &ask,
        among,
        keeps,
        |at, name| field(organisation, source, at, name),
    );
    let picked = match picked {
        Ok(picked) => picked,
        Err(answer) => return answer,
    };
    let depth = if ask.paging.is_some() {
        Depth::Page
    } else {
        Depth::Thin
    };
    let shown: Vec<_> = picked
        .rows
        .iter()
        .map(|at| show(call, organisation, *at, depth, &[]))
        .collect();
    envelope::reply(call, plural(source), &shown, picked.pagination)
}

fn field<'a>(
    organisation: &'a Organisation,
    source: Source,
    at: usize,
    name: &str,
) -> Option<Field<'a>> {
    let credit = organisation.credits.ledger.row(at);
    let contact = organisation.contacts.ledger.row(credit.contact);
    Some(match (name, source) {
        ("creditnoteid", Source::CreditNote)
        | ("overpaymentid", Source::Overpayment)
        | ("prepaymentid", Source::Prepayment) => Field::Id(credit.id),
        ("creditnotenumber", Source::CreditNote) | ("invoicenumber", Source::Prepayment) => {
            Field::Text(&credit.number)
        }
        ("reference", _) => Field::Text(&credit.reference),
        ("type", _) => Field::Text(credit.type_name()),
        ("status", _) => Field::Text(credit.status.name()),
        ("date", _) => Field::Instant(MsDate::of_day(credit.date).0),
        ("total", _) => Field::Number(credit.total),
        ("remainingcredit", _) => Field::Number(credit.remaining()),
        ("currencycode", _) => Field::Text(&credit.currency),
        ("updateddateutc", _) => Field::Instant(credit.updated_ms),
        ("contact.contactid", _) => Field::Id(contact.id),
        ("contact.name", _) => Field::Text(&contact.name),
        ("contact.contactnumber", _) => Field::Text(&contact.number),
        _ => return None,
    })
}

/// A credit as its own endpoint shows it.
pub(super) fn show<'a>(
    call: &Call<'_>,
    organisation: &'a Organisation,
    at: usize,
    depth: Depth,
    warnings: &'a [Message<'a>],
) -> CreditOut<'a> {
    let credit = organisation.credits.ledger.row(at);
    let contact = organisation.contacts.ledger.row(credit.contact);
    let verdict = if warnings.is_empty() { "OK" } else { "WARNING" };
    let (contact, with_lines) = match depth {
        Depth::Full => (ContactInside::full(contact), true),
        Depth::Page => (ContactInside::thin(contact), true),
        Depth::Thin | Depth::Summary => (ContactInside::thin(contact), false),
    };
    let lines = if with_lines {
        show::lines(
            call,
            organisation,
            &credit.lines,
            call.query.unit_decimals(),
        )
    } else {
        Vec::new()
    };
    let note = credit.source == Source::CreditNote;
    let receipt = credit.source == Source::Prepayment && credit.kind == Kind::Receivable;
    CreditOut {
        ids: CreditIds::of(credit),
        credit_note_number: note.then_some(credit.number.as_str()),
        invoice_number: receipt.then_some(credit.number.as_str()),
        payments: show::payments(call, organisation, &credit.refunds),
        currency_rate: Num(credit.currency_rate),
        kind: credit.type_name(),
        reference: &credit.reference,
        remaining_credit: Num(credit.remaining()),
        allocations: live_allocations(organisation, &credit.allocations)
            .map(|allocation| allocation_inside(organisation, allocation))
            .collect(),
        sent_to_contact: (note && credit.kind == Kind::Receivable)
            .then_some(credit.sent_to_contact),
        branding_theme: credit.branding_theme,
        has_attachments: !organisation.papers.attachments(credit.id).is_empty(),
        attachments: match depth {
            Depth::Full => papers::shown(organisation, plural(credit.source), credit.id),
            Depth::Page | Depth::Thin | Depth::Summary => Vec::new(),
        },
        has_errors: note.then_some(false),
        contact,
        date_string: DayString(credit.date),
        date: MsDate::of_day(credit.date),
        status: credit.status.name(),
        line_amount_types: credit.line_amounts.name(),
        line_items: lines,
        sub_total: Num(credit.sub_total),
        total_tax: Num(credit.total_tax),
        total: Num(credit.total),
        updated: MsDate(credit.updated_ms),
        updated_string: SecondString(credit.updated_ms),
        currency_code: &credit.currency,
        fully_paid_on_date: credit.fully_paid_on.map(MsDate::of_day),
        status_attribute_string: call.query.tells_each().then_some(verdict),
        warnings,
    }
}

/// An allocation as it sits inside its credit.
pub(super) fn allocation_inside<'a>(
    organisation: &'a Organisation,
    allocation: &Allocation,
) -> AllocationInside<'a> {
    let invoice = organisation.invoices.ledger.row(allocation.invoice);
    AllocationInside {
        id: allocation.id,
        amount: Num(allocation.amount),
        date: MsDate::of_day(allocation.date),
        invoice: InvoiceReduced {
            id: invoice.id,
            invoice_number: &invoice.number,
            payments: [],
            credit_notes: [],
            prepayments: [],
            overpayments: [],
            has_errors: false,
            is_discounted: false,
            line_items: [],
        },
    }
}

/// The credits of one source that reduce an invoice, each once with all that it takes off.
pub(super) fn applied<'a>(
    organisation: &'a Organisation,
    allocations: &[usize],
    source: Source,
) -> Vec<CreditApplied<'a>> {
    let mut shown: Vec<(usize, CreditApplied<'a>)> = Vec::new();
    for allocation in live_allocations(organisation, allocations) {
        let credit = organisation.credits.ledger.row(allocation.credit);
        if credit.source != source {
            continue;
        }
        if let Some((_, known)) = shown.iter_mut().find(|(at, _)| *at == allocation.credit) {
            known.applied_amount.0 += allocation.amount;
            continue;
        }
        shown.push((
            allocation.credit,
            CreditApplied {
                ids: CreditIds::of(credit),
                credit_note_number: (source == Source::CreditNote)
                    .then_some(credit.number.as_str()),
                has_errors: (source == Source::CreditNote).then_some(false),
                applied_amount: Num(allocation.amount),
                date_string: DayString(credit.date),
                date: MsDate::of_day(credit.date),
                line_items: [],
                total: Num(credit.total),
            },
        ));
    }
    shown.into_iter().map(|(_, applied)| applied).collect()
}

/// A credit as the reply to an allocation names it.
pub(super) fn named(credit: &Credit) -> CreditNamed<'_> {
    CreditNamed {
        ids: CreditIds::of(credit),
        credit_note_number: None,
        kind: None,
        contact: None,
        line_items: [],
    }
}

/// A credit as a refund names it, when it is of this source.
pub(super) fn refunded(
    organisation: &Organisation,
    at: usize,
    source: Source,
) -> Option<CreditNamed<'_>> {
    let credit = organisation.credits.ledger.row(at);
    (credit.source == source).then(|| CreditNamed {
        credit_note_number: (source == Source::CreditNote).then_some(credit.number.as_str()),
        kind: Some(credit.type_name()),
        contact: Some(ContactInside::thin(
            organisation.contacts.ledger.row(credit.contact),
        )),
        ..named(credit)
    })
}
