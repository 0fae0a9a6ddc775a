//! How files get into a folder exactly once: whole under another name, remembered, and only then named.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tieout_core::store::{Store, StoreError};

use super::memory::{Memory, Written};

/// How the names of files end that have not got theirs yet. Nobody else's files end so.
const UNNAMED: &str = ".tieout-tmp";
/// Held while somebody writes here.
const LOCK: &str = ".tieout-export.lock";
/// Characters of a number that stand in a name.
const NAME_CHARS_MAX: usize = 60;

/// A folder into which this process alone writes.
pub(crate) struct Outlet {
    folder: PathBuf,
    _lock: File,
}

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutletError {
    /// Somebody else is at work there.
    #[error("another `tieout export` writes there")]
    Busy,
    /// The folder does not take it.
    #[error("{0}")]
    Disk(PathBuf, #[source] io::Error),
    /// It cannot be remembered.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Outlet {
    /// Takes the folder for this process. What a process that was killed left there is brought to its end: a file that
    /// was remembered gets its name, and any other goes.
    pub(crate) async fn open(
        folder: PathBuf,
        memory: &Memory,
        store: &dyn Store,
    ) -> Result<Self, OutletError> {
        let lock = folder.join(LOCK);
        let lock = File::create(&lock).map_err(|error| OutletError::Disk(lock, error))?;
        lock.try_lock().map_err(|_| OutletError::Busy)?;
        let outlet = Self {
            folder,
            _lock: lock,
        };
        for name in outlet.unnamed()? {
            let from = outlet.unnamed_path(&name);
            match memory.has(store, &name).await? {
                true => outlet.rename(&name)?,
                false => fs::remove_file(&from).map_err(|error| OutletError::Disk(from, error))?,
            }
        }
        outlet.settle()?;
        Ok(outlet)
    }

    /// Writes files, each with the documents in it; `name` is the beginning of its name. Gives their names.
    ///
    /// Killed at any moment, it leaves each file either remembered, to get its name at the next start, or unwritten.
    pub(crate) async fn write(
        &self,
        memory: &Memory,
        store: &dyn Store,
        files: Vec<(String, Vec<u8>, Vec<Written>)>,
        ending: &str,
    ) -> Result<Vec<String>, OutletError> {
        let mut names = Vec::with_capacity(files.len());
        let mut kept = Vec::new();
        for (stem, content, documents) in files {
            let name = self.free(memory, store, &stem, ending, &names).await?;
            let path = self.unnamed_path(&name);
            durable(&path, &content).map_err(|error| OutletError::Disk(path, error))?;
            for mut one in documents {
                one.file.clone_from(&name);
                kept.push(one);
            }
            names.push(name);
        }
        self.settle()?;
        memory.keep(store, &kept).await?;
        for name in &names {
            self.rename(name)?;
        }
        self.settle()?;
        Ok(names)
    }

    /// A name that no file ever had here: one of that name may have been taken away.
    async fn free(
        &self,
        memory: &Memory,
        store: &dyn Store,
        stem: &str,
        ending: &str,
        taken: &[String],
    ) -> Result<String, OutletError> {
        let mut number = 1;
        loop {
            let name = match number {
                1 => format!("{stem}.{ending}"),
                number => format!("{stem}-{number}.{ending}"),
            };
            let is_there = self.folder.join(&name).exists() || taken.contains(&name);
            if !is_there && !memory.has(store, &name).await? {
                return Ok(name);
            }
            number += 1;
        }
    }

    fn unnamed(&self) -> Result<Vec<String>, OutletError> {
        let failed = |error| OutletError::Disk(self.folder.clone(), error);
        let mut names = Vec::new();
        for item in fs::read_dir(&self.folder).map_err(failed)? {
            let name = item.map_err(failed)?.file_name();
            let name = name.to_str().and_then(|name| name.strip_suffix(UNNAMED));
            names.extend(name.map(str::to_owned));
        }
        Ok(names)
    }

    fn unnamed_path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}{UNNAMED}"))
    }

    fn rename(&self, name: &str) -> Result<(), OutletError> {
        let to = self.folder.join(name);
        fs::rename(self.unnamed_path(name), &to).map_err(|error| OutletError::Disk(to, error))
    }

    /// Names are durable when the folder is.
    fn settle(&self) -> Result<(), OutletError> {
        let settled = File::open(&self.folder).and_then(|folder| folder.sync_all());
        settled.map_err(|error| OutletError::Disk(self.folder.clone(), error))
    }
}

/// A text as a part of a file's name.
pub(crate) fn safe(text: &str) -> String {
    let plain = |c: char| match c {
        'A'..='Z' | 'a'..='z' | '0'..='9' | '-' | '_' | '.' => c,
        _ => '_',
    };
    text.chars().take(NAME_CHARS_MAX).map(plain).collect()
}

fn durable(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(content)?;
    file.sync_all()
}
