//! How notes of orders are read and written: what is heard and that the engine is owed it, in one commit.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tieout_core::host::{HostError, HostErrorKind, Note, Notebook};
use tokio::sync::Mutex;

use super::note::{loaded, stored};
use super::{CallBook, Group, Order, Told, learn};

const ORDER: &str = "order";
const GROUP: &str = "group";
/// Which group has a reference as its number: the first that used it.
const CLAIM: &str = "claim";
const OWED: &str = "owed";
const STUCK: &str = "stuck";
const STATE: &str = "state";
/// Orders that wait to be told: more than a day of the busiest product.
const OWED_MAX: usize = 100_000;
/// Orders that cannot be read as documents and are tried again after a start, since the configuration may have been mended.
const STUCK_MAX: usize = 1_000;

/// The notes of a product's orders.
pub(crate) struct Ledger {
    notes: Notebook,
    /// Held while notes are changed: what is read then stays so until it is written.
    writing: Mutex<()>,
}

/// An order that the engine is owed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Owed {
    /// Grows with each.
    pub(crate) number: u64,
    /// The order.
    pub(crate) id: String,
}

/// How far the export was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Poll {
    /// When the last whole round began.
    pub(crate) done: Option<DateTime<Utc>>,
    /// When the round under way began.
    pub(crate) began: Option<DateTime<Utc>>,
    /// The number of its next page, from 1.
    pub(crate) page: u32,
    /// The address of its next page, where the product gave it.
    pub(crate) next: Option<String>,
    /// The fingerprint of the last page: one that comes again means that there are no more.
    pub(crate) last: Option<String>,
    /// When the last round began, also one that found nothing; before there was this field, `done` said it.
    pub(crate) looked: Option<DateTime<Utc>>,
    /// When the last whole round began that asked for everything, however old.
    pub(crate) full: Option<DateTime<Utc>>,
    /// Whether the round under way asks for everything.
    pub(crate) is_full: bool,
    /// What was met in the round under way that cannot be told apart as an order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) nameless: Option<Nameless>,
    /// Rounds in a row that were given up since a page was refused to which another one had led.
    pub(crate) dropped: u32,
}

/// Rows of the export without an identifier: nothing can be made of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Nameless {
    /// How many.
    pub(crate) rows: usize,
    /// The field at fault in the first of them.
    pub(crate) field: String,
    /// What is wrong with it.
    pub(crate) message: String,
}

/// What a round of the export met in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RoundEnd {
    /// Rows without an identifier.
    pub(crate) nameless: Option<Nameless>,
    /// Whether it asked for everything: only then what it did not meet is no more.
    pub(crate) is_whole: bool,
}

/// Under which name the engine is owed what was said of rows without an identifier. No order is called so.
pub(crate) const NAMELESS: &str = "~nameless";

impl Nameless {
    /// These and others, in the order in which they were met.
    pub(crate) fn and(before: Option<Self>, more: Option<Self>) -> Option<Self> {
        match (before, more) {
            (Some(before), Some(more)) => Some(Self {
                rows: before.rows.saturating_add(more.rows),
                ..before
            }),
            (before, more) => before.or(more),
        }
    }
}

impl Ledger {
    pub(crate) fn new(notes: Notebook) -> Self {
        Self {
            notes,
            writing: Mutex::default(),
        }
    }

