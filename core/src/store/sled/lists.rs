//! How pages of lists and counts are read: the merge of the lines that fit, or a stretch of the order of numbers.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeSet;
use std::ops::Range;

use ::sled::IVec;
use chrono::{DateTime, Utc};

use super::super::limits::LIST_LOOKED_AT_MAX;
use super::super::{
    Cursor, Filter, ListOrder, ListPage, Listing, Need, RuleTally, Slot, StoreError, Tallies,
    folded, span,
};
use super::index::Count;
use super::keys::{self, tag};
use super::list_keys::{self, LAST};
use super::reader::{Reader, bad_key, corrupt, failed};
use crate::engine::{Binding, BindingKey};

/// The entries of one line that are still to be looked at.
type Line = Box<dyn Iterator<Item = ::sled::Result<IVec>>>;

/// The next entry of a line: when the binding changed, which it is, and which line.
type Head = (Reverse<DateTime<Utc>>, BindingKey, usize);

impl Reader {
    /// One page of a list, as it is at one moment.
    pub(super) fn list(&self, listing: &Listing) -> Result<ListPage, StoreError> {
        let _moment = self.moment();
        match &listing.filter.number {
            Some(number) => self.list_by_number(listing, number),
            None => self.list_by_change(listing),
        }
    }

    /// Every count, at one moment.
    pub(super) fn tallies(&self) -> Result<Tallies, StoreError> {
        let _moment = self.moment();
        let mut tallies = Tallies::default();
        for found in self.db.scan_prefix([tag::TALLY]) {
            let (key, entry) = found.map_err(|error| failed("reading counts", error))?;
            let slot = list_keys::read_line(&key).map_err(bad_key)?;
            let Count { rule, tally } = self.decode(&key, entry)?;
            match rule {
                None => drop(tallies.slots.insert(slot, tally)),
                Some(rule) => {
                    let of = RuleTally {
                        documents: tally.documents,
                        findings: tally.findings,
                    };
                    tallies.rules.entry(rule).or_default().insert(slot, of);
                }
            }
        }
        Ok(tallies)
    }

    pub(super) fn journal_span(
        &self,
        time: &Range<DateTime<Utc>>,
    ) -> Result<Range<u64>, StoreError> {
        let end = self.last_page()? + 1;
        span::span(1..end, time, |page| {
            let key = keys::journal(page);
            self.get(&key)?
                .ok_or_else(|| corrupt(&key, "the page is not there".to_owned()))
        })
    }

    fn list_by_change(&self, listing: &Listing) -> Result<ListPage, StoreError> {
        let mut merge = Merge::of(self, listing)?;
        let mut page = ListPage::default();
        let mut last: Option<(DateTime<Utc>, BindingKey)> = None;
        while let Some(place) = merge.next()? {
            // With findings of several rules it stands in as many lines.
            if last.as_ref() == Some(&place) {
                continue;
            }
            if page.bindings.len() == listing.limit() {
                page.next = page.bindings.last().map(Cursor::of);
                break;
            }
            page.bindings.push(self.listed(&place.1)?);
            last = Some(place);
        }
        Ok(page)
    }

    fn list_by_number(&self, listing: &Listing, number: &str) -> Result<ListPage, StoreError> {
        let start = list_keys::heads(&folded::head(number));
        let end = behind(start.clone());
        let after = listing.after.as_ref();
        let after = after.map(|it| list_keys::numbered(&it.number, &it.key));
        let found: Line = match (listing.order, after) {
            (ListOrder::NewestFirst, after) => {
                let end = after.map_or(end.clone(), |after| after.min(end));
                Box::new(self.range(start, end).rev())
            }
            (ListOrder::OldestFirst, after) => {
                // Nothing sorts between a key and the same with a zero byte behind it.
                let after = after.map(|mut after| {
                    after.push(0);
                    after
                });
                let start = after.map_or(start.clone(), |after| after.max(start));
                Box::new(self.range(start, end))
            }
        };
        let mut page = ListPage::default();
        for (looked_at, key) in found.enumerate() {
            let key = key.map_err(|error| failed("reading the list of numbers", error))?;
            let key = list_keys::read_numbered(&key).map_err(bad_key)?;
            if looked_at + 1 == LIST_LOOKED_AT_MAX {
                let binding = self.listed(&key)?;
                page.next = Some(Cursor::of(&binding));
                if listing.filter.fits(&binding) {
                    put_last(&mut page, binding, listing.limit());
                }
                break;
            }
            if !may_fit(&listing.filter, &key) {
                continue;
            }
            let binding = self.listed(&key)?;
            if !listing.filter.fits(&binding) {
                continue;
            }
            if page.bindings.len() == listing.limit() {
                page.next = page.bindings.last().map(Cursor::of);
                break;
            }
            page.bindings.push(binding);
        }
        Ok(page)
    }

    /// The binding that an entry of a list leads to.
    fn listed(&self, key: &BindingKey) -> Result<Binding, StoreError> {
        self.binding(key)?.ok_or_else(|| {
            let message = "a list names it, and it is not there".to_owned();
            corrupt(&keys::binding(key), message)
        })
    }

