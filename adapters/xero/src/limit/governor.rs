//! Whether a call may leave now, later, or after a reply: pure, fed with the time and with what replies say.
//!
//! Pacing. While more than half of the minute is free, calls leave as fast as they come, so that a
//! few documents are through at once. Below that they leave one by one, evenly, and the last few
//! slots wait for an operator unless another slot is about to come free: a click then waits about two seconds
//! at most, and the whole allowance is still used.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

use super::day::Day;
use super::minute::Minute;
use super::{Limit, LimitConfig, Purpose, ReplyFacts};

/// The answer to "may a call leave?".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It may leave now.
    Go,
    /// Not before this moment.
    WaitUntil {
        /// When to ask again.
        at: DateTime<Utc>,
        /// What it waits for.
        limit: Limit,
    },
    /// Not before a reply comes to one of the calls in the air.
    WaitForReply {
        /// What it waits for.
        limit: Limit,
    },
}

/// What became of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was answered.
    Reply(ReplyFacts),
    /// It may have been counted; nobody knows.
    Lost,
    /// It never left.
    NotSent,
}

/// The last slots of a minute that only an operator takes at any time.
const OPERATOR_SLOTS: u32 = 5;

/// Others take those slots too when another one comes free within this time.
const OPERATOR_WAIT: TimeDelta = TimeDelta::seconds(2);

/// How long a call without a reply is taken to be at work on the other side.
const LINGER: TimeDelta = TimeDelta::seconds(5);

/// How long the first call of a process is waited for before others leave beside it: one whose reply is held back
/// teaches nothing, and a person who only looks would wait for it.
const ALONE_FOR: TimeDelta = TimeDelta::seconds(2);

/// How long fewer calls leave at once after a refusal for concurrency.
const NARROW_FOR: TimeDelta = TimeDelta::seconds(60);

/// The budgets of one organisation.
#[derive(Clone, Debug)]
pub struct Governor {
    pub(super) config: LimitConfig,
    pub(super) minute: Minute,
    pub(super) day: Day,
    /// Until when calls of unknown fate count as being in the air.
    lingering: VecDeque<DateTime<Utc>>,
    narrowed: Option<Narrowed>,
    pub(super) paused_until: Option<DateTime<Utc>>,
    pace_from: Option<DateTime<Utc>>,
    /// Whether a reply has been seen since the start. Before that one call leaves alone, to learn where we stand.
    proven: bool,
    /// Until when a call that is in the air stays alone.
    alone_until: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug)]
struct Narrowed {
    concurrent: u32,
    until: DateTime<Utc>,
}

impl Governor {
    /// Full budgets, as for an organisation never called before.
    #[must_use]
    pub fn new(config: LimitConfig, now: DateTime<Utc>) -> Self {
        Self {
            minute: Minute::new(config.calls_per_minute, TimeDelta::zero()),
            day: Day::new(config.calls_per_day, now),
            config,
            lingering: VecDeque::new(),
            narrowed: None,
            paused_until: None,
            pace_from: None,
            proven: false,
            alone_until: None,
        }
    }

    /// Whether a call for `purpose` may leave at `now`. Changes nothing.
    #[must_use]
    pub fn decide(&self, now: DateTime<Utc>, purpose: Purpose) -> Decision {
        [
            self.after_pause(now),
            self.in_day(now, purpose),
            self.in_air(now, purpose),
            self.in_minute(now, purpose),
        ]
        .into_iter()
        .flatten()
        .next()
        .unwrap_or(Decision::Go)
    }

    /// A call leaves. To be followed by one [`Governor::arrive`].
    pub fn depart(&mut self, now: DateTime<Utc>) {
        self.minute.depart(now);
        self.day.depart(now);
        self.pace_from = Some(now + self.gap());
        self.alone_until.get_or_insert(now + ALONE_FOR);
    }

    /// A call ended.
    pub fn arrive(&mut self, now: DateTime<Utc>, outcome: &Outcome) {
        self.lingering.retain(|until| *until > now);
        match outcome {
            Outcome::NotSent => {
                self.minute.recall();
                self.day.recall();
            }
            Outcome::Lost => {
                self.minute.arrive(now);
                self.lingering.push_back(now + LINGER);
            }
            Outcome::Reply(facts) => {
                self.minute.arrive(now);
                self.proven = true;
                self.observe(now, facts);
            }
        }
        if self.minute.in_air == 0 {
            self.alone_until = None;
        }
    }

    /// The calls that could leave within this minute.
    #[must_use]
    pub fn minute_free(&self, now: DateTime<Utc>) -> u32 {
        self.minute.free(now)
    }

    /// What is left of the day.
    #[must_use]
    pub fn day_remaining(&self, now: DateTime<Utc>) -> u32 {
        self.day.left(now)
    }

    /// The calls that a day has, as configured or as learned.
    #[must_use]
    pub fn day_limit(&self) -> u32 {
        self.day.limit
    }

