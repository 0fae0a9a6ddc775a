//! When old documents go on: after today's, while their provider's budget has something for them, and not while they are paused.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::cursor::{read, record};
use super::site::{ConnectionSite, World};
use super::{DriverError, backoff};
use crate::document::ConnectionId;
use crate::engine::{Binding, BindingKey, Entry, Event, Lane, Priority};
use crate::provider::ErrorKind;
use crate::store::{ChangeSet, RecordKey, Store};

/// Who lets the old documents of a connection rest, and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackfillPause {
    /// Who asked for it.
    pub by: String,
    /// Since when.
    pub at: DateTime<Utc>,
}

impl BackfillPause {
    /// The pause of a connection; `None` while its old documents may go on.
    pub async fn read(
        store: &dyn Store,
        connection: &ConnectionId,
    ) -> Result<Option<Self>, DriverError> {
        read(store, &key(connection)).await
    }

    /// Lets the old documents of a connection rest until [`Self::end`]: what is in the air lands, nothing else leaves,
    /// over restarts too. A repeat changes nothing. Gives whether it was news.
    pub async fn begin(
        store: &dyn Store,
        connection: &ConnectionId,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, DriverError> {
        if Self::read(store, connection).await?.is_some() {
            return Ok(false);
        }
        let pause = Self {
            by: by.to_owned(),
            at: now,
        };
        let changes = ChangeSet {
            records: vec![record(key(connection), &pause)],
            journal: vec![told(connection, by, "paused", now)],
            ..ChangeSet::default()
        };
        store.commit(changes).await?;
        Ok(true)
    }

    /// Lets them go on; a running driver sees it within half a minute. A repeat changes nothing. Gives whether it was news.
    pub async fn end(
        store: &dyn Store,
        connection: &ConnectionId,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, DriverError> {
        if Self::read(store, connection).await?.is_none() {
            return Ok(false);
        }
        let changes = ChangeSet {
            records: vec![(key(connection), None)],
            journal: vec![told(connection, by, "resumed", now)],
            ..ChangeSet::default()
        };
        store.commit(changes).await?;
        Ok(true)
    }
}

/// Who goes next in a lane: all of today's, or all old.
#[derive(Debug)]
pub(super) struct InLine {
    pub(super) keys: Vec<BindingKey>,
    pub(super) priority: Priority,
    /// When the next one falls due, of those that do not rest.
    pub(super) next_at: Option<DateTime<Utc>>,
}

impl World {
    /// The first due bindings of a lane that may go on: today's before old ones, never both together. With less than
    /// `room` for two requests old ones wait, so that today's find a place.
    pub(super) async fn in_line(
        &self,
        site: &ConnectionSite,
        lane: Lane,
        limit: usize,
        room: usize,
    ) -> Result<InLine, DriverError> {
        let now = self.clock.now();
        let due = self.store.due(&site.id, lane, now, limit).await?;
        let (first_old, many) = (self.first_old(&due.keys).await?, due.keys.len());
        let mut keys = due.keys;
        let mut line = InLine {
            keys: Vec::new(),
            priority: Priority::Current,
            next_at: due.next_at,
        };
        // A doubt about an old document is a doubt like any other.
        let is_settled = matches!(lane, Lane::Resolve | Lane::Deliver);
        if is_settled {
            line.keys = keys;
            return Ok(line);
        }
        if first_old > 0 || many == 0 {
            keys.truncate(first_old);
            line.keys = keys;
            return Ok(line);
        }
        line.priority = Priority::Backfill;
        let crowded = room < 2 && site.provider.capability().concurrent_max > 2;
        if !crowded && !self.backfill_rests(site, now).await? {
            line.keys = keys;
        }
        Ok(line)
    }

    /// How many go before the first old one. The store gives the urgent ones first.
    async fn first_old(&self, keys: &[BindingKey]) -> Result<usize, DriverError> {
        let is_old = |found: Option<Binding>| {
            found.is_some_and(|binding| binding.priority() == Priority::Backfill)
        };
        let (Some(first), Some(last)) = (keys.first(), keys.last()) else {
            return Ok(0);
        };
        // All of one sort is the rule: then two need be looked at and not all.
        let ends = self.store.bindings(&[first.clone(), last.clone()]).await?;
        let mut ends = ends.into_iter().map(is_old);
        match (ends.next(), ends.next()) {
            (Some(true), _) => Ok(0),
            (_, Some(false)) => Ok(keys.len()),
            (_, _) => {
                let all = self.store.bindings(keys).await?;
                Ok(all.into_iter().map(is_old).take_while(|old| !old).count())
            }
        }
    }

    async fn backfill_rests(
        &self,
        site: &ConnectionSite,
        now: DateTime<Utc>,
    ) -> Result<bool, DriverError> {
        Ok(site.backfill_rests_until().is_some_and(|until| until > now)
            || BackfillPause::read(self.store.as_ref(), &site.id)
                .await?
                .is_some())
    }

    /// Lets old documents rest when the budget has nothing for them now; everything else goes on. Gives whether that is
    /// what the error says.
    pub(super) fn rest_backfill(
        &self,
        site: &ConnectionSite,
        priority: Priority,
        error: &DriverError,
    ) -> bool {
        let DriverError::Provider(of_provider) = error else {
            return false;
        };
        if priority != Priority::Backfill || of_provider.kind != ErrorKind::Throttled {
            return false;
        }
        let soonest = backoff::after(self.clock.now(), self.limits.retry_delay_min);
        let until = error.retry_at().map_or(soonest, |at| at.max(soonest));
        site.rest_backfill(until);
        tracing::info!(connection = %site.id, %until, reason = %error.chain(), "old documents rest");
        true
    }
}

fn key(connection: &ConnectionId) -> RecordKey {
    RecordKey::new(&["backfill-pause", connection.as_str()])
}

fn told(connection: &ConnectionId, by: &str, what: &str, at: DateTime<Utc>) -> Entry {
    Entry {
        at,
        binding: None,
        event: Event::Operator {
            action: format!("{by} {what} the old documents of {connection}"),
        },
        state: None,
    }
}
