//! How everything in a store is written anew beside it, value by value, and takes its place: what was there before is then
//! nowhere on disk.
//!
//! A store that only takes commits keeps what was replaced in old segments of its log, for as long as sled likes. Whoever
//! must be sure that something is gone makes another store without it. The new one is made in `STORE.rewritten`, read once
//! more from its beginning to its end, and only then marked as whole; a crash before that leaves the old store as it was. From
//! the mark on, every opening finishes what is left to do: the old store moves to `STORE.replaced`, the new one to its
//! place, and the old one is removed.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use ::sled::{Batch, Db};
use serde::Serialize;

use super::super::rules::JSON_NEVER_FAILS;
use super::super::{ChangeSet, JournalPage, RecordKey, Store, StoreError};
use super::keys::{self, tag};
use super::reader::{Reader, bad_key, failed};
use super::{SledOptions, SledStore, backup, envelope, open};
use crate::document::{Document, DocumentKey};
use crate::engine::{Binding, Entry, Flight};

/// A value of a store, as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub enum Stored {
    /// What is remembered of a document on a connection.
    Binding(Box<Binding>),
    /// A document as its host handed it over.
    Document(DocumentKey, Box<Document>),
    /// A request in the air.
    Flight(Box<Flight>),
    /// A page of the journal.
    Journal(JournalPage),
    /// A named record.
    Record(RecordKey, Vec<u8>),
}

/// Says what becomes of values as they go by, in the order of [`Stored`]'s variants and of their keys.
pub trait Rewriting: Send {
    /// Gives what stands in the place of a value: itself, something else, or nothing, now or later.
    ///
    /// # Errors
    ///
    /// Any error ends the whole, and the store stays as it was.
    fn rewrite(&mut self, value: Stored, put: &mut dyn FnMut(Stored)) -> Result<(), StoreError>;

    /// Gives what was kept back; nothing comes after it.
    fn end(&mut self, put: &mut dyn FnMut(Stored));

    /// What the journal says of it.
    fn journal(&mut self) -> Vec<Entry>;
}

/// What the name of the new store ends in while it is made.
const REWRITTEN: &str = ".rewritten";
/// What the name of the old one ends in from then on.
const REPLACED: &str = ".replaced";
/// The file that says that the new one is whole.
const WHOLE: &str = "whole";

/// The values in the order in which they go by.
const VALUES: [u8; 5] = [
    tag::BINDING,
    tag::DOCUMENT,
    tag::FLIGHT,
    tag::JOURNAL,
    tag::RECORD,
];
/// What goes by as it lies there.
const AS_THEY_ARE: [u8; 2] = [tag::LEASE, tag::META];
/// Bytes that are written together.
const BATCH_BYTES: usize = 4 << 20;

/// Tells every value. One that a commit removes meanwhile may be left out.
pub(super) fn walk(
    reader: &Reader,
    tell: &mut dyn FnMut(Stored) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    for tag in VALUES {
        for found in reader.db.scan_prefix([tag]) {
            let (key, entry) = found.map_err(|error| failed("reading everything", error))?;
            match read(reader, &key, entry) {
                Err(_) if reader.entry(&key)?.is_none() => {}
                stored => tell(stored?)?,
            }
        }
    }
    Ok(())
}

/// Writes everything anew and puts it in the place of what was there.
pub(super) async fn run(
    path: &Path,
    options: &SledOptions,
    with: &mut dyn Rewriting,
) -> Result<(), StoreError> {
    let path = &path.components().collect::<PathBuf>();
    finish(path)?;
    // Held to the end: whoever opened the old one now would write what nobody will read.
    let lock = open::lock(path)?;
    let fresh = beside(path, REWRITTEN);
    if fresh.exists() {
        fs::remove_dir_all(&fresh).map_err(failing("removing what an earlier try left"))?;
    }
    let made = make(path, &fresh, options, with).await;
    if let Err(error) = made {
        // Half a store is of no use, and takes the room that may be what is lacking.
        let _ = fs::remove_dir_all(&fresh);
        return Err(error);
    }
    mark_whole(&fresh)?;
    take_its_place(path, &lock)
}

