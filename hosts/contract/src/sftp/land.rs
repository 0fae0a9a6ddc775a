//! The folder of this machine: where what lies in it, and how a step in it lasts through a power cut.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use tieout_core::host::HostError;
use tokio::fs;

use super::error::disk;

/// The folder of this machine.
#[derive(Clone, Debug)]
pub(super) struct Land {
    root: PathBuf,
}

impl Land {
    pub(super) fn at(root: PathBuf) -> Self {
        Self { root }
    }

    /// Where the folder form has its own rooms.
    pub(super) fn room(&self, room: &str) -> PathBuf {
        self.root.join(room)
    }

    /// Files that are whole here and not yet in the outbox, or on their way.
    pub(super) fn arrivals(&self) -> PathBuf {
        self.root.join(".ferry/arrivals")
    }

    /// Notes on files that are whole at the server.
    pub(super) fn notes(&self) -> PathBuf {
        self.root.join(".ferry/notes")
    }

    /// Files that are asked for and read at once.
    pub(super) fn scratch(&self) -> PathBuf {
        self.root.join(".ferry/scratch")
    }

    /// Makes what is missing.
    pub(super) async fn prepare(&self) -> Result<(), HostError> {
        for folder in [self.arrivals(), self.notes(), self.scratch()] {
            let made = fs::create_dir_all(&folder).await;
            made.map_err(disk("open folder", &folder))?;
        }
        Ok(())
    }
}

/// The names of the files in a folder that are text, in their order.
pub(super) async fn names(folder: &Path) -> Result<Vec<String>, HostError> {
    let failed = || disk("read folder", folder);
    let mut names = Vec::new();
    let mut items = fs::read_dir(folder).await.map_err(failed())?;
    while let Some(item) = items.next_entry().await.map_err(failed())? {
        if item.file_type().await.is_ok_and(|kind| kind.is_file()) {
            names.extend(item.file_name().into_string());
        }
    }
    names.sort();
    Ok(names)
}

/// Moves a file within one file system, for good.
pub(super) async fn rename(from: &Path, to: &Path) -> Result<(), HostError> {
    let moved = async {
        fs::rename(from, to).await?;
        settle(to).await?;
        settle(from).await
    };
    moved.await.map_err(disk("move file", to))
}

/// Writes a small file in one step, for good.
pub(super) async fn replace(path: &Path, content: &str) -> Result<(), HostError> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".tmp");
    let draft = PathBuf::from(draft);
    let written = async {
        fs::write(&draft, content).await?;
        fs::File::open(&draft).await?.sync_all().await
    };
    written.await.map_err(disk("write note", &draft))?;
    rename(&draft, path).await
}

/// Removes a file that may be gone, for good.
pub(super) async fn remove(path: &Path) -> Result<(), HostError> {
    let removed = async {
        match fs::remove_file(path).await {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => settle(path).await,
        }
    };
    removed.await.map_err(disk("remove file", path))
}

/// Whether anything is at a path.
pub(super) async fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).await.is_ok()
}

/// The names of a folder last when the folder is on the disk.
async fn settle(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) => fs::File::open(folder).await?.sync_all().await,
        Some(_) | None => Ok(()),
    }
}
