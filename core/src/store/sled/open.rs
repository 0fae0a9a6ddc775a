//! When a directory may be opened as a store, and what is mended on the way.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;

use ::sled::Db;

use super::super::StoreError;
use super::super::rules::JSON_NEVER_FAILS;
use super::index::INDEX_RULES;
use super::keys;
use super::ledger::{self, Ledger};
use super::reader::{Reader, failed};
use super::rebuild::{self, Schema};
use super::{SledOptions, breaks, envelope, mark, segments};

/// The newest layout of the whole base that this program reads and writes.
///
/// Of the second one are lists and counts: a program that knows only the first would change bindings and leave them as
/// they were.
pub(super) const SCHEMA_NEWEST: u32 = 2;

/// How often sled's own lock is tried: it lets go a moment after the last handle of this process.
const LOCK_TRIES_MAX: u32 = 100;
const LOCK_RETRY_MS: u64 = 20;

/// The newest pages of the journal that are counted at a start: what was written last is what no note knows of yet.
const PAGES_COUNTED: u64 = 10_000;

/// Takes the directory for this process alone; it is let go with the file.
pub(super) fn lock(path: &Path) -> Result<File, StoreError> {
    take(path).map_err(located(path))
}

/// Opens the base of a locked directory and checks that it is one of ours.
///
/// The note of its segments is the caller's to keep while the base is open.
pub(super) fn open(path: &Path, options: &SledOptions) -> Result<(Db, Ledger), StoreError> {
    open_checked(path, options).map_err(located(path))
}

/// sled's data file, for the `fdatasync` that sled leaves out.
pub(super) fn data_file(path: &Path) -> Result<File, StoreError> {
    open_data_file(path).map_err(located(path))
}

/// The same error with the directory in it: whoever reads it has not named one on the command line.
pub(super) fn located(path: &Path) -> impl FnOnce(StoreError) -> StoreError + use<> {
    let path = path.display().to_string();
    move |error| match error {
        StoreError::Io { operation, source } => StoreError::NotOpened {
            path,
            operation,
            source,
        },
        StoreError::Corrupt { place, message } if !place.starts_with(&path) => {
            let place = format!("{path}, {place}");
            StoreError::Corrupt { place, message }
        }
        StoreError::Corrupt { .. }
        | StoreError::InUse { .. }
        | StoreError::Newer { .. }
        | StoreError::NotOpened { .. }
        | StoreError::TooLarge { .. }
        | StoreError::Conflict(_)
        | StoreError::Fenced => error,
    }
}

fn take(path: &Path) -> Result<File, StoreError> {
    fs::create_dir_all(path).map_err(io_failed("creating the directory"))?;
    let file = path.join("lock");
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&file);
    let lock = lock.map_err(io_failed("opening its lock"))?;
    match lock.try_lock() {
        Ok(()) => {
            // Only for the message of whoever comes second: without it the lock is as good.
            let _ = lock
                .set_len(0)
                .and_then(|()| write!(&lock, "{}", std::process::id()));
            Ok(lock)
        }
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse {
            path: path.display().to_string(),
            pid: holder(&file),
        }),
        Err(TryLockError::Error(source)) => Err(StoreError::Io {
            operation: "locking it",
            source,
        }),
    }
}

/// The process that wrote itself into the lock, if it is one of this machine that runs: in the moment after
/// the lock was taken the number of an earlier holder still stands there, and in a container another's.
fn holder(lock: &Path) -> Option<u32> {
    let pid: u32 = fs::read_to_string(lock).ok()?.parse().ok()?;
    let runs = Path::new("/proc").join(pid.to_string()).exists();
    runs.then_some(pid)
}

