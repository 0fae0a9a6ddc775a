//! A store that lives as long as the process: the same semantics as the durable ones, for tests and trials.

mod overview;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::limits::FIND_KEYS_MAX;
use super::rules::{self, HeldLease, Weight};
use super::{
    ChangeSet, DuePage, Fence, Find, FlightChange, JournalPage, LeaseRequest, RecordKey, Store,
    StoreError, folded,
};
use crate::document::{ConnectionId, Document, DocumentKey, HostId, ProviderDocumentId};
use crate::engine::{Binding, BindingKey, Due, Entry, Flight, FlightId, Lane, Priority};

/// A store in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

/// What one line of the queue waits for.
type Waiting = (ConnectionId, Lane, Priority);

#[derive(Debug, Default)]
struct State {
    bindings: BTreeMap<DocumentKey, BTreeMap<ConnectionId, Binding>>,
    documents: BTreeMap<DocumentKey, Document>,
    flights: BTreeMap<FlightId, Flight>,
    records: BTreeMap<RecordKey, Vec<u8>>,
    journal: BTreeMap<u64, Vec<Entry>>,
    leases: BTreeMap<String, HeldLease>,
    queue: BTreeMap<Waiting, BTreeSet<(DateTime<Utc>, DocumentKey)>>,
    numbers: BTreeMap<String, BTreeSet<BindingKey>>,
    posted: BTreeMap<(ConnectionId, ProviderDocumentId), BTreeSet<BindingKey>>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A commit checks everything before it changes anything, so a panic leaves no half of one behind.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn commit(&self, changes: ChangeSet) -> Result<(), StoreError> {
        rules::check_names(&changes)?;
        let sizes = weigh(&changes)?;
        let mut state = self.state();
        state.check(&changes)?;
        state.apply(changes, sizes);
        Ok(())
    }

    async fn bindings(&self, keys: &[BindingKey]) -> Result<Vec<Option<Binding>>, StoreError> {
        let state = self.state();
        Ok(keys.iter().map(|key| state.binding(key).cloned()).collect())
    }

    async fn scan(
        &self,
        after: Option<&BindingKey>,
        limit: usize,
    ) -> Result<Vec<Binding>, StoreError> {
        let state = self.state();
        let found = match after {
            None => state
                .bindings
                .values()
                .flat_map(BTreeMap::values)
                .take(limit)
                .cloned()
                .collect(),
            Some(after) => state
                .bindings
                .range(&after.document..)
                .flat_map(|(_, of_document)| of_document.values())
                .filter(|binding| binding.key > *after)
                .take(limit)
                .cloned()
                .collect(),
        };
        Ok(found)
    }

    async fn find(&self, find: &Find) -> Result<Vec<BindingKey>, StoreError> {
        let state = self.state();
        let found = match find {
            Find::Document(document) => {
                let of_document = state
                    .bindings
                    .get(document)
                    .into_iter()
                    .flat_map(BTreeMap::values);
                return Ok(of_document
                    .take(FIND_KEYS_MAX)
                    .map(|binding| binding.key.clone())
                    .collect());
            }
            Find::Case { host, number } => return Ok(state.of_case(host, number)),
            Find::Number(number) => state.numbers.get(number),
            Find::Posted { connection, id } => state.posted.get(&(connection.clone(), id.clone())),
        };
        Ok(found
            .into_iter()
            .flatten()
            .take(FIND_KEYS_MAX)
            .cloned()
            .collect())
    }

    async fn documents(&self, keys: &[DocumentKey]) -> Result<Vec<Option<Document>>, StoreError> {
        let state = self.state();
        Ok(keys
            .iter()
            .map(|key| state.documents.get(key).cloned())
            .collect())
    }

