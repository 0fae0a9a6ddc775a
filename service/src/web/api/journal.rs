//! The journal: everything that happened, the newest first, by time, connection, host, document or case.

use std::collections::BTreeSet;
use std::ops::Range;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tieout_core::document::{ConnectionId, DocumentId, DocumentKey, DocumentKind, HostId};
use tieout_core::engine::{BindingKey, Entry};
use tieout_core::store::{Find, JournalPage};

use super::desk::Desk;
use super::endpoint::{Call, Endpoint, Nothing, Reply};
use super::paging::{Limit, Page, cursor, place};
use super::problem::{Problem, Sort};
use crate::story;

/// Pages of the journal that one request looks at, each of some ten entries.
const PAGES_MAX: usize = 1_000;
/// Pages that are read at once.
const STEP: usize = 50;

/// What of the journal is wanted.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct JournalAsked {
    /// What happened at this moment or later.
    from: Option<DateTime<Utc>>,
    /// What happened before this moment.
    before: Option<DateTime<Utc>>,
    /// What happened on this connection.
    connection: Option<ConnectionId>,
    /// What happened to documents of this host.
    host: Option<HostId>,
    /// With `host` and `id`: what happened to one document.
    kind: Option<DocumentKind>,
    /// With `host` and `kind`: what happened to one document.
    id: Option<DocumentId>,
    /// With `host`: what happened to the documents about one case.
    case: Option<String>,
    /// How many on a page.
    limit: Limit,
    /// The `next` of the page before.
    after: Option<String>,
}

/// Something that happened.
#[derive(Debug, Serialize, JsonSchema)]
struct JournalEntry {
    /// Its name, which stays: later ones sort behind it by page and place.
    id: String,
    /// When.
    at: DateTime<Utc>,
    /// To which document; absent for what concerns a whole host or connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<DocumentKey>,
    /// On which connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<ConnectionId>,
    /// What, in a word that stays, such as `landed`; further ones may come.
    event: String,
    /// The same as a sentence without its full stop.
    words: String,
    /// What belongs to the event, in the stored form, which later versions may extend.
    details: Value,
    /// The state of the document afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
}

/// A place in the journal: what stands before it is still to be told.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Place {
    page: u64,
    entry: usize,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::get(
        "/v1/journal",
        "list_journal",
        "Everything that happened, the newest first. With filters a page may be short, or empty, and still have a `next`.",
        list,
    )]
}

async fn list(call: Call<Nothing, JournalAsked>) -> Result<Reply<Page<JournalEntry>>, Problem> {
    let asked = &call.query;
    let after: Option<Place> = place(asked.after.as_deref())?;
    let reader = Reader {
        desk: &call.desk,
        asked,
        pages: pages(&call.desk, asked).await?,
    };
    let page = reader.read(after).await?;
    Ok(page.reply(&call.asked))
}

/// Where entries that fit may stand.
enum Pages {
    /// In these pages.
    Span(Range<u64>),
    /// In those of these bindings, which are few.
    These(BTreeSet<u64>, BTreeSet<BindingKey>),
}

struct Reader<'a> {
    desk: &'a Desk,
    asked: &'a JournalAsked,
    pages: Pages,
}

