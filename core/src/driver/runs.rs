//! What each run wrote at the providers: from which page of the journal to which, under a name that people can give.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::DriverError;
use super::cursor::record;
use super::site::World;
use crate::engine::{BindingKey, Event, Op};
use crate::store::{ChangeSet, RecordKey, Store, StoreError};

/// Runs that are remembered; the oldest goes first. One that wrote nothing is not kept.
pub const RUNS_MAX: usize = 200;
/// Pages of the journal that are read at once.
const PAGES_AT_ONCE: usize = 500;

/// What a run was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// Once through everything.
    Once,
    /// What a plan says, and nothing else.
    Plan,
    /// A process that serves, up to the end of the day (UTC).
    Serving,
}

/// One run, or a day of one that serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Its name, such as `run-20261122-073820`.
    pub id: String,
    /// What it was.
    pub kind: RunKind,
    /// Who began it.
    pub by: String,
    /// When it began.
    pub began_at: DateTime<Utc>,
    /// When it ended; `None` while it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
    /// The journal's newest page before it.
    after_page: u64,
    /// The journal's newest page at its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    through_page: Option<u64>,
    /// Documents that this process had posted before it.
    #[serde(skip)]
    posted_before: u64,
}

/// What a run did to one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrote {
    /// The document, on its connection.
    pub binding: BindingKey,
    /// The provider's document, as the run left it.
    pub provider_id: String,
    /// Whether the run made it; otherwise it was there before, and what it was is not known any more.
    pub created: bool,
}

impl World {
    /// A run begins. One that is still open belongs to a process that died: it ends here.
    pub async fn begin_run(&self, kind: RunKind, by: &str) -> Result<Run, DriverError> {
        let now = self.clock.now();
        let newest = newest_page(self.store.as_ref()).await?;
        let known = oldest_first(self.store.as_ref()).await?;
        let mut records = ended(&known, newest, now);
        let most = RUNS_MAX - 1;
        let many = known.len().saturating_sub(most);
        for old in &known[..many] {
            records.retain(|(key, _)| *key != old.key());
            records.push((old.key(), None));
        }
        let base = now.format("run-%Y%m%d-%H%M%S").to_string();
        let taken = |id: &String| known.iter().any(|run| run.id == *id);
        let further = (2..).map(|turn| format!("{base}-{turn}"));
        let mut names = std::iter::once(base.clone()).chain(further);
        let run = Run {
            id: names.find(|id| !taken(id)).unwrap_or(base),
            kind,
            by: by.to_owned(),
            began_at: now,
            ended_at: None,
            after_page: newest,
            through_page: None,
            posted_before: self.progress.counts().posted,
        };
        records.push(record(run.key(), &run));
        self.keep_runs(records).await?;
        Ok(run)
    }

    /// A run ends. Gives it as it is kept; `None` when it wrote nothing, and is not.
    pub async fn end_run(&self, run: Run) -> Result<Option<Run>, DriverError> {
        let newest = newest_page(self.store.as_ref()).await?;
        let ended = Run {
            ended_at: Some(self.clock.now()),
            through_page: Some(newest),
            ..run
        };
        // Counted by this process, unless what it wrote was only found out about.
        let wrote = self.progress.counts().posted > ended.posted_before
            || !run_documents(self.store.as_ref(), &ended).await?.is_empty();
        if !wrote {
            self.keep_runs(vec![(ended.key(), None)]).await?;
            return Ok(None);
        }
        self.keep_runs(vec![record(ended.key(), &ended)]).await?;
        Ok(Some(ended))
    }

    /// Ends the runs of processes that died, so that nothing which is written from now on counts as theirs. For whoever
    /// writes without a run of its own, and has the store alone. A repeat does nothing.
    ///
    /// # Errors
    /// The store fails.
    pub async fn end_dead_runs(&self) -> Result<(), DriverError> {
        let newest = newest_page(self.store.as_ref()).await?;
        let known = oldest_first(self.store.as_ref()).await?;
        let records = ended(&known, newest, self.clock.now());
        match records.is_empty() {
            true => Ok(()),
            false => self.keep_runs(records).await,
        }
    }

    async fn keep_runs(
        &self,
        records: Vec<(RecordKey, Option<Vec<u8>>)>,
    ) -> Result<(), DriverError> {
        let changes = ChangeSet {
            records,
            ..ChangeSet::default()
        };
        Ok(self.store.commit(changes).await?)
    }
}

impl Run {
    fn key(&self) -> RecordKey {
        RecordKey::new(&["run", &self.id])
    }

    /// Whether a page of the journal was written while it ran.
    #[must_use]
    pub fn holds(&self, page: u64) -> bool {
        page > self.after_page && self.through_page.is_none_or(|last| page <= last)
    }
}

/// The runs that are remembered, newest first.
pub async fn runs(store: &dyn Store) -> Result<Vec<Run>, DriverError> {
    let mut runs = oldest_first(store).await?;
    runs.reverse();
    Ok(runs)
}

/// The documents that were written at providers while a run went on, each once, in the order of their keys: its own,
/// and what a command beside it did. Voids are none.
pub async fn run_documents(store: &dyn Store, run: &Run) -> Result<Vec<Wrote>, DriverError> {
    let mut wrote: BTreeMap<BindingKey, Wrote> = BTreeMap::new();
    let mut before = run.through_page.map(|page| page.saturating_add(1));
    loop {
        let pages = store.journal_before(before, PAGES_AT_ONCE).await?;
        let entries = pages
            .iter()
            .take_while(|page| run.holds(page.number))
            .flat_map(|page| page.entries.iter().rev());
        for entry in entries {
            let (Some(binding), Event::Landed { op, provider_id }) = (&entry.binding, &entry.event)
            else {
                continue;
            };
            let created = match op {
                Op::Create => true,
                Op::Update => false,
                Op::Void => continue,
            };
            // The newest comes first; an older one tells how that document came to be.
            let known = wrote.entry(binding.clone()).or_insert_with(|| Wrote {
                binding: binding.clone(),
                provider_id: provider_id.clone(),
                created,
            });
            known.created |= created && known.provider_id == *provider_id;
        }
        match pages.last() {
            Some(oldest) if run.holds(oldest.number) => before = Some(oldest.number),
            Some(_) | None => return Ok(wrote.into_values().collect()),
        }
    }
}

/// The records of those that are still open, ended.
fn ended(known: &[Run], newest: u64, now: DateTime<Utc>) -> Vec<(RecordKey, Option<Vec<u8>>)> {
    let open = known.iter().filter(|run| run.ended_at.is_none());
    let ended = open.map(|run| Run {
        ended_at: Some(now),
        through_page: Some(newest),
        ..run.clone()
    });
    ended.map(|run| record(run.key(), &run)).collect()
}

async fn oldest_first(store: &dyn Store) -> Result<Vec<Run>, DriverError> {
    let mut runs = Vec::new();
    for (key, value) in store.records("run/", RUNS_MAX + 1).await? {
        let run: Run = serde_json::from_slice(&value).map_err(|error| StoreError::Corrupt {
            place: format!("record {key}"),
            message: error.to_string(),
        })?;
        runs.push(run);
    }
    runs.sort_by(|one, other| (one.began_at, &one.id).cmp(&(other.began_at, &other.id)));
    Ok(runs)
}

async fn newest_page(store: &dyn Store) -> Result<u64, DriverError> {
    let newest = store.journal_before(None, 1).await?;
    Ok(newest.first().map_or(0, |page| page.number))
}
