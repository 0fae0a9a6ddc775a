//! How far changes have been told: two streams read in the order of their last change, without gaps.

use std::collections::{BTreeMap, HashSet};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::wire::Pagination;

/// The version of the stored form.
const VERSION: u8 = 1;
/// Between two runs so much is read again, since a row may become visible later than it was stamped.
const OVERLAP_S: i64 = 300;
/// Whether `If-Modified-Since` includes the second that it names is not documented.
const BOUNDARY_S: i64 = 1;
/// Rows that are remembered as told; beyond them the oldest are told again.
const TOLD_ROWS_MAX: usize = 2_000;
/// Rows by which two pages of one window overlap, to see that nothing moved between them.
const PAGE_OVERLAP_ROWS: usize = 200;
/// Characters of a fingerprint: eight bytes in base64.
const PRINT_CHARS: usize = 11;

/// The text of a cursor is not one that this version can go on from.
#[derive(Debug, thiserror::Error)]
pub(super) enum CursorError {
    /// It is no cursor.
    #[error("the position cannot be read")]
    Unreadable(#[from] serde_json::Error),
    /// It is of another version.
    #[error("the position is of version {0}")]
    Version(u8),
}

/// Which stream is read next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Phase {
    /// Invoices.
    Invoices,
    /// Payments, since nobody promises that a payment touches its invoice.
    Payments,
}

/// The position after a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    v: u8,
    /// Which stream is read next.
    pub(super) phase: Phase,
    /// Invoices.
    pub(super) invoices: Stream,
    /// Payments.
    pub(super) payments: Stream,
    /// Payments that were told with their invoices in this run.
    #[serde(default, skip_serializing_if = "Prints::is_empty")]
    pub(super) told_payments: Prints,
}

/// A list that is read in the order of its last change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stream {
    /// What changed before this second has been told; absent before the first run of everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) through: Option<i64>,
    /// Where the run in progress stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    window: Option<Window>,
    /// What was told of the last seconds, by the second.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    told: BTreeMap<i64, Prints>,
}

/// The rows from a second on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Window {
    from: Option<i64>,
    /// Rows of it that have been read; more than none only when one second fills a whole page.
    read: usize,
}

/// A row by what makes it new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// The second of its last change.
    second: i64,
    print: String,
}

impl Row {
    /// A row of an identifier as it was changed last.
    pub(super) fn new(id: &str, updated: DateTime<Utc>) -> Self {
        Self { second: updated.timestamp(), print: print(&[id, &updated.timestamp_millis().to_string()]) }
    }
}

/// What to ask for next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ask {
    /// `If-Modified-Since`; absent for everything.
    pub(super) since: Option<DateTime<Utc>>,
    /// The page, from 1.
    pub(super) page: usize,
    /// Its size.
    pub(super) page_size: usize,
}

/// What a page brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// The positions of the rows that have not been told.
    pub(super) fresh: Vec<usize>,
    /// Whether the stream has been read to its end.
    pub(super) done: bool,
}

impl Cursor {
    /// The start: from a moment on, or everything.
    pub(super) fn starting_at(since: Option<DateTime<Utc>>) -> Self {
        let stream = Stream { through: since.map(|since| since.timestamp()), ..Stream::default() };
        Self {
            v: VERSION,
            phase: Phase::Invoices,
            invoices: stream.clone(),
            payments: stream,
            told_payments: Prints::default(),
        }
    }

    /// Reads the stored text.
    pub(super) fn parse(text: &str) -> Result<Self, CursorError> {
        let cursor: Self = serde_json::from_str(text)?;
        if cursor.v == VERSION { Ok(cursor) } else { Err(CursorError::Version(cursor.v)) }
    }

    /// The text to store.
    pub(super) fn to_text(&self) -> String {
        serde_json::to_string(self).expect("a position has text keys and no failing serializer")
    }

    /// The second before which everything of both streams has been told; none before the first run ends.
    pub(super) fn through(&self) -> Option<i64> {
        self.invoices.through.min(self.payments.through)
    }
}

impl Stream {
    /// What to ask for next, at most `rows_max` rows.
    pub(super) fn ask(&self, rows_max: usize) -> Ask {
        let window = self.window.unwrap_or_else(|| self.first_window());
        let since = window.from.and_then(|from| DateTime::from_timestamp(from - BOUNDARY_S, 0));
        if window.read == 0 {
            return Ask { since, page: 1, page_size: rows_max };
        }
        // Pages of a size of their own, so that the next one begins inside what has been read.
        let overlap = PAGE_OVERLAP_ROWS.min(rows_max / 2).max(1);
        let skip = window.read.saturating_sub(overlap).max(1);
        let pages_before = skip.div_ceil(rows_max);
        Ask { since, page: pages_before + 1, page_size: skip / pages_before }
    }

