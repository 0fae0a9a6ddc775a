//! When a commit is acknowledged: one thread gathers what waits, writes it as one batch, flushes, syncs, answers.
//!
//! sled's own flush leaves the size of the file and the cache of the drive out; the `fdatasync` after it
//! is what makes an acknowledged commit survive a power cut.

use std::fs::File;
use std::io;
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

use super::super::{Fence, LeaseRequest, StoreError};
use super::backup::{self, Backup};
use super::group::Group;
use super::mark::Mark;
use super::prepare::Prepared;
use super::reader::{Reader, failed};

/// Commits that wait for the writer; more wait at the door.
const QUEUE_COMMITS_MAX: usize = 256;

/// Commits that one flush serves.
const GROUP_COMMITS_MAX: usize = 64;

/// Bytes that one flush serves, once exceeded.
const GROUP_BYTES_MAX: usize = 8 << 20;

/// What the writer does, and where the answer goes.
enum Job {
    Commit(Box<Prepared>, oneshot::Sender<Result<(), StoreError>>),
    Lease(
        LeaseRequest,
        oneshot::Sender<Result<Option<Fence>, StoreError>>,
    ),
    BackUp(File, oneshot::Sender<Result<Backup, StoreError>>),
}

/// An answer that waits for the flush.
enum Answer {
    Commit(
        Result<(), StoreError>,
        oneshot::Sender<Result<(), StoreError>>,
    ),
    Lease(
        Result<Option<Fence>, StoreError>,
        oneshot::Sender<Result<Option<Fence>, StoreError>>,
    ),
    BackUp(
        Result<Backup, StoreError>,
        oneshot::Sender<Result<Backup, StoreError>>,
    ),
}

/// The way to the writer's thread. Stops it when dropped, after what waits is written.
pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread. `file` is sled's own file, opened a second time.
    pub(super) fn start(reader: Reader, file: File, mark: Mark) -> Result<Self, StoreError> {
        let next_page = reader.last_page()? + 1;
        let (jobs, queue) = mpsc::channel(QUEUE_COMMITS_MAX);
        let work = Work {
            reader,
            file,
            mark,
            next_page,
            broken: None,
        };
        let thread = std::thread::Builder::new().name("tieout-store".to_owned());
        let thread = thread
            .spawn(move || work.run(queue))
            .map_err(|source| StoreError::Io {
                operation: "starting the writer",
                source,
            })?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    pub(super) async fn commit(&self, prepared: Prepared) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        self.send(Job::Commit(Box::new(prepared), answer)).await?;
        answered.await.map_err(|_| stopped())?
    }

    pub(super) async fn lease(&self, request: LeaseRequest) -> Result<Option<Fence>, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.send(Job::Lease(request, answer)).await?;
        answered.await.map_err(|_| stopped())?
    }

    pub(super) async fn back_up(&self, file: File) -> Result<Backup, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.send(Job::BackUp(file, answer)).await?;
        answered.await.map_err(|_| stopped())?
    }

    async fn send(&self, job: Job) -> Result<(), StoreError> {
        let jobs = self.jobs.as_ref().ok_or_else(stopped)?;
        jobs.send(job).await.map_err(|_| stopped())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the writer of the store panicked; what it acknowledged is safe");
        }
    }
}

struct Work {
    reader: Reader,
    file: File,
    mark: Mark,
    next_page: u64,
    /// The first failed write. After it the kernel may have dropped pages that a later sync would not
    /// write again, so nothing more is acknowledged until the store is opened anew.
    broken: Option<io::Error>,
}

