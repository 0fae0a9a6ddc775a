//! The file that a tie-out is exported into: CSV and JSON row by row, a workbook at the end.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::json;
use tieout_core::driver::TieOut;
use tieout_core::tieout::Fingerprint;

use super::rows::{COLUMNS, Row, cells};
use super::workbook::Workbook;
use crate::exit::Failure;
use crate::private::Partial;

/// The form of an export, by the ending of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Comma-separated, one row a document.
    Csv,
    /// One object with the summary and all rows.
    Json,
    /// A workbook with a sheet for the rows, the control totals and the summary.
    Xlsx,
}

impl Format {
    /// The form that a file's name asks for.
    pub(crate) fn of(path: &Path) -> Result<Self, Failure> {
        let ending = path.extension().and_then(|ending| ending.to_str());
        match ending.map(str::to_ascii_lowercase).as_deref() {
            Some("csv") => Ok(Self::Csv),
            Some("json") => Ok(Self::Json),
            Some("xlsx") => Ok(Self::Xlsx),
            _ => Err(Failure::config(format!(
                "`{}` says no form: it must end in .csv, .json or .xlsx",
                path.display()
            ))),
        }
    }
}

/// A file that rows are written into. It gets its name when it is whole: nobody reads half of one.
pub(crate) struct Export {
    // Closed before it is removed: it is dropped first.
    sink: Sink,
    partial: Partial,
    path: PathBuf,
    rows: u64,
    failed: Option<Failure>,
}

enum Sink {
    Csv(Box<csv::Writer<Hashed>>),
    Json(BufWriter<File>),
    Xlsx(Box<Workbook>, File),
}

impl Export {
    /// Begins a file; one of the same name is replaced when this one is whole.
    pub(crate) fn begin(path: &Path, format: Format) -> Result<Self, Failure> {
        let (partial, file) = Partial::begin(path).map_err(|error| failed(path, &error))?;
        let sink = match format {
            Format::Csv => {
                let mut writer = csv::Writer::from_writer(Hashed::new(file));
                writer
                    .write_record(COLUMNS)
                    .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
                Sink::Csv(Box::new(writer))
            }
            Format::Json => {
                let mut writer = BufWriter::new(file);
                writer
                    .write_all(b"{\"documents\":[")
                    .map_err(|error| failed(path, &error))?;
                Sink::Json(writer)
            }
            Format::Xlsx => Sink::Xlsx(Box::new(Workbook::begin()?), file),
        };
        Ok(Self {
            sink,
            partial,
            path: path.to_owned(),
            rows: 0,
            failed: None,
        })
    }

    /// Adds a row. What goes wrong is told at the end.
    pub(crate) fn add(&mut self, row: &Row) {
        if self.failed.is_some() {
            return;
        }
        let written = match &mut self.sink {
            Sink::Csv(writer) => writer
                .write_record(cells(row))
                .map_err(|error| Failure::new(format!("{}: {error}", self.path.display()))),
            Sink::Json(writer) => {
                let comma = if self.rows == 0 { "\n" } else { ",\n" };
                serde_json::to_string(row)
                    .map_err(io::Error::other)
                    .and_then(|row| write!(writer, "{comma}{row}"))
                    .map_err(|error| failed(&self.path, &error))
            }
            Sink::Xlsx(workbook, _) => workbook.add(row),
        };
        match written {
            Ok(()) => self.rows += 1,
            Err(error) => self.failed = Some(error),
        }
    }

    /// Ends the file durably. Gives its fingerprint, where it has one, and its number of rows.
    pub(crate) fn end(self, tie_out: &TieOut) -> Result<(Option<String>, u64), Failure> {
        if let Some(failure) = self.failed {
            return Err(failure);
        }
        let wrong = |error: io::Error| failed(&self.path, &error);
        let mut sha256 = None;
        match self.sink {
            Sink::Csv(writer) => {
                let hashed = writer
                    .into_inner()
                    .map_err(|error| wrong(error.into_error()))?;
                sha256 = Some(hashed.end().map_err(wrong)?);
            }
            Sink::Json(mut writer) => {
                let summary = json!({ "counts": tie_out.counts, "unasked": tie_out.unasked });
                write!(writer, "\n],\"summary\":{summary}}}\n").map_err(wrong)?;
                let file = writer
                    .into_inner()
                    .map_err(|error| wrong(error.into_error()))?;
                file.sync_all().map_err(wrong)?;
            }
            Sink::Xlsx(workbook, mut file) => {
                let bytes = workbook.end(tie_out)?;
                file.write_all(&bytes)
                    .and_then(|()| file.sync_all())
                    .map_err(wrong)?;
            }
        }
        self.partial.replace().map_err(wrong)?;
        Ok((sha256, self.rows))
    }
}

/// A file that knows the fingerprint of what was written.
struct Hashed {
    file: BufWriter<File>,
    fingerprint: Fingerprint,
}

impl Hashed {
    fn new(file: File) -> Self {
        Self {
            file: BufWriter::new(file),
            fingerprint: Fingerprint::default(),
        }
    }

    fn end(self) -> io::Result<String> {
        let file = self
            .file
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok(self.fingerprint.end())
    }
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.fingerprint.add(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("{}: {error}", path.display()))
}
