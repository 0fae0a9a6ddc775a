//! The names of the records that notices are kept under, and how they are read and written.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tieout_core::engine::BindingKey;
use tieout_core::store::{RecordKey, Store, StoreError};

use crate::people::{EndpointId, GroupId};

/// A record to be committed.
pub(crate) type Record = (RecordKey, Option<Vec<u8>>);

pub(crate) const GROUPS: &str = "notice/group/";
pub(crate) const ENDPOINTS: &str = "notice/endpoint/";
pub(crate) const MAILS_DUE: &str = "notice/mail-due/";

pub(crate) fn cursor() -> RecordKey {
    RecordKey::new(&["notice", "cursor"])
}

pub(crate) fn relay() -> RecordKey {
    RecordKey::new(&["notice", "relay"])
}

pub(crate) fn group(id: &GroupId) -> RecordKey {
    RecordKey::new(&["notice", "group", id.as_str()])
}

pub(crate) fn tally(id: &GroupId) -> RecordKey {
    RecordKey::new(&["notice", "tally", id.as_str()])
}

pub(crate) fn endpoint(id: &EndpointId) -> RecordKey {
    RecordKey::new(&["notice", "endpoint", id.as_str()])
}

pub(crate) fn secrets(id: &EndpointId) -> RecordKey {
    RecordKey::new(&["notice", "endpoint-secrets", id.as_str()])
}

pub(crate) fn standing(id: &EndpointId) -> RecordKey {
    RecordKey::new(&["notice", "endpoint-standing", id.as_str()])
}

/// What is known to be open of one binding. Keys of bindings are of any length.
pub(crate) fn known(binding: &BindingKey) -> RecordKey {
    let name = format!("{}\n{}", binding.document, binding.connection);
    let name = blake3::hash(name.as_bytes()).to_hex();
    RecordKey::new(&["notice", "known", &name[..32]])
}

/// Where what was told of connections lies.
pub(crate) fn told_connections() -> RecordKey {
    RecordKey::new(&["notice", "told", "connection"])
}

/// What was last told of a connection.
pub(crate) fn told(connection: &str) -> RecordKey {
    RecordKey::new(&["notice", "told", "connection", connection])
}

pub(crate) fn told_certificate() -> RecordKey {
    RecordKey::new(&["notice", "told", "certificate"])
}

pub(crate) fn mail(number: u64) -> RecordKey {
    RecordKey::new(&["notice", "mail", &sorted(number)])
}

/// The place of a mail in the queue: by its time.
pub(crate) fn mail_due(at: DateTime<Utc>, number: u64) -> RecordKey {
    RecordKey::new(&["notice", "mail-due", &moment(at), &sorted(number)])
}

pub(crate) fn event(number: u64) -> RecordKey {
    RecordKey::new(&["notice", "event", &sorted(number)])
}

pub(crate) fn due_of(id: &EndpointId) -> String {
    format!("{}/", RecordKey::new(&["notice", "hook-due", id.as_str()]))
}

/// The place of an event in the queue of an endpoint: by its time.
pub(crate) fn due(id: &EndpointId, at: DateTime<Utc>, number: u64) -> RecordKey {
    RecordKey::new(&[
        "notice",
        "hook-due",
        id.as_str(),
        &moment(at),
        &sorted(number),
    ])
}

pub(crate) fn log_of(id: &EndpointId) -> String {
    format!("{}/", RecordKey::new(&["notice", "hook-log", id.as_str()]))
}

pub(crate) fn log(id: &EndpointId, slot: u32) -> RecordKey {
    RecordKey::new(&["notice", "hook-log", id.as_str(), &format!("{slot:04}")])
}

pub(crate) fn replays_of(id: &EndpointId) -> String {
    format!(
        "{}/",
        RecordKey::new(&["notice", "hook-replay", id.as_str()])
    )
}

pub(crate) fn replay(id: &EndpointId, name: &str) -> RecordKey {
    RecordKey::new(&["notice", "hook-replay", id.as_str(), name])
}

/// The time and the number at the end of a place in a queue.
pub(crate) fn place(key: &RecordKey) -> Option<(i64, u64)> {
    let mut parts = key.as_str().rsplit('/');
    let number = parts.next()?.parse().ok()?;
    let at = parts.next()?.parse().ok()?;
    Some((at, number))
}

/// A number that sorts as text.
fn sorted(number: u64) -> String {
    format!("{number:016}")
}

/// Milliseconds that sort as text.
fn moment(at: DateTime<Utc>) -> String {
    format!("{:016}", at.timestamp_millis().max(0))
}

/// A record's JSON; `None` where there is none.
pub(crate) async fn read<T: DeserializeOwned>(
    store: &dyn Store,
    key: &RecordKey,
) -> Result<Option<T>, StoreError> {
    match store.record(key).await? {
        Some(bytes) => parse(key, &bytes).map(Some),
        None => Ok(None),
    }
}

/// The JSON of a record.
pub(crate) fn parse<T: DeserializeOwned>(key: &RecordKey, bytes: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(bytes).map_err(|error| StoreError::Corrupt {
        place: format!("record {key}"),
        message: error.to_string(),
    })
}

/// A record's JSON, to be committed.
pub(crate) fn record<T: Serialize>(key: RecordKey, value: &T) -> Record {
    let json =
        serde_json::to_vec(value).expect("records have string keys and no failing serializer");
    (key, Some(json))
}
