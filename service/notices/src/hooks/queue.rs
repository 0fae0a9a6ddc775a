//! What waits for an endpoint, what is sent to it again, and how long events are kept for that.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tieout_core::store::{ChangeSet, Store, StoreError};

use super::event::{KeptEvent, number_of};
use super::log::LOG_KEPT;
use crate::circle::{Circle, Cursor, WAITING_MAX};
use crate::error::DeskError;
use crate::keys::{self, Record};
use crate::people::{EndpointId, Standing, endpoint};

/// How long an event can be sent again.
const KEPT_FOR: TimeDelta = TimeDelta::days(30);
/// Events that are kept at most.
const EVENTS_MAX: u64 = 200_000;
/// Events that are let go in one step.
const FORGOTTEN_AT_ONCE: usize = 500;
/// Events of a replay that are queued in one step.
const REPLAYED_AT_ONCE: u64 = 500;
/// Replays of one endpoint that wait at most.
const REPLAYS_MAX: usize = 10;

/// That an event waits for an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Due {
    /// Tries that failed.
    #[serde(default)]
    pub(crate) attempts: u32,
    /// Since when it waits.
    pub(crate) since: DateTime<Utc>,
}

impl Due {
    pub(crate) fn new(now: DateTime<Utc>) -> Self {
        Self {
            attempts: 0,
            since: now,
        }
    }
}

/// What is to be sent to an endpoint again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplayWhat {
    /// One event, by its identifier.
    One(String),
    /// Everything that was told from a time on, up to another one or now.
    Range {
        /// From when on.
        since: DateTime<Utc>,
        /// Up to when.
        until: Option<DateTime<Utc>>,
    },
}

/// A replay under way: numbers of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Replaying {
    next: u64,
    through: u64,
}

/// Asks for events to be sent to an endpoint again, durably; the process that serves does it. They carry the identifiers
/// that they had, so that a receiver who has one knows it. Gives how many events come into question at most.
///
/// # Errors
/// There is no such endpoint or event, too many replays wait already, or the store fails.
pub async fn replay(
    store: &dyn Store,
    id: &EndpointId,
    what: &ReplayWhat,
    at: DateTime<Utc>,
) -> Result<u64, DeskError> {
    endpoint(store, id).await?;
    let cursor: Option<Cursor> = keys::read(store, &keys::cursor()).await?;
    let cursor = cursor.unwrap_or_default();
    let range = match what {
        ReplayWhat::One(event) => {
            let unknown = || DeskError::Unknown {
                what: "event",
                name: super::excerpt(event),
            };
            let number = number_of(event).ok_or_else(unknown)?;
            let kept: Option<KeptEvent> = keys::read(store, &keys::event(number)).await?;
            let is_it = kept.is_some_and(|kept| kept.id == *event && kept.takers.contains(id));
            match is_it {
                true => Replaying {
                    next: number,
                    through: number,
                },
                false => return Err(unknown()),
            }
        }
        ReplayWhat::Range { since, until } => {
            let next = first_from(store, &cursor, *since).await?;
            let end = match until {
                Some(until) => first_from(store, &cursor, *until).await?,
                None => cursor.next_event,
            };
            if end <= next {
                return Ok(0);
            }
            Replaying {
                next,
                through: end - 1,
            }
        }
    };
    let waiting = store.records(&keys::replays_of(id), REPLAYS_MAX).await?;
    if waiting.len() >= REPLAYS_MAX {
        let message = format!("{REPLAYS_MAX} replays wait already");
        return Err(DeskError::bad("webhook", message));
    }
    let name = format!(
        "{:016}-{}-{}",
        at.timestamp_millis().max(0),
        range.next,
        range.through
    );
    let records = vec![keys::record(keys::replay(id, &name), &range)];
    store
        .commit(ChangeSet {
            records,
            ..ChangeSet::default()
        })
        .await?;
    Ok(range.through - range.next + 1)
}

/// The number of the first event that was told at a time or later: they were told in the order of their numbers.
async fn first_from(
    store: &dyn Store,
    cursor: &Cursor,
    since: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let (mut low, mut high) = (cursor.first_event, cursor.next_event);
    while low < high {
        let middle = low + (high - low) / 2;
        let kept: Option<KeptEvent> = keys::read(store, &keys::event(middle)).await?;
        match kept {
            Some(kept) if kept.told_at >= since => high = middle,
            Some(_) | None => low = middle + 1,
        }
    }
    Ok(low)
}

/// Queues some of what is to be sent to an endpoint again; the records of that.
pub(super) async fn replayed(
    store: &dyn Store,
    id: &EndpointId,
    standing: &mut Standing,
    now: DateTime<Utc>,
) -> Result<Vec<Record>, StoreError> {
    let mut records = Vec::new();
    let mut room = REPLAYED_AT_ONCE;
    for (key, value) in store.records(&keys::replays_of(id), REPLAYS_MAX).await? {
        let mut range: Replaying = keys::parse(&key, &value)?;
        while range.next <= range.through && room > 0 && standing.waiting < WAITING_MAX {
            let kept: Option<KeptEvent> = keys::read(store, &keys::event(range.next)).await?;
            if kept.is_some_and(|kept| kept.takers.contains(id)) {
                let due = keys::due(id, now, range.next);
                records.push(keys::record(due, &Due::new(now)));
                standing.waiting += 1;
            }
            range.next += 1;
            room -= 1;
        }
        match range.next > range.through {
            true => records.push((key, None)),
            false => {
                records.push(keys::record(key, &range));
                break;
            }
        }
    }
    Ok(records)
}

/// Lets events go that are too old or too many to be sent again.
pub(crate) async fn forget_old_events(
    store: &dyn Store,
    circle: &mut Circle,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let Some(cursor) = &mut circle.cursor else {
        return Ok(());
    };
    while cursor.first_event < cursor.next_event && circle.records.len() < FORGOTTEN_AT_ONCE {
        let key = keys::event(cursor.first_event);
        let kept: Option<KeptEvent> = keys::read(store, &key).await?;
        let too_many = cursor.next_event - cursor.first_event > EVENTS_MAX;
        if !too_many && kept.is_some_and(|kept| now - kept.told_at < KEPT_FOR) {
            break;
        }
        circle.records.push((key, None));
        cursor.first_event += 1;
    }
    let records = circle.changed();
    if records.is_empty() {
        return Ok(());
    }
    store
        .commit(ChangeSet {
            records,
            ..ChangeSet::default()
        })
        .await
}

/// Forgets everything that waits for an endpoint, and its log.
pub(crate) async fn forget_queue(store: &dyn Store, id: &EndpointId) -> Result<(), StoreError> {
    for prefix in [keys::due_of(id), keys::replays_of(id), keys::log_of(id)] {
        loop {
            let some = store.records(&prefix, LOG_KEPT as usize * 5).await?;
            if some.is_empty() {
                break;
            }
            let records = some.into_iter().map(|(key, _)| (key, None)).collect();
            store
                .commit(ChangeSet {
                    records,
                    ..ChangeSet::default()
                })
                .await?;
        }
    }
    Ok(())
}
