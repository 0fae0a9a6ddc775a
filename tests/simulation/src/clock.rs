//! What time it is: one true clock, which everybody but the node goes by, and the node's own, which may be wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use tieout_core::clock::{Clock, TokioClock};

/// The first moment of every life: a Saturday in November.
fn beginning() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_226_400, 0).expect("a moment of the calendar")
}

/// The true clock with the node's error beside it. Clones are the same clock.
#[derive(Clone)]
pub(crate) struct Time {
    truth: TokioClock,
    wrong_by_ms: Arc<AtomicI64>,
}

impl Time {
    /// A clock that begins now; to be made within the paused runtime.
    pub(crate) fn begin() -> Self {
        Self {
            truth: TokioClock::starting_at(beginning()),
            wrong_by_ms: Arc::default(),
        }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.truth.now()
    }

    /// Moves the node's clock.
    pub(crate) fn jump(&self, by: TimeDelta) {
        self.wrong_by_ms
            .fetch_add(by.num_milliseconds(), Ordering::Relaxed);
    }

    /// Sets the node's clock right. It may go back by this, as it may after any jump.
    pub(crate) fn set_right(&self) {
        self.wrong_by_ms.store(0, Ordering::Relaxed);
    }

    /// How far the node's clock is ahead.
    pub(crate) fn wrong_by(&self) -> TimeDelta {
        TimeDelta::milliseconds(self.wrong_by_ms.load(Ordering::Relaxed))
    }
}

/// The clock that the node looks at.
pub(crate) struct NodeClock(pub(crate) Time);

impl Clock for NodeClock {
    fn now(&self) -> DateTime<Utc> {
        self.0.now() + self.0.wrong_by()
    }
}
