//! Work that takes longer than a request: begun by one, looked at by others, its rows kept in a file beside the store.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tieout_core::clock::Clock;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::access::ApiCaller;
use super::paging::{self, Page};
use super::problem::{Problem, Sort};
use crate::exit::Failure;
use crate::private;

/// Jobs that are remembered; the oldest goes first.
const JOBS_MAX: usize = 40;

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum JobKind {
    /// It makes a plan: what would be sent, document by document.
    Plan,
    /// It compares both sides and keeps a certificate.
    TieOut,
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum JobState {
    /// It is at work.
    Running,
    /// It is done; `result` says what it came to.
    Done,
    /// It failed; `problem` says why.
    Failed,
}

/// A job.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Job {
    /// Its name.
    pub(super) id: String,
    /// What it does.
    pub(super) kind: JobKind,
    /// Who began it.
    pub(super) by: String,
    /// Where it stands.
    pub(super) state: JobState,
    /// When it began.
    pub(super) began_at: DateTime<Utc>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ended_at: Option<DateTime<Utc>>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) problem: Option<String>,
    /// What it came to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) result: Option<Value>,
}

/// All jobs of this store that are remembered.
pub(super) struct Jobs {
    folder: PathBuf,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
    known: Mutex<BTreeMap<String, Job>>,
}

/// Where a job writes its rows.
pub(super) struct Rows(BufWriter<File>);

impl Rows {
    /// Writes a row.
    pub(super) fn put<T: Serialize>(&mut self, row: &T) -> Result<(), Failure> {
        serde_json::to_writer(&mut self.0, row).map_err(|error| Failure::of(&error))?;
        self.0.write_all(b"\n").map_err(|error| Failure::of(&error))
    }
}