impl Reader<'_> {
    async fn read(&self, after: Option<Place>) -> Result<Page<JournalEntry>, Problem> {
        let limit = self.asked.limit.get();
        let mut data = Vec::new();
        let mut looked = 0;
        // The page of the place is looked at again, for what stands before the place in it.
        let mut before = after.map(|place| place.page.saturating_add(1));
        loop {
            let some = self.some(before).await?;
            let Some(last) = some.last() else {
                return Ok(Page { data, next: None });
            };
            before = Some(last.number);
            looked += some.len();
            for page in &some {
                let end = match after {
                    Some(place) if place.page == page.number => place.entry,
                    Some(_) | None => usize::MAX,
                };
                for (at, entry) in page.entries.iter().enumerate().rev() {
                    if at >= end || !self.fits(entry) {
                        continue;
                    }
                    data.push(JournalEntry::of(page.number, at, entry));
                    if data.len() == limit {
                        let next = Place {
                            page: page.number,
                            entry: at,
                        };
                        let next = Some(cursor(&next));
                        return Ok(Page { data, next });
                    }
                }
            }
            if looked >= PAGES_MAX {
                let next = before.map(|page| cursor(&Place { page, entry: 0 }));
                return Ok(Page { data, next });
            }
        }
    }

    /// The next pages, the newest first; none at the end.
    async fn some(&self, before: Option<u64>) -> Result<Vec<JournalPage>, Problem> {
        let store = self.desk.store();
        match &self.pages {
            Pages::Span(span) => {
                let before = before.map_or(span.end, |before| before.min(span.end));
                if before <= span.start {
                    return Ok(Vec::new());
                }
                // No page has a number this high: it stands for the end.
                let from = Some(before).filter(|before| *before != u64::MAX);
                let mut some = store.journal_before(from, STEP).await?;
                some.retain(|page| page.number >= span.start);
                Ok(some)
            }
            Pages::These(these, _) => {
                let end = before.unwrap_or(u64::MAX);
                let some: Vec<u64> = these.range(..end).rev().take(STEP).copied().collect();
                Ok(store.journal(&some).await?)
            }
        }
    }

    fn fits(&self, entry: &Entry) -> bool {
        let asked = self.asked;
        let of = entry.binding.as_ref();
        let is = |wanted: bool, fits: bool| !wanted || fits;
        is(
            asked.from.is_some(),
            asked.from.is_some_and(|from| entry.at >= from),
        ) && is(
            asked.before.is_some(),
            asked.before.is_some_and(|end| entry.at < end),
        ) && is(
            asked.connection.is_some(),
            of.map(|it| &it.connection) == asked.connection.as_ref(),
        ) && is(
            asked.host.is_some(),
            of.map(|it| &it.document.host) == asked.host.as_ref(),
        ) && is(
            asked.kind.is_some(),
            of.map(|it| it.document.kind) == asked.kind,
        ) && is(
            asked.id.is_some(),
            of.map(|it| &it.document.id) == asked.id.as_ref(),
        ) && self.is_of_these(entry)
    }

    /// A page that tells of a document tells of others too.
    fn is_of_these(&self, entry: &Entry) -> bool {
        match &self.pages {
            Pages::Span(_) => true,
            Pages::These(_, keys) => entry.binding.as_ref().is_some_and(|it| keys.contains(it)),
        }
    }
}

async fn pages(desk: &Desk, asked: &JournalAsked) -> Result<Pages, Problem> {
    let store = desk.store();
    let find = match (&asked.host, asked.kind, &asked.id, &asked.case) {
        (Some(host), Some(kind), Some(id), None) => Find::Document(DocumentKey {
            host: host.clone(),
            kind,
            id: id.clone(),
        }),
        (Some(host), None, None, Some(case)) => Find::Case {
            host: host.clone(),
            number: case.clone(),
        },
        (_, _, Some(_), _) | (_, _, _, Some(_)) => {
            return Err(Problem::new(
                Sort::NotReadable,
                "one document is named by `host`, `kind` and `id`, one case by `host` and `case`",
            ));
        }
        (_, _, None, None) => {
            let Some(time) = time(asked) else {
                return Ok(Pages::Span(0..u64::MAX));
            };
            return Ok(Pages::Span(store.journal_span(time).await?));
        }
    };
    let keys = store.find(&find).await?;
    let bindings = store.bindings(&keys).await?.into_iter().flatten();
    let pages = bindings.flat_map(|it| it.story).collect();
    Ok(Pages::These(pages, keys.into_iter().collect()))
}

/// The stretch of time that is meant, if one is.
fn time(asked: &JournalAsked) -> Option<Range<DateTime<Utc>>> {
    if asked.from.is_none() && asked.before.is_none() {
        return None;
    }
    let from = asked.from.unwrap_or(DateTime::<Utc>::MIN_UTC);
    Some(from..asked.before.unwrap_or(DateTime::<Utc>::MAX_UTC))
}

impl JournalEntry {
    fn of(page: u64, at: usize, entry: &Entry) -> Self {
        let (event, details) = match serde_json::to_value(&entry.event) {
            Ok(Value::Object(fields)) => fields.into_iter().next().unwrap_or_default(),
            Ok(Value::String(word)) => (word, Value::Null),
            Ok(_) | Err(_) => Default::default(),
        };
        Self {
            id: format!("{page}.{at}"),
            at: entry.at,
            document: entry.binding.as_ref().map(|it| it.document.clone()),
            connection: entry.binding.as_ref().map(|it| it.connection.clone()),
            event,
            words: story::words(&entry.event),
            details,
            state: entry.state.clone(),
        }
    }
}
