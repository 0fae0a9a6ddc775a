//! How records of Freshsales are read, searched, followed and completed, and how a trace is left at one.

use chrono::{DateTime, TimeDelta, Utc};
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tieout_core::engine::ContentHash;
use tieout_core::host::{
    Details, HostError, HostErrorKind, HostRecord, Note, RecordKind, RecordPage, RecordRef, Trace,
};
use tieout_host_web::{Fields, Reply};

use crate::capability::{FETCHED_MAX, PAGE_RECORDS_MAX};
use crate::error::{refused, unreadable, words};
use crate::host::FreshsalesHost;
use crate::map::{self, Names};
use crate::mirror::own;
use crate::wire::Object;

const READ: &str = "read freshsales";
const TRACE: &str = "leave a trace in freshsales";
/// Which notes were left at records, by record and number of the invoice.
const TRACES: &str = "trace";
/// It is there.
const LEFT: &[u8] = b"left";
/// It was about to be written, and what came of it is not known.
const BEGUN: &[u8] = b"begun";
/// Minutes for which the names of currencies and stages are taken as known.
const NAMES_MINUTES: i64 = 60;
/// The same where a record names one that is not among them.
const UNKNOWN_MINUTES: i64 = 1;
/// Pages of one view.
const PAGES_MAX: usize = 10_000;

/// How far changes were read: views are told newest first, so a walk goes back until what was known before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    /// Everything that changed before this was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    floor: Option<DateTime<Utc>>,
    /// The newest change when the walk began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ceiling: Option<DateTime<Utc>>,
    /// Pages of the walk that were read.
    #[serde(default)]
    pages: usize,
}

impl FreshsalesHost {
    /// A record with what belongs to it.
    pub(crate) async fn read(&self, key: &RecordRef) -> Result<Option<HostRecord>, HostError> {
        let object = object(key.kind)?;
        let path = [object.route, key.id.as_str()];
        let query = [("include", object.include)];
        let Some(reply) = self.freshsales.get(&path, &query).await? else {
            return Ok(None);
        };
        let fields = Fields::of(&reply[object.one])
            .ok_or_else(|| unreadable(READ, format!("{key} came without `{}`", object.one)))?;
        if fields.is_set("is_deleted") {
            return Ok(None);
        }
        let names = self.names(object, &[fields]).await?;
        let record = map::record(object, fields, &names, self.reading());
        let mut record = record.map_err(|why| unreadable(READ, format!("{key}: {why}")))?;
        record.mirrored = own(fields, self.config.mirror.of(key.kind));
        if record.key != *key {
            return Err(unreadable(
                READ,
                format!("{key} was asked for and {} came", record.key),
            ));
        }
        Ok(Some(record))
    }