    async fn due(
        &self,
        connection: &ConnectionId,
        lane: Lane,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<DuePage, StoreError> {
        Ok(self.state().due(connection, lane, now, limit))
    }

    async fn flights(&self, connection: &ConnectionId) -> Result<Vec<Flight>, StoreError> {
        let state = self.state();
        Ok(state
            .flights
            .values()
            .filter(|flight| flight.connection == *connection)
            .cloned()
            .collect())
    }

    async fn journal(&self, pages: &[u64]) -> Result<Vec<JournalPage>, StoreError> {
        let state = self.state();
        let page = |number: &u64| {
            let entries = state.journal.get(number)?.clone();
            Some(JournalPage {
                number: *number,
                entries,
            })
        };
        Ok(pages.iter().filter_map(page).collect())
    }

    async fn journal_before(
        &self,
        page: Option<u64>,
        limit: usize,
    ) -> Result<Vec<JournalPage>, StoreError> {
        let state = self.state();
        let older = state
            .journal
            .range(..page.unwrap_or(u64::MAX))
            .rev()
            .take(limit);
        Ok(older
            .map(|(number, entries)| JournalPage {
                number: *number,
                entries: entries.clone(),
            })
            .collect())
    }

    async fn records(
        &self,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<(RecordKey, Vec<u8>)>, StoreError> {
        let state = self.state();
        let from = RecordKey::from(prefix.to_owned());
        let found = state
            .records
            .range(from..)
            .take_while(|(key, _)| key.as_str().starts_with(prefix));
        Ok(found
            .take(limit)
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect())
    }

    async fn record(&self, key: &RecordKey) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.state().records.get(key).cloned())
    }

    async fn lease(&self, request: &LeaseRequest) -> Result<Option<Fence>, StoreError> {
        rules::check_lease_name(&request.name)?;
        let mut state = self.state();
        let held = state.leases.get(&request.name).cloned();
        let Some(lease) = HeldLease::after(held, request) else {
            return Ok(None);
        };
        let fence = Fence {
            name: request.name.clone(),
            token: lease.token,
        };
        state.leases.insert(request.name.clone(), lease);
        Ok(Some(fence))
    }
}

impl State {
    fn binding(&self, key: &BindingKey) -> Option<&Binding> {
        self.bindings.get(&key.document)?.get(&key.connection)
    }

    fn of_case(&self, host: &HostId, number: &str) -> Vec<BindingKey> {
        let number = folded::folded(number);
        let is_about = |document: &Document| {
            let mut cases = document.case_numbers().into_iter();
            cases.any(|case| folded::folded(case) == number)
        };
        let documents = self.documents.iter();
        let documents = documents.filter(|(key, document)| key.host == *host && is_about(document));
        let bindings = documents.filter_map(|(key, _)| self.bindings.get(key));
        let keys = bindings.flat_map(BTreeMap::values).map(|it| it.key.clone());
        keys.take(FIND_KEYS_MAX).collect()
    }

    fn check(&self, changes: &ChangeSet) -> Result<(), StoreError> {
        if let Some(fence) = &changes.fence {
            rules::check_fence(self.leases.get(&fence.name), fence)?;
        }
        let mut seen = BTreeSet::new();
        for binding in &changes.bindings {
            let stored = self
                .binding(&binding.key)
                .map_or(0, |stored| stored.version);
            if stored != binding.version || !seen.insert(&binding.key) {
                return Err(StoreError::Conflict(Box::new(binding.key.clone())));
            }
        }
        Ok(())
    }

    fn apply(&mut self, changes: ChangeSet, entry_sizes: Vec<usize>) {
        for mut binding in changes.bindings {
            let old = self.bindings.get_mut(&binding.key.document);
            let old = old.and_then(|of_document| of_document.remove(&binding.key.connection));
            binding.version += 1;
            binding.story = old.as_ref().map_or_else(Vec::new, |old| old.story.clone());
            self.unindex(old.as_ref());
            self.index(&binding);
            let of_document = self
                .bindings
                .entry(binding.key.document.clone())
                .or_default();
            of_document.insert(binding.key.connection.clone(), binding);
        }
        self.documents.extend(changes.documents);
        for change in changes.flights {
            match change {
                FlightChange::Open(flight) => drop(self.flights.insert(flight.id.clone(), flight)),
                FlightChange::Close(id) => drop(self.flights.remove(&id)),
            }
        }
        for (key, value) in changes.records {
            match value {
                Some(value) => drop(self.records.insert(key, value)),
                None => drop(self.records.remove(&key)),
            }
        }
        self.write_journal(changes.journal, entry_sizes);
    }

