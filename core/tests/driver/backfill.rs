//! Promises about old documents: today's go first, old ones rest when they are told to or have no budget, and are counted.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use chrono::TimeDelta;
use tieout_core::document::{ConnectionId, Invoice};
use tieout_core::driver::{BackfillPause, BackfillStanding, backfill_standing};
use tieout_core::engine::State;
use tieout_core::provider::Order;

use crate::support::documents::{cents, connection_id, host_id, invoice, line, revised};
use crate::support::host::TestHost;
use crate::support::provider::{Arrival, Fault};
use crate::support::scene::{ACME, HOST, Scene};
use crate::support::serving::Serving;
use crate::support::tie_out::assert_tied_out;

fn old(id: usize) -> Invoice {
    Invoice {
        issue_date: "2024-03-01".parse().unwrap(),
        due_date: Some("2024-04-01".parse().unwrap()),
        ..invoice(&format!("old-{id}"), &[10_000])
    }
}

fn scene() -> Scene {
    Scene::of(
        TestHost::with_pages(500),
        crate::support::documents::capability(),
    )
}

fn numbers(arrival: &Arrival) -> Vec<&str> {
    let orders = arrival.request.orders.iter();
    orders
        .filter_map(|order| match order {
            Order::Create(posting) => Some(posting.number.as_str()),
            Order::Update { .. } | Order::Void { .. } => None,
        })
        .collect()
}

fn is_old(arrival: &Arrival) -> bool {
    numbers(arrival)
        .iter()
        .all(|number| number.starts_with("INV-old"))
}

fn old_requests(scene: &Scene) -> usize {
    scene
        .provider()
        .arrivals()
        .iter()
        .filter(|it| is_old(it))
        .count()
}

async fn standing(scene: &Scene) -> BackfillStanding {
    let acme = connection_id(ACME);
    let known = backfill_standing(scene.store.as_ref(), [&acme].into_iter(), scene.now()).await;
    known.unwrap().remove(&acme).unwrap_or_default()
}

async fn pause(scene: &Scene) -> bool {
    let (store, acme): (_, ConnectionId) = (scene.store.as_ref(), connection_id(ACME));
    BackfillPause::begin(store, &acme, "ada", scene.now())
        .await
        .unwrap()
}

