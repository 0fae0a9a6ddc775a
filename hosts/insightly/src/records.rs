//! How records of Insightly are read, searched, followed and completed, and how a trace is left at one.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use http::{Method, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tieout_core::host::{
    Details, HostError, HostErrorKind, HostRecord, MirrorFields, RecordKind, RecordLine,
    RecordPage, RecordRef, Trace,
};
use tieout_host_web::{Fields, Reply};
use url::Url;

use crate::capability::PAGE_RECORDS_MAX;
use crate::client::Insightly;
use crate::error::{refused, unreadable, words};
use crate::map;
use crate::mirror::own;
use crate::wire::Object;

const READ: &str = "read insightly";
const TRACE: &str = "leave a note in insightly";
/// Before the newest change that was told: clocks of several servers differ, and a second may not be over.
const LOOK_BACK_S: i64 = 60;
/// Records that changed in one round of pages, at most: a round that does not end is a fault.
const ROUND_RECORDS_MAX: usize = 1_000_000;

/// How far changes were read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    /// What changed after this is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<DateTime<Utc>>,
    /// Records of the round that were read.
    #[serde(default)]
    skip: usize,
    /// Where the next round begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<DateTime<Utc>>,
}

impl Insightly {
    /// A record, an opportunity with its lines.
    pub(crate) async fn record(
        &self,
        key: &RecordRef,
        web: Option<&Url>,
        mirrored: Option<&MirrorFields>,
    ) -> Result<Option<HostRecord>, HostError> {
        let object = object(key.kind)?;
        let path = [object.route, key.id.as_str()];
        let Some(tagged) = self.one(&path).await? else {
            return Ok(None);
        };
        let mut record = map::record(object, Fields(&tagged.fields), (web, tagged.tag))
            .map_err(|why| unreadable(READ, format!("{key}: {why}")))?;
        if record.key != *key {
            return Err(unreadable(
                READ,
                format!("{key} was asked for and {} came", record.key),
            ));
        }
        record.mirrored = own(&tagged.fields, mirrored);
        if key.kind == RecordKind::Opportunity {
            record.lines = self.lines(key).await?;
        }
        Ok(Some(record))
    }

    /// The lines of an opportunity, each with the code of its product.
    async fn lines(&self, of: &RecordRef) -> Result<Vec<RecordLine>, HostError> {
        let top = PAGE_RECORDS_MAX.to_string();
        let query = [
            ("field_name", "OPPORTUNITY_ID"),
            ("field_value", of.id.as_str()),
            ("top", &top),
        ];
        let (rows, _) = self
            .list(&["OpportunityLineItem", "Search"], &query)
            .await?;
        if rows.len() >= PAGE_RECORDS_MAX {
            return Err(unreadable(
                READ,
                format!("{of} has {PAGE_RECORDS_MAX} lines or more"),
            ));
        }
        let mut lines = Vec::new();
        for row in &rows {
            let Some(fields) = Fields::of(row) else {
                continue;
            };
            // A search may find more than was meant.
            if fields
                .id("OPPORTUNITY_ID")
                .is_none_or(|id| id != of.id.as_str())
            {
                continue;
            }
            let article = match fields.id("PRICEBOOK_ENTRY_ID") {
                Some(entry) => self.article(&entry).await?,
                None => None,
            };
            let line = map::line(fields, article);
            lines.push(line.map_err(|why| unreadable(READ, format!("{of}: {why}")))?);
        }
        Ok(lines)
    }

    /// The product's code behind an entry of a price book, if it has one.
    async fn article(&self, entry: &str) -> Result<Option<String>, HostError> {
        let Some(entry) = self.one(&["PricebookEntry", entry]).await? else {
            return Ok(None);
        };
        let Some(product) = Fields(&entry.fields).id("PRODUCT_ID") else {
            return Ok(None);
        };
        let Some(product) = self.one(&["Product", &product]).await? else {
            return Ok(None);
        };
        let fields = Fields(&product.fields);
        Ok(fields
            .text("PRODUCT_SKU")
            .or_else(|| fields.text("PRODUCT_CODE")))
    }

    /// Records by a part of their name, or by their e-mail.
    pub(crate) async fn search(
        &self,
        (kind, text): (RecordKind, &str),
        limit: usize,
        web: Option<&Url>,
    ) -> Result<Vec<HostRecord>, HostError> {
        let object = object(kind)?;
        let text = text.trim();
        let is_email = object.is_person() && text.contains('@');
        let field = if is_email {
            object.email()
        } else {
            object.name
        };
        // Persons have two names, and the last one is searched.
        let value = match object.is_person() && !is_email {
            true => text.rsplit(' ').next().unwrap_or(text),
            false => text,
        };
        let top = limit.clamp(1, PAGE_RECORDS_MAX).to_string();
        let query = [("field_name", field), ("field_value", value), ("top", &top)];
        let (rows, _) = self.list(&[object.route, "Search"], &query).await?;
        read_all(object, &rows, web)
    }

