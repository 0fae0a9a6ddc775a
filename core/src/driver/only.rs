//! A store whose queue shows only some bindings, so that the loops work these off and touch no other.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::document::{ConnectionId, Document, DocumentKey};
use crate::engine::{Binding, BindingKey, Flight, Lane};
use crate::store::{
    ChangeSet, DuePage, Fence, Find, JournalPage, LeaseRequest, ListPage, Listing, Overview,
    RecordKey, Store, StoreError, Tallies,
};

/// A store of which only some bindings are ever due.
pub(super) struct Only {
    inner: Arc<dyn Store>,
    /// Those of them that may still have work.
    keys: Mutex<BTreeSet<BindingKey>>,
}

impl Only {
    pub(super) fn of(inner: Arc<dyn Store>, keys: &[BindingKey]) -> Self {
        Self {
            inner,
            keys: Mutex::new(keys.iter().cloned().collect()),
        }
    }

    fn of_connection(&self, connection: &ConnectionId) -> Vec<BindingKey> {
        let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let here = keys.iter().filter(|key| key.connection == *connection);
        here.cloned().collect()
    }

    /// Forgets what has come to rest: nothing but a request in the air gives it work again.
    fn forget_rested(&self, bindings: &[Binding]) {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let rests = |binding: &&Binding| binding.departure().is_none() && binding.due().is_empty();
        for binding in bindings.iter().filter(rests) {
            keys.remove(&binding.key);
        }
    }
}

#[async_trait]
impl Store for Only {
    async fn commit(&self, changes: ChangeSet) -> Result<(), StoreError> {
        self.inner.commit(changes).await
    }

    async fn bindings(&self, keys: &[BindingKey]) -> Result<Vec<Option<Binding>>, StoreError> {
        self.inner.bindings(keys).await
    }

    async fn scan(
        &self,
        after: Option<&BindingKey>,
        limit: usize,
    ) -> Result<Vec<Binding>, StoreError> {
        self.inner.scan(after, limit).await
    }

    async fn find(&self, find: &Find) -> Result<Vec<BindingKey>, StoreError> {
        self.inner.find(find).await
    }

    async fn documents(&self, keys: &[DocumentKey]) -> Result<Vec<Option<Document>>, StoreError> {
        self.inner.documents(keys).await
    }

    async fn due(
        &self,
        connection: &ConnectionId,
        lane: Lane,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<DuePage, StoreError> {
        let keys = self.of_connection(connection);
        let known = self.inner.bindings(&keys).await?.into_iter().flatten();
        let known: Vec<Binding> = known.collect();
        self.forget_rested(&known);
        let mut due = Vec::new();
        let mut next_at: Option<DateTime<Utc>> = None;
        for binding in known {
            for work in binding.due().into_iter().filter(|work| work.lane == lane) {
                if work.at <= now {
                    due.push((work.priority, work.at, binding.key.clone()));
                } else {
                    next_at = Some(next_at.map_or(work.at, |at| at.min(work.at)));
                }
            }
        }
        due.sort();
        due.truncate(limit);
        let keys = due.into_iter().map(|(_, _, key)| key).collect();
        Ok(DuePage { keys, next_at })
    }

    async fn flights(&self, connection: &ConnectionId) -> Result<Vec<Flight>, StoreError> {
        self.inner.flights(connection).await
    }

    async fn journal(&self, pages: &[u64]) -> Result<Vec<JournalPage>, StoreError> {
        self.inner.journal(pages).await
    }

    async fn journal_before(
        &self,
        page: Option<u64>,
        limit: usize,
    ) -> Result<Vec<JournalPage>, StoreError> {
        self.inner.journal_before(page, limit).await
    }

    async fn records(
        &self,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<(RecordKey, Vec<u8>)>, StoreError> {
        self.inner.records(prefix, limit).await
    }

    async fn record(&self, key: &RecordKey) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.record(key).await
    }

    async fn lease(&self, request: &LeaseRequest) -> Result<Option<Fence>, StoreError> {
        self.inner.lease(request).await
    }
}

#[async_trait]
impl Overview for Only {
    async fn list(&self, listing: &Listing) -> Result<ListPage, StoreError> {
        self.inner.list(listing).await
    }

    async fn tallies(&self) -> Result<Tallies, StoreError> {
        self.inner.tallies().await
    }

    async fn journal_span(&self, time: Range<DateTime<Utc>>) -> Result<Range<u64>, StoreError> {
        self.inner.journal_span(time).await
    }
}
