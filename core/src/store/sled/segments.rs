//! Whether every segment of sled's log says whose it is: sled takes one with a damaged beginning for empty, and drops it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::super::StoreError;
use super::open::io_failed;

/// Bytes of a segment, as the bases here are made: sled's default.
const SEGMENT_BYTES: u64 = 512 * 1024;

/// Checksum, number and the highest number that is safe on disk: what a segment begins with (sled 0.34,
/// `pagecache/logger.rs`).
const HEADER_BYTES: usize = 20;

/// Refuses a base of which a segment cannot be told from an empty one any more: nothing of it would be missed.
///
/// A segment that was never written begins with zeros, and one that is free keeps its header. A header is written in
/// one piece within the first sector, so that a crash leaves an old one, none or the new one.
pub(super) fn check(path: &Path) -> Result<(), StoreError> {
    let data = path.join("db");
    let mut file = match File::open(&data) {
        Ok(file) => file,
        // A store that is about to be made; what was made here before is checked by its mark.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(io_failed("opening the data file")(error)),
    };
    let length = file
        .metadata()
        .map_err(io_failed("reading the data file"))?
        .len();
    let mut at = 0;
    while at + (HEADER_BYTES as u64) <= length {
        let mut header = [0; HEADER_BYTES];
        file.seek(SeekFrom::Start(at))
            .and_then(|_| file.read_exact(&mut header))
            .map_err(io_failed("reading the data file"))?;
        if !is_sound(&header) {
            return Err(StoreError::Corrupt {
                place: format!("{}, byte {at}", data.display()),
                message: "the beginning of a segment cannot be read".to_owned(),
            });
        }
        at += SEGMENT_BYTES;
    }
    Ok(())
}

fn is_sound(header: &[u8; HEADER_BYTES]) -> bool {
    if header.iter().all(|byte| *byte == 0) {
        return true;
    }
    let [c0, c1, c2, c3, rest @ ..] = header;
    u32::from_le_bytes([*c0, *c1, *c2, *c3]) ^ u32::MAX == crc32fast::hash(rest)
}
