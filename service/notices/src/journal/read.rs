//! How the journal is read on: some pages at a time, and what they say committed together with how far they were read.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use tieout_core::engine::{Binding, BindingKey, Entry, Event};
use tieout_core::store::{ChangeSet, Store, StoreError};
use url::Url;

use super::happening::{Happening, Place, What, done, found};
use super::known::{Known, News};
use super::tell::{Teller, stray};
use crate::circle::Circle;
use crate::keys;
use crate::people::division;

/// Pages of the journal that are read and told at once.
const PAGES_AT_ONCE: u64 = 50;

/// Whether there is more of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Everything is read.
    AtTheEnd,
    /// There are further pages.
    GoesOn,
}

/// Reads some pages, gathers what they say for everybody, and commits that with the new place.
///
/// Whoever dies before the commit reads the same pages again; after it, never.
pub(crate) async fn read_on(
    store: &dyn Store,
    circle: &mut Circle,
    base: Option<&Url>,
    now: DateTime<Utc>,
) -> Result<Reading, StoreError> {
    let newest = newest_page(store).await?;
    let page = circle.cursor.get_or_insert_default().page;
    if page >= newest {
        return Ok(Reading::AtTheEnd);
    }
    let through = newest.min(page.saturating_add(PAGES_AT_ONCE));
    let wanted: Vec<u64> = (page + 1..=through).collect();
    let mut batch = Batch::default();
    for page in store.journal(&wanted).await? {
        for (index, entry) in page.entries.into_iter().enumerate() {
            batch.add(page.number, index, entry);
        }
    }
    let teller = Teller { base, now };
    for (place, entry) in &batch.strays {
        for finding in found(entry) {
            stray(&teller, circle, finding, entry.at, *place);
        }
    }
    let told = batch.of_documents(store, circle, now).await?;
    for happening in &told {
        teller.tell(circle, happening);
    }
    if let Some(cursor) = &mut circle.cursor {
        cursor.page = through;
    }
    let mut records = batch.records;
    records.extend(circle.changed());
    store
        .commit(ChangeSet {
            records,
            ..ChangeSet::default()
        })
        .await?;
    Ok(match through < newest {
        true => Reading::GoesOn,
        false => Reading::AtTheEnd,
    })
}

/// The newest page of the journal; zero for an empty one.
async fn newest_page(store: &dyn Store) -> Result<u64, StoreError> {
    let newest = store.journal_before(None, 1).await?;
    Ok(newest.first().map_or(0, |page| page.number))
}

/// Some pages, by what they are about.
#[derive(Default)]
struct Batch {
    /// Of each document, its lines with the place of each.
    documents: BTreeMap<BindingKey, Vec<(Place, Entry)>>,
    /// Lines about no document that say something is wrong.
    strays: Vec<(Place, Entry)>,
    /// What is known to be open now, where that changed.
    records: Vec<keys::Record>,
}

impl Batch {
    fn add(&mut self, page: u64, index: usize, entry: Entry) {
        let place = (page, index);
        match &entry.binding {
            Some(key) => {
                let lines = self.documents.entry(key.clone()).or_default();
                lines.push((place, entry));
            }
            None => self.strays.push((place, entry)),
        }
    }

    /// What happened to each document, in the order of the journal as far as one document goes.
    async fn of_documents(
        &mut self,
        store: &dyn Store,
        circle: &Circle,
        now: DateTime<Utc>,
    ) -> Result<Vec<Happening>, StoreError> {
        let keys: Vec<BindingKey> = self.documents.keys().cloned().collect();
        let bindings = store.bindings(&keys).await?;
        let divisions = divisions(store, circle, &keys).await?;
        let mut told = Vec::new();
        for ((key, binding), division) in keys.iter().zip(bindings).zip(divisions) {
            let lines = self.documents.remove(key).unwrap_or_default();
            let place = keys::known(key);
            let before: Option<Known> = keys::read(store, &place).await?;
            let before = before.unwrap_or_default();
            let mut known = before.clone();
            let about = Document {
                key,
                binding: binding.as_ref(),
                division: division.as_deref(),
            };
            about.tell(&lines, &mut known, now, &mut told);
            if known != before {
                self.records.push(match known.is_empty() {
                    true => (place, None),
                    false => keys::record(place, &known),
                });
            }
        }
        // Documents are gone through by name; people and systems read in the order of the journal.
        told.sort_by_key(|happening| happening.place);
        Ok(told)
    }
}

