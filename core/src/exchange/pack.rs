//! How what is kept of exchanges and revisions lies in the store: a version byte, then deflated bytes.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

/// The version of this layout.
const FORMAT: u8 = 1;
/// More than anything that was packed ever was: damage must not fill the memory.
const UNPACKED_BYTES_MAX: u64 = 128 << 20;

/// The bytes, smaller.
pub(crate) fn pack(parts: &[&[u8]]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(vec![FORMAT], Compression::fast());
    for part in parts {
        encoder.write_all(part).expect(MEMORY_TAKES_ALL);
    }
    encoder.finish().expect(MEMORY_TAKES_ALL)
}

/// What was packed, or why that cannot be told.
pub(crate) fn unpack(packed: &[u8]) -> Result<Vec<u8>, String> {
    let Some((&FORMAT, deflated)) = packed.split_first() else {
        return Err("written by another version, or empty".to_owned());
    };
    let mut bytes = Vec::new();
    DeflateDecoder::new(deflated)
        .take(UNPACKED_BYTES_MAX)
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    Ok(bytes)
}

const MEMORY_TAKES_ALL: &str = "writing into memory does not fail";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_comes_back_and_damage_is_an_error() {
        let packed = pack(&[b"abc", &[0; 10_000]]);
        assert!(packed.len() < 1_000);
        let bytes = unpack(&packed).unwrap();
        assert_eq!((&bytes[..3], bytes.len()), (&b"abc"[..], 10_003));
        assert!(unpack(&[]).is_err());
        assert!(unpack(&[9, 1, 2]).is_err());
        assert!(unpack(&[1, 0xff, 0xff, 0xff]).is_err());
    }
}
