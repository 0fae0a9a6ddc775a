//! Summaries as the books show them, held against what the host said: each document once, and nothing that is nobody's.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use tieout_core::document::{DocumentKey, DocumentKind, Totals};
use uuid::Uuid;

use super::{Model, Observed};
use crate::books::Row;
use crate::coverage::Case;
use crate::sums::{Named, Spelled, spelled};

impl Model {
    /// What a document comes to in each live summary that it stands in.
    pub(crate) fn parts_of<'a>(
        &'a self,
        key: &'a DocumentKey,
    ) -> impl Iterator<Item = Totals> + 'a {
        let is_live = |row: &Uuid| self.seen.get(row).is_some_and(|row| self.counts(row));
        let rows = self.sums.rows_with(key).filter(is_live);
        let sums = rows.filter_map(|row| self.sums.of_row(row));
        sums.flat_map(move |sum| {
            let parts = sum.parts.iter().filter(move |(member, _)| member == key);
            parts.map(|(_, part)| *part)
        })
    }

    /// Whether a document was ever in a live summary whose amounts somebody edited.
    pub(crate) fn was_in_an_edited_one(&self, key: &DocumentKey) -> bool {
        let live = self.seen.values().filter(|row| self.counts(row));
        let sums = live.filter_map(|row| Some((row, self.sums.of_row(row.id)?)));
        let mut edited = sums.filter(|(row, sum)| sum.is_edited(row));
        edited.any(|(_, sum)| sum.ever.contains(key))
    }

    /// The app may have written or voided a summary.
    pub(super) fn observe_sum(&mut self, row: &Row, now: DateTime<Utc>, observed: &mut Observed) {
        let before = self.seen.get(&row.id);
        let Some(spelled) = self.spelled(row).filter(|_| row.ours) else {
            return;
        };
        if !row.is_live() {
            let was_live = before.is_some_and(Row::is_live);
            observed.met.extend(was_live.then_some(Case::SummaryVoided));
            return;
        }
        if before.is_some_and(|before| before.lines == row.lines) {
            return;
        }
        let mut sums = std::mem::take(&mut self.sums);
        let earlier = sums.of_row(row.id).map(|sum| sum.parts.clone());
        let wrong = sums.written(row, &spelled, &self.named(row), now);
        self.sums = sums;
        observed.wrong.extend(wrong);
        let parts = self.sums.of_row(row.id).map_or(0, |sum| sum.parts.len());
        let case = match earlier {
            None if spelled.is_further => Case::SummaryFurther,
            None if parts > 1 => Case::SummaryPosted,
            None => return,
            Some(earlier) if earlier.len() > parts => Case::SummaryLetGo,
            Some(_) => Case::SummaryFollowed,
        };
        observed.met.push(case);
    }

    /// What the number of a row says, if it is a summary's.
    pub(super) fn spelled(&self, row: &Row) -> Option<Spelled> {
        if row.kind != DocumentKind::Invoice {
            return None;
        }
        let bare = self.prefixes.iter();
        let bare = bare.filter_map(|prefix| row.number.strip_prefix(prefix.as_str()));
        std::iter::once(row.number.as_str())
            .chain(bare)
            .find_map(spelled)
    }

    /// The invoices of the host by each number that they had.
    fn named(&self, row: &Row) -> BTreeMap<String, Named<'_>> {
        let names = self.names_of(&row.party);
        let invoices = self.papers.iter();
        let invoices = invoices.filter(|(key, _)| key.kind == DocumentKind::Invoice);
        let named = invoices.flat_map(|(key, known)| {
            let is_of_party = names.iter().any(|name| known.parties.contains(name));
            let numbers = known.numbers.iter();
            numbers.map(move |number| {
                let named = Named {
                    key: key.clone(),
                    totals: &known.totals,
                    dates: &known.dates,
                    is_of_party,
                };
                (number.clone(), named)
            })
        });
        named.collect()
    }
}