/// Finishes what a crash left: a store that is whole takes the place of the one before it.
///
/// # Errors
///
/// [`StoreError::InUse`] while the process that makes it is still there.
pub(super) fn finish(path: &Path) -> Result<(), StoreError> {
    let path = &path.components().collect::<PathBuf>();
    if beside(path, REWRITTEN).join(WHOLE).exists() {
        let lock = path.exists().then(|| open::lock(path)).transpose()?;
        tracing::info!(path = %path.display(), "a store that was written anew takes the place of the one before it");
        return match lock {
            Some(lock) => take_its_place(path, &lock),
            None => move_in(path),
        };
    }
    if path.exists() && beside(path, REPLACED).exists() {
        return remove_replaced(path);
    }
    Ok(())
}

async fn make(
    path: &Path,
    fresh: &Path,
    options: &SledOptions,
    with: &mut dyn Rewriting,
) -> Result<(), StoreError> {
    backup::make_private(fresh).map_err(failing("creating the directory"))?;
    {
        let (old, _ledger) = open::open(path, options)?;
        let reader = Reader::of(old);
        fill(&reader, fresh, options, with)?;
    }
    // As at every start: what lists and counts are read from is made, and the journal is there without a gap.
    let store = SledStore::open_made(fresh, options)?;
    let journal = with.journal();
    if !journal.is_empty() {
        let changes = ChangeSet {
            journal,
            ..ChangeSet::default()
        };
        store.commit(changes).await?;
    }
    let audit = store.audit()?;
    match audit.problems.into_iter().next() {
        None => Ok(()),
        Some(message) => Err(StoreError::Corrupt {
            place: fresh.display().to_string(),
            message: format!("what was written anew is not sound: {message}"),
        }),
    }
}

/// Writes every value, changed or not; the entries that are made from them are made at the first opening.
fn fill(
    reader: &Reader,
    fresh: &Path,
    options: &SledOptions,
    with: &mut dyn Rewriting,
) -> Result<(), StoreError> {
    let config = ::sled::Config::new()
        .path(fresh)
        .cache_capacity(options.cache_bytes);
    let db = config
        .open()
        .map_err(|error| failed("making the store", error))?;
    let mut out = Out::to(&db);
    for tag in AS_THEY_ARE {
        for found in reader.db.scan_prefix([tag]) {
            let (key, entry) = found.map_err(|error| failed("reading everything", error))?;
            out.raw(&key, &reader.payload(&key, entry)?)?;
        }
    }
    walk(reader, &mut |value| {
        let mut made = Vec::new();
        with.rewrite(value, &mut |value| made.push(value))?;
        made.into_iter().try_for_each(|value| out.value(&value))
    })?;
    let mut made = Vec::new();
    with.end(&mut |value| made.push(value));
    made.into_iter().try_for_each(|value| out.value(&value))?;
    out.end()?;
    open::forget_lists(&db)?;
    db.flush().map_err(|error| failed("flushing", error))?;
    let synced = File::open(fresh.join("db")).and_then(|file| file.sync_all());
    synced.map_err(failing("syncing"))
}

/// Gathers what is written.
struct Out<'a> {
    db: &'a Db,
    batch: Batch,
    bytes: usize,
}

impl<'a> Out<'a> {
    fn to(db: &'a Db) -> Self {
        Self {
            db,
            batch: Batch::default(),
            bytes: 0,
        }
    }

    fn value(&mut self, value: &Stored) -> Result<(), StoreError> {
        match value {
            Stored::Binding(binding) => self.json(&keys::binding(&binding.key), binding),
            Stored::Document(key, document) => self.json(&keys::document(key), document),
            Stored::Flight(flight) => self.json(&keys::flight(&flight.id.0), flight),
            Stored::Journal(page) => self.json(&keys::journal(page.number), &page.entries),
            Stored::Record(key, bytes) => self.raw(&keys::record(key.as_str()), bytes),
        }
    }

