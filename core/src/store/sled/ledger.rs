//! Which segments of sled's log were written: one of them whose beginning is blank was damaged, and sled drops it as free.
//!
//! While a store is open, no segment that was written becomes blank again: sled writes over it or cuts it off. Only its
//! opening blanks the free ones. So the note is checked before sled opens, forgotten while it does, and made anew after.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::super::StoreError;
use super::open::io_failed;
use super::segments::{self, Beginning};

/// The file with the note, beside sled's own.
const FILE: &str = "segments";

/// Segments that are written before a note is due at once: 8 MiB.
const UNNOTED_SEGMENTS_MAX: u64 = 16;

/// The note of a store that is open.
pub(super) struct Ledger {
    directory: PathBuf,
    data: File,
    noted: Written,
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
/// be read says nothing.
pub(super) fn check(directory: &Path, data: &File) -> Result<(), StoreError> {
    let Some(noted) = read(directory) else {
        return Ok(());
    };
    let reading = || io_failed("reading the data file");
    let there = segments::count(data).map_err(reading())?;
    let blank: HashSet<u64> = noted.blank.into_iter().collect();
    for segment in (0..noted.segments.min(there)).filter(|segment| !blank.contains(segment)) {
        if segments::beginning(data, segment).map_err(reading())? == Beginning::Blank {
            return Err(segments::damaged(
                directory,
                segment,
                "a segment that was written is blank: what it held is lost",
            ));
        }
    }
    Ok(())
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
    pub(super) fn begin(directory: &Path, data: File) -> Result<Self, StoreError> {
        let mut ledger = Self {
            directory: directory.to_owned(),
            data,
            noted: Written::default(),
        };
        ledger
            .try_note()
            .map_err(io_failed("noting which segments are written"))?;
        Ok(ledger)
    }

    /// Whether a note should not wait: much was written since, or the file was cut and may grow again with blanks.
    pub(super) fn is_urgent(&self) -> bool {
        let there = segments::count(&self.data).unwrap_or(self.noted.segments);
        there < self.noted.segments || there >= self.noted.segments + UNNOTED_SEGMENTS_MAX
    }

    /// Notes what was written since. One that cannot be written leaves an older one, which is true as well.
    pub(super) fn note(&mut self) {
        if let Err(error) = self.try_note() {
            tracing::warn!(%error, "the note of the segments was not written");
        }
    }

    fn try_note(&mut self) -> io::Result<()> {
        let now = self.noted.advanced(&self.data)?;
        if now == self.noted {
            return Ok(());
        }
        // What is noted must outlast a power cut at least as well as the note. An error of it reaches the writer too,
        // which has the file open for itself.
        self.data.sync_all()?;
        write(&self.directory, &now)?;
        self.noted = now;
        Ok(())
    }
}

impl Written {
    /// The same with what was written since: only segments that are not known to be written are read.
    fn advanced(&self, data: &File) -> io::Result<Self> {
        let segments = segments::count(data)?;
        let known = self.blank.iter().copied();
        let open = known.filter(|segment| *segment < segments);
        let mut blank = Vec::new();
        for segment in open.chain(self.segments.min(segments)..segments) {
            match segments::beginning(data, segment)? {
                Beginning::Blank => blank.push(segment),
                Beginning::Sound | Beginning::Bent => {}
            }
        }
        Ok(Self { segments, blank })
    }
}

fn read(directory: &Path) -> Option<Written> {
    let text = fs::read_to_string(directory.join(FILE)).ok()?;
    let written = parse(&text);
    if written.is_none() {
        tracing::warn!(path = %directory.display(), "the note of the segments is damaged; it is written anew");
    }
    written
}

/// `42 blank 40,41 1a2b3c4d`: how many, which of them are blank, and the checksum of what stands before it.
fn parse(text: &str) -> Option<Written> {
    let (note, sum) = text.trim_end().rsplit_once(' ')?;
    if u32::from_str_radix(sum, 16) != Ok(crc32fast::hash(note.as_bytes())) {
        return None;
    }
    let (segments, blank) = note.split_once(" blank ")?;
    let blank = blank.split(',').filter(|segment| !segment.is_empty());
    Some(Written {
        segments: segments.parse().ok()?,
        blank: blank
            .map(|segment| segment.parse().ok())
            .collect::<Option<_>>()?,
    })
}

fn write(directory: &Path, written: &Written) -> io::Result<()> {
    let blank: Vec<String> = written.blank.iter().map(u64::to_string).collect();
    let note = format!("{} blank {}", written.segments, blank.join(","));
    let draft = directory.join("segments.new");
    let mut file = super::mark::create(&draft)?;
    writeln!(file, "{note} {:08x}", crc32fast::hash(note.as_bytes()))?;
    file.sync_all()?;
    fs::rename(draft, directory.join(FILE))
}
