//! Promises about the driver that runs for ever: it picks up news in time, and it stops without leaving anything open.

use std::sync::Arc;
use std::time::Duration;

use tieout_core::driver::{serve, sync_once};
use tieout_core::engine::State;
use tieout_core::store::Store;
use tokio_util::sync::CancellationToken;

use crate::support::crash::{CrashStore, Side};
use crate::support::documents::{
    cents, connection_id, document_id, invoice, line, revised, voided,
};
use crate::support::host::Loss;
use crate::support::provider::{Fault, On};
use crate::support::scene::{ACME, Scene};
use crate::support::serving::Serving;
use crate::support::tie_out::assert_tied_out;

#[tokio::test(start_paused = true)]
async fn new_documents_and_new_payments_are_picked_up_while_it_runs() {
    let scene = Scene::new();
    let serving = Serving::start(&scene);
    scene.wait(Duration::from_secs(10)).await;
    let first = invoice("1", &[10_000]);
    scene.host().put(&first);
    scene.wait(Duration::from_secs(31)).await;
    assert!(scene.provider().live("INV-1").is_some());
    assert_eq!(scene.host().postings(&first.id).len(), 1);
    scene.provider().pay("INV-1", cents(4_000));
    scene.wait(Duration::from_secs(301)).await;
    assert_eq!(scene.host().payments(&first.id).len(), 1);
    scene.host().put(&revised(&first, |invoice| {
        invoice.lines = vec![line("1", 11_000)];
    }));
    scene.wait(Duration::from_secs(31)).await;
    assert_eq!(
        scene.provider().live("INV-1").unwrap().totals.net,
        cents(11_000)
    );
    serving.stop().await;
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn an_idle_day_asks_only_as_often_as_the_limits_say() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[10_000]));
    let serving = Serving::start(&scene);
    scene.wait(Duration::from_secs(86_400)).await;
    serving.stop().await;
    assert!(scene.provider().calls(On::Changes) <= 86_400 / 300 + 2);
    assert_eq!(scene.provider().calls(On::Send), 1);
    assert_eq!(scene.provider().calls(On::Chart), 1);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_request_does_not_hold_up_documents_that_come_meanwhile() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[10_000]));
    scene
        .provider()
        .fail_send(1, Fault::SlowReply(Duration::from_secs(600)));
    let serving = Serving::start(&scene);
    scene.wait(Duration::from_secs(10)).await;
    scene.host().put(&invoice("2", &[10_000]));
    scene.wait(Duration::from_secs(40)).await;
    assert_eq!(scene.state("2").await, State::Posted);
    scene.wait(Duration::from_secs(600)).await;
    serving.stop().await;
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn bad_hours_at_both_ends_are_lived_through() {
    let scene = Scene::new();
    let first = invoice("1", &[10_000]);
    let serving = Serving::start(&scene);
    scene.host().put(&first);
    scene.host().put(&invoice("2", &[10_000]));
    scene.wait(Duration::from_secs(60)).await;
    scene.provider().pay("INV-1", cents(1_000));
    scene
        .provider()
        .fail_for(Duration::from_secs(7_200), Fault::Unauthorised);
    scene.host().fail_deliveries(vec![Loss::After; 3]);
    scene
        .host()
        .fail_changes(vec![tieout_core::host::HostErrorKind::Unavailable; 5]);
    scene.host().put(&voided(&invoice("2", &[10_000])));
    scene.host().put(&invoice("3", &[10_000]));
    scene.wait(Duration::from_secs(9_000)).await;
    serving.stop().await;
    assert_eq!(scene.provider().live_documents().len(), 2);
    assert_eq!(scene.host().payments(&document_id("1")).len(), 1);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn panics_inside_a_host_end_no_process() {
    let scene = Scene::new();
    let serving = Serving::start(&scene);
    scene.host().break_off(4);
    scene.host().put(&invoice("1", &[10_000]));
    scene.wait(Duration::from_secs(600)).await;
    scene.host().break_off(1);
    scene.provider().pay("INV-1", cents(1_000));
    scene.wait(Duration::from_secs(1_200)).await;
    serving.stop().await;
    assert_eq!(scene.host().payments(&document_id("1")).len(), 1);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_host_with_a_pause_of_its_own_is_looked_at_after_that() {
    let mut scene = Scene::new();
    scene.own_poll = Some(Duration::from_secs(600));
    let serving = Serving::start(&scene);
    scene.wait(Duration::from_secs(10)).await;
    scene.host().put(&invoice("1", &[10_000]));
    scene.wait(Duration::from_secs(500)).await;
    assert!(scene.provider().live("INV-1").is_none());
    scene.wait(Duration::from_secs(100)).await;
    assert!(scene.provider().live("INV-1").is_some());
    serving.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_stop_lets_what_is_in_the_air_land_and_begins_nothing_new() {
    for served in [false, true] {
        let scene = Scene::new();
        scene.host().put(&invoice("1", &[10_000]));
        scene
            .provider()
            .fail_send(1, Fault::SlowReply(Duration::from_secs(30)));
        let stop = CancellationToken::new();
        let world = scene.world();
        let run = async {
            if served {
                serve(world, stop.clone()).await.unwrap();
            } else {
                sync_once(world, stop.clone()).await.unwrap();
            }
        };
        tokio::join!(run, async {
            scene.wait(Duration::from_secs(5)).await;
            scene.host().put(&invoice("2", &[10_000]));
            stop.cancel();
        });
        assert_eq!(scene.provider().arrivals().len(), 1);
        assert_eq!(scene.state("1").await, State::Posted);
        assert_eq!(scene.store.flights(&connection_id(ACME)).await.unwrap(), []);
        scene.sync().await;
        assert_tied_out(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_failing_store_ends_it_at_once_and_the_next_start_goes_on() {
    for at in 1..=12 {
        let scene = Scene::new();
        for number in 1..=4 {
            scene.host().put(&invoice(&number.to_string(), &[10_000]));
        }
        let store = Arc::new(CrashStore::new(
            Arc::clone(&scene.store) as _,
            at,
            Side::Before,
        ));
        let ended = serve(scene.world_on(store), CancellationToken::new()).await;
        assert!(ended.is_err(), "commit {at}");
        scene.wait(Duration::from_secs(30)).await;
        scene.sync().await;
        assert_eq!(scene.provider().live_documents().len(), 4);
        assert_tied_out(&scene).await;
    }
}