    fn json<T: Serialize>(&mut self, key: &[u8], value: &T) -> Result<(), StoreError> {
        let json = serde_json::to_vec(value).expect(JSON_NEVER_FAILS);
        self.raw(key, &json)
    }

    fn raw(&mut self, key: &[u8], payload: &[u8]) -> Result<(), StoreError> {
        for (key, entry) in envelope::wrap(key.to_vec(), payload) {
            self.bytes += key.len() + entry.len();
            self.batch.insert(key, entry);
        }
        match self.bytes < BATCH_BYTES {
            true => Ok(()),
            false => self.end(),
        }
    }

    fn end(&mut self) -> Result<(), StoreError> {
        self.bytes = 0;
        let batch = std::mem::take(&mut self.batch);
        let applied = self.db.apply_batch(batch);
        applied.map_err(|error| failed("writing", error))
    }
}

fn read(reader: &Reader, key: &[u8], entry: ::sled::IVec) -> Result<Stored, StoreError> {
    Ok(match key.first().copied().unwrap_or_default() {
        tag::BINDING => Stored::Binding(reader.decode(key, entry)?),
        tag::DOCUMENT => {
            let name = keys::read_document(key).map_err(bad_key)?;
            Stored::Document(name, reader.decode(key, entry)?)
        }
        tag::FLIGHT => Stored::Flight(reader.decode(key, entry)?),
        tag::JOURNAL => Stored::Journal(JournalPage {
            number: keys::read_journal(key).map_err(bad_key)?,
            entries: reader.decode(key, entry)?,
        }),
        _ => {
            let name = key.get(1..).unwrap_or_default();
            let name = std::str::from_utf8(name)
                .map_err(|error| super::reader::corrupt(key, error.to_string()))?;
            let value = reader.payload(key, entry)?.to_vec();
            Stored::Record(RecordKey::from(name.to_owned()), value)
        }
    })
}

fn mark_whole(fresh: &Path) -> Result<(), StoreError> {
    let mark = super::mark::create(&fresh.join(WHOLE)).and_then(|file| file.sync_all());
    mark.and_then(|()| sync(fresh))
        .map_err(failing("marking the new store"))
}

/// The old store steps aside, the new one moves in. Nobody else may have the old one: `lock` is held.
fn take_its_place(path: &Path, _lock: &File) -> Result<(), StoreError> {
    let replaced = beside(path, REPLACED);
    if replaced.exists() && path.exists() {
        // The old one stepped aside already; somebody who came between made an empty directory.
        let empty = fs::remove_file(path.join("lock")).and_then(|()| fs::remove_dir(path));
        empty.map_err(failing("removing an empty directory"))?;
    } else if path.exists() {
        fs::rename(path, &replaced).map_err(failing("moving the old store aside"))?;
    }
    move_in(path)
}

fn move_in(path: &Path) -> Result<(), StoreError> {
    match fs::rename(beside(path, REWRITTEN), path) {
        Ok(()) => {}
        // Somebody else finished it a moment before.
        Err(error) if error.kind() == ErrorKind::NotFound && path.exists() => {}
        Err(error) => return Err(failing("giving the new store its name")(error)),
    }
    if let Some(parent) = path.parent() {
        sync(parent).map_err(failing("syncing the directory"))?;
    }
    let _ = fs::remove_file(path.join(WHOLE));
    remove_replaced(path)
}

fn remove_replaced(path: &Path) -> Result<(), StoreError> {
    match fs::remove_dir_all(beside(path, REPLACED)) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(failing("removing the old store")(error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

fn sync(directory: &Path) -> io::Result<()> {
    match directory.as_os_str().is_empty() {
        true => Ok(()),
        false => File::open(directory).and_then(|directory| directory.sync_all()),
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn failing(operation: &'static str) -> impl FnOnce(io::Error) -> StoreError {
    open::io_failed(operation)
}
