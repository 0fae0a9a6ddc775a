//! Whether sled can replay its log without a word lost: where a message within it is damaged, sled takes the segment to
//! end there and goes on with an older state of the pages.
//!
//! A segment below the end of the log ends with a cap or is full. One that breaks off is right only if nobody needs it
//! any more: sled writes over a segment, or blanks it, only after every page of it was written again. So a segment that
//! breaks off and of which a page is still needed was damaged.
//!
//! Whether the end of the log is where it was, the [`mark`](super::mark) knows.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::Path;

use super::super::StoreError;
use super::ledger;
use super::open::io_failed;
use super::segments::{self, Beginning, HEADER_BYTES, Header, SEGMENT_BYTES, little_endian};

/// Bytes before the end of a segment in which no message begins (sled 0.34, `constants.rs`).
const RED_ZONE_BYTES: usize = 32;

/// Bytes of the checksum that a message begins with.
const CHECKSUM_BYTES: usize = 4;

/// Where a segment lies in the file, and what it begins with.
struct Segment {
    index: u64,
    header: Header,
}

/// What a message says of itself: sled's `MessageHeader`.
struct Message {
    kind: Kind,
    /// The number of the segment that it was written for: its own, unless the segment is being written again.
    segment: u64,
    page: u64,
    bytes: usize,
}

/// What a message does to its page (sled 0.34, `pagecache/mod.rs`).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Nothing: padding of a write that was given up, or how far a batch reaches.
    None,
    /// The end of the segment.
    Cap,
    /// A whole page: what was written of it before is not needed any more.
    Whole,
    /// A change of a page.
    Change,
}

/// Refuses a base of which sled would read less than was written, without saying so.
///
/// Only what sled replays is read: what was written since its newest snapshot. A snapshot names the place of each page,
/// and one that is damaged there ends a read with an error.
pub(super) fn check(path: &Path, data: &File) -> Result<(), StoreError> {
    let snapshot = ledger::newest_snapshot(path).map_err(io_failed("reading the directory"))?;
    let since = snapshot.and_then(|name| u64::from_str_radix(&name, 16).ok());
    let is_noted = ledger::is_noted(path);
    let found =
        lost(data, since.unwrap_or(0), is_noted).map_err(io_failed("reading the data file"))?;
    match found {
        None => Ok(()),
        Some(byte) => Err(segments::damaged(
            path,
            byte,
            "a message of the log is damaged amid what is needed: it and what follows in its segment are lost",
        )),
    }
}

/// The byte of the file at which a segment breaks off that is needed.
fn lost(data: &File, since: u64, is_noted: bool) -> io::Result<Option<u64>> {
    let replayed = replayed(data, since)?;
    let stable = replayed.iter().map(|segment| segment.header.stable).max();
    let end = stable.unwrap_or(0) / SEGMENT_BYTES * SEGMENT_BYTES;
    let mut broken = Vec::new();
    let mut bytes = Vec::new();
    for segment in replayed.iter().filter(|segment| segment.header.lsn < end) {
        segment.read(data, &mut bytes)?;
        if let ControlFlow::Break(at) = segment.walk(&bytes, |_, _| {}) {
            broken.push((segment, at));
        }
    }
    // Hardly ever: so the pages are looked at only now.
    if broken.is_empty() {
        return Ok(None);
    }
    let mut newest = HashMap::new();
    for segment in &replayed {
        segment.read(data, &mut bytes)?;
        let _ = segment.walk(&bytes, |lsn, message| {
            if message.kind == Kind::Whole {
                newest.insert(message.page, lsn);
            }
        });
    }
    for (segment, at) in broken {
        segment.read(data, &mut bytes)?;
        let mut is_needed = false;
        let _ = segment.walk(&bytes, |lsn, message| {
            let changes = matches!(message.kind, Kind::Whole | Kind::Change);
            is_needed |= changes && newest.get(&message.page).is_none_or(|whole| lsn >= *whole);
        });
        // Without a note it may have been blanked, half of it, before a power cut.
        if is_needed || (is_noted && segment.goes_on(&bytes[at..])) {
            return Ok(Some(segment.index * SEGMENT_BYTES + at as u64));
        }
    }
    Ok(None)
}

