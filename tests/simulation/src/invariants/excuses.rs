//! Which findings are right: each rule needs something that really happened, or the finding is a mistake.

use tieout_core::check::{Finding, Rule};
use tieout_core::document::DocumentKind;

use crate::decided::Undo;
use crate::model::{Excuse, Known, Model};
use crate::provider::Choices;

/// Why a payment of the host may not be made.
const NOT_PAID: [Excuse; 5] = [
    Excuse::Overpaid,
    Excuse::Settled,
    // Refused since it was voided, and an operator took it out before that was seen.
    Excuse::Removed,
    Excuse::PeriodLocked,
    Excuse::PartyChanged,
];

/// Whether what happened makes a finding about a document right.
pub(crate) fn is_right(finding: &Finding, known: &Known, model: &Model, choices: &Choices) -> bool {
    let any = |excuses: &[Excuse]| excuses.iter().any(|excuse| model.has(known, *excuse));
    let key = known.paper.key();
    match &finding.rule {
        Rule::Unrouted => any(&[Excuse::Unclaimed]),
        Rule::StatusUnknown => any(&[Excuse::OddStatus]),
        Rule::TotalsInconsistent | Rule::TotalsWouldDiffer => any(&[Excuse::Crooked]),
        Rule::AccountUnusable => any(&[Excuse::AccountArchived]),
        Rule::ContactMissing => is_unmade_supplier(known, choices) || any(&[Excuse::PartyChanged]),
        Rule::ContactArchived => {
            any(&[Excuse::PartyChanged]) || known.paper.party == "Old Mill Bakery"
        }
        Rule::ContactAmbiguous | Rule::ContactRefused => any(&[Excuse::PartyChanged]),
        Rule::PeriodLocked => any(&[Excuse::PeriodLocked]),
        // A document that somebody touches while its create is in doubt is not known again as ours.
        Rule::ExistingDiffers | Rule::ExistingAmbiguous
            if model.decided.are_apart(&key, &finding.others) =>
        {
            false
        }
        Rule::NumberTaken if model.is_former_number_of_another(known) => true,
        Rule::NumberTaken | Rule::ExistingDiffers | Rule::ExistingAmbiguous => {
            any(&[Excuse::NumberTaken, Excuse::NumberUsedUp, Excuse::Disowned])
        }
        // What was posted stays where it is.
        Rule::RoutedElsewhere => any(&[Excuse::Moved]),
        Rule::Refused => any(&[
            Excuse::Settled,
            Excuse::PaidByHost,
            Excuse::Edited,
            Excuse::Removed,
            Excuse::PeriodLocked,
            Excuse::AccountArchived,
            Excuse::PartyChanged,
            Excuse::NumberTaken,
            Excuse::NumberUsedUp,
        ]),
        Rule::VoidRefused => holds_on(known, model),
        Rule::EditedAtProvider => any(&[Excuse::Edited, Excuse::Adopted]),
        Rule::UndoRefused => model.decided.was_ever_undone(&key) && holds_on(known, model),
        Rule::ChangedSinceUndo => is_changed_since_undo(known, model),
        Rule::RemovedAtProvider => any(&[Excuse::Removed]),
        Rule::WriteBackRefused => any(&[Excuse::HostRefused]),
        // Its tax is that of the division that it went to.
        Rule::TaxTypeUnusable | Rule::TaxCodeUnmapped => any(&[Excuse::Moved]),
        Rule::SummarySettled => any(&[Excuse::Settled]),
        Rule::PaymentNotMade => any(&NOT_PAID),
        Rule::PaymentNotTakenBack => any(&[Excuse::PeriodLocked]),
        Rule::PaymentRemovedAtProvider => any(&[Excuse::PaymentTakenBack]),
        // Nothing in these lives can lead to one of these.
        Rule::KindNotSent
        | Rule::KindNotKept
        | Rule::UnreadableAtProvider
        | Rule::AttachmentNotSent
        | Rule::NoteNotWritten
        | Rule::PaymentDatedAhead
        | Rule::AmountNotRepresentable
        | Rule::AccountMissing
        | Rule::CurrencyNotEnabled
        | Rule::TrackingMissing
        | Rule::TextUnusable
        | Rule::DueDateUnusable
        | Rule::TotalNegative
        | Rule::RuleFailed
        | Rule::RecordUnreadable
        | Rule::Other(_) => false,
    }
}

/// Whether the provider may refuse to let a document go.
fn holds_on(known: &Known, model: &Model) -> bool {
    known.paper.kind == DocumentKind::PurchaseOrder
        || model.has(known, Excuse::Settled)
        || model.has(known, Excuse::PeriodLocked)
}

fn is_changed_since_undo(known: &Known, model: &Model) -> bool {
    match model.decided.undo(&known.paper.key()) {
        Some(Undo::Told(revision)) => known.paper.revision > revision,
        Some(Undo::Asked) => true,
        None => false,
    }
}

fn is_unmade_supplier(known: &Known, choices: &Choices) -> bool {
    let from_supplier = match known.paper.kind {
        DocumentKind::Bill | DocumentKind::PurchaseOrder => true,
        DocumentKind::Invoice | DocumentKind::CreditNote => false,
    };
    from_supplier && !choices.suppliers_are_made
}
