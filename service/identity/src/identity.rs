//! The one desk at which everything about people and keys is read and written, and how a change becomes durable.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tieout_core::clock::Clock;
use tieout_core::store::{ChangeSet, RecordKey, Store};
use tokio::sync::{Mutex, MutexGuard};

use crate::audit::{Act, AuditEntry, AuditId};
use crate::stored;
use crate::{Actor, Error, Fault, Person};

/// People, links, sessions, keys and the audit of one store.
///
/// One of these for each process: it keeps the look and the write of a change together, so that a link opens
/// one session however often it is followed at once.
pub struct Identity {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) lifetimes: Lifetimes,
    changing: Mutex<LastLine>,
}

/// How long sessions live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// Without a request.
    pub idle: TimeDelta,
    /// At most.
    pub absolute: TimeDelta,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            idle: TimeDelta::hours(12),
            absolute: TimeDelta::days(7),
        }
    }
}

/// The number of the newest line of the audit that this process wrote: lines of one moment keep their order.
#[derive(Default)]
pub(crate) struct LastLine(u64);

/// The right to change something: nobody else does so meanwhile.
pub(crate) type Alone<'a> = MutexGuard<'a, LastLine>;

/// What becomes durable together.
#[derive(Default)]
pub(crate) struct Change {
    records: Vec<(RecordKey, Option<Vec<u8>>)>,
    /// Each with who did it, where that is not whoever makes the change.
    acts: Vec<(Option<Actor>, Act)>,
}

impl Change {
    pub(crate) fn set<T: serde::Serialize>(&mut self, key: RecordKey, of: &T) {
        self.records.push((key, Some(stored::encode(of))));
    }

    pub(crate) fn remove(&mut self, key: RecordKey) {
        self.records.push((key, None));
    }

    /// Something done by whoever makes the change.
    pub(crate) fn act(&mut self, act: Act) {
        self.acts.push((None, act));
    }

    /// Something done by somebody else in the same moment.
    pub(crate) fn act_of(&mut self, by: Actor, act: Act) {
        self.acts.push((Some(by), act));
    }

    pub(crate) fn put_person(&mut self, person: &Person) {
        self.set(stored::person(person.id), person);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty() && self.acts.is_empty()
    }
}

impl Identity {
    /// The desk of a store. Asks nothing yet.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, lifetimes: Lifetimes) -> Self {
        Self {
            store,
            clock,
            lifetimes,
            changing: Mutex::default(),
        }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Waits until nobody else changes anything.
    pub(crate) async fn alone(&self) -> Alone<'_> {
        self.changing.lock().await
    }

    /// Makes a change durable, with a line of the audit for each act in it.
    pub(crate) async fn commit(
        &self,
        alone: &mut Alone<'_>,
        by: &Actor,
        change: Change,
    ) -> Result<(), Error> {
        if change.is_empty() {
            return Ok(());
        }
        let Change { mut records, acts } = change;
        let at = self.now();
        for (other, act) in acts {
            let id = alone.next(at)?;
            let line = AuditEntry {
                id,
                at,
                by: other.unwrap_or_else(|| by.clone()),
                act,
            };
            records.push((stored::audit(&line.id), Some(stored::encode(&line))));
        }
        let set = ChangeSet {
            records,
            ..ChangeSet::default()
        };
        Ok(self.store.commit(set).await?)
    }
}

impl LastLine {
    fn next(&mut self, at: DateTime<Utc>) -> Result<AuditId, Fault> {
        let micros = u64::try_from(at.timestamp_micros()).unwrap_or_default();
        self.0 = micros.max(self.0.saturating_add(1));
        let mut chance = [0; 4];
        getrandom::fill(&mut chance).map_err(|_| Fault::Random)?;
        Ok(AuditId::new(self.0, chance))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("lifetimes", &self.lifetimes)
            .finish_non_exhaustive()
    }
}