async fn resume(scene: &Scene) -> bool {
    let (store, acme): (_, ConnectionId) = (scene.store.as_ref(), connection_id(ACME));
    BackfillPause::end(store, &acme, "ada", scene.now())
        .await
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn todays_documents_are_planned_and_sent_before_old_ones_and_never_with_them() {
    let scene = scene();
    for id in 0..170 {
        scene.host().put(&old(id));
    }
    for id in 0..60 {
        scene.host().put(&invoice(&format!("new-{id}"), &[10_000]));
    }
    // All of it is stored before anything is planned: the old ones came first.
    let world = scene.world();
    while world
        .take_page(&world.hosts[&host_id(HOST)])
        .await
        .unwrap()
        .more
    {}
    scene.sync().await;
    let arrivals = scene.provider().arrivals();
    let sorts: Vec<bool> = arrivals.iter().map(is_old).collect();
    assert_eq!(sorts, [false, false, true, true, true, true]);
    let mixed = |it: &Arrival| {
        numbers(it)
            .iter()
            .any(|number| number.starts_with("INV-old"))
    };
    assert!(!arrivals[..2].iter().any(mixed));
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_document_of_today_finds_a_place_while_old_ones_fill_the_air() {
    let scene = scene();
    for id in 0..400 {
        scene.host().put(&old(id));
    }
    for number in 1..=8 {
        let slow = Fault::SlowReply(Duration::from_secs(120));
        scene.provider().fail_send(number, slow);
    }
    let serving = Serving::start(&scene);
    scene.wait(Duration::from_secs(10)).await;
    // One place of the five is for reading, one for today's documents.
    assert_eq!(old_requests(&scene), 3);
    scene.provider().mend();
    scene.host().put(&invoice("new", &[10_000]));
    scene.wait(Duration::from_secs(35)).await;
    assert_eq!(scene.state("new").await, State::Posted);
    assert_eq!(old_requests(&scene), 3);
    scene.wait(Duration::from_secs(300)).await;
    serving.stop().await;
    assert_eq!(standing(&scene).await.left, 0);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_pause_lets_what_is_in_the_air_land_and_no_other_old_one_leave_over_a_restart_too() {
    let scene = scene();
    for id in 0..400 {
        scene.host().put(&old(id));
    }
    for number in 1..=3 {
        let slow = Fault::SlowReply(Duration::from_secs(60));
        scene.provider().fail_send(number, slow);
    }
    let serving = Serving::start(&scene);
    scene.wait(Duration::from_secs(10)).await;
    assert!(pause(&scene).await);
    assert!(!pause(&scene).await, "a repeat is no news");
    scene.wait(Duration::from_secs(120)).await;
    assert_eq!(old_requests(&scene), 3);
    scene.host().put(&invoice("new", &[10_000]));
    scene.wait(Duration::from_secs(40)).await;
    assert_eq!(scene.state("new").await, State::Posted);
    serving.stop().await;

    let serving = Serving::start(&scene);
    scene.wait(Duration::from_secs(120)).await;
    assert_eq!(old_requests(&scene), 3);
    let now = standing(&scene).await;
    assert_eq!((now.left, now.sent), (250, 150));
    assert_eq!(now.pause.map(|pause| pause.by).as_deref(), Some("ada"));
    assert!(resume(&scene).await);
    assert!(!resume(&scene).await);
    scene.wait(Duration::from_secs(60)).await;
    assert_eq!(old_requests(&scene), 8);
    serving.stop().await;
    let now = standing(&scene).await;
    assert_eq!((now.left, now.sent, now.pause), (0, 400, None));
    let told = scene.journal().await;
    let acts = told.iter().filter(|entry| entry.binding.is_none()).count();
    assert_eq!(acts, 2, "the journal tells who did it");
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_posted_old_document_that_the_host_changes_is_business_of_today_while_old_ones_rest() {
    let scene = scene();
    let first = old(1);
    scene.host().put(&first);
    scene.sync().await;
    assert!(pause(&scene).await);
    scene.host().put(&old(2));
    let again = revised(&first, |invoice| invoice.lines[0] = line("1", 20_000));
    scene.host().put(&again);
    scene.sync().await;
    let live = scene.provider().live("INV-old-1").expect("it is there");
    assert_eq!(live.totals.net, cents(20_000));
    assert!(scene.provider().live("INV-old-2").is_none());
    assert_eq!(standing(&scene).await.left, 1);
}

#[tokio::test(start_paused = true)]
async fn old_documents_without_a_budget_hold_up_nothing_and_are_no_trouble() {
    let scene = scene();
    for id in 0..120 {
        scene.host().put(&old(id));
    }
    scene.host().put(&invoice("new", &[10_000]));
    scene.provider().starve_old(Duration::from_secs(3_600));
    // A run for cron ends well: they are only waiting for their turn.
    let world = scene.sync().await;
    assert_eq!(scene.state("new").await, State::Posted);
    assert_eq!(scene.provider().arrivals().len(), 1);
    // What the budget held back left for nowhere.
    assert_eq!(world.progress.counts().requests, 1);
    let serving = Serving::start(&scene);
    scene.wait(Duration::from_secs(1_800)).await;
    scene.host().put(&invoice("newer", &[10_000]));
    scene.wait(Duration::from_secs(35)).await;
    assert_eq!(scene.state("newer").await, State::Posted);
    assert_eq!(old_requests(&scene), 0);
    scene.wait(Duration::from_secs(1_900)).await;
    assert_eq!(standing(&scene).await.left, 0);
    serving.stop().await;
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_request_that_finds_no_budget_is_put_back_once_and_goes_when_there_is_some() {
    let scene = scene();
    for id in 0..200 {
        scene.host().put(&old(id));
    }
    pause(&scene).await;
    // Planned, with every contact known: only the requests are missing.
    scene.sync().await;
    resume(&scene).await;
    scene.sync_with(&scene.world()).await.unwrap();
    for id in 200..400 {
        scene.host().put(&old(id));
    }
    scene.provider().starve_old(Duration::from_secs(600));
    let serving = Serving::start(&scene);
    scene.wait(Duration::from_secs(500)).await;
    let put_back = |event: &tieout_core::engine::Event| {
        matches!(event, tieout_core::engine::Event::PutBack { .. })
    };
    let journal = scene.journal().await;
    let back = journal
        .iter()
        .filter(|entry| put_back(&entry.event))
        .count();
    assert!(
        back <= 150,
        "{back} were put back: more than was loaded at once"
    );
    scene.wait(Duration::from_secs(200)).await;
    serving.stop().await;
    assert_eq!(standing(&scene).await.left, 0);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_is_counted_by_the_hour_and_the_day_and_todays_is_not() {
    let scene = scene();
    for id in 0..60 {
        scene.host().put(&old(id));
    }
    scene.host().put(&invoice("new", &[10_000]));
    scene.sync().await;
    scene.wait(Duration::from_secs(2 * 3_600)).await;
    for id in 60..70 {
        scene.host().put(&old(id));
    }
    scene.sync().await;
    let now = standing(&scene).await;
    assert_eq!((now.left, now.sent, now.held), (0, 70, 0));
    assert_eq!((now.sent_last_hour, now.sent_last_day), (10, 70));
    // What was sent when it was new stays so, however old it gets.
    scene.wait(Duration::from_secs(60 * 86_400)).await;
    let later = standing(&scene).await;
    assert_eq!((later.sent, later.sent_last_day), (70, 0));
    assert!(scene.now() - TimeDelta::days(60) > scene.binding("new").await.changed_at);
}

#[tokio::test(start_paused = true)]
async fn a_low_budget_lets_documents_gather_and_a_single_run_never_waits() {
    let scene = scene();
    scene.provider().gather_for(Duration::from_secs(300));
    let serving = Serving::start(&scene);
    for id in 0..40 {
        scene.host().put(&invoice(&id.to_string(), &[10_000]));
        scene.wait(Duration::from_secs(30)).await;
    }
    scene.wait(Duration::from_secs(360)).await;
    serving.stop().await;
    let requests = scene.provider().arrivals().len();
    assert!(
        (4..=6).contains(&requests),
        "{requests} requests in 26 minutes"
    );
    assert_eq!(scene.provider().live_documents().len(), 40);
    let begun = scene.now();
    scene.host().put(&invoice("last", &[10_000]));
    scene.sync().await;
    assert_eq!(scene.state("last").await, State::Posted);
    assert!(scene.now() - begun < TimeDelta::seconds(10));
    assert_tied_out(&scene).await;
}