    fn write_journal(&mut self, entries: Vec<Entry>, sizes: Vec<usize>) {
        let first = self
            .journal
            .last_key_value()
            .map_or(1, |(last, _)| last + 1);
        for (entry, page) in entries.into_iter().zip(rules::deal_pages(first, sizes)) {
            let mentioned = entry.binding.as_ref().and_then(|key| {
                self.bindings
                    .get_mut(&key.document)?
                    .get_mut(&key.connection)
            });
            if let Some(binding) = mentioned {
                rules::lengthen(&mut binding.story, page);
            }
            self.journal.entry(page).or_default().push(entry);
        }
    }

    fn due(
        &self,
        connection: &ConnectionId,
        lane: Lane,
        now: DateTime<Utc>,
        limit: usize,
    ) -> DuePage {
        let mut keys = Vec::new();
        let mut next_at = None;
        for priority in rules::PRIORITIES {
            let queue = self
                .queue
                .get(&(connection.clone(), lane, priority))
                .into_iter()
                .flatten();
            let more_urgent = next_at;
            for (at, document) in queue {
                if *at > now {
                    next_at = Some(next_at.map_or(*at, |earlier: DateTime<Utc>| earlier.min(*at)));
                    break;
                }
                if keys.len() == limit {
                    return DuePage {
                        keys,
                        next_at: more_urgent,
                    };
                }
                keys.push(BindingKey {
                    document: document.clone(),
                    connection: connection.clone(),
                });
            }
        }
        DuePage { keys, next_at }
    }

    fn index(&mut self, binding: &Binding) {
        let key = &binding.key;
        for Due { lane, priority, at } in binding.due() {
            let queue = self
                .queue
                .entry((key.connection.clone(), lane, priority))
                .or_default();
            queue.insert((at, key.document.clone()));
        }
        self.numbers
            .entry(binding.number.clone())
            .or_default()
            .insert(key.clone());
        if let Some(posted) = &binding.posted {
            let by = (key.connection.clone(), posted.id.clone());
            self.posted.entry(by).or_default().insert(key.clone());
        }
    }

    fn unindex(&mut self, binding: Option<&Binding>) {
        let Some(binding) = binding else { return };
        let key = &binding.key;
        for Due { lane, priority, at } in binding.due() {
            take_out(
                &mut self.queue,
                &(key.connection.clone(), lane, priority),
                &(at, key.document.clone()),
            );
        }
        take_out(&mut self.numbers, &binding.number, key);
        if let Some(posted) = &binding.posted {
            take_out(
                &mut self.posted,
                &(key.connection.clone(), posted.id.clone()),
                key,
            );
        }
    }
}

fn take_out<K: Ord, V: Ord>(sets: &mut BTreeMap<K, BTreeSet<V>>, key: &K, value: &V) {
    let Some(set) = sets.get_mut(key) else { return };
    set.remove(value);
    if set.is_empty() {
        sets.remove(key);
    }
}

/// The size of each journal entry, after every value was found small enough.
fn weigh(changes: &ChangeSet) -> Result<Vec<usize>, StoreError> {
    let mut weight = Weight::default();
    for binding in &changes.bindings {
        weight.add(
            || format!("the binding {}", binding.key),
            rules::json_size(binding),
        )?;
    }
    for (key, document) in &changes.documents {
        weight.add(|| format!("the document {key}"), rules::json_size(document))?;
    }
    for change in &changes.flights {
        if let FlightChange::Open(flight) = change {
            weight.add(
                || format!("the flight {}", flight.id),
                rules::json_size(flight),
            )?;
        }
    }
    for (key, value) in &changes.records {
        weight.add(
            || format!("the record {key}"),
            value.as_ref().map_or(0, Vec::len),
        )?;
    }
    let mut sizes = Vec::with_capacity(changes.journal.len());
    for entry in &changes.journal {
        let size = rules::json_size(entry);
        weight.add(|| "a journal entry".to_owned(), size)?;
        sizes.push(size);
    }
    Ok(sizes)
}