impl Work {
    fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        while let Some(first) = queue.blocking_recv() {
            let answers = match &self.broken {
                None => self.serve(gather(first, &mut queue)),
                Some(cause) => vec![refuse(first, cause)],
            };
            for answer in answers {
                answer.send();
            }
        }
        if self.broken.is_none() {
            self.mark.note(self.next_page - 1);
        }
    }

    fn serve(&mut self, jobs: Vec<Job>) -> Vec<Answer> {
        let mut group = Group::new(&self.reader, self.next_page);
        let reader = &self.reader;
        let answers: Vec<Answer> = jobs
            .into_iter()
            .map(|job| stage(reader, &mut group, job))
            .collect();
        let (batch, next_page) = group.finish();
        let Some(batch) = batch else { return answers };
        match self.write(batch) {
            Ok(()) => {
                self.next_page = next_page;
                self.mark.reached(next_page - 1);
                answers
            }
            Err(error) => {
                tracing::error!(%error, "the store failed to write and stops until it is opened again");
                let cause = cause_of(error);
                let answers = answers
                    .into_iter()
                    .map(|answer| answer.failed(&cause))
                    .collect();
                self.broken = Some(cause);
                answers
            }
        }
    }

    fn write(&self, batch: ::sled::Batch) -> Result<(), StoreError> {
        let between = self.reader.between();
        let applied = self.reader.db.apply_batch(batch);
        drop(between);
        applied.map_err(|error| failed("writing", error))?;
        self.reader
            .db
            .flush()
            .map_err(|error| failed("flushing", error))?;
        self.file.sync_data().map_err(|source| StoreError::Io {
            operation: "syncing",
            source,
        })
    }
}

impl Answer {
    fn send(self) {
        // Whoever asked may have gone away; the commit stands all the same.
        match self {
            Self::Commit(result, to) => drop(to.send(result)),
            Self::Lease(result, to) => drop(to.send(result)),
            Self::BackUp(result, to) => drop(to.send(result)),
        }
    }

    /// The answer when the group's write failed: what was refused anyway keeps its reason.
    fn failed(self, cause: &io::Error) -> Self {
        match self {
            Self::Commit(Ok(()), to) => Self::Commit(Err(broken(cause)), to),
            Self::Lease(Ok(Some(_)), to) => Self::Lease(Err(broken(cause)), to),
            refused @ (Self::Commit(Err(_), _)
            | Self::Lease(Ok(None) | Err(_), _)
            | Self::BackUp(..)) => refused,
        }
    }
}

fn gather(first: Job, queue: &mut mpsc::Receiver<Job>) -> Vec<Job> {
    let mut bytes = first.bytes();
    let mut jobs = vec![first];
    while jobs.len() < GROUP_COMMITS_MAX && bytes < GROUP_BYTES_MAX {
        let Ok(job) = queue.try_recv() else { break };
        bytes += job.bytes();
        jobs.push(job);
    }
    jobs
}

impl Job {
    fn bytes(&self) -> usize {
        match self {
            Self::Commit(prepared, _) => prepared.weight.bytes(),
            Self::Lease(..) | Self::BackUp(..) => 0,
        }
    }
}

fn stage(reader: &Reader, group: &mut Group<'_>, job: Job) -> Answer {
    match job {
        Job::Commit(prepared, to) => Answer::Commit(group.commit(*prepared), to),
        Job::Lease(request, to) => Answer::Lease(group.lease(&request), to),
        // What is staged beside it is not written yet: the backup shows what stood before.
        Job::BackUp(file, to) => Answer::BackUp(backup::write(reader, file), to),
    }
}

fn refuse(job: Job, cause: &io::Error) -> Answer {
    match job {
        Job::Commit(_, to) => Answer::Commit(Err(broken(cause)), to),
        Job::Lease(_, to) => Answer::Lease(Err(broken(cause)), to),
        Job::BackUp(_, to) => Answer::BackUp(Err(broken(cause)), to),
    }
}

fn broken(cause: &io::Error) -> StoreError {
    let source = match cause.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(cause.kind(), cause.to_string()),
    };
    StoreError::Io {
        operation: "writing to the store",
        source,
    }
}

fn cause_of(error: StoreError) -> io::Error {
    match error {
        StoreError::Io { source, .. } => source,
        error => io::Error::other(error.to_string()),
    }
}

fn stopped() -> StoreError {
    let source = io::Error::new(
        io::ErrorKind::BrokenPipe,
        "the writer of the store has stopped",
    );
    StoreError::Io {
        operation: "committing",
        source,
    }
}
