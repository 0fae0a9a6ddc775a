//! Whether a Linux program stands alone: what its own headers say, so that no other tool is needed to ask.

/// Why a program does not stand alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotStatic {
    /// It is no 64-bit little-endian ELF program.
    NoProgram,
    /// It asks the machine for this loader.
    Loader(String),
    /// It asks the machine for a library.
    Library,
}

const MAGIC: [u8; 6] = [0x7f, b'E', b'L', b'F', 2, 1];
const INTERPRETER: u32 = 3;
const DYNAMIC: u32 = 2;
const NEEDED: u64 = 1;
/// Bytes of an entry of the table of dynamic facts.
const FACT_BYTES: usize = 16;

/// Fails where the program in `bytes` needs a loader or a library of the machine.
///
/// # Errors
/// What it needs.
pub fn stands_alone(bytes: &[u8]) -> Result<(), NotStatic> {
    if !bytes.starts_with(&MAGIC) {
        return Err(NotStatic::NoProgram);
    }
    let header = Header::read(bytes).ok_or(NotStatic::NoProgram)?;
    for index in 0..header.segments {
        let segment = header.segment(bytes, index).ok_or(NotStatic::NoProgram)?;
        let part = segment.part(bytes).ok_or(NotStatic::NoProgram)?;
        match segment.kind {
            INTERPRETER => {
                let name = part.split(|byte| *byte == 0).next().unwrap_or_default();
                return Err(NotStatic::Loader(
                    String::from_utf8_lossy(name).into_owned(),
                ));
            }
            DYNAMIC => {
                let facts = part.chunks_exact(FACT_BYTES);
                let mut tags = facts.map(|fact| number(fact, 0, 8));
                if tags.any(|tag| tag == Some(NEEDED)) {
                    return Err(NotStatic::Library);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

impl std::fmt::Display for NotStatic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoProgram => f.write_str("it is no 64-bit program of Linux"),
            Self::Loader(name) => write!(f, "it asks the machine for the loader {name}"),
            Self::Library => f.write_str("it asks the machine for a library"),
        }
    }
}

/// Where the table of segments is.
struct Header {
    offset: usize,
    entry_bytes: usize,
    segments: usize,
}

/// A part of the program as it is loaded.
struct Segment {
    kind: u32,
    offset: usize,
    bytes: usize,
}

impl Header {
    fn read(bytes: &[u8]) -> Option<Self> {
        Some(Self {
            offset: place(bytes, 32, 8)?,
            entry_bytes: place(bytes, 54, 2)?,
            segments: place(bytes, 56, 2)?,
        })
    }

    fn segment(&self, bytes: &[u8], index: usize) -> Option<Segment> {
        let at = index
            .checked_mul(self.entry_bytes)?
            .checked_add(self.offset)?;
        Some(Segment {
            kind: u32::try_from(number(bytes, at, 4)?).ok()?,
            offset: place(bytes, at.checked_add(8)?, 8)?,
            bytes: place(bytes, at.checked_add(32)?, 8)?,
        })
    }
}

impl Segment {
    fn part<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        bytes.get(self.offset..self.offset.checked_add(self.bytes)?)
    }
}

fn place(bytes: &[u8], at: usize, length: usize) -> Option<usize> {
    usize::try_from(number(bytes, at, length)?).ok()
}

fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let part = bytes.get(at..at.checked_add(length)?)?;
    let digits = part.iter().rev();
    Some(digits.fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program with one segment of a kind and what is in it.
    fn program(kind: u32, content: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; 64];
        bytes[..6].copy_from_slice(&MAGIC);
        bytes[32] = 64;
        bytes[54] = 56;
        bytes[56] = 1;
        let mut segment = vec![0; 56];
        segment[..4].copy_from_slice(&kind.to_le_bytes());
        segment[8] = 120;
        segment[32] = u8::try_from(content.len()).expect("a few bytes");
        [bytes, segment, content.to_vec()].concat()
    }

    #[test]
    fn a_program_that_needs_nothing_stands_alone() {
        assert_eq!(stands_alone(&program(1, b"code")), Ok(()));
        let mut facts = [0; 32];
        facts[0] = 5;
        assert_eq!(stands_alone(&program(DYNAMIC, &facts)), Ok(()));
    }

    #[test]
    fn what_a_program_needs_is_named() {
        let loader = program(INTERPRETER, b"/lib64/ld-linux-x86-64.so.2\0");
        assert_eq!(
            stands_alone(&loader),
            Err(NotStatic::Loader("/lib64/ld-linux-x86-64.so.2".into()))
        );
        let mut facts = [0; 32];
        facts[16] = 1;
        assert_eq!(
            stands_alone(&program(DYNAMIC, &facts)),
            Err(NotStatic::Library)
        );
    }

    #[test]
    fn bytes_that_are_cut_off_are_no_program() {
        let whole = program(DYNAMIC, &[0; 32]);
        for end in 0..whole.len() {
            assert_eq!(
                stands_alone(&whole[..end]),
                Err(NotStatic::NoProgram),
                "{end}"
            );
        }
    }

    #[test]
    fn this_test_needs_its_loader() {
        let own = std::fs::read("/proc/self/exe");
        // Elsewhere than on Linux there is nothing to read.
        if let Ok(own) = own {
            assert!(matches!(stands_alone(&own), Err(NotStatic::Loader(_))));
        }
    }
}
