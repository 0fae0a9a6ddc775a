//! Where each thing lies in the store, and the one form in which it lies there.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tieout_core::store::{RecordKey, Store};

use crate::secret::name_of;
use crate::{AuditId, Email, Fault, PersonId, Subject};

/// The version of every form here. Fields may be added; what an old reader would misunderstand has a higher one.
const VERSION: u32 = 1;

/// What a family of records is at most read to. Far above what is ever kept.
pub(crate) const RECORDS_MAX: usize = 200_000;

/// A record: its form's version, and the thing.
#[derive(Serialize)]
struct Written<'a, T> {
    v: u32,
    of: &'a T,
}

#[derive(Deserialize)]
struct Version {
    v: u32,
}

#[derive(Deserialize)]
struct Read<T> {
    of: T,
}

/// The bytes of a record.
pub(crate) fn encode<T: Serialize>(of: &T) -> Vec<u8> {
    serde_json::to_vec(&Written { v: VERSION, of })
        .expect("stored types have string keys and no failing serializer")
}

/// The thing in a record.
pub(crate) fn decode<T: DeserializeOwned>(key: &RecordKey, bytes: &[u8]) -> Result<T, Fault> {
    let damaged = |why: String| Fault::Damaged {
        record: key.to_string(),
        why,
    };
    let Version { v } =
        serde_json::from_slice(bytes).map_err(|error| damaged(error.to_string()))?;
    if v > VERSION {
        return Err(damaged(format!(
            "it has form {v}, and this program knows up to {VERSION}"
        )));
    }
    let read: Read<T> =
        serde_json::from_slice(bytes).map_err(|error| damaged(error.to_string()))?;
    Ok(read.of)
}

/// The thing under a name.
pub(crate) async fn read<T: DeserializeOwned>(
    store: &dyn Store,
    key: &RecordKey,
) -> Result<Option<T>, Fault> {
    let bytes = store.record(key).await?;
    bytes.map(|bytes| decode(key, &bytes)).transpose()
}

/// Everything of a family, by its name.
pub(crate) async fn read_all<T: DeserializeOwned>(
    store: &dyn Store,
    prefix: &str,
) -> Result<Vec<(RecordKey, T)>, Fault> {
    let records = store.records(prefix, RECORDS_MAX).await?;
    records
        .into_iter()
        .map(|(key, bytes)| decode(&key, &bytes).map(|of| (key, of)))
        .collect()
}

/// Everything of a family that can be read. One record that cannot be must not keep everybody out; it opens nothing.
pub(crate) async fn read_readable<T: DeserializeOwned>(
    store: &dyn Store,
    prefix: &str,
) -> Result<Vec<(RecordKey, T)>, Fault> {
    let records = store.records(prefix, RECORDS_MAX).await?;
    let readable = records.into_iter().filter_map(|(key, bytes)| {
        let read = decode(&key, &bytes);
        let read = read.inspect_err(|error| tracing::warn!(%error, "a record is passed over"));
        Some((key, read.ok()?))
    });
    Ok(readable.collect())
}

pub(crate) const PEOPLE: &str = "identity/person/";
pub(crate) const SESSIONS: &str = "identity/session/";
pub(crate) const LINKS: &str = "identity/link/";
pub(crate) const KEYS: &str = "identity/key/";
pub(crate) const AUDIT: &str = "identity/audit/";

/// A person.
pub(crate) fn person(id: PersonId) -> RecordKey {
    RecordKey::new(&["identity", "person", &id.to_string()])
}

/// Whose address this is. Under its hash: an address may be longer than a name of a record.
pub(crate) fn email(email: &Email) -> RecordKey {
    RecordKey::new(&["identity", "email", &name_of(&[email.as_str()])])
}

/// Whose identity at a provider this is.
pub(crate) fn subject(of: &Subject) -> RecordKey {
    RecordKey::new(&["identity", "subject", &name_of(&[&of.issuer, &of.subject])])
}

/// A session, by the mark of its secret.
pub(crate) fn session(mark: &str) -> RecordKey {
    RecordKey::new(&["identity", "session", mark])
}

/// A sign-in link, by the mark of its secret.
pub(crate) fn link(mark: &str) -> RecordKey {
    RecordKey::new(&["identity", "link", mark])
}

/// An API key, by the mark of its secret.
pub(crate) fn key(mark: &str) -> RecordKey {
    RecordKey::new(&["identity", "key", mark])
}

/// A line of the audit. The newest comes first in the order of names.
pub(crate) fn audit(id: &AuditId) -> RecordKey {
    RecordKey::new(&["identity", "audit", id.as_str()])
}
