//! How hints of a provider are kept and followed: stored at once, read soon, forgotten with what they showed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;

use super::DriverError;
use super::cursor::record;
use super::records::stirred;
use super::site::{ConnectionSite, World};
use super::tape::of_changes;
use crate::document::{ConnectionId, DocumentKind, ProviderDocumentId};
use crate::engine::{Binding, BindingKey, provider_changed};
use crate::exchange::Purpose;
use crate::provider::{ErrorKind, Hint, Snapshot};
use crate::store::{ChangeSet, Find, RecordKey};

/// Hints followed in one step.
const HINTS_MAX: usize = 200;

/// Hints of a connection that wait, at most: a look reads a page of a thousand changes by one call, hints forty.
const WAITING_MAX: usize = 1_000;

/// The provider's clocks for a document and for its hint are not the same: a hint so much later than what
/// is known may still be about what is known. A change that is missed for it is found by the next poll.
const ECHO_MS: i64 = 1_500;

impl World {
    /// Keeps hints about documents of a connection. When it returns they survive a crash.
    ///
    /// When so many wait already that reading their documents one by one would cost more, what comes beyond is not
    /// kept, and one look at everything that changed takes its place. A hint that is kept already changes nothing. Hints for a connection that is not configured are
    /// dropped.
    pub async fn keep_hints(
        &self,
        connection: &ConnectionId,
        hints: &[Hint],
    ) -> Result<(), DriverError> {
        let Some(site) = self.connections.get(connection) else {
            return Ok(());
        };
        let mut records: Vec<_> = hints
            .iter()
            .map(|hint| record(key(connection, hint), hint))
            .collect();
        if records.is_empty() {
            return Ok(());
        }
        let waiting = self.store.records(&prefix(connection), WAITING_MAX).await?;
        records.truncate(WAITING_MAX - waiting.len());
        if records.len() < hints.len() {
            tracing::info!(%connection, waiting = waiting.len(), "too many hints wait: a look takes the place of more");
            self.look_soon(connection);
        }
        // What people see beside records is read anew, whoever's document it is.
        records.push(stirred(connection, self.clock.now()));
        self.store
            .commit(ChangeSet {
                records,
                ..ChangeSet::default()
            })
            .await?;
        site.hinted.notify_one();
        Ok(())
    }

    /// Looks at a connection's changes soon, because something changed there and nobody says what. However
    /// often this is called, looks keep [`super::Limits::provider_poll_min`] apart.
    pub fn look_soon(&self, connection: &ConnectionId) {
        if let Some(site) = self.connections.get(connection) {
            site.stirred.notify_one();
        }
    }

    /// Reads the documents that hints are about and stores what that shows. Gives how many hints were
    /// followed; those about documents of nobody, and those that tell what is known, cost no call.
    pub(super) async fn heed_page(&self, site: &ConnectionSite) -> Result<usize, DriverError> {
        let about = of_changes(Purpose::Read, site);
        self.on_tape(about, self.heed(site)).await
    }

    async fn heed(&self, site: &ConnectionSite) -> Result<usize, DriverError> {
        let kept = self.store.records(&prefix(&site.id), HINTS_MAX).await?;
        if kept.is_empty() {
            return Ok(0);
        }
        let mut wanted: BTreeMap<DocumentKind, BTreeSet<ProviderDocumentId>> = BTreeMap::new();
        let mut owners: BTreeMap<ProviderDocumentId, Vec<BindingKey>> = BTreeMap::new();
        for (_, value) in &kept {
            // What cannot be read is dropped: the poll sees the document anyway.
            let Ok(hint) = serde_json::from_slice::<Hint>(value) else {
                continue;
            };
            let bound = self.news_for(site, &hint).await?;
            if let Some(first) = bound.first() {
                let kind = hint.kind.unwrap_or(first.document.kind);
                wanted.entry(kind).or_default().insert(hint.id.clone());
                owners.insert(hint.id, bound);
            }
        }
        let mut shown: BTreeMap<BindingKey, Snapshot> = BTreeMap::new();
        for (kind, ids) in wanted {
            let ids: Vec<ProviderDocumentId> = ids.into_iter().collect();
            for some in ids.chunks(site.provider.capability().look_up_max.max(1)) {
                let read = match site.provider.read(kind, some).await {
                    // One document that cannot be read must not keep the others waiting: the poll is complete.
                    Err(error)
                        if matches!(error.kind, ErrorKind::BadReply | ErrorKind::Refused) =>
                    {
                        tracing::warn!(connection = %site.id, %error, "hints could not be followed");
                        self.look_soon(&site.id);
                        Vec::new()
                    }
                    read => read?,
                };
                for snapshot in read {
                    for owner in owners.get(&snapshot.id).into_iter().flatten() {
                        shown.insert(owner.clone(), snapshot.clone());
                    }
                }
            }
        }
        let followed = kept.len();
        let records = kept.into_iter().map(|(key, _)| (key, None)).collect();
        let base = ChangeSet {
            records,
            ..ChangeSet::default()
        };
        let keys: Vec<BindingKey> = shown.keys().cloned().collect();
        let at = self.clock.now();
        let changed = self
            .apply(&keys, base, |binding| {
                let snapshot = shown.get(&binding.key)?;
                provider_changed(binding, snapshot, self.policy(&binding.key), at)
            })
            .await?;
        self.progress.changes(changed);
        Ok(followed)
    }

    /// The bindings for which a hint may be news.
    async fn news_for(
        &self,
        site: &ConnectionSite,
        hint: &Hint,
    ) -> Result<Vec<BindingKey>, DriverError> {
        let find = Find::Posted {
            connection: site.id.clone(),
            id: hint.id.clone(),
        };
        let keys = self.store.find(&find).await?;
        let known = self.store.bindings(&keys).await?;
        Ok(known
            .into_iter()
            .flatten()
            .filter(|binding| !is_echo(binding, hint))
            .map(|binding| binding.key)
            .collect())
    }
}

/// Whether a hint tells of no later change than the one that is known: most often our own.
fn is_echo(binding: &Binding, hint: &Hint) -> bool {
    binding
        .posted
        .as_ref()
        .is_some_and(|posted| hint.at <= posted.updated_at + Duration::milliseconds(ECHO_MS))
}

fn prefix(connection: &ConnectionId) -> String {
    format!("{}/", RecordKey::new(&["hint", connection.as_str()]))
}

/// The record that has a document read once more after it was bound: what changed between the reading that it
/// was bound by and the binding may have been passed over as nobody's.
pub(super) fn look_again(
    connection: &ConnectionId,
    snapshot: &Snapshot,
) -> (RecordKey, Option<Vec<u8>>) {
    let hint = Hint {
        kind: Some(snapshot.kind),
        id: snapshot.id.clone(),
        at: snapshot.updated_at + Duration::milliseconds(2 * ECHO_MS),
    };
    record(key(connection, &hint), &hint)
}

/// Each hint has a key of its own, so that one which comes while an earlier one is followed stays.
fn key(connection: &ConnectionId, hint: &Hint) -> RecordKey {
    let at = hint.at.timestamp_millis().to_string();
    RecordKey::new(&["hint", connection.as_str(), hint.id.as_str(), &at])
}
