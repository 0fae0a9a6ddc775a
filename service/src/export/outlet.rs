//! How files get to a place exactly once: whole under another name, remembered, and only then named.

use std::io;
use std::path::PathBuf;

use tieout_core::store::{Store, StoreError};
use tieout_sftp::{Renamed, SftpError, SftpErrorKind};

use super::memory::{MARK_DIGITS, Memory, Written};
use super::place::Place;
use crate::exit::{Failure, chain};

/// How the names of files end that have not got theirs yet; before it stands the mark of the store that wrote them.
/// Nobody else's files end so.
const UNNAMED: &str = ".tieout-tmp";
/// Characters of a number that stand in a name.
const NAME_CHARS_MAX: usize = 60;

/// A place with the files of one store.
pub(crate) struct Outlet<'a> {
    place: &'a dyn Place,
    memory: &'a Memory,
    store: &'a dyn Store,
    mark: String,
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
    /// The server does not take it.
    #[error(transparent)]
    Server(#[from] SftpError),
    /// Somebody took a file away that was still under its other name.
    #[error("`{0}` was taken away before it had its name")]
    Vanished(String),
    /// It cannot be remembered.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<'a> Outlet<'a> {
    /// Begins at a place. What a process that was killed left there is brought to its end: a file that was remembered
    /// gets its name, and any other of this store goes. Those of other stores are let alone.
    pub(crate) async fn open(
        place: &'a dyn Place,
        memory: &'a Memory,
        store: &'a dyn Store,
    ) -> Result<Self, OutletError> {
        let mark = memory.mark(store).await?;
        let outlet = Self {
            place,
            memory,
            store,
            mark,
        };
        for unnamed in place.names().await? {
            let Some(name) = outlet.name_of(&unnamed) else {
                continue;
            };
            match memory.has(store, &name).await? {
                true => drop(outlet.name(&unnamed, name).await?),
                false => place.remove(&unnamed).await?,
            }
        }
        place.settle().await?;
        Ok(outlet)
    }

    /// Writes files, each with the documents in it; `name` is the beginning of its name. Gives their names.
    ///
    /// Killed at any moment, it leaves each file either remembered, to get its name at the next start, or unwritten.
    pub(crate) async fn write(
        &self,
        files: Vec<(String, Vec<u8>, Vec<Written>)>,
        ending: &str,
    ) -> Result<Vec<String>, OutletError> {
        let mut names = Vec::with_capacity(files.len());
        let mut kept = Vec::new();
        for (stem, content, documents) in files {
            let name = self.free(&stem, ending, &names).await?;
            self.place.write(&self.unnamed(&name), &content).await?;
            for mut one in documents {
                one.file.clone_from(&name);
                kept.push(one);
            }
            names.push(name);
        }
        self.place.settle().await?;
        self.memory.keep(self.store, &kept).await?;
        let mut told = Vec::with_capacity(names.len());
        for name in names {
            let unnamed = self.unnamed(&name);
            let named = self.name(&unnamed, name).await?;
            told.push(named.ok_or(OutletError::Vanished(unnamed))?);
        }
        self.place.settle().await?;
        Ok(told)
    }

    /// Gives a remembered file its name, or the next one where somebody was quicker; `None` when it is gone.
    async fn name(&self, unnamed: &str, name: String) -> Result<Option<String>, OutletError> {
        let mut wanted = name;
        loop {
            match self.place.rename(unnamed, &wanted).await? {
                Renamed::Done => return Ok(Some(wanted)),
                Renamed::Gone => return Ok(None),
                Renamed::Taken => {
                    let (stem, ending) = wanted.rsplit_once('.').unwrap_or((&wanted, ""));
                    let other = self.free(stem, ending, &[]).await?;
                    // Whatever takes it away, no file gets this name again.
                    self.memory.keep_name(self.store, &other).await?;
                    wanted = other;
                }
            }
        }
    }

    /// A name that no file ever had here: one of that name may have been taken away.
    async fn free(
        &self,
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
            let is_known = taken.contains(&name) || self.memory.has(self.store, &name).await?;
            if !is_known && !self.place.has(&name).await? {
                return Ok(name);
            }
            number += 1;
        }
    }

    /// How a file is called that has not got its name yet.
    fn unnamed(&self, name: &str) -> String {
        format!("{name}.{}{UNNAMED}", self.mark)
    }

    /// The name that an unnamed file of this store is to get. Those without a mark are of an earlier version of it.
    fn name_of(&self, unnamed: &str) -> Option<String> {
        let marked = unnamed.strip_suffix(UNNAMED)?;
        let is_mark = |text: &str| {
            text.len() == MARK_DIGITS && text.bytes().all(|digit| digit.is_ascii_hexdigit())
        };
        match marked.rsplit_once('.') {
            Some((name, mark)) if mark == self.mark => Some(name.to_owned()),
            Some((_, mark)) if is_mark(mark) => None,
            Some(_) | None => Some(marked.to_owned()),
        }
    }
}

impl OutletError {
    /// The same to whoever gave the command; `place` is what they called it.
    pub(crate) fn failure(self, place: &str) -> Failure {
        match self {
            Self::Server(error) => {
                let text = error.to_string();
                let failure = match error.kind() {
                    SftpErrorKind::Misconfigured
                    | SftpErrorKind::HostKey
                    | SftpErrorKind::SignIn
                    | SftpErrorKind::NotFound => Failure::config(text),
                    SftpErrorKind::Unreachable
                    | SftpErrorKind::Lost
                    | SftpErrorKind::Denied
                    | SftpErrorKind::Refused
                    | SftpErrorKind::Changed
                    | SftpErrorKind::TooLarge
                    | SftpErrorKind::Local => Failure::new(text),
                };
                failure.advise(error.remedy())
            }
            Self::Vanished(_) => Failure::new(format!("{place}: {self}")).advise(
                "It counts as written. See who takes files away there that end in `.tieout-tmp`.",
            ),
            Self::Busy | Self::Disk(..) | Self::Store(_) => {
                Failure::new(format!("{place}: {}", chain(&self)))
                    .advise("Give the command again: it goes on where it was.")
            }
        }
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
