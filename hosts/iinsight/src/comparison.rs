//! How deletions are found: iinsight leaves no trace of one, so all invoices are compared with those that are known.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use tieout_core::document::{DocumentId, DocumentKind};
use tieout_core::engine::ContentHash;
use tieout_core::host::{HostError, Record};

use crate::changes::{Reader, Step, turn};
use crate::known::{self, Mark, Marks, fingerprint, number};
use crate::position::{Compared, Pass, Stale};
use crate::wire::{Row, Status};

/// Pages compared before the lists of changes are looked at again: news need not wait for the end.
const PAGES_MAX: u64 = 40;
/// Hours after which deletions that were not believed are looked at again.
const RETRY_HOURS: i64 = 1;
/// What names the notice that too many are gone. No invoice has such an identifier.
const STOPPED: &str = "deletions";

/// What is known, in memory, as long as it is compared with.
#[derive(Default)]
pub(crate) struct Memory {
    key: (u64, u64),
    marks: Option<Marks>,
}

impl Reader {
    /// A page of the comparison, if one is due or under way.
    ///
    /// Every list is read to its end without a failure before anything counts as missing, and a second reading must miss
    /// it too: an invoice may slip by while pages move.
    pub(crate) async fn compare(
        &self,
        compared: &mut Compared,
        limit: usize,
    ) -> Result<Step, HostError> {
        let quiet = || Step {
            records: Vec::new(),
            is_end: true,
        };
        if self.config.reconcile_hours == 0 {
            compared.pass = None;
            return Ok(quiet());
        }
        let now = self.clock.now();
        let hours = match compared.is_stopped {
            true => RETRY_HOURS,
            false => i64::from(self.config.reconcile_hours),
        };
        let hours = TimeDelta::hours(hours);
        if compared.pass.is_none() {
            if compared.at.is_some_and(|at| now - at < hours) {
                return Ok(quiet());
            }
            *self.memory.lock().await = Memory::default();
            if let Some(stale) = compared.stale.take() {
                known::forget(&self.notebook, &stale).await?;
            }
            compared.pass = Some(Pass {
                began: now,
                status: Status::Active,
                page: 1,
                last: String::new(),
                pages: BTreeMap::new(),
                told_at: compared.told_to,
                missing: None,
            });
        }
        for _ in 0..PAGES_MAX {
            let records = self.compare_page(compared, limit).await?;
            if !records.is_empty() || compared.pass.is_none() {
                let is_end = compared.pass.is_none();
                return Ok(Step { records, is_end });
            }
        }
        Ok(Step {
            records: Vec::new(),
            is_end: false,
        })
    }

    /// Forgets what is known where another account, user or first day is read from now on: nothing that is missing then was
    /// deleted.
    pub(crate) fn keep_scope(&self, compared: &mut Compared) {
        let config = &self.config;
        let seen = (
            config.address().to_string(),
            &config.client_id,
            &config.username,
            config.read_from,
        );
        let scope = ContentHash::of(&seen);
        if compared.scope == scope.as_str() {
            return;
        }
        *compared = Compared {
            scope: scope.as_str().to_owned(),
            generation: compared.generation,
            told_from: compared.told_to,
            told_to: compared.told_to,
            stale: Some(Stale {
                generation: compared.generation,
                pages: std::mem::take(&mut compared.pages),
                told_from: compared.told_from,
                told_to: compared.told_to,
            }),
            is_stopped: compared.is_stopped,
            ..Compared::default()
        };
    }

    async fn compare_page(
        &self,
        compared: &mut Compared,
        limit: usize,
    ) -> Result<Vec<Record>, HostError> {
        let Some(mut pass) = compared.pass.take() else {
            return Ok(Vec::new());
        };
        let page = self
            .api
            .invoices(pass.status, self.first(), pass.page)
            .await?;
        if page.rows.is_empty() {
            return self.list_ended(compared, pass).await;
        }
        let mut marks: Vec<Mark> = page
            .rows
            .iter()
            .map(|row| {
                (
                    Row::of(row).text("invoice_id"),
                    fingerprint(pass.status, row),
                )
            })
            .collect();
        let mut records = Vec::new();
        if let Some(missing) = &mut pass.missing {
            // They are in no note of the first reading: without one of their own, they would be forgotten.
            let mut again: Vec<Mark> = marks.clone();
            again.retain(|(met, _)| missing.contains(met));
            missing.retain(|id| again.iter().all(|(met, _)| met != id));
            for place in self.news(compared, &again).await? {
                // Changed since it was told: the next comparison tells it, if no list of changes does.
                known::OPEN.clone_into(&mut again[place].1);
            }
            self.note_met(compared, &again).await?;
            if missing.is_empty() {
                return Ok(self.complete(compared, pass, Vec::new()));
            }
        } else {
            // What is new or changed was missed by the lists of changes, and is told now.
            let news = self.news(compared, &marks).await?;
            let is_part = news.len() > limit;
            let news = &news[..news.len().min(limit)];
            let rows = news.iter().filter_map(|place| page.rows.get(*place));
            records = self.records(pass.status, rows).await?;
            let mut told: Vec<Mark> = news.iter().map(|place| marks[*place].clone()).collect();
            if is_part {
                // The same page comes again, and what was told is known by then, open or not: it must come to an end.
                self.note_met(compared, &told).await?;
                self.tell_adjustments(&mut records).await?;
                compared.pass = Some(pass);
                return Ok(records);
            }
            self.leave_open(&mut told, &records);
            // Beside the page's own note, which is worth nothing if this comparison is stopped.
            self.note_met(compared, &told).await?;
            for (place, mark) in news.iter().zip(told) {
                marks[*place] = mark;
            }
            let note = known::page_note(compared.generation + 1, pass.status, pass.page, &marks);
            self.notebook.write(vec![note]).await?;
            pass.pages.insert(pass.status, pass.page);
            self.tell_adjustments(&mut records).await?;
        }
        turn(&mut pass.page, &mut pass.last, &page)?;
        compared.pass = Some(pass);
        Ok(records)
    }

