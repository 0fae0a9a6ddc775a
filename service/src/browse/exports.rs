//! Files that people asked for and fetch later: made beside the work, kept for a while with who made them, and let go by age and number.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tieout_core::clock::Clock;
use tieout_core::store::Store;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::export_rows::{DOCUMENT_COLUMNS, cells, certificate};
use super::page::page;
use super::sheet::{Form, SheetFile};
use super::wanted::{Wanted, Which};
use crate::config::Loaded;
use crate::exit::Failure;
use crate::office::store_folder;
use crate::private::{self, Partial};

/// The folder of exports of a configuration.
#[derive(Clone, Debug)]
pub(crate) struct Exports {
    folder: PathBuf,
}

/// A file that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptExport {
    /// The name of the file.
    pub(crate) name: String,
    /// What is in it.
    pub(crate) title: String,
    /// Who asked for it.
    pub(crate) made_by: String,
    /// When it was whole.
    pub(crate) made_at: DateTime<Utc>,
    /// Rows in it.
    pub(crate) rows: u64,
    /// How large it is.
    pub(crate) bytes: u64,
}

/// What is exported.
#[derive(Clone, Debug)]
pub(crate) enum ExportOf {
    /// A list of documents.
    Documents {
        /// Of which.
        which: Which,
        /// What was asked.
        wanted: Box<Wanted>,
    },
    /// The rows of a certificate, from their file.
    Certificate {
        /// Its number.
        number: u64,
        /// The file.
        rows: PathBuf,
    },
}

/// An export on its way, or at its end.
#[derive(Debug)]
pub(crate) struct Job {
    /// What is exported.
    pub(crate) title: String,
    /// Who asked for it.
    pub(crate) by: String,
    /// When.
    pub(crate) began_at: DateTime<Utc>,
    /// How many rows it will be, where that is known.
    pub(crate) expected: Option<u64>,
    folder: PathBuf,
    rows: AtomicU64,
    failed: Mutex<Option<String>>,
    is_over: std::sync::atomic::AtomicBool,
}

/// Exports that are made at once.
const JOBS_MAX: usize = 2;
/// Jobs that are told of, those that failed too.
const TOLD_MAX: usize = 20;
/// Files that are kept.
const KEPT_MAX: usize = 50;
/// For how long.
const KEPT_DAYS: i64 = 90;
/// How the name of what is known of a file ends.
const ABOUT: &str = ".about.json";

/// The jobs of this process. Beginning anew ends those that are at work.
static JOBS: Mutex<Vec<Arc<Job>>> = Mutex::new(Vec::new());

impl Job {
    /// Rows so far.
    pub(crate) fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// Why it failed, if it did.
    pub(crate) fn failure(&self) -> Option<String> {
        self.failed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Whether it is still at work.
    pub(crate) fn is_at_work(&self) -> bool {
        !self.is_over.load(Ordering::Acquire)
    }
}

impl Exports {
    /// Those of a configuration: beside its store.
    pub(crate) fn of(loaded: &Loaded) -> Self {
        let mut beside = store_folder(loaded).into_os_string();
        beside.push("-exports");
        Self {
            folder: PathBuf::from(beside),
        }
    }

    /// Jobs of this folder that are at work or failed, newest first.
    pub(crate) fn jobs(&self) -> Vec<Arc<Job>> {
        let jobs = JOBS.lock().unwrap_or_else(PoisonError::into_inner);
        let ours = jobs.iter().rev().filter(|job| job.folder == self.folder);
        ours.filter(|job| job.is_at_work() || job.failure().is_some())
            .cloned()
            .collect()
    }

    /// Begins an export in somebody's name; what it comes to is a file in the list. Ends where it stands with `stop`.
    pub(crate) fn begin(
        &self,
        (store, clock): (Arc<dyn Store>, Arc<dyn Clock>),
        (of, form): (ExportOf, Form),
        (by, expected): (&str, Option<u64>),
        stop: CancellationToken,
    ) -> Result<(), Failure> {
        let job = Arc::new(Job {
            title: of.title(),
            by: by.to_owned(),
            began_at: clock.now(),
            expected,
            folder: self.folder.clone(),
            rows: AtomicU64::new(0),
            failed: Mutex::new(None),
            is_over: std::sync::atomic::AtomicBool::new(false),
        });
        {
            let mut jobs = JOBS.lock().unwrap_or_else(PoisonError::into_inner);
            if jobs.iter().filter(|it| it.is_at_work()).count() >= JOBS_MAX {
                return Err(Failure::config("other exports are being made")
                    .advise("Wait until one of them is done, and ask again."));
            }
            if !jobs
                .iter()
                .any(|it| it.folder == self.folder && it.is_at_work())
            {
                // Of one that was killed something may be left; a folder that is not there holds nothing.
                let _ = private::remove_partials(&self.folder, "");
            }
            let spare = jobs.len().saturating_sub(TOLD_MAX - 1);
            let mut left = spare;
            jobs.retain(|it| {
                let goes = left > 0 && !it.is_at_work();
                left -= usize::from(goes);
                !goes
            });
            jobs.push(Arc::clone(&job));
        }
        let exports = self.clone();
        tokio::spawn(async move {
            let made = exports.make((store, clock), &of, form, &job, &stop).await;
            if let Err(failure) = made {
                tracing::warn!(
                    title = job.title,
                    error = failure.message,
                    "an export was not made"
                );
                let why = match &failure.advice {
                    Some(advice) => format!("{}. {advice}", failure.message),
                    None => failure.message.clone(),
                };
                *job.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
            }
            job.is_over.store(true, Ordering::Release);
        });
        Ok(())
    }

