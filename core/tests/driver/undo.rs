//! Promises about documents that a person takes out of the books again: shown first, done once, never sent again by itself.

use std::sync::Arc;
use std::time::Duration;

use tieout_core::check::Rule;
use tieout_core::driver::{Summary, World, undo_now};
use tieout_core::engine::{BindingKey, Inverse, State, UndoProgress};
use tieout_core::host::PostingState;
use tieout_core::provider::{RejectionKind, SnapshotStatus};
use tieout_core::settings::CreateStatus;
use tieout_core::store::Store;
use tokio_util::sync::CancellationToken;

use crate::support::crash::{CrashStore, Side};
use crate::support::documents::{cents, document_id, host_id, host_payment, invoice, paying};
use crate::support::provider::{Fault, On};
use crate::support::scene::{HOST, Scene};
use crate::support::tie_out::assert_tied_out;
use crate::support::undoing::{
    WHY, key, look, mark, posted, refused, retried, undo, undone, voids, work,
};

#[tokio::test(start_paused = true)]
async fn a_look_says_what_would_be_done_and_changes_nothing() {
    let scene = posted(&["1", "2"]).await;
    let journal = scene.journal().await.len();
    let world = scene.world();
    let keys = [key("1"), key("2")];
    let cost = world.undo_look_cost(&keys).await.unwrap();
    assert_eq!((cost[0].documents, cost[0].calls_min), (2, 1));
    let rows = look(&world, &["1", "2"]).await;
    let void = Inverse::Void {
        take_back: Vec::new(),
    };
    assert!(rows.iter().all(|row| row.inverse == void), "{rows:?}");
    assert_eq!(world.undo_cost(&rows)[0].calls_min, 1);
    assert_eq!(scene.journal().await.len(), journal);
    assert_eq!(scene.state("1").await, State::Posted);
    assert_eq!(voids(&scene), 0);
}