/// The business division of each document, where anybody asks for it.
async fn divisions(
    store: &dyn Store,
    circle: &Circle,
    keys: &[BindingKey],
) -> Result<Vec<Option<String>>, StoreError> {
    if !circle.needs_divisions() {
        return Ok(vec![None; keys.len()]);
    }
    let keys: Vec<_> = keys.iter().map(|key| key.document.clone()).collect();
    let documents = store.documents(&keys).await?;
    let of = |document: Option<_>| document.as_ref().and_then(division).map(str::to_owned);
    Ok(documents.into_iter().map(of).collect())
}

/// A document whose lines are told.
struct Document<'a> {
    key: &'a BindingKey,
    binding: Option<&'a Binding>,
    division: Option<&'a str>,
}

impl Document<'_> {
    /// What its lines say, then what is open or over by now without a line that says so.
    fn tell(
        &self,
        lines: &[(Place, Entry)],
        known: &mut Known,
        now: DateTime<Utc>,
        told: &mut Vec<Happening>,
    ) {
        for (place, entry) in lines {
            let mut say = |part: String, what| {
                told.push(self.happening(entry.at, *place, &part, what));
            };
            if let Some(what) = done(entry) {
                say(String::new(), what);
            }
            for (id, what) in self.paid(entry, known) {
                say(id, what);
            }
            for finding in found(entry) {
                if known.opens(finding, now) {
                    let part = format!("{}/{}", finding.rule, finding.field);
                    say(part, What::Opened(finding.clone()));
                }
            }
        }
        let (Some(binding), Some((place, last))) = (self.binding, lines.last()) else {
            return;
        };
        for finding in binding.findings() {
            if known.opens(finding, now) {
                let part = format!("{}/{}", finding.rule, finding.field);
                let what = What::Opened(finding.clone());
                told.push(self.happening(last.at, *place, &part, what));
            }
        }
        for gone in known.closes(binding) {
            let part = format!("{}/{}/over", gone.rule, gone.field);
            let what = What::Closed {
                rule: gone.rule,
                field: gone.field,
                opened_at: gone.at,
            };
            told.push(self.happening(last.at, *place, &part, what));
        }
    }

    /// The payments that a line says the host took, as it was told of them last, as far as that is news.
    fn paid(&self, entry: &Entry, known: &mut Known) -> Vec<(String, What)> {
        let ids = match &entry.event {
            Event::Delivered { payments, .. } | Event::DeliveryRefused { payments, .. } => payments,
            Event::HostChanged { .. }
            | Event::Planned { .. }
            | Event::Held { .. }
            | Event::Departed { .. }
            | Event::Landed { .. }
            | Event::Refused { .. }
            | Event::InDoubt { .. }
            | Event::Resolved { .. }
            | Event::PutBack { .. }
            | Event::ProviderChanged { .. }
            | Event::Adopted { .. }
            | Event::Ignored { .. }
            | Event::Companion { .. }
            | Event::Operator { .. }
            | Event::RecordUnreadable { .. } => return Vec::new(),
        };
        let told = |id| {
            let told = self.binding?.told.payments.get(id)?;
            let (revision, payment) = (told.revision, told.payment.clone());
            let what = match known.pays(told)? {
                News::Has { before } => What::Paid {
                    revision,
                    payment,
                    before,
                },
                News::Lost => What::Reversed { revision, payment },
            };
            Some((id.to_string(), what))
        };
        ids.iter().filter_map(told).collect()
    }

    fn happening(&self, at: DateTime<Utc>, place: Place, part: &str, what: What) -> Happening {
        Happening {
            at,
            place,
            key: self.key.clone(),
            number: self
                .binding
                .map_or_else(String::new, |binding| binding.number.clone()),
            division: self.division.map(str::to_owned),
            part: part.to_owned(),
            what,
        }
    }
}