    /// The files, newest first. Those that are too old, and those beyond the number that is kept, go: of whoever has most.
    pub(crate) fn list(&self, now: DateTime<Utc>) -> Result<Vec<KeptExport>, Failure> {
        let mut found = Vec::new();
        let items = match fs::read_dir(&self.folder) {
            Ok(items) => items,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(found),
            Err(error) => return Err(failed(&self.folder, &error)),
        };
        for item in items {
            let path = item.map_err(|error| failed(&self.folder, &error))?.path();
            if !path.to_string_lossy().ends_with(ABOUT) {
                continue;
            }
            let about = fs::read(&path).ok();
            let about = about.and_then(|text| serde_json::from_slice::<KeptExport>(&text).ok());
            // What lies there under another name is not ours.
            if let Some(about) =
                about.filter(|it| is_name(&it.name) && self.about(&it.name) == path)
            {
                found.push(about);
            }
        }
        found.sort_by(|one, other| (other.made_at, &other.name).cmp(&(one.made_at, &one.name)));
        let (kept, gone) = parted(found, now);
        for export in gone {
            self.remove(&export.name)?;
        }
        Ok(kept)
    }

    /// A file of the list, and where it lies.
    pub(crate) fn find(&self, name: &str) -> Result<Option<(KeptExport, PathBuf)>, Failure> {
        if !is_name(name) {
            return Ok(None);
        }
        match fs::read(self.about(name)) {
            Ok(text) => Ok(serde_json::from_slice::<KeptExport>(&text)
                .ok()
                .map(|about| (about, self.folder.join(name)))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(&self.folder, &error)),
        }
    }

    /// Deletes a file. One that is not there changes nothing.
    pub(crate) fn remove(&self, name: &str) -> Result<(), Failure> {
        if !is_name(name) {
            return Ok(());
        }
        for path in [self.folder.join(name), self.about(name)] {
            match fs::remove_file(&path) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(failed(&path, &error)),
            }
        }
        Ok(())
    }

    fn about(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}{ABOUT}"))
    }

    async fn make(
        &self,
        (store, clock): (Arc<dyn Store>, Arc<dyn Clock>),
        of: &ExportOf,
        form: Form,
        job: &Arc<Job>,
        stop: &CancellationToken,
    ) -> Result<(), Failure> {
        private::make_folder(&self.folder).map_err(|error| failed(&self.folder, &error))?;
        let now = clock.now();
        let unique = Uuid::new_v4().simple().to_string();
        let name = format!(
            "{}-{}-{}.{}",
            of.word(),
            now.format("%Y%m%dt%H%M%Sz"),
            &unique[..8],
            form.ending()
        );
        let path = self.folder.join(&name);
        match of {
            ExportOf::Documents { which, wanted } => {
                let mut file = SheetFile::begin(&path, form, &DOCUMENT_COLUMNS)?;
                let mut wanted = wanted.as_ref().clone();
                (wanted.after, wanted.rows) = (None, 500);
                // What changes meanwhile is of a later export: else the list would never end.
                wanted.before = Some(wanted.before.map_or(now, |before| before.min(now)));
                loop {
                    if stop.is_cancelled() {
                        return Err(Failure::new(
                            "it was stopped: the program ended or began anew",
                        )
                        .advise("Ask for it again."));
                    }
                    let found = page(store.as_ref(), &wanted, *which).await?;
                    for row in &found.rows {
                        file.add(cells(row))?;
                        job.rows.fetch_add(1, Ordering::Relaxed);
                    }
                    let Some(next) = found.next else { break };
                    wanted.after = Some(next);
                }
                // Writing a workbook takes the processor for a while.
                finished(tokio::task::spawn_blocking(move || file.end()).await)?;
            }
            ExportOf::Certificate { rows, .. } => {
                let (rows, path, job) = (rows.clone(), path.clone(), Arc::clone(job));
                let work = move || certificate(&rows, &path, form, &job.rows);
                finished(tokio::task::spawn_blocking(work).await)?;
            }
        }
        let bytes = fs::metadata(&path)
            .map_err(|error| failed(&path, &error))?
            .len();
        let about = KeptExport {
            name: name.clone(),
            title: job.title.clone(),
            made_by: job.by.clone(),
            made_at: clock.now(),
            rows: job.rows(),
            bytes,
        };
        let text = serde_json::to_string_pretty(&about).expect("texts and numbers are plain JSON");
        self.tell(&name, &text)?;
        self.list(clock.now())?;
        Ok(())
    }

    fn tell(&self, name: &str, text: &str) -> Result<(), Failure> {
        let path = self.about(name);
        let wrong = |error: std::io::Error| failed(&path, &error);
        let (partial, mut file) = Partial::begin(&path).map_err(wrong)?;
        std::io::Write::write_all(&mut file, text.as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(wrong)?;
        partial.replace().map_err(wrong)
    }
}

