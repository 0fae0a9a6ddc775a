//! How the rows of a certificate are read back from their file, page by page.

use std::fs::File;
use std::path::Path;

use csv::{Position, ReaderBuilder, StringRecord};
use schemars::JsonSchema;
use serde::Serialize;

use super::rows::COLUMNS;
use crate::exit::Failure;

/// Rows that are looked at for one page.
const LOOKED_AT_MAX: u64 = 200_000;

/// A place in the file of a certificate: the byte, and the number of the row.
pub(crate) type RowPlace = (u64, u64);

/// A row of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct CertificateRow {
    /// On which connection.
    pub(crate) connection: String,
    /// What it is.
    pub(crate) kind: String,
    /// The number that people use.
    pub(crate) number: String,
    /// The host's identifier as host/kind/id; empty for what the host does not have.
    pub(crate) id: String,
    /// Who owes or supplies.
    pub(crate) contact: String,
    /// The accounting date.
    pub(crate) date: String,
    /// The currency of the amounts.
    pub(crate) currency: String,
    /// What the host says that it comes to; absent where it does not have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) host_total: Option<String>,
    /// What the provider holds; absent where it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) provider_total: Option<String>,
    /// What the host knows as paid and credited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) host_settled: Option<String>,
    /// What the provider holds as paid and credited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) provider_settled: Option<String>,
    /// `agrees`, `differs`, `nothing_to_compare` or `foreign`.
    pub(crate) verdict: String,
    /// Where it differs, or why there is nothing to compare.
    pub(crate) differences: String,
    /// Why, in words.
    pub(crate) causes: String,
    /// What mends it.
    pub(crate) fix: String,
    /// What is known of it, as findings say it.
    pub(crate) findings: String,
    /// The provider's identifier of what the host does not have.
    pub(crate) provider_id: String,
}

impl CertificateRow {
    /// Whether somebody should look at it.
    pub(crate) fn is_trouble(&self) -> bool {
        matches!(self.verdict.as_str(), "differs" | "foreign")
    }

    fn of(record: &StringRecord) -> Option<Self> {
        if record.len() != COLUMNS.len() {
            return None;
        }
        let mut cells = record.iter();
        let mut text = || cells.next().map(bare).unwrap_or_default();
        let amount = |text: String| Some(text).filter(|text| !text.is_empty());
        let row = Self {
            connection: text(),
            kind: text(),
            number: text(),
            id: text(),
            contact: text(),
            date: text(),
            currency: text(),
            host_total: amount(text()),
            provider_total: amount(text()),
            host_settled: amount(text()),
            provider_settled: amount(text()),
            verdict: text(),
            differences: text(),
            causes: text(),
            fix: text(),
            findings: text(),
            provider_id: text(),
        };
        let known = ["agrees", "differs", "nothing_to_compare", "foreign"];
        known.contains(&row.verdict.as_str()).then_some(row)
    }
}

/// A page of rows, and where the next one begins; none where a place is no place in this file.
pub(crate) type RowPage = Option<(Vec<CertificateRow>, Option<RowPlace>)>;

/// The rows that are wanted, from a place on. A page may be short where few are wanted.
pub(super) fn read_rows(
    path: &Path,
    from: Option<RowPlace>,
    limit: usize,
    is_wanted: impl Fn(&CertificateRow) -> bool,
) -> Result<RowPage, Failure> {
    let failed =
        |error: &dyn std::error::Error| Failure::new(format!("{}: {error}", path.display()));
    let file = File::open(path).map_err(|error| failed(&error))?;
    let length = file.metadata().map_err(|error| failed(&error))?.len();
    let mut reader = ReaderBuilder::new().from_reader(file);
    // Read before a place is gone to: the head is no row.
    reader.headers().map_err(|error| failed(&error))?;
    if let Some((byte, record)) = from {
        if byte > length {
            return Ok(None);
        }
        let mut place = Position::new();
        place.set_byte(byte).set_line(record).set_record(record);
        reader.seek(place).map_err(|error| failed(&error))?;
    }
    let (mut rows, mut looked, mut record) = (Vec::new(), 0, StringRecord::new());
    loop {
        if rows.len() == limit || looked == LOOKED_AT_MAX {
            let at = reader.position();
            let next = (at.byte(), at.record());
            return Ok(Some((rows, Some(next).filter(|it| it.0 < length))));
        }
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return Ok(Some((rows, None))),
            // A place that somebody made up lies within a row.
            Err(_) if from.is_some() => return Ok(None),
            Err(error) => return Err(failed(&error)),
        }
        looked += 1;
        match CertificateRow::of(&record) {
            Some(row) if is_wanted(&row) => rows.push(row),
            Some(_) => {}
            None if from.is_some() => return Ok(None),
            None => {
                return Err(Failure::new(format!(
                    "{}: row {looked} is no row of a certificate",
                    path.display()
                )));
            }
        }
    }
}

/// A text without the mark that keeps a spreadsheet from taking it for a formula.
fn bare(text: &str) -> String {
    let behind = text.strip_prefix('\'');
    let marked = behind.filter(|text| text.starts_with(['=', '+', '-', '@', '\t', '\r']));
    marked.unwrap_or(text).to_owned()
}
