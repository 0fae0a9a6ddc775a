//! Where a file goes when all of it is stored: moved once, with its result, wherever a crash falls.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::Path;

use tieout_core::host::HostError;

use super::changes::position;
use super::disk::{self, Print};
use super::intake::{Entry, Plan, Room, Verdict};
use super::proof::side_file;
use super::{Folder, Rooms};
use crate::wire::OutboxName;

const NAME_BYTES_MAX: usize = 180;

impl Folder {
    /// Puts aside what a position is past: see [`tieout_core::host::Host::acknowledge`].
    pub(crate) fn acknowledge(&self, text: &str) -> Result<(), HostError> {
        let _lock = self.lock("put aside")?;
        let told = position(text)?;
        let mut trouble = None;
        for entry in self.entries()? {
            if entry.plan.is_none() && !entry.is_behind(&told) {
                continue;
            }
            if let Err(error) = self.settle(entry) {
                trouble.get_or_insert(error);
            }
        }
        trouble.map_or(Ok(()), Err)
    }

    /// Tries again what an earlier move could not finish.
    pub(super) fn finish_settling(&self) {
        let begun = self.entries().map(|entries| {
            entries
                .into_iter()
                .filter(|entry| entry.plan.is_some())
                .collect::<Vec<_>>()
        });
        for entry in begun.unwrap_or_default() {
            let name = entry.name.clone();
            if let Err(error) = self.settle(entry) {
                tracing::warn!(file = name, %error, "a file that was read cannot be put aside yet");
            }
        }
    }

    /// Moves a file, its side file, its result and its refused rows, then forgets it.
    ///
    /// The plan is stored first; each step is done or found done. A crash or a full disk between two
    /// steps means that the rest follows at the next call.
    pub(super) fn settle(&self, mut entry: Entry) -> Result<(), HostError> {
        let from = self.rooms.in_outbox(&entry.name);
        let plan = match entry.plan.take() {
            Some(plan) => plan,
            None => {
                let now = Print::at(&from).map_err(disk::failed("put aside", &from))?;
                if now != Some(entry.print) {
                    // What lies there now was never told: it is read anew.
                    return self.forget(entry.number);
                }
                let plan = self.plan(&entry);
                self.store(&Entry {
                    plan: Some(plan.clone()),
                    ..entry.clone()
                })?;
                plan
            }
        };
        let to = self.rooms.room(plan.room).join(&plan.name);
        move_file(entry.print, &from, &to).map_err(disk::failed("put aside", &to))?;
        let result = self
            .rooms
            .room(plan.room)
            .join(format!("{}.result.json", plan.name));
        let staged = self.whole_result(entry.number);
        let staged = staged.map_err(disk::failed("put aside", &result))?;
        move_once(&staged, &result).map_err(disk::failed("put aside", &result))?;
        if let Some(rest) = &plan.rest {
            let rest = self.rooms.failed.join(rest);
            move_once(&self.rest_path(entry.number), &rest)
                .map_err(disk::failed("put aside", &rest))?;
        }
        // Before the entry goes, and with it what would tell of a move that a power cut undid.
        let failed_too = plan.rest.as_ref().map(|_| self.rooms.failed.as_path());
        let rooms = [self.rooms.room(plan.room), &self.rooms.outbox];
        for room in rooms.into_iter().chain(failed_too) {
            disk::sync_folder(room).map_err(disk::failed("put aside", room))?;
        }
        self.forget(entry.number)
    }

    fn plan(&self, entry: &Entry) -> Plan {
        let room = match &entry.verdict {
            Verdict::Documents { count, refused } if refused < count || *count == 0 => Room::Done,
            Verdict::Documents { .. } | Verdict::Refused { .. } => Room::Failed,
        };
        let name = free_name(self.rooms.room(room), &entry.name, &HashSet::new());
        let rest = disk::exists(&self.rest_path(entry.number))
            .then(|| OutboxName::parse(&entry.name))
            .flatten()
            .and_then(|parsed| {
                (1..)
                    .map(|turn| parsed.rest(turn))
                    .find(|name| !disk::exists(&self.rooms.failed.join(name)))
            });
        Plan { room, name, rest }
    }
}

impl Rooms {
    fn room(&self, room: Room) -> &Path {
        match room {
            Room::Done => &self.done,
            Room::Failed => &self.failed,
        }
    }
}

/// Moves a file of the outbox in the state in which it was found, with its side file. The caller syncs the folders.
pub(super) fn move_file(print: Print, from: &Path, to: &Path) -> io::Result<()> {
    // With the target there, what lies in the outbox under the name is another file.
    if !disk::exists(to) && Print::at(from)? == Some(print) {
        fs::rename(from, to)?;
        if Print::at(to)? != Some(print) && !disk::exists(from) {
            // The host renamed a new file over the old one in this very moment: it must be read.
            return fs::rename(to, from);
        }
    }
    // Beside another file lies, if anything, the side file of that one.
    if disk::exists(from) {
        return Ok(());
    }
    move_once(&side_file(from), &side_file(to))
}

/// A name for a file in a folder: its own, or numbered where that or its result's is taken there or by `taken`.
pub(super) fn free_name(folder: &Path, name: &str, taken: &HashSet<String>) -> String {
    let is_free = |name: &String| {
        !taken.contains(name)
            && !disk::exists(&folder.join(name))
            && !disk::exists(&folder.join(format!("{name}.result.json")))
    };
    let mut names = (1..).map(|turn| numbered(name, turn));
    names.find(is_free).unwrap_or_else(|| name.to_owned())
}

/// Moves a file if it is still there. The caller syncs the folders.
fn move_once(from: &Path, to: &Path) -> io::Result<()> {
    if disk::exists(from) {
        fs::rename(from, to)
    } else {
        Ok(())
    }
}

/// `name.csv` at the first turn, `name.2.csv` at the second; never longer than a file system takes.
fn numbered(name: &str, turn: u32) -> String {
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && ending.len() <= 8 => {
            (stem, format!(".{ending}"))
        }
        _ => (name, String::new()),
    };
    let mut kept = stem.len().min(NAME_BYTES_MAX);
    while !stem.is_char_boundary(kept) {
        kept -= 1;
    }
    let mark = if turn == 1 {
        String::new()
    } else {
        format!(".{turn}")
    };
    format!("{}{mark}{ending}", &stem[..kept])
}
