//! What lies in `failed/` and waits for somebody: counted, the newest files told with their reasons. Only reads.

use std::fs::{self, File};
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Rooms;
use crate::wire::OutboxName;

/// What could not be taken of a host folder and was not mended or removed yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Failed {
    /// Files in all.
    pub count: usize,
    /// The newest of them, newest first.
    pub newest: Vec<FailedFile>,
}

/// One file that could not be taken, or that holds the rows of another which could not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FailedFile {
    /// Its name.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
    /// Since when, as far as the disk tells.
    pub since: Option<DateTime<Utc>>,
    /// Why, for people.
    pub message: String,
    /// The first refused rows, or those that were asked for.
    pub rows: Vec<FailedRow>,
    /// How many more there are of them.
    pub rows_more: usize,
    /// Where all of them stand, if a result is still there.
    pub result: Option<PathBuf>,
}

/// One row that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedRow {
    /// The line, from 1, in the file that the host handed over.
    pub line: u64,
    /// The host's identifier, if it can be read.
    pub id: Option<String>,
    /// The number that people use, if it can be read.
    pub number: Option<String>,
    /// The field at fault; empty for the whole row.
    #[serde(default)]
    pub field: String,
    /// What is wrong with it.
    #[serde(default)]
    pub message: String,
    #[serde(skip_serializing, default)]
    outcome: String,
}

/// Rows shown of one file.
const ROWS_MAX: usize = 5;
/// The largest result that is read, in bytes.
const RESULT_BYTES_MAX: u64 = 64 << 20;
/// Files looked into when something is asked for.
const LOOKED_INTO_MAX: usize = 1_000;

/// What lies in the `failed/` of a host folder. A folder that is not there yet holds nothing.
///
/// Takes no lock and changes nothing: a file that is moved meanwhile is told or not.
pub fn failed(folder: &Path, files_max: usize) -> io::Result<Failed> {
    let rooms = Rooms::under(folder);
    let found = newest_first(&rooms)?;
    let first = |_: &FailedRow| true;
    Ok(Failed {
        count: found.len(),
        newest: found
            .into_iter()
            .take(files_max)
            .map(|found| told(&rooms, found, first))
            .collect(),
    })
}

/// The files in `failed/` of this name, or with refused rows of this number or identifier. Looks into the newest
/// thousand.
pub fn failed_about(folder: &Path, wanted: &str) -> io::Result<Vec<FailedFile>> {
    let rooms = Rooms::under(folder);
    let about = |row: &FailedRow| {
        [&row.number, &row.id]
            .into_iter()
            .flatten()
            .any(|it| it == wanted)
    };
    let mut files = Vec::new();
    for found in newest_first(&rooms)?.into_iter().take(LOOKED_INTO_MAX) {
        let is_named = found.name == wanted || original(&found.name).as_deref() == Some(wanted);
        let file = if is_named {
            told(&rooms, found, |_| true)
        } else {
            told(&rooms, found, about)
        };
        if is_named || !file.rows.is_empty() {
            files.push(file);
        }
    }
    Ok(files)
}

struct Found {
    name: String,
    path: PathBuf,
    since: Option<DateTime<Utc>>,
}

fn newest_first(rooms: &Rooms) -> io::Result<Vec<Found>> {
    let items = match fs::read_dir(&rooms.failed) {
        Ok(items) => items,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for item in items {
        let item = item?;
        let name = item.file_name().to_string_lossy().into_owned();
        let beside = [".result.json", ".sha256", ".tmp"];
        let is_file = item.file_type().is_ok_and(|kind| kind.is_file());
        if !is_file || name.starts_with('.') || beside.iter().any(|end| name.ends_with(end)) {
            continue;
        }
        let modified = item.metadata().and_then(|about| moved_at(&about));
        found.push(Found {
            path: item.path(),
            since: modified.ok().map(DateTime::<Utc>::from),
            name,
        });
    }
    found.sort_by(|left, right| (right.since, &right.name).cmp(&(left.since, &left.name)));
    Ok(found)
}

/// When the file was put here: a move changes a file's entry and not its content.
fn moved_at(about: &fs::Metadata) -> io::Result<std::time::SystemTime> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let seconds = u64::try_from(about.ctime()).unwrap_or_default();
        let nanos = u32::try_from(about.ctime_nsec()).unwrap_or_default();
        Ok(std::time::UNIX_EPOCH + std::time::Duration::new(seconds, nanos))
    }
    #[cfg(not(unix))]
    about.modified()
}

/// A file with its reason: its own result, or that of the file whose bad rows it holds.
fn told(rooms: &Rooms, found: Found, wanted: impl Fn(&FailedRow) -> bool) -> FailedFile {
    let own = read(rooms.failed.join(format!("{}.result.json", found.name)));
    let result = own.or_else(|| {
        let from = original(&found.name)?;
        read(rooms.done.join(format!("{from}.result.json")))
    });
    let (message, rows, result) = match result {
        Some((path, result)) => (result.message, result.rows, Some(path)),
        None => {
            let message = "no result lies beside it any more".to_owned();
            (message, Vec::new(), None)
        }
    };
    let is_told = |row: &FailedRow| row.outcome == "refused" && wanted(row);
    let mut rows: Vec<FailedRow> = rows.into_iter().filter(is_told).collect();
    let rows_more = rows.len().saturating_sub(ROWS_MAX);
    rows.truncate(ROWS_MAX);
    FailedFile {
        name: found.name,
        path: found.path,
        since: found.since,
        message,
        rows,
        rows_more,
        result,
    }
}

/// The name of the file whose bad rows a file holds.
fn original(name: &str) -> Option<String> {
    let parsed = OutboxName::parse(name)?;
    let (batch, turn) = parsed.batch.rsplit_once("-rest")?;
    let is_turn = turn.bytes().all(|byte| byte.is_ascii_digit());
    let front = parsed.kind.as_str();
    let (stamp, ending) = (&parsed.stamp, parsed.format.ending());
    is_turn.then(|| format!("{front}-{batch}-{stamp}.{ending}"))
}

#[derive(Deserialize)]
struct ResultRead {
    message: String,
    #[serde(default)]
    rows: Vec<FailedRow>,
}

/// A result, if it is there and can be read: people move these files about.
fn read(path: PathBuf) -> Option<(PathBuf, ResultRead)> {
    let file = File::open(&path).ok()?;
    let from = BufReader::new(file.take(RESULT_BYTES_MAX));
    let result = serde_json::from_reader(from).ok()?;
    Some((path, result))
}
