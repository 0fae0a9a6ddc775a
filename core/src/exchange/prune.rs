//! What of exchanges is let go, and when: bodies after their time, heads never, looks at nothing of ours soon.

use chrono::{DateTime, TimeDelta, Utc};

use super::keep::{BODY, LOOK, stamp};
use crate::store::{ChangeSet, Store, StoreError};

/// What one step let go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Records removed.
    pub removed: usize,
    /// Whether more waits.
    pub more: bool,
    /// The day, as `YYYYMMDD`, of the youngest body that was removed; absent where none was.
    pub day: Option<String>,
}

/// Records of one step: small, so that nobody waits for it. Each may be a mebibyte, and is read.
const STEP_RECORDS_MAX: usize = 32;
/// Pieces of one body at most.
const PIECES_MAX: usize = 1_000;
/// The characters of a stamp that say its day.
const DAY_CHARS: usize = 8;
/// How long a look is remembered that showed nothing of ours.
const LOOKS_KEPT: TimeDelta = TimeDelta::days(31);

/// Takes one step: removes the oldest bodies that were kept for longer than `keep`, and the oldest looks that
/// concerned nobody. All pieces of one body go together. Heads and what points to them stay. A repeat goes on where
/// the last one ended.
pub async fn prune(
    store: &dyn Store,
    keep: TimeDelta,
    now: DateTime<Utc>,
) -> Result<Pruned, StoreError> {
    let mut pruned = Pruned::default();
    let mut records = Vec::new();
    for (prefix, kept_for) in [
        (BODY, keep),
        (LOOK, keep.min(LOOKS_KEPT).max(TimeDelta::days(1))),
    ] {
        let before = now.checked_sub_signed(kept_for);
        let before = before.map_or_else(String::new, |before| format!("{prefix}{}", stamp(before)));
        let oldest = store.records(prefix, STEP_RECORDS_MAX).await?;
        let old = oldest.into_iter().map(|(key, _)| key);
        let old: Vec<_> = old
            .take_while(|key| key.as_str() < before.as_str())
            .collect();
        pruned.more |= old.len() == STEP_RECORDS_MAX;
        let last = old.last().cloned();
        records.extend(old);
        if let Some((last, BODY)) = last.map(|key| (key, prefix)) {
            let name = last.as_str();
            let day = name.get(BODY.len()..BODY.len() + DAY_CHARS);
            pruned.day = day.map(str::to_owned);
            // The step may have ended between two of its pieces.
            let all = name.rsplit_once('/').map_or(name, |(all, _)| all);
            let pieces = store.records(&format!("{all}/"), PIECES_MAX).await?;
            let rest = pieces.into_iter().map(|(key, _)| key);
            records.extend(rest.filter(|key| *key > last));
        }
    }
    pruned.removed = records.len();
    if !records.is_empty() {
        let changes = ChangeSet {
            records: records.into_iter().map(|key| (key, None)).collect(),
            ..ChangeSet::default()
        };
        store.commit(changes).await?;
    }
    Ok(pruned)
}
