//! How a JSON Lines file is cut: at line feeds, blank lines left out.

use std::io::Read;

use super::Frame;
use crate::folder::source::{Fault, Source};

/// The lines of a file.
pub(in crate::folder) struct Lines<R> {
    source: Source<R>,
    limit: usize,
}

impl<R: Read> Lines<R> {
    /// Cuts a source; lines of more than `limit` bytes are not held.
    pub(in crate::folder) fn new(source: Source<R>, limit: usize) -> Self {
        Self { source, limit }
    }

    /// The next line that is not blank, and whether a line feed ends it.
    pub(in crate::folder) fn next(&mut self) -> Result<Option<(Frame, bool)>, Fault> {
        loop {
            let mut frame = Frame::beginning(&self.source);
            let mut ended = false;
            while !ended {
                let chunk = self.source.chunk()?;
                if chunk.is_empty() {
                    break;
                }
                let feed = chunk.iter().position(|byte| *byte == b'\n');
                frame.push(&chunk[..feed.unwrap_or(chunk.len())], self.limit);
                let passed = feed.map_or(chunk.len(), |at| at + 1);
                ended = feed.is_some();
                self.source.consume(passed);
            }
            frame.end = self.source.offset();
            if frame.end == frame.start {
                return Ok(None);
            }
            if frame.oversize || !frame.bytes.trim_ascii().is_empty() {
                return Ok(Some((frame, ended)));
            }
        }
    }

    /// The source, for its hash.
    pub(in crate::folder) fn into_source(self) -> Source<R> {
        self.source
    }
}
