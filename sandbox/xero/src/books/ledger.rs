//! How rows are kept: appended once, found by id in constant time, walked in order of their last change.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// What a row must say of itself to be kept in a [`Ledger`].
pub trait Row {
    /// The id Xero gave it.
    fn id(&self) -> Uuid;
    /// Milliseconds since 1970 of the last change that Xero counts as one.
    fn updated_ms(&self) -> i64;
    /// Sets the time of the last change.
    fn set_updated_ms(&mut self, updated_ms: i64);
}

/// What happened to a row, the one that says most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It is new.
    Created,
    /// It was written.
    Written,
    /// A payment, refund or allocation settled part of it, or was taken back.
    Settled,
}

/// Rows in order of arrival, with indexes by id and by last change. Rows are never taken out: Xero keeps what was deleted.
#[derive(Debug, Clone)]
pub struct Ledger<T> {
    rows: Vec<T>,
    by_id: HashMap<Uuid, usize>,
    by_updated: BTreeMap<(i64, Uuid), usize>,
    changes: Vec<(usize, Change)>,
}

impl<T> Default for Ledger<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            by_id: HashMap::new(),
            by_updated: BTreeMap::new(),
            changes: Vec::new(),
        }
    }
}

impl<T: Row> Ledger<T> {
    /// Adds a row and returns its position, which never changes.
    pub fn insert(&mut self, row: T) -> usize {
        let at = self.rows.len();
        self.by_id.insert(row.id(), at);
        self.by_updated.insert((row.updated_ms(), row.id()), at);
        self.rows.push(row);
        self.changes.push((at, Change::Created));
        at
    }

    /// Position of the row with this id.
    #[must_use]
    pub fn find(&self, id: Uuid) -> Option<usize> {
        self.by_id.get(&id).copied()
    }

    /// The row at a position that this ledger handed out.
    #[must_use]
    pub fn row(&self, at: usize) -> &T {
        &self.rows[at]
    }

    /// The row at a position, to be changed; call [`Ledger::touch`] when Xero would count the change.
    pub fn row_mut(&mut self, at: usize) -> &mut T {
        &mut self.rows[at]
    }

    /// All rows in order of arrival.
    #[must_use]
    pub fn rows(&self) -> &[T] {
        &self.rows
    }

    /// Marks the row as written now.
    pub fn touch(&mut self, at: usize, now: DateTime<Utc>) {
        self.touch_as(at, Change::Written, now);
    }

    /// What changed since this was last asked, in order.
    pub fn take_changes(&mut self) -> Vec<(usize, Change)> {
        std::mem::take(&mut self.changes)
    }

    /// Marks the row as changed now in this way.
    pub fn touch_as(&mut self, at: usize, change: Change, now: DateTime<Utc>) {
        self.changes.push((at, change));
        let row = &mut self.rows[at];
        let id = row.id();
        self.by_updated.remove(&(row.updated_ms(), id));
        row.set_updated_ms(now.timestamp_millis());
        self.by_updated.insert((now.timestamp_millis(), id), at);
    }

    /// Positions in order of last change, then id, beginning at this millisecond.
    pub fn by_updated_from(&self, from_ms: Option<i64>) -> impl Iterator<Item = usize> + '_ {
        let start = from_ms.map_or(Bound::Unbounded, |ms| Bound::Included((ms, Uuid::nil())));
        self.by_updated
            .range((start, Bound::Unbounded))
            .map(|(_, at)| *at)
    }
}
