//! The documents of a certificate that do not agree, read from the file of its rows, page by page.

use std::path::PathBuf;

use maud::{Markup, html};

use super::tie_out::is_unrouted;
use crate::browse::{document_key, document_path};
use crate::exit::Failure;
use crate::report::COLUMNS;
use crate::web::page::{Tone, chip, empty, scroll};

/// A page of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Differing {
    /// The cells of each, by [`COLUMNS`].
    pub(super) rows: Vec<Vec<String>>,
    /// Where the next page begins, if there is one.
    pub(super) next: Option<usize>,
}

/// Rows on a page.
const ROWS: usize = 50;

/// Those from the `from`th on. The file is read from its beginning, a row at a time.
pub(super) async fn differing(path: PathBuf, from: usize) -> Result<Differing, Failure> {
    let read = tokio::task::spawn_blocking(move || {
        let wrong = |error: csv::Error| Failure::new(format!("{}: {error}", path.display()));
        let mut reader = csv::Reader::from_path(&path).map_err(wrong)?;
        let mut found = Differing::default();
        let mut index = 0;
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record).map_err(wrong)? {
            if !matches!(cell(&record, "verdict"), "differs" | "foreign") {
                continue;
            }
            if found.rows.len() == ROWS {
                found.next = Some(index);
                break;
            }
            if index >= from {
                found
                    .rows
                    .push(record.iter().map(|text| bare(text).to_owned()).collect());
            }
            index += 1;
        }
        Ok(found)
    });
    read.await
        .unwrap_or_else(|error| Err(Failure::new(format!("it ended badly: {error}"))))
}

fn cell<'a>(record: &'a csv::StringRecord, name: &str) -> &'a str {
    let at = COLUMNS.iter().position(|column| *column == name);
    at.and_then(|at| record.get(at)).unwrap_or_default()
}

/// A text without the mark that keeps a spreadsheet from taking it for a formula.
fn bare(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r']) => rest,
        Some(_) | None => text,
    }
}

/// Shows them.
pub(super) fn table(differing: &Differing) -> Markup {
    if differing.rows.is_empty() {
        return empty("Nothing more differs.");
    }
    scroll(
        "Documents that differ",
        &html! {
            table {
                thead { tr {
                    th { "Document" } th { "Contact" } th { "Connection" }
                    th class="num" { "Product" } th class="num" { "Books" } th { "Differs in" } th { "Because" } th { "What mends it" }
                } }
                tbody { @for row in &differing.rows { (one(row)) } }
            }
        },
    )
}

fn one(row: &[String]) -> Markup {
    let of = |name: &str| {
        let at = COLUMNS.iter().position(|column| *column == name);
        at.and_then(|at| row.get(at)).map_or("", String::as_str)
    };
    let mut parts = of("id").splitn(3, '/');
    let key = (parts.next().zip(parts.next()).zip(parts.next()))
        .and_then(|((host, kind), id)| document_key(host, kind, id));
    html! {
        tr {
            th scope="row" {
                @match &key {
                    Some(key) => { a href=(document_path(key)) { (of("number")) } },
                    None => { (of("number")) },
                }
                " " small { (of("kind").replace('_', " ")) }
            }
            td { (of("contact")) br; small { (of("date")) } }
            td { @if is_unrouted(of("connection")) { "none claims it" } @else { (of("connection")) } }
            td class="num" { (of("host_total")) " " small { (of("currency")) } }
            td class="num" { (of("provider_total")) }
            td {
                @if of("verdict") == "foreign" { (chip(Tone::Gone, "not ours")) " " }
                @for part in of("differences").split("; ") { div { (part) } }
            }
            td { (of("causes")) @if !of("findings").is_empty() { div class="quiet" { (of("findings")) } } }
            td { @for part in of("fix").split("; ") { div { (part) } } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_against_formulas_is_not_shown() {
        assert_eq!(bare("'=1+1"), "=1+1");
        assert_eq!(bare("'t Hooft"), "'t Hooft");
        assert_eq!(bare("-"), "-");
    }
}
