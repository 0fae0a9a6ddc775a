//! The store as one process sees it: it dies at its steps, fails as disks do, and is held to what a commit promises.

use std::future::Future;
use std::ops::Range;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tieout_core::document::{ConnectionId, Document, DocumentKey};
use tieout_core::engine::{
    Binding, BindingKey, CompanionState, Entry, Flight, FlightId, Lane, ReversalState,
};
use tieout_core::store::{
    ChangeSet, DuePage, Fence, Find, FlightChange, JournalPage, LeaseRequest, ListPage, Listing,
    Overview, RecordKey, Store, StoreError, Tallies,
};

use super::body::{Body, Moment, Step};
use super::mistakes;
use crate::coverage::Case;
use crate::faults::Chance;
use crate::ground::Ground;
use crate::invariants::commits;
use crate::mutations::Mutation;

/// The store of one process.
pub(crate) struct NodeStore {
    inner: Mutex<Option<Arc<dyn Store>>>,
    body: Arc<Body>,
    broken: AtomicBool,
}

impl NodeStore {
    pub(crate) fn new(inner: Arc<dyn Store>, body: Arc<Body>) -> Self {
        Self {
            inner: Mutex::new(Some(inner)),
            body,
            broken: AtomicBool::new(false),
        }
    }

    /// Lets go of the disk, whoever still holds this.
    pub(crate) fn let_go(&self) {
        *self.inner.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether the disk failed.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }

    /// The disk itself, for whoever looks on.
    pub(crate) fn peek(&self) -> Option<Arc<dyn Store>> {
        self.inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn inner(&self) -> Result<Arc<dyn Store>, StoreError> {
        self.peek().ok_or_else(failed)
    }

    async fn read<T, F: Future<Output = Result<T, StoreError>>>(
        &self,
        read: impl FnOnce(Arc<dyn Store>) -> F,
    ) -> Result<T, StoreError> {
        let step = self.body.step(Step::Read).await;
        let result = wait(read(self.inner()?));
        step.at(Moment::After).await;
        result
    }

    /// A commit that fails as a disk does: what became of it is open, and no later one succeeds.
    fn fail(&self, inner: &dyn Store, changes: ChangeSet) -> StoreError {
        let ground = &self.body.ground;
        self.broken.store(true, Ordering::Relaxed);
        let entries = changes.journal.clone();
        if ground.faults().one_in(2) && wait(inner.commit(changes)).is_ok() {
            ground.met(Case::CommitFailedButThere);
            self.tell(&entries);
            commits::note(ground, &entries);
            ground.tell("store", "fails, and the commit is there");
        } else {
            ground.tell("store", "fails, and nothing of the commit is there");
        }
        failed()
    }

    /// What this process sent is on record once its flight ends.
    fn hold_to_records(&self, inner: &dyn Store, closed: &[FlightId]) {
        for flight in closed {
            let wrong = commits::unrecorded(inner, flight, self.body.sent(flight));
            wrong
                .into_iter()
                .for_each(|wrong| self.body.ground.wrong(wrong));
        }
    }

    fn tell(&self, entries: &[Entry]) {
        for entry in entries {
            let about = entry
                .binding
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default();
            let state = entry.state.as_deref().unwrap_or("-");
            self.body
                .ground
                .tell("journal", format!("{about}: {:?} -> {state}", entry.event));
        }
    }
}

/// What is left of a commit where the life has a mistake in it.
fn mistaken(ground: &Ground, mut changes: ChangeSet) -> Option<ChangeSet> {
    let opens = |change: &FlightChange| matches!(change, FlightChange::Open(_));
    if ground.makes(Mutation::DepartureNotStored) && changes.flights.iter().any(opens) {
        return None;
    }
    if ground.makes(Mutation::RecordsLost) && !changes.documents.is_empty() {
        changes.documents.clear();
        changes.bindings.clear();
        changes.journal.clear();
    }
    for binding in &mut changes.bindings {
        if ground.makes(Mutation::DealtWithoutMemory)
            && let Some(roster) = &mut binding.roster
        {
            roster.there = None;
        }
        if ground.makes(Mutation::UndoForgotten) {
            binding.undo = None;
        }
        if ground.makes(Mutation::NoteNotStored)
            && let Some(reversal) = &mut binding.reversal
            && matches!(reversal.state, ReversalState::NoteSent(_))
        {
            reversal.state = ReversalState::Wanted { before: None };
        }
        if ground.makes(Mutation::PaymentNotStored) {
            for item in binding.companions.items.values_mut() {
                if matches!(item.state, CompanionState::Sent(_)) {
                    item.state = CompanionState::Wanted { before: None };
                }
            }
        }
    }
    mistakes::of_steps(ground, &mut changes);
    if ground.makes(Mutation::ExchangesLost) {
        let is_other = |key: &RecordKey| !key.as_str().starts_with("exchange/");
        changes.records.retain(|(key, _)| is_other(key));
    }
    if ground.makes(Mutation::JournalSilent) {
        changes.journal.clear();
    }
    Some(changes)
}

fn failed() -> StoreError {
    StoreError::Io {
        operation: "commit",
        source: std::io::Error::other("the simulated disk failed"),
    }
}

#[async_trait]
impl Store for NodeStore {
    async fn commit(&self, changes: ChangeSet) -> Result<(), StoreError> {
        let step = self.body.step(Step::Commit).await;
        let inner = self.inner()?;
        if self.broken.load(Ordering::Relaxed) {
            return Err(failed());
        }
        if self.body.ground.strikes(Chance::StoreFails) {
            return Err(self.fail(inner.as_ref(), changes));
        }
        let Some(mut changes) = mistaken(&self.body.ground, changes) else {
            return Ok(());
        };
        if self.body.ground.makes(Mutation::VersionIgnored) {
            mistakes::as_if_newest(inner.as_ref(), &mut changes);
        }
        let wrong = commits::unexplained(inner.as_ref(), &changes);
        commits::note_bindings(&self.body.ground, &changes.bindings);
        let entries = changes.journal.clone();
        let closed = commits::closed(&changes);
        let result = wait(inner.commit(changes));
        if result.is_ok() {
            self.hold_to_records(inner.as_ref(), &closed);
            self.tell(&entries);
            commits::note(&self.body.ground, &entries);
            wrong
                .into_iter()
                .for_each(|wrong| self.body.ground.wrong(wrong));
        }
        // A task that nobody aborts may wait here for ever, and must not keep the disk from the next process.
        drop(inner);
        step.at(Moment::Between).await;
        step.at(Moment::After).await;
        result
    }

