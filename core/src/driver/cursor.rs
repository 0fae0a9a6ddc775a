//! How far each host and each provider has been read, as the store remembers it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::DriverError;
use crate::document::{ConnectionId, DocumentKind, HostId};
use crate::store::{RecordKey, Store, StoreError};

/// How far a host has been read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostCursor {
    /// The position after the last stored page.
    pub position: Option<String>,
    /// Whether the host was told that the page is stored.
    pub acknowledged: bool,
    /// Everything that the host had told before this time is stored.
    pub complete_as_of: Option<DateTime<Utc>>,
    /// Whether another page waited behind the last stored one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reading: bool,
}

/// How far a provider has been read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderCursor {
    /// The position after the last stored page.
    pub cursor: Option<String>,
    /// Where reading began.
    pub since: Option<DateTime<Utc>>,
    /// The kinds of documents that ever travelled, which are looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<DocumentKind>,
    /// Every change before this time is stored.
    pub complete_as_of: Option<DateTime<Utc>>,
}

impl HostCursor {
    /// The record of a host's cursor.
    #[must_use]
    pub fn key(host: &HostId) -> RecordKey {
        RecordKey::new(&["cursor", "host", host.as_str()])
    }

    /// How far the host has been read; nothing at all for a new one.
    pub async fn read(store: &dyn Store, host: &HostId) -> Result<Self, DriverError> {
        Ok(read(store, &Self::key(host)).await?.unwrap_or_default())
    }
}

impl ProviderCursor {
    /// The record of a connection's cursor.
    #[must_use]
    pub fn key(connection: &ConnectionId) -> RecordKey {
        RecordKey::new(&["cursor", "provider", connection.as_str()])
    }

    /// How far the provider has been read; nothing at all for a new connection.
    pub async fn read(store: &dyn Store, connection: &ConnectionId) -> Result<Self, DriverError> {
        Ok(read(store, &Self::key(connection))
            .await?
            .unwrap_or_default())
    }
}

/// Reads a record's JSON.
pub(super) async fn read<T: serde::de::DeserializeOwned>(
    store: &dyn Store,
    key: &RecordKey,
) -> Result<Option<T>, DriverError> {
    let Some(bytes) = store.record(key).await? else {
        return Ok(None);
    };
    let value = serde_json::from_slice(&bytes).map_err(|error| StoreError::Corrupt {
        place: format!("record {key}"),
        message: error.to_string(),
    })?;
    Ok(Some(value))
}

/// A record's JSON, to be committed.
pub(super) fn record<T: Serialize>(key: RecordKey, value: &T) -> (RecordKey, Option<Vec<u8>>) {
    let json =
        serde_json::to_vec(value).expect("records have string keys and no failing serializer");
    (key, Some(json))
}
