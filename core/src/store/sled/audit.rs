//! Whether everything in a store can be read and agrees with the rest: what `doctor` asks, and the crash tests.

use std::collections::HashMap;
use std::fmt::Display;

use super::super::StoreError;
use super::envelope::{self, Shape};
use super::index::{Changes, Count, TAGS, entries, entries_of_document};
use super::keys::{self, BadKey, tag};
use super::list_keys;
use super::reader::{Reader, bad_key, failed};
use crate::document::{Document, DocumentKey};
use crate::engine::{Binding, BindingKey, Entry, Flight};

/// Problems that are spelled out; the rest is counted.
const PROBLEMS_MAX: usize = 100;

/// What a walk over everything found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Bindings.
    pub bindings: usize,
    /// Documents.
    pub documents: usize,
    /// Open flights.
    pub flights: usize,
    /// Named records.
    pub records: usize,
    /// Journal pages.
    pub journal_pages: u64,
    /// Journal entries.
    pub journal_entries: usize,
    /// Entries of the queue of due work.
    pub queued: usize,
    /// Bytes of all keys and values that live.
    pub live_bytes: u64,
    /// What is damaged or does not agree, at most 100; empty for a sound store.
    pub problems: Vec<String>,
    /// How many problems there are.
    pub problem_count: usize,
}

pub(super) fn run(reader: &Reader) -> Result<Audit, StoreError> {
    let mut walk = Walk {
        reader,
        audit: Audit::default(),
        index_expected: 0,
        index_found: 0,
        is_lacking: false,
        counted: Changes::default(),
        counts: HashMap::new(),
    };
    for found in reader.db.iter() {
        let (key, entry) = found.map_err(|error| failed("auditing", error))?;
        walk.audit.live_bytes += u64::try_from(key.len() + entry.len()).unwrap_or(u64::MAX);
        if let Err(problem) = walk.entry(&key, entry) {
            walk.note(problem.to_string());
        }
    }
    // Where every entry that is asked for is there, and there are no more, each is asked for.
    if walk.is_lacking || walk.index_found != walk.index_expected {
        walk.name_strays()?;
    }
    if walk.index_found != walk.index_expected {
        let (found, expected) = (walk.index_found, walk.index_expected);
        walk.note(format!(
            "the queue and the indices have {found} entries, the bindings ask for {expected}"
        ));
    }
    walk.compare_counts();
    Ok(walk.audit)
}

struct Walk<'a> {
    reader: &'a Reader,
    audit: Audit,
    index_expected: usize,
    index_found: usize,
    /// Whether one that is asked for is not there.
    is_lacking: bool,
    /// What the bindings come to.
    counted: Changes,
    /// What is stored of that.
    counts: HashMap<Vec<u8>, Count>,
}