impl ExportOf {
    fn title(&self) -> String {
        match self {
            Self::Documents { which, wanted } => {
                let mut title = match which {
                    Which::All => "Every document".to_owned(),
                    Which::InNeed => "Documents that need somebody".to_owned(),
                    Which::Successful => "Documents without a finding in the books".to_owned(),
                };
                for (name, value) in wanted.pairs() {
                    if !["columns", "order", "rows", "before"].contains(&name) {
                        title.push_str(&format!(", {name} {value}"));
                    }
                }
                title
            }
            Self::Certificate { number, .. } => format!("The documents of certificate {number}"),
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Documents {
                which: Which::InNeed,
                ..
            } => "findings",
            Self::Documents { .. } => "integrations",
            Self::Certificate { .. } => "certificate",
        }
    }
}

fn finished(ended: Result<Result<(), Failure>, tokio::task::JoinError>) -> Result<(), Failure> {
    match ended {
        Ok(done) => done,
        Err(error) => Err(Failure::new(format!("it ended badly: {error}"))),
    }
}

/// Which files are kept, and which go, of all that there are, newest first.
///
/// Where there are too many, whoever has most loses the oldest, so that nobody pushes out what others asked for.
fn parted(found: Vec<KeptExport>, now: DateTime<Utc>) -> (Vec<KeptExport>, Vec<KeptExport>) {
    let oldest = now - TimeDelta::days(KEPT_DAYS);
    let (mut kept, mut gone): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|it| it.made_at >= oldest);
    while kept.len() > KEPT_MAX {
        let mut count: BTreeMap<&str, usize> = BTreeMap::new();
        for export in &kept {
            *count.entry(&export.made_by).or_default() += 1;
        }
        let most = count.values().copied().max().unwrap_or_default();
        let has_most = |it: &KeptExport| count.get(it.made_by.as_str()) == Some(&most);
        let Some(at) = kept.iter().rposition(has_most) else {
            break;
        };
        gone.push(kept.remove(at));
    }
    (kept, gone)
}

/// Whether a text is a name of ours: it leads nowhere else.
fn is_name(name: &str) -> bool {
    let is_plain = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-';
    name.len() <= 100
        && name.split_once('.').is_some_and(|(stem, ending)| {
            !stem.is_empty() && stem.chars().all(is_plain) && Form::of(ending).is_some()
        })
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_s_exports_do_not_push_out_those_of_others() {
        let now = DateTime::from_timestamp(1_772_532_000, 0).unwrap();
        let export = |by: &str, days: i64, place: i64| KeptExport {
            name: format!("{by}-{place}.csv"),
            title: String::new(),
            made_by: by.to_owned(),
            made_at: now - TimeDelta::days(days) - TimeDelta::minutes(place),
            rows: 0,
            bytes: 0,
        };
        let viewer = (0..60).map(|place| export("viewer", 0, place));
        let mut found: Vec<KeptExport> = viewer.collect();
        found.push(export("ann", 30, 0));
        found.push(export("ann", 31, 0));
        found.push(export("bob", 89, 0));
        found.push(export("bob", 91, 0));
        let (kept, gone) = parted(found, now);
        let of = |all: &[KeptExport], by: &str| all.iter().filter(|it| it.made_by == by).count();
        assert_eq!(kept.len(), KEPT_MAX);
        assert_eq!((of(&kept, "ann"), of(&kept, "bob")), (2, 1));
        assert_eq!(of(&gone, "viewer"), 60 - 47);
        assert!(
            kept.iter().any(|it| it.name == "viewer-0.csv"),
            "the newest stay"
        );
        assert!(kept.iter().all(|it| it.name != "viewer-59.csv"));
        assert!(kept.is_sorted_by_key(|it| std::cmp::Reverse(it.made_at)));
    }

    #[test]
    fn a_name_leads_nowhere_else() {
        assert!(is_name("integrations-20261122t134500z-0a1b2c3d.xlsx"));
        for name in [
            "",
            "..",
            "../tieout.csv",
            "a/b.csv",
            "a.csv.about.json",
            "a.json",
            "A.csv",
            ".csv",
            "a b.csv",
            "a.csv\0",
        ] {
            assert!(!is_name(name), "{name}");
        }
    }
}
