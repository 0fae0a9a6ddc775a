//! How values are found and put together again: every read of the tree, checked.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use ::sled::{Db, IVec};
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;

use super::super::limits::FIND_KEYS_MAX;
use super::super::rules::PRIORITIES;
use super::super::{DuePage, Find, JournalPage, RecordKey, StoreError};
use super::envelope::{self, Head, Shape};
use super::keys::{self, BadKey};
use super::list_keys;
use crate::document::{ConnectionId, Document, DocumentKey, HostId};
use crate::engine::{Binding, BindingKey, Flight, Lane};

/// Times that a value in parts is read again while commits replace it.
const READ_TRIES_MAX: usize = 100;

/// How the binding is read off a key.
type ReadKey = fn(&[u8]) -> Result<BindingKey, BadKey>;

/// Reads, at the speed of memory as long as the cache holds what is asked for.
#[derive(Clone)]
pub(super) struct Reader {
    pub(super) db: Db,
    /// Held while a batch is put into the tree, which takes several of sled's steps, and by reads that must not see one
    /// of them without the others.
    step: Arc<RwLock<()>>,
}

impl Reader {
    pub(super) fn of(db: Db) -> Self {
        Self {
            db,
            step: Arc::default(),
        }
    }

    /// No batch is put into the tree while this is held. Short: commits wait for it.
    pub(super) fn moment(&self) -> RwLockReadGuard<'_, ()> {
        self.step.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nobody reads lists and counts while this is held.
    pub(super) fn between(&self) -> RwLockWriteGuard<'_, ()> {
        self.step.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The JSON value of a key.
    pub(super) fn get<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, StoreError> {
        let Some(entry) = self.entry(key)? else {
            return Ok(None);
        };
        self.decode(key, entry).map(Some)
    }

    /// The raw entry of a key.
    pub(super) fn entry(&self, key: &[u8]) -> Result<Option<IVec>, StoreError> {
        self.db.get(key).map_err(|error| failed("reading", error))
    }

    /// The JSON value of an entry that was read.
    pub(super) fn decode<T: DeserializeOwned>(
        &self,
        key: &[u8],
        entry: IVec,
    ) -> Result<T, StoreError> {
        let payload = self.payload(key, entry)?;
        serde_json::from_slice(&payload).map_err(|error| corrupt(key, error.to_string()))
    }

    /// The payload of an entry that was read.
    pub(super) fn payload(&self, key: &[u8], mut entry: IVec) -> Result<IVec, StoreError> {
        for _ in 0..READ_TRIES_MAX {
            let head =
                match envelope::inspect(key, &entry).map_err(|message| corrupt(key, message))? {
                    Shape::Whole => return Ok(envelope::payload(&entry)),
                    Shape::Head(head) => head,
                    Shape::Part => {
                        return Err(corrupt(
                            key,
                            "a part stands where a value should".to_owned(),
                        ));
                    }
                };
            if let Some(payload) = self.joined(key, head)? {
                return Ok(payload);
            }
            // A commit may have replaced the parts since the head was read. If it did, the head is new.
            match self.entry(key)? {
                Some(now) if now != entry => entry = now,
                Some(_) | None => {
                    return Err(corrupt(key, "its parts do not make the whole".to_owned()));
                }
            }
        }
        Err(corrupt(
            key,
            "it changes faster than it can be read".to_owned(),
        ))
    }

    fn joined(&self, key: &[u8], head: Head) -> Result<Option<IVec>, StoreError> {
        let mut payload = Vec::with_capacity(head.bytes);
        for index in 0..head.parts {
            let key = keys::chunk(key, index);
            let Some(entry) = self.entry(&key)? else {
                return Ok(None);
            };
            match envelope::inspect(&key, &entry).map_err(|message| corrupt(&key, message))? {
                Shape::Part => payload.extend_from_slice(&envelope::payload(&entry)),
                Shape::Whole | Shape::Head(_) => return Ok(None),
            }
        }
        Ok(head.matches(&payload).then(|| payload.into()))
    }

    pub(super) fn binding(&self, key: &BindingKey) -> Result<Option<Binding>, StoreError> {
        self.get(&keys::binding(key))
    }

    pub(super) fn document(&self, key: &DocumentKey) -> Result<Option<Document>, StoreError> {
        self.get(&keys::document(key))
    }

    pub(super) fn scan(
        &self,
        after: Option<&BindingKey>,
        limit: usize,
    ) -> Result<Vec<Binding>, StoreError> {
        let from = after.map_or_else(|| vec![keys::tag::BINDING], keys::binding);
        let found = self.db.range(from.clone()..vec![keys::tag::BINDING + 1]);
        let mut bindings = Vec::new();
        for found in found {
            if bindings.len() == limit {
                break;
            }
            let (key, entry) = found.map_err(|error| failed("scanning", error))?;
            if after.is_some() && *key == *from {
                continue;
            }
            bindings.push(self.decode(&key, entry)?);
        }
        Ok(bindings)
    }

    pub(super) fn find(&self, find: &Find) -> Result<Vec<BindingKey>, StoreError> {
        let (prefix, read): (_, ReadKey) = match find {
            Find::Document(document) => (keys::bindings_of(document), keys::read_binding),
            Find::Case { host, number } => return self.of_case(host, number),
            Find::Number(number) => (keys::numbers(number), keys::read_index),
            Find::Posted { connection, id } => (keys::postings(connection, id), keys::read_index),
        };
        let found = self.db.scan_prefix(prefix).keys().take(FIND_KEYS_MAX);
        found
            .map(|key| read(&key.map_err(|error| failed("finding", error))?).map_err(bad_key))
            .collect()
    }

