//! What the rows of both views tell: the same documents as the rows of the CSV form, which has the same columns.

use std::collections::BTreeMap;

use tieout_core::document::{Address, Document};
use tieout_core::host::Record;
use tokio_postgres::Row;

use super::statement::{ADDRESS, HEAD_CELLS, invoice_columns, line_columns};
use super::views::{View, name_in_view};
use crate::map::{Content, CsvRow, Header, Problem, read_group};
use crate::wire::FileType;

/// The records of invoices with their identifiers, in order; the lines may be of any of them.
///
/// Fails when a cell is no text of UTF-8 or a row is far too large.
pub(super) fn records(invoices: &[(String, Row)], lines: &[Row]) -> Result<Vec<Record>, String> {
    let header = CsvRow::of(invoice_columns().chain(line_columns()).map(Some))?;
    let header = Header::read(&header)?;
    let mut lines_of: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    for line in lines {
        let id = cell(line, 0)?.unwrap_or_default().to_owned();
        lines_of.entry(id).or_default().push(line);
    }
    invoices
        .iter()
        .map(|(id, invoice)| {
            let lines = lines_of.remove(id).unwrap_or_default();
            record(&header, id, invoice, &lines)
        })
        .collect()
}

fn record(header: &Header, id: &str, invoice: &Row, lines: &[&Row]) -> Result<Record, String> {
    let own: Vec<Option<&str>> = (0..invoice_columns().count())
        .map(|at| cell(invoice, at + HEAD_CELLS))
        .collect::<Result<_, _>>()?;
    let width = line_columns().count();
    let mut rows = Vec::with_capacity(lines.len().max(1));
    for line in lines {
        let cells: Vec<Option<&str>> = (1..=width)
            .map(|at| cell(line, at))
            .collect::<Result<_, _>>()?;
        // Of the first row alone: each of the others would repeat it.
        let invoice = own.iter().map(|cell| cell.filter(|_| rows.is_empty()));
        rows.push(CsvRow::of(invoice.chain(cells))?);
    }
    if rows.is_empty() {
        rows.push(CsvRow::of(
            own.into_iter().chain(std::iter::repeat_n(None, width)),
        )?);
    }
    let reading = read_group(FileType::Invoices, header, &rows);
    Ok(match reading.content {
        Ok(Content::Document(mut document)) => {
            if let Document::Invoice(invoice_) = document.as_mut() {
                invoice_.bill_to.address = address(invoice)?;
            }
            Record::Document(document)
        }
        Ok(Content::Removed { kind, id, revision }) => Record::Removed { kind, id, revision },
        Err(problem) => unreadable(id, problem),
    })
}

/// A row that is no document, by the view, the identifier and the column.
fn unreadable(id: &str, problem: Problem) -> Record {
    let view = match problem.field.starts_with("lines[") {
        true => View::Line,
        false => View::Invoice,
    };
    let mut message = problem.message;
    for column in line_columns() {
        let name = name_in_view(column);
        if name != column {
            message = message.replace(&format!("column `{column}`"), &format!("column `{name}`"));
        }
    }
    Record::Unreadable {
        place: format!("{}, invoice_id {id}", view.name()),
        field: problem.field,
        message,
        id: Some(id.to_owned()),
    }
}

fn address(invoice: &Row) -> Result<Option<Address>, String> {
    let start = HEAD_CELLS + invoice_columns().count();
    let part = |name: &str| -> Result<Option<String>, String> {
        let Some(at) = ADDRESS.iter().position(|known| *known == name) else {
            return Ok(None);
        };
        let text = cell(invoice, start + at)?.map(str::trim);
        Ok(text.filter(|text| !text.is_empty()).map(str::to_owned))
    };
    let address = Address {
        kind: None,
        line1: part("address_line1")?,
        line2: part("address_line2")?,
        city: part("city")?,
        region: part("region")?,
        postal_code: part("postal_code")?,
        country: part("country")?,
    };
    Ok((address != Address::default()).then_some(address))
}

fn cell(row: &Row, at: usize) -> Result<Option<&str>, String> {
    row.try_get(at).map_err(|error| {
        let column = row.columns().get(at).map_or("", |column| column.name());
        format!("column `{column}`: {error}")
    })
}
