//! How changes at the provider reach bindings: page by page, each page stored with its position.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use super::DriverError;
use super::cursor::{ProviderCursor, record};
use super::passed_over::PassedOver;
use super::records::stirred;
use super::site::{ConnectionSite, World};
use super::tape::{keep_rest, of_changes};
use crate::document::{DocumentKind, ProviderDocumentId};
use crate::engine::{BindingKey, became_unreadable, provider_changed};
use crate::exchange::{self, Purpose, Tape};
use crate::mapping;
use crate::provider::{ChangePage, ChangesAfter, ProviderError, Snapshot};
use crate::spans::{collecting, followed};
use crate::store::{ChangeSet, Find};

/// A page that was asked for while the one before it is stored.
type Ahead = AbortOnDropHandle<Asked>;
/// A page with what was said for it.
type Asked = (Result<ChangePage, ProviderError>, Arc<Tape>);

/// How long before its first start a connection's changes are read: clocks differ.
const FIRST_LOOK_BACK_MINUTES: i64 = 15;

impl World {
    /// Takes every page of changes of a connection that waits now. A stop lets the page at hand be stored.
    ///
    /// Documents that no binding holds are passed over, but remembered while a create is in the air. A
    /// page and its position become durable together, so a crash means that the same page comes again,
    /// which changes nothing twice. The next page is on its way while one is stored. Two who collect from one
    /// site do so one after the other.
    pub(super) async fn collect_all(
        &self,
        site: &ConnectionSite,
        stop: &CancellationToken,
    ) -> Result<(), DriverError> {
        followed(collecting(&site.id), self.collect_pages(site, stop)).await
    }

    async fn collect_pages(
        &self,
        site: &ConnectionSite,
        stop: &CancellationToken,
    ) -> Result<(), DriverError> {
        let _alone = site.reader.lock().await;
        let mut ahead: Option<Ahead> = None;
        while !stop.is_cancelled() {
            let mut cursor = self.open_cursor(site).await?;
            let changed = self.look_back(site).await?;
            self.progress.changes(changed);
            let (page, tape) = match ahead.take() {
                Some(page) => arrived(page.await),
                None => {
                    let after = after(site, &cursor);
                    let asked = site.provider.changes(&after);
                    exchange::taped(of_changes(Purpose::Poll, site), asked).await
                }
            };
            let page = match page {
                Ok(page) => page,
                Err(error) => {
                    keep_rest(self.store.as_ref(), &tape).await?;
                    return Err(error.into());
                }
            };
            cursor.cursor = Some(page.cursor.clone());
            if page.more {
                let provider = Arc::clone(&site.provider);
                let after = after(site, &cursor);
                let about = of_changes(Purpose::Poll, site);
                let asked = async move { exchange::taped(about, provider.changes(&after)).await };
                let asked = tokio::spawn(asked.in_current_span());
                ahead = Some(AbortOnDropHandle::new(asked));
            } else {
                cursor.complete_as_of = Some(page.complete_as_of);
            }
            let stored = self.store_changes(site, &page, &cursor);
            let changed = exchange::resumed(Arc::clone(&tape), stored).await?;
            keep_rest(self.store.as_ref(), &tape).await?;
            self.progress.changes(changed);
            if !page.more {
                site.note_read();
                return self.watch_chart(site).await;
            }
        }
        Ok(())
    }

    /// How far a connection has been read. Where reading begins, and of which kinds, is remembered before anything is sent
    /// to it, so that the longest first run misses no payment and no change of the settings hides what was sent.
    pub(super) async fn open_cursor(
        &self,
        site: &ConnectionSite,
    ) -> Result<ProviderCursor, DriverError> {
        let mut cursor = ProviderCursor::read(self.store.as_ref(), &site.id).await?;
        let kinds = kinds(site, &cursor);
        if cursor.since.is_none() || cursor.kinds != kinds {
            let first = self.clock.now() - chrono::Duration::minutes(FIRST_LOOK_BACK_MINUTES);
            cursor.since.get_or_insert(first);
            cursor.kinds = kinds;
            let records = vec![record(ProviderCursor::key(&site.id), &cursor)];
            self.store
                .commit(ChangeSet {
                    records,
                    ..ChangeSet::default()
                })
                .await?;
        }
        Ok(cursor)
    }

