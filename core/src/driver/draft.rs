//! What a page of a host or a walk over the store comes to before it is committed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::document::{Document, DocumentKey};
use crate::engine::{Binding, BindingKey, Entry, Step};
use crate::host::Repeat;
use crate::store::{ChangeSet, RecordKey};

/// Steps of many bindings, each of which may be stepped several times.
pub(super) struct Draft {
    /// The moment of every step.
    pub(super) at: DateTime<Utc>,
    bindings: BTreeMap<BindingKey, Binding>,
    documents: BTreeMap<DocumentKey, Document>,
    journal: Vec<Entry>,
    /// Records beside what the caller adds.
    pub(super) records: Vec<(RecordKey, Option<Vec<u8>>)>,
    /// What the host handed over again although the provider holds it.
    pub(super) repeats: Vec<Repeat>,
}

impl Draft {
    pub(super) fn new(at: DateTime<Utc>) -> Self {
        Self {
            at,
            bindings: BTreeMap::new(),
            documents: BTreeMap::new(),
            journal: Vec::new(),
            records: Vec::new(),
            repeats: Vec::new(),
        }
    }

    pub(super) fn step(&mut self, step: Option<Step>) {
        if let Some(step) = step {
            self.journal.push(step.entry);
            self.bindings.insert(step.binding.key.clone(), step.binding);
        }
    }

    pub(super) fn keep(&mut self, key: DocumentKey, document: &Document) {
        self.documents.insert(key, document.clone());
    }

    /// The drafted form of a document.
    pub(super) fn document(&self, key: &DocumentKey) -> Option<&Document> {
        self.documents.get(key)
    }

    pub(super) fn note(&mut self, entry: Entry) {
        self.journal.push(entry);
    }

    /// The documents that are new or changed.
    pub(super) fn documents(&self) -> impl Iterator<Item = (&DocumentKey, &Document)> {
        self.documents.iter()
    }

    /// The drafted bindings of a document.
    pub(super) fn of_document<'a>(
        &'a self,
        key: &'a DocumentKey,
    ) -> impl Iterator<Item = &'a Binding> {
        self.bindings
            .values()
            .filter(move |binding| binding.key.document == *key)
    }

    /// The drafted bindings and documents, for whoever only looks.
    pub(super) fn into_parts(self) -> (Vec<Binding>, BTreeMap<DocumentKey, Document>) {
        (self.bindings.into_values().collect(), self.documents)
    }

    pub(super) fn into_changes(self, mut records: Vec<(RecordKey, Option<Vec<u8>>)>) -> ChangeSet {
        records.extend(self.records);
        ChangeSet {
            bindings: self.bindings.into_values().collect(),
            documents: self.documents.into_iter().collect(),
            journal: self.journal,
            records,
            ..ChangeSet::default()
        }
    }
}
