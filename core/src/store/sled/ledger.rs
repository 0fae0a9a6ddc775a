//! Which segments of sled's log were written: one of them whose beginning is blank was damaged, and sled drops it as free.
//!
//! While a store is open, no segment that was written becomes blank again: sled writes over it or cuts it off. Only its
//! opening blanks the free ones. So the note is checked before sled opens, forgotten while it does, and made anew after.
//!
//! A program that does not know the note may have opened the store in between, or files of another day may lie beside
//! it. sled tells: an opening that finds the log longer than the one before writes a snapshot named after the log's end
//! before it blanks anything, and one that finds it no longer has nothing to blank. So a note names the newest snapshot
//! that it was made on, and beside another one it refuses nothing.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::super::StoreError;
use super::open::io_failed;
use super::segments::{self, Beginning};

/// The file with the note, beside sled's own.
const FILE: &str = "segments";

/// Segments that are written before a note is due at once: 8 MiB.
const UNNOTED_SEGMENTS_MAX: u64 = 16;

/// The last noted segments that are read again each time: sled may have cut them off and begun them anew since.
const TAIL_SEGMENTS: u64 = 16;

/// What the names of sled's snapshots begin with; 16 digits of the log's end follow.
const SNAPSHOT_PREFIX: &str = "snap.";
const SNAPSHOT_DIGITS: usize = 16;

/// What stands for a snapshot where there is none: a store that was opened once only.
const NO_SNAPSHOT: &str = "none";

/// The note of a store that is open.
pub(super) struct Ledger {
    directory: PathBuf,
    data: File,
    noted: Written,
    /// The newest snapshot of this opening: sled makes none while it is open.
    opening: Option<String>,
    /// The file says what is noted here. If not, the last try failed, and the next is the one that is due by time.
    stands: bool,
}

/// What the file says: what was written, and the snapshot of the opening that it belongs to.
struct Note {
    written: Written,
    opening: Option<String>,
}

/// Of so many segments all were written but these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Written {
    segments: u64,
    blank: Vec<u64>,
}

/// Refuses a store of which a segment was written once and is blank now.
///
/// What lies behind the end of the file was cut off by sled, or its loss shows at the journal's end. A note that cannot
/// be read says nothing, and one that belongs to another opening only warns.
pub(super) fn check(directory: &Path, data: &File) -> Result<(), StoreError> {
    let Some(Note { written, opening }) = read(directory) else {
        return Ok(());
    };
    let reading = || io_failed("reading the data file");
    let Some(segment) = written.lost(data).map_err(reading())? else {
        return Ok(());
    };
    let found = newest_snapshot(directory).map_err(io_failed("reading the directory"))?;
    if found == opening {
        return Err(segments::damaged(
            directory,
            segment * segments::SEGMENT_BYTES,
            "a segment that was written is blank: what it held is lost",
        ));
    }
    tracing::warn!(
        path = %directory.display(),
        segment,
        noted_on = opening.as_deref().unwrap_or(NO_SNAPSHOT),
        found = found.as_deref().unwrap_or(NO_SNAPSHOT),
        "segments of the store that were written are blank, which is right if another version of this program opened \
         it in between or if its files were put back: it is opened; run `tieout verify-store` to be sure of it"
    );
    Ok(())
}

/// Whether there is a note: none while sled blanks what is free, nor after an opening that was cut short.
pub(super) fn is_noted(directory: &Path) -> bool {
    directory.join(FILE).exists()
}

