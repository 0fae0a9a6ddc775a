//! Which CSV rows make one invoice, and what a row that cannot be read does to its neighbours.

use std::io::Read;

use rust_decimal::Decimal;
use tieout_core::document::decimal;

use super::documents::{Item, Mark, Row, too_long};
use super::frames::{Frame, Records};
use super::source::{Fault, Source};
use crate::map::{CsvRow, Header, Problem, Reading, read_group};
use crate::wire::{FileType, TRAILER_MARK, Trailer};

/// The invoices of a CSV file.
pub(super) struct CsvGroups<R> {
    records: Records<R>,
    header: Header,
    kind: FileType,
    limit: usize,
    pending: Option<Record>,
}

/// A record of the file, its cells or what is wrong with them.
struct Record {
    start: u64,
    line: u64,
    bytes: usize,
    cells: Result<CsvRow, Problem>,
}

/// Rows that go together.
struct Group {
    start: u64,
    line: u64,
    id: Option<String>,
    identities: Vec<String>,
    rows: Vec<CsvRow>,
    bytes: usize,
    problem: Option<Problem>,
    /// Whether a row among them cannot be read, so that it may be a line of a neighbour.
    doubtful: bool,
    /// Whether the next row belongs here even under another identifier.
    open: bool,
}

impl<R: Read> CsvGroups<R> {
    /// Reads the header and cuts what follows.
    pub(super) fn new(source: Source<R>, kind: FileType, limit: usize) -> Result<Self, Fault> {
        if !matches!(kind, FileType::Invoices | FileType::CreditNotes) {
            let message =
                "CSV is for invoices and credit notes; write this type as `.jsonl` or `.json`";
            return Err(Fault::Refused(message.to_owned()));
        }
        let mut records = Records::new(source, limit);
        let header = read_header(&mut records)?;
        Ok(Self {
            records,
            header,
            kind,
            limit,
            pending: None,
        })
    }

    /// Cuts a source that stands right after an invoice.
    pub(super) fn after(source: Source<R>, header: Header, kind: FileType, limit: usize) -> Self {
        Self {
            records: Records::new(source, limit),
            header,
            kind,
            limit,
            pending: None,
        }
    }

    /// The header of a file.
    pub(super) fn header_of(source: Source<R>, limit: usize) -> Result<Header, Fault> {
        read_header(&mut Records::new(source, limit))
    }

    /// The next invoice or the trailer; `None` at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<Item>, Fault> {
        let first = match self.pending.take() {
            Some(record) => record,
            None => match self.record()? {
                Some(record) => record,
                None => return Ok(None),
            },
        };
        if let Some(trailer) = trailer(&first)? {
            return Ok(Some(Item::Trailer(trailer)));
        }
        let mut group = Group::new(first, &self.header, self.limit);
        let mut after = Mark {
            offset: self.records.offset(),
            line: 0,
        };
        while let Some(record) = self.record()? {
            if trailer(&record)?.is_some() || !group.takes(&record, &self.header) {
                after = Mark {
                    offset: record.start,
                    line: record.line,
                };
                self.pending = Some(record);
                break;
            }
            group.push(record, &self.header, self.limit);
            after.offset = self.records.offset();
        }
        Ok(Some(Item::Row(group.finish(
            self.kind,
            &self.header,
            after,
        ))))
    }

    /// The source, for its hash.
    pub(super) fn into_source(self) -> Source<R> {
        self.records.into_source()
    }

    fn record(&mut self) -> Result<Option<Record>, Fault> {
        let Some(frame) = self.records.next()? else {
            return Ok(None);
        };
        let bytes = usize::try_from(frame.end - frame.start).unwrap_or(usize::MAX);
        let cells = cells(&frame, &self.header, self.limit);
        Ok(Some(Record {
            start: frame.start,
            line: frame.line,
            bytes,
            cells,
        }))
    }
}

impl Group {
    fn new(first: Record, header: &Header, limit: usize) -> Self {
        let mut group = Self {
            start: first.start,
            line: first.line,
            id: None,
            identities: Vec::new(),
            rows: Vec::new(),
            bytes: 0,
            problem: None,
            doubtful: false,
            open: false,
        };
        group.push(first, header, limit);
        group
    }