#[tokio::test(start_paused = true)]
async fn an_undone_document_is_void_told_and_never_sent_again_by_itself() {
    let mut scene = posted(&["1", "2"]).await;
    undo(&scene, &["1"]).await;
    assert_eq!(scene.state("1").await, undone());
    assert_eq!(scene.provider().live("INV-1"), None);
    assert!(scene.provider().live("INV-2").is_some());
    let told = scene.host().postings(&document_id("1")).pop().unwrap();
    assert_eq!(told.state, PostingState::Voided);
    let words = format!("undone by ann: {WHY}");
    assert_eq!(told.message.as_deref(), Some(words.as_str()));
    assert_tied_out(&scene).await;
    // Neither another run, nor other settings, nor the same document once more.
    scene.sync().await;
    scene.settings().accounts.sales = Some("201".to_owned());
    scene.sync().await;
    scene.host().tell_again([0]);
    scene.sync().await;
    assert_eq!(scene.state("1").await, undone());
    assert_eq!(scene.provider().live("INV-1"), None);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_never_approved_is_deleted() {
    for (status, was) in [
        (CreateStatus::Draft, SnapshotStatus::Draft),
        (CreateStatus::Submitted, SnapshotStatus::Submitted),
    ] {
        let mut scene = Scene::new();
        scene.settings().invoice_status = status;
        scene.host().put(&invoice("1", &[1_000]));
        scene.sync().await;
        assert_eq!(scene.provider().live("INV-1").unwrap().status, was);
        let rows = look(&scene.world(), &["1"]).await;
        assert_eq!(rows[0].inverse, Inverse::Delete);
        undo(&scene, &["1"]).await;
        let held = scene.binding("1").await.posted.unwrap();
        assert_eq!(held.status, SnapshotStatus::Deleted);
        assert_eq!(scene.state("1").await, undone());
        assert_tied_out(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_approved_there_meanwhile_is_voided_and_not_deleted() {
    let mut scene = Scene::new();
    scene.settings().invoice_status = CreateStatus::Draft;
    scene.host().put(&invoice("1", &[1_000]));
    scene.sync().await;
    scene
        .provider()
        .edit("INV-1", |held| held.status = SnapshotStatus::Authorised);
    undo(&scene, &["1"]).await;
    let held = scene.binding("1").await.posted.unwrap();
    assert_eq!(held.status, SnapshotStatus::Voided);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn payments_of_ours_are_taken_back_first() {
    let mut scene = Scene::new();
    scene.settings().host_payments = paying();
    let mut first = invoice("1", &[10_000]);
    first.payments = Some(vec![
        host_payment("a", cents(4_000)),
        host_payment("b", cents(7_000)),
    ]);
    scene.host().put(&first);
    scene.sync().await;
    let world = scene.world();
    let rows = look(&world, &["1"]).await;
    let Inverse::Void { take_back } = &rows[0].inverse else {
        panic!("{rows:?}")
    };
    assert_eq!(take_back.len(), 2);
    // The void, a request for each payment, and a look at what changed.
    assert_eq!(world.undo_cost(&rows)[0].calls_min, 4);
    undo(&scene, &["1"]).await;
    assert_eq!(scene.state("1").await, undone());
    assert!(scene.provider().books(|books| books.standing()).is_empty());
    assert_tied_out(&scene).await;
    // Sent anew, it is paid anew.
    retried(&scene, "1").await;
    scene.sync().await;
    let live = scene.provider().live("INV-1").unwrap();
    assert_eq!(live.status, SnapshotStatus::Paid);
    assert_eq!(scene.provider().books(|books| books.standing()).len(), 2);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn payments_of_ours_stay_where_the_settings_do_not_take_them_back() {
    let mut scene = Scene::new();
    scene.settings().host_payments = paying();
    let mut first = invoice("1", &[10_000]);
    first.payments = Some(vec![host_payment("a", cents(4_000))]);
    scene.host().put(&first);
    scene.sync().await;
    scene.settings().host_payments = None;
    let rows = look(&scene.world(), &["1"]).await;
    assert!(refused(&rows[0]).remedy.contains("`host_payments`"));
}

#[tokio::test(start_paused = true)]
async fn a_payment_that_the_provider_does_not_let_go_keeps_the_document_until_it_does() {
    let mut scene = Scene::new();
    scene.settings().host_payments = paying();
    let mut first = invoice("1", &[10_000]);
    first.payments = Some(vec![host_payment("a", cents(4_000))]);
    scene.host().put(&first);
    scene.sync().await;
    let reconcile = |is: bool| scene.provider().books(|books| books.beside.reconciled = is);
    reconcile(true);
    undo(&scene, &["1"]).await;
    assert_eq!(scene.rules("1").await, [Rule::UndoRefused]);
    let binding = scene.binding("1").await;
    assert_eq!(binding.undo_progress(), Some(UndoProgress::Stuck));
    reconcile(false);
    retried(&scene, "1").await;
    scene.sync().await;
    assert_eq!(scene.state("1").await, undone());
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_paid_is_refused_with_each_payment_and_nothing_is_done() {
    let scene = posted(&["1", "2"]).await;
    let payment = scene.provider().pay("INV-1", cents(400));
    let world = scene.world();
    let rows = look(&world, &["1", "2"]).await;
    let finding = refused(&rows[0]);
    assert_eq!(finding.rule, Rule::UndoRefused);
    assert_eq!(
        finding.detail,
        [format!("payment of 2026-11-14: 4.00 AUD ({payment})")]
    );
    mark(&world, rows).await;
    assert_eq!(work(&world, &["1", "2"]).await, Summary::default());
    assert_eq!(scene.state("1").await, State::Posted);
    assert_eq!(scene.state("2").await, undone());
    scene.sync().await;
    assert!(scene.provider().live("INV-1").is_some());
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_payment_between_look_and_mark_or_after_it_is_never_voided_away() {
    for known in [true, false] {
        let scene = posted(&["1"]).await;
        let world = scene.world();
        let rows = look(&world, &["1"]).await;
        scene.wait(Duration::from_secs(5)).await;
        scene.provider().pay("INV-1", cents(400));
        if known {
            scene.sync().await;
        }
        let marked = mark(&world, rows).await;
        if known {
            refused(&marked[0]);
            assert_eq!(scene.state("1").await, State::Posted);
            continue;
        }
        work(&world, &["1"]).await;
        assert_eq!(scene.rules("1").await, [Rule::UndoRefused]);
        let told = scene.host().postings(&document_id("1")).pop().unwrap();
        assert_eq!(told.state, PostingState::Posted);
        assert!(told.message.is_some());
        // Once the payment is gone, the undo goes on by itself.
        scene.provider().edit("INV-1", |held| held.payments.clear());
        scene.sync().await;
        assert_eq!(scene.state("1").await, undone());
        assert_tied_out(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_locked_period_refuses_and_an_unlocked_one_lets_go() {
    let scene = posted(&["1"]).await;
    let lock = |day: Option<&str>| {
        let day = day.map(|day| day.parse().unwrap());
        scene
            .provider()
            .books(|books| books.chart.organisation.period_lock = day);
    };
    scene.wait(Duration::from_secs(120)).await;
    // What is paid in part no credit note of ours reverses.
    scene.provider().pay("INV-1", cents(400));
    lock(Some("2026-11-12"));
    let rows = look(&scene.world(), &["1"]).await;
    let finding = refused(&rows[0]);
    assert!(finding.message.ends_with("up to 2026-11-12"), "{finding}");
    undo(&scene, &["1"]).await;
    assert_eq!(scene.state("1").await, State::Posted);
    lock(None);
    scene.wait(Duration::from_secs(120)).await;
    scene.provider().edit("INV-1", |held| held.payments.clear());
    undo(&scene, &["1"]).await;
    assert_eq!(scene.state("1").await, undone());
    scene.sync().await;
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_the_provider_is_a_finding_and_the_command_again_goes_on() {
    for kind in [RejectionKind::NotEditable, RejectionKind::Permission] {
        let scene = posted(&["1"]).await;
        scene.provider().fail(On::Send, [Fault::Reject(kind)]);
        undo(&scene, &["1"]).await;
        assert_eq!(scene.rules("1").await, [Rule::UndoRefused]);
        assert!(scene.provider().live("INV-1").is_some());
        undo(&scene, &["1"]).await;
        assert_eq!(scene.state("1").await, undone());
        assert_tied_out(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_somebody_voided_there_is_kept_out_without_a_request() {
    let scene = posted(&["1", "2"]).await;
    for number in ["INV-1", "INV-2"] {
        scene.provider().edit(number, |held| {
            held.status = SnapshotStatus::Voided;
        });
    }
    // One of them is known to be gone, the other one is not.
    let world = scene.world();
    let rows = look(&world, &["2"]).await;
    assert_eq!(rows[0].inverse, Inverse::KeepOut);
    mark(&world, rows).await;
    scene.sync().await;
    assert_eq!(scene.rules("1").await, [Rule::RemovedAtProvider]);
    undo(&scene, &["1"]).await;
    for id in ["1", "2"] {
        assert_eq!(scene.state(id).await, undone());
    }
    assert_eq!(voids(&scene), 0);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_void_by_somebody_else_between_mark_and_request_is_the_same_end() {
    let scene = posted(&["1"]).await;
    let world = scene.world();
    let rows = look(&world, &["1"]).await;
    mark(&world, rows).await;
    scene.wait(Duration::from_secs(5)).await;
    scene.provider().edit("INV-1", |held| {
        held.status = SnapshotStatus::Voided;
    });
    work(&world, &["1"]).await;
    scene.sync().await;
    assert_eq!(scene.state("1").await, undone());
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn what_somebody_edited_there_is_taken_out_all_the_same() {
    let scene = posted(&["1"]).await;
    scene.provider().edit("INV-1", |held| {
        held.lines[0].amount = cents(2_000);
        held.lines[0].tax_amount = cents(200);
    });
    let rows = look(&scene.world(), &["1"]).await;
    let posted = rows[0].binding.posted.as_ref().unwrap();
    assert_eq!(
        posted.edit.as_ref().map(|it| it.rule.clone()),
        Some(Rule::EditedAtProvider)
    );
    undo(&scene, &["1"]).await;
    assert_eq!(scene.state("1").await, undone());
    assert_eq!(scene.provider().live("INV-1"), None);
}

#[tokio::test(start_paused = true)]
async fn a_repeat_is_harmless_and_what_was_never_sent_has_no_inverse() {
    let scene = posted(&["1"]).await;
    undo(&scene, &["1"]).await;
    let (voided, story) = (voids(&scene), scene.journal().await.len());
    undo(&scene, &["1"]).await;
    assert_eq!(
        (voids(&scene), scene.journal().await.len()),
        (voided, story)
    );
    let mut draft = invoice("2", &[1_000]);
    draft.status = tieout_core::document::InvoiceStatus::Draft;
    scene.host().put(&draft);
    scene.sync().await;
    let rows = look(&scene.world(), &["1", "2"]).await;
    let said: Vec<String> = rows
        .iter()
        .map(|row| match &row.inverse {
            Inverse::Nothing(why) => why.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(said[0].ends_with("already"), "{said:?}");
    assert!(said[1].starts_with("it was never sent"), "{said:?}");
}

#[tokio::test(start_paused = true)]
async fn no_other_document_is_touched() {
    let scene = posted(&["1"]).await;
    scene.host().put(&invoice("2", &[1_000]));
    let world = scene.world();
    let site = &world.hosts[&host_id(HOST)];
    while world.take_page(site).await.unwrap().more {}
    let rows = look(&world, &["1"]).await;
    mark(&world, rows).await;
    assert_eq!(work(&world, &["1"]).await, Summary::default());
    assert_eq!(scene.state("1").await, undone());
    assert_eq!(scene.provider().live("INV-2"), None);
    scene.sync().await;
    assert!(scene.provider().live("INV-2").is_some());
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_at_any_request_ends_with_the_document_out_of_the_books() {
    let faults = [
        Fault::NotProcessed,
        Fault::UnsureBefore,
        Fault::UnsureAfter,
        Fault::UnsureLate(Duration::from_secs(30)),
        Fault::BadReply,
        Fault::ShortReply,
        Fault::Throttled(Duration::from_secs(20)),
    ];
    for on in [On::Send, On::TakeBack] {
        for fault in &faults {
            for forgets in [false, true] {
                let mut scene = Scene::new();
                scene.settings().host_payments = paying();
                let mut first = invoice("1", &[10_000]);
                first.payments = Some(vec![host_payment("a", cents(4_000))]);
                scene.host().put(&first);
                scene.sync().await;
                let provider = scene.provider();
                provider.fail(on, [fault.clone()]);
                if forgets {
                    provider.forget_keys_at(provider.arrivals().len() + 2);
                }
                let world = scene.world();
                let rows = look(&world, &["1"]).await;
                mark(&world, rows).await;
                work(&world, &["1"]).await;
                scene.sync().await;
                assert_eq!(
                    scene.state("1").await,
                    undone(),
                    "{on:?} {fault:?} {forgets}"
                );
                assert!(scene.provider().books(|books| books.standing()).is_empty());
                assert_tied_out(&scene).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_crash_at_any_commit_leaves_it_where_the_next_run_goes_on() {
    for (side, runs_first) in [
        (Side::Before, true),
        (Side::After, true),
        (Side::Before, false),
        (Side::After, false),
    ] {
        for at in 1.. {
            let mut scene = Scene::new();
            scene.settings().host_payments = paying();
            let mut first = invoice("1", &[10_000]);
            first.payments = Some(vec![host_payment("a", cents(4_000))]);
            scene.host().put(&first);
            scene.host().put(&invoice("2", &[1_000]));
            scene.sync().await;
            let inner = Arc::clone(&scene.store) as Arc<dyn Store>;
            let store = Arc::new(CrashStore::new(inner, at, side));
            let world = scene.world_on(Arc::clone(&store) as _);
            let keys = [key("1"), key("2")];
            let _ = crashing(&world, &keys).await;
            let (was_marked, died) = (scene.binding("1").await.undo.is_some(), store.is_dead());
            scene.wait(Duration::from_secs(5)).await;
            // The next run goes on by itself with what was marked; the command again does the rest.
            if runs_first {
                scene.sync().await;
                let is_out = scene.provider().live("INV-1").is_none();
                assert_eq!(is_out, was_marked, "at {at} {side:?}");
            }
            undo(&scene, &["1", "2"]).await;
            for id in ["1", "2"] {
                assert_eq!(scene.state(id).await, undone(), "at {at} {side:?}");
            }
            assert_tied_out(&scene).await;
            if !died {
                assert!(at > 6, "it takes more commits than that");
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_command_again_goes_on_with_what_is_in_doubt_and_with_nothing_else() {
    let scene = posted(&["1"]).await;
    scene.host().put(&invoice("2", &[1_000]));
    let world = scene.world();
    while world
        .take_page(&world.hosts[&host_id(HOST)])
        .await
        .unwrap()
        .more
    {}
    let rows = look(&world, &["1"]).await;
    mark(&world, rows).await;
    let provider = scene.provider();
    provider.fail(On::Send, [Fault::UnsureAfter]);
    provider.away_after(provider.arrivals().len() + 1, Duration::from_secs(3_600));
    assert_ne!(work(&world, &["1"]).await, Summary::default());
    assert!(scene.binding("1").await.departure().is_some());
    scene.wait(Duration::from_secs(7_200)).await;
    let rows = look(&scene.world(), &["1"]).await;
    assert_eq!(rows[0].inverse, Inverse::Underway);
    undo(&scene, &["1"]).await;
    assert_eq!(scene.state("1").await, undone());
    assert_eq!(provider.live("INV-2"), None);
    scene.sync().await;
    assert_tied_out(&scene).await;
}

async fn crashing(
    world: &World,
    keys: &[BindingKey],
) -> Result<(), tieout_core::driver::DriverError> {
    let rows = world.look_at_undo(keys).await?;
    world.mark_undone(rows, "ann", Some(WHY)).await?;
    undo_now(world, keys, &CancellationToken::new()).await?;
    Ok(())
}