    /// Takes news, durably when this returns. A repeat changes nothing and owes nothing.
    ///
    /// `poll`, and what the round met that ends with it, are written in the same commit. Gives whether there is an order whose whole form is not known.
    pub(crate) async fn take(
        &self,
        all: &[Told],
        at: DateTime<Utc>,
        poll: Option<&Poll>,
        end: Option<&RoundEnd>,
    ) -> Result<bool, HostError> {
        let _alone = self.writing.lock().await;
        let mut orders: BTreeMap<String, Order> = BTreeMap::new();
        let (mut changed, mut learnt) = (BTreeSet::new(), BTreeSet::new());
        for told in all {
            let id = &told.news.id;
            let known = match orders.get(id) {
                Some(order) => Some(order.clone()),
                None => self.order(id).await?,
            };
            let order = learn(known.as_ref(), told, at);
            if known.as_ref() != Some(&order) {
                changed.insert(order.id.clone());
            }
            if known.is_none_or(|known| known.revision != order.revision) {
                learnt.insert(order.id.clone());
            }
            orders.insert(order.id.clone(), order);
        }
        let lacks_form = orders.values().any(|order| order.form.is_none());
        let mut written: Vec<Note> = poll
            .map(|poll| note(STATE, "poll", poll))
            .into_iter()
            .collect();
        written.extend(self.groups_after(&orders, &changed).await?);
        let mut next = self.counter().await?;
        for id in &changed {
            let order = orders.get(id).expect("what changed was read");
            written.push(note(ORDER, id, order));
            if learnt.contains(id) {
                next += 1;
                let owed = Owed {
                    number: next,
                    id: id.clone(),
                };
                written.push(note(OWED, &place(next), &owed));
            }
        }
        let rows = match end {
            Some(end) => self.nameless_after(end).await?,
            None => None,
        };
        if let Some(rows) = &rows {
            next += 1;
            let owed = Owed {
                number: next,
                id: NAMELESS.to_owned(),
            };
            written.push(rows.clone());
            written.push(note(OWED, &place(next), &owed));
        }
        if !learnt.is_empty() || rows.is_some() {
            written.push(note(STATE, "owed", &next));
        }
        if !written.is_empty() {
            self.notes.write(written).await?;
        }
        Ok(lacks_form)
    }

    /// What is noted of rows without an identifier after a round, where that is another thing than before it.
    async fn nameless_after(&self, end: &RoundEnd) -> Result<Option<Note>, HostError> {
        let known = self.nameless().await?;
        let is_news = match (&known, &end.nameless) {
            (None, met) => met.is_some(),
            // A round that asks for what changed alone meets fewer of them.
            (Some(_), _) if !end.is_whole => false,
            (Some(known), met) => met.as_ref() != Some(known),
        };
        Ok(is_news.then(|| match &end.nameless {
            Some(met) => note(STATE, NAMELESS, met),
            None => Note {
                chapter: STATE,
                name: NAMELESS.to_owned(),
                content: None,
            },
        }))
    }

    /// The rows of the export without an identifier, as they were met last.
    pub(crate) async fn nameless(&self) -> Result<Option<Nameless>, HostError> {
        self.read(STATE, NAMELESS).await
    }

    /// The groups that changed orders are new in, or complete.
    async fn groups_after(
        &self,
        orders: &BTreeMap<String, Order>,
        changed: &BTreeSet<String>,
    ) -> Result<Vec<Note>, HostError> {
        let mut claims: BTreeMap<String, String> = BTreeMap::new();
        let mut groups: BTreeMap<String, (Option<Group>, Group)> = BTreeMap::new();
        let changed = changed.iter().filter_map(|id| orders.get(id));
        for (order, name) in changed.filter_map(|it| Some((it, it.group.clone()?))) {
            if !groups.contains_key(&name) {
                let known = self.group(&name).await?;
                let mut now = known.clone().unwrap_or_else(|| Group::new(&name));
                if let (None, Some(reference)) = (&known, order.word("external_ref")) {
                    let first = match claims.get(&reference) {
                        Some(first) => Some(first.clone()),
                        None => self.read(CLAIM, &reference).await?,
                    };
                    now.is_second = first.as_ref().is_some_and(|first| *first != name);
                    claims.insert(reference, first.unwrap_or_else(|| name.clone()));
                }
                groups.insert(name.clone(), (known, now));
            }
            let (_, group) = groups.get_mut(&name).expect("it was put there");
            if !group.orders.contains(&order.id) {
                group.orders.push(order.id.clone());
            }
        }
        let claimed = claims.iter();
        let mut written: Vec<Note> = claimed.map(|(it, group)| note(CLAIM, it, group)).collect();
        for (known, mut group) in groups.into_values() {
            if group.sealed.is_none() && self.is_complete(&group, orders).await? {
                group.sealed = Some(group.orders.len());
            }
            if known.as_ref() != Some(&group) {
                written.push(note(GROUP, &group.name, &group));
            }
        }
        Ok(written)
    }

