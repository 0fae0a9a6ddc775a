//! How far old documents are, counted from bindings and journal: what was sent is never remembered beside them.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Duration, Utc};
use serde::Serialize;

use super::{BackfillPause, DriverError};
use crate::document::ConnectionId;
use crate::engine::{Binding, BindingKey, CURRENT_DAYS_MAX, Event, Op, Priority, State};
use crate::store::Store;

/// Bindings looked at in one step.
const STEP_MAX: usize = 1_000;
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

/// How far the old documents of every connection are that has any, or lets them rest. Walks over every binding.
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
    let mut sent = HashSet::new();
    let mut came = Arrivals::default();
    let mut last = None;
    loop {
        let some = store.scan(last.as_ref(), STEP_MAX).await?;
        let Some(end) = some.last() else { break };
        last = Some(end.key.clone());
        came.learn(store, &some).await?;
        for binding in some {
            let sort = sort(&binding, &came);
            if sort == Sort::Neither {
                continue;
            }
            let of = standing.entry(binding.key.connection.clone()).or_default();
            of.left += u64::from(sort == Sort::Left);
            of.held += u64::from(sort == Sort::Held);
            of.sent += u64::from(sort == Sort::Sent);
            if sort == Sort::Sent {
                sent.insert(binding.key);
            }
        }
    }
    count_recent(store, &sent, &mut standing, now).await?;
    Ok(standing)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Left,
    Held,
    Sent,
    Neither,
}

fn sort(binding: &Binding, came: &Arrivals) -> Sort {
    match &binding.state {
        State::Waiting { .. } | State::Ready { .. } | State::InFlight(_) | State::Unsure { .. }
            if binding.posted.is_none() =>
        {
            match binding.priority() {
                Priority::Backfill => Sort::Left,
                Priority::Operator | Priority::Current => Sort::Neither,
            }
        }
        State::Held { .. } | State::Rejected { .. } if came.was_old(binding) => Sort::Held,
        State::Posted | State::Voided if binding.posted.is_some() && came.was_old(binding) => {
            Sort::Sent
        }
        State::Waiting { .. }
        | State::Ready { .. }
        | State::InFlight(_)
        | State::Unsure { .. }
        | State::Held { .. }
        | State::Rejected { .. }
        | State::Posted
        | State::Voided
        | State::Skipped { .. }
        | State::Removed { .. }
        | State::Detached => Sort::Neither,
    }
}

/// When the pages of the journal were written with which documents came.
#[derive(Default)]
struct Arrivals(BTreeMap<u64, DateTime<Utc>>);

impl Arrivals {
    async fn learn(&mut self, store: &dyn Store, some: &[Binding]) -> Result<(), DriverError> {
        let first_pages = some.iter().filter_map(|binding| binding.story.first());
        let unknown: Vec<u64> = first_pages
            .copied()
            .filter(|page| !self.0.contains_key(page))
            .collect::<std::collections::BTreeSet<u64>>()
            .into_iter()
            .collect();
        for pages in unknown.chunks(PAGES_MAX) {
            for page in store.journal(pages).await? {
                if let Some(entry) = page.entries.first() {
                    self.0.insert(page.number, entry.at);
                }
            }
        }
        Ok(())
    }

    fn was_old(&self, binding: &Binding) -> bool {
        let came = binding.story.first().and_then(|page| self.0.get(page));
        came.is_some_and(|came| {
            (came.date_naive() - binding.issue_date).num_days() > CURRENT_DAYS_MAX
        })
    }
}

/// Counts what was sent within the last hour and day, from the newest pages of the journal.
async fn count_recent(
    store: &dyn Store,
    sent: &HashSet<BindingKey>,
    standing: &mut BTreeMap<ConnectionId, BackfillStanding>,
    now: DateTime<Utc>,
) -> Result<(), DriverError> {
    let (an_hour_ago, a_day_ago) = (now - Duration::hours(1), now - Duration::days(1));
    let mut before = None;
    while !sent.is_empty() {
        let pages = store.journal_before(before, PAGES_MAX).await?;
        let Some(oldest) = pages.last() else { break };
        before = Some(oldest.number);
        let is_done = oldest.entries.iter().all(|entry| entry.at < a_day_ago);
        let entries = pages.iter().flat_map(|page| &page.entries);
        for entry in entries.filter(|entry| entry.at >= a_day_ago) {
            let (Event::Landed { op: Op::Create, .. }, Some(key)) = (&entry.event, &entry.binding)
            else {
                continue;
            };
            if let Some(of) = standing
                .get_mut(&key.connection)
                .filter(|_| sent.contains(key))
            {
                of.sent_last_day += 1;
                of.sent_last_hour += u64::from(entry.at >= an_hour_ago);
            }
        }
        if is_done {
            break;
        }
    }
    Ok(())
}
