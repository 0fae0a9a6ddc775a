//! A folder of this machine as a place for files.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use tieout_sftp::Renamed;

use super::outlet::OutletError;
use super::place::Place;

/// Held while somebody writes here.
const LOCK: &str = ".tieout-export.lock";

/// A folder into which this process alone writes.
pub(super) struct Folder {
    folder: PathBuf,
    _lock: File,
}

impl Folder {
    /// Takes the folder, by the path that leads to it without detours.
    pub(super) fn take(folder: PathBuf) -> Result<Self, OutletError> {
        let lock = folder.join(LOCK);
        let lock = File::create(&lock).map_err(|error| OutletError::Disk(lock, error))?;
        lock.try_lock().map_err(|_| OutletError::Busy)?;
        Ok(Self {
            folder,
            _lock: lock,
        })
    }
}

#[async_trait]
impl Place for Folder {
    fn remembered_as(&self) -> String {
        self.folder.display().to_string()
    }

    async fn names(&self) -> Result<Vec<String>, OutletError> {
        let failed = |error| OutletError::Disk(self.folder.clone(), error);
        let mut names = Vec::new();
        for item in fs::read_dir(&self.folder).map_err(failed)? {
            names.extend(item.map_err(failed)?.file_name().into_string());
        }
        Ok(names)
    }

    async fn has(&self, name: &str) -> Result<bool, OutletError> {
        Ok(fs::symlink_metadata(self.folder.join(name)).is_ok())
    }

    async fn write(&self, name: &str, content: &[u8]) -> Result<(), OutletError> {
        let path = self.folder.join(name);
        durable(&path, content).map_err(|error| OutletError::Disk(path, error))
    }

    async fn rename(&self, from: &str, to: &str) -> Result<Renamed, OutletError> {
        // The lock keeps away whoever would write a file of this name between the look and the renaming.
        if self.has(to).await? {
            return Ok(Renamed::Taken);
        }
        let to = self.folder.join(to);
        match fs::rename(self.folder.join(from), &to) {
            Ok(()) => Ok(Renamed::Done),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Renamed::Gone),
            Err(error) => Err(OutletError::Disk(to, error)),
        }
    }

    async fn remove(&self, name: &str) -> Result<(), OutletError> {
        let path = self.folder.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(OutletError::Disk(path, error))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Names are durable when the folder is.
    async fn settle(&self) -> Result<(), OutletError> {
        let settled = File::open(&self.folder).and_then(|folder| folder.sync_all());
        settled.map_err(|error| OutletError::Disk(self.folder.clone(), error))
    }
}

fn durable(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(content)?;
    file.sync_all()
}
