//! A store that dies at the n-th commit, as a process does: before it or after it, and for good.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tieout_core::document::{ConnectionId, Document, DocumentKey};
use tieout_core::engine::{Binding, BindingKey, Flight, Lane};
use tieout_core::store::{
    ChangeSet, DuePage, Fence, Find, JournalPage, LeaseRequest, ListPage, Listing, Overview,
    RecordKey, Store, StoreError, Tallies,
};

/// On which side of a commit the process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Before,
    After,
}

/// The store of a process that is going to die.
pub(crate) struct CrashStore {
    inner: Arc<dyn Store>,
    at: usize,
    side: Side,
    commits: AtomicUsize,
    dead: AtomicBool,
}

impl CrashStore {
    /// Dies at commit `at`, counted from 1.
    pub(crate) fn new(inner: Arc<dyn Store>, at: usize, side: Side) -> Self {
        Self {
            inner,
            at,
            side,
            commits: AtomicUsize::new(0),
            dead: AtomicBool::new(false),
        }
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    fn alive(&self) -> Result<(), StoreError> {
        match self.is_dead() {
            true => Err(dead()),
            false => Ok(()),
        }
    }
}

fn dead() -> StoreError {
    StoreError::Io {
        operation: "test",
        source: std::io::Error::other("the process is dead"),
    }
}

#[async_trait]
impl Overview for CrashStore {
    async fn list(&self, listing: &Listing) -> Result<ListPage, StoreError> {
        self.alive()?;
        self.inner.list(listing).await
    }

    async fn tallies(&self) -> Result<Tallies, StoreError> {
        self.alive()?;
        self.inner.tallies().await
    }

    async fn journal_span(&self, time: Range<DateTime<Utc>>) -> Result<Range<u64>, StoreError> {
        self.alive()?;
        self.inner.journal_span(time).await
    }
}

#[async_trait]
impl Store for CrashStore {
    async fn commit(&self, changes: ChangeSet) -> Result<(), StoreError> {
        self.alive()?;
        let number = self.commits.fetch_add(1, Ordering::SeqCst) + 1;
        if number != self.at {
            return self.inner.commit(changes).await;
        }
        self.dead.store(true, Ordering::SeqCst);
        if self.side == Side::After {
            self.inner.commit(changes).await?;
        }
        Err(dead())
    }

    async fn bindings(&self, keys: &[BindingKey]) -> Result<Vec<Option<Binding>>, StoreError> {
        self.alive()?;
        self.inner.bindings(keys).await
    }

    async fn scan(
        &self,
        after: Option<&BindingKey>,
        limit: usize,
    ) -> Result<Vec<Binding>, StoreError> {
        self.alive()?;
        self.inner.scan(after, limit).await
    }

    async fn find(&self, find: &Find) -> Result<Vec<BindingKey>, StoreError> {
        self.alive()?;
        self.inner.find(find).await
    }

    async fn documents(&self, keys: &[DocumentKey]) -> Result<Vec<Option<Document>>, StoreError> {
        self.alive()?;
        self.inner.documents(keys).await
    }

    async fn due(
        &self,
        connection: &ConnectionId,
        lane: Lane,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<DuePage, StoreError> {
        self.alive()?;
        self.inner.due(connection, lane, now, limit).await
    }

    async fn flights(&self, connection: &ConnectionId) -> Result<Vec<Flight>, StoreError> {
        self.alive()?;
        self.inner.flights(connection).await
    }

    async fn journal(&self, pages: &[u64]) -> Result<Vec<JournalPage>, StoreError> {
        self.alive()?;
        self.inner.journal(pages).await
    }

    async fn journal_before(
        &self,
        page: Option<u64>,
        limit: usize,
    ) -> Result<Vec<JournalPage>, StoreError> {
        self.alive()?;
        self.inner.journal_before(page, limit).await
    }

    async fn records(
        &self,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<(RecordKey, Vec<u8>)>, StoreError> {
        self.alive()?;
        self.inner.records(prefix, limit).await
    }

    async fn record(&self, key: &RecordKey) -> Result<Option<Vec<u8>>, StoreError> {
        self.alive()?;
        self.inner.record(key).await
    }

    async fn lease(&self, request: &LeaseRequest) -> Result<Option<Fence>, StoreError> {
        self.alive()?;
        self.inner.lease(request).await
    }
}
