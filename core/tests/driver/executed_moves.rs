//! Promises about executing a plan that moves documents: whatever happens between void and create, none gets lost.

use std::sync::Arc;
use std::time::Duration;

use tieout_core::document::Invoice;
use tieout_core::driver::{Executed, Summary};
use tieout_core::engine::Action;
use tieout_core::settings::Moves;
use tieout_core::store::Store;

use crate::support::crash::{CrashStore, Side};
use crate::support::documents::{division_route, invoice, revised};
use crate::support::planning::{Plan, preview};
use crate::support::provider::{Fault, On};
use crate::support::scene::{ACME, Scene};
use crate::support::tie_out::discrepancies;

const NORTH: &str = "north";

fn of_division(first: &Invoice, division: &str) -> Invoice {
    revised(first, |it| it.business_division = Some(division.to_owned()))
}

/// A posted invoice that its host gave to the other division since.
async fn about_to_move() -> Scene {
    let mut scene = Scene::new().with_connection(NORTH, Vec::new());
    scene.routes = vec![
        division_route(NORTH, "North"),
        division_route(ACME, "South"),
    ];
    scene.provider_of(NORTH).books(|books| books.last_id = 100);
    scene.settings().moves = Moves::VoidAndCreate;
    let south = of_division(&invoice("1", &[1_000]), "South");
    scene.host().put(&south);
    scene.sync().await;
    scene.host().put(&of_division(&south, "North"));
    scene
}

fn live(scene: &Scene) -> (usize, usize) {
    let live = |name| scene.provider_of(name).live_documents().len();
    (live(ACME), live(NORTH))
}

fn is_well(became: &[(String, Executed)]) -> bool {
    let good = |it: &Executed| matches!(it, Executed::Done | Executed::Already);
    became.len() == 2 && became.iter().all(|(_, it)| good(it))
}

#[tokio::test(start_paused = true)]
async fn a_crash_at_any_commit_of_a_move_and_the_same_plan_again_reaches_the_same_end() {
    for side in [Side::Before, Side::After] {
        for at in 1.. {
            let scene = about_to_move().await;
            let plan = Plan::of(&scene).await;
            let inner = Arc::clone(&scene.store) as Arc<dyn Store>;
            let store = Arc::new(CrashStore::new(inner, at, side));
            let world = scene.world_on(Arc::clone(&store) as Arc<dyn Store>);
            plan.run_in(&world).await.1.ok();
            scene.wait(Duration::from_secs(1)).await;
            let (became, summary) = plan.run_in(&scene.world()).await;
            assert_eq!(summary.unwrap(), Summary::default(), "commit {at} {side:?}");
            assert!(is_well(&became), "commit {at} {side:?}: {became:?}");
            assert_eq!(live(&scene), (0, 1), "commit {at} {side:?}");
            assert_eq!(discrepancies(&scene).await, Vec::<String>::new());
            if !store.is_dead() {
                assert!(at > 6, "only {at} commits");
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_crash_at_any_commit_of_a_move_and_a_new_plan_reaches_the_same_end() {
    let mut arrived_alone = 0;
    for side in [Side::Before, Side::After] {
        for at in 1.. {
            let scene = about_to_move().await;
            let plan = Plan::of(&scene).await;
            let inner = Arc::clone(&scene.store) as Arc<dyn Store>;
            let store = Arc::new(CrashStore::new(inner, at, side));
            let world = scene.world_on(Arc::clone(&store) as Arc<dyn Store>);
            plan.run_in(&world).await.1.ok();
            scene.wait(Duration::from_secs(1)).await;
            // What is in doubt is found out about by the old plan alone.
            let is_unsure = scene
                .bindings()
                .await
                .iter()
                .any(|it| it.departure().is_some());
            if !is_unsure {
                let anew = Plan::of(&scene).await;
                let arrives = |it: &Plan| {
                    it.0.len() == 1 && it.0[0].action == Action::Create && it.0[0].leaves.is_some()
                };
                arrived_alone += usize::from(arrives(&anew));
                let became = anew.run(&scene).await;
                let done = became.iter().all(|(_, it)| *it == Executed::Done);
                assert!(done, "commit {at} {side:?}: {became:?}");
                assert_eq!(live(&scene), (0, 1), "commit {at} {side:?}");
                let (rest, _) = preview(&scene).await;
                assert!(rest.iter().all(|one| one.intention.is_none()), "{rest:?}");
            }
            if !store.is_dead() {
                break;
            }
        }
    }
    assert!(
        arrived_alone > 0,
        "none died between the void and the leaving"
    );
}

#[tokio::test(start_paused = true)]
async fn a_void_whose_reply_was_lost_lets_the_document_arrive() {
    for fault in [Fault::UnsureBefore, Fault::UnsureAfter, Fault::BadReply] {
        for patience in [Duration::ZERO, Duration::from_secs(60)] {
            let mut scene = about_to_move().await;
            scene.limits.once_patience = patience;
            let plan = Plan::of(&scene).await;
            scene.provider().fail(On::Send, [fault.clone()]);
            plan.run_in(&scene.world()).await.1.unwrap();
            scene.limits.once_patience = Duration::from_secs(60);
            scene.wait(Duration::from_secs(5)).await;
            let became = plan.run(&scene).await;
            assert!(is_well(&became), "{fault:?} {patience:?}: {became:?}");
            assert_eq!(live(&scene), (0, 1), "{fault:?} {patience:?}");
            assert_eq!(discrepancies(&scene).await, Vec::<String>::new());
        }
    }
}
