//! A locked period in which invoices stand, and the credit notes that reverse them.

use std::time::Duration;

use tieout_core::check::Finding;
use tieout_core::document::DocumentKind;
use tieout_core::engine::{Inverse, ReversalState};
use tieout_core::provider::{Order, Posting, Snapshot, SnapshotStatus};

use super::scene::Scene;
use super::undoing::{look, mark, posted};

/// Everything up to this day is closed; it is the 14th.
pub(crate) const LOCKED: &str = "2026-11-12";

/// Closes the days up to one, or opens all; by then the lock dates that were read before are old.
pub(crate) async fn lock(scene: &Scene, day: Option<&str>) {
    scene.wait(Duration::from_secs(120)).await;
    let day = day.map(|day| day.parse().expect("a day"));
    let provider = scene.provider();
    provider.books(|books| books.chart.organisation.period_lock = day);
}

/// A scene with invoices of 11.00 that are posted, and whose days are closed.
pub(crate) async fn closed(ids: &[&str]) -> Scene {
    let scene = posted(ids).await;
    lock(&scene, Some(LOCKED)).await;
    scene
}

/// The note that an undo is shown to write.
pub(crate) async fn shown(scene: &Scene, id: &str) -> Posting {
    let mut rows = look(&scene.world(), &[id]).await;
    match rows.remove(0).inverse {
        Inverse::CreditNote(note) => *note,
        other => unreachable!("{other:?}"),
    }
}

/// Shown and agreed to, and not worked off yet.
pub(crate) async fn agreed(scene: &Scene, id: &str) {
    let world = scene.world();
    let rows = look(&world, &[id]).await;
    assert!(
        matches!(rows[0].inverse, Inverse::CreditNote(_)),
        "{rows:?}"
    );
    let marked = mark(&world, rows).await;
    assert!(marked[0].is_at_work(), "{marked:?}");
}

/// Every credit note at the provider.
pub(crate) fn notes(scene: &Scene) -> Vec<Snapshot> {
    scene.provider().books(|books| {
        let documents = books.documents.iter();
        let notes = documents.filter(|held| held.kind == DocumentKind::CreditNote);
        notes.cloned().collect()
    })
}

pub(crate) fn live_notes(scene: &Scene) -> Vec<Snapshot> {
    let mut notes = notes(scene);
    notes.retain(|note| note.status.is_live());
    notes
}

/// One note stands, and settles the invoice in full and alone.
pub(crate) fn assert_reversed(scene: &Scene, number: &str) {
    let [note] = <[Snapshot; 1]>::try_from(live_notes(scene)).expect("one note");
    let invoice = scene.provider().live(number).expect("the invoice stands");
    for held in [&note, &invoice] {
        assert_eq!(held.status, SnapshotStatus::Paid, "{}", held.number);
        assert_eq!(held.amount_credited, held.totals.gross);
        assert_eq!(held.payments.len(), 1);
    }
    assert_eq!(note.totals, invoice.totals);
}

/// How often a note left, whether it arrived or not.
pub(crate) fn creates(scene: &Scene) -> usize {
    let arrivals = scene.provider().arrivals();
    let notes = arrivals
        .iter()
        .filter(|it| it.request.kind == DocumentKind::CreditNote);
    let orders = notes.flat_map(|it| &it.request.orders);
    orders.filter(|it| matches!(it, Order::Create(_))).count()
}

pub(crate) async fn standing(scene: &Scene, id: &str) -> ReversalState {
    let binding = scene.binding(id).await;
    binding.reversal.expect("a reversal").state
}

/// The one finding of a document.
pub(crate) async fn finding(scene: &Scene, id: &str) -> Finding {
    let state = scene.state(id).await;
    let [finding] = state.findings() else {
        unreachable!("{state:?}")
    };
    finding.clone()
}
