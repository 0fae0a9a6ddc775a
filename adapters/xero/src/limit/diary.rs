//! What each day cost, one small record a day: kept for thirteen months, saved together with the budgets.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Timelike, Utc};
use serde::{Deserialize, Serialize};
use tieout_core::store::{RecordKey, Store, StoreError};

use super::usage::Counter;
use super::{Errand, Outcome};

/// How many days are kept: thirteen months, so that a month can be compared with the one a year before.
const DAYS_KEPT: i64 = 400;

/// Days of one organisation that are read at once, more than are kept.
const DAYS_READ_MAX: usize = 1_000;

/// More calls than this for one departure are those of a first day, and no rule.
const DEPARTURE_CALLS_MAX: u64 = 10;

/// The first part of the names of these records.
const ROOM: &str = "usage";

/// What one organisation's calls came to on one day of UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayUse {
    /// By what the calls were about; what cost nothing is absent.
    pub errands: BTreeMap<Errand, Counter>,
    /// Calls in each hour of the day, from 0; hours without a call are absent.
    pub hours: BTreeMap<u32, u64>,
}

/// The days in memory, and which of them are not saved yet.
#[derive(Debug)]
pub(super) struct Diary {
    tenant_id: String,
    days: BTreeMap<NaiveDate, DayUse>,
    unsaved: BTreeSet<NaiveDate>,
    expired: Vec<RecordKey>,
}

/// When a call left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Departed {
    at: DateTime<Utc>,
    errand: Errand,
}

/// What is counted of a call when it ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weight {
    pub(super) sent: u64,
    pub(super) received: u64,
    /// Whether the reply answered a write.
    pub(super) is_echo: bool,
}

impl DayUse {
    /// All calls.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.errands.values().map(|counter| counter.calls).sum()
    }
}

impl Diary {
    /// Opens the diary at the present day. A day that cannot be read begins anew and is logged.
    pub(super) async fn open(
        store: &dyn Store,
        tenant_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Self, StoreError> {
        let today = now.date_naive();
        let known = read_days(store, tenant_id).await?;
        let oldest = today - TimeDelta::days(DAYS_KEPT);
        let expired = known.range(..oldest).map(|(day, _)| key(tenant_id, *day));
        let expired = expired.collect();
        let days = known.into_iter().filter(|(day, _)| *day == today);
        Ok(Self {
            tenant_id: tenant_id.to_owned(),
            days: days.collect(),
            unsaved: BTreeSet::new(),
            expired,
        })
    }

    /// A call leaves.
    pub(super) fn depart(&mut self, at: DateTime<Utc>, errand: Errand) -> Departed {
        let day = self.day(at.date_naive());
        day.errands.entry(errand).or_default().calls += 1;
        *day.hours.entry(at.hour()).or_default() += 1;
        Departed { at, errand }
    }

    /// A call ended. Its bytes belong to the day on which it left.
    pub(super) fn arrive(&mut self, departed: Departed, outcome: &Outcome, weight: Weight) {
        let day = self.day(departed.at.date_naive());
        let counter = day.errands.entry(departed.errand).or_default();
        match outcome {
            Outcome::NotSent => {
                counter.calls = counter.calls.saturating_sub(1);
                if let Some(calls) = day.hours.get_mut(&departed.at.hour()) {
                    *calls = calls.saturating_sub(1);
                }
            }
            Outcome::Lost => counter.bytes_sent += weight.sent,
            Outcome::Reply(facts) => {
                counter.bytes_sent += weight.sent;
                counter.bytes_received += weight.received;
                counter.bytes_echoed += if weight.is_echo { weight.received } else { 0 };
                counter.throttled += u64::from(facts.exceeded.is_some());
            }
        }
    }

    /// What a request with documents took of late, with the contacts and the chart that it needed.
    pub(super) fn calls_of_a_departure(&self) -> u64 {
        let of = |errands: &[Errand]| -> u64 {
            let days = self.days.values().flat_map(|day| &day.errands);
            let counted = days.filter(|(errand, _)| errands.contains(errand));
            counted.map(|(_, counter)| counter.calls).sum()
        };
        let with = [
            Errand::Documents,
            Errand::Contacts,
            Errand::LookUps,
            Errand::Chart,
            Errand::Organisation,
        ];
        let departures = of(&[Errand::Documents]);
        of(&with)
            .div_ceil(departures.max(1))
            .clamp(1, DEPARTURE_CALLS_MAX)
    }

    /// What is to be saved now: the days that changed, and the removal of those that are too old.
    pub(super) fn take_unsaved(&mut self) -> Vec<(RecordKey, Option<Vec<u8>>)> {
        let expired = std::mem::take(&mut self.expired);
        let mut records: Vec<_> = expired.into_iter().map(|key| (key, None)).collect();
        for day in std::mem::take(&mut self.unsaved) {
            if let Some(of_day) = self.days.get(&day) {
                let json = serde_json::to_vec(of_day)
                    .expect("counters have text keys and no failing serializer");
                records.push((key(&self.tenant_id, day), Some(json)));
            }
        }
        records
    }

    /// What was to be saved was not: it comes again with the next save.
    pub(super) fn not_saved(&mut self) {
        self.unsaved.extend(self.days.keys());
    }

    fn day(&mut self, day: NaiveDate) -> &mut DayUse {
        if !self.days.contains_key(&day) {
            // A call that left before midnight may end after it: yesterday stays at hand.
            let gone = day - TimeDelta::days(2);
            let unsaved = &self.unsaved;
            self.days
                .retain(|known, _| *known > gone || unsaved.contains(known));
            self.expired
                .push(key(&self.tenant_id, day - TimeDelta::days(DAYS_KEPT)));
        }
        self.unsaved.insert(day);
        self.days.entry(day).or_default()
    }
}

/// Every day of an organisation that was counted, from the store alone.
///
/// While a process spends calls, its last ten and those of its last five seconds may be missing.
///
/// # Errors
/// Those of the store. A day that cannot be read is left out and logged.
pub async fn read_days(
    store: &dyn Store,
    tenant_id: &str,
) -> Result<BTreeMap<NaiveDate, DayUse>, StoreError> {
    let prefix = format!("{}/", RecordKey::new(&[ROOM, tenant_id]));
    let mut days = BTreeMap::new();
    for (key, value) in store.records(&prefix, DAYS_READ_MAX).await? {
        let day = key.as_str().strip_prefix(&prefix).map(str::parse);
        match (day, serde_json::from_slice(&value)) {
            (Some(Ok(day)), Ok(of_day)) => drop(days.insert(day, of_day)),
            (_, _) => tracing::warn!(record = %key, "the usage of a day cannot be read"),
        }
    }
    Ok(days)
}

/// The organisations that anything was ever counted for.
///
/// # Errors
/// Those of the store.
pub async fn counted_organisations(store: &dyn Store) -> Result<BTreeSet<String>, StoreError> {
    let prefix = format!("{}/", RecordKey::new(&["limit"]));
    let records = store.records(&prefix, DAYS_READ_MAX).await?;
    let tenants = records
        .iter()
        .filter_map(|(key, _)| key.as_str().strip_prefix(&prefix));
    Ok(tenants.map(str::to_owned).collect())
}

fn key(tenant_id: &str, day: NaiveDate) -> RecordKey {
    RecordKey::new(&[ROOM, tenant_id, &day.to_string()])
}
