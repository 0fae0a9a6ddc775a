//! The documents of a certificate that do not agree, read from the file of its rows, page by page.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use maud::{Markup, html};
use tokio::task::{JoinError, spawn_blocking};

use super::tie_out::is_unrouted;
use crate::browse::{document_key, document_path};
use crate::exit::Failure;
use crate::report::COLUMNS;
use crate::web::page::{Tone, chip, empty, scroll, words};

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
/// Differing rows that are remembered of one certificate.
const REMEMBERED_MAX: usize = 5_000;

/// Those of the certificate that was looked at last: its file has a row for each document, however few of them differ.
static REMEMBERED: Mutex<Option<(String, Arc<Known>)>> = Mutex::new(None);

/// The first rows that differ.
struct Known {
    rows: Vec<Vec<String>>,
    is_all: bool,
}

/// Those from the `from`th on, of the file with this fingerprint.
pub(super) async fn differing(
    (path, sha256): (PathBuf, &str),
    from: usize,
) -> Result<Differing, Failure> {
    let remembered = {
        let known = REMEMBERED.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.as_ref().filter(|(of, _)| of == sha256);
        known.map(|(_, known)| Arc::clone(known))
    };
    let known = match remembered {
        Some(known) => known,
        None => {
            let file = path.clone();
            let known = Arc::new(finished(
                spawn_blocking(move || read(&file, 0, REMEMBERED_MAX)).await,
            )?);
            let mut last = REMEMBERED.lock().unwrap_or_else(PoisonError::into_inner);
            *last = Some((sha256.to_owned(), Arc::clone(&known)));
            known
        }
    };
    let until = from.saturating_add(ROWS);
    if known.is_all || until < known.rows.len() {
        return Ok(page(&known, from, 0));
    }
    let far = finished(spawn_blocking(move || read(&path, from, ROWS + 1)).await)?;
    Ok(page(&far, from, from))
}

/// A page of rows of which the first is the `offset`th.
fn page(known: &Known, from: usize, offset: usize) -> Differing {
    let at = from - offset;
    let rows = known.rows.iter().skip(at).take(ROWS).cloned().collect();
    let is_more = known.rows.len() > at.saturating_add(ROWS) || !known.is_all;
    Differing {
        rows,
        next: is_more.then(|| from.saturating_add(ROWS)),
    }
}

fn finished(ended: Result<Result<Known, Failure>, JoinError>) -> Result<Known, Failure> {
    ended.unwrap_or_else(|error| Err(Failure::new(format!("it ended badly: {error}"))))
}

/// At most `most` rows that differ, from the `from`th on. The file is read from its beginning, a row at a time.
fn read(path: &Path, from: usize, most: usize) -> Result<Known, Failure> {
    let wrong = |error: csv::Error| Failure::new(format!("{}: {error}", path.display()));
    let mut reader = csv::Reader::from_path(path).map_err(wrong)?;
    let mut rows = Vec::new();
    let mut index = 0;
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(wrong)? {
        if !matches!(cell(&record, "verdict"), "differs" | "foreign") {
            continue;
        }
        if rows.len() == most {
            return Ok(Known {
                rows,
                is_all: false,
            });
        }
        if index >= from {
            rows.push(record.iter().map(|text| bare(text).to_owned()).collect());
        }
        index += 1;
    }
    Ok(Known { rows, is_all: true })
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
            table class="stack" {
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
            td class="num" data-name="Product" { (of("host_total")) " " small { (of("currency")) } }
            td class="num" data-name="Books" { (of("provider_total")) }
            td {
                @if of("verdict") == "foreign" { (chip(Tone::Gone, "not ours")) " " }
                @for part in of("differences").split("; ") { div { (part) } }
            }
            td { (of("causes")) @if !of("findings").is_empty() { div class="quiet" { (words(of("findings"))) } } }
            td {
                @if let Some(key) = &key { div { a href=(document_path(key)) { "Its whole story" } } }
                // The commands of a terminal are buttons on that page.
                @for part in of("fix").split("; ").filter(|it| !it.starts_with("tieout ")) { div { (part) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_row_that_differs_is_on_one_page_whether_it_is_remembered_or_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        let mut text = COLUMNS.join(",");
        text.push('\n');
        for index in 0..5_120 {
            let verdict = if index % 2 == 0 || index > 90 {
                "differs"
            } else {
                "agrees"
            };
            let cells = COLUMNS.map(|column| match column {
                "number" => index.to_string(),
                "verdict" => verdict.to_owned(),
                _ => String::new(),
            });
            text.push_str(&format!("{}\n", cells.join(",")));
        }
        std::fs::write(&path, text).unwrap();
        let (mut seen, mut from) = (Vec::new(), 0);
        loop {
            let found = differing((path.clone(), "some"), from).await.unwrap();
            assert!(found.rows.len() <= ROWS);
            seen.extend(
                found
                    .rows
                    .into_iter()
                    .map(|row| row[2].parse::<usize>().unwrap()),
            );
            let Some(next) = found.next else { break };
            from = next;
        }
        let wanted = (0..5_120).filter(|index| index % 2 == 0 || *index > 90);
        assert_eq!(seen, wanted.collect::<Vec<usize>>());
    }

    #[test]
    fn the_mark_against_formulas_is_not_shown() {
        assert_eq!(bare("'=1+1"), "=1+1");
        assert_eq!(bare("'t Hooft"), "'t Hooft");
        assert_eq!(bare("-"), "-");
    }
}
