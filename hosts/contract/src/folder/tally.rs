//! What a whole reading adds up: documents, refused ones, the gross total, and the rows to report.

use std::collections::HashMap;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};

use rust_decimal::Decimal;

use super::Folder;
use super::documents::Row;
use super::source::Fault;
use crate::map::Problem;
use crate::wire::{Format, RowOutcome, RowResult, Trailer};

/// The sums of a file, while it is read and after.
pub(super) struct Tally {
    /// Documents.
    pub(super) count: u64,
    /// Refused ones among them.
    pub(super) refused: u64,
    /// The sum of the gross totals; `None` when one of them cannot be read.
    pub(super) gross: Option<Decimal>,
    /// What the file says of itself.
    pub(super) trailer: Option<Trailer>,
    format: Format,
    /// The line on which each document begins, by a hash of its identity: 16 bytes for each.
    begun: HashMap<u64, u64>,
    rows: BufWriter<File>,
    rest: Rest,
}

/// The refused rows, copied byte by byte.
struct Rest {
    from: File,
    to: BufWriter<File>,
    header_bytes: Option<u64>,
    is_kept: bool,
}

impl Tally {
    /// Begins the sums of the file whose second handle is `again`.
    pub(super) fn begin(
        folder: &Folder,
        number: u64,
        format: Format,
        again: File,
    ) -> Result<Self, Fault> {
        let rows = BufWriter::new(File::create(folder.rows_path(number))?);
        let to = BufWriter::new(File::create(folder.rest_path(number))?);
        let is_kept = format != Format::Json;
        Ok(Self {
            count: 0,
            refused: 0,
            gross: Some(Decimal::ZERO),
            trailer: None,
            format,
            begun: HashMap::new(),
            rows,
            rest: Rest {
                from: again,
                to,
                header_bytes: None,
                is_kept,
            },
        })
    }

    /// Counts a document.
    pub(super) fn take(&mut self, row: &Row, most: u64) -> Result<(), Fault> {
        self.nothing_after_trailer(row.line)?;
        if self.count == 0 && self.format == Format::Csv {
            self.rest.header_bytes = Some(row.start);
        }
        self.count += 1;
        if self.count > most {
            let message = format!("more than {most} documents (limits.documents_per_file_max)");
            return Err(Fault::at(row.line, message));
        }
        self.stands_together(row)?;
        let figures = self.gross.zip(row.reading.gross);
        self.gross = figures.and_then(|(sum, gross)| sum.checked_add(gross));
        let problem = row.reading.content.as_ref().err();
        if problem.is_some() {
            self.refused += 1;
            self.rest.copy(row.start, row.after.offset)?;
        }
        self.report(row, problem)?;
        Ok(())
    }

    /// Takes the control figures.
    pub(super) fn take_trailer(&mut self, trailer: Trailer) -> Result<(), Fault> {
        if self.trailer.is_some() {
            return Err(Fault::Refused("there are two trailers".to_owned()));
        }
        self.trailer = Some(trailer);
        Ok(())
    }

    /// Makes what was written last.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.rows.flush()?;
        self.rest.to.flush()?;
        self.rest.to.get_ref().sync_all()
    }

    /// Whether a file of the refused rows is of use: some rows are refused, some are not.
    pub(super) fn has_rest(&self) -> bool {
        self.rest.is_kept && self.refused > 0 && self.refused < self.count
    }

    /// In JSON a trailer may stand before the list; elsewhere it is the last line.
    fn nothing_after_trailer(&self, line: u64) -> Result<(), Fault> {
        if self.trailer.is_some() && self.format != Format::Json {
            return Err(Fault::at(line, "something stands after the trailer"));
        }
        Ok(())
    }

    /// Two invoices of one identifier in a CSV file are one invoice torn in two, each with lines missing.
    fn stands_together(&mut self, row: &Row) -> Result<(), Fault> {
        for identity in &row.identities {
            let mut hasher = DefaultHasher::new();
            identity.hash(&mut hasher);
            if let Some(before) = self.begun.insert(hasher.finish(), row.line) {
                let message = format!(
                    "`{identity}` began on line {before} too: all rows of an invoice must stand together"
                );
                return Err(Fault::at(row.line, message));
            }
        }
        Ok(())
    }

    fn report(&mut self, row: &Row, problem: Option<&Problem>) -> io::Result<()> {
        let result = RowResult {
            row: self.count,
            line: problem.map_or(row.line, |problem| problem.line),
            id: row.reading.id.as_deref(),
            number: row.reading.number.as_deref(),
            outcome: problem.map_or(RowOutcome::Accepted, |_| RowOutcome::Refused),
            field: problem
                .map(|problem| problem.field.as_str())
                .filter(|field| !field.is_empty()),
            message: problem.map(|problem| problem.message.as_str()),
        };
        if self.count > 1 {
            self.rows.write_all(b",\n")?;
        }
        serde_json::to_writer(&mut self.rows, &result)?;
        Ok(())
    }
}

impl Rest {
    fn copy(&mut self, start: u64, end: u64) -> io::Result<()> {
        if !self.is_kept {
            return Ok(());
        }
        if let Some(header) = self.header_bytes.take() {
            self.copy_range(0, header)?;
        }
        self.copy_range(start, end)
    }

    fn copy_range(&mut self, start: u64, end: u64) -> io::Result<()> {
        self.from.seek(SeekFrom::Start(start))?;
        let mut last = *b"\n";
        let mut left = (&mut self.from).take(end.saturating_sub(start));
        let mut buffer = [0; 8 << 10];
        loop {
            let count = left.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            self.to.write_all(&buffer[..count])?;
            last = [buffer[count - 1]];
        }
        // The last row of a file may lack its line feed; here another row may follow it.
        if last == *b"\n" {
            Ok(())
        } else {
            self.to.write_all(b"\n")
        }
    }
}
