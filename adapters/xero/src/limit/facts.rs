//! What a reply's headers say about the budgets.

use chrono::{DateTime, TimeDelta, Utc};
use http::HeaderMap;
use serde::Serialize;

/// Which budget is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Calls in the air at once.
    Concurrent,
    /// The organisation's minute.
    Minute,
    /// The organisation's day, less what is reserved for more urgent purposes.
    Day,
    /// The app's minute, over all organisations.
    AppMinute,
    /// Our own queue.
    Queue,
    /// Xero asked for a pause without naming a budget that we know.
    Unnamed,
}

impl Limit {
    /// The words for a sentence such as "the limit of ... is reached".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Concurrent => "calls at once",
            Self::Minute => "calls a minute",
            Self::Day => "calls a day",
            Self::AppMinute => "calls a minute of the whole app",
            Self::Queue => "waiting calls",
            Self::Unnamed => "calls",
        }
    }
}

/// What one reply said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReplyFacts {
    /// Calls left in the organisation's day.
    pub day_remaining: Option<u32>,
    /// Calls left in the organisation's minute.
    pub minute_remaining: Option<u32>,
    /// Calls left in the app's minute.
    pub app_minute_remaining: Option<u32>,
    /// The budget that was exceeded: only on a 429.
    pub exceeded: Option<Limit>,
    /// When to come back, in seconds from now: only on a 429.
    pub retry_after_s: Option<u64>,
}

/// Longer pauses than this are taken for nonsense and cut: two days, in seconds.
const RETRY_AFTER_S_MAX: u64 = 2 * 24 * 3_600;

impl ReplyFacts {
    /// Reads a reply's status and headers. Header values that make no sense are taken as absent.
    #[must_use]
    pub fn read(status: http::StatusCode, headers: &HeaderMap, now: DateTime<Utc>) -> Self {
        let remaining = Self {
            day_remaining: number(headers, "x-daylimit-remaining"),
            minute_remaining: number(headers, "x-minlimit-remaining"),
            app_minute_remaining: number(headers, "x-appminlimit-remaining"),
            exceeded: None,
            retry_after_s: None,
        };
        if status != http::StatusCode::TOO_MANY_REQUESTS {
            return remaining;
        }
        let retry_after_s = retry_after(headers, now);
        let named = text(headers, "x-rate-limit-problem").and_then(named_limit);
        Self {
            exceeded: Some(named.unwrap_or_else(|| guessed_limit(retry_after_s))),
            retry_after_s,
            ..remaining
        }
    }

    /// When to come back after a refusal: as the reply says, else after what its budget needs.
    #[must_use]
    pub fn retry_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let pause = match (self.retry_after_s, self.exceeded) {
            // Seconds are cut, not rounded up, so the named second may not be over yet.
            (Some(seconds), _) => {
                TimeDelta::seconds(i64::try_from(seconds).unwrap_or(i64::MAX / 1_000))
                    + TimeDelta::milliseconds(500)
            }
            (None, Some(Limit::Minute | Limit::AppMinute)) => TimeDelta::seconds(60),
            (None, Some(Limit::Day)) => TimeDelta::hours(1),
            (None, Some(Limit::Concurrent | Limit::Queue)) => TimeDelta::seconds(2),
            (None, Some(Limit::Unnamed) | None) => TimeDelta::seconds(10),
        };
        now + pause
    }
}

/// The budget that a problem header names. Only `minute` and `day` were ever seen; the others are read by their parts.
fn named_limit(problem: &str) -> Option<Limit> {
    let problem = problem.to_ascii_lowercase();
    [
        ("concurrent", Limit::Concurrent),
        ("app", Limit::AppMinute),
        ("day", Limit::Day),
        ("daily", Limit::Day),
        ("min", Limit::Minute),
    ]
    .into_iter()
    .find(|(part, _)| problem.contains(part))
    .map(|(_, limit)| limit)
}

/// Without a name, the length of the pause tells: a minute never asks for more than a minute, and the concurrent limit promises none.
fn guessed_limit(retry_after_s: Option<u64>) -> Limit {
    match retry_after_s {
        Some(seconds) if seconds > 60 => Limit::Day,
        Some(_) | None => Limit::Unnamed,
    }
}

/// The pause in seconds that a reply asks for, in either form of the header, at most two days.
pub(crate) fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<u64> {
    let value = text(headers, "retry-after")?;
    let seconds = match value.trim().parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => {
            let at = DateTime::parse_from_rfc2822(value.trim()).ok()?;
            u64::try_from((at.to_utc() - now).num_seconds()).unwrap_or(0)
        }
    };
    Some(seconds.min(RETRY_AFTER_S_MAX))
}

fn number(headers: &HeaderMap, name: &str) -> Option<u32> {
    text(headers, name)?.trim().parse().ok()
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}
