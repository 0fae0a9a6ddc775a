//! Promises about a provider or a host that fails as a whole: nothing is lost, nobody else waits, nothing spins.

use std::time::Duration;

use tieout_core::engine::State;
use tieout_core::host::HostErrorKind;

use crate::support::documents::{capability, division_route, host_id, invoice, revised};
use crate::support::host::{Loss, TestHost};
use crate::support::provider::{Fault, On};
use crate::support::scene::{ACME, Scene};
use crate::support::tie_out::assert_tied_out;

#[tokio::test(start_paused = true)]
async fn a_throttled_request_waits_until_the_time_that_the_provider_named() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[1_000]));
    scene
        .provider()
        .fail_send(1, Fault::Throttled(Duration::from_secs(45)));
    scene.sync().await;
    let arrivals = scene.provider().arrivals();
    let pause = arrivals[1].at - arrivals[0].at;
    assert!((45..50).contains(&pause.num_seconds()), "{pause}");
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_throttled_look_at_the_chart_waits_too() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[1_000]));
    scene
        .provider()
        .fail(On::Chart, [Fault::Throttled(Duration::from_secs(45))]);
    scene.sync().await;
    assert_eq!(scene.provider().calls(On::Chart), 2);
    assert!((scene.now() - crate::support::documents::start()).num_seconds() >= 45);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_throttling_whose_time_is_already_over_does_not_spin() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[1_000]));
    scene
        .provider()
        .fail(On::Send, vec![Fault::Throttled(Duration::ZERO); 20]);
    scene.sync().await;
    assert!((scene.now() - crate::support::documents::start()).num_seconds() >= 20);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn an_unauthorised_connection_loses_nothing() {
    for fault in [Fault::Unauthorised, Fault::Forbidden] {
        let scene = Scene::new();
        scene.host().put(&invoice("1", &[1_000]));
        scene.sync().await;
        scene.provider().fail_for(Duration::from_secs(7_200), fault);
        scene.host().put(&invoice("2", &[1_000]));
        scene
            .host()
            .put(&revised(&invoice("1", &[1_000]), |invoice| {
                invoice.number = "INV-1b".to_owned();
            }));
        assert_eq!(scene.sync_troubled().await, ["connection acme"]);
        assert_eq!(scene.provider().live_documents().len(), 1);
        scene.wait(Duration::from_secs(7_200)).await;
        scene.sync().await;
        assert_eq!(scene.provider().live_documents().len(), 2);
        assert_tied_out(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_single_run_ends_at_once_where_the_access_is_refused_and_nothing_is_lost() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[1_000]));
    scene.provider().fail(On::Send, [Fault::AccessGone]);
    let begun = scene.now();
    let world = scene.world();
    let summary = scene.sync_with(&world).await.expect("the store works");
    let [trouble] = summary.troubles.as_slice() else {
        panic!("one trouble: {summary:?}")
    };
    assert_eq!(
        trouble.message,
        "the access does not work: test: grant taken back"
    );
    assert_eq!(scene.provider().calls(On::Send), 1);
    assert_eq!((scene.now() - begun).num_seconds(), 0);
    // Somebody has connected again: the same process goes on.
    scene.wait(Duration::from_secs(60)).await;
    let summary = scene.sync_with(&world).await.expect("the store works");
    assert_eq!(summary.troubles, []);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn documents_that_nobody_may_send_are_named_at_the_end_of_a_single_run() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[1_000]));
    scene.provider().fail(On::Send, vec![Fault::Forbidden; 100]);
    let (world, begun) = (scene.world(), scene.now());
    let summary = scene.sync_with(&world).await.expect("the store works");
    let [trouble] = summary.troubles.as_slice() else {
        panic!("one trouble: {summary:?}")
    };
    assert_eq!(trouble.site, "connection acme");
    assert!(
        trouble.message.ends_with("after: test: scope missing"),
        "{}",
        trouble.message
    );
    // A few tries, and not a whole minute of them.
    assert_eq!(scene.provider().calls(On::Send), 3);
    assert!((scene.now() - begun).num_seconds() < 10);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_did_not_arrive_is_sent_again_after_growing_pauses() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[1_000]));
    scene
        .provider()
        .fail(On::Send, vec![Fault::NotProcessed; 4]);
    scene.sync().await;
    let arrivals = scene.provider().arrivals();
    let pauses: Vec<i64> = arrivals
        .windows(2)
        .map(|pair| (pair[1].at - pair[0].at).num_seconds())
        .collect();
    assert_eq!(pauses, [1, 2, 4, 8]);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_answers_about_too_few_contacts_is_asked_again_after_a_pause() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[1_000]));
    scene
        .provider()
        .fail(On::Contacts, vec![Fault::ShortReply; 3]);
    scene.sync().await;
    assert_eq!(scene.provider().calls(On::Contacts), 4);
    assert!((scene.now() - crate::support::documents::start()).num_seconds() >= 1 + 2 + 4);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_failing_connection_does_not_hold_up_another() {
    let scene = Scene::new().with_connection("north", vec![division_route("north", "North")]);
    let north = scene.provider_of("north");
    north.fail_for(Duration::from_secs(3_600), Fault::NotProcessed);
    for number in 1..=6 {
        scene.host().put(&invoice(&number.to_string(), &[1_000]));
        let there = revised(&invoice(&format!("n{number}"), &[1_000]), |invoice| {
            invoice.business_division = Some("North".to_owned());
        });
        scene.host().put(&there);
    }
    assert_eq!(scene.sync_troubled().await, ["connection north"]);
    let arrivals = scene.provider_of(ACME).arrivals();
    assert!(
        arrivals
            .iter()
            .all(|arrival| (arrival.at - crate::support::documents::start()).num_seconds() < 2)
    );
    assert_eq!(scene.provider_of(ACME).live_documents().len(), 6);
    assert_eq!(scene.host().told().len(), 6);
    scene.wait(Duration::from_secs(3_600)).await;
    scene.sync().await;
    assert_eq!(scene.provider_of("north").live_documents().len(), 6);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_host_that_cannot_be_read_is_named_and_read_the_next_time() {
    let mut scene = Scene::new();
    scene
        .hosts
        .insert(host_id("other"), std::sync::Arc::new(TestHost::new()));
    scene.host().put(&invoice("1", &[1_000]));
    scene.hosts[&host_id("other")].put(&invoice("2", &[1_000]));
    scene.host().fail_changes([HostErrorKind::Unavailable]);
    assert_eq!(scene.sync_troubled().await, ["host host"]);
    assert!(scene.provider().live("INV-2").is_some());
    scene.sync().await;
    assert!(scene.provider().live("INV-1").is_some());
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_panic_inside_a_host_is_that_host_s_failure_and_the_others_go_on() {
    let mut scene = Scene::new();
    scene
        .hosts
        .insert(host_id("other"), std::sync::Arc::new(TestHost::new()));
    scene.host().put(&invoice("1", &[1_000]));
    scene.hosts[&host_id("other")].put(&invoice("2", &[1_000]));
    scene.host().break_off(1);
    assert_eq!(scene.sync_troubled().await, ["host host"]);
    assert!(scene.provider().live("INV-2").is_some());
    // The same page comes again, and nothing was lost.
    scene.sync().await;
    assert!(scene.provider().live("INV-1").is_some());
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_host_that_takes_nothing_does_not_keep_another_from_being_told() {
    let mut scene = Scene::of(TestHost::with_pages(100), capability());
    scene
        .hosts
        .insert(host_id("other"), std::sync::Arc::new(TestHost::new()));
    for number in 1..=40 {
        scene.host().put(&invoice(&number.to_string(), &[1_000]));
    }
    scene.host().fail_deliveries(vec![Loss::Before; 3]);
    scene.hosts[&host_id("other")].put(&invoice("o1", &[1_000]));
    assert_eq!(scene.sync_troubled().await, ["host host"]);
    assert_eq!(scene.hosts[&host_id("other")].told().len(), 1);
    scene.wait(Duration::from_secs(60)).await;
    scene.host().fail_deliveries([]);
    scene.sync_troubled().await;
    scene.wait(Duration::from_secs(60)).await;
    scene.sync_troubled().await;
    scene.wait(Duration::from_secs(60)).await;
    scene.sync().await;
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_is_away_at_the_first_start_leaves_everything_waiting() {
    let scene = Scene::new();
    scene
        .provider()
        .fail_for(Duration::from_secs(3_600), Fault::NotProcessed);
    scene.host().put(&invoice("1", &[1_000]));
    assert_eq!(scene.sync_troubled().await, ["connection acme"]);
    assert!(matches!(scene.state("1").await, State::Waiting { .. }));
    scene.wait(Duration::from_secs(3_600)).await;
    scene.sync().await;
    assert_tied_out(&scene).await;
}
