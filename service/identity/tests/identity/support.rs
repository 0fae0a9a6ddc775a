//! A desk over a store in memory, and a clock that a test moves by hand.

use std::ops::Range;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret;
use tieout_core::clock::Clock;
use tieout_core::document::{ConnectionId, Document, DocumentKey};
use tieout_core::engine::{Binding, BindingKey, Flight, Lane};
use tieout_core::store::{
    ChangeSet, DuePage, Fence, Find, JournalPage, LeaseRequest, ListPage, Listing, MemoryStore,
    Overview, RecordKey, Store, StoreError, Tallies,
};
use tieout_identity::{
    Actor, Email, Error, Identity, Lifetimes, NewPerson, Person, Refusal, Role, SignedIn, Visitor,
};

/// A clock that stands still until it is moved.
pub(crate) struct HandClock(Mutex<DateTime<Utc>>);

impl HandClock {
    pub(crate) fn pass(&self, time: TimeDelta) {
        let mut now = self.0.lock().unwrap();
        *now += time;
    }
}

impl Clock for HandClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// A store in memory that counts commits, and fails them when it is told to.
#[derive(Default)]
pub(crate) struct CountingStore {
    inner: MemoryStore,
    commits: Mutex<usize>,
    full: Mutex<bool>,
}

impl CountingStore {
    pub(crate) fn commits(&self) -> usize {
        *self.commits.lock().unwrap()
    }

    pub(crate) fn fill(&self) {
        *self.full.lock().unwrap() = true;
    }

    /// Everything that somebody who steals the store has.
    pub(crate) async fn loot(&self) -> String {
        let records = self.inner.records("", usize::MAX).await.unwrap();
        let lines = records.iter().map(|(key, value)| {
            let value = String::from_utf8_lossy(value);
            format!("{key} {value}\n")
        });
        lines.collect()
    }
}

#[async_trait]
impl Overview for CountingStore {
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

#[async_trait]
impl Store for CountingStore {
    async fn commit(&self, changes: ChangeSet) -> Result<(), StoreError> {
        if *self.full.lock().unwrap() {
            return Err(StoreError::Io {
                operation: "writing",
                source: std::io::ErrorKind::StorageFull.into(),
            });
        }
        *self.commits.lock().unwrap() += 1;
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
        self.inner.due(connection, lane, now, limit).await
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

/// A desk with its store and clock.
pub(crate) struct Desk {
    pub(crate) identity: Arc<Identity>,
    pub(crate) store: Arc<CountingStore>,
    pub(crate) clock: Arc<HandClock>,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::over(Arc::default())
    }

    pub(crate) fn over(store: Arc<CountingStore>) -> Self {
        let start = "2026-11-22T09:00:00Z".parse().unwrap();
        let clock = Arc::new(HandClock(Mutex::new(start)));
        let identity = Identity::new(
            Arc::clone(&store) as Arc<dyn Store>,
            Arc::clone(&clock) as Arc<dyn Clock>,
            Lifetimes::default(),
        );
        Self {
            identity: Arc::new(identity),
            store,
            clock,
        }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(crate) async fn person(&self, email: &str, role: Role) -> Person {
        let new = NewPerson {
            email: address(email),
            name: String::new(),
            role,
        };
        self.identity.add_person(&operator(), new).await.unwrap()
    }

    pub(crate) async fn signed_in(&self, person: &Person) -> SignedIn {
        let link = self
            .identity
            .make_link(&operator(), person.id)
            .await
            .unwrap();
        let token = link.token.expose_secret();
        self.identity
            .follow_link(token, &Visitor::default())
            .await
            .unwrap()
    }

    pub(crate) async fn refusal_of(&self, cookie: &SignedIn) -> Option<Refusal> {
        let outcome = self.identity.session(cookie.cookie.expose_secret()).await;
        outcome.err().map(refused)
    }
}

pub(crate) fn operator() -> Actor {
    Actor::command_line("root")
}

pub(crate) fn address(text: &str) -> Email {
    text.parse().unwrap()
}

/// The refusal in an error; a fault fails the test.
pub(crate) fn refused(error: Error) -> Refusal {
    match error {
        Error::Refused(refusal) => refusal,
        Error::Fault(fault) => panic!("a fault: {fault}"),
    }
}
