//! How the bytes of a file are read: in chunks of one size, counted, and in the first pass also audited.

use std::io::{self, Read};

use sha2::{Digest, Sha256};

const CHUNK_BYTES: usize = 64 << 10;
const UTF8_MARK: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// Why the reading of a file stops.
#[derive(Debug)]
pub(super) enum Fault {
    /// The disk failed: try again.
    Io(io::Error),
    /// The file as a whole cannot be taken, and why.
    Refused(String),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Fault {
    /// A refusal that names a line.
    pub(super) fn at(line: u64, message: impl std::fmt::Display) -> Self {
        Self::Refused(format!("line {line}: {message}"))
    }
}

/// A file's bytes from some offset on.
pub(super) struct Source<R> {
    reader: R,
    buffer: Box<[u8]>,
    at: usize,
    filled: usize,
    offset: u64,
    line: u64,
    audit: Option<Audit>,
}

impl<R: Read> Source<R> {
    /// Reads from the beginning, checking the encoding and computing the hash.
    pub(super) fn audited(reader: R) -> Result<Self, Fault> {
        let mut source = Self::new(reader, 0, 1, Some(Audit::default()));
        source.skip_mark()?;
        Ok(source)
    }

    /// Reads from the beginning what was audited before.
    pub(super) fn again(reader: R) -> Result<Self, Fault> {
        let mut source = Self::new(reader, 0, 1, None);
        source.skip_mark()?;
        Ok(source)
    }

    /// Reads on from an offset to which the reader was moved.
    pub(super) fn from(reader: R, offset: u64, line: u64) -> Self {
        Self::new(reader, offset, line, None)
    }

    fn new(reader: R, offset: u64, line: u64, audit: Option<Audit>) -> Self {
        let buffer = vec![0; CHUNK_BYTES].into_boxed_slice();
        Self {
            reader,
            buffer,
            at: 0,
            filled: 0,
            offset,
            line,
            audit,
        }
    }

    /// The offset of the next byte.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// The line of the next byte, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// The next bytes, at least one; empty at the end of the file.
    pub(super) fn chunk(&mut self) -> Result<&[u8], Fault> {
        if self.at == self.filled {
            self.fill()?;
        }
        Ok(&self.buffer[self.at..self.filled])
    }

    /// Passes over bytes of the last chunk.
    pub(super) fn consume(&mut self, count: usize) {
        let passed = &self.buffer[self.at..self.at + count];
        self.line += passed.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.offset += count as u64;
        self.at += count;
    }

    /// The SHA-256 of the whole file in hexadecimal, once it was read to its end with an audit.
    pub(super) fn into_sha256(self) -> String {
        let Some(audit) = self.audit else {
            return String::new();
        };
        audit
            .hash
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    fn skip_mark(&mut self) -> Result<(), Fault> {
        if self.chunk()?.starts_with(&UTF8_MARK) {
            self.consume(UTF8_MARK.len());
        }
        Ok(())
    }

    fn fill(&mut self) -> Result<(), Fault> {
        self.at = 0;
        self.filled = 0;
        while self.filled < self.buffer.len() {
            match self.reader.read(&mut self.buffer[self.filled..]) {
                Ok(0) => break,
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Fault::Io(error)),
            }
        }
        match &mut self.audit {
            Some(audit) => audit.feed(&self.buffer[..self.filled], self.offset, self.line),
            None => Ok(()),
        }
    }
}

/// What the first pass learns of all bytes.
#[derive(Default)]
struct Audit {
    hash: Sha256,
    /// The bytes of a character that the last chunk cut in two.
    carry: Vec<u8>,
}

impl Audit {
    fn feed(&mut self, chunk: &[u8], offset: u64, line: u64) -> Result<(), Fault> {
        if chunk.is_empty() {
            return match self.carry.first() {
                Some(byte) => Err(not_utf8(*byte, offset - self.carry.len() as u64, line)),
                None => Ok(()),
            };
        }
        if offset == 0 {
            refuse_utf16_mark(chunk)?;
        }
        self.hash.update(chunk);
        let fault = match self.first_bad_byte(chunk) {
            Some(at) => Some(at),
            None => chunk.iter().position(|byte| *byte == 0).map(|at| (at, 0)),
        };
        let Some((at, byte)) = fault else {
            return Ok(());
        };
        let lines = chunk[..at].iter().filter(|byte| **byte == b'\n').count() as u64;
        Err(not_utf8(byte, offset + at as u64, line + lines))
    }

    /// The place in the chunk of the first byte that is not UTF-8, and the byte.
    fn first_bad_byte(&mut self, chunk: &[u8]) -> Option<(usize, u8)> {
        let mut rest = chunk;
        while !self.carry.is_empty() {
            let (next, after) = rest.split_first()?;
            self.carry.push(*next);
            rest = after;
            match std::str::from_utf8(&self.carry) {
                Ok(_) => self.carry.clear(),
                Err(error) if error.error_len().is_none() => {}
                Err(_) => return Some((chunk.len() - rest.len() - 1, *next)),
            }
        }
        let error = std::str::from_utf8(rest).err()?;
        let bad = error.valid_up_to();
        if error.error_len().is_none() {
            self.carry.extend_from_slice(&rest[bad..]);
            return None;
        }
        Some((chunk.len() - rest.len() + bad, rest[bad]))
    }
}

fn refuse_utf16_mark(start: &[u8]) -> Result<(), Fault> {
    let name = match start {
        [0xFF, 0xFE, ..] => "UTF-16, little-endian",
        [0xFE, 0xFF, ..] => "UTF-16, big-endian",
        _ => return Ok(()),
    };
    Err(Fault::Refused(format!(
        "the file begins with the mark of {name}; it must be UTF-8"
    )))
}

fn not_utf8(byte: u8, offset: u64, line: u64) -> Fault {
    let guess = match byte {
        0 => "a zero byte, as UTF-16 without its mark would have",
        _ => "as Windows-1252 or Latin-1 would have",
    };
    Fault::Refused(format!(
        "byte {offset} (0x{byte:02X}, line {line}) is not UTF-8 text: {guess}; write the file as UTF-8"
    ))
}
