//! The promise above all, for summaries: a crash at any commit, or a lost reply at any request, reaches the same end.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;
use std::time::Duration;

use tieout_core::check::Rule;
use tieout_core::document::Invoice;
use tieout_core::engine::State;

use crate::support::crash::{CrashStore, Side};
use crate::support::documents::{cents, invoice, line, revised, voided};
use crate::support::provider::Fault;
use crate::support::scene::Scene;
use crate::support::summing::{TO_THE_CLOSE, discrepancies, gathering, summaries};

/// A few days in the life of a host that gathers, with a run of the driver after each.
const DAYS: usize = 7;

fn numbered(number: i64) -> Invoice {
    invoice(&number.to_string(), &[1_000 * number, 550])
}

/// The number of the first summary of the week, once it is there.
fn first(scene: &Scene) -> Option<String> {
    let held = scene.provider().live_documents().into_iter();
    let mut numbers: Vec<String> = held.map(|it| it.number).collect();
    numbers.retain(|number| number.starts_with("SUM-2026-W46"));
    numbers.sort();
    numbers.into_iter().next()
}

/// What happens before the run of a day.
async fn live(scene: &Scene, day: usize) {
    let (host, provider) = (scene.host(), scene.provider());
    match day {
        0 => (1..=5).for_each(|number| host.put(&numbered(number))),
        1 => {
            host.put(&revised(&numbered(5), |it| {
                it.issue_date = "2026-11-17".parse().unwrap();
            }));
            scene.wait(TO_THE_CLOSE).await;
        }
        2 => {
            host.put(&revised(&numbered(1), |it| {
                it.lines = vec![line("1", 1_100)];
            }));
            host.put(&voided(&numbered(2)));
            host.put(&numbered(6));
        }
        3 => drop(provider.pay(&first(scene).unwrap(), cents(2_000))),
        4 => {
            host.put(&revised(&numbered(3), |it| {
                it.lines = vec![line("1", 9_900)];
            }));
            host.remove(&numbered(4));
        }
        5 => provider.edit(&first(scene).unwrap(), |held| held.payments.clear()),
        _ => scene.wait(Duration::from_secs(8 * 24 * 60 * 60)).await,
    }
}

async fn assert_the_usual_end(scene: &Scene, what: &str) {
    let found = discrepancies(scene).await;
    assert!(found.is_empty(), "{what}: {}", found.join("\n"));
    let sizes: Vec<(String, usize)> = summaries(scene)
        .await
        .iter()
        .map(|it| (it.number[..12].to_owned(), it.member_keys().len()))
        .collect();
    let (old, new) = ("SUM-2026-W46".to_owned(), "SUM-2026-W47".to_owned());
    assert_eq!(sizes, [(old.clone(), 2), (old, 1), (new, 1)], "{what}");
    assert_eq!(scene.provider().live_documents().len(), 3, "{what}");
    for gone in ["2", "4"] {
        assert_eq!(scene.state(gone).await, State::Voided, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn days_without_trouble_end_as_they_should() {
    let scene = gathering();
    for day in 0..DAYS {
        live(&scene, day).await;
        scene.sync().await;
        if day == 4 {
            assert_eq!(scene.rules("3").await, [Rule::SummarySettled]);
            assert_eq!(scene.rules("4").await, [Rule::SummarySettled]);
        }
    }
    assert_the_usual_end(&scene, "no crash").await;
}

#[tokio::test(start_paused = true)]
async fn a_crash_at_any_commit_reaches_the_same_end() {
    let mut runs = 0;
    for side in [Side::Before, Side::After] {
        for at in 1.. {
            let scene = gathering();
            let store = Arc::new(CrashStore::new(Arc::clone(&scene.store) as _, at, side));
            for day in 0..DAYS {
                live(&scene, day).await;
                if !store.is_dead() {
                    let world = scene.world_on(Arc::clone(&store) as _);
                    let result = scene.sync_with(&world).await;
                    assert_eq!(result.is_err(), store.is_dead(), "only a crash ends a run");
                    if !store.is_dead() {
                        continue;
                    }
                    scene.wait(Duration::from_secs(1)).await;
                }
                scene.sync().await;
            }
            assert_the_usual_end(&scene, &format!("crash {side:?} commit {at}")).await;
            if !store.is_dead() {
                break;
            }
            runs += 1;
        }
    }
    assert!(runs > 100, "{runs} crashes");
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_at_any_request_reaches_the_same_end() {
    let mut runs = 0;
    let faults = [
        Fault::UnsureBefore,
        Fault::UnsureAfter,
        Fault::ShortReply,
        Fault::UnsureLate(Duration::from_secs(1)),
    ];
    for fault in faults {
        for number in 1.. {
            let scene = gathering();
            scene.provider().fail_send(number, fault.clone());
            for day in 0..DAYS {
                live(&scene, day).await;
                scene.sync().await;
            }
            assert_the_usual_end(&scene, &format!("{fault:?} at request {number}")).await;
            if scene.provider().arrivals().len() < number {
                break;
            }
            runs += 1;
        }
    }
    assert!(runs > 15, "{runs} lost replies");
}