    async fn is_complete(
        &self,
        group: &Group,
        orders: &BTreeMap<String, Order>,
    ) -> Result<bool, HostError> {
        for id in &group.orders {
            let order = match orders.get(id) {
                Some(order) => Some(order.clone()),
                None => self.order(id).await?,
            };
            if !order.is_some_and(|order| order.status.is_final()) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// An order, if anything is known of it.
    pub(crate) async fn order(&self, id: &str) -> Result<Option<Order>, HostError> {
        self.read(ORDER, id).await
    }

    /// The orders that one order of a customer was split into.
    pub(crate) async fn group(&self, name: &str) -> Result<Option<Group>, HostError> {
        self.read(GROUP, name).await
    }

    /// What the engine is owed after a number, oldest first.
    pub(crate) async fn owed(&self, after: u64) -> Result<Vec<Owed>, HostError> {
        let notes = self.notes.chapter(OWED, OWED_MAX).await?;
        let mut owed = Vec::new();
        for bytes in notes {
            let one: Owed = loaded(&bytes)?;
            if one.number > after {
                owed.push(one);
            }
        }
        Ok(owed)
    }

    /// The engine has everything up to a number.
    pub(crate) async fn told(&self, up_to: u64) -> Result<(), HostError> {
        let _alone = self.writing.lock().await;
        let gone = |number| Note {
            chapter: OWED,
            name: place(number),
            content: None,
        };
        let owed = self.owed(0).await?;
        let gone: Vec<Note> = owed
            .iter()
            .filter(|one| one.number <= up_to)
            .map(|one| gone(one.number))
            .collect();
        match gone.is_empty() {
            true => Ok(()),
            false => self.notes.write(gone).await,
        }
    }

    /// Keeps which orders cannot be read as documents, and which can by now.
    pub(crate) async fn keep_stuck(&self, of: &BTreeMap<String, bool>) -> Result<(), HostError> {
        let mut written = Vec::new();
        for (id, is_stuck) in of {
            let was_stuck = self.notes.read(STUCK, id).await?.is_some();
            if was_stuck != *is_stuck {
                written.push(Note {
                    chapter: STUCK,
                    name: id.clone(),
                    content: is_stuck.then(|| stored(id)),
                });
            }
        }
        match written.is_empty() {
            true => Ok(()),
            false => self.notes.write(written).await,
        }
    }

    /// Owes the engine once more what could not be read as documents.
    pub(crate) async fn owe_stuck(&self) -> Result<(), HostError> {
        let _alone = self.writing.lock().await;
        let stuck = self.notes.chapter(STUCK, STUCK_MAX).await?;
        if stuck.is_empty() {
            return Ok(());
        }
        let mut next = self.counter().await?;
        let mut written = Vec::new();
        for bytes in stuck {
            next += 1;
            let owed = Owed {
                number: next,
                id: loaded(&bytes)?,
            };
            written.push(note(OWED, &place(next), &owed));
        }
        written.push(note(STATE, "owed", &next));
        self.notes.write(written).await
    }

    /// How far the export was read.
    pub(crate) async fn poll(&self) -> Result<Poll, HostError> {
        Ok(self.read(STATE, "poll").await?.unwrap_or_default())
    }

    /// Notes a call that is about to be made.
    ///
    /// Fails as `Unavailable` when none is left.
    pub(crate) async fn note_call(&self, now: DateTime<Utc>) -> Result<(), HostError> {
        let _alone = self.writing.lock().await;
        let mut calls: CallBook = self.read(STATE, "calls").await?.unwrap_or_default();
        calls.note(now).map_err(|free| {
            let message = format!(
                "the product allows 1,000 calls an hour and 10,000 a day, and they are used; the next is free at {}",
                free.format("%Y-%m-%d %H:%M UTC")
            );
            HostError::new(HostErrorKind::Unavailable, "read export", message)
        })?;
        self.notes.write(vec![note(STATE, "calls", &calls)]).await
    }

    async fn counter(&self) -> Result<u64, HostError> {
        Ok(self.read(STATE, "owed").await?.unwrap_or_default())
    }

    async fn read<T: serde::de::DeserializeOwned>(
        &self,
        chapter: &str,
        name: &str,
    ) -> Result<Option<T>, HostError> {
        let bytes = self.notes.read(chapter, name).await?;
        bytes.map(|bytes| loaded(&bytes)).transpose()
    }
}

fn note<T: Serialize>(chapter: &'static str, name: &str, content: &T) -> Note {
    Note {
        chapter,
        name: name.to_owned(),
        content: Some(stored(content)),
    }
}

/// Names sort as numbers do.
fn place(number: u64) -> String {
    format!("{number:020}")
}
