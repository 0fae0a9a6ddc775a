//! How the forms of the contract become the normal form and back: pure, no file and no clock.

mod csv_document;
mod csv_header;
mod csv_row;
mod json;
mod payment_import;
mod write_back;

pub(crate) use csv_document::read_group;
pub(crate) use csv_header::Header;
pub(crate) use csv_row::CsvRow;
pub(crate) use json::{check_syntax, read_document, read_trailer};
pub(crate) use payment_import::{ImportSheets, import_sheets};
pub(crate) use write_back::{amount, sheets};

use rust_decimal::Decimal;
use tieout_core::document::{Document, DocumentId, DocumentKind};

/// One document of a file, or why it is none.
#[derive(Debug)]
pub(crate) struct Reading {
    /// The host's identifier, if it can be read.
    pub(crate) id: Option<String>,
    /// The number that people use, if it can be read.
    pub(crate) number: Option<String>,
    /// What it adds to the file's gross total; `None` when that cannot be read.
    pub(crate) gross: Option<Decimal>,
    /// The document.
    pub(crate) content: Result<Content, Problem>,
}

/// What a readable row tells.
#[derive(Debug)]
pub(crate) enum Content {
    /// A document as it is now.
    Document(Box<Document>),
    /// A document that the host deleted.
    Removed {
        /// What it was.
        kind: DocumentKind,
        /// Its identifier.
        id: DocumentId,
        /// Its last revision, if the host tells.
        revision: Option<u64>,
    },
}

/// Why a row is no document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The line of the file, from 1.
    pub(crate) line: u64,
    /// The field, such as `lines[0].quantity`; empty for the whole row.
    pub(crate) field: String,
    /// What is wrong.
    pub(crate) message: String,
}

impl Problem {
    pub(crate) fn new(line: u64, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            line,
            field: field.into(),
            message: message.into(),
        }
    }
}

impl Reading {
    /// A row of which nothing can be read.
    pub(crate) fn illegible(problem: Problem) -> Self {
        Self {
            id: None,
            number: None,
            gross: None,
            content: Err(problem),
        }
    }
}
