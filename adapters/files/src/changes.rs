//! How changes are read: a page after a position, the oldest change first, and each at least once.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tieout_core::document::{DocumentKind, ProviderDocumentId};
use tieout_core::provider::{
    ChangePage, ChangesAfter, ErrorKind, ProviderError, Snapshot, Unreadable,
};

use crate::books::{Books, folder};
use crate::capability::CAPABILITY;
use crate::chart::front;
use crate::disk::Entry;
use crate::held::Held;
use crate::look::shown;

const OPERATION: &str = "read changes";

/// How far before the last look the next one begins. Disks count time in steps of up to two seconds, and what changed in the
/// step of a look may have changed after it.
const OVERLAP_SECONDS: i64 = 5;

/// How far each kind was read.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Position {
    v: u8,
    kinds: BTreeMap<DocumentKind, Reached>,
}

/// How far a kind was read.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reached {
    /// Changes before this are told.
    from: DateTime<Utc>,
    /// When the present run began, and the last change that it told; `None` between two runs.
    run: Option<(DateTime<Utc>, DateTime<Utc>, String)>,
}

/// The next page after a position of our own making.
pub(crate) async fn changes(
    books: &Arc<Books>,
    after: &ChangesAfter,
) -> Result<ChangePage, ProviderError> {
    let refused = |why: &str| ProviderError::new(ErrorKind::Refused, OPERATION, why);
    if after.kinds.is_empty() {
        return Err(refused("no kind is wanted"));
    }
    let position = match &after.cursor {
        None => Position {
            v: 1,
            ..Position::default()
        },
        Some(text) => match serde_json::from_str(text) {
            Ok(position @ Position { v: 1, .. }) => position,
            Ok(_) | Err(_) => return Err(refused("the position is none of ours")),
        },
    };
    let after = after.clone();
    let work = move |books: &Books| page(books, &after, position);
    books.ask(OPERATION, work).await
}

fn page(
    books: &Books,
    after: &ChangesAfter,
    mut position: Position,
) -> Result<ChangePage, ProviderError> {
    front(books, OPERATION)?;
    // Before any folder is listed: what changes from here on is told by the next run.
    let now = books.clock.now();
    let (mut documents, mut unreadable) = (Vec::new(), Vec::new());
    let mut more = false;
    for &kind in &after.kinds {
        let room = CAPABILITY.page_documents_max - documents.len() - unreadable.len();
        let known = position.kinds.remove(&kind);
        let reached = known.unwrap_or_else(|| Reached {
            from: after.since.unwrap_or_default(),
            run: None,
        });
        let mut waiting: Vec<Entry> = books.list(OPERATION, folder(kind))?;
        waiting.retain(|entry| match &reached.run {
            Some((_, at, name)) => (entry.changed, &entry.name) > (*at, name),
            None => entry.changed >= reached.from,
        });
        waiting.sort_unstable();
        let is_end = waiting.len() <= room;
        waiting.truncate(room);
        for entry in &waiting {
            match tell(books, kind, entry)? {
                Some(Ok(snapshot)) => documents.push(snapshot),
                Some(Err(strange)) => unreadable.push(strange),
                None => {}
            }
        }
        let began = reached.run.as_ref().map_or(now, |(began, ..)| *began);
        let last = waiting.pop().map(|last| (began, last.changed, last.name));
        let next = match is_end {
            true => Reached {
                from: began - TimeDelta::seconds(OVERLAP_SECONDS),
                run: None,
            },
            false => Reached {
                from: reached.from,
                run: last.or(reached.run),
            },
        };
        position.kinds.insert(kind, next);
        more |= !is_end;
    }
    let cursor = serde_json::to_string(&position).map_err(|error| {
        ProviderError::new(ErrorKind::BadReply, OPERATION, "a position").caused_by(error)
    })?;
    Ok(ChangePage {
        documents,
        unreadable,
        cursor,
        more,
        complete_as_of: now,
    })
}

/// What changed; `None` when its file is gone again.
fn tell(
    books: &Books,
    kind: DocumentKind,
    entry: &Entry,
) -> Result<Option<Result<Snapshot, Unreadable>>, ProviderError> {
    let found = books.read::<Held>(OPERATION, folder(kind), &entry.name);
    let told = match found {
        Ok(None) => return Ok(None),
        Ok(Some(found)) => shown(OPERATION, kind, &found),
        Err(error) => Err(error),
    };
    match told {
        Ok(snapshot) => Ok(Some(Ok(snapshot))),
        // Half a document of a person's keeps none of the others.
        Err(error) if error.kind == ErrorKind::BadReply => {
            let why = error.message;
            let id = ProviderDocumentId::new(&*entry.name);
            // What has no identifier is none of ours, which all have.
            Ok(id.ok().map(|id| {
                Err(Unreadable {
                    kind,
                    id,
                    number: None,
                    why,
                })
            }))
        }
        Err(error) => Err(error),
    }
}
