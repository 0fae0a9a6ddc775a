//! What happened, newest first: over everything, on one connection, of one host, case or document, page by page.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use tieout_core::document::{ConnectionId, HostId};
use tieout_core::engine::{Binding, BindingKey, Entry, Event};
use tieout_core::store::{Find, JournalPage, Store};

use crate::command::find_documents;
use crate::exit::Failure;

/// What is wanted of the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct HappeningsWanted {
    /// Of documents on this connection.
    pub(crate) connection: Option<ConnectionId>,
    /// Of documents of this host.
    pub(crate) host: Option<HostId>,
    /// Of the documents of this case.
    pub(crate) case: Option<String>,
    /// Of this document, by number or as host/kind/id.
    pub(crate) document: Option<String>,
    /// Of this kind, one of [`EVENTS`].
    pub(crate) event: Option<&'static str>,
    /// On this day or later, UTC.
    pub(crate) from: Option<NaiveDate>,
    /// On this day or earlier, UTC.
    pub(crate) to: Option<NaiveDate>,
    /// Before this place.
    pub(crate) before: Option<Moment>,
    /// Lines on a page.
    pub(crate) lines: usize,
}

/// A place in the journal: a page, and an entry on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment {
    page: u64,
    entry: usize,
}

/// A page of what happened.
#[derive(Clone, Debug, Default)]
pub(crate) struct HappeningsPage {
    /// The entries, newest first.
    pub(crate) entries: Vec<Entry>,
    /// The numbers of the documents that they name.
    pub(crate) numbers: BTreeMap<BindingKey, String>,
    /// Where to go on, where there may be more.
    pub(crate) next: Option<Moment>,
    /// Whether looking ended before a whole page was found.
    pub(crate) is_cut: bool,
    /// Documents that a case or a name stands for; `None` where none was asked for.
    pub(crate) documents: Option<usize>,
}

/// Kinds of events, with what each is called.
pub(crate) const EVENTS: [(&str, &str); 17] = [
    ("host_changed", "the product told of it"),
    ("planned", "planned"),
    ("held", "held"),
    ("departed", "sent"),
    ("landed", "arrived"),
    ("refused", "refused"),
    ("in_doubt", "in doubt"),
    ("resolved", "doubt settled"),
    ("put_back", "put back"),
    ("provider_changed", "changed in the books"),
    ("delivered", "told the product"),
    ("delivery_refused", "refused by the product"),
    ("adopted", "adopted"),
    ("ignored", "ignored"),
    ("companion", "beside the document"),
    ("operator", "decided by a person"),
    ("record_unreadable", "unreadable record"),
];

/// Pages of the journal that are read at once.
const STEP: usize = 64;
/// Pages of the journal that are looked through for one page.
const LOOKED_MAX: usize = 2_048;
/// Pages of stories that are looked through for one page.
const STORY_PAGES_MAX: usize = 20_000;

/// The kind of an event.
pub(crate) fn kind_of(event: &Event) -> &'static str {
    match event {
        Event::HostChanged { .. } => "host_changed",
        Event::Planned { .. } => "planned",
        Event::Held { .. } => "held",
        Event::Departed { .. } => "departed",
        Event::Landed { .. } => "landed",
        Event::Refused { .. } => "refused",
        Event::InDoubt { .. } => "in_doubt",
        Event::Resolved { .. } => "resolved",
        Event::PutBack { .. } => "put_back",
        Event::ProviderChanged { .. } => "provider_changed",
        Event::Delivered { .. } => "delivered",
        Event::DeliveryRefused { .. } => "delivery_refused",
        Event::Adopted { .. } => "adopted",
        Event::Ignored { .. } => "ignored",
        Event::Companion { .. } => "companion",
        Event::Operator { .. } => "operator",
        Event::RecordUnreadable { .. } => "record_unreadable",
    }
}

impl Moment {
    /// The place that a text of an address names.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (page, entry) = text.split_once('.')?;
        Some(Self {
            page: page.parse().ok()?,
            entry: entry.parse().ok()?,
        })
    }
}

impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.page, self.entry)
    }
}

/// One page of what happened. `hosts` are those whose cases are looked for where none is named.
pub(crate) async fn happenings(
    store: &dyn Store,
    wanted: &HappeningsWanted,
    hosts: &[HostId],
) -> Result<HappeningsPage, Failure> {
    let mut page = match meant(store, wanted, hosts).await? {
        Some(bindings) => of_documents(store, wanted, &bindings).await?,
        None => of_everything(store, wanted).await?,
    };
    let keys: BTreeSet<BindingKey> = page
        .entries
        .iter()
        .filter_map(|it| it.binding.clone())
        .collect();
    let keys: Vec<BindingKey> = keys.into_iter().collect();
    let bindings = store.bindings(&keys).await?.into_iter().flatten();
    page.numbers = bindings.map(|it| (it.key, it.number)).collect();
    Ok(page)
}

