//! The minute that all organisations of one app share.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::minute::Minute;
use super::{Limit, Outcome};

/// The calls a minute of one app. One for each client id, shared by all its connections.
#[derive(Debug)]
pub struct AppBudget {
    minute: Mutex<Minute>,
}

impl AppBudget {
    /// A budget of so many calls a minute; Xero allows 10,000.
    #[must_use]
    pub fn new(calls_per_minute: u32) -> Self {
        // Ten thousand calls are remembered by the second, not one by one.
        Self {
            minute: Mutex::new(Minute::new(calls_per_minute, TimeDelta::seconds(1))),
        }
    }

    /// Takes a slot, or says when there is one.
    pub(super) fn try_depart(&self, now: DateTime<Utc>) -> Result<(), DateTime<Utc>> {
        let mut minute = self.lock();
        if minute.free(now) == 0 {
            return Err(minute.next_free(now).unwrap_or(now + TimeDelta::seconds(1)));
        }
        minute.depart(now);
        Ok(())
    }

    pub(super) fn arrive(&self, now: DateTime<Utc>, outcome: &Outcome) {
        let mut minute = self.lock();
        match outcome {
            Outcome::NotSent => minute.recall(),
            Outcome::Lost => minute.arrive(now),
            Outcome::Reply(facts) => {
                minute.arrive(now);
                if let Some(remaining) = facts.app_minute_remaining {
                    minute.observe(now, remaining);
                }
                if facts.exceeded == Some(Limit::AppMinute) {
                    minute.block(facts.retry_at(now));
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Minute> {
        // A panic elsewhere cannot leave the counters half changed: each change is a few assignments.
        self.minute.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
