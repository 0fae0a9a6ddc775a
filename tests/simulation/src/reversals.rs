//! Credit notes that undos write: which were shown to somebody, what they reverse, and what must never be of them.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use tieout_core::document::{DocumentKey, Totals};
use uuid::Uuid;

use crate::books::Row;
use crate::model::{Model, Wrong};

/// What is known of the notes of undos.
#[derive(Debug, Default)]
pub(crate) struct Reversals {
    /// Every number of a note that somebody was shown, with its document and what it was to come to.
    shown: BTreeMap<String, (DocumentKey, Totals)>,
    /// The notes that the app made.
    made: BTreeMap<Uuid, DocumentKey>,
    /// Those of them that people changed or used.
    touched: BTreeSet<Uuid>,
}

impl Reversals {
    /// Somebody is shown the note that an undo would write.
    pub(crate) fn is_shown(&mut self, document: &DocumentKey, number: &str, totals: Totals) {
        let shown = (document.clone(), totals);
        self.shown.insert(number.to_owned(), shown);
    }

    /// The app made a row. Whether it is the note of an undo, with what must not be.
    pub(crate) fn app_made(&mut self, row: &Row) -> Option<Vec<Wrong>> {
        let (document, totals) = self.shown.get(&row.number)?.clone();
        let wrong = |invariant, what: String| Wrong {
            invariant,
            document: document.to_string(),
            what,
        };
        let mut found = Vec::new();
        if totals != row.totals {
            let what = format!("{totals:?} were shown, there is {row:?}");
            found.push(wrong("a note of an undo is the one that was shown", what));
        }
        self.made.insert(row.id, document);
        Some(found)
    }

    /// Notes of one number that count, which are too many.
    pub(crate) fn doubles<'a>(&self, rows: impl Iterator<Item = &'a Row>) -> Option<Wrong> {
        let mut met = BTreeMap::new();
        let live = rows.filter(|row| row.is_live() && self.made.contains_key(&row.id));
        for row in live {
            let document = self.made.get(&row.id)?;
            if let Some(other) = met.insert(document, row) {
                return Some(Wrong {
                    invariant: "a document is reversed by one note",
                    document: document.to_string(),
                    what: format!("{other:?} and {row:?}"),
                });
            }
        }
        None
    }

    /// Whether a row is a note of an undo.
    pub(crate) fn is_note(&self, row: Uuid) -> bool {
        self.made.contains_key(&row)
    }

    /// Whether what settles a document is a note of its own undo.
    pub(crate) fn is_of(&self, note: &str, document: &DocumentKey) -> bool {
        let note = Uuid::parse_str(note).ok();
        note.and_then(|note| self.made.get(&note)) == Some(document)
    }

    /// People changed a note, or used some of it.
    pub(crate) fn people_touched(&mut self, row: Uuid) {
        if self.is_note(row) {
            self.touched.insert(row);
        }
    }

    /// The notes of a document that nobody but the app had in hand.
    pub(crate) fn untouched(&self, document: &DocumentKey) -> impl Iterator<Item = &Uuid> {
        let own = self.made.iter().filter(move |(_, of)| *of == document);
        own.map(|(row, _)| row)
            .filter(|row| !self.touched.contains(row))
    }
}

impl Model {
    /// A row as it would be without the notes of its own undo.
    pub(crate) fn without_notes(&self, row: &Row) -> Row {
        let mut money = row.clone();
        if let Some(document) = self.owner(row.id) {
            let is_note = |id: &String| self.reversals.is_of(id, document);
            money.settled_by.retain(|id, _| !is_note(id));
        }
        money
    }

    /// What settles a row otherwise than by our hand: that is what the host is told of.
    pub(crate) fn of_others(&self, row: &Row) -> BTreeMap<String, Decimal> {
        self.till.of_others(&self.without_notes(row))
    }

    /// Whether notes of its own undo alone settle a row in full: it stands, and comes to nothing.
    pub(crate) fn is_reversed(&self, row: &Row) -> bool {
        let has_notes = self.without_notes(row).settled_by.is_empty();
        has_notes && !row.settled_by.is_empty() && row.due.is_zero() && row.is_live()
    }

    /// The rows of a document that a note of its undo reverses.
    pub(crate) fn reversed_rows(&self, key: &DocumentKey) -> Vec<&Row> {
        let rows = self.rows().filter(|row| self.is_reversed(row));
        rows.filter(|row| self.owner(row.id) == Some(key)).collect()
    }

    /// The notes of a document that stand, do not reverse it, and that people left alone.
    pub(crate) fn loose_notes(&self, key: &DocumentKey) -> Vec<&Row> {
        let notes = self.reversals.untouched(key);
        let notes: BTreeSet<&Uuid> = notes.collect();
        let live = self.rows().filter(|row| notes.contains(&row.id));
        live.filter(|note| note.is_live() && !note.due.is_zero())
            .collect()
    }
}
