//! The limits as configured, with Xero's own numbers as defaults.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Purpose;

/// The longest that `wait_ms_max` may be, in milliseconds.
const WAIT_MS_MAX: u64 = 3_600_000;

/// What may be spent on one organisation, and by one app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LimitConfig {
    /// Calls in the air at once on one organisation. Xero allows 5.
    pub concurrent_max: u32,
    /// Calls a minute on one organisation. Xero allows 60.
    pub calls_per_minute: u32,
    /// Calls a day on one organisation: 5,000, or 1,000 in the Starter tier. Corrected by what the
    /// replies say.
    pub calls_per_day: u32,
    /// Calls a minute of one app over all its organisations. Xero allows 10,000.
    pub app_calls_per_minute: u32,
    /// What is left of the day for more urgent purposes.
    pub reserves: Reserves,
    /// How long a call may wait for its turn, in milliseconds; then the caller is told when to come back.
    pub wait_ms_max: u64,
    /// How many calls may wait for their turn.
    pub waiting_max: usize,
}

impl Default for LimitConfig {
    fn default() -> Self {
        Self {
            concurrent_max: 5,
            calls_per_minute: 60,
            calls_per_day: 5_000,
            app_calls_per_minute: 10_000,
            reserves: Reserves::default(),
            wait_ms_max: 60_000,
            waiting_max: 1_000,
        }
    }
}

/// The part of the day's calls, in percent, that a purpose leaves untouched. An operator may spend all.
///
/// With 5,000 calls and the defaults, backfill stops at 2,000 left, polling at 1,000, payments at
/// 500 and documents at 100, which remain for people who click.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Reserves {
    /// Left by today's documents.
    pub documents_percent: u32,
    /// Left by payments.
    pub payments_percent: u32,
    /// Left by polling.
    pub polling_percent: u32,
    /// Left by backfill.
    pub backfill_percent: u32,
}

impl Default for Reserves {
    fn default() -> Self {
        Self {
            documents_percent: 2,
            payments_percent: 10,
            polling_percent: 20,
            backfill_percent: 40,
        }
    }
}

impl Reserves {
    /// The calls of a day of `calls_per_day` that a purpose leaves untouched.
    #[must_use]
    pub fn calls(&self, purpose: Purpose, calls_per_day: u32) -> u32 {
        let percent = match purpose {
            Purpose::Operator => 0,
            Purpose::Documents => self.documents_percent,
            Purpose::Payments => self.payments_percent,
            Purpose::Polling => self.polling_percent,
            Purpose::Backfill => self.backfill_percent,
        };
        // At most 100 % of a u32 fits again after the division.
        u32::try_from(u64::from(calls_per_day) * u64::from(percent.min(100)) / 100)
            .unwrap_or(calls_per_day)
    }
}

impl LimitConfig {
    /// Everything that is wrong, each as the key below `limits` and the reason.
    #[must_use]
    pub fn problems(&self) -> Vec<(&'static str, &'static str)> {
        let mut problems: Vec<_> = [
            ("concurrent_max", self.concurrent_max),
            ("calls_per_minute", self.calls_per_minute),
            ("calls_per_day", self.calls_per_day),
            ("app_calls_per_minute", self.app_calls_per_minute),
        ]
        .into_iter()
        .filter(|(_, count)| *count == 0)
        .map(|(key, _)| (key, "must be at least 1"))
        .collect();
        if self.wait_ms_max > WAIT_MS_MAX {
            problems.push(("wait_ms_max", "must be at most 3600000, an hour"));
        }
        if self.waiting_max == 0 {
            problems.push(("waiting_max", "must be at least 1"));
        }
        problems.extend(self.reserves.problems());
        problems
    }
}

impl Reserves {
    fn problems(&self) -> Vec<(&'static str, &'static str)> {
        let order = [
            ("reserves.documents_percent", self.documents_percent),
            ("reserves.payments_percent", self.payments_percent),
            ("reserves.polling_percent", self.polling_percent),
            ("reserves.backfill_percent", self.backfill_percent),
        ];
        let too_large = order.iter().filter(|(_, percent)| *percent >= 100);
        let falling = order.windows(2).filter(|pair| pair[0].1 > pair[1].1);
        too_large
            .map(|(key, _)| (*key, "must be below 100, or the purpose never gets a call"))
            .chain(falling.map(|pair| {
                (
                    pair[1].0,
                    "must not be smaller than that of the purpose before it",
                )
            }))
            .collect()
    }
}
