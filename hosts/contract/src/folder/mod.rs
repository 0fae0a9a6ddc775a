//! Where everything of a host folder lies, and what must hold before it is used.

mod again;
pub(crate) mod attachment;
mod changes;
mod csv_groups;
mod deliver;
mod delivery_log;
mod disk;
mod documents;
mod failed;
mod frames;
mod intake;
mod outbox;
mod position;
mod proof;
mod report;
mod settle;
mod source;
mod tally;
mod unneeded;
mod validate;

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use tieout_core::host::{HostError, HostErrorKind};

use crate::config::FolderConfig;

pub(crate) use attachment::is_inside;
pub(crate) use outbox::is_busy_name;

pub use failed::{Failed, FailedFile, FailedRow, failed, failed_about};

/// An open host folder. It keeps nothing in memory that a crash could lose.
pub(crate) struct Folder {
    config: FolderConfig,
    rooms: Rooms,
}

/// The sub-folders.
#[derive(Clone, Debug)]
struct Rooms {
    /// The host writes here.
    outbox: PathBuf,
    /// We write here.
    inbox: PathBuf,
    /// Files that were taken, with their results.
    done: PathBuf,
    /// Files that were refused, with their results, and the refused rows of others.
    failed: PathBuf,
    /// Our state.
    state: PathBuf,
    /// In it: files that were read and not yet put aside.
    intake: PathBuf,
    /// In it: files on their way into the inbox.
    outgoing: PathBuf,
}

impl Folder {
    /// Opens a folder: see [`crate::FolderHost::open`].
    pub(crate) fn open(config: FolderConfig) -> Result<Self, HostError> {
        let rooms = Rooms::under(&config.path);
        let root =
            fs::metadata(&config.path).map_err(|error| misconfigured(&config.path, &error))?;
        if !root.is_dir() {
            let error = io::Error::from(ErrorKind::NotADirectory);
            return Err(misconfigured(&config.path, &error));
        }
        for room in rooms.all() {
            fs::create_dir_all(room).map_err(|error| misconfigured(room, &error))?;
        }
        let folder = Self { config, rooms };
        let _lock = folder.lock("open folder")?;
        folder.rooms.probe()?;
        folder.clear_orphans()?;
        Ok(folder)
    }

    /// Keeps other processes out until the file is dropped.
    fn lock(&self, operation: &'static str) -> Result<File, HostError> {
        let path = self.rooms.state.join("lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path);
        let file = file.map_err(disk::failed(operation, &path))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => {
                let message = format!("`{}` is in use by another process", path.display());
                Err(HostError::new(
                    HostErrorKind::Unavailable,
                    operation,
                    message,
                ))
            }
            // Some network file systems have no locks; the store's lease keeps a second node out.
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => Ok(file),
            Err(TryLockError::Error(error)) => Err(disk::failed(operation, &path)(error)),
        }
    }

    /// Removes what a crash left of files whose reading was never finished.
    fn clear_orphans(&self) -> Result<(), HostError> {
        let room = &self.rooms.intake;
        let failed = || disk::failed("open folder", room);
        for item in fs::read_dir(room).map_err(failed())? {
            let path = item.map_err(failed())?.path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            let is_entry = intake::is_entry(name);
            let has_entry =
                intake::entry_beside(name).is_some_and(|entry| room.join(entry).exists());
            if !is_entry && !has_entry {
                disk::remove(&path).map_err(disk::failed("open folder", &path))?;
            }
        }
        Ok(())
    }
}

impl Rooms {
    fn under(root: &Path) -> Self {
        let state = root.join(".tieout");
        Self {
            outbox: root.join("outbox"),
            inbox: root.join("inbox"),
            done: root.join("done"),
            failed: root.join("failed"),
            intake: state.join("intake"),
            outgoing: state.join("outgoing"),
            state,
        }
    }

    fn all(&self) -> [&Path; 7] {
        let Self {
            outbox,
            inbox,
            done,
            failed,
            state,
            intake,
            outgoing,
        } = self;
        [outbox, inbox, done, failed, state, intake, outgoing]
    }

    /// Carries one file through all folders: each must be writable, and all on one file system, or a
    /// move would not be one step.
    fn probe(&self) -> Result<(), HostError> {
        let mut at = self.state.join(".tieout-probe.tmp");
        File::create(&at).map_err(|error| misconfigured(&at, &error))?;
        for room in [&self.outbox, &self.inbox, &self.done, &self.failed] {
            let next = room.join(".tieout-probe.tmp");
            if let Err(error) = fs::rename(&at, &next) {
                // The move is what failed; a probe that stays behind is hidden and harmless.
                let _ = fs::remove_file(&at);
                return Err(misconfigured(&next, &error));
            }
            at = next;
        }
        fs::remove_file(&at).map_err(|error| misconfigured(&at, &error))
    }
}

fn misconfigured(path: &Path, error: &io::Error) -> HostError {
    let what = match error.kind() {
        ErrorKind::NotFound => "does not exist",
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => "is not a folder",
        ErrorKind::PermissionDenied => "may not be written by this user",
        ErrorKind::ReadOnlyFilesystem => "is on a read-only file system",
        ErrorKind::CrossesDevices => "is on another file system than the other folders",
        _ => "cannot be used",
    };
    let message = format!("path `{}` {what}: {error}", path.display());
    HostError::new(HostErrorKind::Misconfigured, "open folder", message)
}
