//! Promises about hints of a provider: followed within seconds, never trusted, never needed.

use std::time::Duration;

use tieout_core::driver::{World, serve};
use tieout_core::engine::State;
use tieout_core::provider::Hint;
use tieout_core::store::Store;
use tokio_util::sync::CancellationToken;

use crate::support::documents::{cents, connection_id, document_id, invoice};
use crate::support::provider::{Fault, On};
use crate::support::scene::{ACME, Scene};
use crate::support::tie_out::assert_tied_out;

/// A scene with one posted invoice.
async fn posted() -> Scene {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[10_000]));
    scene.sync().await;
    scene
}

/// What the provider would say now of the document that it holds for the invoice.
fn hint(scene: &Scene) -> Hint {
    let held = scene.provider().live("INV-1").expect("it is posted");
    Hint {
        kind: None,
        id: held.id,
        at: held.updated_at + chrono::Duration::milliseconds(1),
    }
}

async fn keep(world: &World, hints: &[Hint]) {
    let connection = connection_id(ACME);
    world.keep_hints(&connection, hints).await.expect("kept");
}

#[tokio::test(start_paused = true)]
async fn a_hinted_payment_is_told_within_seconds() {
    let scene = posted().await;
    let (world, stop) = (scene.world(), CancellationToken::new());
    let serving = tokio::spawn(serve(world.clone(), stop.clone()));
    scene.wait(Duration::from_secs(10)).await;
    let polls = scene.provider().calls(On::Changes);
    scene.provider().pay("INV-1", cents(4_000));
    // Duplicates and an older one, in the wrong order.
    let newest = hint(&scene);
    let older = Hint {
        at: newest.at - chrono::Duration::seconds(60),
        ..newest.clone()
    };
    keep(&world, &[newest.clone(), older, newest.clone()]).await;
    keep(&world, &[newest]).await;
    scene.wait(Duration::from_secs(2)).await;
    assert_eq!(scene.host().payments(&document_id("1")).len(), 1);
    assert_eq!(scene.provider().calls(On::Read), 1);
    assert_eq!(scene.provider().calls(On::Changes), polls);
    stop.cancel();
    serving.await.expect("no panic").expect("the store works");
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn hints_about_our_own_writes_and_about_strangers_cost_no_call() {
    let scene = posted().await;
    let (world, stop) = (scene.world(), CancellationToken::new());
    let stranger = {
        let now = scene.now();
        scene
            .provider()
            .books(|books| books.stranger("other-1", cents(1_000), now))
    };
    let serving = tokio::spawn(serve(world.clone(), stop.clone()));
    scene.wait(Duration::from_secs(10)).await;
    let own = hint(&scene);
    let strange = Hint {
        id: stranger.id,
        at: scene.now(),
        ..own.clone()
    };
    keep(&world, &[own, strange]).await;
    scene.wait(Duration::from_secs(10)).await;
    assert_eq!(scene.provider().calls(On::Read), 0);
    stop.cancel();
    serving.await.expect("no panic").expect("the store works");
}

#[tokio::test(start_paused = true)]
async fn a_hint_outlives_the_process_and_a_provider_that_is_away() {
    let scene = posted().await;
    scene.wait(Duration::from_secs(10)).await;
    scene.provider().pay("INV-1", cents(4_000));
    // The process ends right after it has answered the provider.
    keep(&scene.world(), &[hint(&scene)]).await;
    scene
        .provider()
        .fail(On::Read, vec![Fault::NotProcessed; 2]);
    scene
        .provider()
        .fail(On::Changes, vec![Fault::NotProcessed; 20]);
    let stop = CancellationToken::new();
    let serving = tokio::spawn(serve(scene.world(), stop.clone()));
    scene.wait(Duration::from_secs(20)).await;
    assert_eq!(scene.host().payments(&document_id("1")).len(), 1);
    assert_eq!(scene.state("1").await, State::Posted);
    stop.cancel();
    serving.await.expect("no panic").expect("the store works");
}

#[tokio::test(start_paused = true)]
async fn a_stir_is_looked_into_within_seconds_and_a_storm_of_them_seldom() {
    let scene = posted().await;
    let (world, stop) = (scene.world(), CancellationToken::new());
    let serving = tokio::spawn(serve(world.clone(), stop.clone()));
    scene.wait(Duration::from_secs(20)).await;
    let polls = scene.provider().calls(On::Changes);
    scene.provider().pay("INV-1", cents(4_000));
    world.look_soon(&connection_id(ACME));
    scene.wait(Duration::from_secs(2)).await;
    assert_eq!(scene.host().payments(&document_id("1")).len(), 1);
    for _ in 0..100 {
        world.look_soon(&connection_id(ACME));
        scene.wait(Duration::from_secs(1)).await;
    }
    assert!(scene.provider().calls(On::Changes) - polls <= 1 + 100 / 10 + 1);
    stop.cancel();
    serving.await.expect("no panic").expect("the store works");
}

#[tokio::test(start_paused = true)]
async fn hints_that_wait_are_bounded_and_one_look_takes_the_place_of_more() {
    let scene = posted().await;
    let (world, stop) = (scene.world(), CancellationToken::new());
    let serving = tokio::spawn(serve(world.clone(), stop.clone()));
    scene.wait(Duration::from_secs(20)).await;
    // The provider is away for hints, so they pile up.
    scene
        .provider()
        .fail(On::Read, vec![Fault::NotProcessed; 50]);
    let (polls, known) = (scene.provider().calls(On::Changes), hint(&scene));
    let storm = |from: i64| {
        let later = |ms| known.at + chrono::Duration::milliseconds(2_000 + from + ms);
        let storm = (0..700).map(|ms| Hint {
            at: later(ms),
            ..known.clone()
        });
        storm.collect::<Vec<_>>()
    };
    keep(&world, &storm(0)).await;
    assert_eq!(waiting(&scene).await, 700);
    scene.provider().pay("INV-1", cents(4_000));
    keep(&world, &storm(700)).await;
    keep(&world, &storm(1_400)).await;
    assert_eq!(waiting(&scene).await, 1_000);
    // The look finds what the hints that were not kept were about.
    scene.wait(Duration::from_secs(15)).await;
    assert_eq!(scene.host().payments(&document_id("1")).len(), 1);
    let looks = scene.provider().calls(On::Changes) - polls;
    assert!((1..=2).contains(&looks), "{looks} looks");
    scene.provider().mend();
    scene.wait(Duration::from_secs(1_000)).await;
    assert_eq!(waiting(&scene).await, 0);
    stop.cancel();
    serving.await.expect("no panic").expect("the store works");
    assert_tied_out(&scene).await;
}

async fn waiting(scene: &Scene) -> usize {
    let kept = scene.store.records("hint/", usize::MAX).await;
    kept.expect("the store works").len()
}
