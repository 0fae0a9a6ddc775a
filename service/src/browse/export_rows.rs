//! What stands in exported files, column by column.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use rust_decimal::Decimal;

use super::row::Row;
use super::sheet::{Cell, Form, SheetFile};
use crate::exit::Failure;
use crate::report::{AMOUNTS, COLUMNS};

/// What a row of a list says in a file.
pub(super) const DOCUMENT_COLUMNS: [&str; 18] = [
    "number",
    "kind",
    "contact",
    "date",
    "currency",
    "net",
    "tax",
    "total",
    "connection",
    "product",
    "id",
    "status",
    "state",
    "in_the_books_as",
    "in_the_books",
    "findings",
    "what_to_do",
    "last_change",
];

/// The same, cell by cell.
pub(super) fn cells(row: &Row) -> Vec<Cell> {
    let text = |text: &str| match text {
        "" => Cell::Empty,
        text => Cell::Text(text.to_owned()),
    };
    let amount = |of: fn(&tieout_core::document::Totals) -> Decimal| {
        row.totals
            .as_ref()
            .map_or(Cell::Empty, |(totals, _)| Cell::Amount(of(totals)))
    };
    let key = &row.key.document;
    let status = match (row.state, row.findings.is_empty()) {
        (_, false) => "failed",
        ("posted" | "voided", true) => "successful",
        (_, true) => "open",
    };
    let findings: Vec<String> = row
        .findings
        .iter()
        .map(|it| it.finding.to_string())
        .collect();
    let fixes: Vec<&str> = row
        .findings
        .iter()
        .map(|it| it.finding.remedy.as_str())
        .collect();
    let (number, standing) = row.posted.clone().unwrap_or_default();
    vec![
        text(&row.number),
        text(key.kind.as_str()),
        text(&row.contact),
        text(&row.date.to_string()),
        row.totals
            .as_ref()
            .map_or(Cell::Empty, |(_, currency)| text(&currency.to_string())),
        amount(|totals| totals.net),
        amount(|totals| totals.tax),
        amount(|totals| totals.gross),
        text(row.key.connection.as_str()),
        text(key.host.as_str()),
        text(key.id.as_str()),
        text(status),
        text(&row.state_words),
        text(&number),
        text(&standing),
        text(&findings.join("; ")),
        text(&fixes.join(" ")),
        text(&row.changed_at.to_rfc3339()),
    ]
}

/// Copies the rows of a certificate.
pub(super) fn certificate(
    rows: &Path,
    path: &Path,
    form: Form,
    counted: &AtomicU64,
) -> Result<(), Failure> {
    let wrong = |error: csv::Error| Failure::new(format!("{}: {error}", rows.display()));
    let mut reader = csv::Reader::from_path(rows).map_err(wrong)?;
    let mut file = SheetFile::begin(path, form, &COLUMNS)?;
    for record in reader.records() {
        let record = record.map_err(wrong)?;
        let cells = record
            .iter()
            .enumerate()
            .map(|(at, text)| match text.parse::<Decimal>() {
                _ if text.is_empty() => Cell::Empty,
                Ok(amount) if AMOUNTS.contains(&at) => Cell::Amount(amount),
                Ok(_) | Err(_) => Cell::Text(text.to_owned()),
            });
        file.add(cells.collect())?;
        counted.fetch_add(1, Ordering::Relaxed);
    }
    file.end()
}
