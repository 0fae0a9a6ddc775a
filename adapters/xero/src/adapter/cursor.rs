//! How far changes have been told: a stream for each kind and one of payments, each read in the order of its last change.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tieout_core::document::DocumentKind;

use super::prints::{Prints, TOLD_ROWS_MAX, print};
use crate::wire::Pagination;

/// The version of the stored form.
const VERSION: u8 = 1;
/// Between two runs so much is read again, since a row may become visible later than it was stamped.
const OVERLAP_S: i64 = 300;
/// Whether `If-Modified-Since` includes the second that it names is not documented.
const BOUNDARY_S: i64 = 1;
/// Two pages of one window overlap by this part of a page, to see that nothing moved between them.
const PAGE_OVERLAP_PARTS: usize = 5;

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

/// Which stream is read next. One round reads those that are wanted, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Phase {
    /// Sales invoices.
    Invoices,
    /// Credit notes.
    CreditNotes,
    /// Supplier bills.
    Bills,
    /// Purchase orders.
    PurchaseOrders,
    /// Payments, since nobody promises that a payment touches its document.
    Payments,
}

impl Phase {
    /// The streams of the wanted kinds. Nobody pays an order, so orders alone need no payments.
    pub(super) fn of(kinds: &[DocumentKind]) -> Vec<Self> {
        let mut phases: Vec<Self> = kinds
            .iter()
            .map(|kind| match kind {
                DocumentKind::Invoice => Self::Invoices,
                DocumentKind::CreditNote => Self::CreditNotes,
                DocumentKind::Bill => Self::Bills,
                DocumentKind::PurchaseOrder => Self::PurchaseOrders,
            })
            .collect();
        if phases.iter().any(|phase| *phase != Self::PurchaseOrders) {
            phases.push(Self::Payments);
        }
        phases.sort_unstable();
        phases.dedup();
        phases
    }

    /// The kind of the documents in the stream; none for payments.
    pub(super) fn kind(self) -> Option<DocumentKind> {
        match self {
            Self::Invoices => Some(DocumentKind::Invoice),
            Self::CreditNotes => Some(DocumentKind::CreditNote),
            Self::Bills => Some(DocumentKind::Bill),
            Self::PurchaseOrders => Some(DocumentKind::PurchaseOrder),
            Self::Payments => None,
        }
    }
}

/// The position after a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    v: u8,
    /// Which stream is read next.
    pub(super) phase: Phase,
    // Each kind that was never wanted has no stream: it begins when it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    invoices: Option<Stream>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    credit_notes: Option<Stream>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bills: Option<Stream>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    purchase_orders: Option<Stream>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payments: Option<Stream>,
    /// Payments that were told with their documents in this round.
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
    /// What was told of the last minutes, by the second, so that the next run does not tell it again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    told: BTreeMap<i64, Prints>,
    /// The end of the last page, with which the next page of this run begins again. It is kept apart since
    /// a run may pass old rows while `told` is full of newer ones.
    #[serde(default, skip_serializing_if = "Prints::is_empty")]
    page_end: Prints,
}