    async fn bindings(&self, keys: &[BindingKey]) -> Result<Vec<Option<Binding>>, StoreError> {
        self.read(|inner| async move { inner.bindings(keys).await })
            .await
    }

    async fn scan(
        &self,
        after: Option<&BindingKey>,
        limit: usize,
    ) -> Result<Vec<Binding>, StoreError> {
        self.read(|inner| async move { inner.scan(after, limit).await })
            .await
    }

    async fn find(&self, find: &Find) -> Result<Vec<BindingKey>, StoreError> {
        self.read(|inner| async move { inner.find(find).await })
            .await
    }

    async fn documents(&self, keys: &[DocumentKey]) -> Result<Vec<Option<Document>>, StoreError> {
        self.read(|inner| async move { inner.documents(keys).await })
            .await
    }

    async fn due(
        &self,
        connection: &ConnectionId,
        lane: Lane,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<DuePage, StoreError> {
        self.read(|inner| async move { inner.due(connection, lane, now, limit).await })
            .await
    }

    async fn flights(&self, connection: &ConnectionId) -> Result<Vec<Flight>, StoreError> {
        if self.body.ground.makes(Mutation::FlightsForgotten) {
            return Ok(Vec::new());
        }
        self.read(|inner| async move { inner.flights(connection).await })
            .await
    }

    async fn journal(&self, pages: &[u64]) -> Result<Vec<JournalPage>, StoreError> {
        self.read(|inner| async move { inner.journal(pages).await })
            .await
    }

    async fn journal_before(
        &self,
        page: Option<u64>,
        limit: usize,
    ) -> Result<Vec<JournalPage>, StoreError> {
        self.read(|inner| async move { inner.journal_before(page, limit).await })
            .await
    }

    async fn records(
        &self,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<(RecordKey, Vec<u8>)>, StoreError> {
        self.read(|inner| async move { inner.records(prefix, limit).await })
            .await
    }

    async fn record(&self, key: &RecordKey) -> Result<Option<Vec<u8>>, StoreError> {
        if self.body.ground.makes(Mutation::DeliveryForgotten)
            && key.as_str().starts_with("delivery")
        {
            return Ok(None);
        }
        self.read(|inner| async move { inner.record(key).await })
            .await
    }

    async fn lease(&self, request: &LeaseRequest) -> Result<Option<Fence>, StoreError> {
        self.read(|inner| async move { inner.lease(request).await })
            .await
    }
}

/// Waits in place. A store with a thread of its own would else let virtual time run while it writes.
pub(crate) fn wait<T>(work: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut work = pin!(work);
    loop {
        match work.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(done) => return done,
            Poll::Pending => thread::park(),
        }
    }
}

#[async_trait]
impl Overview for NodeStore {
    async fn list(&self, listing: &Listing) -> Result<ListPage, StoreError> {
        self.read(|inner| async move { inner.list(listing).await })
            .await
    }

    async fn tallies(&self) -> Result<Tallies, StoreError> {
        self.read(|inner| async move { inner.tallies().await })
            .await
    }

    async fn journal_span(&self, time: Range<DateTime<Utc>>) -> Result<Range<u64>, StoreError> {
        self.read(|inner| async move { inner.journal_span(time).await })
            .await
    }
}
