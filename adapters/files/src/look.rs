//! How documents are found: by number, by identifier, and before they were ever sent.

use std::sync::Arc;

use tieout_core::document::{DocumentKind, ProviderDocumentId};
use tieout_core::provider::{Candidate, ProviderError, Snapshot, Sought, candidates};

use crate::books::{Books, Found, folder, unreadable};
use crate::chart::front;
use crate::held::Held;

const OPERATION: &str = "look documents up";

/// Every live or removed document that carries one of the numbers.
pub(crate) async fn look_up(
    books: &Arc<Books>,
    kind: DocumentKind,
    numbers: &[String],
) -> Result<Vec<Snapshot>, ProviderError> {
    let numbers = numbers.to_vec();
    let work = move |books: &Books| {
        let mut all = every(books, kind)?;
        all.retain(|held| {
            numbers
                .iter()
                .any(|number| same_number(number, &held.number))
        });
        Ok(all)
    };
    books.ask(OPERATION, work).await
}

/// The live documents that may be those that are looked for. All are at hand, so each mark finds.
pub(crate) async fn find(
    books: &Arc<Books>,
    kind: DocumentKind,
    sought: &[Sought],
) -> Result<Vec<Vec<Candidate>>, ProviderError> {
    let sought = sought.to_vec();
    let work = move |books: &Books| Ok(candidates(&sought, &every(books, kind)?));
    books.ask(OPERATION, work).await
}

/// The documents of the identifiers, whole. Unknown ones are absent.
pub(crate) async fn read(
    books: &Arc<Books>,
    kind: DocumentKind,
    ids: &[ProviderDocumentId],
) -> Result<Vec<Snapshot>, ProviderError> {
    let ids = ids.to_vec();
    let work = move |books: &Books| {
        front(books, OPERATION)?;
        let mut all = Vec::with_capacity(ids.len());
        for id in &ids {
            if let Some(found) = books.read::<Held>(OPERATION, folder(kind), id.as_str())? {
                all.push(shown(OPERATION, kind, &found)?);
            }
        }
        Ok(all)
    };
    books.ask(OPERATION, work).await
}

/// The numbers are one to whoever reads them.
pub(crate) fn same_number(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// What the engine is shown of a file.
pub(crate) fn shown(
    operation: &'static str,
    kind: DocumentKind,
    found: &Found<Held>,
) -> Result<Snapshot, ProviderError> {
    let snapshot = found.says.snapshot(kind, &found.name, found.changed);
    snapshot.map_err(|why| {
        let path = format!("{}/{}.json", folder(kind), found.name);
        unreadable(operation, &path, &why)
    })
}

fn every(books: &Books, kind: DocumentKind) -> Result<Vec<Snapshot>, ProviderError> {
    front(books, OPERATION)?;
    let all = books.all::<Held>(OPERATION, folder(kind))?;
    all.iter()
        .map(|found| shown(OPERATION, kind, found))
        .collect()
}
