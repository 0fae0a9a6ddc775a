//! Which records come next: one page of one file, in the order in which files were first read.

use tieout_core::host::{HostError, HostErrorKind, HostPage, Record};

use super::Folder;
use super::disk;
use super::documents::{Documents, Item, Mark, Row};
use super::intake::{Entry, Verdict};
use super::outbox::{Candidate, open_unchanged};
use super::position::Position;
use super::source::Fault;
use crate::map::{Content, Problem};
use crate::wire::OutboxName;

impl Folder {
    /// The next page: see [`tieout_core::host::Host::changes`].
    pub(crate) fn changes(&self, after: Option<&str>, limit: usize) -> Result<HostPage, HostError> {
        let _lock = self.lock("read outbox")?;
        let told = after.map(position).transpose()?;
        self.finish_settling();
        let mut trouble = None;
        let mut stuck = Vec::new();
        let unneeded = self
            .candidates(&[])
            .and_then(|found| self.put_aside_unneeded(&found));
        let more_unneeded = unneeded.unwrap_or_else(|error| {
            trouble.get_or_insert(error);
            false
        });
        loop {
            let entries = self.live_entries()?;
            let known = entries.iter().find(|entry| {
                entry.plan.is_none()
                    && !stuck.contains(&entry.number)
                    && !told.as_ref().is_some_and(|told| entry.is_behind(told))
            });
            let mut candidates = self.candidates(&entries)?;
            candidates.retain(|candidate| !self.is_unneeded(candidate));
            let entry = match known {
                Some(entry) => entry.clone(),
                None => match self.first_readable(&candidates, told.as_ref(), &mut trouble) {
                    Some(entry) => entry,
                    None => break,
                },
            };
            if entry.records() == 0 {
                // Nothing of it has to be stored by anyone, so nobody will acknowledge it.
                stuck.push(entry.number);
                if let Err(error) = self.settle(entry) {
                    trouble.get_or_insert(error);
                }
                continue;
            }
            let others = more_unneeded
                || candidates
                    .iter()
                    .any(|candidate| candidate.shown != entry.name)
                || entries
                    .iter()
                    .any(|other| other.number > entry.number && other.plan.is_none());
            if let Some(page) = self.page(&entry, told.as_ref(), limit, others)? {
                return Ok(page);
            }
        }
        match trouble {
            Some(error) => Err(error),
            None => Ok(HostPage {
                records: Vec::new(),
                position: after.map(str::to_owned),
                more: more_unneeded,
            }),
        }
    }

    /// The batch of the file that a position is in, as its name says; `None` once the file was put aside.
    pub(crate) fn batch(&self, position: &str) -> Result<Option<String>, HostError> {
        let told = self::position(position)?;
        let _lock = self.lock("read outbox")?;
        let entries = self.entries()?;
        let entry = entries.iter().find(|entry| entry.number == told.file);
        let name = entry.and_then(|entry| OutboxName::parse(&entry.name));
        Ok(name.map(|name| name.batch))
    }

    /// Reads the first candidate that can be read; one that cannot does not hold up the others.
    fn first_readable(
        &self,
        candidates: &[Candidate],
        told: Option<&Position>,
        trouble: &mut Option<HostError>,
    ) -> Option<Entry> {
        for candidate in candidates {
            match self.validate(candidate, told.map_or(0, |told| told.file)) {
                Ok(Some(entry)) => return Some(entry),
                Ok(None) => tracing::debug!(file = candidate.shown, "changed while it was read"),
                Err(error) => {
                    trouble.get_or_insert(error);
                }
            }
        }
        None
    }

    /// The entries whose files still are what they were; the others are forgotten, and a file that
    /// was replaced is read anew.
    fn live_entries(&self) -> Result<Vec<Entry>, HostError> {
        let mut live = Vec::new();
        for entry in self.entries()? {
            let path = self.rooms.in_outbox(&entry.name);
            let now = disk::Print::at(&path).map_err(disk::failed("read outbox", &path))?;
            if entry.plan.is_some() || now == Some(entry.print) {
                live.push(entry);
            } else {
                self.forget(entry.number)?;
            }
        }
        Ok(live)
    }