    /// Records that changed after a position: a round of pages with one beginning, then the next round.
    ///
    /// A record that changes while a round is read may move past it, and is told by the next: that one begins where
    /// this one was begun.
    pub(crate) async fn changed(
        &self,
        kind: RecordKind,
        (after, limit): (Option<&str>, usize),
        web: Option<&Url>,
    ) -> Result<RecordPage, HostError> {
        let object = object(kind)?;
        let position: Position = match after {
            Some(text) => serde_json::from_str(text)
                .map_err(|error| unreadable(READ, format!("the position: {error}")))?,
            None => Position::default(),
        };
        let (top, skip) = (limit.clamp(1, PAGE_RECORDS_MAX), position.skip);
        let (most, passed) = (top.to_string(), skip.to_string());
        let since = position.since.unwrap_or(DateTime::UNIX_EPOCH);
        let since = since.to_rfc3339_opts(SecondsFormat::Secs, true);
        let query = [
            ("updated_after_utc", since.as_str()),
            ("top", &most),
            ("skip", &passed),
        ];
        let (rows, headers) = self.list(&[object.route, "Search"], &query).await?;
        let records = read_all(object, &rows, web)?;
        let made_at = headers
            .get(header::DATE)
            .and_then(|date| date.to_str().ok())
            .and_then(|date| DateTime::parse_from_rfc2822(date).ok())
            .map(|date| date.to_utc());
        let newest = records.iter().filter_map(|record| record.updated_at).max();
        let begun = position.next.or_else(|| {
            let at = made_at.or(newest)?;
            Some(at - TimeDelta::seconds(LOOK_BACK_S))
        });
        let more = rows.len() >= top;
        let next = match more {
            true if skip >= ROUND_RECORDS_MAX => {
                return Err(unreadable(READ, "the changes do not come to an end"));
            }
            true => Position {
                skip: skip + rows.len(),
                next: begun,
                ..position
            },
            false => Position {
                since: begun.max(position.since),
                ..Position::default()
            },
        };
        let next = serde_json::to_string(&next).map_err(|error| unreadable(READ, error))?;
        Ok(RecordPage {
            records,
            position: Some(next),
            more,
        })
    }

    /// Writes what a record lacked. It is refused when the record is not as it was read: Insightly answers 400 to a
    /// stale tag, and its documents say 412.
    pub(crate) async fn complete(
        &self,
        record: &HostRecord,
        details: &Details,
    ) -> Result<Result<(), String>, HostError> {
        let object = object(record.key.kind)?;
        let id = record.key.id.as_str();
        let fields = map::changes(object, id, details);
        let put = (object.route, record.version.as_deref());
        let put = self.put(put, id, &fields).await?;
        Ok(put.map(drop))
    }

    /// Changes a record that is as its tag says; the reason where it was not done.
    pub(crate) async fn put(
        &self,
        (route, tag): (&str, Option<&str>),
        id: &str,
        fields: &Map<String, Value>,
    ) -> Result<Result<Reply, String>, HostError> {
        let reply = self.write(Method::PUT, &[route], tag, fields).await?;
        if reply.is_done() {
            return Ok(Ok(reply));
        }
        let is_stale = match reply.status {
            StatusCode::PRECONDITION_FAILED => true,
            StatusCode::BAD_REQUEST => {
                let now = self.one(&[route, id]).await?;
                now.is_none_or(|now| now.tag.as_deref() != tag)
            }
            _ => false,
        };
        Ok(Err(match is_stale {
            true => "it was changed in Insightly meanwhile".to_owned(),
            false => format!("Insightly answered {}: {}", reply.status, words(&reply)),
        }))
    }

    /// Leaves a note, unless one of the same title is there: a note that was written and whose reply was lost is not
    /// written again.
    pub(crate) async fn leave_note(
        &self,
        key: &RecordRef,
        trace: &Trace,
    ) -> Result<Result<(), String>, HostError> {
        let object = object(key.kind)?;
        let path = [object.route, key.id.as_str(), "Notes"];
        let title = format!("Invoice {}", trace.number);
        let (notes, _) = self.list(&path, &[("top", "500")]).await?;
        let titles = notes
            .iter()
            .filter_map(|note| Fields::of(note)?.text("TITLE"));
        if titles.into_iter().any(|known| known == title) {
            return Ok(Ok(()));
        }
        let body = match &trace.url {
            Some(url) => format!("{} {url}", trace.text),
            None => trace.text.clone(),
        };
        let note = Map::from_iter([
            ("TITLE".to_owned(), Value::from(title)),
            ("BODY".to_owned(), Value::from(body)),
        ]);
        let reply = self.write(Method::POST, &path, None, &note).await?;
        if reply.is_done() {
            return Ok(Ok(()));
        }
        match reply.status {
            StatusCode::NOT_FOUND => Ok(Err("the record is not in Insightly any more".to_owned())),
            status if status.is_client_error() => Ok(Err(words(&reply))),
            _ => Err(refused(TRACE, &reply)),
        }
    }
}

fn read_all(
    object: &Object,
    rows: &[Value],
    web: Option<&Url>,
) -> Result<Vec<HostRecord>, HostError> {
    let mut records = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(fields) = Fields::of(row) else {
            continue;
        };
        match map::record(object, fields, (web, None)) {
            Ok(record) => records.push(record),
            // One bad record must not hide the others.
            Err(why) => tracing::warn!(object = object.route, why, "a record cannot be read"),
        }
    }
    Ok(records)
}

fn object(kind: RecordKind) -> Result<&'static Object, HostError> {
    Object::of(kind).ok_or_else(|| {
        let message = format!("Insightly keeps no {kind}");
        HostError::new(HostErrorKind::BadData, READ, message)
    })
}
