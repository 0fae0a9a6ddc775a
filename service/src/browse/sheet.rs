//! Tables as files that people open elsewhere: CSV and workbooks, in which no text of a customer is taken for a formula.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use rust_decimal::Decimal;
use rust_xlsxwriter::{Format, Workbook, Worksheet};

use crate::exit::Failure;
use crate::private::Partial;
use crate::report::{amount, fitting, head, plain, wrong};

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Comma-separated.
    Csv,
    /// A workbook of one sheet.
    Xlsx,
}

impl Form {
    /// The ending of its name.
    pub(crate) fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    /// The form of an ending.
    pub(crate) fn of(ending: &str) -> Option<Self> {
        [Self::Csv, Self::Xlsx]
            .into_iter()
            .find(|it| it.ending() == ending)
    }

    /// What it is to a browser.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// A cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// A text.
    Text(String),
    /// An amount of money, exact.
    Amount(Decimal),
    /// Nothing.
    Empty,
}

/// Rows that a workbook of ours holds: all of it is in memory while it is written.
pub(crate) const XLSX_ROWS_MAX: u32 = 200_000;

/// A file for its owner alone that grows row by row, and gets its name when it is whole.
pub(crate) struct SheetFile {
    sink: Sink,
    partial: Partial,
    columns: usize,
}

enum Sink {
    Csv(Box<csv::Writer<BufWriter<File>>>),
    Xlsx {
        sheet: Box<Worksheet>,
        file: File,
        next: u32,
        amounts: Box<Format>,
    },
}

impl SheetFile {
    /// Begins a file with these columns.
    pub(crate) fn begin(path: &Path, form: Form, columns: &[&str]) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::new(format!("{}: {error}", path.display()));
        let (partial, file) = Partial::begin(path).map_err(failed)?;
        let sink = match form {
            Form::Csv => {
                let mut writer = csv::Writer::from_writer(BufWriter::new(file));
                writer.write_record(columns).map_err(unwritten)?;
                Sink::Csv(Box::new(writer))
            }
            Form::Xlsx => {
                let mut sheet = Worksheet::new();
                head(&mut sheet, columns)?;
                Sink::Xlsx {
                    sheet: Box::new(sheet),
                    file,
                    next: 1,
                    amounts: Box::new(Format::new().set_num_format("#,##0.00##")),
                }
            }
        };
        Ok(Self {
            sink,
            partial,
            columns: columns.len(),
        })
    }

    /// Adds a row, one cell a column.
    pub(crate) fn add(&mut self, cells: Vec<Cell>) -> Result<(), Failure> {
        match &mut self.sink {
            Sink::Csv(writer) => {
                let texts = cells.into_iter().map(|cell| match cell {
                    Cell::Text(text) => plain(&text),
                    Cell::Amount(amount) => amount.to_string(),
                    Cell::Empty => String::new(),
                });
                writer.write_record(texts).map_err(unwritten)
            }
            Sink::Xlsx {
                sheet,
                next,
                amounts,
                ..
            } => {
                if *next > XLSX_ROWS_MAX {
                    return Err(Failure::config(format!(
                        "a workbook of ours holds {XLSX_ROWS_MAX} rows, and there are more"
                    ))
                    .advise("Take the same as CSV, or a shorter time."));
                }
                for (column, cell) in (0_u16..).zip(cells) {
                    match cell {
                        Cell::Text(text) => {
                            let text = fitting(plain(&text));
                            sheet.write_string(*next, column, text).map_err(wrong)?;
                        }
                        Cell::Amount(value) => amount(sheet, *next, column, value, amounts)?,
                        Cell::Empty => {}
                    }
                }
                *next += 1;
                Ok(())
            }
        }
    }

    /// Ends the file durably under its name.
    pub(crate) fn end(self) -> Result<(), Failure> {
        let failed = |error: std::io::Error| Failure::new(format!("the file: {error}"));
        match self.sink {
            Sink::Csv(writer) => {
                let writer = writer
                    .into_inner()
                    .map_err(|error| failed(error.into_error()))?;
                let file = writer
                    .into_inner()
                    .map_err(|error| failed(error.into_error()))?;
                file.sync_all().map_err(failed)?;
            }
            Sink::Xlsx {
                mut sheet,
                mut file,
                next,
                ..
            } => {
                let last = u16::try_from(self.columns.saturating_sub(1)).unwrap_or(u16::MAX);
                sheet
                    .autofilter(0, 0, next.saturating_sub(1).max(1), last)
                    .map_err(wrong)?;
                sheet.set_freeze_panes(1, 0).map_err(wrong)?;
                let mut book = Workbook::new();
                book.push_worksheet(*sheet);
                let bytes = book.save_to_buffer().map_err(wrong)?;
                file.write_all(&bytes)
                    .and_then(|()| file.sync_all())
                    .map_err(failed)?;
            }
        }
        self.partial.replace().map_err(failed)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "a shape for map_err")]
fn unwritten(error: csv::Error) -> Failure {
    Failure::new(format!("the file: {error}"))
}