    async fn store_changes(
        &self,
        site: &ConnectionSite,
        page: &ChangePage,
        cursor: &ProviderCursor,
    ) -> Result<usize, DriverError> {
        // Asked first: a create that lands from here on finds its document noted.
        let creating = self.is_creating(site).await?;
        let at = self.clock.now();
        let strange = self.look_into(site, &page.unreadable, at).await?;
        // What was read again is newer than what the page shows.
        let documents: Vec<Snapshot> = page
            .documents
            .iter()
            .cloned()
            .chain(strange.documents)
            .collect();
        let bound = self.bound(site, &documents).await?;
        let keys: Vec<BindingKey> = bound.keys().chain(strange.ours.keys()).cloned().collect();
        let mut records = vec![record(ProviderCursor::key(&site.id), cursor)];
        if !page.documents.is_empty() {
            records.push(stirred(&site.id, at));
        }
        if creating {
            let ours: HashSet<&ProviderDocumentId> =
                bound.values().map(|snapshot| &snapshot.id).collect();
            let mut passed_over = self.passed_over(site).await?;
            let unreadable = page.unreadable.iter().map(|one| (one.kind, &one.id));
            passed_over.note(
                documents
                    .iter()
                    .map(|snapshot| (snapshot.kind, &snapshot.id))
                    .chain(unreadable)
                    .filter(|(_, id)| !ours.contains(id)),
            );
            records.push(record(PassedOver::key(site), &passed_over));
        }
        records.extend(strange.records);
        let base = ChangeSet {
            records,
            journal: strange.notes,
            ..ChangeSet::default()
        };
        self.apply(&keys, base, |binding| {
            let policy = self.policy(&binding.key);
            match bound.get(&binding.key) {
                Some(snapshot) => provider_changed(binding, snapshot, policy, at),
                None => became_unreadable(binding, strange.ours.get(&binding.key)?, policy, at),
            }
        })
        .await
    }

    /// The newest snapshot of each document that a binding holds.
    pub(super) async fn bound<'a>(
        &self,
        site: &ConnectionSite,
        documents: &'a [Snapshot],
    ) -> Result<BTreeMap<BindingKey, &'a Snapshot>, DriverError> {
        let newest: BTreeMap<&ProviderDocumentId, &Snapshot> = documents
            .iter()
            .map(|snapshot| (&snapshot.id, snapshot))
            .collect();
        let mut bound = BTreeMap::new();
        for (id, snapshot) in newest {
            let find = Find::Posted {
                connection: site.id.clone(),
                id: id.clone(),
            };
            for key in self.store.find(&find).await? {
                bound.insert(key, snapshot);
            }
        }
        Ok(bound)
    }
}

impl World {
    /// The kinds that a look at a connection asks for, as far as its settings tell.
    pub(super) fn kinds_of(&self, site: &ConnectionSite) -> Vec<DocumentKind> {
        kinds(site, &ProviderCursor::default())
    }
}

fn after(site: &ConnectionSite, cursor: &ProviderCursor) -> ChangesAfter {
    ChangesAfter {
        cursor: cursor.cursor.clone(),
        since: cursor.since,
        kinds: kinds(site, cursor),
    }
}

fn arrived(page: Result<Asked, tokio::task::JoinError>) -> Asked {
    page.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}

/// The kinds that travel over a connection, and those that once did: what was posted then is still paid. What
/// never travelled costs no call.
fn kinds(site: &ConnectionSite, cursor: &ProviderCursor) -> Vec<DocumentKind> {
    let held = site.provider.capability().documents.iter().copied();
    held.filter(|kind| mapping::travels(*kind, &site.settings) || cursor.kinds.contains(kind))
        .collect()
}