/// The rows from a second on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Window {
    from: Option<i64>,
    /// Rows of it that have been read; more than none only when one second fills a whole page.
    read: usize,
    /// Rows of its first page, which may be fewer than were asked for.
    page_rows: usize,
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
        Self {
            second: updated.timestamp(),
            print: print(&[id, &updated.timestamp_millis().to_string()]),
        }
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
    /// The start of everything.
    pub(super) fn new() -> Self {
        Self {
            v: VERSION,
            phase: Phase::Invoices,
            invoices: None,
            credit_notes: None,
            bills: None,
            purchase_orders: None,
            payments: None,
            told_payments: Prints::default(),
        }
    }

    /// Reads the stored text.
    pub(super) fn parse(text: &str) -> Result<Self, CursorError> {
        let cursor: Self = serde_json::from_str(text)?;
        if cursor.v == VERSION {
            Ok(cursor)
        } else {
            Err(CursorError::Version(cursor.v))
        }
    }

    /// The text to store.
    pub(super) fn to_text(&self) -> String {
        serde_json::to_string(self).expect("a position has text keys and no failing serializer")
    }

    /// Makes sure that a wanted stream is read next; one that is new begins at `since`, or with everything.
    pub(super) fn settle(&mut self, wanted: &[Phase], since: Option<DateTime<Utc>>) {
        // What was to be read next may not be wanted any more.
        self.phase = from(self.phase, wanted).unwrap_or(self.phase);
        self.stream(self.phase)
            .get_or_insert_with(|| Stream::starting_at(since));
    }

    /// The stream that is read next.
    pub(super) fn current(&mut self) -> &mut Stream {
        self.stream(self.phase).get_or_insert_default()
    }

    /// Goes on to the next stream; false when that begins a new round, which may be of other kinds.
    pub(super) fn go_on(&mut self, wanted: &[Phase]) -> bool {
        let later = wanted.iter().copied().find(|phase| *phase > self.phase);
        if later.is_none() {
            self.told_payments = Prints::default();
        }
        self.phase = later.unwrap_or(Phase::Invoices);
        later.is_some()
    }

    /// The second before which everything of the wanted streams has been told; none before the first round ends.
    pub(super) fn through(&mut self, wanted: &[Phase]) -> Option<i64> {
        let through = wanted
            .iter()
            .map(|phase| self.stream(*phase).as_ref()?.through);
        through.min().flatten()
    }

    fn stream(&mut self, phase: Phase) -> &mut Option<Stream> {
        match phase {
            Phase::Invoices => &mut self.invoices,
            Phase::CreditNotes => &mut self.credit_notes,
            Phase::Bills => &mut self.bills,
            Phase::PurchaseOrders => &mut self.purchase_orders,
            Phase::Payments => &mut self.payments,
        }
    }
}

/// The first wanted stream from one on, else the first of all.
fn from(phase: Phase, wanted: &[Phase]) -> Option<Phase> {
    let from = wanted.iter().copied().find(|other| *other >= phase);
    from.or(wanted.first().copied())
}

impl Stream {
    /// From a moment on, or everything.
    pub(super) fn starting_at(since: Option<DateTime<Utc>>) -> Self {
        Self {
            through: since.map(|since| since.timestamp()),
            ..Self::default()
        }
    }

    /// What to ask for next, at most `rows_max` rows.
    pub(super) fn ask(&self, rows_max: usize) -> Ask {
        let window = self.window.unwrap_or_else(|| self.first_window());
        let since = window
            .from
            .and_then(|from| DateTime::from_timestamp(from - BOUNDARY_S, 0));
        if window.read == 0 {
            return Ask {
                since,
                page: 1,
                page_size: rows_max,
            };
        }
        let page_rows = rows_max.min(window.page_rows);
        let page_size = further_page_size(window.read, page_rows, self.page_end.len());
        let skip = window.read.saturating_sub(overlap(page_rows));
        Ask {
            since,
            page: skip / page_size + 1,
            page_size,
        }
    }

