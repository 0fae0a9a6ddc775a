//! The embedded default store: one directory, no server, nothing acknowledged that a power cut could take.

mod audit;
mod backup;
mod breaks;
mod envelope;
mod group;
mod index;
mod keys;
mod ledger;
mod list_keys;
mod lists;
mod mark;
mod open;
mod prepare;
mod reader;
mod rebuild;
mod rewrite;
mod segments;
mod writer;

use std::fmt;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::rules;
use super::{
    ChangeSet, DuePage, Fence, Find, JournalPage, LeaseRequest, ListPage, Listing, Overview,
    RecordKey, Store, StoreError, Tallies,
};
use crate::document::{ConnectionId, Document, DocumentKey};
use crate::engine::{Binding, BindingKey, Flight, Lane};
pub use audit::Audit;
pub use backup::Backup;
use reader::Reader;
pub use rewrite::{Rewriting, Stored};
use writer::Writer;

/// A store in a directory of its own, for one process at a time.
///
/// Reads run on the calling task, at the speed of memory. Commits go to one writer thread, which makes
/// those that wait durable together; dropping the store lets it finish and then closes the directory.
pub struct SledStore {
    // The order is that of closing: first the writer, then the base, then the lock.
    writer: Writer,
    reader: Reader,
    _lock: File,
    path: PathBuf,
}

/// How to open a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SledOptions {
    /// Bytes of the cache of what is on disk. The process needs about twice that.
    pub cache_bytes: u64,
}

impl Default for SledOptions {
    /// 32 MiB of cache.
    fn default() -> Self {
        Self {
            cache_bytes: 32 << 20,
        }
    }
}

impl SledStore {
    /// Opens the store in this directory, and makes both when they are not there.
    ///
    /// A damaged snapshot is moved aside and the log read instead. Blocks for as long as that takes,
    /// about a second for a million records.
    ///
    /// # Errors
    ///
    /// [`StoreError::InUse`] while another process has it, [`StoreError::Newer`] when a newer version wrote
    /// it, [`StoreError::Corrupt`] when it cannot be read: nothing is repaired by guessing.
    /// [`StoreError::NotOpened`] when the disk refuses. Each names the directory.
    pub fn open(path: impl AsRef<Path>, options: SledOptions) -> Result<Self, StoreError> {
        let path = path.as_ref();
        rewrite::finish(path).map_err(open::located(path))?;
        Self::open_made(path, &options)
    }

    /// The same, where nothing is left to be finished.
    fn open_made(path: &Path, options: &SledOptions) -> Result<Self, StoreError> {
        let path = path.to_path_buf();
        let lock = open::lock(&path)?;
        let (db, ledger) = open::open(&path, options)?;
        let reader = Reader::of(db);
        let writer = Writer::start(
            reader.clone(),
            open::data_file(&path)?,
            mark::Mark::of(&path, ledger),
        )
        .map_err(open::located(&path))?;
        Ok(Self {
            writer,
            reader,
            _lock: lock,
            path,
        })
    }

    /// The bytes that the store takes on disk. Sound ones stay below ten times what lives in them.
    pub fn size_on_disk(&self) -> Result<u64, StoreError> {
        self.reader
            .db
            .size_on_disk()
            .map_err(|error| reader::failed("measuring", error))
    }

    /// Writes everything as it is at one moment into `file`, durably. Commits wait in the meantime, about a second
    /// for each 100 MB; every commit that returned before is in it.
    ///
    /// A file that was begun and failed is of no use. [`SledStore::restore`] makes a store of it.
    pub async fn back_up(&self, file: File) -> Result<Backup, StoreError> {
        self.writer.back_up(file).await
    }

    /// Makes a store from a backup, in a directory that is not there yet or is empty; then it can be opened.
    ///
    /// The whole backup is checked before anything is written, and the directory gets its name when it is whole: a
    /// crash meanwhile leaves one that ends in `.restoring`, which the next try removes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when the backup is not as it was written, [`StoreError::NotOpened`] when something is in
    /// the directory, [`StoreError::Newer`] when a newer version made the backup.
    pub fn restore(
        path: impl AsRef<Path>,
        backup: impl AsRef<Path>,
        options: SledOptions,
    ) -> Result<Backup, StoreError> {
        backup::restore(path.as_ref(), backup.as_ref(), &options)
    }

    /// Tells every value, in the order of [`Stored`]'s variants and of their keys.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] where a value cannot be read, and whatever `tell` fails with.
    pub fn walk(
        &self,
        tell: &mut dyn FnMut(Stored) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        rewrite::walk(&self.reader, tell)
    }