    /// The keys from one to before another; none where they are the wrong way round.
    fn range(
        &self,
        start: Vec<u8>,
        end: Vec<u8>,
    ) -> impl DoubleEndedIterator<Item = ::sled::Result<IVec>> + use<> {
        let end = end.max(start.clone());
        self.db.range(start..end).keys()
    }
}

/// Puts the last one that was looked at onto a page, or leaves it to the next where there is no place.
fn put_last(page: &mut ListPage, binding: Binding, limit: usize) {
    if page.bindings.len() == limit {
        page.next = page.bindings.last().map(Cursor::of);
    } else {
        page.bindings.push(binding);
    }
}

/// As far as its key tells.
fn may_fit(filter: &Filter, key: &BindingKey) -> bool {
    let document = &key.document;
    filter
        .connection
        .as_ref()
        .is_none_or(|it| key.connection == *it)
        && filter.host.as_ref().is_none_or(|it| document.host == *it)
        && filter.kind.is_none_or(|it| document.kind == it)
}

/// Several lines as one list.
struct Merge {
    lines: Vec<Line>,
    heads: BTreeSet<Head>,
    order: ListOrder,
}

impl Merge {
    /// The lines that a listing takes, from where it goes on.
    fn of(reader: &Reader, listing: &Listing) -> Result<Self, StoreError> {
        let filter = &listing.filter;
        let counts = match &filter.need {
            Need::Whatever => list_keys::of_all(tag::TALLY),
            Need::Somebody => list_keys::of_rules(tag::TALLY),
            Need::Of(rule) => list_keys::of_rule(tag::TALLY, rule),
        };
        let mut merge = Self {
            lines: Vec::new(),
            heads: BTreeSet::new(),
            order: listing.order,
        };
        for count in reader.db.scan_prefix(counts).keys() {
            let count = count.map_err(|error| failed("reading counts", error))?;
            let slot = list_keys::read_line(&count).map_err(bad_key)?;
            if !filter.takes(&slot) {
                continue;
            }
            let mut line = count.to_vec();
            line[0] = tag::LISTED;
            let bounds = bounds(&line, &slot, listing);
            let keys = reader.range(bounds.start, bounds.end);
            merge.lines.push(match listing.order {
                ListOrder::NewestFirst => Box::new(keys),
                ListOrder::OldestFirst => Box::new(keys.rev()),
            });
            merge.advance(merge.lines.len() - 1)?;
        }
        Ok(merge)
    }

    fn next(&mut self) -> Result<Option<(DateTime<Utc>, BindingKey)>, StoreError> {
        let head = match self.order {
            ListOrder::NewestFirst => self.heads.pop_first(),
            ListOrder::OldestFirst => self.heads.pop_last(),
        };
        let Some((Reverse(at), key, line)) = head else {
            return Ok(None);
        };
        self.advance(line)?;
        Ok(Some((at, key)))
    }

    fn advance(&mut self, line: usize) -> Result<(), StoreError> {
        if let Some(key) = self.lines[line].next() {
            let key = key.map_err(|error| failed("reading a list", error))?;
            let (at, key) = list_keys::read_listed(&key).map_err(bad_key)?;
            self.heads.insert((Reverse(at), key, line));
        }
        Ok(())
    }
}

/// The keys of a line that are still to be listed.
fn bounds(line: &[u8], slot: &Slot, listing: &Listing) -> Range<Vec<u8>> {
    let filter = &listing.filter;
    let mut start = filter
        .changed_before
        .map_or_else(|| line.to_vec(), |at| behind(list_keys::moment(line, at)));
    let mut end = filter.changed_from.map_or_else(
        || behind(line.to_vec()),
        |at| behind(list_keys::moment(line, at)),
    );
    if let Some(after) = &listing.after {
        let place = place_of(after, line, slot, listing.order);
        match listing.order {
            ListOrder::NewestFirst => start = start.max(place),
            ListOrder::OldestFirst => end = end.min(place),
        }
    }
    start..end
}

/// Where a line is divided by a place in the whole list: what was listed up to there lies to one side, the rest to the
/// other. The place itself, where it is in this line, was listed.
fn place_of(after: &Cursor, line: &[u8], slot: &Slot, order: ListOrder) -> Vec<u8> {
    let document = &after.key.document;
    let moment = list_keys::moment(line, after.changed_at);
    // Of one moment the keys decide; in these the connection comes last.
    match (&slot.host, slot.kind).cmp(&(&document.host, document.kind)) {
        Ordering::Less => behind(moment),
        Ordering::Greater => moment,
        Ordering::Equal => {
            let before = list_keys::listed(line, after.changed_at, &document.id);
            // Nothing sorts between a key and the same with a zero byte behind it.
            let behind = [before.as_slice(), &[0]].concat();
            match (slot.connection.cmp(&after.key.connection), order) {
                (Ordering::Less, _) | (Ordering::Equal, ListOrder::NewestFirst) => behind,
                (Ordering::Greater, _) | (Ordering::Equal, ListOrder::OldestFirst) => before,
            }
        }
    }
}

/// Behind everything that begins so.
fn behind(mut start: Vec<u8>) -> Vec<u8> {
    start.push(LAST);
    start
}