    fn of_case(&self, host: &HostId, number: &str) -> Result<Vec<BindingKey>, StoreError> {
        let mut bindings = Vec::new();
        for key in self.db.scan_prefix(list_keys::cases(host, number)).keys() {
            let key = key.map_err(|error| failed("finding", error))?;
            let document = list_keys::read_case(&key).map_err(bad_key)?;
            bindings.extend(self.find(&Find::Document(document))?);
            if bindings.len() >= FIND_KEYS_MAX {
                bindings.truncate(FIND_KEYS_MAX);
                break;
            }
        }
        Ok(bindings)
    }

    pub(super) fn due(
        &self,
        connection: &ConnectionId,
        lane: Lane,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<DuePage, StoreError> {
        let mut page = DuePage::default();
        for priority in PRIORITIES {
            let prefix = keys::queue_of(connection, lane, priority);
            let more_urgent = page.next_at;
            for key in self.db.scan_prefix(&prefix).keys() {
                let key = key.map_err(|error| failed("reading the queue", error))?;
                let (at, key) = keys::read_queue(&key, &prefix, connection).map_err(bad_key)?;
                if at > now {
                    page.next_at = Some(page.next_at.map_or(at, |earlier| earlier.min(at)));
                    break;
                }
                if page.keys.len() == limit {
                    page.next_at = more_urgent;
                    return Ok(page);
                }
                page.keys.push(key);
            }
        }
        Ok(page)
    }

    pub(super) fn flights(&self, connection: &ConnectionId) -> Result<Vec<Flight>, StoreError> {
        let mut flights = Vec::new();
        for found in self.db.scan_prefix([keys::tag::FLIGHT]) {
            let (key, entry) = found.map_err(|error| failed("reading flights", error))?;
            // Between the two reads of a flight in parts its outcome may have closed it.
            let flight = match self.decode::<Flight>(&key, entry) {
                Err(_) if self.entry(&key)?.is_none() => continue,
                flight => flight?,
            };
            if flight.connection == *connection {
                flights.push(flight);
            }
        }
        Ok(flights)
    }

    pub(super) fn journal(&self, pages: &[u64]) -> Result<Vec<JournalPage>, StoreError> {
        let page = |number: &u64| match self.get(&keys::journal(*number)) {
            Ok(Some(entries)) => Some(Ok(JournalPage {
                number: *number,
                entries,
            })),
            Ok(None) => None,
            Err(error) => Some(Err(error)),
        };
        pages.iter().filter_map(page).collect()
    }

    pub(super) fn journal_before(
        &self,
        page: Option<u64>,
        limit: usize,
    ) -> Result<Vec<JournalPage>, StoreError> {
        let before = keys::journal(page.unwrap_or(u64::MAX));
        let older = self.db.range(keys::journal(0)..before).rev().take(limit);
        let page = |found: ::sled::Result<(IVec, IVec)>| {
            let (key, entry) = found.map_err(|error| failed("reading the journal", error))?;
            let number = keys::read_journal(&key).map_err(bad_key)?;
            Ok(JournalPage {
                number,
                entries: self.decode(&key, entry)?,
            })
        };
        older.map(page).collect()
    }

    /// The number of the newest journal page; zero before the first.
    pub(super) fn last_page(&self) -> Result<u64, StoreError> {
        let last = self.db.scan_prefix([keys::tag::JOURNAL]).keys().next_back();
        let last = last
            .transpose()
            .map_err(|error| failed("reading the journal", error))?;
        last.map_or(Ok(0), |key| keys::read_journal(&key).map_err(bad_key))
    }

    pub(super) fn records(
        &self,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<(RecordKey, Vec<u8>)>, StoreError> {
        let mut records = Vec::new();
        for found in self.db.scan_prefix(keys::record(prefix)) {
            if records.len() == limit {
                break;
            }
            let (key, entry) = found.map_err(|error| failed("reading records", error))?;
            let name =
                std::str::from_utf8(&key[1..]).map_err(|error| corrupt(&key, error.to_string()))?;
            match self.payload(&key, entry) {
                // Removed while its parts were read.
                Err(_) if self.entry(&key)?.is_none() => {}
                value => records.push((RecordKey::from(name.to_owned()), value?.to_vec())),
            }
        }
        Ok(records)
    }

    pub(super) fn record(&self, key: &RecordKey) -> Result<Option<Vec<u8>>, StoreError> {
        let key = keys::record(key.as_str());
        let Some(entry) = self.entry(&key)? else {
            return Ok(None);
        };
        match self.payload(&key, entry) {
            Err(_) if self.entry(&key)?.is_none() => Ok(None),
            value => Ok(Some(value?.to_vec())),
        }
    }
}

/// What a failure of the tree means to callers.
pub(super) fn failed(operation: &'static str, error: ::sled::Error) -> StoreError {
    match error {
        ::sled::Error::Io(source) => StoreError::Io { operation, source },
        ::sled::Error::Corruption { at, .. } => {
            let place = at.map_or_else(|| "an unknown place".to_owned(), |at| format!("{at:?}"));
            StoreError::Corrupt {
                place,
                message: "the checksum of the log does not agree".to_owned(),
            }
        }
        error @ (::sled::Error::CollectionNotFound(_)
        | ::sled::Error::Unsupported(_)
        | ::sled::Error::ReportableBug(_)) => StoreError::Corrupt {
            place: operation.to_owned(),
            message: error.to_string(),
        },
    }
}

pub(super) fn corrupt(key: &[u8], message: String) -> StoreError {
    StoreError::Corrupt {
        place: keys::readable(key),
        message,
    }
}

pub(super) fn bad_key(BadKey(place): BadKey) -> StoreError {
    StoreError::Corrupt {
        place,
        message: "the key cannot be read".to_owned(),
    }
}
