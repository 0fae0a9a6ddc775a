//! Everything that becomes durable together, or not at all.

use std::fmt;

use super::Fence;
use crate::document::{Document, DocumentKey};
use crate::engine::{Binding, Entry, Flight, FlightId};

/// One atomic change. `commit` is the only way to write.
#[derive(Clone, Debug, Default)]
pub struct ChangeSet {
    /// Bindings with the version at which they were read; zero for new ones.
    pub bindings: Vec<Binding>,
    /// Documents as the host handed them over.
    pub documents: Vec<(DocumentKey, Document)>,
    /// Flights that begin or end.
    pub flights: Vec<FlightChange>,
    /// Named records to set, or to remove with `None`.
    pub records: Vec<(RecordKey, Option<Vec<u8>>)>,
    /// What to add to the journal.
    pub journal: Vec<Entry>,
    /// The lease under which this is written; a lost one refuses the whole set.
    pub fence: Option<Fence>,
}

/// A flight that begins or ends.
#[derive(Clone, Debug)]
pub enum FlightChange {
    /// It is about to leave.
    Open(Flight),
    /// Its outcome is part of this change.
    Close(FlightId),
}

/// The name of a record: a cursor, a grant, a chart, a remembered contact.
///
/// Names are paths with a fixed first part, such as `cursor/host/case-manager`, at most 200 bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey(String);

impl RecordKey {
    /// A name from its parts; `/` and `%` inside a part are escaped.
    #[must_use]
    pub fn new(parts: &[&str]) -> Self {
        let escaped: Vec<String> = parts
            .iter()
            .map(|part| part.replace('%', "%25").replace('/', "%2F"))
            .collect();
        Self(escaped.join("/"))
    }

    /// The whole name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for RecordKey {
    fn from(name: String) -> Self {
        Self(name)
    }
}

impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
