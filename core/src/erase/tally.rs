//! What an erasure came to, or would come to, in figures.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::DocumentKey;

/// How much of each sort was changed, and what was found that stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Documents that the person was taken out of.
    pub documents: BTreeSet<DocumentKey>,
    /// Earlier revisions of documents.
    pub revisions: u64,
    /// Lines of the journal.
    pub journal_lines: u64,
    /// Exchanges of which bodies were changed.
    pub exchanges: u64,
    /// Findings and words of bindings of other documents that named the person.
    pub findings_of_others: u64,
    /// What was remembered and is asked for anew: contacts and lists.
    pub forgotten: u64,
    /// Other records by their family.
    pub records: BTreeMap<String, u64>,
    /// Records by their family that hold the person's words in a form that is not changed.
    pub left: BTreeMap<String, u64>,
    /// Documents of others whose own words name the person: how many, and the first of them.
    pub mentions: u64,
    /// The first of these.
    pub mentioned: Vec<DocumentKey>,
}

/// Documents that are named of those that mention the person.
const MENTIONED_MAX: usize = 20;

impl Tally {
    pub(super) fn mention(&mut self, key: &DocumentKey) {
        self.mentions += 1;
        if self.mentioned.len() < MENTIONED_MAX {
            self.mentioned.push(key.clone());
        }
    }

    pub(super) fn leave(&mut self, family: &str) {
        *self.left.entry(family.to_owned()).or_default() += 1;
    }
}
