//! Which files of the outbox are finished, and in which order they are read.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tieout_core::host::HostError;

use super::disk::{self, Print};
use super::intake::Entry;
use super::{Folder, Rooms};
use crate::wire::OutboxName;

/// A finished file that was not read yet.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// Its path.
    pub(super) path: PathBuf,
    /// Its name, as far as it is text.
    pub(super) shown: String,
    /// The parts of its name, if it fits.
    pub(super) name: Option<OutboxName>,
    /// Its state.
    pub(super) print: Print,
    /// Whether it is a regular file.
    pub(super) is_file: bool,
}

const BUSY_ENDINGS: [&str; 5] = [".tmp", ".part", ".partial", ".crdownload", ".sha256"];

impl Folder {
    /// The finished files that have no entry: oldest time in the name first, then by name, then those
    /// whose names do not fit.
    pub(super) fn candidates(&self, entries: &[Entry]) -> Result<Vec<Candidate>, HostError> {
        let room = &self.rooms.outbox;
        let failed = || disk::failed("read outbox", room);
        let now_ns = self.now_ns()?;
        let mut found = Vec::new();
        for item in fs::read_dir(room).map_err(failed())? {
            let item = item.map_err(failed())?;
            let shown = shown(&item.file_name().to_string_lossy());
            if is_busy_name(&shown) {
                continue;
            }
            // A file that is gone again was never here.
            let Ok(metadata) = fs::symlink_metadata(item.path()) else {
                continue;
            };
            let print = Print::of(&metadata);
            let known = entries
                .iter()
                .any(|entry| entry.name == shown && entry.print == print);
            if metadata.is_dir() || known || !self.is_stable(&print, now_ns) {
                continue;
            }
            let name = OutboxName::parse(&shown);
            let is_file = metadata.is_file();
            found.push(Candidate {
                path: item.path(),
                shown,
                name,
                print,
                is_file,
            });
        }
        found.sort_by(|a, b| order(a).cmp(&order(b)));
        Ok(found)
    }

    /// How long until every file that is too young to be taken is old enough, those left out that take longer than
    /// `most`; `None` without any.
    pub(crate) fn ripens_in(&self, most: Duration) -> Result<Option<Duration>, HostError> {
        let room = &self.rooms.outbox;
        let failed = || disk::failed("read outbox", room);
        let mut last: Option<Duration> = None;
        for item in fs::read_dir(room).map_err(failed())? {
            let item = item.map_err(failed())?;
            if is_busy_name(&shown(&item.file_name().to_string_lossy())) {
                continue;
            }
            let Ok(metadata) = fs::symlink_metadata(item.path()) else {
                continue;
            };
            let age_ms = age_ms(&Print::of(&metadata), self.now_ns()?);
            let left_ms = self.config.stable_ms.saturating_sub(age_ms);
            let left = Duration::from_millis(left_ms);
            if metadata.is_file() && left_ms > 0 && left <= most {
                last = last.max(Some(left));
            }
        }
        Ok(last)
    }

    /// The present by the clock of the file system.
    ///
    /// A file's time is set by whoever keeps the disk; on a network share that is another machine, whose
    /// clock may be minutes off from ours. Only times of one clock can be compared.
    fn now_ns(&self) -> Result<i64, HostError> {
        let path = self.rooms.state.join("now");
        let touched = fs::write(&path, b".").and_then(|()| fs::metadata(&path));
        let metadata = touched.map_err(disk::failed("read outbox", &path))?;
        Ok(Print::of(&metadata).modified_ns)
    }

    /// A time far ahead is a host with a wrong clock, not a file that is being written.
    fn is_stable(&self, print: &Print, now_ns: i64) -> bool {
        age_ms(print, now_ns) >= self.config.stable_ms
    }
}

fn age_ms(print: &Print, now_ns: i64) -> u64 {
    now_ns.saturating_sub(print.modified_ns).unsigned_abs() / 1_000_000
}

impl Rooms {
    /// The path of a file in the outbox by the name that its entry keeps.
    pub(super) fn in_outbox(&self, name: &str) -> PathBuf {
        let direct = self.outbox.join(name);
        let is_plain = !name.contains(['/', '\\', char::REPLACEMENT_CHARACTER, '_']);
        if is_plain || disk::exists(&direct) {
            return direct;
        }
        // The name held bytes that are no text: look for the one that is shown like this.
        let items = fs::read_dir(&self.outbox).into_iter().flatten().flatten();
        items
            .map(|item| item.path())
            .find(|path| {
                path.file_name()
                    .is_some_and(|it| shown(&it.to_string_lossy()) == name)
            })
            .unwrap_or(direct)
    }
}

/// Opens a regular file in the state in which it was found, or says that it has changed.
pub(super) fn open_unchanged(path: &Path, print: &Print) -> io::Result<Option<File>> {
    let before = fs::symlink_metadata(path)?;
    if !before.is_file() || Print::of(&before) != *print {
        return Ok(None);
    }
    let file = File::open(path)?;
    let opened = file.metadata()?;
    // Between the look and the opening the name may have been given to something else.
    Ok((opened.is_file() && Print::of(&opened) == *print).then_some(file))
}

/// A name without what could break a line, a path or a terminal.
fn shown(name: &str) -> String {
    name.chars()
        .map(|c| {
            if c.is_control() || c == '/' || c == '\\' {
                '_'
            } else {
                c
            }
        })
        .collect()
}

/// Whether a file of this name is still written, or is none that is read.
pub(crate) fn is_busy_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    name.starts_with(['.', '~']) || BUSY_ENDINGS.iter().any(|ending| lower.ends_with(ending))
}

fn order(candidate: &Candidate) -> (bool, &str, &str) {
    let stamp = candidate
        .name
        .as_ref()
        .map_or("", |name| name.stamp.as_str());
    (candidate.name.is_none(), stamp, &candidate.shown)
}
