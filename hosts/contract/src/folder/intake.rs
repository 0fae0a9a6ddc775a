//! What is remembered of a file from its first reading until it is put aside.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tieout_core::host::{HostError, HostErrorKind};

use super::Folder;
use super::disk::{self, Print};
use super::position::Position;

/// A file that was read once, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Its number, in the order of first readings.
    pub(super) number: u64,
    /// Its name in the outbox.
    pub(super) name: String,
    /// The state in which it was read.
    pub(super) print: Print,
    /// The SHA-256 of its bytes; empty when it was not read to the end.
    pub(super) sha256: String,
    /// What the reading came to.
    pub(super) verdict: Verdict,
    /// Where it is being put, once that has begun.
    #[serde(default)]
    pub(super) plan: Option<Plan>,
}

/// What the first reading of a file came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    /// It holds documents.
    Documents {
        /// How many, refused ones among them.
        count: u64,
        /// How many of them are refused.
        refused: u64,
    },
    /// It is refused as a whole.
    Refused {
        /// Why, and what to do.
        message: String,
    },
}

/// Where a file is being put. It is stored before the first move, so that every repeat moves alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Plan {
    /// Whether it goes to `done` or to `failed`.
    pub(super) room: Room,
    /// Its name there.
    pub(super) name: String,
    /// The name of the file of refused rows in `failed`, if there is one.
    pub(super) rest: Option<String>,
}

/// Where files are put aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Room {
    /// Files that were taken.
    Done,
    /// Files that were refused.
    Failed,
}

#[derive(Default, Serialize, Deserialize)]
struct Sequence {
    intake: u64,
}

const ENTRY_ENDING: &str = ".entry.json";
const HASH_SHOWN: usize = 16;

impl Entry {
    /// How many records the file is told as.
    pub(super) fn records(&self) -> u64 {
        match &self.verdict {
            Verdict::Documents { count, .. } => *count,
            Verdict::Refused { .. } => 1,
        }
    }

    /// The beginning of its hash, for positions.
    pub(super) fn hash(&self) -> &str {
        self.sha256.get(..HASH_SHOWN).unwrap_or_default()
    }

    /// Whether a position is past the end of it.
    pub(super) fn is_behind(&self, position: &Position) -> bool {
        self.number < position.file
            || (self.number == position.file
                && self.hash() == position.hash
                && position.mark.is_none())
    }
}

/// Whether a name in the intake folder is that of an entry.
pub(super) fn is_entry(name: &str) -> bool {
    name.ends_with(ENTRY_ENDING)
}

/// The name of the entry to which a file of the intake folder belongs.
pub(super) fn entry_beside(name: &str) -> Option<String> {
    let (number, _) = name.split_once('.')?;
    Some(format!("{number}{ENTRY_ENDING}"))
}

impl Folder {
    /// All entries, in the order of their numbers.
    pub(super) fn entries(&self) -> Result<Vec<Entry>, HostError> {
        let room = &self.rooms.intake;
        let failed = || disk::failed("read intake", room);
        let mut entries = Vec::new();
        for item in fs::read_dir(room).map_err(failed())? {
            let path = item.map_err(failed())?.path();
            // The name alone: the folder's own path may be no text.
            let name = path.file_name().and_then(|name| name.to_str());
            if !name.is_some_and(is_entry) {
                continue;
            }
            let json = fs::read(&path).map_err(disk::failed("read intake", &path))?;
            let entry = serde_json::from_slice::<Entry>(&json).map_err(|error| {
                let message = format!("`{}` cannot be understood: {error}", path.display());
                HostError::new(HostErrorKind::BadData, "read intake", message).caused_by(error)
            })?;
            entries.push(entry);
        }
        entries.sort_by_key(|entry| entry.number);
        Ok(entries)
    }

    /// Remembers a file for good.
    pub(super) fn store(&self, entry: &Entry) -> Result<(), HostError> {
        let path = self.entry_path(entry.number);
        let json = serde_json::to_vec_pretty(entry).map_err(|error| unwritable(&error))?;
        disk::replace(&path, &json).map_err(disk::failed("write intake", &path))
    }

    /// Forgets a file and all that was kept beside it; a repeat changes nothing.
    pub(super) fn forget(&self, number: u64) -> Result<(), HostError> {
        // The entry goes last: without it the others are swept at the next opening.
        let beside = [
            self.rows_path(number),
            self.result_path(number),
            self.rest_path(number),
        ];
        let again = self.again_parts(number);
        let again = again.map_err(disk::failed("write intake", &self.rooms.intake))?;
        for path in beside
            .into_iter()
            .chain(again)
            .chain([self.entry_path(number)])
        {
            disk::remove(&path).map_err(disk::failed("write intake", &path))?;
        }
        Ok(())
    }

    /// A number for the next file: above every number that was ever given, as far as anyone remembers.
    ///
    /// `told` is a position of the engine's; it may remember more than we do, if our state was lost.
    pub(super) fn next_number(&self, told: u64) -> Result<u64, HostError> {
        let path = self.rooms.state.join("sequence.json");
        let last = match fs::read(&path) {
            Ok(json) => {
                serde_json::from_slice::<Sequence>(&json)
                    .unwrap_or_default()
                    .intake
            }
            Err(error) if error.kind() == ErrorKind::NotFound => 0,
            Err(error) => return Err(disk::failed("read intake", &path)(error)),
        };
        let highest = self.entries()?.last().map_or(0, |entry| entry.number);
        let next = Sequence {
            intake: last.max(told).max(highest) + 1,
        };
        let json = serde_json::to_vec(&next).map_err(|error| unwritable(&error))?;
        disk::replace(&path, &json).map_err(disk::failed("write intake", &path))?;
        Ok(next.intake)
    }

    /// Where the result of a file waits.
    pub(super) fn result_path(&self, number: u64) -> PathBuf {
        self.rooms.intake.join(format!("{number:012}.result.json"))
    }

    /// Where the refused rows of a file wait.
    pub(super) fn rest_path(&self, number: u64) -> PathBuf {
        self.rooms.intake.join(format!("{number:012}.rest"))
    }

    /// Where the row results of a file are gathered while it is read.
    pub(super) fn rows_path(&self, number: u64) -> PathBuf {
        self.rooms.intake.join(format!("{number:012}.rows"))
    }

    fn entry_path(&self, number: u64) -> PathBuf {
        self.rooms
            .intake
            .join(format!("{number:012}{ENTRY_ENDING}"))
    }
}

fn unwritable(error: &serde_json::Error) -> HostError {
    HostError::new(HostErrorKind::BadData, "write intake", error.to_string())
}
