//! Which connections exist, and which grant and organisation each of them uses.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tieout_core::document::ConnectionId;
use tieout_core::store::{ChangeSet, RecordKey, Store, StoreError};
use uuid::Uuid;

use super::{GrantId, XeroConnection};

/// Connections that one store may hold.
const CONNECTIONS_MAX: usize = 10_000;

/// The version of the stored form.
const VERSION: u32 = 1;

/// A connection, at `connection/<name>`. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionRecord {
    /// The version of this form.
    v: u32,
    /// Its name in the configuration.
    pub connection: ConnectionId,
    /// The organisation, as each call names it.
    pub tenant_id: Uuid,
    /// The organisation's name.
    pub tenant_name: String,
    /// Xero's identifier of the connection, needed to end it.
    pub xero_connection_id: Uuid,
    /// The grant that opens it.
    pub grant: GrantId,
    /// When it was connected, or its grant last replaced.
    pub connected_at: DateTime<Utc>,
    /// Who consented, by e-mail address, if that is known.
    pub by: Option<String>,
}

impl ConnectionRecord {
    /// A connection to an organisation out of a grant's list.
    #[must_use]
    pub fn new(
        connection: ConnectionId,
        chosen: &XeroConnection,
        grant: GrantId,
        by: Option<String>,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            v: VERSION,
            connection,
            tenant_id: chosen.tenant_id,
            tenant_name: chosen.tenant_name.clone().unwrap_or_default(),
            xero_connection_id: chosen.id,
            grant,
            connected_at: now,
            by,
        }
    }
}

/// Why a connection was not written down.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The name is in use.
    #[error("the connection {0} exists: remove it, or replace its grant")]
    NameTaken(ConnectionId),
    /// The organisation is in use: two connections to it would send everything twice.
    #[error("the organisation is already connected as {0}")]
    TenantTaken(ConnectionId),
    /// A grant for another organisation cannot replace this one's.
    #[error("the new grant does not open the organisation of {0}")]
    OtherTenant(ConnectionId),
    /// There is no such connection.
    #[error("there is no connection {0}")]
    Unknown(ConnectionId),
    /// What is stored cannot be read.
    #[error("the record of {0} cannot be read")]
    Unreadable(String),
    /// The store failed.
    #[error("the store of connections failed")]
    Store(#[from] StoreError),
}

/// The connections of a store.
pub struct Connections {
    store: Arc<dyn Store>,
    /// Keeps the look and the write of one change together.
    changing: tokio::sync::Mutex<()>,
}

impl Connections {
    /// The connections of a store; one of these for each process.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            changing: tokio::sync::Mutex::new(()),
        }
    }

    /// Adds a connection. Never changes one: a name or an organisation that is in use is an error.
    ///
    /// Repeating the same record does nothing.
    pub async fn connect(&self, record: ConnectionRecord) -> Result<(), ConnectError> {
        let _alone = self.changing.lock().await;
        for known in self.list().await? {
            if known == record {
                return Ok(());
            }
            if known.connection == record.connection {
                return Err(ConnectError::NameTaken(record.connection));
            }
            if known.tenant_id == record.tenant_id {
                return Err(ConnectError::TenantTaken(known.connection));
            }
        }
        self.put(&record).await
    }

    /// Lets a connection use another grant from now on, and returns the former one, which
    /// [`Connections::users_of`] tells whether anybody still needs.
    ///
    /// `chosen` is the organisation in the new grant's list: it must be the same one.
    pub async fn replace_grant(
        &self,
        connection: &ConnectionId,
        grant: GrantId,
        chosen: &XeroConnection,
        by: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<GrantId, ConnectError> {
        let _alone = self.changing.lock().await;
        let mut record = self
            .read(connection)
            .await?
            .ok_or_else(|| ConnectError::Unknown(connection.clone()))?;
        if record.tenant_id != chosen.tenant_id {
            return Err(ConnectError::OtherTenant(connection.clone()));
        }
        let former = std::mem::replace(&mut record.grant, grant);
        record.xero_connection_id = chosen.id;
        record.connected_at = now;
        record.by = by;
        self.put(&record).await?;
        Ok(former)
    }

    /// A connection by its name.
    pub async fn read(
        &self,
        connection: &ConnectionId,
    ) -> Result<Option<ConnectionRecord>, ConnectError> {
        let key = key(connection);
        self.store
            .record(&key)
            .await?
            .map(|bytes| parse(&key, &bytes))
            .transpose()
    }

    /// All connections, by name.
    pub async fn list(&self) -> Result<Vec<ConnectionRecord>, ConnectError> {
        let records = self.store.records("connection/", CONNECTIONS_MAX).await?;
        let mut all: Vec<ConnectionRecord> = records
            .iter()
            .map(|(key, bytes)| parse(key, bytes))
            .collect::<Result<_, _>>()?;
        all.sort_by(|one, other| one.connection.cmp(&other.connection));
        Ok(all)
    }

    /// Removes a connection, and returns what it was. Tells Xero nothing. A repeat returns `None`.
    pub async fn remove(
        &self,
        connection: &ConnectionId,
    ) -> Result<Option<ConnectionRecord>, ConnectError> {
        let _alone = self.changing.lock().await;
        let record = self.read(connection).await?;
        if record.is_some() {
            self.commit(key(connection), None).await?;
        }
        Ok(record)
    }

    /// The connections that use a grant.
    pub async fn users_of(&self, grant: &GrantId) -> Result<Vec<ConnectionId>, ConnectError> {
        let all = self.list().await?;
        Ok(all
            .into_iter()
            .filter(|one| one.grant == *grant)
            .map(|one| one.connection)
            .collect())
    }

    async fn put(&self, record: &ConnectionRecord) -> Result<(), ConnectError> {
        let bytes = serde_json::to_vec(record)
            .map_err(|_| ConnectError::Unreadable(record.connection.to_string()))?;
        self.commit(key(&record.connection), Some(bytes)).await
    }

    async fn commit(&self, key: RecordKey, bytes: Option<Vec<u8>>) -> Result<(), ConnectError> {
        let changes = ChangeSet {
            records: vec![(key, bytes)],
            ..ChangeSet::default()
        };
        Ok(self.store.commit(changes).await?)
    }
}

fn key(connection: &ConnectionId) -> RecordKey {
    RecordKey::new(&["connection", connection.as_str()])
}

fn parse(key: &RecordKey, bytes: &[u8]) -> Result<ConnectionRecord, ConnectError> {
    serde_json::from_slice::<ConnectionRecord>(bytes)
        .ok()
        .filter(|record| record.v == VERSION)
        .ok_or_else(|| ConnectError::Unreadable(key.to_string()))
}
