//! Which documents a file holds, whatever its format: the same in the first pass and in every page.

use std::fs::File;
use std::io::{Seek, SeekFrom};

use super::csv_groups::CsvGroups;
use super::frames::{Frame, JsonPiece, JsonPieces, Lines};
use super::source::{Fault, Source};
use crate::map::{Problem, Reading, check_syntax, read_document, read_trailer};
use crate::wire::{FileType, Format, OutboxName, Trailer};

/// Where to read on in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The offset after the last document.
    pub(super) offset: u64,
    /// The line at that offset, from 1.
    pub(super) line: u64,
}

/// A document of a file and where it stands.
pub(super) struct Row {
    /// The offset of its first byte.
    pub(super) start: u64,
    /// The line of its first byte.
    pub(super) line: u64,
    /// Where the next one is looked for.
    pub(super) after: Mark,
    /// What no other document of the file may share, in a format whose documents have several rows.
    pub(super) identities: Vec<String>,
    /// What it says.
    pub(super) reading: Reading,
}

/// What stands in a file.
pub(super) enum Item {
    /// A document.
    Row(Row),
    /// The control figures.
    Trailer(Trailer),
}

/// The documents of a file from some place on.
pub(super) struct Documents {
    kind: FileType,
    limit: usize,
    format: Cut,
}

enum Cut {
    Json(JsonPieces<File>),
    Lines(Lines<File>),
    Csv(CsvGroups<File>),
}

impl Documents {
    /// All documents, while the encoding is checked and the hash computed.
    pub(super) fn audited(file: File, name: &OutboxName, limit: usize) -> Result<Self, Fault> {
        Self::cut(Source::audited(file)?, name, limit)
    }

    /// The documents after a mark that an audited reading gave, or all.
    pub(super) fn after(
        mut file: File,
        name: &OutboxName,
        limit: usize,
        mark: Option<Mark>,
    ) -> Result<Self, Fault> {
        let Some(mark) = mark else {
            return Self::cut(Source::again(file)?, name, limit);
        };
        let header = match name.format {
            Format::Csv => Some(CsvGroups::header_of(
                Source::again(file.try_clone()?)?,
                limit,
            )?),
            Format::Json | Format::JsonLines => None,
        };
        file.seek(SeekFrom::Start(mark.offset))?;
        let source = Source::from(file, mark.offset, mark.line);
        let format = match header {
            Some(header) => Cut::Csv(CsvGroups::after(source, header, name.kind, limit)),
            None if name.format == Format::Json => {
                Cut::Json(JsonPieces::after_element(source, name.kind.as_str(), limit))
            }
            None => Cut::Lines(Lines::new(source, limit)),
        };
        Ok(Self {
            kind: name.kind,
            limit,
            format,
        })
    }

    fn cut(source: Source<File>, name: &OutboxName, limit: usize) -> Result<Self, Fault> {
        let format = match name.format {
            Format::Json => Cut::Json(JsonPieces::new(source, name.kind.as_str(), limit)),
            Format::JsonLines => Cut::Lines(Lines::new(source, limit)),
            Format::Csv => Cut::Csv(CsvGroups::new(source, name.kind, limit)?),
        };
        Ok(Self {
            kind: name.kind,
            limit,
            format,
        })
    }

    /// The next item; `None` at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<Item>, Fault> {
        match &mut self.format {
            Cut::Json(pieces) => match pieces.next()? {
                Some(piece) => json_item(self.kind, self.limit, &piece, pieces.line()).map(Some),
                None => Ok(None),
            },
            Cut::Lines(lines) => match lines.next()? {
                Some((frame, ended)) => line_item(self.kind, self.limit, &frame, ended).map(Some),
                None => Ok(None),
            },
            Cut::Csv(groups) => groups.next(),
        }
    }

    /// The SHA-256 of the file, after an audited reading to its end.
    pub(super) fn into_sha256(self) -> String {
        match self.format {
            Cut::Json(pieces) => pieces.into_source().into_sha256(),
            Cut::Lines(lines) => lines.into_source().into_sha256(),
            Cut::Csv(groups) => groups.into_source().into_sha256(),
        }
    }
}

fn json_item(
    kind: FileType,
    limit: usize,
    piece: &JsonPiece,
    line_after: u64,
) -> Result<Item, Fault> {
    match piece {
        JsonPiece::Trailer(frame) => serde_json::from_slice(&frame.bytes)
            .map(Item::Trailer)
            .map_err(|error| Fault::at(frame.line, format!("the trailer cannot be read: {error}"))),
        JsonPiece::Element(frame) => {
            let reading = read_framed(kind, limit, frame);
            // An array has no line ends at which to find one's feet again after broken JSON.
            if reading.content.is_err() && !frame.oversize {
                check_syntax(&frame.bytes).map_err(|fault| {
                    let message = format!("the JSON is broken: {}", fault.message);
                    Fault::at(frame.line + fault.line, message)
                })?;
            }
            let after = Mark {
                offset: frame.end,
                line: line_after,
            };
            Ok(Item::Row(Row {
                start: frame.start,
                line: frame.line,
                after,
                identities: Vec::new(),
                reading,
            }))
        }
    }
}

fn line_item(kind: FileType, limit: usize, frame: &Frame, ended: bool) -> Result<Item, Fault> {
    if let Some(trailer) = read_trailer(&frame.bytes) {
        return trailer.map(Item::Trailer).map_err(|error| {
            Fault::at(frame.line, format!("the trailer cannot be read: {error}"))
        });
    }
    let reading = read_framed(kind, limit, frame);
    // A line that stops too early and has no line feed is the edge of a file that was cut off.
    if !ended
        && reading.content.is_err()
        && (frame.oversize || check_syntax(&frame.bytes).is_err_and(|fault| fault.cut_off))
    {
        let message = match frame.oversize {
            true => "the file ends in a line that is too long to be read, so it may be cut off",
            false => "the file ends in the middle of this line: it is cut off",
        };
        return Err(Fault::at(frame.line, message));
    }
    let after = Mark {
        offset: frame.end,
        line: frame.line + 1,
    };
    Ok(Item::Row(Row {
        start: frame.start,
        line: frame.line,
        after,
        identities: Vec::new(),
        reading,
    }))
}

fn read_framed(kind: FileType, limit: usize, frame: &Frame) -> Reading {
    if frame.oversize {
        return Reading::illegible(too_long(frame.line, limit));
    }
    read_document(kind, &frame.bytes, frame.line)
}

/// Why a document is refused that is larger than the limit.
pub(super) fn too_long(line: u64, limit: usize) -> Problem {
    let message = format!("the document has more than {limit} bytes (limits.document_bytes_max)");
    Problem::new(line, "", message)
}
