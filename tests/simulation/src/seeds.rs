//! Which seeds are lived: those that ever failed first, then the ones that are asked for, on several threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::life::{Ended, live};
use crate::trace::Keep;

const REGRESSIONS: &str = include_str!("../seeds.txt");

/// The seeds that failed once, each with its story in `seeds.txt`.
#[must_use]
pub fn regressions() -> Vec<u64> {
    let lines = REGRESSIONS
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim());
    lines.filter_map(|line| line.parse().ok()).collect()
}

/// Lives some seeds, `jobs` at a time, and tells each as it ends. The order of the telling is not fixed, the lives are.
pub fn live_all(seeds: &[u64], jobs: usize, told: impl Fn(Ended) + Send + Sync) {
    let next = AtomicUsize::new(0);
    let told = Mutex::new(told);
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let ended = live(*seed, Keep::Newest);
                    let told = told.lock().unwrap_or_else(PoisonError::into_inner);
                    told(ended);
                }
            });
        }
    });
}
