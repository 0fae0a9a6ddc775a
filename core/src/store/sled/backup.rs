//! How a store is copied into one file as it is at one moment, and made anew from it.
//!
//! The file is a line with its form, then entry after entry as they lie in the tree (two bytes of the key's length, four
//! of the value's, key, value; big-endian), then an empty key, the number of entries (eight bytes) and the SHA-256 of
//! everything before it. Each value still has its own checksum, which covers its key.

use std::fs::{self, DirBuilder, File};
use std::io::{self, BufReader, BufWriter, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use ::sled::Batch;
use sha2::{Digest, Sha256};

use super::super::StoreError;
use super::reader::{Reader, failed};
use super::{SledOptions, envelope, index, keys, open};

const FORM: &[u8] = b"tieout-backup 1\n";

/// Longest key of an entry, in bytes.
const KEY_BYTES_MAX: usize = 1_024;

/// Entries written together while a store is made anew.
const BATCH_ENTRIES: usize = 2_000;

/// What a backup holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backup {
    /// Entries of the tree.
    pub entries: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Writes everything, and makes it durable.
pub(super) fn write(reader: &Reader, to: File) -> Result<Backup, StoreError> {
    let mut out = Hashing::new(BufWriter::new(to));
    let mut backup = Backup::default();
    out.write_all(FORM).map_err(writing)?;
    for entry in reader.db.iter() {
        let (key, value) = entry.map_err(|error| failed("backing up", error))?;
        let lengths = u16::try_from(key.len())
            .ok()
            .zip(u32::try_from(value.len()).ok())
            .ok_or_else(|| damaged(&keys::readable(&key), "it is larger than any of ours"))?;
        out.write_all(&lengths.0.to_be_bytes())
            .and_then(|()| out.write_all(&lengths.1.to_be_bytes()))
            .and_then(|()| out.write_all(&key))
            .and_then(|()| out.write_all(&value))
            .map_err(writing)?;
        backup.entries += 1;
    }
    out.write_all(&0_u16.to_be_bytes())
        .and_then(|()| out.write_all(&backup.entries.to_be_bytes()))
        .map_err(writing)?;
    backup.bytes = out.bytes + 32;
    let (mut file, digest) = out.end();
    file.write_all(&digest).map_err(writing)?;
    let file = file
        .into_inner()
        .map_err(|error| writing(error.into_error()))?;
    file.sync_all().map_err(writing)?;
    Ok(backup)
}

/// Makes a store from a backup in a directory that is not there yet, or is empty.
pub(super) fn restore(
    path: &Path,
    backup: &Path,
    options: &SledOptions,
) -> Result<Backup, StoreError> {
    // `store/` and `store` are the same place; what is made beside it must not end up within it.
    let path = &path.components().collect::<PathBuf>();
    refuse_what_is_there(path)?;
    // Everything is read once before anything is written.
    let found = read(backup, &mut |_| Ok(()))?;
    let beside = beside(path);
    if beside.exists() {
        fs::remove_dir_all(&beside).map_err(io_failed("removing what an earlier try left"))?;
    }
    make_private(&beside).map_err(io_failed("creating the directory"))?;
    fill(&beside, backup, options)?;
    if path.exists() {
        fs::remove_dir(path).map_err(io_failed("replacing the empty directory"))?;
    }
    fs::rename(&beside, path).map_err(io_failed("giving the directory its name"))?;
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    if let Some(parent) = parent {
        let synced = File::open(parent).and_then(|parent| parent.sync_all());
        synced.map_err(io_failed("syncing the directory"))?;
    }
    Ok(found)
}

fn fill(beside: &Path, backup: &Path, options: &SledOptions) -> Result<(), StoreError> {
    {
        let config = ::sled::Config::new()
            .path(beside)
            .cache_capacity(options.cache_bytes);
        let db = config
            .open()
            .map_err(|error| failed("making the store", error))?;
        let (mut batch, mut waiting) = (Batch::default(), 0);
        read(backup, &mut |(key, value)| {
            // Made anew below: whatever they held, they agree with the bindings then.
            if key.first().is_some_and(|tag| index::TAGS.contains(tag)) {
                return Ok(());
            }
            batch.insert(key, value);
            waiting += 1;
            if waiting == BATCH_ENTRIES {
                waiting = 0;
                let full = std::mem::take(&mut batch);
                return db
                    .apply_batch(full)
                    .map_err(|error| failed("writing", error));
            }
            Ok(())
        })?;
        db.apply_batch(batch)
            .map_err(|error| failed("writing", error))?;
        open::forget_lists(&db)?;
        db.flush().map_err(|error| failed("flushing", error))?;
        let synced = File::open(beside.join("db")).and_then(|file| file.sync_all());
        synced.map_err(io_failed("syncing"))?;
    }
    // The checks of every start: the form is known, the queue is that of this program.
    let lock = open::lock(beside)?;
    drop(open::open(beside, options)?);
    drop(lock);
    Ok(())
}

type Entry = (Vec<u8>, Vec<u8>);

/// Reads a backup to its end, telling every entry; fails unless it is whole and unchanged.
fn read(
    backup: &Path,
    tell: &mut dyn FnMut(Entry) -> Result<(), StoreError>,
) -> Result<Backup, StoreError> {
    let place = backup.display().to_string();
    let cut = |error: io::Error| match error.kind() {
        ErrorKind::UnexpectedEof => damaged(&place, "the backup is cut short"),
        _ => StoreError::NotOpened {
            path: place.clone(),
            operation: "reading the backup",
            source: error,
        },
    };
    let mut from = Hashing::new(BufReader::new(File::open(backup).map_err(cut)?));
    let mut form = [0; FORM.len()];
    from.read_exact(&mut form).map_err(cut)?;
    if form != FORM {
        return Err(damaged(
            &place,
            "it is no backup of this version of the program",
        ));
    }
    let mut entries = 0;
    loop {
        let mut length = [0; 2];
        from.read_exact(&mut length).map_err(cut)?;
        let key_bytes = usize::from(u16::from_be_bytes(length));
        if key_bytes == 0 {
            break;
        }
        let mut length = [0; 4];
        from.read_exact(&mut length).map_err(cut)?;
        let value_bytes = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if key_bytes > KEY_BYTES_MAX || value_bytes > envelope::ENTRY_BYTES_MAX {
            return Err(damaged(&place, "the backup was changed or damaged"));
        }
        let (mut key, mut value) = (vec![0; key_bytes], vec![0; value_bytes]);
        from.read_exact(&mut key).map_err(cut)?;
        from.read_exact(&mut value).map_err(cut)?;
        tell((key, value))?;
        entries += 1;
    }
    let mut told = [0; 8];
    from.read_exact(&mut told).map_err(cut)?;
    let bytes = from.bytes + 32;
    let (mut rest, digest) = from.end();
    let mut named = [0; 32];
    rest.read_exact(&mut named).map_err(cut)?;
    let follows = rest.read(&mut [0]).map_err(cut)? > 0;
    if digest != named || u64::from_be_bytes(told) != entries || follows {
        return Err(damaged(&place, "the backup was changed or damaged"));
    }
    Ok(Backup { entries, bytes })
}

fn refuse_what_is_there(path: &Path) -> Result<(), StoreError> {
    let taken = match fs::read_dir(path) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        Err(source) => return Err(located(path, source)),
    };
    if taken {
        let source = io::Error::new(
            ErrorKind::AlreadyExists,
            "something is there already, and nothing is ever replaced",
        );
        return Err(located(path, source));
    }
    Ok(())
}