/// The documents that are asked for by name or by case; `None` where all are.
async fn meant(
    store: &dyn Store,
    wanted: &HappeningsWanted,
    hosts: &[HostId],
) -> Result<Option<Vec<Binding>>, Failure> {
    if wanted.case.is_none() && wanted.document.is_none() {
        return Ok(None);
    }
    let mut found: Option<BTreeMap<BindingKey, Binding>> = None;
    if let Some(named) = &wanted.document {
        let bindings = find_documents(store, named).await?;
        found = Some(
            bindings
                .into_iter()
                .map(|it| (it.key.clone(), it))
                .collect(),
        );
    }
    if let Some(number) = &wanted.case {
        let mut keys = Vec::new();
        for host in hosts
            .iter()
            .filter(|it| wanted.host.as_ref().is_none_or(|host| host == *it))
        {
            let find = Find::Case {
                host: host.clone(),
                number: number.clone(),
            };
            keys.extend(store.find(&find).await?);
        }
        let bindings = store.bindings(&keys).await?.into_iter().flatten();
        let of_case: BTreeMap<BindingKey, Binding> =
            bindings.map(|it| (it.key.clone(), it)).collect();
        found = Some(match found {
            None => of_case,
            Some(mut named) => {
                named.retain(|key, _| of_case.contains_key(key));
                named
            }
        });
    }
    Ok(found.map(|found| found.into_values().collect()))
}

/// What happened to some documents: their stories name the pages.
async fn of_documents(
    store: &dyn Store,
    wanted: &HappeningsWanted,
    bindings: &[Binding],
) -> Result<HappeningsPage, Failure> {
    let keys: BTreeSet<&BindingKey> = bindings.iter().map(|it| &it.key).collect();
    let pages: BTreeSet<u64> = bindings
        .iter()
        .flat_map(|it| it.story.iter().copied())
        .collect();
    let until = wanted.before.map_or(u64::MAX, |at| at.page);
    let pages: Vec<u64> = pages
        .into_iter()
        .rev()
        .filter(|page| *page <= until)
        .collect();
    let mut gathered = Gathered::new(wanted);
    gathered.page.documents = Some(bindings.len());
    for some in pages.chunks(STEP) {
        let mut read = store.journal(some).await?;
        read.sort_by_key(|page| std::cmp::Reverse(page.number));
        let is_full = gathered.take(&read, &|entry| {
            entry.binding.as_ref().is_some_and(|key| keys.contains(key))
        });
        if is_full || gathered.looked_at >= STORY_PAGES_MAX {
            return Ok(gathered.cut());
        }
    }
    Ok(gathered.page)
}

/// What happened at all, from the end of the time that is asked for backwards.
async fn of_everything(
    store: &dyn Store,
    wanted: &HappeningsWanted,
) -> Result<HappeningsPage, Failure> {
    let mut gathered = Gathered::new(wanted);
    let (mut before, mut from) = (None, 0);
    if wanted.from.is_some() || wanted.to.is_some() {
        let (start, end) = gathered.time;
        let span = store.journal_span(start..end).await?;
        if span.is_empty() {
            return Ok(gathered.page);
        }
        (before, from) = (Some(span.end), span.start);
    }
    if let Some(at) = wanted.before {
        before = Some(before.unwrap_or(u64::MAX).min(at.page.saturating_add(1)));
    }
    loop {
        let mut read = store.journal_before(before, STEP).await?;
        let is_last = read.len() < STEP || read.iter().any(|page| page.number < from);
        read.retain(|page| page.number >= from);
        before = read.last().map(|page| page.number);
        let is_full = gathered.take(&read, &|_| true);
        if is_full || (gathered.looked_at >= LOOKED_MAX && !is_last) {
            return Ok(gathered.cut());
        }
        if is_last {
            return Ok(gathered.page);
        }
    }
}

/// A page as it is gathered.
struct Gathered<'a> {
    wanted: &'a HappeningsWanted,
    /// From its start to before its end.
    time: (DateTime<Utc>, DateTime<Utc>),
    page: HappeningsPage,
    last: Option<Moment>,
    looked_at: usize,
}

impl<'a> Gathered<'a> {
    fn new(wanted: &'a HappeningsWanted) -> Self {
        let start = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        let end = wanted.to.and_then(|day| day.checked_add_days(Days::new(1)));
        Self {
            wanted,
            time: (
                wanted.from.map_or(DateTime::<Utc>::MIN_UTC, start),
                end.map_or(DateTime::<Utc>::MAX_UTC, start),
            ),
            page: HappeningsPage::default(),
            last: None,
            looked_at: 0,
        }
    }

    /// Takes what fits of some pages, newest first. Gives whether the page is full.
    fn take(&mut self, pages: &[JournalPage], is_meant: &dyn Fn(&Entry) -> bool) -> bool {
        for page in pages {
            self.looked_at += 1;
            for (index, entry) in page.entries.iter().enumerate().rev() {
                let at = Moment {
                    page: page.number,
                    entry: index,
                };
                if self.wanted.before.is_some_and(|before| at >= before) {
                    continue;
                }
                self.last = Some(at);
                if !is_meant(entry) || !self.fits(entry) {
                    continue;
                }
                self.page.entries.push(entry.clone());
                if self.page.entries.len() >= self.wanted.lines.max(1) {
                    return true;
                }
            }
        }
        false
    }

    fn fits(&self, entry: &Entry) -> bool {
        let wanted = self.wanted;
        let key = entry.binding.as_ref();
        let is_here = wanted
            .connection
            .as_ref()
            .is_none_or(|it| key.is_some_and(|key| key.connection == *it));
        let is_of_host = wanted
            .host
            .as_ref()
            .is_none_or(|it| key.is_some_and(|key| key.document.host == *it));
        let is_of_kind = wanted.event.is_none_or(|it| kind_of(&entry.event) == it);
        is_here && is_of_host && is_of_kind && entry.at >= self.time.0 && entry.at < self.time.1
    }

    /// The page where looking ended before the end.
    fn cut(mut self) -> HappeningsPage {
        self.page.next = self.last;
        self.page.is_cut = self.page.entries.len() < self.wanted.lines;
        self.page
    }
}
