//! Promises about the credit note of an undo while somebody else works on the same documents: nothing is settled twice or lost.

use std::time::Duration;

use tieout_core::check::{Finding, Rule};
use tieout_core::document::SettlementStatus;
use tieout_core::engine::{Inverse, ReversalState, State, detach, retry};
use tieout_core::host::PostingState;
use tieout_core::provider::SnapshotStatus;
use tieout_core::store::{ChangeSet, Store as _};

use crate::support::documents::{cents, document_id, invoice};
use crate::support::provider::{Fault, On};
use crate::support::reversing::{
    agreed, assert_reversed, closed, creates, finding, live_notes, lock, notes, standing,
};
use crate::support::scene::{ACME, Scene};
use crate::support::tie_out::assert_tied_out;
use crate::support::undoing::{key, look, mark, posted, refused, undo, undone, voids, work};

/// A note that stands, whose allocation did not get through.
async fn noted(scene: &Scene) {
    agreed(scene, "1").await;
    let faults = vec![Fault::NotProcessed; 20];
    scene.provider().fail(On::Allocate, faults);
    work(&scene.world(), &["1"]).await;
    scene.provider().mend();
    assert_eq!(live_notes(scene).len(), 1);
    let state = standing(scene, "1").await;
    assert!(
        matches!(state, ReversalState::AllocationSent { .. }),
        "{state:?}"
    );
    scene.wait(Duration::from_secs(5)).await;
}

async fn later(scene: &Scene) {
    scene.wait(Duration::from_secs(600)).await;
    scene.sync().await;
}