impl Walk<'_> {
    fn note(&mut self, problem: String) {
        self.audit.problem_count += 1;
        if self.audit.problems.len() < PROBLEMS_MAX {
            self.audit.problems.push(problem);
        }
    }

    fn entry(&mut self, key: &[u8], entry: ::sled::IVec) -> Result<(), StoreError> {
        match key.first().copied().unwrap_or_default() {
            tag::BINDING => self.binding(&self.reader.decode(key, entry)?)?,
            tag::DOCUMENT => {
                let document = self.reader.decode(key, entry)?;
                self.document(&keys::read_document(key).map_err(bad_key)?, &document)?;
            }
            tag::FLIGHT => {
                self.reader.decode::<Flight>(key, entry)?;
                self.audit.flights += 1;
            }
            tag::RECORD => {
                self.reader.payload(key, entry)?;
                self.audit.records += 1;
            }
            tag::JOURNAL => self.page(key, &self.reader.decode::<Vec<Entry>>(key, entry)?)?,
            tag::LEASE | tag::META => drop(self.reader.payload(key, entry)?),
            tag::CHUNK => self.chunk(key, &entry)?,
            tag::QUEUE => {
                self.audit.queued += 1;
                self.index(key)?;
            }
            tag::NUMBER | tag::POSTED | tag::LISTED | tag::NUMBERED | tag::CASE => {
                self.index(key)?;
            }
            tag::TALLY => {
                list_keys::read_line(key).map_err(bad_key)?;
                let count = self.reader.decode(key, entry)?;
                self.counts.insert(key.to_vec(), count);
            }
            _ => self.note(format!("{} is no key of ours", keys::readable(key))),
        }
        Ok(())
    }

    fn binding(&mut self, binding: &Binding) -> Result<(), StoreError> {
        self.audit.bindings += 1;
        self.counted.add(binding);
        self.asked(&binding.key, entries(binding))?;
        for page in &binding.story {
            if self.reader.entry(&keys::journal(*page))?.is_none() {
                self.note(format!(
                    "{} names journal page {page}, which is not there",
                    binding.key
                ));
            }
        }
        Ok(())
    }

    fn document(&mut self, key: &DocumentKey, document: &Document) -> Result<(), StoreError> {
        self.audit.documents += 1;
        self.asked(key, entries_of_document(key, document))
    }

    /// Notes entries that somebody asks for and that are not there.
    fn asked(&mut self, by: &dyn Display, entries: Vec<Vec<u8>>) -> Result<(), StoreError> {
        for entry in entries {
            self.index_expected += 1;
            if self.reader.entry(&entry)?.is_none() {
                self.is_lacking = true;
                self.note(format!("{by} lacks its entry {}", keys::readable(&entry)));
            }
        }
        Ok(())
    }

    fn index(&mut self, key: &[u8]) -> Result<(), StoreError> {
        self.index_found += 1;
        lead(key).map(drop).map_err(bad_key)
    }

    /// Names the entries that nobody asks for.
    fn name_strays(&mut self) -> Result<(), StoreError> {
        for tag in TAGS.into_iter().filter(|tag| *tag != tag::TALLY) {
            for key in self.reader.db.scan_prefix([tag]).keys() {
                let key = key.map_err(|error| failed("auditing", error))?;
                if let Err(problem) = self.stray(&key) {
                    self.note(problem.to_string());
                }
            }
        }
        Ok(())
    }

    fn stray(&mut self, key: &[u8]) -> Result<(), StoreError> {
        // What is no key was told of on the way.
        let Ok(lead) = lead(key) else { return Ok(()) };
        let (by, asked) = match lead {
            Lead::Binding(of) => {
                let asked = self.reader.binding(&of)?.map(|it| entries(&it));
                (of.to_string(), asked)
            }
            Lead::Document(of) => {
                let document = self.reader.document(&of)?;
                let asked = document.map(|it| entries_of_document(&of, &it));
                (of.to_string(), asked)
            }
        };
        if !asked.into_iter().flatten().any(|entry| entry == key) {
            self.note(format!(
                "{} is there, but {by} does not ask for it",
                keys::readable(key)
            ));
        }
        Ok(())
    }

    fn compare_counts(&mut self) {
        let mut stored = std::mem::take(&mut self.counts);
        for (key, counted) in std::mem::take(&mut self.counted).into_changes() {
            let found = stored.remove(&key);
            let right = counted.of(&key, None).ok().flatten();
            if found != right {
                self.note(format!(
                    "{} counts {found:?}, and the bindings come to {right:?}",
                    keys::readable(&key)
                ));
            }
        }
        for (key, count) in stored {
            self.note(format!(
                "{} counts {count:?}, and there is no such binding",
                keys::readable(&key)
            ));
        }
    }

    fn page(&mut self, key: &[u8], entries: &[Entry]) -> Result<(), StoreError> {
        let page = keys::read_journal(key).map_err(bad_key)?;
        self.audit.journal_pages += 1;
        self.audit.journal_entries += entries.len();
        if page != self.audit.journal_pages {
            self.note(format!(
                "journal page {} is not there",
                self.audit.journal_pages
            ));
            self.audit.journal_pages = page;
        }
        Ok(())
    }

    fn chunk(&mut self, key: &[u8], entry: &[u8]) -> Result<(), StoreError> {
        let (of, index) = keys::read_chunk(key).map_err(bad_key)?;
        let sound = matches!(envelope::inspect(key, entry), Ok(Shape::Part));
        let head = self.reader.entry(of)?;
        let wanted = head.is_some_and(|head| envelope::parts_beside(of, &head) > index);
        if !sound || !wanted {
            self.note(format!(
                "{} is a damaged part, or a part of nothing",
                keys::readable(key)
            ));
        }
        Ok(())
    }
}

/// What an entry of an index leads to.
enum Lead {
    Binding(BindingKey),
    Document(DocumentKey),
}

fn lead(key: &[u8]) -> Result<Lead, BadKey> {
    let binding = match key.first().copied().unwrap_or_default() {
        tag::CASE => return list_keys::read_case(key).map(Lead::Document),
        tag::QUEUE => {
            let (connection, length) = keys::read_queue_of(key)?;
            keys::read_queue(key, &key[..length], &connection)?.1
        }
        tag::LISTED => list_keys::read_listed(key)?.1,
        tag::NUMBERED => list_keys::read_numbered(key)?,
        _ => keys::read_index(key)?,
    };
    Ok(Lead::Binding(binding))
}