    /// Takes the rows of the page that was asked for, in their order. `now` is the time at which the page was made.
    ///
    /// A stream goes on from the second of its last row, since a row that changes meanwhile moves to the end
    /// and is met there; page numbers would skip its neighbours. Only when one second fills a page are pages
    /// counted, each beginning with rows that are known. When it does not, something moved: the page
    /// is dropped and the window read again.
    pub(super) fn take(&mut self, ask: Ask, rows: &[Row], paging: Option<Pagination>, now: DateTime<Utc>) -> Taken {
        let window = self.window.unwrap_or_else(|| self.first_window());
        let known = |row: &Row| self.told.get(&row.second).is_some_and(|prints| prints.has(&row.print));
        if window.read > 0 && rows.first().is_some_and(|first| !known(first)) {
            self.window = Some(Window { read: 0, ..window });
            return Taken { fresh: Vec::new(), done: false };
        }
        let mut met = HashSet::new();
        let fresh: Vec<usize> =
            (0..rows.len()).filter(|&at| !known(&rows[at]) && met.insert(&rows[at].print)).collect();
        let is_last = match paging {
            Some(paging) => ask.page.saturating_mul(paging.page_size) >= paging.item_count,
            // Without paging in the reply, nobody knows whether the size was honoured: the end is where nothing is new.
            None => fresh.is_empty(),
        };
        for &at in &fresh {
            self.told.entry(rows[at].second).or_default().add(&rows[at].print);
        }
        let newest = rows.iter().map(|row| row.second).max();
        if is_last {
            self.window = None;
            self.through = self.through.max(newest).max(Some(now.timestamp()));
        } else {
            let page_size = paging.map_or(ask.page_size, |paging| paging.page_size);
            let read = ask.page.saturating_sub(1).saturating_mul(page_size) + rows.len();
            self.window = Some(next_window(window, rows, read));
        }
        self.forget();
        Taken { fresh, done: is_last }
    }

    fn first_window(&self) -> Window {
        Window { from: self.through.map(|through| through - OVERLAP_S), read: 0 }
    }

    /// Forgets what no later page can bring, and the oldest of what is too much to keep.
    fn forget(&mut self) {
        let newest = self.told.keys().next_back().copied().max(self.through.filter(|_| self.window.is_none()));
        if let Some(newest) = newest {
            self.told = self.told.split_off(&(newest - OVERLAP_S - BOUNDARY_S));
        }
        let mut too_many = self.told.values().map(Prints::len).sum::<usize>().saturating_sub(TOLD_ROWS_MAX);
        while too_many > 0 {
            let Some(mut oldest) = self.told.first_entry() else { break };
            too_many -= oldest.get_mut().drop_oldest(too_many);
            if oldest.get().is_empty() {
                oldest.remove();
            }
        }
    }
}

/// From the second of the last row when the rows are in order and got anywhere, else further into the same window.
fn next_window(window: Window, rows: &[Row], read: usize) -> Window {
    let last = rows.last().map(|row| row.second);
    let in_order = rows.is_sorted_by_key(|row| row.second);
    if in_order && last > window.from { Window { from: last, read: 0 } } else { Window { read, ..window } }
}

/// Fingerprints in the order in which they were added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Prints(String);

impl Prints {
    /// Remembers what `print` made of an identifier; beyond the limit the oldest is forgotten.
    pub(super) fn remember(&mut self, id: &str) {
        let print = print(&[id]);
        if !self.has(&print) {
            self.add(&print);
            self.drop_oldest(self.len().saturating_sub(TOLD_ROWS_MAX));
        }
    }

    /// Whether an identifier is remembered.
    pub(super) fn holds(&self, id: &str) -> bool {
        self.has(&print(&[id]))
    }

    fn has(&self, print: &str) -> bool {
        self.0.as_bytes().chunks(PRINT_CHARS).any(|known| known == print.as_bytes())
    }

    fn add(&mut self, print: &str) {
        self.0.push_str(print);
    }

    fn len(&self) -> usize {
        self.0.len() / PRINT_CHARS
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Drops at most `count` of the oldest and says how many it dropped.
    fn drop_oldest(&mut self, count: usize) -> usize {
        let count = count.min(self.len());
        self.0.drain(..count * PRINT_CHARS);
        count
    }
}

/// Sixty-four bits are enough among thousands: a false match would hide one change.
fn print(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.to_lowercase().as_bytes());
        hash.update([0]);
    }
    URL_SAFE_NO_PAD.encode(&hash.finalize()[..8])
}
