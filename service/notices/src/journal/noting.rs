//! What was open before the first start: noted without a word, so that only news is told, and the end of the old.

use chrono::{DateTime, Utc};
use tieout_core::store::{ChangeSet, JournalPage, Store, StoreError};

use super::known::Known;
use crate::circle::{Circle, Cursor, Noting};
use crate::keys;

/// Bindings looked at in one step of the walk.
const STEP_MAX: usize = 500;
/// Pages of the journal looked at in one step back.
const PAGES_AT_ONCE: usize = 50;

/// Notes some of what is open, at the first start and after; whether there is more. The journal is read from where it
/// stood when the first who is told was added.
pub(crate) async fn note_what_was_open(
    store: &dyn Store,
    circle: &mut Circle,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    if circle.cursor.is_none() {
        circle.cursor = Some(Cursor {
            page: page_before(store, circle.begins_at()).await?,
            noting: Some(Noting::default()),
            ..Cursor::default()
        });
    }
    let Some(cursor) = &mut circle.cursor else {
        return Ok(false);
    };
    let Some(noting) = &cursor.noting else {
        return Ok(false);
    };
    let some = store.scan(noting.after.as_ref(), STEP_MAX).await?;
    cursor.noting = some.last().map(|last| Noting {
        after: Some(last.key.clone()),
    });
    let mut records = Vec::new();
    for binding in &some {
        // What changed since is told by the journal, which is read afterwards.
        if binding.story.last().is_some_and(|page| *page > cursor.page) {
            continue;
        }
        let known = Known::of(binding, now);
        if !known.open.is_empty() {
            records.push(keys::record(keys::known(&binding.key), &known));
        }
    }
    records.extend(circle.changed());
    store
        .commit(ChangeSet {
            records,
            ..ChangeSet::default()
        })
        .await?;
    Ok(!some.is_empty())
}

/// The last page of the journal from before a time; zero where there is none.
async fn page_before(store: &dyn Store, time: Option<DateTime<Utc>>) -> Result<u64, StoreError> {
    let mut before = None;
    loop {
        let pages = store.journal_before(before, PAGES_AT_ONCE).await?;
        let Some(oldest) = pages.last() else {
            return Ok(0);
        };
        before = Some(oldest.number);
        let is_before = |page: &&JournalPage| {
            let mut entries = page.entries.iter();
            time.is_none_or(|time| entries.all(|entry| entry.at < time))
        };
        if let Some(page) = pages.iter().find(is_before) {
            return Ok(page.number);
        }
    }
}
