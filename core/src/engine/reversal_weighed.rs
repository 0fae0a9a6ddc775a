//! What is to be done next with a credit note that stands, from the note and its invoice as both were just read.

use rust_decimal::Decimal;

use super::undo_refused::in_words;
use super::{Binding, ReversalCame, ReversalState};
use crate::check::show::money;
use crate::check::{Finding, Rule};
use crate::document::{PaymentKind, ProviderDocumentId};
use crate::provider::{Rejection, Snapshot};

/// What is to be done next with a note that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "one at a time, and taken apart at once"
)]
pub enum NoteNext {
    /// So much of it is allocated to the invoice.
    Allocate(Decimal),
    /// This came of it.
    Came(ReversalCame),
    /// Nothing: it reverses the invoice.
    Nothing,
}

/// What is to be done next, `binding` having seen the invoice as it is.
///
/// The note is allocated only as long as just as much of it is left as the invoice lacks, and nobody else has settled or
/// used anything: so an allocation that was done is never done again. Otherwise an unused note is taken back, and one
/// that was used is left to a person.
#[must_use]
pub fn note_next(binding: &Binding, invoice: &Snapshot, note: Option<&Snapshot>) -> NoteNext {
    let state = binding.reversal.as_ref().map(|reversal| &reversal.state);
    let (id, refused) = match state {
        Some(ReversalState::Made { id }) => (id, None),
        Some(ReversalState::AllocationSent { id, refused, .. }) => (id, refused.as_ref()),
        Some(
            ReversalState::Wanted { .. }
            | ReversalState::NoteSent(_)
            | ReversalState::NoteUnsure { .. }
            | ReversalState::TakingBack { .. }
            | ReversalState::Kept { .. }
            | ReversalState::Done { .. }
            | ReversalState::Ended,
        )
        | None => return NoteNext::Nothing,
    };
    if binding.is_reversed() {
        return NoteNext::Nothing;
    }
    let Some(note) = note.filter(|note| note.status.is_live()) else {
        let finding = invoice.status.is_live().then(|| note_removed(binding));
        return NoteNext::Came(ReversalCame::GivenUp(finding));
    };
    let give_up = |why: Option<Finding>| match is_used(note) {
        false => ReversalCame::ToTakeBack(id.clone(), why),
        true => ReversalCame::Kept(id.clone(), stands(binding, Some(invoice), note)),
    };
    let is_theirs = |payment| !binding.is_of_our_note(payment);
    let is_settled = !invoice.amount_paid.is_zero() || invoice.payments.iter().any(is_theirs);
    let goes_elsewhere = |it: &crate::document::Payment| {
        it.kind != PaymentKind::CreditAllocation || it.id.as_str() != invoice.id.as_str()
    };
    let rest = invoice.amount_due;
    let fits = rest > Decimal::ZERO && note.amount_due == rest;
    NoteNext::Came(match () {
        () if !invoice.status.is_live() => give_up(None),
        () if is_settled => give_up(Some(overtaken(binding, invoice))),
        () if note.payments.iter().any(goes_elsewhere) || !fits => give_up(Some(unfit(binding))),
        () => match refused {
            Some(refused) => give_up(Some(refused.clone())),
            None => return NoteNext::Allocate(rest),
        },
    })
}

/// What is to be done about a note that is to be taken back, as it was just read: what is gone is taken back, and one
/// that was used meanwhile stays. `None` when it is to be voided.
#[must_use]
pub fn note_taken_back(
    binding: &Binding,
    id: &ProviderDocumentId,
    invoice: Option<&Snapshot>,
    note: Option<&Snapshot>,
) -> Option<ReversalCame> {
    match note.filter(|note| note.status.is_live()) {
        None => Some(ReversalCame::TakenBack),
        Some(note) if is_used(note) => Some(ReversalCame::Kept(
            id.clone(),
            stands(binding, invoice, note),
        )),
        Some(_) => None,
    }
}

fn is_used(note: &Snapshot) -> bool {
    !note.payments.is_empty() || !note.amount_paid.is_zero() || !note.amount_credited.is_zero()
}

fn number(binding: &Binding) -> &str {
    let reversal = binding.reversal.as_ref();
    reversal.map_or("", |reversal| reversal.note.number.as_str())
}

fn invoice_number(binding: &Binding) -> &str {
    let posted = binding.posted.as_ref();
    posted.map_or(binding.number.as_str(), |posted| posted.number.as_str())
}

