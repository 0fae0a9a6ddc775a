//! What of the budgets survives a restart, and what is assumed after a crash.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::day::Day;
use super::minute::{Foreign, HOLD};
use super::usage::Usage;
use super::{Governor, LimitConfig};

/// How many calls may leave after a save without another save.
pub(super) const UNSAVED_CALLS_MAX: u32 = 10;

/// How old a save may be when a call leaves.
pub(super) const UNSAVED_FOR_MAX: TimeDelta = TimeDelta::seconds(5);

/// How long a call may take until it is counted.
const COUNTED_WITHIN: TimeDelta = TimeDelta::seconds(10);

/// The version of the stored form.
const VERSION: u32 = 1;

/// The stored form of one organisation's budgets, at `limit/<tenant>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GovernorState {
    /// The version of this form.
    v: u32,
    saved_at: DateTime<Utc>,
    /// Whether nothing happened after this save: the process stopped in order.
    clean: bool,
    /// When slots of the minute come free, and how many.
    held: Vec<(DateTime<Utc>, u32)>,
    in_air: u32,
    foreign: Option<(u32, DateTime<Utc>)>,
    blocked_until: Option<DateTime<Utc>>,
    paused_until: Option<DateTime<Utc>>,
    day: Day,
    pub(super) usage: Usage,
}

impl GovernorState {
    /// The day's budget.
    pub(super) fn day(&self) -> &Day {
        &self.day
    }

    /// When it was written down.
    pub(super) fn saved_at(&self) -> DateTime<Utc> {
        self.saved_at
    }

    /// The slots of the minute that are taken.
    pub(super) fn minute_used(&self, now: DateTime<Utc>) -> u32 {
        let held = self.held.iter().filter(|(at, _)| *at > now);
        let in_air = if now < self.saved_at + HOLD {
            self.in_air
        } else {
            0
        };
        let foreign = self.foreign.filter(|(_, until)| *until > now);
        let held: u32 = held.map(|(_, calls)| calls).sum();
        held + in_air + foreign.map_or(0, |(calls, _)| calls)
    }

    /// Reads a stored form; the reason when it cannot be read or has another version.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let state: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if state.v == VERSION {
            Ok(state)
        } else {
            Err(format!(
                "it has version {}, this program knows {VERSION}",
                state.v
            ))
        }
    }
}

/// Whether the process goes on after a save.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Save {
    /// More calls may follow.
    Running,
    /// None will.
    Last,
}

impl Governor {
    pub(super) fn state(&self, now: DateTime<Utc>, save: Save, usage: &Usage) -> GovernorState {
        GovernorState {
            v: VERSION,
            saved_at: now,
            clean: save == Save::Last,
            held: self
                .minute
                .held
                .iter()
                .filter(|(at, _)| *at > now)
                .copied()
                .collect(),
            in_air: self.minute.in_air,
            foreign: self
                .minute
                .foreign
                .map(|foreign| (foreign.calls, foreign.until)),
            blocked_until: self.minute.blocked_until,
            paused_until: self.paused_until,
            day: self.day.clone(),
            usage: usage.clone(),
        }
    }

    /// The budgets after a restart.
    ///
    /// After a crash the calls that may have left unsaved count as made: a save precedes every tenth call
    /// and every call later than five seconds after the last save, so there are few of them.
    #[must_use]
    pub fn restored(config: LimitConfig, now: DateTime<Utc>, state: &GovernorState) -> Self {
        let mut governor = Self::new(config, now);
        let unsaved = if state.clean { 0 } else { UNSAVED_CALLS_MAX };
        let mut day = state.day.clone();
        day.forget(unsaved);
        governor.day = day;
        for (at, calls) in &state.held {
            governor.minute.hold(*at, *calls);
        }
        let counted_by = state.saved_at + UNSAVED_FOR_MAX + COUNTED_WITHIN + HOLD;
        let (foreign, foreign_until) = state.foreign.unwrap_or((0, counted_by));
        let foreign = if foreign_until > now { foreign } else { 0 };
        governor.minute.foreign = Some(Foreign {
            calls: foreign + state.in_air + unsaved,
            until: counted_by.max(foreign_until),
        });
        governor.minute.blocked_until = state.blocked_until;
        governor.paused_until = state.paused_until;
        governor
    }

    /// The budgets when what was stored cannot be read: as if the last minute had been full.
    #[must_use]
    pub fn cautious(config: LimitConfig, now: DateTime<Utc>) -> Self {
        let calls = config.calls_per_minute;
        let mut governor = Self::new(config, now);
        governor.minute.foreign = Some(Foreign {
            calls,
            until: now + HOLD,
        });
        governor
    }
}