    /// Notes that these are known, whatever becomes of this comparison.
    async fn note_met(&self, compared: &mut Compared, marks: &[Mark]) -> Result<(), HostError> {
        if marks.is_empty() {
            return Ok(());
        }
        let note = known::told_note(compared.told_to, marks);
        self.notebook.write(vec![note]).await?;
        let mut memory = self.memory.lock().await;
        let is_current = memory.key == (compared.generation, compared.told_to);
        compared.told_to += 1;
        // What is in memory goes along: reading all notes again for each page would take for ever.
        if let Some(known) = memory.marks.as_mut().filter(|_| is_current) {
            known::learn(known, marks);
            memory.key = (compared.generation, compared.told_to);
        }
        Ok(())
    }

    /// The places on a page of those that are not known as they are now.
    async fn news(&self, compared: &Compared, marks: &[Mark]) -> Result<Vec<usize>, HostError> {
        let mut memory = self.memory.lock().await;
        let key = (compared.generation, compared.told_to);
        if memory.marks.is_none() || memory.key != key {
            let names = known::known_names(compared);
            memory.marks = Some(known::marks(&self.notebook, &names).await?);
            memory.key = key;
        }
        let known = memory.marks.get_or_insert_default();
        let is_new = |(id, mark): &Mark| {
            let told = known.get(&number(id)).copied();
            told != u64::from_str_radix(mark, 16).ok()
        };
        let places = marks.iter().enumerate();
        Ok(places
            .filter(|(_, mark)| is_new(mark))
            .map(|(place, _)| place)
            .collect())
    }

    /// A list was read to its end: on to the next one, and behind the last to what is missing.
    async fn list_ended(
        &self,
        compared: &mut Compared,
        mut pass: Pass,
    ) -> Result<Vec<Record>, HostError> {
        pass.page = 1;
        pass.last.clear();
        if let Some(next) = pass.status.next() {
            pass.status = next;
            compared.pass = Some(pass);
            return Ok(Vec::new());
        }
        if let Some(missing) = pass.missing.take() {
            return Ok(self.complete(compared, pass, missing));
        }
        let most = usize::from(self.config.removals_max);
        let missing = self.missing(compared, &pass, most + 1).await?;
        if missing.len() > most {
            return Ok(self.stop(compared, &pass));
        }
        if missing.is_empty() {
            return Ok(self.complete(compared, pass, missing));
        }
        pass.status = Status::Active;
        pass.missing = Some(missing);
        compared.pass = Some(pass);
        Ok(Vec::new())
    }

    /// Those that are known and that this reading did not meet, at most `most`.
    async fn missing(
        &self,
        compared: &Compared,
        pass: &Pass,
        most: usize,
    ) -> Result<Vec<String>, HostError> {
        let met = known::names(
            compared.generation + 1,
            &pass.pages,
            pass.told_at..compared.told_to,
        );
        let met = known::marks(&self.notebook, &met).await?;
        let before = known::names(
            compared.generation,
            &compared.pages,
            compared.told_from..pass.told_at,
        );
        let mut missing: Vec<String> = Vec::new();
        for name in before {
            for (id, _) in known::read(&self.notebook, &name).await? {
                if !met.contains_key(&number(&id)) && !missing.contains(&id) {
                    missing.push(id);
                }
                if missing.len() >= most {
                    return Ok(missing);
                }
            }
        }
        Ok(missing)
    }

    /// The comparison is complete: what it met is known from now on, and what it missed twice is gone.
    fn complete(&self, compared: &mut Compared, pass: Pass, gone: Vec<String>) -> Vec<Record> {
        let removed = |id: String| {
            Some(Record::Removed {
                kind: DocumentKind::Invoice,
                id: DocumentId::new(id).ok()?,
                // Should it be back one day, it is told as it is then.
                revision: None,
            })
        };
        let notice = compared.is_stopped.then(|| STOPPED.to_owned());
        let records = gone.into_iter().chain(notice).filter_map(removed).collect();
        *compared = Compared {
            scope: std::mem::take(&mut compared.scope),
            at: Some(pass.began),
            generation: compared.generation + 1,
            pages: pass.pages,
            told_from: pass.told_at,
            told_to: compared.told_to,
            stale: Some(Stale {
                generation: compared.generation,
                pages: std::mem::take(&mut compared.pages),
                told_from: compared.told_from,
                told_to: pass.told_at,
            }),
            pass: None,
            is_stopped: false,
        };
        records
    }

    /// Too many are missing to believe it: nothing is deleted, and a person is told.
    fn stop(&self, compared: &mut Compared, pass: &Pass) -> Vec<Record> {
        compared.at = Some(pass.began);
        compared.is_stopped = true;
        let most = self.config.removals_max;
        let message = format!(
            "more than {most} invoices that were there are in no list any more. Either the user of this host sees less than before: give it its rights back. Or they were deleted: let `removals_max` be larger for once. Nothing was taken for deleted"
        );
        vec![Record::Unreadable {
            place: "comparison of all invoices".to_owned(),
            field: String::new(),
            message,
            id: Some(STOPPED.to_owned()),
        }]
    }
}