    /// Takes the rows of the page that was asked for, in their order. `now` is the time at which the page was made.
    ///
    /// A stream goes on from the second of its last row, since a row that changes meanwhile moves to the end
    /// and is met there; page numbers would skip its neighbours. Only when one second fills a page are pages
    /// counted, each beginning with rows that are known. When it does not, something moved: the page
    /// is dropped and the window read again.
    pub(super) fn take(
        &mut self,
        ask: Ask,
        rows: &[Row],
        paging: Option<Pagination>,
        now: DateTime<Utc>,
    ) -> Taken {
        let window = self.window.unwrap_or_else(|| self.first_window());
        if window.read > 0
            && rows
                .first()
                .is_some_and(|first| !self.page_end.has(&first.print))
        {
            self.window = Some(Window { read: 0, ..window });
            return Taken {
                fresh: Vec::new(),
                done: false,
            };
        }
        let fresh = self.fresh(rows);
        let is_last = match paging {
            Some(paging) => ask.page.saturating_mul(paging.page_size) >= paging.item_count,
            // Without paging in the reply, nobody knows whether the size was honoured: the end is met when
            // a further page of a window brings nothing further.
            None => rows
                .last()
                .is_none_or(|last| window.read > 0 && self.page_end.is_last(&last.print)),
        };
        for &at in &fresh {
            self.told
                .entry(rows[at].second)
                .or_default()
                .add(&rows[at].print);
        }
        if is_last {
            self.window = None;
            self.page_end = Prints::default();
            // Never the stamp of a row: one from the future would hide all that changes before it.
            self.through = self.through.max(Some(now.timestamp()));
        } else {
            let page_size = paging.map_or(ask.page_size, |paging| paging.page_size);
            let read = ask.page.saturating_sub(1).saturating_mul(page_size) + rows.len();
            let page_rows = if window.read == 0 {
                rows.len()
            } else {
                window.page_rows
            };
            let next = next_window(
                Window {
                    read,
                    page_rows,
                    ..window
                },
                rows,
            );
            self.page_end = page_end(&next, rows);
            self.window = Some(next);
        }
        self.forget();
        Taken {
            fresh,
            done: is_last,
        }
    }

    /// The positions of the rows that nobody was told.
    fn fresh(&self, rows: &[Row]) -> Vec<usize> {
        let mut met: HashSet<&[u8]> = self
            .told
            .values()
            .flat_map(Prints::all)
            .chain(self.page_end.all())
            .collect();
        (0..rows.len())
            .filter(|&at| met.insert(rows[at].print.as_bytes()))
            .collect()
    }

    fn first_window(&self) -> Window {
        Window {
            from: self.through.map(|through| through - OVERLAP_S),
            read: 0,
            page_rows: 0,
        }
    }

    /// Forgets what no later page can bring, and the oldest of what is too much to keep.
    fn forget(&mut self) {
        let newest = self
            .told
            .keys()
            .next_back()
            .copied()
            .max(self.through.filter(|_| self.window.is_none()));
        if let Some(newest) = newest {
            self.told = self.told.split_off(&(newest - OVERLAP_S - BOUNDARY_S));
        }
        let mut too_many = self
            .told
            .values()
            .map(Prints::len)
            .sum::<usize>()
            .saturating_sub(TOLD_ROWS_MAX);
        while too_many > 0 {
            let Some(mut oldest) = self.told.first_entry() else {
                break;
            };
            too_many -= oldest.get_mut().drop_oldest(too_many);
            if oldest.get().is_empty() {
                oldest.remove();
            }
        }
    }
}

/// From the second of the last row when the rows are in order and got anywhere, else further into the same window.
fn next_window(read_so_far: Window, rows: &[Row]) -> Window {
    let last = rows.last().map(|row| row.second);
    let in_order = rows.is_sorted_by_key(|row| row.second);
    if in_order && last > read_so_far.from {
        return Window {
            from: last,
            read: 0,
            page_rows: 0,
        };
    }
    read_so_far
}

/// Rows by which a further page of a window at least begins inside what has been read.
fn overlap(page_rows: usize) -> usize {
    (page_rows / PAGE_OVERLAP_PARTS).max(1)
}

/// The page size with which a further page of a window begins inside the last page, `known` rows long, and reaches
/// furthest. Pages can only be asked for by number, so where one begins is decided by its size.
fn further_page_size(read: usize, page_rows: usize, known: usize) -> usize {
    let skip = read.saturating_sub(overlap(page_rows));
    (1..=page_rows)
        .filter(|size| skip / size * size + known >= read)
        .max_by_key(|size| skip / size * size + size)
        .unwrap_or(1)
}

/// The rows with which a next page can begin: all of them when a window goes on, else those of the last second.
fn page_end(window: &Window, rows: &[Row]) -> Prints {
    let last = rows.last().map_or(i64::MAX, |row| row.second);
    let mut end = Prints::default();
    for row in rows {
        if window.read > 0 || row.second >= last - BOUNDARY_S {
            end.add(&row.print);
        }
    }
    end
}
