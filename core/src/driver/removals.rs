//! How a deletion is remembered beside the bindings, so that a late repeat of the document as it was brings nothing back.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::DriverError;
use super::cursor::{read, record};
use super::draft::Draft;
use super::site::World;
use crate::document::{DocumentKey, HostId};
use crate::engine::{Binding, Wanted};
use crate::store::RecordKey;

/// Deletions that are remembered of one host, but for those of one page.
const REMEMBERED_MAX: usize = 4_000;
/// No product repeats what it could not send for longer.
const REMEMBERED_FOR: TimeDelta = TimeDelta::weeks(4);

/// A deletion that a host told of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Removal {
    /// The revision that the deletion made.
    revision: u64,
    /// When it was told.
    at: DateTime<Utc>,
}

impl World {
    /// Remembers a deletion, whether or not the document was ever seen here: it may still come, late.
    ///
    /// A repeat changes nothing. The oldest are forgotten when there are too many.
    pub(super) async fn remember_removal(
        &self,
        key: &DocumentKey,
        revision: u64,
        draft: &mut Draft,
    ) -> Result<(), DriverError> {
        let name = name(key);
        let known = self.removal(&name, draft).await?;
        if known.is_some_and(|known| known.revision >= revision) {
            return Ok(());
        }
        let prefix = prefix(&key.host);
        let is_first = !draft
            .records
            .iter()
            .any(|(name, _)| name.as_str().starts_with(&prefix));
        if is_first {
            self.forget_removals(&prefix, draft).await?;
        }
        let at = draft.at;
        draft.records.push(record(name, &Removal { revision, at }));
        Ok(())
    }

    /// Whether a document that arrives is older than its deletion, or no younger.
    ///
    /// A higher revision is the document made anew: its deletion is forgotten.
    pub(super) async fn is_of_before_removal(
        &self,
        key: &DocumentKey,
        revision: u64,
        known: &[Binding],
        draft: &mut Draft,
    ) -> Result<bool, DriverError> {
        if !known.is_empty() && known.iter().all(|it| it.wanted != Wanted::Gone) {
            return Ok(false);
        }
        let name = name(key);
        let Some(removal) = self.removal(&name, draft).await? else {
            return Ok(false);
        };
        if revision <= removal.revision {
            tracing::info!(%key, revision, removed = removal.revision, "a late repeat of what the host deleted is ignored");
            return Ok(true);
        }
        draft.records.push((name, None));
        Ok(false)
    }

    async fn removal(
        &self,
        name: &RecordKey,
        draft: &Draft,
    ) -> Result<Option<Removal>, DriverError> {
        let drafted = draft.records.iter().rev().find(|(it, _)| it == name);
        match drafted {
            Some((_, Some(content))) => Ok(serde_json::from_slice(content).ok()),
            Some((_, None)) => Ok(None),
            None => read(self.store.as_ref(), name).await,
        }
    }

    /// Forgets what is old, and the older half where there is no room.
    async fn forget_removals(&self, prefix: &str, draft: &mut Draft) -> Result<(), DriverError> {
        let some = self.store.records(prefix, 2 * REMEMBERED_MAX).await?;
        let told_at = |content: &[u8]| {
            let removal: Option<Removal> = serde_json::from_slice(content).ok();
            removal.map_or(DateTime::<Utc>::MIN_UTC, |removal| removal.at)
        };
        let mut all: Vec<(DateTime<Utc>, RecordKey)> = some
            .into_iter()
            .map(|(name, content)| (told_at(&content), name))
            .collect();
        all.sort();
        let no_room = match all.len() {
            0..REMEMBERED_MAX => 0,
            full => full - REMEMBERED_MAX / 2,
        };
        let until = draft.at - REMEMBERED_FOR;
        let forgotten = all
            .into_iter()
            .enumerate()
            .filter(|(place, (at, _))| *place < no_room || *at < until)
            .map(|(_, (_, name))| (name, None));
        draft.records.extend(forgotten);
        Ok(())
    }
}

fn prefix(host: &HostId) -> String {
    format!("{}/", RecordKey::new(&["removed", host.as_str()]).as_str())
}

fn name(key: &DocumentKey) -> RecordKey {
    RecordKey::new(&[
        "removed",
        key.host.as_str(),
        key.kind.as_str(),
        key.id.as_str(),
    ])
}
