//! Promises about requests that were turned away for the provider's limits, whose first copy may have been done all the same.

use std::time::Duration;

use tieout_core::engine::State;
use tieout_core::provider::Capability;

use crate::support::documents::{capability, invoice, line, revised, voided};
use crate::support::host::TestHost;
use crate::support::provider::{Fault, On};
use crate::support::scene::Scene;
use crate::support::tie_out::assert_tied_out;

/// A provider whose numbers may stand twice, or not.
fn scene(numbers_are_unique: bool) -> Scene {
    let numbers_unique = match numbers_are_unique {
        true => capability().numbers_unique,
        false => &[],
    };
    let capability = Capability {
        numbers_unique,
        ..capability()
    };
    let scene = Scene::of(TestHost::new(), capability);
    let books = |books: &mut crate::support::books::Books| {
        books.numbers_are_unique = numbers_are_unique;
    };
    scene.provider().books(books);
    scene
}

/// A run that waits for short pauses, and says that documents wait for longer.
async fn first_run(scene: &Scene, pause_s: u64) {
    match pause_s < 60 {
        true => drop(scene.sync().await),
        false => drop(scene.sync_troubled().await),
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_that_was_done_though_its_copy_was_turned_away_is_there_once() {
    // Within the time for which the provider remembers the key, and after it.
    for pause_s in [45, 900] {
        for unique in [true, false] {
            let scene = scene(unique);
            scene.host().put(&invoice("1", &[10_000]));
            let copied = Fault::ThrottledCopy(Duration::from_secs(pause_s));
            scene.provider().fail_send(1, copied);
            first_run(&scene, pause_s).await;
            scene.wait(Duration::from_secs(pause_s)).await;
            scene.sync().await;
            let live = scene.provider().live_documents();
            assert_eq!(live.len(), 1, "{pause_s} {unique}");
            assert_eq!(scene.state("1").await, State::Posted);
            assert_tied_out(&scene).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_host_lets_go_after_its_create_was_turned_away_does_not_stay_at_the_provider() {
    for unique in [true, false] {
        let scene = scene(unique);
        let first = invoice("1", &[10_000]);
        scene.host().put(&first);
        let copied = Fault::ThrottledCopy(Duration::from_secs(7_200));
        scene.provider().fail_send(1, copied);
        first_run(&scene, 7_200).await;
        assert_eq!(scene.provider().live_documents().len(), 1);
        scene.host().put(&voided(&first));
        scene.wait(Duration::from_secs(7_200)).await;
        scene.sync().await;
        assert_eq!(scene.provider().live_documents().len(), 0, "{unique}");
        assert_eq!(scene.state("1").await, State::Voided);
        assert_tied_out(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_void_that_was_done_though_its_copy_was_turned_away_is_not_told_as_refused() {
    for pause_s in [45, 900] {
        let scene = scene(true);
        let first = invoice("1", &[10_000]);
        scene.host().put(&first);
        scene.sync().await;
        scene.host().put(&voided(&first));
        let copied = Fault::ThrottledCopy(Duration::from_secs(pause_s));
        scene.provider().fail_send(2, copied);
        first_run(&scene, pause_s).await;
        scene.wait(Duration::from_secs(pause_s)).await;
        scene.sync().await;
        assert_eq!(scene.state("1").await, State::Voided, "{pause_s}");
        // Asked again under its key as long as that counts, and looked for after that.
        let arrivals = if pause_s < 60 { 3 } else { 2 };
        assert_eq!(scene.provider().arrivals().len(), arrivals, "{pause_s}");
        assert_tied_out(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_that_was_done_though_its_copy_was_turned_away_is_taken_back_when_the_host_does()
{
    let scene = scene(true);
    let first = invoice("1", &[10_000]);
    scene.host().put(&first);
    scene.sync().await;
    let next = revised(&first, |invoice| invoice.lines = vec![line("1", 9_000)]);
    scene.host().put(&next);
    let copied = Fault::ThrottledCopy(Duration::from_secs(7_200));
    scene.provider().fail_send(2, copied);
    first_run(&scene, 7_200).await;
    let back = revised(&next, |invoice| invoice.lines = first.lines.clone());
    scene.host().put(&back);
    scene.wait(Duration::from_secs(7_200)).await;
    scene.sync().await;
    assert_eq!(scene.state("1").await, State::Posted);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn the_repeat_of_what_was_turned_away_costs_no_look_up_where_the_key_still_counts() {
    let scene = scene(true);
    scene.host().put(&invoice("1", &[10_000]));
    let throttled = Fault::Throttled(Duration::from_secs(45));
    scene.provider().fail_send(1, throttled);
    scene.sync().await;
    let arrivals = scene.provider().arrivals();
    assert_eq!(arrivals.len(), 2);
    assert_eq!(arrivals[0].request, arrivals[1].request);
    assert_eq!(scene.provider().calls(On::LookUp), 0);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn of_several_that_are_alike_a_lost_create_is_taken_for_the_newest() {
    let scene = scene(false);
    scene.host().put(&invoice("0", &[100]));
    scene.sync().await;
    scene.host().put(&invoice("1", &[10_000]));
    scene.provider().fail_send(2, Fault::UnsureAfter);
    let away = Duration::from_secs(600);
    scene.provider().fail_for(away, Fault::NotProcessed);
    scene.sync_troubled().await;
    let made = scene.provider().live("INV-1").expect("it landed");
    // Somebody had entered the very same before.
    scene.provider().books(|books| {
        let mut twin = made.clone();
        twin.id = "by-hand".to_owned().try_into().expect("an identifier");
        twin.updated_at -= chrono::Duration::hours(1);
        books.strangers.push(twin.id.clone());
        books.documents.insert(0, twin);
    });
    scene.wait(Duration::from_secs(900)).await;
    scene.sync().await;
    let posted = scene.binding("1").await.posted.expect("it is posted");
    assert_eq!(posted.id, made.id);
}
