//! What operators decided about documents, as they were told: what is undone, what was told apart, what may be taken over.

use std::collections::{BTreeMap, BTreeSet};

use tieout_core::document::DocumentKey;

/// How far the undo of a document is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Undo {
    /// Somebody asked, and was never told what became of it.
    Asked,
    /// The operator was told that it is undone, with the host's revision as it was known then.
    Told(u64),
}

/// What stands until somebody decides otherwise.
#[derive(Debug, Default)]
pub(crate) struct Decided {
    undone: BTreeMap<DocumentKey, Undo>,
    /// Documents of which somebody ever wanted an undo.
    ever: BTreeSet<DocumentKey>,
    /// Documents for which somebody asked to take over what is there.
    adopts: BTreeSet<DocumentKey>,
    /// The provider's documents of which somebody said that they are others.
    apart: BTreeSet<(DocumentKey, String)>,
}

impl Decided {
    /// Somebody asks for an undo.
    pub(crate) fn asks_undo(&mut self, document: &DocumentKey) {
        self.ever.insert(document.clone());
        self.undone.entry(document.clone()).or_insert(Undo::Asked);
    }

    /// Somebody was told that a document is undone, or about to be.
    pub(crate) fn is_told_undone(&mut self, document: &DocumentKey, revision: u64) {
        self.ever.insert(document.clone());
        self.undone.insert(document.clone(), Undo::Told(revision));
    }

    /// Somebody asks to let it stay: until the answer is here, either may be.
    pub(crate) fn asks_to_stay(&mut self, document: &DocumentKey) {
        self.undone.insert(document.clone(), Undo::Asked);
    }

    /// It is to be sent again, or somebody decided something else about it.
    pub(crate) fn ends_undo(&mut self, document: &DocumentKey) -> bool {
        self.undone.remove(document).is_some()
    }

    pub(crate) fn undo(&self, document: &DocumentKey) -> Option<Undo> {
        self.undone.get(document).copied()
    }

    /// Whether it must not stand in the books any more, nor come back.
    pub(crate) fn is_undone(&self, document: &DocumentKey) -> bool {
        matches!(self.undo(document), Some(Undo::Told(_)))
    }

    pub(crate) fn was_ever_undone(&self, document: &DocumentKey) -> bool {
        self.ever.contains(document)
    }

    /// Somebody asks to take over what is there.
    pub(crate) fn asks_adoption(&mut self, document: &DocumentKey) {
        self.adopts.insert(document.clone());
    }

    pub(crate) fn may_adopt(&self, document: &DocumentKey) -> bool {
        self.adopts.contains(document)
    }

    /// Somebody said that a document of the provider is another one.
    pub(crate) fn is_apart(&mut self, document: &DocumentKey, row: &str) {
        self.apart.insert((document.clone(), row.to_owned()));
    }

    /// Somebody took it over all the same.
    pub(crate) fn is_together(&mut self, document: &DocumentKey, row: &str) {
        self.apart.remove(&(document.clone(), row.to_owned()));
    }

    /// Whether somebody said that none of these is the document.
    pub(crate) fn are_apart(&self, document: &DocumentKey, rows: &[String]) -> bool {
        let apart = |row: &String| self.apart.contains(&(document.clone(), row.clone()));
        !rows.is_empty() && rows.iter().all(apart)
    }
}
