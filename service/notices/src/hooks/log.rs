//! What is remembered of attempts at an endpoint: the last hundred, each with what came back.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tieout_core::store::{Store, StoreError};

use super::event::EventType;
use crate::keys;
use crate::people::EndpointId;

/// Attempts that are remembered of one endpoint.
pub const LOG_KEPT: u32 = 100;
/// How much of a reply is remembered, in characters.
const EXCERPT_CHARS_MAX: usize = 300;

/// One attempt to deliver one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attempt {
    /// When.
    pub at: DateTime<Utc>,
    /// The event.
    pub event: String,
    /// What it is about.
    pub kind: EventType,
    /// 1 for the first try of this event, higher with each further one.
    pub attempt: u32,
    /// What became of it.
    pub outcome: Outcome,
    /// The status of the reply, if one came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub ms: u64,
    /// What came back, or why nothing did; cut off.
    pub said: String,
    /// When it is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again_at: Option<DateTime<Utc>>,
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was taken: a status of 200 to 299.
    Taken,
    /// It is tried again.
    Failed,
    /// It failed for the last time.
    GivenUp,
    /// The endpoint says that it is gone: nothing more is sent there.
    Gone,
}

/// The attempts at an endpoint that are remembered, the newest first.
///
/// # Errors
/// The store fails.
pub async fn attempts(store: &dyn Store, id: &EndpointId) -> Result<Vec<Attempt>, StoreError> {
    let kept = store.records(&keys::log_of(id), LOG_KEPT as usize).await?;
    let mut found: Vec<Attempt> = kept
        .iter()
        .map(|(key, value)| keys::parse(key, value))
        .collect::<Result<_, _>>()?;
    found.sort_by_key(|attempt| std::cmp::Reverse(attempt.at));
    Ok(found)
}

/// A text of others as it is remembered: one line, cut off.
pub(crate) fn excerpt(text: &str) -> String {
    let words = text
        .split(|char: char| char.is_control() || char.is_whitespace())
        .filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(EXCERPT_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
