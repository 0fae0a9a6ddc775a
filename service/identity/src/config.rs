//! What an operator decides about signing in.

use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::Lifetimes;

/// How people sign in to the pages of `tieout serve`. One-time links of `tieout person link` always work.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SignInConfig {
    /// Hours without a request after which a session ends.
    #[schemars(range(min = 1, max = 720))]
    pub idle_h: u32,
    /// Hours after which a session ends however much it is used.
    #[schemars(range(min = 1, max = 2_160))]
    pub session_h: u32,
}

impl Default for SignInConfig {
    fn default() -> Self {
        Self {
            idle_h: 12,
            session_h: 168,
        }
    }
}

impl SignInConfig {
    /// How long sessions live.
    #[must_use]
    pub fn lifetimes(&self) -> Lifetimes {
        Lifetimes {
            idle: TimeDelta::hours(i64::from(self.idle_h)),
            absolute: TimeDelta::hours(i64::from(self.session_h)),
        }
    }
}
