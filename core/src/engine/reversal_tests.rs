//! What becomes of the credit note of an undo, step by step.

use super::reversal_note::note;
use super::sample::{self, NOW};
use super::{
    Binding, NoteNext, Op, Reversal, ReversalCame, ReversalState, State, Undo, cancel_undo,
    note_departed, note_next, owed, provider_changed, retry, reversal_came,
};
use crate::check::Rule;
use crate::document::{Payment, PaymentKind, ProviderDocumentId, ProviderPaymentId};
use crate::host::WriteBack;
use crate::provider::{Snapshot, SnapshotStatus};

fn id() -> ProviderDocumentId {
    ProviderDocumentId::new("note").unwrap()
}

/// A posted invoice whose reversal stands somewhere.
fn at(state: ReversalState) -> Binding {
    let mut binding = sample::posted();
    let held = sample::snapshot();
    let number = format!("INV-1-{}", super::reversal::undo_mark(&binding.key));
    binding.state = State::ready(Op::Void);
    binding.undo = Some(Undo {
        by: "ann".to_owned(),
        because: None,
        content: binding.content.clone(),
        void_refused: false,
    });
    binding.reversal = Some(Box::new(Reversal {
        round: 0,
        note: note(&held, number, held.date, 255).unwrap(),
        state,
        not_before: None,
        attempts: 0,
    }));
    binding
}

/// The invoice with the note of the binding on it.
fn credited(binding: &Binding) -> Snapshot {
    let mut held = sample::snapshot();
    let reversal = binding.reversal.as_ref().unwrap();
    held.payments = vec![Payment {
        id: ProviderPaymentId::new("note").unwrap(),
        date: held.date,
        amount: held.totals.gross,
        currency: held.currency,
        reference: Some(reversal.note.number.clone()),
        kind: PaymentKind::CreditAllocation,
    }];
    held.amount_credited = held.totals.gross;
    held.amount_due = rust_decimal::Decimal::ZERO;
    held.status = SnapshotStatus::Paid;
    held
}

#[test]
fn nothing_else_voids_what_a_note_takes_out_and_the_note_has_its_turn() {
    let binding = at(ReversalState::Made { id: id() });
    let lanes: Vec<_> = binding.due().into_iter().map(|due| due.lane).collect();
    assert!(!lanes.contains(&super::Lane::Dispatch), "{lanes:?}");
    assert!(lanes.contains(&super::Lane::Beside), "{lanes:?}");
}

#[test]
fn a_poll_that_shows_the_note_ends_the_undo_and_tells_no_payment() {
    let binding = at(ReversalState::Made { id: id() });
    let step = provider_changed(&binding, &credited(&binding), sample::POLICY, NOW).unwrap();
    let now = step.binding;
    assert!(now.is_reversed() && now.undone().is_some(), "{now:?}");
    let state = &now.reversal.as_ref().unwrap().state;
    assert_eq!(*state, ReversalState::Done { id: id() });
    for item in owed(&now, sample::POLICY) {
        assert!(matches!(item, WriteBack::Posting { .. }), "{item:?}");
    }
    assert!(retry(&now, "ann", NOW).is_err());
}

#[test]
fn the_same_credit_of_somebody_else_is_told_and_keeps_the_document() {
    let binding = at(ReversalState::Made { id: id() });
    let mut held = credited(&binding);
    held.payments[0].reference = Some("CN-7".to_owned());
    held.payments[0].id = ProviderPaymentId::new("other").unwrap();
    let now = provider_changed(&binding, &held, sample::POLICY, NOW).unwrap();
    assert!(!now.binding.is_reversed());
    let mut owed = owed(&now.binding, sample::POLICY).into_iter();
    assert!(owed.any(|item| matches!(item, WriteBack::Payment { .. })));
}

#[test]
fn what_is_left_alone_decides_what_is_done_with_a_note() {
    let binding = at(ReversalState::Made { id: id() });
    let invoice = sample::snapshot();
    let mut note = sample::snapshot();
    note.id = id();
    let due = invoice.amount_due;
    let next = |note: &Snapshot| note_next(&binding, &invoice, Some(note));
    assert_eq!(next(&note), NoteNext::Allocate(due));
    note.amount_due -= rust_decimal::Decimal::ONE;
    let NoteNext::Came(ReversalCame::ToTakeBack(..)) = next(&note) else {
        panic!("{:?}", next(&note))
    };
    note.amount_paid = rust_decimal::Decimal::ONE;
    let NoteNext::Came(ReversalCame::Kept(_, finding)) = next(&note) else {
        panic!("{:?}", next(&note))
    };
    assert_eq!(finding.rule, Rule::UndoRefused);
    let gone = note_next(&binding, &invoice, None);
    assert!(matches!(
        gone,
        NoteNext::Came(ReversalCame::GivenUp(Some(_)))
    ));
}

#[test]
fn a_repeat_uses_the_key_while_it_is_known_and_another_one_after_that() {
    let binding = at(ReversalState::Wanted { before: None });
    let (step, first) = note_departed(&binding, 300, NOW, NOW).unwrap();
    assert_eq!(note_departed(&step.binding, 300, NOW, NOW), None);
    let absent = |binding: &Binding| {
        let came = ReversalCame::Absent;
        reversal_came(binding, &came, None, sample::POLICY, NOW).unwrap()
    };
    let again = absent(&step.binding).binding;
    let soon = NOW + chrono::Duration::seconds(200);
    let late = NOW + chrono::Duration::seconds(400);
    assert_eq!(note_departed(&again, 300, soon, soon).unwrap().1, first);
    assert_ne!(
        note_departed(&again, 300, late, late).unwrap().1.key,
        first.key
    );
}

#[test]
fn who_lets_it_stay_takes_back_a_note_that_stands_and_waits_for_one_in_the_air() {
    let binding = at(ReversalState::Made { id: id() });
    let stays = cancel_undo(&binding, "ann", sample::POLICY, NOW).unwrap();
    let state = stays.binding.reversal.unwrap().state;
    assert_eq!(
        state,
        ReversalState::TakingBack {
            id: id(),
            why: None
        }
    );
    let wanted = at(ReversalState::Wanted { before: None });
    let (sent, _) = note_departed(&wanted, 300, NOW, NOW).unwrap();
    assert!(cancel_undo(&sent.binding, "ann", sample::POLICY, NOW).is_err());
    let stays = cancel_undo(&wanted, "ann", sample::POLICY, NOW).unwrap();
    assert_eq!(stays.binding.reversal.unwrap().state, ReversalState::Ended);
}
