//! Whether a minute's budget has a call left, when nobody knows at which second the minute begins.
//!
//! A call is counted by the other side at some moment between its departure and its reply. Its
//! slot is therefore taken from its departure until a whole window after its reply: whichever
//! moments the windows begin at, none can hold more calls than there are slots. The price is the time
//! of one reply in each window, 0.5 % at 0.3 s.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

/// How long a slot is kept after its reply: the window and a little for clocks that disagree on a second's length.
pub(super) const HOLD: TimeDelta = TimeDelta::milliseconds(60_050);

/// The slots of one window.
#[derive(Clone, Debug)]
pub(super) struct Minute {
    pub(super) limit: u32,
    /// When answered calls give their slots back, earliest first, with how many do.
    pub(super) held: VecDeque<(DateTime<Utc>, u32)>,
    pub(super) in_air: u32,
    /// Calls in the present window that are not ours, as the headers showed.
    pub(super) foreign: Option<Foreign>,
    pub(super) blocked_until: Option<DateTime<Utc>>,
    /// Answers that fall into one step of this length give their slots back together.
    grain: TimeDelta,
}

/// Calls that somebody else made, or that we made before a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Foreign {
    pub(super) calls: u32,
    pub(super) until: DateTime<Utc>,
}

impl Minute {
    pub(super) fn new(limit: u32, grain: TimeDelta) -> Self {
        Self {
            limit,
            held: VecDeque::new(),
            in_air: 0,
            foreign: None,
            blocked_until: None,
            grain,
        }
    }

    /// The calls that can leave now.
    pub(super) fn free(&self, now: DateTime<Utc>) -> u32 {
        if self.blocked_until.is_some_and(|until| until > now) {
            return 0;
        }
        self.limit
            .saturating_sub(self.in_air)
            .saturating_sub(self.held_at(now))
            .saturating_sub(self.foreign_at(now))
    }

    /// When the next slot comes free; `None` when that depends on a reply.
    pub(super) fn next_free(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if let Some(until) = self.blocked_until.filter(|until| *until > now) {
            return Some(until);
        }
        let held = self.held.iter().map(|(at, _)| *at).find(|at| *at > now);
        let foreign = self
            .foreign
            .map(|foreign| foreign.until)
            .filter(|at| *at > now);
        match (held, foreign) {
            (Some(held), Some(foreign)) => Some(held.min(foreign)),
            (one, other) => one.or(other),
        }
    }

    pub(super) fn depart(&mut self, now: DateTime<Utc>) {
        self.settle(now);
        self.in_air += 1;
    }

    /// A call came back, or nobody knows what became of it: either way it may have been counted until now.
    pub(super) fn arrive(&mut self, now: DateTime<Utc>) {
        self.settle(now);
        self.in_air = self.in_air.saturating_sub(1);
        self.hold(now + HOLD, 1);
    }

    /// A call never left.
    pub(super) fn recall(&mut self) {
        self.in_air = self.in_air.saturating_sub(1);
    }

    /// Takes over what the other side says is left.
    ///
    /// More used than all our calls of the last minute means that somebody else calls too, or that
    /// we did before a crash: those are held for a whole window. Less used means a new window began.
    pub(super) fn observe(&mut self, now: DateTime<Utc>, remaining: u32) {
        let used = self.limit.saturating_sub(remaining);
        let ours = self.held_at(now) + self.in_air;
        let known = self.foreign_at(now).min(used.saturating_sub(1));
        let unknown = used.saturating_sub(ours);
        self.foreign = if unknown > known {
            Some(Foreign {
                calls: unknown,
                until: now + HOLD,
            })
        } else {
            self.foreign.filter(|_| known > 0).map(|foreign| Foreign {
                calls: known,
                ..foreign
            })
        };
    }

    /// The other side refused a call and named the end of its window: what was counted before then is history.
    pub(super) fn block(&mut self, until: DateTime<Utc>) {
        self.blocked_until = Some(self.blocked_until.map_or(until, |known| known.max(until)));
        self.foreign = None;
        for (at, _) in &mut self.held {
            *at = (*at).min(until);
        }
    }

    pub(super) fn hold(&mut self, at: DateTime<Utc>, calls: u32) {
        if calls == 0 {
            return;
        }
        match self.held.back_mut() {
            Some((last, count)) if at <= *last => *count += calls,
            Some(_) | None => self.held.push_back((at + self.grain, calls)),
        }
    }

    fn held_at(&self, now: DateTime<Utc>) -> u32 {
        self.held
            .iter()
            .filter(|(at, _)| *at > now)
            .map(|(_, calls)| calls)
            .sum()
    }

    fn foreign_at(&self, now: DateTime<Utc>) -> u32 {
        self.foreign
            .filter(|foreign| foreign.until > now)
            .map_or(0, |foreign| foreign.calls)
    }

    /// Forgets what is over, and keeps a clock that was set back from holding slots for ever.
    fn settle(&mut self, now: DateTime<Utc>) {
        while self.held.front().is_some_and(|(at, _)| *at <= now) {
            self.held.pop_front();
        }
        let latest = now + HOLD + self.grain;
        for (at, _) in &mut self.held {
            *at = (*at).min(latest);
        }
    }
}
