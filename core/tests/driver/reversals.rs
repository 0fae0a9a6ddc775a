//! Promises about the credit note by which an undo reverses an invoice that cannot be voided: shown, written once, allocated once.

use std::sync::Arc;
use std::time::Duration;

use tieout_core::check::Rule;
use tieout_core::document::{AmountsAre, DocumentKind, SettlementStatus};
use tieout_core::driver::Summary;
use tieout_core::engine::{Inverse, ReversalState, State, UndoProgress, detach, retry, skip};
use tieout_core::host::PostingState;
use tieout_core::provider::{RejectionKind, SnapshotStatus};
use tieout_core::store::Store;

use crate::support::crash::{CrashStore, Side};
use crate::support::documents::{cents, document_id, invoice};
use crate::support::provider::{Fault, On};
use crate::support::reversing::{
    agreed, assert_reversed, closed, creates, finding, live_notes, lock, notes, shown, standing,
};
use crate::support::tie_out::assert_tied_out;
use crate::support::undoing::{look, refused, undo, undone, voids, work};

#[tokio::test(start_paused = true)]
async fn what_a_lock_keeps_is_reversed_by_a_note_that_was_shown() {
    let scene = closed(&["1", "2"]).await;
    let journal = scene.journal().await.len();
    let note = shown(&scene, "1").await;
    assert_eq!(note.kind, DocumentKind::CreditNote);
    assert!(note.number.starts_with("INV-1-undo-"), "{}", note.number);
    assert_eq!(note.date, scene.now().date_naive());
    assert_eq!(
        (note.totals.net, note.totals.tax),
        (cents(1_000), cents(100))
    );
    assert_eq!(note.amounts_are, AmountsAre::TaxExclusive);
    let line = &note.lines[0];
    assert_eq!(
        (line.account_code.as_str(), line.tax_amount),
        ("200", Some(cents(100)))
    );
    assert_eq!(scene.journal().await.len(), journal);
    undo(&scene, &["1"]).await;
    assert_eq!(scene.state("1").await, undone());
    assert_reversed(&scene, "INV-1");
    assert_eq!((creates(&scene), voids(&scene)), (1, 0));
    let binding = scene.binding("1").await;
    assert_eq!(binding.undo_progress(), Some(UndoProgress::Done));
    assert_eq!(binding.note_number(), Some(note.number.as_str()));
    // The host hears that it is void, and of no payment.
    let told = scene.host().postings(&document_id("1")).pop().unwrap();
    assert_eq!(told.state, PostingState::Voided);
    assert!(told.message.unwrap().contains(&note.number));
    assert!(scene.host().payments(&document_id("1")).is_empty());
    let settlements = scene.host().settlements(&document_id("1"));
    assert!(
        settlements
            .iter()
            .all(|it| it.status == SettlementStatus::Voided)
    );
    assert_tied_out(&scene).await;
    // Nothing changes by looking again, by other settings, or by the same document once more.
    scene.sync().await;
    scene.host().tell_again([0]);
    scene.sync().await;
    assert_eq!(scene.state("1").await, undone());
    assert_eq!(creates(&scene), 1);
    assert_tied_out(&scene).await;
    let again = look(&scene.world(), &["1"]).await;
    assert!(matches!(again[0].inverse, Inverse::Nothing(_)), "{again:?}");
}

