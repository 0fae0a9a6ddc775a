//! Consents that were begun in a browser: whose they are, and what is kept of one until an organisation is chosen.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tieout_core::document::ConnectionId;
use tieout_core::store::{ChangeSet, RecordKey, Store, StoreError};
use tieout_xero::auth::{Consent, GrantId};

/// Consents that may be open at once; the oldest goes first.
const OPEN_MAX: usize = 100;
/// The first part of the names of the records.
const ROOM: &str = "setup-grant";
/// The version of the stored form.
const VERSION: u32 = 1;

/// Consents that were begun and not answered yet, by their state.
#[derive(Default)]
pub(crate) struct Consents {
    open: Mutex<BTreeMap<String, Begun>>,
}

struct Begun {
    consent: Consent,
    connection: ConnectionId,
    session: String,
    at: DateTime<Utc>,
}

/// Why an answer is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotOurs {
    /// No consent of this state is open: it was answered, forgotten, or never begun here.
    Unknown,
    /// It was begun in another session.
    OtherSession,
}

impl Consents {
    /// Remembers a consent for the session that begins it.
    pub(crate) fn begin(
        &self,
        consent: Consent,
        connection: ConnectionId,
        session: &str,
        at: DateTime<Utc>,
    ) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        while open.len() >= OPEN_MAX {
            let oldest = open.iter().min_by_key(|(_, begun)| begun.at);
            let Some(oldest) = oldest.map(|(state, _)| state.clone()) else {
                break;
            };
            open.remove(&oldest);
        }
        let begun = Begun {
            connection,
            session: session.to_owned(),
            at,
            consent,
        };
        open.insert(begun.consent.state().to_owned(), begun);
    }

    /// The consent of a state, for the session that began it, once. For any other it stays open.
    pub(crate) fn take(
        &self,
        state: &str,
        session: &str,
    ) -> Result<(Consent, ConnectionId), NotOurs> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = open.get(state).ok_or(NotOurs::Unknown)?;
        if begun.session != session {
            return Err(NotOurs::OtherSession);
        }
        let begun = open.remove(state).ok_or(NotOurs::Unknown)?;
        Ok((begun.consent, begun.connection))
    }
}

/// A grant that somebody gave for a connection, until its organisation is chosen and written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PendingGrant {
    /// The version of this form.
    v: u32,
    /// The grant.
    pub(crate) grant: GrantId,
    /// When it was given.
    pub(crate) at: DateTime<Utc>,
}

impl PendingGrant {
    /// The grant that waits for a connection.
    pub(crate) async fn read(
        store: &dyn Store,
        connection: &ConnectionId,
    ) -> Result<Option<Self>, StoreError> {
        let bytes = store.record(&key(connection)).await?;
        let pending = bytes.and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok());
        Ok(pending.filter(|pending| pending.v == VERSION))
    }

    /// Lets a grant wait, in place of any other.
    pub(crate) async fn keep(
        store: &dyn Store,
        connection: &ConnectionId,
        grant: &GrantId,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let pending = Self {
            v: VERSION,
            grant: grant.clone(),
            at,
        };
        let bytes = serde_json::to_vec(&pending).expect("a name and a moment are JSON");
        put(store, connection, Some(bytes)).await
    }

    /// Nothing waits any more. A repeat does nothing.
    pub(crate) async fn end(
        store: &dyn Store,
        connection: &ConnectionId,
    ) -> Result<(), StoreError> {
        put(store, connection, None).await
    }
}

async fn put(
    store: &dyn Store,
    connection: &ConnectionId,
    bytes: Option<Vec<u8>>,
) -> Result<(), StoreError> {
    let changes = ChangeSet {
        records: vec![(key(connection), bytes)],
        ..ChangeSet::default()
    };
    store.commit(changes).await
}

fn key(connection: &ConnectionId) -> RecordKey {
    RecordKey::new(&[ROOM, connection.as_str()])
}