    /// Records by name or e-mail. What a search shows is thin, so each is read.
    pub(crate) async fn look_for(
        &self,
        kind: RecordKind,
        text: &str,
        limit: usize,
    ) -> Result<Vec<HostRecord>, HostError> {
        let object = object(kind)?;
        let text = text.trim();
        let ids: Vec<String> = match text.contains('@') && kind == RecordKind::Contact {
            true => {
                let query = [("q", text), ("f", "email"), ("entities", object.one)];
                let found = self.freshsales.must(&["lookup"], &query).await?;
                let rows = found[object.route][object.route].as_array();
                let rows = rows.into_iter().flatten().filter_map(Fields::of);
                rows.filter_map(|row| row.id("id")).collect()
            }
            false => {
                let query = [("q", text), ("include", object.one)];
                let found = self.freshsales.must(&["search"], &query).await?;
                let rows = found
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Fields::of);
                // A search may show other kinds too.
                rows.filter(|row| row.text("type").is_none_or(|kind| kind == object.one))
                    .filter_map(|row| row.id("id"))
                    .collect()
            }
        };
        let mut records = Vec::new();
        for id in ids.into_iter().take(limit.min(FETCHED_MAX)) {
            let Ok(key) = RecordRef::new(kind, id) else {
                continue;
            };
            records.extend(self.read(&key).await?);
        }
        Ok(records)
    }

    /// One page of the walk back through what changed. There is no filter by time: the view is sorted by the last change,
    /// newest first, and the walk ends where everything was known before.
    ///
    /// What changes meanwhile moves to the front and is told by the next walk.
    pub(crate) async fn follow(
        &self,
        kind: RecordKind,
        after: Option<&str>,
    ) -> Result<RecordPage, HostError> {
        let object = object(kind)?;
        let mut position: Position = match after {
            Some(text) => serde_json::from_str(text)
                .map_err(|error| unreadable(READ, format!("the position: {error}")))?,
            None => Position::default(),
        };
        let view = self.view(object).await?;
        let (page, rows) = (
            (position.pages + 1).to_string(),
            PAGE_RECORDS_MAX.to_string(),
        );
        let query = [
            ("page", page.as_str()),
            ("per_page", &rows),
            ("sort", "updated_at"),
            ("sort_type", "desc"),
        ];
        let reply = self
            .freshsales
            .must(&[object.route, "view", &view], &query)
            .await?;
        let total = Fields::of(&reply["meta"]).and_then(|meta| meta.decimal("total_pages").ok()?);
        let Some((list, total)) = reply[object.route].as_array().zip(total) else {
            return Err(unreadable(
                READ,
                format!("view {view} of {} is no list", object.route),
            ));
        };
        let rows: Vec<Fields<'_>> = list.iter().filter_map(Fields::of).collect();
        let names = self.names(object, &rows).await?;
        let (mut records, mut is_known) = (Vec::new(), false);
        for row in rows {
            match map::record(object, row, &names, self.reading()) {
                // The same second may hold what was not told yet.
                Ok(record) if record.updated_at < position.floor => is_known = true,
                Ok(record) if row.is_set("is_deleted") => drop(record),
                Ok(record) => records.push(record),
                Err(why) => tracing::warn!(object = object.route, why, "a record cannot be read"),
            }
        }
        let newest = records.iter().filter_map(|record| record.updated_at).max();
        position.ceiling = position.ceiling.max(newest);
        position.pages += 1;
        let read = rust_decimal::Decimal::from(position.pages);
        let more = !is_known && read < total;
        if more && position.pages >= PAGES_MAX {
            return Err(unreadable(READ, "the view does not come to an end"));
        }
        if !more {
            position = Position {
                floor: position.ceiling.max(position.floor),
                ..Position::default()
            };
        }
        let position = serde_json::to_string(&position).map_err(|error| unreadable(READ, error))?;
        Ok(RecordPage {
            records,
            position: Some(position),
            more,
        })
    }

    /// Writes what a record lacked, if it is as it was read: Freshsales has no tags, so it is read once more before.
    pub(crate) async fn fill_in(
        &self,
        record: &HostRecord,
        details: &Details,
    ) -> Result<Result<(), String>, HostError> {
        let object = object(record.key.kind)?;
        let Some(now) = self.read(&record.key).await? else {
            return Ok(Err("it is not in Freshsales any more".to_owned()));
        };
        if now.version != record.version {
            return Ok(Err("it was changed in Freshsales meanwhile".to_owned()));
        }
        let fields = map::changes(object, details, self.config.tax_number_field.as_deref());
        let path = [object.route, record.key.id.as_str()];
        let reply = self.freshsales.write(Method::PUT, &path, &fields).await?;
        Ok(match reply.is_done() {
            true => Ok(()),
            false => Err(format!(
                "Freshsales answered {}: {}",
                reply.status,
                words(&reply)
            )),
        })
    }

    /// Leaves a link to the invoice where it has an address, else a note. Links are looked for before; notes that were left
    /// are remembered.
    pub(crate) async fn leave(
        &self,
        key: &RecordRef,
        trace: &Trace,
    ) -> Result<Result<(), String>, HostError> {
        let object = object(key.kind)?;
        match &trace.url {
            Some(url) => self.leave_link(object, key, (url, &trace.number)).await,
            None => self.leave_note(object, key, trace).await,
        }
    }

    async fn leave_link(
        &self,
        object: &Object,
        key: &RecordRef,
        (url, number): (&str, &str),
    ) -> Result<Result<(), String>, HostError> {
        let path = [object.route, key.id.as_str(), "document_associations"];
        let known = self.freshsales.get(&path, &[]).await?.unwrap_or_default();
        let links = known["document_associations"].as_array();
        let mut links = links.into_iter().flatten().filter_map(Fields::of);
        if links.any(|link| link.text("url").as_deref() == Some(url)) {
            return Ok(Ok(()));
        }
        let link = Map::from_iter([
            ("url".to_owned(), Value::from(url)),
            ("name".to_owned(), Value::from(format!("Invoice {number}"))),
            ("is_shared".to_owned(), Value::from(true)),
            ("targetable_id".to_owned(), number_or_text(key.id.as_str())),
            ("targetable_type".to_owned(), Value::from(object.target)),
        ]);
        let reply = self
            .freshsales
            .write(Method::POST, &["document_links"], &link)
            .await?;
        told(&reply)
    }

    /// Leaves a note once, although the product knows no idempotency: that one is about to be left is noted before, and one
    /// whose reply was lost is looked for by its mark before another is written.
    async fn leave_note(
        &self,
        object: &Object,
        key: &RecordRef,
        trace: &Trace,
    ) -> Result<Result<(), String>, HostError> {
        let name = format!("{key} {}", trace.number);
        let mark = mark(&name);
        match self.notebook.read(TRACES, &name).await?.as_deref() {
            None => {}
            Some(BEGUN) => match self.is_there(object, key, &mark).await? {
                Some(true) => {
                    self.keep_trace(name, Some(LEFT)).await?;
                    return Ok(Ok(()));
                }
                Some(false) => {}
                None => {
                    return Ok(Err(format!(
                        "whether the note about {} is there is not known, since Freshsales shows no notes of {key}: look whether one ends with `{mark}`, and write it by hand if there is none",
                        trace.number
                    )));
                }
            },
            Some(_) => return Ok(Ok(())),
        }
        let text = format!("{}\n{mark}", trace.text);
        let note = Map::from_iter([
            ("description".to_owned(), Value::from(text)),
            ("targetable_id".to_owned(), number_or_text(key.id.as_str())),
            ("targetable_type".to_owned(), Value::from(object.target)),
        ]);
        let body = Map::from_iter([("note".to_owned(), Value::Object(note))]);
        // From here on a crash or a lost reply leaves a note that is looked for before it is written again.
        self.keep_trace(name.clone(), Some(BEGUN)).await?;
        let reply = self
            .freshsales
            .write(Method::POST, &["notes"], &body)
            .await?;
        let outcome = told(&reply)?;
        let known = outcome.is_ok().then_some(LEFT);
        self.keep_trace(name, known).await?;
        Ok(outcome)
    }

    /// Whether a record has a note with a mark; `None` where the product shows no notes of it.
    async fn is_there(
        &self,
        object: &Object,
        key: &RecordRef,
        mark: &str,
    ) -> Result<Option<bool>, HostError> {
        let path = [object.route, key.id.as_str()];
        let reply = self.freshsales.get(&path, &[("include", "notes")]).await?;
        let Some(reply) = reply else {
            return Ok(Some(false));
        };
        // They come inside the record, or beside it.
        let inside = reply[object.one]["notes"].as_array();
        let Some(notes) = inside.or_else(|| reply["notes"].as_array()) else {
            return Ok(None);
        };
        let mut texts = notes
            .iter()
            .filter_map(Fields::of)
            .filter_map(|note| note.text("description"));
        Ok(Some(texts.any(|text| text.contains(mark))))
    }

    async fn keep_trace(&self, name: String, content: Option<&[u8]>) -> Result<(), HostError> {
        let note = Note {
            chapter: TRACES,
            name,
            content: content.map(<[u8]>::to_vec),
        };
        self.notebook.write(vec![note]).await
    }

    /// What identifiers inside a record stand for; what is known is asked for again after a while, and sooner where a record
    /// names something that is not among it.
    async fn names(&self, object: &Object, rows: &[Fields<'_>]) -> Result<Names, HostError> {
        if object.kind != RecordKind::Deal {
            return Ok(Names::default());
        }
        let mut known = self.names.lock().await;
        let now = self.clock.now();
        let fresh = |(names, at): &&(Names, DateTime<Utc>)| {
            let minutes = match rows.iter().all(|row| names.know(*row)) {
                true => NAMES_MINUTES,
                false => UNKNOWN_MINUTES,
            };
            now - *at < TimeDelta::minutes(minutes)
        };
        if let Some((names, _)) = known.as_ref().filter(fresh) {
            return Ok(names.clone());
        }
        let currencies = self
            .freshsales
            .must(&["selector", "currencies"], &[])
            .await?;
        let stages = self
            .freshsales
            .must(&["selector", "deal_stages"], &[])
            .await?;
        let by_id = |list: &Value, text: &str| {
            let rows = list.as_array().into_iter().flatten().filter_map(Fields::of);
            rows.filter_map(|row| Some((row.id("id")?, row.text(text)?)))
                .collect()
        };
        let names = Names {
            currencies: by_id(&currencies["currencies"], "currency_code"),
            stages: by_id(&stages["deal_stages"], "name"),
        };
        *known = Some((names.clone(), now));
        Ok(names)
    }

    /// The view that shows every record: lists are told through views only.
    async fn view(&self, object: &Object) -> Result<String, HostError> {
        let reply = self
            .freshsales
            .must(&[object.route, "filters"], &[])
            .await?;
        let views = reply["filters"].as_array().into_iter().flatten();
        let views: Vec<Fields<'_>> = views.filter_map(Fields::of).collect();
        let whole = views.iter().find(|view| {
            let name = view.text("name").unwrap_or_default().to_lowercase();
            name.starts_with("all ")
        });
        whole.and_then(|view| view.id("id")).ok_or_else(|| {
            let message = format!(
                "{} has no view called `All …`, which shows every record",
                object.route
            );
            HostError::new(HostErrorKind::Misconfigured, READ, message)
        })
    }
}

/// What a note is known by again: it stands behind its text.
fn mark(name: &str) -> String {
    let hash = ContentHash::of_bytes(name.as_bytes());
    format!("[tieout {}]", &hash.as_str()[..12])
}

fn told(reply: &Reply) -> Result<Result<(), String>, HostError> {
    match reply.status {
        status if status.is_success() => Ok(Ok(())),
        status if status.is_client_error() => Ok(Err(words(reply))),
        _ => Err(refused(TRACE, reply)),
    }
}

fn number_or_text(id: &str) -> Value {
    id.parse::<u64>()
        .map_or_else(|_| Value::from(id), Value::from)
}

fn object(kind: RecordKind) -> Result<&'static Object, HostError> {
    Object::of(kind).ok_or_else(|| {
        let message = format!("Freshsales keeps no {kind}");
        HostError::new(HostErrorKind::BadData, READ, message)
    })
}
