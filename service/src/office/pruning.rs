//! When old exchanges are let go: in small steps beside the work, every hour while serving and after a single run.

use std::time::Duration;

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
/// Steps after a single run: somebody waits for its end.
const STEPS_ONCE: usize = 20;

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

/// A few steps after a single run.
pub(super) async fn prune_once(store: &dyn Store, clock: &dyn Clock, keep: TimeDelta) {
    for _ in 0..STEPS_ONCE {
        if !step(store, clock, keep).await.more {
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
