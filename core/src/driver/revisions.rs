//! What the host said of a document before: kept when it says something else, compressed and bounded.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::draft::Draft;
use super::site::World;
use super::{DriverError, cursor};
use crate::document::{Document, DocumentKey};
use crate::engine::ContentHash;
use crate::exchange::{pack, unpack};
use crate::store::{RecordKey, Store, StoreError};

/// A document as the host had it until it said something else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OldRevision {
    /// When it was replaced.
    pub replaced_at: DateTime<Utc>,
    /// The document.
    pub document: Document,
}

/// Old revisions of one document; the oldest go first.
const REVISIONS_MAX: usize = 50;

/// What is kept of a document's revisions before the present one, oldest first.
pub async fn old_revisions(
    store: &dyn Store,
    document: &DocumentKey,
) -> Result<Vec<OldRevision>, StoreError> {
    let kept = store.records(&prefix(document), REVISIONS_MAX + 1).await?;
    let read = kept.into_iter().map(|(key, packed)| {
        let damaged = |message| StoreError::Corrupt {
            place: format!("record {key}"),
            message,
        };
        let json = unpack(&packed).map_err(damaged)?;
        serde_json::from_slice(&json).map_err(|error| damaged(error.to_string()))
    });
    read.collect()
}

impl World {
    /// Keeps what a document was before, if that was anything else.
    pub(super) async fn keep_replaced(
        &self,
        key: &DocumentKey,
        document: &Document,
        draft: &mut Draft,
    ) -> Result<(), DriverError> {
        let old = match draft.document(key) {
            Some(old) => Some(old.clone()),
            None => {
                let keys = std::slice::from_ref(key);
                self.store
                    .documents(keys)
                    .await?
                    .into_iter()
                    .flatten()
                    .next()
            }
        };
        let Some(old) = old.filter(|old| old != document) else {
            return Ok(());
        };
        let prefix = prefix(key);
        let kept = self.store.records(&prefix, REVISIONS_MAX).await?;
        if kept.len() == REVISIONS_MAX {
            let oldest = kept.into_iter().next().map(|(key, _)| (key, None));
            draft.records.extend(oldest);
        }
        let revision = OldRevision {
            replaced_at: draft.at,
            document: old,
        };
        // The place in the page keeps those of one moment apart and in their order.
        let place = draft.records.len();
        let stamp = draft.at.format("%Y%m%dT%H%M%S%6f");
        let name = RecordKey::from(format!("{prefix}{stamp}-{place:06}"));
        let (name, json) = cursor::record(name, &revision);
        draft.records.push((name, json.map(|json| pack(&[&json]))));
        Ok(())
    }
}

fn prefix(document: &DocumentKey) -> String {
    format!("revision/{}/", ContentHash::of(document))
}
