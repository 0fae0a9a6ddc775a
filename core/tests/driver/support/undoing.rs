//! A person who undoes documents: looks, marks, and has it worked off.

use tieout_core::check::Finding;
use tieout_core::document::{DocumentKey, DocumentKind};
use tieout_core::driver::{Summary, Undoable, World, undo_now};
use tieout_core::engine::{BindingKey, Inverse, SkipReason, State, Step, retry};
use tieout_core::provider::Order;
use tieout_core::store::{ChangeSet, Store};
use tokio_util::sync::CancellationToken;

use super::documents::{connection_id, document_id, host_id, invoice};
use super::scene::{ACME, HOST, Scene};

pub(crate) const WHY: &str = "sent too early";

pub(crate) fn key(id: &str) -> BindingKey {
    BindingKey {
        document: DocumentKey {
            host: host_id(HOST),
            kind: DocumentKind::Invoice,
            id: document_id(id),
        },
        connection: connection_id(ACME),
    }
}

pub(crate) fn undone() -> State {
    State::Skipped {
        reason: SkipReason::Undone {
            by: "ann".to_owned(),
            because: Some(WHY.to_owned()),
        },
    }
}

/// A scene with invoices of 11.00 that are posted.
pub(crate) async fn posted(ids: &[&str]) -> Scene {
    let scene = Scene::new();
    for id in ids {
        scene.host().put(&invoice(id, &[1_000]));
    }
    scene.sync().await;
    scene
}

pub(crate) async fn look(world: &World, ids: &[&str]) -> Vec<Undoable> {
    let keys: Vec<BindingKey> = ids.iter().map(|id| key(id)).collect();
    world.look_at_undo(&keys).await.expect("a look")
}

pub(crate) async fn mark(world: &World, rows: Vec<Undoable>) -> Vec<Undoable> {
    let marked = world.mark_undone(rows, "ann", Some(WHY)).await;
    marked.expect("the store works")
}

pub(crate) async fn work(world: &World, ids: &[&str]) -> Summary {
    let keys: Vec<BindingKey> = ids.iter().map(|id| key(id)).collect();
    let stop = CancellationToken::new();
    undo_now(world, &keys, &stop)
        .await
        .expect("the store works")
}

/// What the command gives to be worked off.
fn at_work(marked: &[Undoable]) -> Vec<BindingKey> {
    let some = marked.iter().filter(|row| row.is_at_work());
    some.map(|row| row.binding.key.clone()).collect()
}

/// The whole command: looked at, marked, worked off.
pub(crate) async fn undo(scene: &Scene, ids: &[&str]) {
    let world = scene.world();
    let rows = look(&world, ids).await;
    let marked = mark(&world, rows).await;
    let keys = at_work(&marked);
    let worked = undo_now(&world, &keys, &CancellationToken::new()).await;
    assert_eq!(worked.expect("the store works"), Summary::default());
}

pub(crate) async fn commit(scene: &Scene, step: Step) {
    let changes = ChangeSet {
        bindings: vec![step.binding],
        journal: vec![step.entry],
        ..ChangeSet::default()
    };
    scene.store.commit(changes).await.expect("the store works");
}

pub(crate) async fn retried(scene: &Scene, id: &str) {
    let step = retry(&scene.binding(id).await, "ann", scene.now()).expect("a step");
    commit(scene, step).await;
}

pub(crate) fn refused(row: &Undoable) -> &Finding {
    let finding = match &row.inverse {
        Inverse::Refused(finding) => Some(finding),
        Inverse::Delete
        | Inverse::Void { .. }
        | Inverse::CreditNote(_)
        | Inverse::KeepOut
        | Inverse::Underway
        | Inverse::Nothing(_) => None,
    };
    finding.expect("it is refused")
}

pub(crate) fn voids(scene: &Scene) -> usize {
    let arrivals = scene.provider().arrivals();
    let orders = arrivals.iter().flat_map(|it| &it.request.orders);
    orders.filter(|it| matches!(it, Order::Void { .. })).count()
}
