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
    /// Whether the chart must be read again. No moment of the chart tells that: the provider's clock is another one.
    /// That it was read is a record of its own ([`Self::chart_read`]): whoever asks meanwhile must not be overwritten.
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

    /// What was asked for, if the chart was not read for it yet.
    pub(super) async fn wanting_chart(
        store: &dyn Store,
        connection: &ConnectionId,
    ) -> Result<Option<Self>, DriverError> {
        let Some(asked) = Self::read(store, connection).await?.filter(|it| it.chart) else {
            return Ok(None);
        };
        let answered: Option<DateTime<Utc>> = read(store, &Self::chart_key(connection)).await?;
        Ok(Some(asked).filter(|asked| answered != Some(asked.since)))
    }

    /// What is stored with a chart that was read because of this. Whatever was asked for later stays asked for.
    pub(super) fn chart_read(self, connection: &ConnectionId) -> (RecordKey, Option<Vec<u8>>) {
        record(Self::chart_key(connection), &self.since)
    }

    fn key(connection: &ConnectionId) -> RecordKey {
        RecordKey::new(&["ask_anew", connection.as_str()])
    }

    fn chart_key(connection: &ConnectionId) -> RecordKey {
        RecordKey::new(&["ask_anew_chart", connection.as_str()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{ChangeSet, MemoryStore};

    async fn commit(store: &MemoryStore, record: (RecordKey, Option<Vec<u8>>)) {
        let changes = ChangeSet {
            records: vec![record],
            ..ChangeSet::default()
        };
        store.commit(changes).await.unwrap();
    }

    #[tokio::test]
    async fn what_is_asked_for_while_the_chart_is_read_stays_asked_for() {
        let store = MemoryStore::default();
        let books = ConnectionId::new("books").unwrap();
        let first: DateTime<Utc> = "2026-11-02T00:00:00Z".parse().unwrap();
        commit(&store, AskAnew::record(&books, first)).await;
        let asked = AskAnew::wanting_chart(&store, &books).await.unwrap();
        let asked = asked.unwrap();
        // While the provider is asked, somebody mends something and says so.
        let second = first + chrono::TimeDelta::seconds(1);
        commit(&store, AskAnew::record(&books, second)).await;
        commit(&store, asked.chart_read(&books)).await;

        let again = AskAnew::wanting_chart(&store, &books).await.unwrap();
        let again = again.unwrap();
        assert_eq!(again.since, second);
        commit(&store, again.chart_read(&books)).await;
        let last = AskAnew::wanting_chart(&store, &books).await.unwrap();
        assert_eq!(last, None, "it is read once for each time");
        let counted = AskAnew::read(&store, &books).await.unwrap().unwrap();
        assert!(!counted.counts(second), "what was missing stays outdated");
    }
}
