//! When a person last retried documents of a connection: what was remembered of its organisation before is asked anew.

use chrono::{DateTime, Utc};

use super::DriverError;
use super::cursor::{read, record};
use crate::document::ConnectionId;
use crate::store::{RecordKey, Store};

/// The record that a person retries documents of a connection, to be committed with them.
///
/// Whoever retries has just mended something, perhaps in the organisation itself: accounts that were read before,
/// and contacts that were not there, do not count any more. A repeat asks anew once more.
#[must_use]
pub fn retried(connection: &ConnectionId, at: DateTime<Utc>) -> (RecordKey, Option<Vec<u8>>) {
    record(key(connection), &at)
}

/// When that last happened.
pub(super) async fn last_retry(
    store: &dyn Store,
    connection: &ConnectionId,
) -> Result<Option<DateTime<Utc>>, DriverError> {
    read(store, &key(connection)).await
}

fn key(connection: &ConnectionId) -> RecordKey {
    RecordKey::new(&["retried", connection.as_str()])
}
