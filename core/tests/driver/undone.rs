//! Promises about what comes after an undo, beside it and against it: a change in the host, another route, a cancel, a process that serves.

use std::sync::Arc;
use std::time::Duration;

use tieout_core::check::Rule;
use tieout_core::document::{Invoice, SettlementStatus};
use tieout_core::engine::{Binding, Inverse, SkipReason, State, skip};
use tieout_core::host::PostingState;
use tieout_core::provider::{Order, RejectionKind, SnapshotStatus};
use tieout_core::store::{RecordKey, Store};

use crate::support::documents::{
    cents, division_route, document_id, host_id, host_payment, invoice, paying, revised, voided,
};
use crate::support::host::TestHost;
use crate::support::provider::{Fault, On};
use crate::support::scene::{ACME, Scene};
use crate::support::serving::Serving;
use crate::support::tie_out::assert_tied_out;
use crate::support::undoing::{
    commit, key, look, mark, posted, refused, retried, undo, undone, voids, work,
};

#[tokio::test(start_paused = true)]
async fn a_change_in_the_host_is_shown_and_not_sent_until_a_retry_makes_a_new_document() {
    let scene = posted(&["1"]).await;
    let old = scene.binding("1").await.posted.unwrap().id;
    undo(&scene, &["1"]).await;
    let changed = revised(&invoice("1", &[1_000]), |invoice| {
        invoice.lines = self::invoice("x", &[2_000]).lines;
    });
    scene.host().put(&changed);
    scene.sync().await;
    assert_eq!(scene.rules("1").await, [Rule::ChangedSinceUndo]);
    assert_eq!(scene.provider().live("INV-1"), None);
    assert_tied_out(&scene).await;
    retried(&scene, "1").await;
    scene.sync().await;
    assert_eq!(scene.state("1").await, State::Posted);
    let now = scene.binding("1").await;
    assert_ne!(now.posted.unwrap().id, old);
    assert_eq!(now.undo, None);
    let told = scene.host().postings(&document_id("1")).pop().unwrap();
    assert_eq!(told.state, PostingState::Posted);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn what_the_host_changed_since_can_be_skipped_or_voided_in_the_host() {
    for voids_it in [false, true] {
        let scene = posted(&["1"]).await;
        undo(&scene, &["1"]).await;
        let changed = revised(&invoice("1", &[1_000]), |_| {});
        let changed = revised(&changed, |invoice| invoice.notes = Some("x".to_owned()));
        scene.host().put(&changed);
        scene.sync().await;
        assert_eq!(scene.rules("1").await, [Rule::ChangedSinceUndo]);
        if voids_it {
            scene.host().put(&voided(&changed));
            scene.sync().await;
            assert_eq!(scene.state("1").await, State::Voided);
            assert_tied_out(&scene).await;
        } else {
            let step = skip(&scene.binding("1").await, "bob", None, scene.now()).unwrap();
            commit(&scene, step).await;
            scene.sync().await;
            assert!(matches!(
                scene.state("1").await,
                State::Skipped {
                    reason: SkipReason::ByOperator { .. }
                }
            ));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_document_that_the_host_changed_just_before_is_taken_out_and_not_updated() {
    let scene = posted(&["1"]).await;
    let world = scene.world();
    let rows = look(&world, &["1"]).await;
    let changed = revised(&invoice("1", &[1_000]), |invoice| {
        invoice.lines = self::invoice("x", &[2_000]).lines;
    });
    mark(&world, rows).await;
    scene.host().put(&changed);
    scene.sync().await;
    assert_eq!(scene.rules("1").await, [Rule::ChangedSinceUndo]);
    assert_eq!(scene.provider().live("INV-1"), None);
    let arrivals = scene.provider().arrivals();
    let updates = arrivals.iter().flat_map(|it| &it.request.orders);
    assert_eq!(
        updates
            .filter(|it| matches!(it, Order::Update { .. }))
            .count(),
        0
    );
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_process_that_serves_does_it_by_itself() {
    let scene = posted(&["1", "2", "3"]).await;
    let serving = Serving::start(&scene);
    scene.wait(Duration::from_secs(60)).await;
    let world = scene.world();
    let rows = look(&world, &["1", "3"]).await;
    mark(&world, rows).await;
    scene.wait(Duration::from_secs(60)).await;
    serving.stop().await;
    assert_eq!(scene.state("1").await, undone());
    assert_eq!(scene.state("2").await, State::Posted);
    assert_eq!(scene.state("3").await, undone());
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn an_undo_that_is_stuck_can_be_taken_back() {
    let scene = posted(&["1", "2"]).await;
    scene
        .provider()
        .fail(On::Send, [Fault::Reject(RejectionKind::NotEditable)]);
    undo(&scene, &["1"]).await;
    assert_eq!(scene.rules("1").await, [Rule::UndoRefused]);
    let world = scene.world();
    let back = world.cancel_undo(&key("1"), "bob").await.unwrap().unwrap();
    assert_eq!(back.undo, None);
    scene.sync().await;
    assert_eq!(scene.state("1").await, State::Posted);
    let told = scene.host().postings(&document_id("1")).pop().unwrap();
    assert_eq!((told.state, told.message), (PostingState::Posted, None));
    // Nobody asked, and it is too late.
    let denied = world.cancel_undo(&key("2"), "bob").await.unwrap();
    assert_eq!(denied.unwrap_err().why, "nobody asked for its undo");
    undo(&scene, &["2"]).await;
    let denied = world.cancel_undo(&key("2"), "bob").await.unwrap();
    assert_eq!(denied.unwrap_err().why, "it is out of the books already");
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn an_undone_document_goes_to_no_other_connection() {
    // Also where the host lets it go itself before it restores it elsewhere.
    for is_voided_first in [false, true] {
        undone_and_moved(is_voided_first).await;
    }
}

async fn undone_and_moved(is_voided_first: bool) {
    let north = "north";
    let mut scene = Scene::new().with_connection(north, Vec::new());
    scene.routes = vec![
        division_route(ACME, "South"),
        division_route(north, "North"),
    ];
    scene.provider_of(north).books(|books| books.last_id = 100);
    for (_, settings) in scene.connections.values_mut() {
        settings.moves = tieout_core::settings::Moves::VoidAndCreate;
    }
    let of = |invoice: &Invoice, division: &str| {
        revised(invoice, |it| {
            it.business_division = Some(division.to_owned());
        })
    };
    let first = of(&invoice("1", &[1_000]), "South");
    scene.host().put(&first);
    scene.sync().await;
    undo(&scene, &["1"]).await;
    let mut restored = of(&first, "North");
    if is_voided_first {
        let gone = voided(&first);
        scene.host().put(&gone);
        scene.sync().await;
        assert_eq!(scene.state("1").await, State::Voided);
        let gone = of(&gone, "North");
        scene.host().put(&gone);
        scene.sync().await;
        restored = revised(&gone, |it| it.status = first.status.clone());
    }
    scene.host().put(&restored);
    scene.sync().await;
    assert_eq!(scene.rules("1").await, [Rule::ChangedSinceUndo]);
    assert!(scene.provider_of(north).live_documents().is_empty());
    retried(&scene, "1").await;
    scene.sync().await;
    scene.sync().await;
    let live = |name: &str| scene.provider_of(name).live_documents().len();
    assert_eq!(
        (live(ACME), live(north)),
        (0, 1),
        "{:?}",
        scene.bindings().await
    );
}

#[tokio::test(start_paused = true)]
async fn what_somebody_brings_back_there_is_not_taken_out_a_second_time() {
    let scene = posted(&["1"]).await;
    undo(&scene, &["1"]).await;
    let id = scene.binding("1").await.posted.unwrap().id;
    scene.wait(Duration::from_secs(60)).await;
    let now = scene.now();
    scene.provider().books(|books| {
        let held = books
            .documents
            .iter_mut()
            .find(|held| held.id == id)
            .unwrap();
        held.status = SnapshotStatus::Authorised;
        held.amount_due = held.totals.gross;
        held.updated_at = now;
        books.changes.push((now, id.clone()));
    });
    scene.sync().await;
    assert_eq!(scene.state("1").await, State::Posted);
    assert_eq!(scene.binding("1").await.undo, None);
    assert_eq!(voids(&scene), 1);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn the_host_learns_of_taken_back_payments_and_of_the_void() {
    let scene = posted(&["1"]).await;
    scene.provider().pay("INV-1", cents(400));
    scene.sync().await;
    scene.provider().edit("INV-1", |held| held.payments.clear());
    undo(&scene, &["1"]).await;
    let id = document_id("1");
    assert!(scene.host().payments(&id).iter().all(|held| held.removed));
    let settled = scene.host().settlements(&id).pop().unwrap().status;
    assert_eq!(settled, SettlementStatus::Voided);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_in_the_air_is_waited_for() {
    let scene = posted(&["1"]).await;
    let changed = revised(&invoice("1", &[1_000]), |invoice| {
        invoice.lines = self::invoice("x", &[2_000]).lines;
    });
    scene.provider().fail(On::Send, [Fault::UnsureAfter]);
    scene.provider().away_after(
        scene.provider().arrivals().len() + 1,
        Duration::from_secs(3_600),
    );
    scene.host().put(&changed);
    scene.sync_troubled().await;
    let binding: Binding = scene.binding("1").await;
    assert!(binding.departure().is_some());
    scene.wait(Duration::from_secs(3_600)).await;
    let rows = look(&scene.world(), &["1"]).await;
    assert!(refused(&rows[0]).message.contains("in the air or in doubt"));
    scene.sync().await;
    undo(&scene, &["1"]).await;
    assert_eq!(scene.state("1").await, undone());
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_there_before_and_only_recognised_has_no_inverse() {
    let mut scene = posted(&["1", "2"]).await;
    // The store is lost, and everything is recognised again.
    scene.store = Arc::new(tieout_core::store::MemoryStore::new());
    scene.settings().existing = tieout_core::settings::Existing::LookFirst;
    scene.host().tell_again([0, 1]);
    scene.sync().await;
    assert_eq!(scene.state("1").await, State::Posted);
    let rows = look(&scene.world(), &["1"]).await;
    assert!(
        matches!(&rows[0].inverse, Inverse::Nothing(why) if why.contains("recognised, not sent")),
        "{rows:?}"
    );
    undo(&scene, &["1", "2"]).await;
    assert_eq!(scene.provider().live_documents().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_an_undo_does_not_wait_for_documents_to_gather() {
    let scene = posted(&["1"]).await;
    scene.provider().gather_for(Duration::from_secs(1_800));
    let serving = Serving::start(&scene);
    scene.host().put(&invoice("2", &[1_000]));
    scene.wait(Duration::from_secs(120)).await;
    assert!(scene.provider().live("INV-2").is_some());
    let world = scene.world();
    let rows = look(&world, &["1"]).await;
    mark(&world, rows).await;
    scene.wait(Duration::from_secs(60)).await;
    assert_eq!(scene.state("1").await, undone());
    serving.stop().await;
    assert_tied_out(&scene).await;
}

/// A posted invoice of 110.00 on which tieout made a payment of 40.00.
async fn paid_by_us() -> Scene {
    let mut scene = Scene::new();
    scene.settings().host_payments = paying();
    let mut first = invoice("1", &[10_000]);
    first.payments = Some(vec![host_payment("a", cents(4_000))]);
    scene.host().put(&first);
    scene.sync().await;
    scene
}

fn standing(scene: &Scene) -> usize {
    scene.provider().books(|books| books.standing()).len()
}

#[tokio::test(start_paused = true)]
async fn an_undo_that_is_held_takes_no_payment_of_ours_back() {
    let scene = paid_by_us().await;
    let world = scene.world();
    let rows = look(&world, &["1"]).await;
    scene.wait(Duration::from_secs(5)).await;
    let theirs = scene.provider().pay("INV-1", cents(400));
    mark(&world, rows).await;
    work(&world, &["1"]).await;
    scene.sync().await;
    assert_eq!(scene.rules("1").await, [Rule::UndoRefused]);
    assert_eq!(standing(&scene), 1);
    assert_tied_out(&scene).await;
    // Once theirs is gone, ours goes first and the document after it.
    scene.provider().edit("INV-1", |held| {
        held.payments.retain(|payment| payment.id != theirs);
    });
    scene.sync().await;
    assert_eq!(scene.state("1").await, undone());
    assert_eq!(standing(&scene), 0);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn payments_stand_after_a_lock_held_the_undo_and_it_was_taken_back() {
    for cancels in [true, false] {
        let scene = paid_by_us().await;
        let world = scene.world();
        let rows = look(&world, &["1"]).await;
        mark(&world, rows).await;
        let lock = |day: Option<&str>| {
            let day = day.map(|day| day.parse().unwrap());
            let books = scene.provider();
            books.books(|books| books.chart.organisation.period_lock = day);
        };
        lock(Some("2026-11-12"));
        scene.wait(Duration::from_secs(7_200)).await;
        scene.sync().await;
        scene.sync().await;
        assert_eq!(scene.rules("1").await, [Rule::UndoRefused]);
        assert_eq!(standing(&scene), 1);
        lock(None);
        scene.wait(Duration::from_secs(7_200)).await;
        if cancels {
            let back = scene.world().cancel_undo(&key("1"), "bob").await;
            assert!(back.unwrap().is_ok());
            scene.sync().await;
            assert_eq!(scene.state("1").await, State::Posted);
            assert_eq!(standing(&scene), 1);
        } else {
            undo(&scene, &["1"]).await;
            assert_eq!(scene.state("1").await, undone());
            assert_eq!(standing(&scene), 0);
        }
        assert_tied_out(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_undo_asks_for_no_more_than_its_cost_says() {
    for is_paid in [true, false] {
        let mut scene = paid_by_us().await;
        scene.settings().host_payments = paying();
        scene.host().put(&invoice("2", &[1_000]));
        scene.sync().await;
        let world = scene.world();
        let id = if is_paid { "1" } else { "2" };
        let rows = look(&world, &[id]).await;
        let cost = world.undo_cost(&rows)[0].calls_min;
        mark(&world, rows).await;
        let provider = scene.provider();
        let calls = || [On::Changes, On::TakeBack, On::Send].map(|on| provider.calls(on));
        let before = calls();
        work(&world, &[id]).await;
        let asked: Vec<usize> = calls()
            .iter()
            .zip(before)
            .map(|(it, was)| it - was)
            .collect();
        let looks = usize::from(is_paid);
        assert_eq!(asked, [looks, looks, 1]);
        assert_eq!(asked.iter().sum::<usize>(), cost);
        assert_eq!(scene.state(id).await, undone());
    }
}

#[tokio::test(start_paused = true)]
async fn the_look_before_an_undo_passes_nothing_over_that_may_be_ours() {
    let scene = paid_by_us().await;
    let provider = scene.provider();
    provider.fail(On::Send, [Fault::UnsureAfter]);
    let calls = provider.arrivals().len() + 1;
    provider.away_after(calls, Duration::from_secs(3_600));
    scene.host().put(&invoice("2", &[1_000]));
    scene.sync_troubled().await;
    assert!(scene.binding("2").await.departure().is_some());
    scene.wait(Duration::from_secs(3_600)).await;
    let made = provider.live("INV-2").unwrap().id;
    undo(&scene, &["1"]).await;
    assert_eq!(scene.state("1").await, undone());
    let record = RecordKey::new(&["passed-over", ACME]);
    let noted = scene.store.record(&record).await.unwrap();
    let noted = String::from_utf8(noted.unwrap_or_default()).unwrap();
    assert!(noted.contains(made.as_str()), "{noted}");
    scene.sync().await;
    assert_eq!(scene.state("2").await, State::Posted);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn of_two_hosts_on_one_connection_only_the_one_whose_document_it_is_hears_of_its_undo() {
    let mut scene = Scene::new();
    let other = Arc::new(TestHost::new());
    scene.hosts.insert(host_id("other"), Arc::clone(&other));
    scene.host().put(&invoice("1", &[1_000]));
    // Both hosts number their documents alike, and only the provider needs numbers of its own.
    let mut theirs = invoice("1", &[2_000]);
    theirs.number = "THEIRS-1".to_owned();
    other.put(&theirs);
    scene.sync().await;
    let told = other.told().len();
    // What waits for the other host is not worked off by somebody's undo.
    scene.provider().pay("THEIRS-1", cents(500));
    other.put(&revised(&theirs, |invoice| {
        invoice.due_date = None;
    }));
    undo(&scene, &["1"]).await;
    assert_eq!(scene.state("1").await, undone());
    assert_eq!(scene.provider().live("INV-1"), None);
    assert!(scene.provider().live("THEIRS-1").is_some());
    assert_eq!(other.told().len(), told);
    assert_eq!(voids(&scene), 1);
    scene.sync().await;
    assert!(other.told().len() > told);
    assert!(scene.provider().live("THEIRS-1").is_some());
    assert_eq!(scene.state("1").await, undone());
    for host in scene.hosts.values() {
        assert_eq!(host.violations(), Vec::<String>::new());
    }
}
