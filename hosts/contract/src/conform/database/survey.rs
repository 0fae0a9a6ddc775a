//! The documents of a database read once from the beginning, as the engine would read them.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use tieout_core::check::contradictions;
use tieout_core::document::Document;
use tieout_core::host::{Host, HostError, Record};

use crate::sql::SqlHost;

/// Pages read at most, however little stands on each.
const PAGES_MAX: usize = 10_000;
/// Faults that are told one by one.
const FAULTS_MAX: usize = 20;
/// The field of what is told of a batch that waits.
const BATCH: &str = "batch_no";

/// What was seen.
#[derive(Default)]
pub(super) struct Survey {
    /// By identifier: the version, and the print of the whole document.
    pub(super) seen: BTreeMap<String, (u64, [u8; 32])>,
    pub(super) removed: usize,
    /// The documents themselves, those that write-backs could be tried on.
    pub(super) unreadable: Faults,
    pub(super) unequal: Faults,
    pub(super) waiting: Faults,
}

/// Faults of one sort: the first ones, and how many there are.
#[derive(Default)]
pub(super) struct Faults {
    pub(super) first: Vec<String>,
    pub(super) count: usize,
}

impl Faults {
    fn push(&mut self, fault: impl FnOnce() -> String) {
        self.count += 1;
        if self.first.len() < FAULTS_MAX {
            self.first.push(fault());
        }
    }
}

impl Survey {
    /// Reads to the end, or to the limit.
    pub(super) async fn make(host: &SqlHost, page: usize, most: usize) -> Result<Self, HostError> {
        let mut survey = Self::default();
        each(host, page, most, |record| survey.look_at(record)).await?;
        Ok(survey)
    }

    fn look_at(&mut self, record: &Record) {
        match record {
            Record::Document(document) => {
                let why = contradictions(document);
                if !why.is_empty() {
                    let fault = || format!("{}: {}", document.number(), why.join("; "));
                    self.unequal.push(fault);
                }
                let seen = (document.revision(), print(document));
                self.seen.insert(document.id().to_string(), seen);
            }
            Record::Removed { .. } => self.removed += 1,
            Record::Unreadable {
                place,
                field,
                message,
                ..
            } => {
                let faults = match field.as_str() {
                    BATCH => &mut self.waiting,
                    _ => &mut self.unreadable,
                };
                faults.push(|| format!("{place}: `{field}`: {message}"));
            }
        }
    }
}

/// One document, as the engine reads it; `None` where it is not told.
pub(super) async fn document(
    host: &SqlHost,
    id: &str,
    most: usize,
) -> Result<Option<Document>, HostError> {
    let mut found = None;
    let look = |record: &Record| match record {
        Record::Document(document) if document.id().as_str() == id => {
            found = Some((**document).clone());
        }
        Record::Document(_) | Record::Removed { .. } | Record::Unreadable { .. } => {}
    };
    each(host, 500, most, look).await?;
    Ok(found)
}

async fn each(
    host: &SqlHost,
    page: usize,
    most: usize,
    mut look: impl FnMut(&Record),
) -> Result<(), HostError> {
    let mut position: Option<String> = None;
    let mut count = 0;
    for _ in 0..PAGES_MAX {
        let read = host.changes(position.as_deref(), page).await?;
        read.records.iter().for_each(&mut look);
        count += read.records.len();
        position = read.position;
        if !read.more || count >= most {
            break;
        }
    }
    Ok(())
}

fn print(document: &Document) -> [u8; 32] {
    let text = serde_json::to_vec(document).expect("a document is JSON");
    Sha256::digest(text).into()
}