    /// Writes everything in the store anew, value by value, and puts that in its place: of what was there before, nothing
    /// stays on disk in files of the store. Takes as much room again while it is at work.
    ///
    /// The new store is read from its beginning to its end before it counts. A crash before that leaves the old one, and
    /// one after it is finished by whoever opens the store next.
    ///
    /// # Errors
    ///
    /// [`StoreError::InUse`] while anybody has the store, this process too; [`StoreError::Corrupt`] when anything in it
    /// cannot be read; what `with` fails with. The store is then as it was.
    pub async fn rewrite(
        path: impl AsRef<Path>,
        options: SledOptions,
        with: &mut dyn Rewriting,
    ) -> Result<(), StoreError> {
        let path = path.as_ref();
        let done = rewrite::run(path, &options, with).await;
        done.map_err(open::located(path))
    }

    /// Reads everything once and reports what does not agree. Takes seconds for each 100,000 bindings.
    ///
    /// Commits in the meantime may show as problems; run it while nothing else does.
    pub fn audit(&self) -> Result<Audit, StoreError> {
        let audited = panic::catch_unwind(AssertUnwindSafe(|| audit::run(&self.reader)));
        audited.unwrap_or_else(|_| Err(open::unreadable(&self.path)))
    }
}

impl SledStore {
    /// Reads, and says of which directory where that fails.
    fn read<T>(
        &self,
        read: impl FnOnce(&Reader) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.here(read(&self.reader))
    }

    fn here<T>(&self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        done.map_err(|error| named(&self.path, error))
    }
}

impl fmt::Debug for SledStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SledStore")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for SledStore {
    async fn commit(&self, changes: ChangeSet) -> Result<(), StoreError> {
        let prepared = prepare::prepare(changes)?;
        let done = self.writer.commit(prepared).await;
        self.here(done)
    }

    async fn bindings(&self, keys: &[BindingKey]) -> Result<Vec<Option<Binding>>, StoreError> {
        self.read(|reader| keys.iter().map(|key| reader.binding(key)).collect())
    }

    async fn scan(
        &self,
        after: Option<&BindingKey>,
        limit: usize,
    ) -> Result<Vec<Binding>, StoreError> {
        self.read(|reader| reader.scan(after, limit))
    }

    async fn find(&self, find: &Find) -> Result<Vec<BindingKey>, StoreError> {
        self.read(|reader| reader.find(find))
    }

    async fn documents(&self, keys: &[DocumentKey]) -> Result<Vec<Option<Document>>, StoreError> {
        self.read(|reader| keys.iter().map(|key| reader.document(key)).collect())
    }

    async fn due(
        &self,
        connection: &ConnectionId,
        lane: Lane,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<DuePage, StoreError> {
        self.read(|reader| reader.due(connection, lane, now, limit))
    }

    async fn flights(&self, connection: &ConnectionId) -> Result<Vec<Flight>, StoreError> {
        self.read(|reader| reader.flights(connection))
    }

    async fn journal(&self, pages: &[u64]) -> Result<Vec<JournalPage>, StoreError> {
        self.read(|reader| reader.journal(pages))
    }

    async fn journal_before(
        &self,
        page: Option<u64>,
        limit: usize,
    ) -> Result<Vec<JournalPage>, StoreError> {
        self.read(|reader| reader.journal_before(page, limit))
    }

    async fn records(
        &self,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<(RecordKey, Vec<u8>)>, StoreError> {
        self.read(|reader| reader.records(prefix, limit))
    }

    async fn record(&self, key: &RecordKey) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|reader| reader.record(key))
    }

    async fn lease(&self, request: &LeaseRequest) -> Result<Option<Fence>, StoreError> {
        rules::check_lease_name(&request.name)?;
        let done = self.writer.lease(request.clone()).await;
        self.here(done)
    }
}

#[async_trait]
impl Overview for SledStore {
    async fn list(&self, listing: &Listing) -> Result<ListPage, StoreError> {
        self.read(|reader| reader.list(listing))
    }

    async fn tallies(&self) -> Result<Tallies, StoreError> {
        self.read(|reader| reader.tallies())
    }

    async fn journal_span(&self, time: Range<DateTime<Utc>>) -> Result<Range<u64>, StoreError> {
        self.read(|reader| reader.journal_span(&time))
    }
}

/// The same error with the directory in its cause: whoever reads of a full disk wants to know which.
fn named(path: &Path, error: StoreError) -> StoreError {
    match error {
        StoreError::Io { operation, source } => StoreError::Io {
            operation,
            source: io::Error::new(source.kind(), format!("{}: {source}", path.display())),
        },
        error @ (StoreError::Conflict(_)
        | StoreError::Fenced
        | StoreError::InUse { .. }
        | StoreError::Newer { .. }
        | StoreError::Corrupt { .. }
        | StoreError::TooLarge { .. }
        | StoreError::NotOpened { .. }) => error,
    }
}
