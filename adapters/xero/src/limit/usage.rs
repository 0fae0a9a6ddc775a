//! What was spent on which purpose.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Purpose;

/// What one purpose has spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    /// Calls that left.
    pub calls: u64,
    /// Calls that were refused for a limit.
    pub throttled: u64,
    /// Bytes of request bodies.
    pub bytes_sent: u64,
    /// Bytes of reply bodies, after decompression. Xero bills what is read.
    pub bytes_received: u64,
    /// Those of them that answered a write; whether Xero bills them is not documented.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub bytes_echoed: u64,
}

impl Counter {
    /// The sum of two.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            calls: self.calls + other.calls,
            throttled: self.throttled + other.throttled,
            bytes_sent: self.bytes_sent + other.bytes_sent,
            bytes_received: self.bytes_received + other.bytes_received,
            bytes_echoed: self.bytes_echoed + other.bytes_echoed,
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
fn is_zero(bytes: &u64) -> bool {
    *bytes == 0
}

/// Counters since a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Usage {
    pub(super) since: DateTime<Utc>,
    pub(super) purposes: BTreeMap<Purpose, Counter>,
}

impl Usage {
    pub(super) fn since(now: DateTime<Utc>) -> Self {
        Self {
            since: now,
            purposes: BTreeMap::new(),
        }
    }

    pub(super) fn of(&mut self, purpose: Purpose) -> &mut Counter {
        self.purposes.entry(purpose).or_default()
    }
}

/// Where one organisation's budgets stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UsageReport {
    /// Since when the counters count; they survive restarts.
    pub since: DateTime<Utc>,
    /// What each purpose has spent; those that spent nothing are absent.
    pub purposes: BTreeMap<Purpose, Counter>,
    /// Calls that a day has.
    pub day_limit: u32,
    /// Calls left of the day.
    pub day_remaining: u32,
    /// When the day's budget begins anew, if that is known.
    pub day_resets_at: Option<DateTime<Utc>>,
    /// Calls that could leave within this minute.
    pub minute_free: u32,
    /// Calls in the air.
    pub in_air: u32,
    /// Calls that wait for their turn.
    pub waiting: usize,
}
