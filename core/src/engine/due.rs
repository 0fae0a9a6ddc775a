//! What must be done next for a binding, and in which order.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Binding, Op, SkipReason, State};

/// The loop of the driver that a binding waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Needs a plan.
    Plan,
    /// Needs to be sent.
    Dispatch,
    /// Needs to be looked up, or sent again inside the idempotency window.
    Resolve,
    /// The host needs to be told.
    Deliver,
    /// Something beside the document needs to go out, or to be found out about.
    Beside,
    /// Is to join a summary, once its host was read to its end.
    Gather,
    /// Is to be looked at in the summary that it travels in; a summary whose members need to be told. Waits for no host.
    Within,
}

/// What goes first within a lane; lower values go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Somebody waits for it.
    Operator,
    /// Business of these days.
    Current,
    /// Old documents.
    Backfill,
}

/// One entry of the queue of due work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The loop.
    pub lane: Lane,
    /// What goes first.
    pub priority: Priority,
    /// Not before this time.
    pub at: DateTime<Utc>,
}

/// Days that a document counts as current, from its accounting date to when it last changed.
const CURRENT_DAYS_MAX: i64 = 31;

impl Binding {
    /// Everything that must be done for this binding. The store keeps its queue equal to this.
    #[must_use]
    pub fn due(&self) -> Vec<Due> {
        let priority = self.priority();
        let work = match &self.state {
            // What changed inside a summary is decided about with it.
            State::Waiting { not_before, .. } if self.summary.is_some() => {
                Some((Lane::Within, *not_before))
            }
            State::Waiting { not_before, .. } => Some((Lane::Plan, *not_before)),
            State::Skipped {
                reason: SkipReason::Gathers { leaves_at, .. },
            } => Some((Lane::Gather, Some(*leaves_at))),
            // Payments of ours are taken back first, and what a note of ours reverses is not voided besides.
            State::Ready { op: Op::Void, .. }
                if self.awaits_take_back() || self.is_being_reversed() =>
            {
                None
            }
            State::Ready { not_before, .. } => Some((Lane::Dispatch, *not_before)),
            State::Unsure { not_before, .. } => Some((Lane::Resolve, *not_before)),
            State::InFlight(_)
            | State::Held { .. }
            | State::Skipped { .. }
            | State::Posted
            | State::Rejected { .. }
            | State::Voided
            | State::Removed { .. }
            | State::Detached => None,
        };
        let work = work.map(|(lane, not_before)| Due {
            lane,
            priority,
            at: not_before.unwrap_or(self.changed_at),
        });
        let delivery = self.deliver_at.map(|at| Due {
            lane: Lane::Deliver,
            priority,
            at,
        });
        let reversal_at = self.reversal_at();
        let beside = reversal_at.into_iter().chain(self.companions_at()).min();
        let beside = beside.map(|at| Due {
            lane: Lane::Beside,
            priority,
            at,
        });
        let share = self.shares().then_some(Due {
            lane: Lane::Within,
            priority,
            at: self.changed_at,
        });
        let all = work.into_iter().chain(delivery).chain(beside);
        all.chain(share).collect()
    }

    /// Whether it waits for its summary to close.
    #[must_use]
    pub fn is_gathering(&self) -> bool {
        matches!(
            self.state,
            State::Skipped {
                reason: SkipReason::Gathers { .. }
            }
        )
    }

    /// Whether it waits for nobody but its turn, and is old.
    #[must_use]
    pub fn is_old_and_left(&self) -> bool {
        let is_left = match &self.state {
            State::Waiting { .. }
            | State::Ready { .. }
            | State::InFlight(_)
            | State::Unsure { .. } => true,
            State::Held { .. }
            | State::Skipped { .. }
            | State::Posted
            | State::Rejected { .. }
            | State::Voided
            | State::Removed { .. }
            | State::Detached => false,
        };
        is_left && self.priority() == Priority::Backfill
    }

    /// Whether it waits for somebody, and was old when it came.
    #[must_use]
    pub fn is_old_and_held(&self) -> bool {
        matches!(self.state, State::Held { .. } | State::Rejected { .. }) && self.came_old()
    }

    /// Whether it was sent, and was old when it came.
    #[must_use]
    pub fn is_old_and_sent(&self) -> bool {
        let is_sent = matches!(self.state, State::Posted | State::Voided) && self.posted.is_some();
        is_sent && self.came_old()
    }

    fn came_old(&self) -> bool {
        let age = |came: DateTime<Utc>| came.date_naive() - self.issue_date;
        self.came_at
            .is_some_and(|came| age(came).num_days() > CURRENT_DAYS_MAX)
    }

    /// What goes first: what a person waits for, then business of these days before old documents. What was ever posted is business of the day on
    /// which it changes, however old it is.
    #[must_use]
    pub fn priority(&self) -> Priority {
        if self.is_to_be_undone() {
            return Priority::Operator;
        }
        let age = self.changed_at.date_naive() - self.issue_date;
        if self.posted.is_none() && age.num_days() > CURRENT_DAYS_MAX {
            Priority::Backfill
        } else {
            Priority::Current
        }
    }
}