    /// Whether a record is of this group.
    ///
    /// A row that cannot be read may be a line of the invoice before it or of the one after it. Both
    /// would be posted with a line missing, so both are held together with it.
    fn takes(&self, record: &Record, header: &Header) -> bool {
        let Ok(row) = &record.cells else { return true };
        let id = header.cell(row, "invoice_id");
        self.open || id.is_none() || id == self.id.as_deref()
    }

    fn push(&mut self, record: Record, header: &Header, limit: usize) {
        self.bytes = self.bytes.saturating_add(record.bytes);
        match record.cells {
            Ok(row) => {
                if let Some(id) = header.cell(&row, "invoice_id") {
                    self.open = false;
                    if self.id.as_deref() != Some(id) {
                        let kind = header.cell(&row, "kind").unwrap_or_default();
                        self.identities.push(format!("{kind}/{id}"));
                        self.id = Some(id.to_owned());
                    }
                }
                self.rows.push(row);
            }
            Err(problem) => {
                self.open = true;
                self.doubtful = true;
                self.problem.get_or_insert(problem);
            }
        }
        if self.bytes > limit {
            self.problem.get_or_insert(too_long(self.line, limit));
        }
        if self.problem.is_some() {
            // One row is enough to tell people which invoice it is.
            self.rows.truncate(1);
        }
    }

    fn finish(self, kind: FileType, header: &Header, after: Mark) -> Row {
        let mut reading = match self.rows.first() {
            Some(_) => read_group(kind, header, &self.rows),
            None => Reading::illegible(Problem::new(self.line, "", "has no row that can be read")),
        };
        if let Some(mut problem) = self.problem {
            if self.doubtful && self.id.is_some() {
                problem.message.push_str(
                    "; the invoices before and after it are held too, as it may be a line of either",
                );
            }
            // Several invoices may be in here, and the figure of one is not the figure of all.
            reading.gross = None;
            reading.content = Err(problem);
        }
        Row {
            start: self.start,
            line: self.line,
            after,
            identities: self.identities,
            reading,
        }
    }
}

fn read_header<R: Read>(records: &mut Records<R>) -> Result<Header, Fault> {
    let Some(frame) = records.next()? else {
        return Err(Fault::Refused(
            "the file is empty: it must begin with a header row".to_owned(),
        ));
    };
    text(&frame)
        .and_then(|text| CsvRow::split(text, frame.line))
        .and_then(|row| Header::read(&row))
        .map_err(|message| Fault::at(frame.line, message))
}

fn cells(frame: &Frame, header: &Header, limit: usize) -> Result<CsvRow, Problem> {
    if frame.oversize {
        return Err(too_long(frame.line, limit));
    }
    let row = text(frame).and_then(|text| CsvRow::split(text, frame.line));
    let row = row.map_err(|error| Problem::new(frame.line, "", error))?;
    if row.width() != header.width() && !is_trailer(&row) {
        let message = format!(
            "{} cells where the header has {}",
            row.width(),
            header.width()
        );
        return Err(Problem::new(frame.line, "", message));
    }
    Ok(row)
}

fn text(frame: &Frame) -> Result<&str, String> {
    std::str::from_utf8(&frame.bytes).map_err(|error| format!("is not UTF-8: {error}"))
}

/// The trailer that a record is, or `None`.
fn trailer(record: &Record) -> Result<Option<Trailer>, Fault> {
    let Ok(row) = &record.cells else {
        return Ok(None);
    };
    if !is_trailer(row) {
        return Ok(None);
    }
    let cell = |at| row.cell(at).unwrap_or_default().trim();
    let wrong = |what: String| {
        let message =
            format!("the trailer cannot be read: {what}; it is `#trailer,<count>,<gross>`");
        Fault::at(row.line, message)
    };
    let count = cell(1);
    let count: u64 = count
        .parse()
        .map_err(|_| wrong(format!("`{count}` is no count")))?;
    let gross: Option<Decimal> = match cell(2) {
        "" => None,
        figure => Some(decimal::read(figure).map_err(wrong)?),
    };
    Ok(Some(Trailer { count, gross }))
}

fn is_trailer(row: &CsvRow) -> bool {
    row.cell(0).is_some_and(|cell| cell.trim() == TRAILER_MARK)
}
