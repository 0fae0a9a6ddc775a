//! How a CSV file is cut: at line feeds outside quotes, blank records left out.

use std::io::Read;

use super::Frame;
use crate::folder::source::{Fault, Source};

/// The records of a file.
pub(in crate::folder) struct Records<R> {
    source: Source<R>,
    limit: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    CellStart,
    Plain,
    Quoted,
    /// After a quote inside quotes: the end of the cell, or the first half of a quote in the text.
    MaybeClosed,
}

impl<R: Read> Records<R> {
    /// Cuts a source; records of more than `limit` bytes are not held.
    pub(in crate::folder) fn new(source: Source<R>, limit: usize) -> Self {
        Self { source, limit }
    }

    /// The next record that is not blank. Refuses a file that ends inside quotes.
    pub(in crate::folder) fn next(&mut self) -> Result<Option<Frame>, Fault> {
        loop {
            let frame = self.record()?;
            if frame.end == frame.start {
                return Ok(None);
            }
            if frame.oversize || !frame.bytes.trim_ascii().is_empty() {
                return Ok(Some(frame));
            }
        }
    }

    /// The offset after the last record.
    pub(in crate::folder) fn offset(&self) -> u64 {
        self.source.offset()
    }

    /// The source, for its hash.
    pub(in crate::folder) fn into_source(self) -> Source<R> {
        self.source
    }

    fn record(&mut self) -> Result<Frame, Fault> {
        let mut frame = Frame::beginning(&self.source);
        let mut state = State::CellStart;
        let mut quoted_on = frame.line;
        let mut ended = false;
        while !ended {
            let line = self.source.line();
            let chunk = self.source.chunk()?;
            if chunk.is_empty() {
                break;
            }
            let mut passed = chunk.len();
            for (at, byte) in chunk.iter().enumerate() {
                let before = state;
                state = step(state, *byte);
                if state == State::Quoted && before == State::CellStart {
                    quoted_on = line + feeds(&chunk[..at]);
                }
                if *byte == b'\n' && state != State::Quoted {
                    passed = at + 1;
                    ended = true;
                    break;
                }
            }
            frame.push(&chunk[..passed], self.limit);
            self.source.consume(passed);
        }
        if !ended && state == State::Quoted {
            let message =
                "a quote is opened and never closed: the file is cut off or the quote is wrong";
            return Err(Fault::at(quoted_on, message));
        }
        frame.end = self.source.offset();
        Ok(frame)
    }
}

fn step(state: State, byte: u8) -> State {
    match (state, byte) {
        (State::CellStart | State::MaybeClosed, b'"') => State::Quoted,
        (State::Quoted, b'"') => State::MaybeClosed,
        (State::Quoted, _) => State::Quoted,
        (State::CellStart | State::Plain | State::MaybeClosed, b',') => State::CellStart,
        (State::CellStart | State::Plain | State::MaybeClosed, _) => State::Plain,
    }
}

fn feeds(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}
