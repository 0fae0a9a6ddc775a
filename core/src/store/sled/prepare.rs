//! What a commit writes that does not depend on what is stored: encoded on the caller's task, so that the
//! one writer does as little as possible.

use super::super::rules::{self, JSON_NEVER_FAILS, Weight};
use super::super::{ChangeSet, Fence, FlightChange, StoreError};
use super::{index, keys};
use crate::document::DocumentKey;
use crate::engine::{Binding, BindingKey};

/// A value to set, or to remove with `None`.
pub(super) type Put = (Vec<u8>, Option<Vec<u8>>);

/// A document to set.
pub(super) struct PutDocument {
    pub(super) key: DocumentKey,
    pub(super) json: Vec<u8>,
    /// The entries that it asks for.
    pub(super) entries: Vec<Vec<u8>>,
}

/// A change set, encoded as far as that goes without looking at the store.
pub(super) struct Prepared {
    pub(super) bindings: Vec<Binding>,
    pub(super) documents: Vec<PutDocument>,
    /// Flights and records by their keys, in order.
    pub(super) puts: Vec<Put>,
    /// The JSON of each journal entry with the binding that it names.
    pub(super) journal: Vec<(Option<BindingKey>, Vec<u8>)>,
    pub(super) fence: Option<Fence>,
    /// What it weighs so far: everything but its bindings.
    pub(super) weight: Weight,
}

pub(super) fn prepare(changes: ChangeSet) -> Result<Prepared, StoreError> {
    rules::check_names(&changes)?;
    let mut weight = Weight::default();
    let mut documents = Vec::with_capacity(changes.documents.len());
    for (key, document) in changes.documents {
        let json = serde_json::to_vec(&document).expect(JSON_NEVER_FAILS);
        weight.add(|| format!("the document {key}"), json.len())?;
        let entries = index::entries_of_document(&key, &document);
        documents.push(PutDocument { key, json, entries });
    }
    let mut puts = Vec::with_capacity(changes.flights.len() + changes.records.len());
    for change in &changes.flights {
        puts.push(match change {
            FlightChange::Open(flight) => {
                let json = serde_json::to_vec(flight).expect(JSON_NEVER_FAILS);
                weight.add(|| format!("the flight {}", flight.id), json.len())?;
                (keys::flight(&flight.id.0), Some(json))
            }
            FlightChange::Close(id) => (keys::flight(&id.0), None),
        });
    }
    for (key, value) in changes.records {
        weight.add(
            || format!("the record {key}"),
            value.as_ref().map_or(0, Vec::len),
        )?;
        puts.push((keys::record(key.as_str()), value));
    }
    let mut journal = Vec::with_capacity(changes.journal.len());
    for entry in changes.journal {
        let json = serde_json::to_vec(&entry).expect(JSON_NEVER_FAILS);
        weight.add(|| "a journal entry".to_owned(), json.len())?;
        journal.push((entry.binding, json));
    }
    Ok(Prepared {
        bindings: changes.bindings,
        documents,
        puts,
        journal,
        fence: changes.fence,
        weight,
    })
}
