//! What is told of a life: one line for each event, the newest kept, all of them only where asked for.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

/// Lines kept for the report of a failure.
const KEPT_MAX: usize = 80;

/// How much of a life is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// The newest lines.
    Newest,
    /// Every line.
    All,
}

/// The story of one life.
#[derive(Debug)]
pub(crate) struct Trace {
    keep: Keep,
    lines: Mutex<VecDeque<String>>,
    events: AtomicU64,
}

impl Trace {
    pub(crate) fn new(keep: Keep) -> Self {
        Self {
            keep,
            lines: Mutex::default(),
            events: AtomicU64::default(),
        }
    }

    /// One event: when by the true clock, who, what.
    pub(crate) fn tell(&self, at: DateTime<Utc>, who: &str, what: &str) {
        self.events.fetch_add(1, Ordering::Relaxed);
        let mut lines = self.lines();
        if self.keep == Keep::Newest && lines.len() >= KEPT_MAX {
            lines.pop_front();
        }
        lines.push_back(format!(
            "{} {who:<9} {what}",
            at.format("%m-%d %H:%M:%S%.3f")
        ));
    }

    /// How many events there were.
    pub(crate) fn events(&self) -> u64 {
        self.events.load(Ordering::Relaxed)
    }

    pub(crate) fn take(&self) -> Vec<String> {
        self.lines().drain(..).collect()
    }

    fn lines(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