#[tokio::test(start_paused = true)]
async fn a_note_is_dated_on_an_open_day_that_is_today_at_the_earliest() {
    let scene = closed(&["1"]).await;
    lock(&scene, Some("2026-12-31")).await;
    assert_eq!(shown(&scene, "1").await.date.to_string(), "2027-01-01");
    undo(&scene, &["1"]).await;
    assert_reversed(&scene, "INV-1");
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn what_the_provider_refuses_to_void_is_reversed_once_a_person_saw_the_note() {
    let scene = crate::support::undoing::posted(&["1"]).await;
    let refusal = Fault::Reject(RejectionKind::NotEditable);
    scene.provider().fail(On::Send, [refusal]);
    undo(&scene, &["1"]).await;
    let told = finding(&scene, "1").await;
    assert_eq!(told.rule, Rule::UndoRefused);
    assert!(
        told.remedy.contains("shows the credit note"),
        "{}",
        told.remedy
    );
    scene.sync().await;
    assert_eq!(creates(&scene), 0);
    undo(&scene, &["1"]).await;
    assert_eq!(scene.state("1").await, undone());
    assert_reversed(&scene, "INV-1");
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn whatever_a_note_cannot_reverse_to_the_cent_is_left_to_a_person() {
    let scene = closed(&["1", "2", "3"]).await;
    scene.provider().pay("INV-1", cents(400));
    scene
        .provider()
        .edit("INV-2", |held| held.lines[0].account_code = None);
    let rows = look(&scene.world(), &["1", "2", "3"]).await;
    for (row, why) in rows[..2]
        .iter()
        .zip(["nothing settles", "tells no account"])
    {
        let finding = refused(row);
        assert!(
            finding
                .remedy
                .contains("a credit note to the same customer there by hand")
        );
        assert!(
            finding.detail.iter().any(|it| it.contains(why)),
            "{finding:?}"
        );
    }
    assert!(matches!(rows[2].inverse, Inverse::CreditNote(_)));
    scene.provider().books(|books| {
        books.chart.organisation.base_currency =
            tieout_core::document::Currency::from_code("NZD").unwrap();
    });
    scene.wait(Duration::from_secs(120)).await;
    let rows = look(&scene.world(), &["3"]).await;
    let finding = refused(&rows[0]);
    assert!(finding.detail[0].contains("it is in AUD"), "{finding:?}");
    undo(&scene, &["1", "2", "3"]).await;
    assert!(notes(&scene).is_empty());
    scene.sync().await;
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_to_the_note_never_makes_a_second_one() {
    for fault in [
        Fault::UnsureAfter,
        Fault::UnsureBefore,
        Fault::UnsureLate(Duration::from_millis(50)),
        Fault::BadReply,
        Fault::ShortReply,
        Fault::NotProcessed,
        Fault::ThrottledCopy(Duration::from_secs(2)),
        Fault::Throttled(Duration::from_secs(2)),
        Fault::Unauthorised,
    ] {
        let scene = closed(&["1"]).await;
        agreed(&scene, "1").await;
        scene.provider().fail(On::Send, [fault.clone()]);
        work(&scene.world(), &["1"]).await;
        scene.wait(Duration::from_secs(1_000)).await;
        scene.sync().await;
        assert_eq!(scene.state("1").await, undone(), "{fault:?}");
        assert_eq!(notes(&scene).len(), 1, "{fault:?}");
        assert_reversed(&scene, "INV-1");
        assert_tied_out(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_to_the_allocation_never_allocates_twice() {
    for fault in [
        Fault::UnsureAfter,
        Fault::UnsureBefore,
        Fault::BadReply,
        Fault::NotProcessed,
        Fault::ThrottledCopy(Duration::from_secs(2)),
        Fault::Throttled(Duration::from_secs(2)),
        Fault::Unauthorised,
    ] {
        let scene = closed(&["1"]).await;
        agreed(&scene, "1").await;
        let faults = [fault.clone(), fault.clone()];
        scene.provider().fail(On::Allocate, faults);
        work(&scene.world(), &["1"]).await;
        scene.wait(Duration::from_secs(1_000)).await;
        scene.sync().await;
        assert_eq!(scene.state("1").await, undone(), "{fault:?}");
        assert_reversed(&scene, "INV-1");
        assert_eq!(creates(&scene), 1);
        assert_tied_out(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn questions_without_an_answer_hold_it_up_and_nothing_else() {
    for on in [On::Read, On::LookUp] {
        let scene = closed(&["1"]).await;
        agreed(&scene, "1").await;
        scene.provider().fail(On::Send, [Fault::UnsureAfter]);
        scene.provider().fail(on, vec![Fault::NotProcessed; 3]);
        work(&scene.world(), &["1"]).await;
        scene.wait(Duration::from_secs(1_000)).await;
        scene.sync_troubled().await;
        scene.wait(Duration::from_secs(1_000)).await;
        scene.sync().await;
        assert_eq!(scene.state("1").await, undone());
        assert_reversed(&scene, "INV-1");
        assert_tied_out(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_crash_anywhere_ends_with_one_note_that_reverses_it() {
    let scene = closed(&["1"]).await;
    agreed(&scene, "1").await;
    let store = Arc::new(CrashStore::counting(
        Arc::clone(&scene.store) as Arc<dyn Store>
    ));
    let world = scene.world_on(Arc::clone(&store) as Arc<dyn Store>);
    assert_eq!(work(&world, &["1"]).await, Summary::default());
    let commits = store.commits();
    assert!(commits >= 5, "{commits}");
    for at in 1..=commits {
        for side in [Side::Before, Side::After] {
            let scene = closed(&["1"]).await;
            agreed(&scene, "1").await;
            let inner = Arc::clone(&scene.store) as Arc<dyn Store>;
            let store = Arc::new(CrashStore::new(inner, at, side));
            let world = scene.world_on(Arc::clone(&store) as Arc<dyn Store>);
            let keys = [crate::support::undoing::key("1")];
            let stop = tokio_util::sync::CancellationToken::new();
            drop(tieout_core::driver::undo_now(&world, &keys, &stop).await);
            assert!(store.is_dead(), "{at} {side:?}");
            scene.wait(Duration::from_secs(600)).await;
            scene.sync().await;
            assert_eq!(scene.state("1").await, undone(), "{at} {side:?}");
            assert_eq!(notes(&scene).len(), 1, "{at} {side:?}");
            assert_reversed(&scene, "INV-1");
            assert_tied_out(&scene).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_note_leaves_nothing_and_is_not_tried_again_unasked() {
    let scene = closed(&["1"]).await;
    agreed(&scene, "1").await;
    let refusal = Fault::Reject(RejectionKind::ContactArchived);
    scene.provider().fail(On::Send, [refusal]);
    work(&scene.world(), &["1"]).await;
    let told = finding(&scene, "1").await;
    assert_eq!(told.rule, Rule::UndoRefused);
    assert!(
        told.message.contains("refused the credit note"),
        "{}",
        told.message
    );
    assert_eq!(standing(&scene, "1").await, ReversalState::Ended);
    scene.provider().edit("INV-1", |held| held.due_date = None);
    scene.sync().await;
    assert_eq!(creates(&scene), 1);
    assert!(notes(&scene).is_empty());
    let told = scene.host().postings(&document_id("1")).pop().unwrap();
    assert_eq!(told.state, PostingState::Posted);
    assert_tied_out(&scene).await;
    // Asked again, another one is shown and written.
    assert!(shown(&scene, "1").await.number.ends_with("-2"));
    undo(&scene, &["1"]).await;
    assert_eq!(scene.state("1").await, undone());
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_number_in_use_that_nobody_shows_is_asked_about() {
    let scene = closed(&["1"]).await;
    agreed(&scene, "1").await;
    let refusal = Fault::Reject(RejectionKind::DuplicateNumber);
    scene.provider().fail(On::Send, [refusal]);
    work(&scene.world(), &["1"]).await;
    assert!(finding(&scene, "1").await.message.contains("is in use"));
    assert_eq!((creates(&scene), notes(&scene).len()), (1, 0));
    scene.sync().await;
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_refused_allocation_takes_the_note_back() {
    let scene = closed(&["1"]).await;
    agreed(&scene, "1").await;
    let refusal = Fault::Reject(RejectionKind::Validation);
    scene.provider().fail(On::Allocate, [refusal]);
    work(&scene.world(), &["1"]).await;
    let told = finding(&scene, "1").await;
    assert!(
        told.message.contains("refused to allocate"),
        "{}",
        told.message
    );
    assert_eq!(standing(&scene, "1").await, ReversalState::Ended);
    assert_eq!((live_notes(&scene).len(), notes(&scene).len()), (0, 1));
    let invoice = scene.provider().live("INV-1").unwrap();
    assert_eq!(invoice.amount_due, invoice.totals.gross);
    scene.sync().await;
    assert_eq!(creates(&scene), 1);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn what_a_note_reverses_is_neither_sent_anew_nor_let_go_of_nor_undone_twice() {
    let scene = closed(&["1"]).await;
    undo(&scene, &["1"]).await;
    let binding = scene.binding("1").await;
    let note = binding.note_number().unwrap().to_owned();
    for denied in [
        retry(&binding, "ann", scene.now()).unwrap_err(),
        detach(&binding, "ann", scene.now()).unwrap_err(),
    ] {
        assert!(denied.why.contains(&note), "{}", denied.why);
    }
    assert!(skip(&binding, "ann", None, scene.now()).is_err());
    // What the host changes is shown, and how it comes back.
    let mut changed = invoice("1", &[2_000]);
    changed.revision = 2;
    scene.host().put(&changed);
    scene.sync().await;
    let told = finding(&scene, "1").await;
    assert_eq!(told.rule, Rule::ChangedSinceUndo);
    assert!(told.remedy.contains(&note), "{}", told.remedy);
    assert!(retry(&scene.binding("1").await, "ann", scene.now()).is_err());
    assert_reversed(&scene, "INV-1");
}

#[tokio::test(start_paused = true)]
async fn a_document_that_the_host_lets_go_after_its_reversal_is_void_at_both_sides() {
    let scene = closed(&["1"]).await;
    undo(&scene, &["1"]).await;
    scene.host().remove(&invoice("1", &[1_000]));
    scene.sync().await;
    assert_eq!(scene.state("1").await, State::Voided);
    scene.provider().edit("INV-1", |held| held.due_date = None);
    scene.sync().await;
    assert_eq!(scene.state("1").await, State::Voided);
    assert_eq!(voids(&scene), 0);
    assert_reversed(&scene, "INV-1");
}

#[tokio::test(start_paused = true)]
async fn what_somebody_brings_back_there_is_looked_at_as_any_other_document() {
    let scene = closed(&["1"]).await;
    undo(&scene, &["1"]).await;
    scene.wait(Duration::from_secs(5)).await;
    let note = live_notes(&scene).remove(0);
    scene.provider().books(|books| {
        books.strangers.push(note.id.clone());
    });
    scene.provider().edit("INV-1", |held| held.payments.clear());
    scene.sync().await;
    assert_eq!(scene.state("1").await, State::Posted);
    let told = scene.host().postings(&document_id("1")).pop().unwrap();
    assert_eq!(told.state, PostingState::Posted);
    assert_eq!(standing(&scene, "1").await, ReversalState::Ended);
    let told = scene.host().settlements(&document_id("1"));
    assert_ne!(
        told.last().map(|it| it.status),
        Some(SettlementStatus::Paid)
    );
    assert_tied_out(&scene).await;
    assert_eq!(creates(&scene), 1);
    assert_eq!(
        scene.provider().live("INV-1").unwrap().status,
        SnapshotStatus::Authorised
    );
}
