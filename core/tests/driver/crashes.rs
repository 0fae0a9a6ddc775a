//! The promise above all: a crash at any commit, or a lost reply at any request, reaches the same end.

use std::sync::Arc;
use std::time::Duration;

use tieout_core::document::InvoiceStatus;
use tieout_core::engine::State;
use tieout_core::provider::Capability;
use tieout_core::store::Store;

use crate::support::crash::{CrashStore, Side};
use crate::support::documents::{capability, cents, connection_id, invoice, line, revised, voided};
use crate::support::host::TestHost;
use crate::support::provider::{Fault, On};
use crate::support::scene::{ACME, Scene};
use crate::support::tie_out::discrepancies;

/// A few days in the life of a host and a provider, with a run of the driver after each.
const DAYS: usize = 5;

fn scene() -> Scene {
    Scene::of(
        TestHost::new(),
        Capability {
            batch_documents_max: 3,
            ..capability()
        },
    )
}

/// What host and provider do before the run of a day.
fn live(scene: &Scene, day: usize) {
    let (host, provider) = (scene.host(), scene.provider());
    let numbered = |number: usize| {
        invoice(
            &number.to_string(),
            &[1_000 * i64::try_from(number).expect("small"), 550],
        )
    };
    match day {
        0 => {
            (1..=7).for_each(|number| host.put(&numbered(number)));
            host.put_unreadable("invoices.csv:8");
            host.put(&revised(&numbered(8), |invoice| {
                invoice.status = InvoiceStatus::Draft;
            }));
        }
        1 => {
            provider.pay("INV-1", cents(500));
            provider.pay("INV-2", cents(2_805));
            host.put(&revised(&numbered(3), |invoice| {
                invoice.lines = vec![line("2", 700), line("3", 50)];
            }));
            host.put(&voided(&numbered(4)));
            host.remove(&numbered(5));
        }
        2 => {
            provider.edit("INV-1", |held| held.payments[0].amount = cents(600));
            provider.edit("INV-2", |held| held.payments.clear());
            provider.pay("INV-3", cents(100));
            host.put(&voided(&numbered(1)));
            host.put(&numbered(9));
        }
        3 => {
            provider.edit("INV-1", |held| held.payments.clear());
            host.put(&revised(&revised(&numbered(8), |_| {}), |_| {}));
            host.put(&revised(&revised(&numbered(3), |_| {}), |invoice| {
                invoice.lines = vec![line("3", 900)];
            }));
        }
        _ => {
            provider.pay("INV-8", cents(9_405));
            provider.pay("INV-9", cents(1));
        }
    }
}

/// What a run came to, so that nobody believes in cases that never came up.
#[derive(Debug, Default)]
struct Coverage {
    runs: usize,
    in_the_air_at_the_crash: usize,
    repeated_requests: usize,
    looked_up: usize,
    repeated_deliveries: usize,
}

impl Coverage {
    fn note(&mut self, scene: &Scene) {
        self.runs += 1;
        let arrivals = scene.provider().arrivals();
        let keys: std::collections::BTreeSet<&String> = arrivals
            .iter()
            .map(|arrival| &arrival.request.idempotency_key)
            .collect();
        self.repeated_requests += arrivals.len() - keys.len();
        self.looked_up += scene.provider().calls(On::LookUp);
        let attempts = scene.host().attempts();
        let deliveries: std::collections::BTreeSet<&String> = attempts.iter().collect();
        self.repeated_deliveries += attempts.len() - deliveries.len();
    }
}

/// Lives through all days. The process dies at a commit, and another one starts after a while.
async fn live_through_a_crash(
    at: usize,
    side: Side,
    downtime: Duration,
    coverage: &mut Coverage,
) -> (Scene, bool) {
    let scene = scene();
    let store = Arc::new(CrashStore::new(Arc::clone(&scene.store) as _, at, side));
    for day in 0..DAYS {
        live(&scene, day);
        if !store.is_dead() {
            let result = scene
                .sync_with(&scene.world_on(Arc::clone(&store) as _))
                .await;
            assert_eq!(result.is_err(), store.is_dead(), "only a crash ends a run");
            if !store.is_dead() {
                continue;
            }
            let open = scene
                .store
                .flights(&connection_id(ACME))
                .await
                .expect("the store works");
            coverage.in_the_air_at_the_crash += usize::from(!open.is_empty());
            scene.wait(downtime).await;
        }
        scene.sync().await;
    }
    (scene, store.is_dead())
}