    /// When the day's budget begins anew, if that is known.
    #[must_use]
    pub fn day_resets_at(&self) -> Option<DateTime<Utc>> {
        self.day.ends_at()
    }

    /// The calls in the air.
    #[must_use]
    pub fn calls_in_air(&self) -> u32 {
        self.minute.in_air
    }

    fn observe(&mut self, now: DateTime<Utc>, facts: &ReplyFacts) {
        if let Some(remaining) = facts.minute_remaining {
            self.minute.observe(now, remaining);
        }
        if let Some(remaining) = facts.day_remaining {
            self.day.observe(now, remaining, self.minute.in_air);
        }
        match facts.exceeded {
            Some(Limit::Minute) => self.minute.block(facts.retry_at(now)),
            Some(Limit::Day) => self.day.exhausted(now, facts.retry_at(now)),
            Some(Limit::Concurrent) => {
                self.narrow(now);
                self.pause(facts.retry_at(now));
            }
            Some(Limit::Unnamed | Limit::Queue) => self.pause(facts.retry_at(now)),
            // Shared by all organisations: [`super::AppBudget`] holds every one of them back.
            Some(Limit::AppMinute) | None => {}
        }
    }

    fn after_pause(&self, now: DateTime<Utc>) -> Option<Decision> {
        let at = self.paused_until.filter(|at| *at > now)?;
        Some(Decision::WaitUntil {
            at,
            limit: Limit::Unnamed,
        })
    }

    fn in_day(&self, now: DateTime<Utc>, purpose: Purpose) -> Option<Decision> {
        let reserve = self.config.reserves.calls(purpose, self.day.limit);
        let at = self.day.spendable_at(now, reserve);
        (at > now).then_some(Decision::WaitUntil {
            at,
            limit: Limit::Day,
        })
    }

    fn in_air(&self, now: DateTime<Utc>, purpose: Purpose) -> Option<Decision> {
        let limit = Limit::Concurrent;
        let mut lingering = self
            .lingering
            .iter()
            .filter(|until| **until > now)
            .peekable();
        let first = lingering.peek().map(|until| **until);
        let busy = self.minute.in_air + u32::try_from(lingering.count()).unwrap_or(u32::MAX);
        if busy < self.concurrent(now, purpose) {
            return None;
        }
        let alone = self.alone_until.filter(|at| !self.proven && *at > now);
        Some(match (first, alone) {
            (Some(first), Some(alone)) => Decision::WaitUntil {
                at: first.min(alone),
                limit,
            },
            (Some(at), None) | (None, Some(at)) => Decision::WaitUntil { at, limit },
            (None, None) => Decision::WaitForReply { limit },
        })
    }

    fn concurrent(&self, now: DateTime<Utc>, purpose: Purpose) -> u32 {
        if !self.proven && self.alone_until.is_none_or(|until| until > now) {
            return 1;
        }
        let allowed = self
            .narrowed
            .filter(|narrowed| narrowed.until > now)
            .map_or(self.config.concurrent_max, |narrowed| narrowed.concurrent);
        match purpose {
            Purpose::Operator => allowed,
            // One place stays open for a click.
            Purpose::Documents | Purpose::Payments | Purpose::Polling | Purpose::Backfill => {
                allowed.saturating_sub(1).max(1)
            }
        }
    }

    fn in_minute(&self, now: DateTime<Utc>, purpose: Purpose) -> Option<Decision> {
        let limit = Limit::Minute;
        let free = self.minute.free(now);
        let next = self.minute.next_free(now);
        if free == 0 {
            return Some(match next {
                Some(at) => Decision::WaitUntil { at, limit },
                None => Decision::WaitForReply { limit },
            });
        }
        if purpose == Purpose::Operator || free > self.minute.limit / 2 {
            return None;
        }
        let reserved = OPERATOR_SLOTS.min(self.minute.limit / 4);
        let opens = match next.map(|next| next - OPERATOR_WAIT).filter(|at| *at > now) {
            Some(at) if free <= reserved => Some(at),
            Some(_) | None => None,
        };
        let paced = self.pace_from.filter(|at| *at > now);
        opens.max(paced).map(|at| Decision::WaitUntil { at, limit })
    }

    /// The time between two calls at an even pace; a little less, so that the slots decide and not the rounding of timers.
    fn gap(&self) -> TimeDelta {
        TimeDelta::milliseconds(i64::from(57_000 / self.minute.limit.max(1)))
    }

    fn narrow(&mut self, now: DateTime<Utc>) {
        let allowed = self.concurrent(now, Purpose::Operator);
        self.narrowed = Some(Narrowed {
            concurrent: allowed.saturating_sub(1).max(1),
            until: now + NARROW_FOR,
        });
    }

    fn pause(&mut self, until: DateTime<Utc>) {
        self.paused_until = Some(self.paused_until.map_or(until, |known| known.max(until)));
    }
}