fn located(path: &Path, source: io::Error) -> StoreError {
    StoreError::NotOpened {
        path: path.display().to_string(),
        operation: "making a new store there",
        source,
    }
}

/// Makes a directory that must not be there yet, for its owner alone from its first moment on: documents name people.
/// Those above it that are missing are made the same way.
pub(super) fn make_private(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    if let Some(parent) = path.parent() {
        builder.recursive(true).create(parent)?;
    }
    builder.recursive(false).create(path)
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".restoring");
    PathBuf::from(name)
}

fn damaged(place: &str, message: &str) -> StoreError {
    StoreError::Corrupt {
        place: place.to_owned(),
        message: message.to_owned(),
    }
}

fn writing(source: io::Error) -> StoreError {
    StoreError::Io {
        operation: "writing the backup",
        source,
    }
}

fn io_failed(operation: &'static str) -> impl FnOnce(io::Error) -> StoreError {
    move |source| StoreError::Io { operation, source }
}

/// Something that is read or written, with the fingerprint of what went by.
struct Hashing<T> {
    inner: T,
    hasher: Sha256,
    bytes: u64,
}

impl<T> Hashing<T> {
    fn new(inner: T) -> Self {
        Self {
            inner,
            hasher: Sha256::new(),
            bytes: 0,
        }
    }

    fn end(self) -> (T, [u8; 32]) {
        (self.inner, self.hasher.finalize().into())
    }
}

impl<T: Write> Hashing<T> {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.inner.write_all(bytes)
    }
}

impl<T: Read> Hashing<T> {
    fn read_exact(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        self.inner.read_exact(bytes)?;
        self.hasher.update(&*bytes);
        self.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Ok(())
    }
}
