//! What an event of a product is about: CloudEvents 1.0 in its structured, batched and binary forms, read for its kind,
//! the identifier of a record, and the record itself where it came along.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, header};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::http::config::Served;

/// Events in one push.
const EVENTS_MAX: usize = 200;
/// How old an event may be for what it brought to be believed: the record may have been deleted since.
const FRESH_FOR: TimeDelta = TimeDelta::minutes(5);

/// Something that happened at the product.
#[derive(Debug, PartialEq)]
pub(crate) struct Event {
    /// What it is about.
    pub(crate) about: About,
    /// Whether the record was deleted, as the event says.
    pub(crate) deletes: bool,
    /// When it happened, as the product wrote it.
    pub(crate) time: Option<String>,
    /// What came along: the record as a whole, or a few fields of it. Empty where nothing of it was signed.
    pub(crate) data: Map<String, Value>,
}

/// What an event is about.
#[derive(Debug, PartialEq)]
pub(crate) enum About {
    /// A record of one of the lists.
    Record {
        /// The list.
        list: Served,
        /// The record's identifier.
        id: String,
    },
    /// Several records that are not named, such as a batch that was released.
    Several,
    /// What nobody here asks about, such as a company. New kinds of events come up, and must break nothing.
    Nothing,
}

/// The attributes of an event that are used.
#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    specversion: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    subject: Option<String>,
    #[serde(default)]
    time: Option<String>,
    #[serde(default)]
    data: Value,
}

/// The events of a push, or why it holds none.
pub(crate) fn read(headers: &HeaderMap, body: &Bytes) -> Result<Vec<Event>, String> {
    if let Some(kind) = headers.get("ce-type") {
        return Ok(vec![binary(headers, kind, body)?]);
    }
    let media = headers.get(header::CONTENT_TYPE);
    let is_batch = media
        .and_then(|value| value.to_str().ok())
        .is_some_and(|media| media.starts_with("application/cloudevents-batch"));
    let no_event = |error: serde_json::Error| format!("the content is no event: {error}");
    let envelopes: Vec<Envelope> = match is_batch {
        true => serde_json::from_slice(body).map_err(no_event)?,
        false => vec![serde_json::from_slice(body).map_err(no_event)?],
    };
    if envelopes.len() > EVENTS_MAX {
        return Err(format!("more than {EVENTS_MAX} events in one push"));
    }
    envelopes.into_iter().map(structured).collect()
}

fn structured(envelope: Envelope) -> Result<Event, String> {
    match envelope.specversion.as_deref() {
        // The standard of signatures has no version of its own in the content.
        None => {}
        Some(version) if version.starts_with("1.") => {}
        Some(version) => return Err(format!("`specversion` is `{version}`, not 1.0")),
    }
    let data = match envelope.data {
        Value::Object(data) => data,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    };
    let subject = envelope.subject.as_deref();
    Ok(Event {
        about: about(&envelope.kind, &data, subject)?,
        deletes: verb(&envelope.kind) == "deleted"
            || data.get("removed_at").is_some_and(Value::is_string),
        time: envelope.time,
        data,
    })
}

/// The attributes stand in headers, which nobody signs: they are believed as far as to look at the product again.
fn binary(headers: &HeaderMap, kind: &http::HeaderValue, body: &Bytes) -> Result<Event, String> {
    let kind = kind
        .to_str()
        .map_err(|_| "`ce-type` holds no text".to_owned())?;
    let data: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    let subject = headers
        .get("ce-subject")
        .and_then(|value| value.to_str().ok());
    Ok(Event {
        about: about(kind, &data, subject)?,
        deletes: false,
        time: None,
        data: Map::new(),
    })
}

/// What an event of a type is about. Only the last two words of a type count: before them may stand a domain.
fn about(kind: &str, data: &Map<String, Value>, subject: Option<&str>) -> Result<About, String> {
    let noun = kind.rsplit('.').nth(1).unwrap_or_default();
    let list = match noun {
        "invoice" => Served::Invoices,
        "credit_note" => Served::CreditNotes,
        "bill" => Served::Bills,
        "purchase_order" => Served::PurchaseOrders,
        "invoice_batch" => return Ok(About::Several),
        _ => return Ok(About::Nothing),
    };
    let of_data = match data.get("id") {
        Some(Value::String(id)) => Some(id.clone()),
        Some(Value::Number(id)) => Some(id.to_string()),
        Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => None,
    };
    let of_subject = || Some(subject?.rsplit_once('/')?.1.to_owned());
    let id = of_data.or_else(of_subject).filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| format!("`data.id` of `{kind}` is missing"))?;
    Ok(About::Record { list, id })
}

fn verb(kind: &str) -> &str {
    kind.rsplit('.').next().unwrap_or_default()
}

impl Event {
    /// The record that came along, if it has lines or says that it is deleted: fewer fields only say that something
    /// changed.
    ///
    /// Its time of change is that of the event where it has none of its own.
    pub(crate) fn whole(&self) -> Option<Value> {
        let is_removed = self.data.get("removed_at").is_some_and(Value::is_string);
        // A deletion may bring the document as it was last, which is no live one.
        let is_live = !self.deletes && self.data.contains_key("lines");
        if !is_removed && !is_live {
            return None;
        }
        let mut record = self.data.clone();
        if let Some(time) = &self.time {
            let time = Value::from(time.clone());
            record.entry("updated_at").or_insert(time);
        }
        Some(Value::Object(record))
    }

    /// Whether it is about what happened just now, by its own time: a push that was tried again tells what was.
    pub(crate) fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        let time = self.time.as_deref();
        time.and_then(|time| DateTime::parse_from_rfc3339(time).ok())
            .is_some_and(|time| now - time.with_timezone(&Utc) <= FRESH_FOR)
    }

    /// The record as one that is deleted.
    pub(crate) fn tombstone(&self, id: &str, list: Served) -> Value {
        let removed_at = self.time.clone().unwrap_or_default();
        let mut record = json!({"id": id, "removed_at": removed_at});
        if list == Served::CreditNotes {
            record["kind"] = json!("sales_credit");
        }
        for field in ["revision", "kind"] {
            if let Some(value) = self.data.get(field) {
                record[field] = value.clone();
            }
        }
        record
    }
}