fn open_checked(path: &Path, options: &SledOptions) -> Result<(Db, Ledger), StoreError> {
    check_blobs(path)?;
    segments::check(path)?;
    ledger::forget(path)?;
    let (db, is_mended) = match try_open(path, options) {
        Err(StoreError::Corrupt { message, .. }) if set_snapshots_aside(path)? > 0 => {
            tracing::warn!(path = %path.display(), message, "the store's snapshot was damaged; the log is read instead");
            breaks::check(path, &open_data_file(path)?)?;
            (try_open(path, options)?, true)
        }
        opened => (opened?, false),
    };
    let ledger = Ledger::begin(path, open_data_file(path)?)?;
    // What sled finds in no place that its log names ends a read by a panic.
    let checked = panic::catch_unwind(AssertUnwindSafe(|| {
        if is_mended {
            // Nobody is to count on what can be made anew.
            forget_lists(&db)?;
        }
        check_schema(path, &db)?;
        check_end(path, &db)?;
        check_newest_pages(path, &db)
    }));
    checked.unwrap_or_else(|_| Err(unreadable(path)))?;
    sync_directories(path)?;
    Ok((db, ledger))
}

fn open_data_file(path: &Path) -> Result<File, StoreError> {
    File::open(path.join("db")).map_err(io_failed("opening the data file"))
}

/// sled puts large values into files of their own and never syncs them; ours are cut up to avoid that.
fn check_blobs(path: &Path) -> Result<(), StoreError> {
    let blobs = path.join("blobs");
    let first = match fs::read_dir(&blobs) {
        Ok(mut files) => files
            .next()
            .transpose()
            .map_err(io_failed("reading the directory"))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(source) => {
            return Err(StoreError::Io {
                operation: "reading the directory",
                source,
            });
        }
    };
    match first {
        None => Ok(()),
        Some(file) => Err(StoreError::Corrupt {
            place: file.path().display().to_string(),
            message: "a store of ours has no blobs: this directory was written by another program"
                .to_owned(),
        }),
    }
}

fn try_open(path: &Path, options: &SledOptions) -> Result<Db, StoreError> {
    let config = ::sled::Config::new()
        .path(path)
        .cache_capacity(options.cache_bytes);
    for _ in 0..LOCK_TRIES_MAX {
        // sled panics on some damage instead of reporting it.
        let opened = panic::catch_unwind(AssertUnwindSafe(|| config.open()));
        match opened {
            Ok(Ok(db)) => return Ok(db),
            // We hold the directory, so it is an earlier handle of this process that is about to go.
            Ok(Err(::sled::Error::Io(error))) if error.kind() == io::ErrorKind::Other => {
                std::thread::sleep(std::time::Duration::from_millis(LOCK_RETRY_MS));
            }
            Ok(Err(error)) => return Err(failed("opening the store", error)),
            Err(_) => return Err(unreadable(path)),
        }
    }
    Err(StoreError::InUse {
        path: path.display().to_string(),
        pid: None,
    })
}

/// What is said where sled panicked over what it read.
pub(super) fn unreadable(path: &Path) -> StoreError {
    StoreError::Corrupt {
        place: path.display().to_string(),
        message: "its log cannot be read".to_owned(),
    }
}

/// Renames sled's snapshots so that it reads its log instead, and counts them.
fn set_snapshots_aside(path: &Path) -> Result<usize, StoreError> {
    let mut moved = 0;
    for file in fs::read_dir(path).map_err(io_failed("reading the directory"))? {
        let name = file
            .map_err(io_failed("reading the directory"))?
            .file_name();
        let Some(name) = name.to_str().filter(|name| name.starts_with("snap.")) else {
            continue;
        };
        let aside = path.join(format!("damaged-{name}"));
        fs::rename(path.join(name), aside).map_err(io_failed("moving a snapshot aside"))?;
        moved += 1;
    }
    Ok(moved)
}

