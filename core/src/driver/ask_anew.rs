//! What a person mended is asked about again: answers that something is missing count from that moment on only.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::DriverError;
use super::cursor::{read, record};
use crate::document::ConnectionId;
use crate::store::{RecordKey, Store};

/// What a connection was told to be missing, and its chart, are asked for again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskAnew {
    /// Nothing older counts of what was missing.
    since: DateTime<Utc>,
    /// Whether the chart was not read since. No moment tells that: the provider's clock is another one.
    chart: bool,
}

impl AskAnew {
    /// What is stored when somebody says that something was mended. A repeat asks once more.
    #[must_use]
    pub fn record(connection: &ConnectionId, at: DateTime<Utc>) -> (RecordKey, Option<Vec<u8>>) {
        let asked = Self {
            since: at,
            chart: true,
        };
        record(Self::key(connection), &asked)
    }

    /// What was asked for of a connection.
    pub(super) async fn read(
        store: &dyn Store,
        connection: &ConnectionId,
    ) -> Result<Option<Self>, DriverError> {
        read(store, &Self::key(connection)).await
    }

    /// Whether an answer of this moment, by our own clock, still counts.
    pub(super) fn counts(self, answered: DateTime<Utc>) -> bool {
        answered > self.since
    }

    /// What is stored with a chart that was read because somebody asked; nothing when nobody did.
    pub(super) fn chart_read(
        asked: Option<Self>,
        connection: &ConnectionId,
    ) -> Option<(RecordKey, Option<Vec<u8>>)> {
        let asked = asked.filter(|asked| asked.chart)?;
        let done = Self {
            chart: false,
            ..asked
        };
        Some(record(Self::key(connection), &done))
    }

    fn key(connection: &ConnectionId) -> RecordKey {
        RecordKey::new(&["ask_anew", connection.as_str()])
    }
}