fn finding(message: String, remedy: String) -> Finding {
    Finding::new(Rule::UndoRefused, message, remedy)
}

/// The finding that somebody removed the note.
#[must_use]
pub fn note_removed(binding: &Binding) -> Finding {
    finding(
        format!(
            "somebody removed credit note {} in the accounting system, which was to reverse {}",
            number(binding),
            invoice_number(binding)
        ),
        again(binding),
    )
}

/// The finding that somebody settled the invoice first.
fn overtaken(binding: &Binding, invoice: &Snapshot) -> Finding {
    let there = invoice.payments.iter().map(in_words);
    finding(
        format!(
            "{} was settled before credit note {} could reverse it; the note is void again",
            invoice_number(binding),
            number(binding)
        ),
        format!(
            "Take back in the accounting system what settles it. {}",
            again(binding)
        ),
    )
    .with_detail(there.collect())
}

/// The finding that the amounts of both do not fit.
fn unfit(binding: &Binding) -> Finding {
    finding(
        format!(
            "{} was changed before credit note {} could reverse it; the note is void again",
            invoice_number(binding),
            number(binding)
        ),
        again(binding),
    )
}

/// The finding that a note stands which a person must settle.
fn stands(binding: &Binding, invoice: Option<&Snapshot>, note: &Snapshot) -> Finding {
    let reversed = invoice_number(binding);
    let figures = |held: &Snapshot, rest: &str| {
        format!(
            "{} ({}): {} of {} {rest}",
            held.number,
            held.status,
            money(held.amount_due, held.currency),
            money(held.totals.gross, held.currency)
        )
    };
    finding(
        format!(
            "credit note {} stands in the accounting system, in part used, and does not reverse {}",
            note.number, reversed
        ),
        format!(
            "Allocate what is left of it to {} there, or take back what it is used for and void it; then `tieout retry {}`.",
            reversed,
            binding.named_for_a_command()
        ),
    )
    .with_detail(
        invoice
            .map(|invoice| figures(invoice, "due"))
            .into_iter()
            .chain([figures(note, "left")])
            .collect(),
    )
}

/// The finding that the note which is to be taken back was not let go of.
#[must_use]
pub fn note_not_let_go(binding: &Binding, rejection: &Rejection) -> Finding {
    finding(
        format!(
            "credit note {} stands in the accounting system and reverses nothing, and it refuses to void it: {}",
            number(binding),
            rejection.messages.join("; ")
        ),
        format!(
            "Void it there, or allocate it; then `tieout retry {}`.",
            binding.named_for_a_command()
        ),
    )
}

/// The finding that the note, or its allocation (`what`), was refused.
#[must_use]
pub fn note_refused(binding: &Binding, what: &str, rejection: &Rejection) -> Finding {
    let remedy = match &rejection.advice {
        Some(advice) => format!("{advice} {}", again(binding)),
        None => again(binding),
    };
    finding(
        format!(
            "the accounting system refused {what} that was to reverse {}: {}",
            invoice_number(binding),
            rejection.messages.join("; ")
        ),
        remedy,
    )
}

/// The finding that the invoice is not what the note was shown for.
#[must_use]
pub fn note_outdated(binding: &Binding, why: &str) -> Finding {
    finding(
        format!(
            "credit note {} was not written, since {} is not as it was shown: {why}",
            number(binding),
            invoice_number(binding)
        ),
        again(binding),
    )
}

/// The finding that the provider calls the number of the note taken, and shows no live one.
#[must_use]
pub fn note_hidden(binding: &Binding) -> Finding {
    finding(
        format!(
            "the accounting system says that the number of credit note {} is in use, and shows no such note",
            number(binding)
        ),
        again(binding),
    )
}

/// The finding that the number of the note is another document's, or that the provider made something else of it.
#[must_use]
pub fn note_unlike(binding: &Binding, differences: Vec<String>) -> Finding {
    finding(
        format!(
            "the accounting system holds a credit note {} that is not what was sent",
            number(binding)
        ),
        format!(
            "Look at it there, and void it if nobody needs it. {}",
            again(binding)
        ),
    )
    .with_detail(differences)
}

fn again(binding: &Binding) -> String {
    format!(
        "Run `tieout undo {0}` again to see what is possible now; `tieout undo {0} --cancel` lets it stay.",
        binding.named_for_a_command()
    )
}