fn check_schema(path: &Path, db: &Db) -> Result<(), StoreError> {
    let reader = Reader::of(db.clone());
    match reader.get::<Schema>(keys::SCHEMA)? {
        Some(Schema { format, .. }) if format > SCHEMA_NEWEST => {
            let path = path.display().to_string();
            Err(StoreError::Newer {
                path,
                found: format,
                known: SCHEMA_NEWEST,
            })
        }
        Some(Schema {
            format: SCHEMA_NEWEST,
            index_rules: INDEX_RULES,
            ..
        }) => mark::set_made(path),
        Some(schema) => {
            // First of all, so that no older program goes on with what is half made.
            let begun = Schema {
                format: SCHEMA_NEWEST,
                index_rules: 0,
                making: schema.making.clone(),
            };
            write_schema(path, db, &begun)?;
            rebuild::run(&reader, schema)?;
            write_schema(path, db, &whole())
        }
        None if db.is_empty() && mark::is_made(path) => Err(StoreError::Corrupt {
            place: path.display().to_string(),
            message: "a store was made here, and nothing of it can be read any more".to_owned(),
        }),
        None if db.is_empty() => {
            write_schema(path, db, &whole())?;
            // Durable after the schema is: a crash between the two leaves a store that is opened as before.
            mark::set_made(path)
        }
        None => Err(StoreError::Corrupt {
            place: path.display().to_string(),
            message: "it holds data of another program".to_owned(),
        }),
    }
}

/// Says that lists and counts are to be made anew when the store is opened next.
pub(super) fn forget_lists(db: &Db) -> Result<(), StoreError> {
    let reader = Reader::of(db.clone());
    match reader.get::<Schema>(keys::SCHEMA)? {
        Some(Schema { format, .. }) => put_schema(
            db,
            &Schema {
                format,
                index_rules: 0,
                making: None,
            },
        ),
        // The store is refused when it is opened.
        None => Ok(()),
    }
}

/// The schema of a store in which everything is made as this program makes it.
fn whole() -> Schema {
    Schema {
        format: SCHEMA_NEWEST,
        index_rules: INDEX_RULES,
        making: None,
    }
}

fn write_schema(path: &Path, db: &Db, schema: &Schema) -> Result<(), StoreError> {
    // What the schema promises is durable before the schema is.
    flush(path, db)?;
    put_schema(db, schema)?;
    flush(path, db)
}

fn put_schema(db: &Db, schema: &Schema) -> Result<(), StoreError> {
    let json = serde_json::to_vec(schema).expect(JSON_NEVER_FAILS);
    for (key, entry) in envelope::wrap(keys::SCHEMA.to_vec(), &json) {
        db.insert(key, entry)
            .map_err(|error| failed("writing the format", error))?;
    }
    Ok(())
}

/// Whether the log could be read to where it is known to have been.
fn check_end(path: &Path, db: &Db) -> Result<(), StoreError> {
    let (noted, reached) = (mark::noted(path), Reader::of(db.clone()).last_page()?);
    if reached >= noted {
        return Ok(());
    }
    Err(StoreError::Corrupt {
        place: path.join("db").display().to_string(),
        message: format!(
            "its log can be read to page {reached} of the journal, and page {noted} was written"
        ),
    })
}

/// Whether the newest pages of the journal are all there: they are dealt without a gap, and none is ever removed.
fn check_newest_pages(path: &Path, db: &Db) -> Result<(), StoreError> {
    let reached = Reader::of(db.clone()).last_page()?;
    let first = reached.saturating_sub(PAGES_COUNTED) + 1;
    let mut expected = first;
    for key in db.range(keys::journal(first)..).keys() {
        let key = key.map_err(|error| failed("reading the journal", error))?;
        if keys::read_journal(&key).ok() != Some(expected) {
            break;
        }
        expected += 1;
    }
    if expected > reached {
        return Ok(());
    }
    Err(StoreError::Corrupt {
        place: path.join("db").display().to_string(),
        message: format!("page {expected} of its journal is lost, and page {reached} was read"),
    })
}

fn flush(path: &Path, db: &Db) -> Result<(), StoreError> {
    db.flush().map_err(|error| failed("flushing", error))?;
    open_data_file(path)?
        .sync_all()
        .map_err(io_failed("syncing"))
}

/// A new file survives a power cut only once its directory does.
fn sync_directories(path: &Path) -> Result<(), StoreError> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    for directory in [Some(path), parent].into_iter().flatten() {
        let synced = File::open(directory).and_then(|directory| directory.sync_all());
        synced.map_err(io_failed("syncing the directory"))?;
    }
    Ok(())
}

pub(super) fn io_failed(operation: &'static str) -> impl FnOnce(io::Error) -> StoreError {
    move |source| StoreError::Io { operation, source }
}
