//! How far old documents are, from what is counted of bindings and from the journal.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use serde::Serialize;

use super::{BackfillPause, DriverError};
use crate::document::ConnectionId;
use crate::engine::{Binding, BindingKey, Event, Op};
use crate::store::Store;

/// Pages of the journal looked at in one step.
const PAGES_MAX: usize = 100;

/// How far the old documents of one connection are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BackfillStanding {
    /// Those that are still to be sent.
    pub left: u64,
    /// Those that are at the provider.
    pub sent: u64,
    /// Those that are held or refused and wait for somebody.
    pub held: u64,
    /// Those sent in the last hour.
    pub sent_last_hour: u64,
    /// Those sent in the last day.
    pub sent_last_day: u64,
    /// Who lets them rest.
    pub pause: Option<BackfillPause>,
}

/// How far the old documents of every connection are that has any, or lets them rest. Reads what is counted, and the last
/// day of the journal.
///
/// Old is what was dated more than 31 days before the host told of it, or has waited until it was that old.
///
/// # Errors
/// Those of the store.
pub async fn backfill_standing(
    store: &dyn Store,
    connections: impl Iterator<Item = &ConnectionId>,
    now: DateTime<Utc>,
) -> Result<BTreeMap<ConnectionId, BackfillStanding>, DriverError> {
    let mut standing: BTreeMap<ConnectionId, BackfillStanding> = BTreeMap::new();
    for connection in connections {
        if let Some(pause) = BackfillPause::read(store, connection).await? {
            let of = standing.entry(connection.clone()).or_default();
            of.pause = Some(pause);
        }
    }
    for (slot, tally) in store.tallies().await?.slots {
        let all = tally.old_left + tally.old_sent + tally.old_held;
        if all > 0 {
            let of = standing.entry(slot.connection).or_default();
            of.left += tally.old_left;
            of.sent += tally.old_sent;
            of.held += tally.old_held;
        }
    }
    if standing.values().any(|of| of.sent > 0) {
        count_recent(store, &mut standing, now).await?;
    }
    Ok(standing)
}

/// Counts what was sent within the last hour and day, from the newest pages of the journal.
async fn count_recent(
    store: &dyn Store,
    standing: &mut BTreeMap<ConnectionId, BackfillStanding>,
    now: DateTime<Utc>,
) -> Result<(), DriverError> {
    let (an_hour_ago, a_day_ago) = (now - Duration::hours(1), now - Duration::days(1));
    let mut before = None;
    loop {
        let pages = store.journal_before(before, PAGES_MAX).await?;
        let Some(oldest) = pages.last() else { break };
        before = Some(oldest.number);
        let is_done = oldest.entries.iter().all(|entry| entry.at < a_day_ago);
        let entries = pages.into_iter().flat_map(|page| page.entries);
        let (keys, times): (Vec<BindingKey>, Vec<DateTime<Utc>>) = entries
            .filter(|entry| entry.at >= a_day_ago)
            .filter(|entry| matches!(entry.event, Event::Landed { op: Op::Create, .. }))
            .filter_map(|entry| Some((entry.binding?, entry.at)))
            .unzip();
        let sent = store.bindings(&keys).await?;
        for (binding, at) in sent.into_iter().zip(times) {
            let Some(binding) = binding.filter(Binding::is_old_and_sent) else {
                continue;
            };
            if let Some(of) = standing.get_mut(&binding.key.connection) {
                of.sent_last_day += 1;
                of.sent_last_hour += u64::from(at >= an_hour_ago);
            }
        }
        if is_done {
            break;
        }
    }
    Ok(())
}
