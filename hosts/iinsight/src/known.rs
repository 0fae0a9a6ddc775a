//! Which invoices the account is known to hold: notes of a page each, and sixteen bytes an invoice while they are compared.

use std::collections::{BTreeMap, HashMap};

use tieout_core::engine::ContentHash;
use tieout_core::host::{HostError, Note, Notebook};

use crate::position::{Compared, Stale};
use crate::wire::Status;

const CHAPTER: &str = "known";
/// Notes taken out at once.
const REMOVED_MAX: usize = 200;

/// An invoice by identifier and fingerprint.
pub(crate) type Mark = (String, String);

/// Fingerprints by that of the identifier: of two identifiers that share one, a deletion is missed, never invented.
pub(crate) type Marks = HashMap<u64, u64>;

/// The fingerprint of what is known to be there and is to be told again.
pub(crate) const OPEN: &str = "0000000000000000";

/// The fingerprint of a row as it was sent, with the list in which it stands.
pub(crate) fn fingerprint(status: Status, row: &serde_json::Value) -> String {
    let text = format!("{} {row}", status.as_str());
    ContentHash::of_bytes(text.as_bytes()).as_str()[..16].to_owned()
}

/// A number of a text; the same on every machine.
pub(crate) fn number(text: &str) -> u64 {
    let hash = ContentHash::of_bytes(text.as_bytes());
    u64::from_str_radix(&hash.as_str()[..16], 16).expect("sixteen hexadecimal digits")
}

/// The name of the note of a page of a comparison.
fn page_name(generation: u64, status: Status, page: u64) -> String {
    format!("g{generation}-{}-{page}", status.as_str())
}

fn told_name(place: u64) -> String {
    format!("t{place}")
}

/// The note of a page of a comparison.
pub(crate) fn page_note(generation: u64, status: Status, page: u64, marks: &[Mark]) -> Note {
    note(page_name(generation, status, page), marks)
}

/// The note of what was told.
pub(crate) fn told_note(place: u64, marks: &[Mark]) -> Note {
    note(told_name(place), marks)
}

fn note(name: String, marks: &[Mark]) -> Note {
    let text: String = marks
        .iter()
        .map(|(id, mark)| format!("{mark} {id}\n"))
        .collect();
    Note {
        chapter: CHAPTER,
        name,
        content: Some(text.into_bytes()),
    }
}

/// The notes of a generation and of what was told from one place to another, in that order: what was told later counts.
pub(crate) fn names(
    generation: u64,
    pages: &BTreeMap<Status, u64>,
    told: std::ops::Range<u64>,
) -> Vec<String> {
    let of_pages = pages
        .iter()
        .flat_map(|(status, pages)| (1..=*pages).map(|page| page_name(generation, *status, page)));
    of_pages.chain(told.map(told_name)).collect()
}

/// What a note says; nothing when it is not there.
pub(crate) async fn read(notebook: &Notebook, name: &str) -> Result<Vec<Mark>, HostError> {
    let bytes = notebook.read(CHAPTER, name).await?.unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let mark = |line: &str| {
        let (mark, id) = line.split_once(' ')?;
        Some((id.to_owned(), mark.to_owned()))
    };
    Ok(text.lines().filter_map(mark).collect())
}

/// What notes say together.
pub(crate) async fn marks(notebook: &Notebook, names: &[String]) -> Result<Marks, HostError> {
    let mut marks = Marks::new();
    for name in names {
        learn(&mut marks, &read(notebook, name).await?);
    }
    Ok(marks)
}

/// Adds what a note says.
pub(crate) fn learn(known: &mut Marks, marks: &[Mark]) {
    for (id, mark) in marks {
        let mark = u64::from_str_radix(mark, 16).unwrap_or_default();
        known.insert(number(id), mark);
    }
}

/// Everything that is known before a comparison: by the last one, and by what was told since.
pub(crate) fn known_names(compared: &Compared) -> Vec<String> {
    names(
        compared.generation,
        &compared.pages,
        compared.told_from..compared.told_to,
    )
}

/// Takes out notes that nobody needs. A repeat finds none.
pub(crate) async fn forget(notebook: &Notebook, stale: &Stale) -> Result<(), HostError> {
    let told = stale.told_from..stale.told_to;
    let names = names(stale.generation, &stale.pages, told);
    for some in names.chunks(REMOVED_MAX) {
        let gone = |name: &String| Note {
            chapter: CHAPTER,
            name: name.clone(),
            content: None,
        };
        notebook.write(some.iter().map(gone).collect()).await?;
    }
    Ok(())
}
