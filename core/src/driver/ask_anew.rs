//! What a person mended is asked about again: answers that something is missing count from that moment on only.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::DriverError;
use super::cursor::{read, record};
use crate::document::ConnectionId;
use crate::store::{RecordKey, Store};

/// Since when nothing older counts of what a connection was told to be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskAnew {
    /// The moment.
    pub since: DateTime<Utc>,
}

impl AskAnew {
    /// What is stored when somebody says that something was mended. A repeat moves the moment.
    #[must_use]
    pub fn record(connection: &ConnectionId, at: DateTime<Utc>) -> (RecordKey, Option<Vec<u8>>) {
        record(Self::key(connection), &Self { since: at })
    }

    /// Whether an answer of this moment still counts.
    pub(super) async fn counts(
        store: &dyn Store,
        connection: &ConnectionId,
        answered: DateTime<Utc>,
    ) -> Result<bool, DriverError> {
        let known = read::<Self>(store, &Self::key(connection)).await?;
        Ok(known.is_none_or(|known| answered > known.since))
    }

    fn key(connection: &ConnectionId) -> RecordKey {
        RecordKey::new(&["ask_anew", connection.as_str()])
    }
}
