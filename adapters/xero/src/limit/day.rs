//! What is left of an organisation's day, when nobody knows at which hour the day begins.
//!
//! The replies say what is left; between them each departure counts. A sudden rise shows that a new
//! day began between two replies, a refusal names its end: from then on the hour is known. Until
//! it is, and nothing is left for a purpose, one call an hour goes out to ask.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

const DAY: TimeDelta = TimeDelta::hours(24);

/// How often to ask while the hour of the reset is unknown.
const ASK_EVERY: TimeDelta = TimeDelta::hours(1);

/// A rise by more than this many calls is a new day, not replies that overtook one another.
const RISE: u32 = 20;

/// The day's budget of one organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Day {
    pub(super) limit: u32,
    pub(super) remaining: u32,
    /// The present day began after this.
    began_after: DateTime<Utc>,
    /// The present day began at or before this.
    began_by: DateTime<Utc>,
    /// When a call last left: the next one that only asks leaves an hour later.
    asked_at: DateTime<Utc>,
    /// When a reply last said what is left.
    observed_at: Option<DateTime<Utc>>,
}

impl Day {
    pub(super) fn new(limit: u32, now: DateTime<Utc>) -> Self {
        Self {
            limit,
            remaining: limit,
            began_after: now - DAY,
            began_by: now,
            asked_at: now,
            observed_at: None,
        }
    }

    /// What is left at a moment.
    pub(super) fn left(&self, now: DateTime<Utc>) -> u32 {
        if now >= self.ends_by() {
            self.limit
        } else {
            self.remaining
        }
    }

    /// When the day ends, if that is known to the hour.
    pub(super) fn ends_at(&self) -> Option<DateTime<Utc>> {
        (self.began_by - self.began_after <= ASK_EVERY).then(|| self.ends_by())
    }

    /// The latest moment at which the next day begins.
    pub(super) fn begins_anew_by(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let mut ends = self.ends_by();
        // A day that nobody called in has gone by unseen.
        if ends <= now {
            ends += DAY * i32::try_from((now - ends).num_days() + 1).unwrap_or(1);
        }
        ends
    }

    /// When a purpose that must leave `reserve` calls can spend one: now, or at a later moment.
    pub(super) fn spendable_at(&self, now: DateTime<Utc>, reserve: u32) -> DateTime<Utc> {
        if self.left(now) > reserve {
            return now;
        }
        let ask = self.asked_at + ASK_EVERY;
        self.ends_at()
            .unwrap_or_else(|| self.ends_by().min(ask))
            .max(now)
    }

    pub(super) fn depart(&mut self, now: DateTime<Utc>) {
        self.turn(now);
        self.remaining = self.remaining.saturating_sub(1);
        self.asked_at = now;
    }

    /// A call never left.
    pub(super) fn recall(&mut self) {
        self.remaining = (self.remaining + 1).min(self.limit);
    }

    /// Takes over what a reply says is left. `others` are calls that it may not know of yet.
    pub(super) fn observe(&mut self, now: DateTime<Utc>, said: u32, others: u32) {
        self.turn(now);
        let rose = said > self.remaining.saturating_add(others).saturating_add(RISE);
        // The first reply after a start cannot show a new day, only how many calls there are.
        if let Some(previous) = self.observed_at.filter(|_| rose) {
            self.began_after = self.began_after.max(previous);
            self.began_by = now;
            self.limit = to_next_hundred(said.saturating_add(others).saturating_add(1));
        }
        self.limit = self.limit.max(to_next_hundred(said));
        self.remaining = said.saturating_sub(others);
        self.observed_at = Some(now);
    }

    /// A refusal named the end of the day.
    pub(super) fn exhausted(&mut self, now: DateTime<Utc>, ends: DateTime<Utc>) {
        self.remaining = 0;
        self.began_after = ends - DAY;
        self.began_by = ends - DAY;
        self.observed_at = Some(now);
    }

    /// Calls that may have been made without our memory of them.
    pub(super) fn forget(&mut self, calls: u32) {
        self.remaining = self.remaining.saturating_sub(calls);
    }

    fn ends_by(&self) -> DateTime<Utc> {
        self.began_by + DAY
    }

    /// Begins the days that have begun since.
    fn turn(&mut self, now: DateTime<Utc>) {
        while now >= self.ends_by() {
            self.began_after += DAY;
            self.began_by += DAY;
            self.remaining = self.limit;
        }
    }
}

fn to_next_hundred(calls: u32) -> u32 {
    calls.div_ceil(100).saturating_mul(100)
}
