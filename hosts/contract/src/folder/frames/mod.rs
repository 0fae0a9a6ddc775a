//! How a file is cut into documents without holding more than one of them.

mod json;
mod lines;
mod records;

pub(super) use json::{JsonPiece, JsonPieces};
pub(super) use lines::Lines;
pub(super) use records::Records;

use std::io::Read;

use super::source::Source;

/// A piece of a file.
#[derive(Clone, Debug, Default)]
pub(super) struct Frame {
    /// The offset of its first byte.
    pub(super) start: u64,
    /// The offset after its last byte.
    pub(super) end: u64,
    /// The line of its first byte, from 1.
    pub(super) line: u64,
    /// Its bytes; empty when it is oversize.
    pub(super) bytes: Vec<u8>,
    /// Whether it has more bytes than a document may have.
    pub(super) oversize: bool,
}

impl Frame {
    fn beginning<R: Read>(source: &Source<R>) -> Self {
        Self {
            start: source.offset(),
            line: source.line(),
            ..Self::default()
        }
    }

    fn push(&mut self, bytes: &[u8], limit: usize) {
        if self.oversize {
            return;
        }
        if self.bytes.len() + bytes.len() > limit {
            self.oversize = true;
            self.bytes = Vec::new();
            return;
        }
        self.bytes.extend_from_slice(bytes);
    }
}