impl Jobs {
    /// The jobs in a folder, which need not be there. One that an earlier process left at work has failed.
    pub(super) fn at(folder: PathBuf, clock: Arc<dyn Clock>, stop: CancellationToken) -> Arc<Self> {
        let mut known = BTreeMap::new();
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let job = path
                .extension()
                .is_some_and(|ending| ending == "json")
                .then(|| fs::read(&path).ok())
                .flatten()
                .and_then(|bytes| serde_json::from_slice::<Job>(&bytes).ok());
            if let Some(mut job) = job {
                if job.state == JobState::Running {
                    job.state = JobState::Failed;
                    job.problem = Some("the process ended before it was done".to_owned());
                }
                known.insert(job.id.clone(), job);
            }
        }
        Arc::new(Self {
            folder,
            clock,
            stop,
            known: Mutex::new(known),
        })
    }

    /// Those of a kind, the newest first.
    pub(super) fn list(&self, kind: Option<JobKind>) -> Vec<Job> {
        let known = self.known();
        let all = known.values().rev();
        all.filter(|job| kind.is_none_or(|kind| job.kind == kind))
            .cloned()
            .collect()
    }

    /// One of them.
    pub(super) fn find(&self, id: &str) -> Result<Job, Problem> {
        self.known().get(id).cloned().ok_or_else(|| {
            Problem::not_found(format!("there is no job `{id}`"))
                .advise(format!("The {JOBS_MAX} newest are remembered."))
        })
    }

    /// Begins a job, unless one of its kind is at work. What `work` gives is its result.
    pub(super) fn begin<F, W>(
        self: &Arc<Self>,
        kind: JobKind,
        by: &ApiCaller,
        work: W,
    ) -> Result<Job, Problem>
    where
        W: FnOnce(Rows, CancellationToken) -> F,
        F: Future<Output = Result<(Value, Rows), Failure>> + Send + 'static,
    {
        let now = self.clock.now();
        let job = Job {
            // In the order of time, and told apart within a second.
            id: Uuid::now_v7().simple().to_string(),
            kind,
            by: by.name.clone(),
            state: JobState::Running,
            began_at: now,
            ended_at: None,
            problem: None,
            result: None,
        };
        let rows = {
            let mut known = self.known();
            let is_busy = |other: &&Job| other.kind == kind && other.state == JobState::Running;
            if let Some(other) = known.values().find(is_busy) {
                return Err(Problem::new(
                    Sort::NotPossible,
                    format!("the job {} is at work, and one goes at a time", other.id),
                )
                .advise("Wait until it is done.")
                .retry_after(10));
            }
            let rows = self
                .open(&job)
                .map_err(|error| Failure::new(format!("{}: {error}", self.folder.display())))?;
            known.insert(job.id.clone(), job.clone());
            self.let_go(&mut known);
            rows
        };
        let (jobs, id, work) = (
            Arc::clone(self),
            job.id.clone(),
            work(rows, self.stop.clone()),
        );
        tokio::spawn(async move {
            // In a task of its own, so that one that breaks is told as failed too.
            let ended = tokio::spawn(work).await;
            let ended = ended.unwrap_or_else(|error| Err(Failure::of(&error)));
            jobs.end(&id, ended);
        });
        Ok(job)
    }

    fn open(&self, job: &Job) -> std::io::Result<Rows> {
        private::make_folder(&self.folder)?;
        let text = serde_json::to_string(job)?;
        private::write_new(&self.file(&job.id, "json"), &text, private::Readers::Owner)?;
        let path = self.file(&job.id, "jsonl");
        private::write_new(&path, "", private::Readers::Owner)?;
        let file = File::options().append(true).open(path)?;
        Ok(Rows(BufWriter::new(file)))
    }

    fn end(&self, id: &str, ended: Result<(Value, Rows), Failure>) {
        let ended = ended.and_then(|(value, mut rows)| {
            rows.0.flush().map_err(|error| Failure::of(&error))?;
            Ok(value)
        });
        let mut known = self.known();
        let Some(job) = known.get_mut(id) else { return };
        job.ended_at = Some(self.clock.now());
        match ended {
            Ok(value) => {
                job.state = JobState::Done;
                job.result = Some(value);
            }
            Err(failure) => {
                job.state = JobState::Failed;
                job.problem = Some(failure.message);
            }
        }
        if let Err(error) = self.save(job) {
            tracing::warn!(%error, job = id, "how a job ended cannot be written down");
        }
    }

    fn save(&self, job: &Job) -> std::io::Result<()> {
        let text = serde_json::to_vec(job)?;
        let (partial, mut file) = private::Partial::begin(&self.file(&job.id, "json"))?;
        file.write_all(&text)?;
        file.sync_all()?;
        partial.replace()
    }

    /// The oldest that are done go, with their rows.
    fn let_go(&self, known: &mut BTreeMap<String, Job>) {
        while known.len() > JOBS_MAX {
            let done = known.values().find(|job| job.state != JobState::Running);
            let Some(id) = done.map(|job| job.id.clone()) else {
                return;
            };
            known.remove(&id);
            for ending in ["json", "jsonl"] {
                // What stays is read again and let go of by a later process.
                let _ = fs::remove_file(self.file(&id, ending));
            }
        }
    }

    /// Some of the rows of a job that is done.
    pub(super) fn rows<T: DeserializeOwned>(
        &self,
        job: &Job,
        limit: usize,
        after: Option<&str>,
    ) -> Result<Page<T>, Problem> {
        if job.state != JobState::Done {
            return Err(
                Problem::new(Sort::NotPossible, format!("the job {} is not done", job.id))
                    .advise(format!("GET /v1/jobs/{} tells when it is.", job.id)),
            );
        }
        let from: Option<u64> = paging::place(after)?;
        let read = read_rows(
            &self.file(&job.id, "jsonl"),
            from.unwrap_or_default(),
            limit,
        );
        let (rows, next) = read.map_err(|error| match error {
            Unread::NoPlace => paging::bad_place(),
            Unread::Io(error) => Failure::of(&error).into(),
        })?;
        Ok(Page {
            data: rows,
            next: next.map(|next| paging::cursor(&next)),
        })
    }

    fn file(&self, id: &str, ending: &str) -> PathBuf {
        self.folder.join(format!("{id}.{ending}"))
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Job>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Unread {
    NoPlace,
    Io(std::io::Error),
}

impl From<std::io::Error> for Unread {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

/// Rows from a place on, and the place behind them where more follow.
fn read_rows<T: DeserializeOwned>(
    path: &Path,
    from: u64,
    limit: usize,
) -> Result<(Vec<T>, Option<u64>), Unread> {
    let mut file = File::open(path)?;
    let end = file.metadata()?.len();
    if from > end {
        return Err(Unread::NoPlace);
    }
    file.seek(SeekFrom::Start(from))?;
    let mut reader = BufReader::new(file);
    let (mut rows, mut at, mut line) = (Vec::new(), from, Vec::new());
    while rows.len() < limit {
        line.clear();
        let read = reader.read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok((rows, None));
        }
        at += u64::try_from(read).unwrap_or(u64::MAX);
        // A place that somebody made up lies within a row.
        rows.push(serde_json::from_slice(&line).map_err(|_| Unread::NoPlace)?);
    }
    Ok((rows, Some(at).filter(|at| *at < end)))
}