/// The segments that sled replays, in the log's order.
fn replayed(data: &File, since: u64) -> io::Result<Vec<Segment>> {
    let since = since / SEGMENT_BYTES * SEGMENT_BYTES;
    let mut found = Vec::new();
    for index in 0..segments::count(data)? {
        if let Beginning::Sound(header) = segments::beginning(data, index)?
            && header.lsn >= since
        {
            found.push(Segment { index, header });
        }
    }
    found.sort_by_key(|segment| segment.header.lsn);
    Ok(found)
}

impl Segment {
    fn number(&self) -> u64 {
        self.header.lsn / SEGMENT_BYTES
    }

    fn read(&self, mut data: &File, into: &mut Vec<u8>) -> io::Result<()> {
        into.clear();
        data.seek(SeekFrom::Start(self.index * SEGMENT_BYTES))?;
        data.take(SEGMENT_BYTES).read_to_end(into).map(drop)
    }

    /// Shows each message with its place in the log, as far as sled reads; breaks where a message cannot be read.
    fn walk(&self, bytes: &[u8], mut visit: impl FnMut(u64, &Message)) -> ControlFlow<usize> {
        let mut at = HEADER_BYTES;
        while at + RED_ZONE_BYTES <= SEGMENT_BYTES as usize {
            match bytes.get(at..).and_then(Message::read) {
                Some(message) if message.segment == self.number() => {
                    if message.kind == Kind::Cap {
                        break;
                    }
                    visit(self.header.lsn + at as u64, &message);
                    at += message.bytes;
                }
                Some(_) | None => return ControlFlow::Break(at),
            }
        }
        ControlFlow::Continue(())
    }

    /// Whether behind a break there are more messages of this segment, and none of a later one that is being written
    /// over it.
    fn goes_on(&self, rest: &[u8]) -> bool {
        let mut goes_on = false;
        for at in 0..rest.len() {
            match Message::read(&rest[at..]) {
                Some(message) if message.segment > self.number() => return false,
                Some(message) => goes_on |= message.segment == self.number(),
                None => {}
            }
        }
        goes_on
    }
}

impl Message {
    /// The message that the bytes begin with, if it is whole.
    fn read(bytes: &[u8]) -> Option<Self> {
        let (sum, rest) = bytes.split_at_checked(CHECKSUM_BYTES)?;
        let (kind, rest) = rest.split_first()?;
        let kind = Kind::of(*kind)?;
        let (length, rest) = number(rest)?;
        let (segment, rest) = number(rest)?;
        let (page, rest) = number(rest)?;
        let body = rest.get(..usize::try_from(length).ok()?)?;
        let header = &bytes[CHECKSUM_BYTES..bytes.len() - rest.len()];
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(body);
        hasher.update(header);
        let is_whole = little_endian(sum) == u64::from(hasher.finalize() ^ u32::MAX);
        is_whole.then_some(Self {
            kind,
            segment,
            page,
            bytes: CHECKSUM_BYTES + header.len() + body.len(),
        })
    }
}

impl Kind {
    fn of(byte: u8) -> Option<Self> {
        match byte {
            // Given up; the manifest of a batch.
            1 | 3 => Some(Self::None),
            2 => Some(Self::Cap),
            // The page is free; the counter; the meta page or a node, and either of them in a file of its own.
            4..=9 => Some(Self::Whole),
            10 | 11 => Some(Self::Change),
            _ => None,
        }
    }
}