/// Removes the note, durably: sled is about to blank what is free, and a crash amid that is no damage.
pub(super) fn forget(directory: &Path) -> Result<(), StoreError> {
    let forgotten = match fs::remove_file(directory.join(FILE)) {
        Ok(()) => File::open(directory).and_then(|directory| directory.sync_all()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    };
    forgotten.map_err(io_failed("removing the note of the segments"))
}

impl Ledger {
    /// Notes what is written now. Call it when sled has opened the store; `data` is sled's file.
    ///
    /// A note that cannot be written, as on a full disk, is missing and nothing else: the store opens.
    ///
    /// # Errors
    ///
    /// [`StoreError::Io`] when sled's file cannot be read or synced: what sled wrote at its opening may be lost.
    pub(super) fn begin(directory: &Path, data: File) -> Result<Self, StoreError> {
        data.sync_all().map_err(io_failed("syncing"))?;
        let opening = newest_snapshot(directory).map_err(io_failed("reading the directory"))?;
        let mut ledger = Self {
            directory: directory.to_owned(),
            data,
            noted: Written::default(),
            opening,
            stands: false,
        };
        ledger.note();
        Ok(ledger)
    }

    /// Whether a note should not wait: much was written since, or the file was cut and may grow again with blanks.
    pub(super) fn is_urgent(&self) -> bool {
        let there = segments::count(&self.data).unwrap_or(self.noted.segments);
        let many = there >= self.noted.segments + UNNOTED_SEGMENTS_MAX && self.stands;
        many || self.is_outdated()
    }

    /// Notes what was written since. One that cannot be written leaves an older one that is true as well, or none.
    pub(super) fn note(&mut self) {
        let outdated = self.is_outdated();
        if outdated {
            self.stands = false;
            if let Err(error) = forget(&self.directory) {
                tracing::warn!(%error, "a note of the segments that is true no more was not removed");
            }
        }
        if let Err(error) = self.try_note() {
            tracing::warn!(path = %self.directory.display(), %error, "the note of the segments was not written");
            self.stands = false;
            if outdated {
                self.noted = Written::default();
            }
        }
    }

    /// Whether the file was cut since, even if it has grown again: after a crash the note would tell of a loss.
    fn is_outdated(&self) -> bool {
        let noted = &self.noted;
        let there = segments::count(&self.data).unwrap_or(noted.segments);
        there < noted.segments
            || noted.tail(noted.segments).any(|segment| {
                !noted.blank.contains(&segment)
                    && matches!(
                        segments::beginning(&self.data, segment),
                        Ok(Beginning::Blank)
                    )
            })
    }

    fn try_note(&mut self) -> io::Result<()> {
        let now = self.noted.advanced(&self.data)?;
        if self.stands && now == self.noted {
            return Ok(());
        }
        // What is noted must outlast a power cut at least as well as the note. An error of it reaches the writer too,
        // which has the file open for itself.
        self.data.sync_all()?;
        write(&self.directory, &now, self.opening.as_deref())?;
        self.noted = now;
        self.stands = true;
        Ok(())
    }
}

impl Written {
    /// The first segment that was written and is blank now.
    fn lost(&self, data: &File) -> io::Result<Option<u64>> {
        let there = segments::count(data)?;
        let blank: HashSet<u64> = self.blank.iter().copied().collect();
        for segment in (0..self.segments.min(there)).filter(|segment| !blank.contains(segment)) {
            if segments::beginning(data, segment)? == Beginning::Blank {
                return Ok(Some(segment));
            }
        }
        Ok(None)
    }

    /// The last of the noted segments that are in a file of so many.
    fn tail(&self, segments: u64) -> Range<u64> {
        let end = self.segments.min(segments);
        end.saturating_sub(TAIL_SEGMENTS)..end
    }

    /// The same with what was written since: the tail and the segments that are not known to be written are read.
    fn advanced(&self, data: &File) -> io::Result<Self> {
        let segments = segments::count(data)?;
        let known = self.blank.iter().copied();
        let tail = self.tail(segments).start;
        let open = known.filter(|segment| *segment < tail);
        let mut blank = Vec::new();
        for segment in open.chain(tail..segments) {
            match segments::beginning(data, segment)? {
                Beginning::Blank => blank.push(segment),
                Beginning::Sound(_) | Beginning::Bent => {}
            }
        }
        Ok(Self { segments, blank })
    }
}

/// The newest of sled's snapshots that is whole by its name, and so not one that was being written.
pub(super) fn newest_snapshot(directory: &Path) -> io::Result<Option<String>> {
    let mut newest = None;
    for file in fs::read_dir(directory)? {
        let name = file?.file_name();
        let Some(digits) = name
            .to_str()
            .and_then(|name| name.strip_prefix(SNAPSHOT_PREFIX))
        else {
            continue;
        };
        let whole = digits.len() == SNAPSHOT_DIGITS
            && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        if whole {
            newest = newest.max(Some(digits.to_owned()));
        }
    }
    Ok(newest)
}

fn read(directory: &Path) -> Option<Note> {
    let text = fs::read_to_string(directory.join(FILE)).ok()?;
    let note = parse(&text);
    if note.is_none() {
        tracing::warn!(path = %directory.display(), "the note of the segments cannot be read; it is written anew");
    }
    note
}

/// `42 blank 40,41 on 000000000008A2F0 1a2b3c4d`: how many, which of them are blank, the newest snapshot, and the
/// checksum of what stands before it.
fn parse(text: &str) -> Option<Note> {
    let (note, sum) = text.trim_end().rsplit_once(' ')?;
    if u32::from_str_radix(sum, 16) != Ok(crc32fast::hash(note.as_bytes())) {
        return None;
    }
    let (note, opening) = note.split_once(" on ")?;
    let (segments, blank) = note.split_once(" blank ")?;
    let blank = blank.split(',').filter(|segment| !segment.is_empty());
    Some(Note {
        written: Written {
            segments: segments.parse().ok()?,
            blank: blank
                .map(|segment| segment.parse().ok())
                .collect::<Option<_>>()?,
        },
        opening: (opening != NO_SNAPSHOT).then(|| opening.to_owned()),
    })
}

fn write(directory: &Path, written: &Written, opening: Option<&str>) -> io::Result<()> {
    let blank: Vec<String> = written.blank.iter().map(u64::to_string).collect();
    let (segments, blank) = (written.segments, blank.join(","));
    let opening = opening.unwrap_or(NO_SNAPSHOT);
    let note = format!("{segments} blank {blank} on {opening}");
    let draft = directory.join("segments.new");
    let mut file = super::mark::create(&draft)?;
    writeln!(file, "{note} {:08x}", crc32fast::hash(note.as_bytes()))?;
    file.sync_all()?;
    fs::rename(draft, directory.join(FILE))
}