#[tokio::test(start_paused = true)]
async fn what_somebody_pays_between_note_and_allocation_stands_and_the_note_does_not() {
    for cents_paid in [400, 1_100] {
        let scene = closed(&["1"]).await;
        noted(&scene).await;
        let payment = scene.provider().pay("INV-1", cents(cents_paid));
        later(&scene).await;
        let told = finding(&scene, "1").await;
        assert_eq!(told.rule, Rule::UndoRefused);
        assert_eq!((live_notes(&scene).len(), notes(&scene).len()), (0, 1));
        assert!(!scene.binding("1").await.is_reversed());
        let known = scene.host().payments(&document_id("1"));
        assert_eq!(known.len(), 1);
        assert_eq!(known[0].payment.id, payment);
        let told = scene.host().settlements(&document_id("1")).pop().unwrap();
        assert_eq!(told.amount_paid, cents(cents_paid));
        assert_eq!(told.amount_credited, cents(0));
        assert_tied_out(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_payment_that_the_look_missed_makes_the_provider_refuse_and_the_note_goes() {
    let scene = closed(&["1"]).await;
    noted(&scene).await;
    // The look says what was; the payment comes before the allocation does.
    scene.provider().fail(
        On::Allocate,
        [Fault::Reject(
            tieout_core::provider::RejectionKind::Validation,
        )],
    );
    scene.wait(Duration::from_secs(600)).await;
    let world = scene.world();
    let working = tokio::spawn(async move { work(&world, &["1"]).await });
    // Both looks take their time; the payment arrives after them.
    scene.wait(Duration::from_millis(90)).await;
    scene.provider().pay("INV-1", cents(400));
    working.await.unwrap();
    later(&scene).await;
    assert_eq!(scene.rules("1").await, [Rule::UndoRefused]);
    assert_eq!((live_notes(&scene).len(), notes(&scene).len()), (0, 1));
    assert_eq!(scene.host().payments(&document_id("1")).len(), 1);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn what_somebody_pays_before_the_note_leaves_keeps_it_from_leaving() {
    let scene = closed(&["1"]).await;
    agreed(&scene, "1").await;
    scene.wait(Duration::from_secs(5)).await;
    scene.provider().pay("INV-1", cents(400));
    work(&scene.world(), &["1"]).await;
    assert_eq!(scene.rules("1").await, [Rule::UndoRefused]);
    assert_eq!(creates(&scene), 0);
    scene.sync().await;
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn an_invoice_that_changed_since_the_note_was_shown_is_shown_anew() {
    let scene = closed(&["1"]).await;
    let world = scene.world();
    let rows = look(&world, &["1"]).await;
    scene.wait(Duration::from_secs(5)).await;
    scene.provider().edit("INV-1", |held| {
        held.lines[0].description = "Other work".to_owned();
    });
    let marked = mark(&world, rows).await;
    assert!(matches!(marked[0].inverse, Inverse::CreditNote(_)));
    work(&world, &["1"]).await;
    let told = finding(&scene, "1").await;
    assert!(
        told.message.contains("is not as it was shown"),
        "{}",
        told.message
    );
    assert_eq!(creates(&scene), 0);
    undo(&scene, &["1"]).await;
    assert_reversed(&scene, "INV-1");
    assert_eq!(live_notes(&scene)[0].lines[0].description, "Other work");
}

#[tokio::test(start_paused = true)]
async fn what_was_allocated_in_part_is_completed() {
    let scene = closed(&["1"]).await;
    noted(&scene).await;
    let (note, held) = (
        live_notes(&scene).remove(0),
        scene.provider().live("INV-1").unwrap(),
    );
    let now = scene.now();
    scene
        .provider()
        .books(|books| books.allocate(&note.id, &held.id, cents(400), now))
        .unwrap();
    later(&scene).await;
    assert_eq!(scene.state("1").await, undone());
    assert_reversed(&scene, "INV-1");
    assert!(scene.host().payments(&document_id("1")).is_empty());
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_note_that_somebody_used_elsewhere_is_left_with_what_is_there() {
    let scene = closed(&["1", "2"]).await;
    noted(&scene).await;
    let (note, other) = (
        live_notes(&scene).remove(0),
        scene.provider().live("INV-2").unwrap(),
    );
    let now = scene.now();
    scene
        .provider()
        .books(|books| books.allocate(&note.id, &other.id, cents(300), now))
        .unwrap();
    later(&scene).await;
    let told = finding(&scene, "1").await;
    assert!(told.message.contains("in part used"), "{}", told.message);
    assert!(
        told.detail[1].ends_with("8.00 AUD of 11.00 AUD left"),
        "{:?}",
        told.detail
    );
    let state = standing(&scene, "1").await;
    assert!(matches!(state, ReversalState::Kept { .. }), "{state:?}");
    let rows = look(&scene.world(), &["1"]).await;
    refused(&rows[0]);
    // What somebody else did with it is told of the other document.
    assert_eq!(scene.host().payments(&document_id("2")).len(), 1);
    // Once it is free again, a retry goes on with it.
    scene.provider().edit("INV-2", |held| held.payments.clear());
    scene.provider().books(|books| {
        let mut note = note.clone();
        note.updated_at = now;
        for held in &mut books.documents {
            if held.id == note.id {
                *held = note.clone();
            }
        }
    });
    scene.sync().await;
    let step = retry(&scene.binding("1").await, "ann", scene.now()).unwrap();
    scene.act(step).await;
    later(&scene).await;
    assert_eq!(scene.state("1").await, undone());
    assert_reversed(&scene, "INV-1");
    assert_eq!(creates(&scene), 1);
}

#[tokio::test(start_paused = true)]
async fn a_note_that_somebody_voided_there_is_not_written_again_unasked() {
    let scene = closed(&["1"]).await;
    noted(&scene).await;
    let id = live_notes(&scene)[0].id.clone();
    scene.provider().books(|books| {
        let held = books.documents.iter_mut().find(|held| held.id == id);
        held.unwrap().status = SnapshotStatus::Voided;
    });
    later(&scene).await;
    assert!(
        finding(&scene, "1")
            .await
            .message
            .contains("somebody removed credit note")
    );
    assert_eq!(creates(&scene), 1);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn an_invoice_that_somebody_voids_meanwhile_needs_no_note() {
    let scene = closed(&["1"]).await;
    noted(&scene).await;
    scene
        .provider()
        .edit("INV-1", |held| held.status = SnapshotStatus::Voided);
    later(&scene).await;
    assert_eq!(scene.state("1").await, undone());
    assert_eq!((live_notes(&scene).len(), notes(&scene).len()), (0, 1));
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_void_of_the_note_whose_reply_is_lost_is_asked_again() {
    for fault in [Fault::UnsureAfter, Fault::UnsureBefore, Fault::NotProcessed] {
        let scene = closed(&["1"]).await;
        noted(&scene).await;
        scene.provider().pay("INV-1", cents(400));
        scene.provider().fail(On::Send, [fault.clone()]);
        scene.wait(Duration::from_secs(600)).await;
        scene.sync_troubled().await;
        later(&scene).await;
        assert_eq!(
            (live_notes(&scene).len(), notes(&scene).len()),
            (0, 1),
            "{fault:?}"
        );
        assert_eq!(scene.rules("1").await, [Rule::UndoRefused]);
        assert_tied_out(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_undo_writes_no_note_and_one_that_left_is_found_out_about_first() {
    let scene = closed(&["1"]).await;
    agreed(&scene, "1").await;
    let world = scene.world();
    let cancelled = world.cancel_undo(&key("1"), "ann").await.unwrap();
    assert_eq!(cancelled.unwrap().undo, None);
    later(&scene).await;
    assert_eq!(scene.state("1").await, State::Posted);
    assert_eq!(creates(&scene), 0);
    // Once a request is out, its outcome comes first.
    undo_in_doubt(&scene).await;
    let denied = world.cancel_undo(&key("1"), "ann").await.unwrap();
    assert!(denied.unwrap_err().why.contains("in the air or in doubt"));
    assert!(detach(&scene.binding("1").await, "ann", scene.now()).is_err());
    later(&scene).await;
    assert_reversed(&scene, "INV-1");
}

async fn undo_in_doubt(scene: &Scene) {
    agreed(scene, "1").await;
    scene.provider().fail(On::Send, [Fault::UnsureAfter]);
    scene
        .provider()
        .fail(On::LookUp, vec![Fault::NotProcessed; 20]);
    work(&scene.world(), &["1"]).await;
    scene.provider().mend();
}

#[tokio::test(start_paused = true)]
async fn a_document_that_the_host_lets_go_on_the_way_is_reversed_all_the_same() {
    let scene = closed(&["1"]).await;
    noted(&scene).await;
    scene.host().remove(&invoice("1", &[1_000]));
    later(&scene).await;
    assert_eq!(scene.state("1").await, State::Voided);
    assert_reversed(&scene, "INV-1");
    assert_eq!(voids(&scene), 0);
    let told = scene.host().postings(&document_id("1")).pop().unwrap();
    assert_eq!(told.state, PostingState::Voided);
    assert!(scene.host().payments(&document_id("1")).is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_opened_period_changes_nothing_about_a_note_that_was_agreed_to() {
    let scene = closed(&["1"]).await;
    noted(&scene).await;
    lock(&scene, None).await;
    later(&scene).await;
    assert_eq!(voids(&scene), 0);
    assert_reversed(&scene, "INV-1");
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_store_from_before_the_undo_takes_the_note_for_nobody_elses() {
    let scene = closed(&["1"]).await;
    let before = scene.binding("1").await;
    undo(&scene, &["1"]).await;
    let restored = posted(&["2"]).await;
    assert_eq!(restored.binding_on("1", ACME).await, None);
    // The same binding as it was, and what the provider shows now.
    let shown = scene.provider().live("INV-1").unwrap();
    let policy = tieout_core::engine::HostPolicy {
        postings: true,
        payments: true,
        settlements: true,
        payments_ahead_days_max: None,
        companions: None,
    };
    let seen = tieout_core::engine::provider_changed(&before, &shown, policy, scene.now());
    let seen = seen.unwrap().binding;
    assert!(seen.is_reversed());
    let owed = tieout_core::engine::owed(&seen, policy);
    for item in &owed {
        if let tieout_core::host::WriteBack::Settlement { settlement, .. } = item {
            assert_eq!(settlement.status, SettlementStatus::Voided);
        }
        assert_eq!(item.payment_id(), None, "{item:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_note_that_nobody_wants_and_nobody_can_take_back_is_told_of_whatever_is_planned_anew() {
    let mut scene = closed(&["1", "2"]).await;
    noted(&scene).await;
    let (note, other, now) = (
        live_notes(&scene).remove(0),
        scene.provider().live("INV-2").unwrap(),
        scene.now(),
    );
    scene
        .provider()
        .books(|books| books.allocate(&note.id, &other.id, cents(300), now))
        .unwrap();
    // As it is before the allocation leaves: it can be called off.
    let mut binding = scene.binding("1").await;
    let reversal = binding.reversal.as_mut().unwrap();
    reversal.state = ReversalState::Made {
        id: note.id.clone(),
    };
    let bindings = vec![binding];
    let changes = ChangeSet {
        bindings,
        ..ChangeSet::default()
    };
    scene.store.commit(changes).await.unwrap();
    let cancelled = scene.world().cancel_undo(&key("1"), "ann").await.unwrap();
    assert_eq!(cancelled.unwrap().undo, None);
    later(&scene).await;
    let names_it = |findings: &[Finding]| {
        let mut findings = findings.iter();
        findings.any(|finding| finding.message.contains(&note.number))
    };
    assert!(names_it(scene.state("1").await.findings()));
    // Planned anew in a locked period, then sent.
    scene.settings().description = Some("{description} again".to_owned());
    for locked in [true, false] {
        if !locked {
            lock(&scene, None).await;
            // Until the chart is read anew.
            scene.wait(Duration::from_secs(7_200)).await;
        }
        later(&scene).await;
        let state = scene.state("1").await;
        assert!(names_it(state.findings()), "{state:?}");
        assert_eq!(state.findings().len(), 1 + usize::from(locked), "{state:?}");
    }
    let sent = scene.provider().live("INV-1").unwrap();
    assert!(sent.lines[0].description.ends_with("again"));
}