/// A number as sled writes it, in one to nine bytes (sled 0.34, `serialization.rs`), and what follows it.
fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let first = u64::from(*first);
    match first {
        0..=240 => Some((first, rest)),
        241..=248 => {
            let (low, rest) = rest.split_first()?;
            Some((240 + 256 * (first - 241) + u64::from(*low), rest))
        }
        249 => {
            let ([high, low], rest) = rest.split_first_chunk()?;
            Some((2288 + 256 * u64::from(*high) + u64::from(*low), rest))
        }
        _ => {
            let length = usize::try_from(first - 247).ok()?;
            let (digits, rest) = rest.split_at_checked(length)?;
            Some((little_endian(digits), rest))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const NODE: u8 = 8;
    const LINK: u8 = 10;
    const CAP: u8 = 2;

    /// A message of sled, of fifty bytes of content.
    fn message(kind: u8, segment: u8, page: u8) -> Vec<u8> {
        let rest = [&[kind, 50, segment, page][..], &[7; 50]].concat();
        let (header, body) = rest.split_at(4);
        let sum = crc32fast::hash(&[body, header].concat()) ^ u32::MAX;
        [&sum.to_le_bytes()[..], &rest].concat()
    }

    /// A segment of some messages, closed by a cap.
    fn segment(number: u8, stable: u64, messages: &[(u8, u8)]) -> Vec<u8> {
        let turned = i64::MAX.cast_unsigned();
        let lsn = u64::from(number) * SEGMENT_BYTES;
        let numbers = [
            (lsn ^ turned).to_le_bytes(),
            (stable ^ turned).to_le_bytes(),
        ]
        .concat();
        let sum = crc32fast::hash(&numbers) ^ u32::MAX;
        let mut bytes = [&sum.to_le_bytes()[..], &numbers].concat();
        for (kind, page) in messages {
            bytes.extend(message(*kind, number, *page));
        }
        bytes.extend(message(CAP, number, 0));
        bytes.resize(usize::try_from(SEGMENT_BYTES).unwrap(), 0);
        bytes
    }

    /// Where the log is lost: without the note of the segments, and with it.
    fn lost_of(segments: &[Vec<u8>]) -> [Option<u64>; 2] {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&segments.concat()).unwrap();
        [false, true].map(|is_noted| lost(&file, 0, is_noted).unwrap())
    }

    /// Bytes of a message.
    const BYTES: usize = 58;
    /// Where the second message of a segment begins.
    const SECOND: usize = HEADER_BYTES + BYTES;

    #[test]
    fn a_break_in_what_a_page_needs_is_told_and_one_in_what_was_written_again_only_where_it_is_no_overwriting()
     {
        let end = segment(2, 2 * SEGMENT_BYTES, &[]);
        let needed = || segment(0, 0, &[(NODE, 1), (LINK, 2), (LINK, 1)]);
        let kept = segment(1, SEGMENT_BYTES, &[(NODE, 2)]);
        let all = segment(1, SEGMENT_BYTES, &[(NODE, 1), (NODE, 2)]);
        assert_eq!(lost_of(&[needed(), kept.clone(), end.clone()]), [None; 2]);

        let at = Some(SECOND as u64);
        let mut bent = needed();
        bent[SECOND + 20] ^= 1;
        assert_eq!(lost_of(&[bent.clone(), kept, end.clone()]), [at; 2]);
        // Free by now: half blanked by an opening that was cut short, unless the note says that none was.
        assert_eq!(lost_of(&[bent, all.clone(), end.clone()]), [None, at]);
        // Free by now, and being written over as segment 3.
        let mut over = needed();
        over[SECOND..SECOND + BYTES].copy_from_slice(&message(NODE, 3, 9));
        assert_eq!(lost_of(&[over, all.clone(), end.clone()]), [None; 2]);
        // The end of the log may break off: that is a write that never ended.
        let mut torn = end;
        torn[HEADER_BYTES + 8] ^= 1;
        assert_eq!(lost_of(&[needed(), all, torn]), [None; 2]);
    }
}
