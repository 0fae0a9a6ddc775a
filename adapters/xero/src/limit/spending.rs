//! Where an organisation's budget stands and what its calls came to, from the store alone.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Timelike, Utc};
use serde::Serialize;
use tieout_core::store::{RecordKey, Store, StoreError};

use super::diary::read_days;
use super::forecast::{Forecast, forecast};
use super::tier::Demand;
use super::usage::Counter;
use super::{DayUse, Errand, GovernorState, LimitConfig, Purpose};

/// Counters by what the calls were about.
pub type Errands = BTreeMap<Errand, Counter>;

/// Where one organisation stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spending {
    /// Calls that a day has, as configured or as Xero's replies showed.
    pub calls_per_day: u32,
    /// Calls left of the day.
    pub calls_left_today: u32,
    /// When the day's budget begins anew, if that is known to the hour.
    pub begins_anew_at: Option<DateTime<Utc>>,
    /// The latest moment at which it does, if it was ever seen or guessed.
    pub begins_anew_by: Option<DateTime<Utc>>,
    /// Calls that a minute has.
    pub calls_per_minute: u32,
    /// Calls of this minute.
    pub calls_this_minute: u32,
    /// What is left of the day for each purpose, above what it leaves to more urgent ones.
    pub left_for: BTreeMap<Purpose, u32>,
    /// When this was written down; absent before the first call.
    pub as_of: Option<DateTime<Utc>>,
    /// Calls of the last sixty minutes; what the hour before had is shared out evenly.
    pub calls_last_hour: u64,
    /// When nothing is left, if every hour is like the last one and the day does not end before.
    pub runs_out_at: Option<DateTime<Utc>>,
    /// Today, by UTC.
    pub today: Errands,
    /// This calendar month, by UTC.
    pub month: Errands,
    /// The first day that was counted.
    pub counted_since: Option<NaiveDate>,
    /// The most calls on a day of this month.
    pub busiest_day_calls: u64,
    /// Every day that was counted.
    #[serde(skip)]
    pub days: BTreeMap<NaiveDate, DayUse>,
}

/// What all organisations of one app come to in this month: Xero bills the app.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AppMonth {
    /// What it needs of a tier.
    pub demand: Demand,
    /// Bytes read, with the replies to writes. Those of the Organisation endpoint are free and not in it.
    pub egress: Forecast,
    /// The same without the replies to writes: whether Xero bills them is not documented.
    pub egress_without_echoes: Forecast,
}

impl Spending {
    /// Reads where an organisation stands. Nothing is asked of Xero.
    ///
    /// # Errors
    /// Those of the store. What cannot be read counts as never written.
    pub async fn read(
        store: &dyn Store,
        tenant_id: &str,
        limits: &LimitConfig,
        now: DateTime<Utc>,
    ) -> Result<Self, StoreError> {
        let saved = store.record(&RecordKey::new(&["limit", tenant_id])).await?;
        let state = saved.and_then(|bytes| GovernorState::parse(&bytes).ok());
        let days = read_days(store, tenant_id).await?;
        let today = now.date_naive();
        let month: Vec<&DayUse> = days
            .iter()
            .filter(|(day, _)| (day.year(), day.month()) == (today.year(), today.month()))
            .map(|(_, of_day)| of_day)
            .collect();
        let (calls_per_day, calls_left_today) = state
            .as_ref()
            .map_or((limits.calls_per_day, limits.calls_per_day), |state| {
                (state.day().limit, state.day().left(now))
            });
        let calls_last_hour = last_hour(&days, now);
        let begins_anew_by = state.as_ref().map(|state| state.day().begins_anew_by(now));
        let above = |purpose| {
            let kept = limits.reserves.calls(purpose, calls_per_day);
            (purpose, calls_left_today.saturating_sub(kept))
        };
        Ok(Self {
            calls_per_day,
            calls_left_today,
            begins_anew_at: begins_anew_by.filter(|_| {
                state
                    .as_ref()
                    .is_some_and(|state| state.day().ends_at().is_some())
            }),
            begins_anew_by,
            calls_per_minute: limits.calls_per_minute,
            calls_this_minute: state.as_ref().map_or(0, |state| {
                state.minute_used(now).min(limits.calls_per_minute)
            }),
            left_for: Purpose::ALL.into_iter().map(above).collect(),
            as_of: state.as_ref().map(GovernorState::saved_at),
            calls_last_hour,
            runs_out_at: runs_out_at(calls_left_today, calls_last_hour, now)
                .filter(|at| begins_anew_by.is_none_or(|by| *at < by)),
            today: days
                .get(&today)
                .map_or_else(Errands::new, |day| day.errands.clone()),
            busiest_day_calls: month
                .iter()
                .map(|day| day.calls())
                .max()
                .unwrap_or_default(),
            month: sum(month.iter().map(|day| &day.errands)),
            counted_since: days.first_key_value().map(|(day, _)| *day),
            days,
        })
    }
}

impl AppMonth {
    /// The month of an app, from its organisations. `connected` of them have a connection now.
    #[must_use]
    pub fn of<'a>(
        spendings: &(impl Iterator<Item = &'a Spending> + Clone),
        connections: u32,
        now: DateTime<Utc>,
    ) -> Self {
        let bytes = |weigh: fn(&Counter) -> u64| {
            let known: BTreeSet<NaiveDate> = spendings
                .clone()
                .flat_map(|of| of.days.keys().copied())
                .collect();
            let by_day = known.into_iter().map(|day| {
                let of_day = spendings.clone().filter_map(|of| of.days.get(&day));
                let billed = of_day.flat_map(|of_day| of_day.errands.iter());
                let billed = billed.filter(|(errand, _)| **errand != Errand::Organisation);
                (day, billed.map(|(_, counter)| weigh(counter)).sum())
            });
            forecast(&by_day.collect(), now)
        };
        Self {
            demand: Demand {
                connections,
                busiest_day_calls: spendings
                    .clone()
                    .map(|of| of.busiest_day_calls)
                    .max()
                    .unwrap_or_default(),
            },
            egress: bytes(|counter| counter.bytes_received),
            egress_without_echoes: bytes(|counter| {
                counter.bytes_received.saturating_sub(counter.bytes_echoed)
            }),
        }
    }
}

/// Counters added up.
#[must_use]
pub fn sum<'a>(all: impl Iterator<Item = &'a Errands>) -> Errands {
    let mut sum = Errands::new();
    for (errand, counter) in all.flatten() {
        let so_far = sum.entry(*errand).or_default();
        *so_far = so_far.plus(*counter);
    }
    sum
}

/// The calls of the last sixty minutes, as far as hours tell.
fn last_hour(days: &BTreeMap<NaiveDate, DayUse>, now: DateTime<Utc>) -> u64 {
    let in_hour = |at: DateTime<Utc>| {
        let day = days.get(&at.date_naive());
        day.and_then(|day| day.hours.get(&at.hour()))
            .copied()
            .unwrap_or_default()
    };
    let passed_s = u64::from(now.minute() * 60 + now.second());
    in_hour(now) + in_hour(now - TimeDelta::hours(1)) * (3_600 - passed_s) / 3_600
}

fn runs_out_at(left: u32, an_hour: u64, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let seconds = (u64::from(left) * 3_600).checked_div(an_hour)?;
    now.checked_add_signed(TimeDelta::try_seconds(i64::try_from(seconds).ok()?)?)
}
