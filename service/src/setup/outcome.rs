//! What became of something that was done while nobody sent: kept for the page that waits for it, over the beginning anew.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tieout_core::store::{ChangeSet, RecordKey, Store, StoreError};

use crate::exit::Failure;

/// The first part of the names of these records.
const ROOM: &str = "setup-outcome";
/// The version of the stored form.
const VERSION: u32 = 1;
/// Outcomes that are kept; the oldest goes first.
const KEPT_MAX: usize = 50;
/// Outcomes that are read at once, more than are kept.
const READ_MAX: usize = 1_000;

/// What became of a wish. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// The version of this form.
    v: u32,
    /// When it was done, or could not be.
    pub(crate) at: DateTime<Utc>,
    /// Who wished it.
    pub(crate) by: String,
    /// Where to go on, as a path of this server.
    pub(crate) then: String,
    /// Whether it was done.
    pub(crate) done: bool,
    /// What came of it: a sentence.
    pub(crate) words: String,
    /// What to do, where it was not done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) advice: Option<String>,
}

impl Outcome {
    /// It was done.
    pub(crate) fn done(words: String, by: &str, then: &str, at: DateTime<Utc>) -> Self {
        Self {
            v: VERSION,
            at,
            by: by.to_owned(),
            then: then.to_owned(),
            done: true,
            words,
            advice: None,
        }
    }

    /// It could not be done.
    pub(crate) fn failed(failure: &Failure, by: &str, then: &str, at: DateTime<Utc>) -> Self {
        Self {
            done: false,
            words: crate::exit::sentence(&failure.message),
            advice: failure.advice.clone(),
            ..Self::done(String::new(), by, then, at)
        }
    }

    /// What became of a wish, once it is known. What cannot be read is as if it were not there.
    pub(crate) async fn read(store: &dyn Store, id: &str) -> Result<Option<Self>, StoreError> {
        let bytes = store.record(&key(id)).await?;
        Ok(bytes.and_then(|bytes| parse(&bytes)))
    }

    /// Writes it down, and lets the oldest go.
    pub(crate) async fn keep(&self, store: &dyn Store, id: &str) -> Result<(), StoreError> {
        let known = store.records(&format!("{ROOM}/"), READ_MAX).await?;
        let mut known: Vec<(Option<DateTime<Utc>>, RecordKey)> = known
            .into_iter()
            .map(|(key, bytes)| (parse(&bytes).map(|it| it.at), key))
            .collect();
        known.sort();
        let too_many = (known.len() + 1).saturating_sub(KEPT_MAX);
        let gone = known.into_iter().take(too_many).map(|(_, key)| (key, None));
        let mut records: Vec<_> = gone.collect();
        let bytes = serde_json::to_vec(self).expect("words, a moment and a yes or no are JSON");
        records.push((key(id), Some(bytes)));
        let changes = ChangeSet {
            records,
            ..ChangeSet::default()
        };
        store.commit(changes).await
    }
}

fn key(id: &str) -> RecordKey {
    RecordKey::new(&[ROOM, id])
}

fn parse(bytes: &[u8]) -> Option<Outcome> {
    let outcome = serde_json::from_slice::<Outcome>(bytes).ok()?;
    (outcome.v == VERSION).then_some(outcome)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use tieout_core::store::MemoryStore;

    use super::*;

    #[tokio::test]
    async fn the_oldest_outcomes_go_and_the_newest_stay() {
        let store = MemoryStore::default();
        let start = DateTime::<Utc>::UNIX_EPOCH;
        for minute in 0..60 {
            let at = start + TimeDelta::minutes(minute);
            let outcome = Outcome::done(format!("{minute}"), "ann", "/", at);
            outcome.keep(&store, &minute.to_string()).await.unwrap();
        }
        let left = store.records("setup-outcome/", 100).await.unwrap();
        assert_eq!(left.len(), KEPT_MAX);
        let read = async |id| Outcome::read(&store, id).await.unwrap().map(|it| it.words);
        assert_eq!(read("9").await, None);
        assert_eq!(read("10").await.as_deref(), Some("10"));
        assert_eq!(read("59").await.as_deref(), Some("59"));
    }
}
