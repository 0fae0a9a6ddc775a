//! What a host told that nobody could read: kept until it tells it in a form that can be read, or takes it back.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::DriverError;
use super::cursor::record;
use super::draft::Draft;
use super::site::{HostSite, World};
use crate::document::{DocumentId, HostId};
use crate::engine::ContentHash;
use crate::host::{HostPage, Record};
use crate::store::{RecordKey, Store, StoreError};

/// Records that are kept of one host; what comes beyond stands in the journal alone.
pub const UNREAD_MAX: usize = 1_000;

/// A record of a host that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// What names it in the host: its identifier, or else where it stood.
    pub name: String,
    /// Where it stood.
    pub place: String,
    /// The field at fault; empty for the whole record.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// Those of a host that nobody could read yet, at most [`UNREAD_MAX`].
pub async fn unread(store: &dyn Store, host: &HostId) -> Result<Vec<Unread>, StoreError> {
    let kept = store.records(&prefix(host), UNREAD_MAX).await?;
    // One of a later version is not ours to show.
    let known = kept
        .iter()
        .filter_map(|(_, value)| serde_json::from_slice(value).ok());
    Ok(known.collect())
}

impl World {
    /// Adds to a draft which records of a page are to be kept as unread, and which are not any more. What is known in the
    /// same words is no news: gives the places of those.
    pub(super) async fn note_unread(
        &self,
        site: &HostSite,
        page: &HostPage,
        draft: &mut Draft,
    ) -> Result<Vec<String>, DriverError> {
        let mut known: BTreeMap<String, Unread> = unread(self.store.as_ref(), &site.id)
            .await?
            .into_iter()
            .map(|one| (one.name.clone(), one))
            .collect();
        let mut old = Vec::new();
        for record_ in &page.records {
            match record_ {
                Record::Unreadable {
                    place,
                    field,
                    message,
                    id: Some(name),
                } => {
                    let now = Unread {
                        name: name.clone(),
                        place: place.clone(),
                        field: field.clone(),
                        message: message.clone(),
                        since: draft.at,
                    };
                    let before = known.get(name);
                    let same =
                        before.is_some_and(|it| (&it.field, &it.message) == (field, message));
                    if same {
                        old.push(place.clone());
                    } else if before.is_some() || known.len() < UNREAD_MAX {
                        draft.records.push(record(key(&site.id, name), &now));
                        known.insert(name.clone(), now);
                    }
                }
                Record::Unreadable { id: None, .. } => {}
                Record::Document(document) => {
                    self.read_by_now(site, document.id(), &mut known, draft);
                }
                Record::Removed { id, .. } => self.read_by_now(site, id, &mut known, draft),
            }
        }
        Ok(old)
    }

    fn read_by_now(
        &self,
        site: &HostSite,
        id: &DocumentId,
        known: &mut BTreeMap<String, Unread>,
        draft: &mut Draft,
    ) {
        if known.remove(id.as_str()).is_some() {
            draft.records.push((key(&site.id, id.as_str()), None));
        }
    }
}

fn prefix(host: &HostId) -> String {
    let mut prefix = RecordKey::new(&["unread", host.as_str()])
        .as_str()
        .to_owned();
    prefix.push('/');
    prefix
}

/// Names of the host are of any length and form.
fn key(host: &HostId, name: &str) -> RecordKey {
    let name = ContentHash::of_bytes(name.as_bytes());
    RecordKey::new(&["unread", host.as_str(), name.as_str()])
}
