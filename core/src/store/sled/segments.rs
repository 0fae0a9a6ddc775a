//! Whether every segment of sled's log says whose it is: sled takes one with a damaged beginning for empty, and drops it.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

use super::super::StoreError;
use super::open::io_failed;
use super::{breaks, ledger};

/// Bytes of a segment, as the bases here are made: sled's default.
pub(super) const SEGMENT_BYTES: u64 = 512 * 1024;

/// Checksum, number and the highest number that is safe on disk: what a segment begins with (sled 0.34,
/// `pagecache/logger.rs`).
pub(super) const HEADER_BYTES: usize = 20;

/// What sled turns the numbers of a header around with, so that zeros are none.
const TURNED: u64 = i64::MAX.cast_unsigned();

/// What a segment begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beginning {
    /// A header.
    Sound(Header),
    /// Zeros: it was never written, or sled blanked it at an opening, or the header is lost.
    Blank,
    /// Something else.
    Bent,
}

/// Where in the log a segment begins, in bytes, and how many of the log were safe when it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) lsn: u64,
    pub(super) stable: u64,
}

/// Refuses a base of which a segment cannot be told from an empty one any more: nothing of it would be missed.
///
/// A segment that was never written begins with zeros, and one that is free keeps its header until the next opening. A
/// header is written in one piece within the first sector, so that a crash leaves an old one, none or the new one. Which
/// zeros are right is known by the [`ledger`]. What stands behind the headers is looked at by [`breaks`].
pub(super) fn check(path: &Path) -> Result<(), StoreError> {
    let data = match File::open(path.join("db")) {
        Ok(file) => file,
        // A store that is about to be made; what was made here before is checked by its mark.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(io_failed("opening the data file")(error)),
    };
    let reading = || io_failed("reading the data file");
    for segment in 0..count(&data).map_err(reading())? {
        match beginning(&data, segment).map_err(reading())? {
            Beginning::Sound(_) | Beginning::Blank => {}
            Beginning::Bent => {
                let message = "the beginning of a segment cannot be read";
                return Err(damaged(path, segment * SEGMENT_BYTES, message));
            }
        }
    }
    ledger::check(path, &data)?;
    breaks::check(path, &data)
}

/// How many segments have a place for a header in the file.
pub(super) fn count(data: &File) -> io::Result<u64> {
    let length = data.metadata()?.len();
    let begun = length % SEGMENT_BYTES >= HEADER_BYTES as u64;
    Ok(length / SEGMENT_BYTES + u64::from(begun))
}

/// What a segment begins with; blank where the file was cut off before it.
pub(super) fn beginning(mut data: &File, segment: u64) -> io::Result<Beginning> {
    let mut header = [0; HEADER_BYTES];
    data.seek(SeekFrom::Start(segment * SEGMENT_BYTES))?;
    match data.read_exact(&mut header) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(Beginning::Blank),
        read => read.map(|()| judged(&header)),
    }
}

/// The refusal of a store for what stands at a byte of its file.
pub(super) fn damaged(path: &Path, byte: u64, message: &str) -> StoreError {
    let data = path.join("db");
    StoreError::Corrupt {
        place: format!("{}, byte {byte}", data.display()),
        message: message.to_owned(),
    }
}

fn judged(header: &[u8; HEADER_BYTES]) -> Beginning {
    if header.iter().all(|byte| *byte == 0) {
        return Beginning::Blank;
    }
    let (sum, rest) = header.split_at(4);
    let (lsn, stable) = rest.split_at(8);
    if little_endian(sum) ^ u64::from(u32::MAX) == u64::from(crc32fast::hash(rest)) {
        Beginning::Sound(Header {
            lsn: little_endian(lsn) ^ TURNED,
            // The last safe byte: one before the first if there was none.
            stable: (little_endian(stable) ^ TURNED).wrapping_add(1),
        })
    } else {
        Beginning::Bent
    }
}

/// At most eight bytes as a number.
pub(super) fn little_endian(bytes: &[u8]) -> u64 {
    let mut number = [0; 8];
    number[..bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(number)
}