/// What every ending has in common.
async fn assert_the_usual_end(scene: &Scene, what: &str) {
    let found = discrepancies(scene).await;
    assert!(found.is_empty(), "{what}: {}", found.join("\n"));
    let numbers: Vec<String> = scene
        .provider()
        .live_documents()
        .into_iter()
        .map(|held| held.number)
        .collect();
    let mut sorted = numbers.clone();
    sorted.sort();
    assert_eq!(
        sorted,
        ["INV-2", "INV-3", "INV-6", "INV-7", "INV-8", "INV-9"],
        "{what}"
    );
    assert_eq!(scene.state("1").await, State::Voided, "{what}");
    let removed = scene
        .host()
        .payments(&crate::support::documents::document_id("2"));
    assert_eq!(
        removed.iter().map(|held| held.removed).collect::<Vec<_>>(),
        [true],
        "{what}"
    );
}

#[tokio::test(start_paused = true)]
async fn days_without_trouble_end_as_they_should() {
    let scene = scene();
    let store = Arc::new(CrashStore::counting(Arc::clone(&scene.store) as _));
    for day in 0..DAYS {
        live(&scene, day);
        let world = scene.world_on(Arc::clone(&store) as Arc<dyn Store>);
        assert_eq!(
            scene
                .sync_with(&world)
                .await
                .expect("the store works")
                .troubles,
            []
        );
    }
    assert_the_usual_end(&scene, "no crash").await;
    assert!(store.commits() > 60, "{} commits", store.commits());
}

async fn crash_everywhere(downtime: Duration) -> Coverage {
    let mut coverage = Coverage::default();
    for side in [Side::Before, Side::After] {
        for at in 1.. {
            let (scene, died) = live_through_a_crash(at, side, downtime, &mut coverage).await;
            assert_the_usual_end(&scene, &format!("crash {side:?} commit {at}")).await;
            if !died {
                break;
            }
            coverage.note(&scene);
        }
    }
    println!("crashes, then {downtime:?} of nothing: {coverage:?}");
    coverage
}

#[tokio::test(start_paused = true)]
async fn a_crash_at_any_commit_and_a_start_soon_after_it_reaches_the_same_end() {
    let coverage = crash_everywhere(Duration::from_secs(1)).await;
    assert!(
        coverage.runs > 120 && coverage.in_the_air_at_the_crash > 10,
        "{coverage:?}"
    );
    assert!(
        coverage.repeated_requests > 10 && coverage.repeated_deliveries > 5,
        "{coverage:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_crash_at_any_commit_and_a_start_long_after_it_reaches_the_same_end() {
    let coverage = crash_everywhere(Duration::from_secs(1_000)).await;
    assert!(
        coverage.runs > 120 && coverage.in_the_air_at_the_crash > 10,
        "{coverage:?}"
    );
    assert!(
        coverage.looked_up > 10 && coverage.repeated_requests == 0,
        "{coverage:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_at_any_request_reaches_the_same_end() {
    let mut coverage = Coverage::default();
    let faults = [
        Fault::UnsureBefore,
        Fault::UnsureAfter,
        Fault::ShortReply,
        Fault::UnsureLate(Duration::from_secs(1)),
    ];
    for fault in faults {
        for number in 1.. {
            let scene = scene();
            scene.provider().fail_send(number, fault.clone());
            for day in 0..DAYS {
                live(&scene, day);
                scene.sync().await;
            }
            assert_the_usual_end(&scene, &format!("{fault:?} at request {number}")).await;
            if scene.provider().arrivals().len() < number {
                break;
            }
            coverage.note(&scene);
        }
    }
    println!("lost replies: {coverage:?}");
    assert!(
        coverage.runs > 30 && coverage.repeated_requests == coverage.runs,
        "{coverage:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_at_any_request_and_a_long_outage_after_it_reaches_the_same_end() {
    let mut coverage = Coverage::default();
    for fault in [Fault::UnsureBefore, Fault::UnsureAfter] {
        for number in 1.. {
            let scene = scene();
            scene.provider().fail_send(number, fault.clone());
            for day in 0..DAYS {
                live(&scene, day);
                scene
                    .provider()
                    .away_after(number, Duration::from_secs(900));
                for _ in 0..2 {
                    scene.sync_troubled().await;
                    scene.wait(Duration::from_secs(1_200)).await;
                }
                scene.sync().await;
            }
            assert_the_usual_end(&scene, &format!("{fault:?} at request {number}, then away"))
                .await;
            if scene.provider().arrivals().len() < number {
                break;
            }
            coverage.note(&scene);
        }
    }
    println!("lost replies and outages: {coverage:?}");
    assert!(
        coverage.runs > 15 && coverage.looked_up >= 10,
        "{coverage:?}"
    );
}
