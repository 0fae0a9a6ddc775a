//! How a value lies in the tree: format, shape, checksum, payload, in entries of at most 4 KiB.
//!
//! sled writes values beyond a fraction of its segments to files of their own, which a power cut
//! empties. So no entry is larger than [`ENTRY_BYTES_MAX`]: a larger value is a head and its parts.
//! The checksum covers the key, so a value under a wrong key is noticed too.

use ::sled::IVec;

use super::keys;

/// Largest value of one entry, in bytes.
pub(super) const ENTRY_BYTES_MAX: usize = 4_096;

/// The version of this layout and of the payloads' JSON.
pub(super) const FORMAT: u8 = 1;

const HEADER_BYTES: usize = 6;
const PAYLOAD_BYTES_MAX: usize = ENTRY_BYTES_MAX - HEADER_BYTES;
const WHOLE: u8 = 0;
const HEAD: u8 = 1;
const PART: u8 = 2;

/// What an entry holds.
pub(super) enum Shape {
    /// The payload itself.
    Whole,
    /// The size and the checksum of a payload that lies in parts.
    Head(Head),
    /// One of those parts.
    Part,
}

/// What is known of a payload in parts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) bytes: usize,
    pub(super) parts: u16,
    crc: u32,
}

impl Head {
    /// Whether this is the payload that was written.
    pub(super) fn matches(self, payload: &[u8]) -> bool {
        payload.len() == self.bytes && crc32fast::hash(payload) == self.crc
    }
}

/// The entries of a value: its key first, then its parts.
pub(super) fn wrap(key: Vec<u8>, payload: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    if payload.len() <= PAYLOAD_BYTES_MAX {
        let entry = entry(&key, WHOLE, payload);
        return vec![(key, entry)];
    }
    let parts = payload.chunks(PAYLOAD_BYTES_MAX).zip(0..);
    let parts = parts.map(|(part, index)| {
        let key = keys::chunk(&key, index);
        let entry = entry(&key, PART, part);
        (key, entry)
    });
    let parts: Vec<_> = parts.collect();
    let bytes = u32::try_from(payload.len()).expect("values are refused beyond 8 MiB");
    let mut head = bytes.to_le_bytes().to_vec();
    head.extend_from_slice(&crc32fast::hash(payload).to_le_bytes());
    let entry = entry(&key, HEAD, &head);
    std::iter::once((key, entry)).chain(parts).collect()
}

/// Checks an entry and says what it holds; the message is for people.
pub(super) fn inspect(key: &[u8], entry: &[u8]) -> Result<Shape, String> {
    let (header, rest) = entry
        .split_first_chunk::<HEADER_BYTES>()
        .ok_or("the entry is cut short")?;
    let [format, shape, crc @ ..] = *header;
    if format != FORMAT {
        return Err(format!(
            "the entry has format {format}, this program knows {FORMAT}"
        ));
    }
    if u32::from_le_bytes(crc) != checksum(key, shape, rest) {
        return Err("the checksum does not agree".to_owned());
    }
    match shape {
        WHOLE => Ok(Shape::Whole),
        HEAD => read_head(rest)
            .map(Shape::Head)
            .ok_or_else(|| "the head is cut short".to_owned()),
        PART => Ok(Shape::Part),
        other => Err(format!("the entry has the unknown shape {other}")),
    }
}

/// The payload of an entry that was inspected.
pub(super) fn payload(entry: &IVec) -> IVec {
    entry.subslice(HEADER_BYTES, entry.len() - HEADER_BYTES)
}

/// How many parts lie beside an entry. Damage counts as none: it is found when somebody reads the value.
pub(super) fn parts_beside(key: &[u8], entry: &[u8]) -> u16 {
    match entry.get(1) {
        Some(&HEAD) => match inspect(key, entry) {
            Ok(Shape::Head(head)) => head.parts,
            Ok(Shape::Whole | Shape::Part) | Err(_) => 0,
        },
        Some(_) | None => 0,
    }
}

fn read_head(rest: &[u8]) -> Option<Head> {
    let (bytes, crc) = rest.split_first_chunk::<4>()?;
    let bytes = usize::try_from(u32::from_le_bytes(*bytes)).ok()?;
    let parts = u16::try_from(bytes.div_ceil(PAYLOAD_BYTES_MAX)).ok()?;
    Some(Head {
        bytes,
        parts,
        crc: u32::from_le_bytes(crc.try_into().ok()?),
    })
}

fn entry(key: &[u8], shape: u8, rest: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEADER_BYTES + rest.len());
    out.extend_from_slice(&[FORMAT, shape]);
    out.extend_from_slice(&checksum(key, shape, rest).to_le_bytes());
    out.extend_from_slice(rest);
    out
}

fn checksum(key: &[u8], shape: u8, rest: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(key);
    hasher.update(&[shape]);
    hasher.update(rest);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_entry_is_larger_than_the_limit_and_the_parts_make_the_whole() {
        for size in [
            0,
            1,
            PAYLOAD_BYTES_MAX,
            PAYLOAD_BYTES_MAX + 1,
            3 * PAYLOAD_BYTES_MAX,
            1 << 20,
        ] {
            let payload: Vec<u8> = (0..size)
                .map(|at| u8::try_from(at % 251).unwrap())
                .collect();
            let entries = wrap(b"rname".to_vec(), &payload);
            assert!(
                entries
                    .iter()
                    .all(|(_, entry)| entry.len() <= ENTRY_BYTES_MAX)
            );
            let (key, first) = &entries[0];
            match inspect(key, first).unwrap() {
                Shape::Whole => assert_eq!(&first[HEADER_BYTES..], payload),
                Shape::Head(head) => {
                    assert_eq!(usize::from(head.parts), entries.len() - 1);
                    assert_eq!(head.parts, parts_beside(key, first));
                    let joined: Vec<u8> = entries[1..]
                        .iter()
                        .flat_map(|(_, part)| &part[HEADER_BYTES..])
                        .copied()
                        .collect();
                    assert!(head.matches(&joined) && joined == payload);
                }
                Shape::Part => panic!("the first entry is no part"),
            }
        }
    }

    #[test]
    fn a_flipped_bit_and_a_foreign_key_are_noticed() {
        let (key, entry) = wrap(b"rname".to_vec(), b"payload").remove(0);
        for bit in 0..entry.len() * 8 {
            let mut bent = entry.clone();
            bent[bit / 8] ^= 1 << (bit % 8);
            assert!(inspect(&key, &bent).is_err(), "bit {bit}");
        }
        assert!(inspect(b"rother", &entry).is_err());
    }
}
