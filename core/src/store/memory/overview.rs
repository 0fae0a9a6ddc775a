//! Lists and counts of the store in memory: worked out from the bindings at each question, so that nothing can go stale.

use std::ops::Range;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::super::{Cursor, ListPage, Listing, Overview, StoreError, Tallies, span};
use super::{MemoryStore, State};
use crate::engine::Binding;

/// A walk at each question: this store is for tests and trials, which are small.
#[async_trait]
impl Overview for MemoryStore {
    async fn list(&self, listing: &Listing) -> Result<ListPage, StoreError> {
        let state = self.state();
        let is_left = |place: &Cursor| match &listing.after {
            Some(after) => listing.compare(after, place).is_lt(),
            None => true,
        };
        let fitting = state.everything().filter(|it| listing.filter.fits(it));
        let mut left: Vec<(Cursor, &Binding)> = fitting
            .map(|binding| (Cursor::of(binding), binding))
            .filter(|(place, _)| is_left(place))
            .collect();
        left.sort_by(|(one, _), (other, _)| listing.compare(one, other));
        let is_last = left.len() <= listing.limit();
        left.truncate(listing.limit());
        let next = left.last().filter(|_| !is_last);
        Ok(ListPage {
            next: next.map(|(place, _)| place.clone()),
            bindings: left
                .into_iter()
                .map(|(_, binding)| binding.clone())
                .collect(),
        })
    }

    async fn tallies(&self) -> Result<Tallies, StoreError> {
        let mut tallies = Tallies::default();
        self.state().everything().for_each(|it| tallies.add(it));
        Ok(tallies)
    }

    async fn journal_span(&self, time: Range<DateTime<Utc>>) -> Result<Range<u64>, StoreError> {
        let state = self.state();
        let end = state
            .journal
            .last_key_value()
            .map_or(1, |(last, _)| last + 1);
        let read = |page: u64| Ok(state.journal.get(&page).cloned().unwrap_or_default());
        span::span(1..end, &time, read)
    }
}

impl State {
    fn everything(&self) -> impl Iterator<Item = &Binding> {
        self.bindings.values().flat_map(|of| of.values())
    }
}
