//! When old exchanges are let go: in small steps beside the work, every hour while serving and after a single run.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use tieout_core::clock::Clock;
use tieout_core::exchange::{Pruned, prune};
use tieout_core::store::Store;
use tokio_util::sync::CancellationToken;

use crate::config::Config;

/// Between two rounds.
const ROUND: Duration = Duration::from_secs(60 * 60);
/// Between two steps of a round, so that nobody waits for the store.
const BREATH: Duration = Duration::from_millis(200);
/// Steps of one round.
const STEPS_MAX: usize = 500;
/// How long a single run prunes at its end: somebody waits for it.
const ONCE: Duration = Duration::from_secs(5);

/// How long bodies are kept.
pub(super) fn kept_for(config: &Config) -> TimeDelta {
    TimeDelta::days(i64::from(config.journal.exchanges_keep_days))
}

/// Prunes for as long as a process serves. A failing store is told in the log and tried again with the next round.
pub(super) async fn keep_pruning(
    store: &dyn Store,
    clock: &dyn Clock,
    keep: TimeDelta,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() {
        for _ in 0..STEPS_MAX {
            if stop.is_cancelled() || !step(store, clock, keep).await.more {
                break;
            }
            rest(BREATH, &stop).await;
        }
        rest(ROUND, &stop).await;
    }
}

/// Lets everything go that is old, or as much as can be done in a while, after a single run.
pub(super) async fn prune_once(store: &dyn Store, clock: &dyn Clock, keep: TimeDelta) {
    let begun = Instant::now();
    prune_while(store, clock, keep, || begun.elapsed() < ONCE).await;
}

/// Prunes while there is time, but the oldest day wholly: a run writes the bodies of one day, so that what is too
/// old does not grow from run to run, however slow the store.
async fn prune_while(
    store: &dyn Store,
    clock: &dyn Clock,
    keep: TimeDelta,
    has_time: impl Fn() -> bool,
) {
    let mut first = None;
    loop {
        let pruned = step(store, clock, keep).await;
        let first = first.get_or_insert_with(|| pruned.day.clone());
        if !pruned.more || !has_time() && pruned.day != *first {
            break;
        }
    }
}

async fn step(store: &dyn Store, clock: &dyn Clock, keep: TimeDelta) -> Pruned {
    match prune(store, keep, clock.now()).await {
        Ok(pruned) => pruned,
        Err(error) => {
            tracing::warn!(%error, "old exchanges were not let go");
            Pruned::default()
        }
    }
}

async fn rest(length: Duration, stop: &CancellationToken) {
    tokio::select! {
        biased;
        () = stop.cancelled() => {}
        () = tokio::time::sleep(length) => {}
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use tieout_core::store::{ChangeSet, MemoryStore, RecordKey};

    use super::*;

    struct At(DateTime<Utc>);

    impl Clock for At {
        fn now(&self) -> DateTime<Utc> {
            self.0
        }
    }

    /// Bodies of three days, a thousand of each, as nightly runs leave them.
    async fn stocked() -> (MemoryStore, At) {
        let store = MemoryStore::default();
        for day in ["20251101", "20251102", "20251103"] {
            let body = |index| format!("exchange/body/{day}T010000{index:03}-abc/000");
            let records = (0..1_000).map(|index| (RecordKey::from(body(index)), Some(vec![1])));
            let changes = ChangeSet {
                records: records.collect(),
                ..ChangeSet::default()
            };
            store.commit(changes).await.unwrap();
        }
        (store, At("2025-11-20T00:00:00Z".parse().unwrap()))
    }

    async fn left(store: &MemoryStore, day: &str) -> usize {
        let prefix = format!("exchange/body/{day}");
        store.records(&prefix, 10_000).await.unwrap().len()
    }

    #[tokio::test]
    async fn a_single_run_lets_everything_go_that_is_old() {
        let (store, clock) = stocked().await;
        prune_once(&store, &clock, TimeDelta::days(17)).await;
        assert_eq!(left(&store, "").await, 1_000, "one day is young enough");
        assert_eq!(left(&store, "20251103").await, 1_000);
        prune_once(&store, &clock, TimeDelta::days(1)).await;
        assert_eq!(left(&store, "").await, 0);
    }

    #[tokio::test]
    async fn a_run_without_time_lets_the_oldest_day_go_and_no_more_than_it_must() {
        let (store, clock) = stocked().await;
        prune_while(&store, &clock, TimeDelta::days(1), || false).await;
        assert_eq!(left(&store, "20251101").await, 0);
        assert!(left(&store, "20251102").await >= 950);
        prune_while(&store, &clock, TimeDelta::days(1), || false).await;
        assert_eq!(left(&store, "20251102").await, 0);
        assert_eq!(left(&store, "20251103").await, 1_000 - 16);
    }
}
