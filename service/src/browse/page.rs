//! One page of a list, and everything that a list is of: what the store lists, and of that what a text occurs in.

use tieout_core::engine::BindingKey;
use tieout_core::store::{Cursor, Store};

use super::row::{Row, rows};
use super::wanted::{Wanted, Which};
use crate::exit::Failure;

/// A page of a list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    /// The rows.
    pub(crate) rows: Vec<Row>,
    /// Where to go on, where there may be more.
    pub(crate) next: Option<Cursor>,
    /// Documents that were looked through for a text without reaching a whole page; 0 where that did not happen.
    pub(crate) looked_through: usize,
}

/// Bindings that are read at once while a text is looked for.
const STEP: usize = 200;
/// Bindings that are looked through for one page.
const LOOKED_MAX: usize = 4_000;

/// One page.
pub(crate) async fn page(
    store: &dyn Store,
    wanted: &Wanted,
    which: Which,
) -> Result<Page, Failure> {
    let needle = wanted.text.as_deref().map(str::to_lowercase);
    let is_sifted = needle.is_some() || which == Which::Successful;
    if !is_sifted {
        let found = store.list(&wanted.listing(which, wanted.rows)).await?;
        return Ok(Page {
            rows: rows(store, &found.bindings).await?,
            next: found.next,
            looked_through: 0,
        });
    }
    let mut page = Page::default();
    let mut listing = wanted.listing(which, STEP);
    let mut looked = 0;
    loop {
        let found = store.list(&listing).await?;
        looked += found.bindings.len();
        let some = rows(store, &found.bindings).await?;
        for (binding, row) in found.bindings.iter().zip(some) {
            if !fits(&row, needle.as_deref(), which) {
                continue;
            }
            page.rows.push(row);
            if page.rows.len() == wanted.rows {
                page.next = Some(Cursor::of(binding));
                return Ok(page);
            }
        }
        let Some(next) = found.next else {
            return Ok(page);
        };
        if looked >= LOOKED_MAX {
            page.next = Some(next);
            page.looked_through = looked;
            return Ok(page);
        }
        listing.after = Some(next);
    }
}

/// The keys of everything in a list, at most `most`, and whether there are more.
pub(crate) async fn keys_of(
    store: &dyn Store,
    wanted: &Wanted,
    which: Which,
    most: usize,
) -> Result<(Vec<BindingKey>, bool), Failure> {
    let needle = wanted.text.as_deref().map(str::to_lowercase);
    let is_sifted = needle.is_some() || which == Which::Successful;
    let mut keys = Vec::new();
    let mut listing = wanted.listing(which, STEP);
    listing.after = None;
    loop {
        let found = store.list(&listing).await?;
        if is_sifted {
            let some = rows(store, &found.bindings).await?;
            let fitting = some
                .into_iter()
                .filter(|row| fits(row, needle.as_deref(), which));
            keys.extend(fitting.map(|row| row.key));
        } else {
            keys.extend(found.bindings.into_iter().map(|it| it.key));
        }
        let is_more = keys.len() > most;
        keys.truncate(most);
        match found.next {
            Some(next) if keys.len() < most => listing.after = Some(next),
            next => return Ok((keys, is_more || next.is_some())),
        }
    }
}

fn fits(row: &Row, needle: Option<&str>, which: Which) -> bool {
    let is_done = which != Which::Successful || row.findings.is_empty();
    is_done && needle.is_none_or(|needle| row.mentions(needle))
}