    /// A page of a file; `None` when the file changed and must be read anew.
    fn page(
        &self,
        entry: &Entry,
        told: Option<&Position>,
        limit: usize,
        others: bool,
    ) -> Result<Option<HostPage>, HostError> {
        if let Verdict::Refused { message } = &entry.verdict {
            let problem = Problem::new(0, "", message.clone());
            return Ok(Some(HostPage {
                records: vec![unreadable(entry.name.clone(), problem)],
                position: Some(end(entry, 1).to_string()),
                more: others,
            }));
        }
        let path = self.rooms.in_outbox(&entry.name);
        let failed = || disk::failed("read file", &path);
        let file = open_unchanged(&path, &entry.print).map_err(failed())?;
        let (Some(file), Some(name)) = (file, OutboxName::parse(&entry.name)) else {
            return Ok(None);
        };
        let from = told.filter(|told| told.file == entry.number && told.hash == entry.hash());
        let mark = from.and_then(|told| told.mark);
        let rows_told = from.map_or(0, |told| told.rows);
        let limits = &self.config.limits;
        let read = Documents::after(file, &name, limits.document_bytes_max, mark)
            .and_then(|documents| self.rows(documents, entry, rows_told, mark, limit));
        let (records, position) = match read {
            Ok(read) => read,
            Err(Fault::Io(error)) => return Err(failed()(error)),
            Err(Fault::Refused(message)) => return Err(changed_under_us(entry, &message)),
        };
        let more = others || position.mark.is_some();
        Ok(Some(HostPage {
            records,
            position: Some(position.to_string()),
            more,
        }))
    }

    fn rows(
        &self,
        mut documents: Documents,
        entry: &Entry,
        rows_told: u64,
        mark: Option<Mark>,
        limit: usize,
    ) -> Result<(Vec<Record>, Position), Fault> {
        let limits = &self.config.limits;
        let most = limit.clamp(1, limits.page_documents_max);
        let begin = mark.map_or(0, |mark| mark.offset);
        let mut records = Vec::new();
        let mut position = Position {
            rows: rows_told,
            mark,
            ..end(entry, rows_told)
        };
        while records.len() < most && position.rows < entry.records() {
            match documents.next()? {
                Some(Item::Trailer(_)) => {}
                Some(Item::Row(row)) => {
                    position.rows += 1;
                    position.mark = Some(row.after);
                    let is_full = row.after.offset - begin >= limits.page_bytes_max;
                    records.push(record(entry, row));
                    if is_full {
                        break;
                    }
                }
                None => return Err(Fault::Refused("fewer documents than before".to_owned())),
            }
        }
        if position.rows >= entry.records() {
            position.mark = None;
        }
        Ok((records, position))
    }
}

pub(super) fn position(text: &str) -> Result<Position, HostError> {
    text.parse().map_err(|()| {
        let shown: String = text.chars().take(80).collect();
        let message = format!("`{shown}` is no position of a host folder");
        HostError::new(HostErrorKind::Misconfigured, "read outbox", message)
    })
}

fn end(entry: &Entry, rows: u64) -> Position {
    Position {
        file: entry.number,
        hash: entry.hash().to_owned(),
        rows,
        mark: None,
    }
}

fn record(entry: &Entry, row: Row) -> Record {
    match row.reading.content {
        Ok(Content::Document(document)) => Record::Document(document),
        Ok(Content::Removed { kind, id, revision }) => Record::Removed { kind, id, revision },
        Err(problem) => unreadable(format!("{}:{}", entry.name, problem.line), problem),
    }
}

fn unreadable(place: String, problem: Problem) -> Record {
    Record::Unreadable {
        place,
        field: problem.field,
        message: problem.message,
        // The file with it lies in failed/.
        id: None,
    }
}

/// The file was rewritten in place, in the same length and within one tick of the disk's clock.
fn changed_under_us(entry: &Entry, message: &str) -> HostError {
    let message = format!(
        "`{}` is not what it was when it was first read: {message}",
        entry.name
    );
    HostError::new(HostErrorKind::Unavailable, "read file", message)
}
