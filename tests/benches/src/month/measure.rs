//! What a month came to: calls and bytes by what they were about, refusals, delays, and how the forecast did.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use tieout_core::engine::{Binding, Event as Told};
use tieout_core::store::Store;
use tieout_sandbox_xero::AUSTRALIA;
use tieout_xero::limit::{AppMonth, Counter, Errand, Errands, LimitConfig, Spending, sum};

use super::course::{Course, Place};
use crate::failure::Failure;

/// Bindings looked at in one step.
const STEP_MAX: usize = 1_000;

/// What `tieout usage` said at a moment.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Foreseen {
    /// When.
    pub at: DateTime<Utc>,
    /// The month as it was seen then.
    pub month: AppMonth,
    /// Calls that the organisation with the fewest had left on its day.
    pub least_left: u32,
}

/// How long things took, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Delays {
    /// How many were measured.
    pub count: usize,
    /// Half of them took no longer.
    pub p50_s: i64,
    /// Of a hundred, ninety-nine took no longer.
    pub p99_s: i64,
    /// The longest.
    pub longest_s: i64,
}

/// What a course came to.
#[derive(Clone, Debug, Serialize)]
pub struct Month {
    /// Organisations.
    pub organisations: u32,
    /// Days.
    pub days: u32,
    /// Calls that each organisation had a day.
    pub calls_per_day: u32,
    /// Changes that the products told.
    pub changes: usize,
    /// Changes that are not at Xero at the end.
    pub missing: usize,
    /// Payments that people made, and of those the ones that the product was not told of at the end.
    pub payments: usize,
    /// See `payments`.
    pub payments_missing: usize,
    /// Calls and bytes by what they were about, over all organisations.
    pub errands: Errands,
    /// The same added up by Xero, to compare.
    pub calls_at_xero: u64,
    /// Bytes that Xero would bill.
    pub bytes_at_xero: u64,
    /// Calls that were refused with 429.
    pub refused: u64,
    /// The most calls of one organisation on one day of UTC.
    pub busiest_day_calls: u64,
    /// The fewest calls that an organisation had left at a noon.
    pub least_left_at_noon: u32,
    /// From a change in the product to Xero's reply.
    pub posted: Delays,
    /// From a payment at Xero to the product.
    pub paid: Delays,
    /// What `usage` foresaw at noon of each day.
    pub foreseen: Vec<Foreseen>,
}

pub(super) async fn weigh(
    course: Course,
    places: &[Place],
    store: &dyn Store,
    foreseen: &[Foreseen],
    now: DateTime<Utc>,
) -> Result<Month, Failure> {
    let limits = LimitConfig::default();
    let mut spendings = Vec::new();
    let (mut calls_at_xero, mut bytes_at_xero, mut refused) = (0, 0, 0);
    let (mut paid, mut payments_missing) = (Vec::new(), 0);
    let mut told_at: BTreeMap<String, Vec<DateTime<Utc>>> = BTreeMap::new();
    for place in places {
        // A moment before the end, which is the next month's already.
        let in_month = now - TimeDelta::seconds(1);
        spendings.push(Spending::read(store, &place.name, &limits, in_month).await?);
        let counts = place.sandbox.counters().of(AUSTRALIA);
        calls_at_xero += counts.total();
        bytes_at_xero += counts.bytes_out;
        refused += counts.refused.values().sum::<u64>();
        let known = place.host.paid();
        for event in &place.events.paid {
            match known.get(&event.what.0) {
                Some(at) => paid.push((*at - event.at).num_seconds()),
                None => payments_missing += 1,
            }
        }
        for event in &place.events.told {
            let tieout_core::document::Document::Invoice(invoice) = &event.what else {
                continue;
            };
            told_at
                .entry(invoice.number.clone())
                .or_default()
                .push(event.at);
        }
    }
    let changes = told_at.values().map(Vec::len).sum();
    let posted = posted(store, &told_at).await?;
    let days = spendings.iter().flat_map(|of| of.days.values());
    Ok(Month {
        organisations: course.organisations,
        days: course.days,
        calls_per_day: course.calls_per_day,
        changes,
        missing: changes - posted.len(),
        payments: paid.len() + payments_missing,
        payments_missing,
        errands: sum(days.map(|day| &day.errands)),
        calls_at_xero,
        bytes_at_xero,
        refused,
        busiest_day_calls: spendings
            .iter()
            .map(|of| of.busiest_day_calls)
            .max()
            .unwrap_or_default(),
        least_left_at_noon: foreseen
            .iter()
            .map(|of| of.least_left)
            .min()
            .unwrap_or_default(),
        posted: Delays::of(posted),
        paid: Delays::of(paid),
        foreseen: foreseen.to_vec(),
    })
}

/// How long each change took from the product to Xero's reply to a request that left with it.
async fn posted(
    store: &dyn Store,
    told_at: &BTreeMap<String, Vec<DateTime<Utc>>>,
) -> Result<Vec<i64>, Failure> {
    let mut delays = Vec::new();
    let mut last = None;
    loop {
        let some = store.scan(last.as_ref(), STEP_MAX).await?;
        let Some(end) = some.last() else {
            return Ok(delays);
        };
        last = Some(end.key.clone());
        for binding in &some {
            let told = told_at
                .get(&binding.number)
                .map(Vec::as_slice)
                .unwrap_or_default();
            delays.extend(landings(store, binding, told).await?);
        }
    }
}

async fn landings(
    store: &dyn Store,
    binding: &Binding,
    told: &[DateTime<Utc>],
) -> Result<Vec<i64>, Failure> {
    let (mut known, mut aboard, mut delays) = (Vec::new(), Vec::new(), Vec::new());
    let mut told = told.iter();
    for page in store.journal(&binding.story).await? {
        for entry in page
            .entries
            .iter()
            .filter(|entry| entry.binding.as_ref() == Some(&binding.key))
        {
            match &entry.event {
                Told::HostChanged { .. } => known.extend(told.next()),
                Told::Departed { .. } => aboard.append(&mut known),
                Told::Landed { .. } => {
                    delays.extend(
                        aboard
                            .drain(..)
                            .map(|at: &DateTime<Utc>| (entry.at - *at).num_seconds()),
                    );
                }
                Told::PutBack { .. } => known.append(&mut aboard),
                _ => {}
            }
        }
    }
    Ok(delays)
}

impl Delays {
    fn of(mut seconds: Vec<i64>) -> Self {
        seconds.sort_unstable();
        let at = |percent: usize| {
            let place = seconds.len().saturating_sub(1) * percent / 100;
            seconds.get(place).copied().unwrap_or_default()
        };
        Self {
            count: seconds.len(),
            p50_s: at(50),
            p99_s: at(99),
            longest_s: at(100),
        }
    }
}

impl Month {
    /// Calls and bytes of everything.
    #[must_use]
    pub fn total(&self) -> Counter {
        self.errands
            .values()
            .fold(Counter::default(), |so_far, counter| so_far.plus(*counter))
    }

    /// Bytes that Xero would bill, as we counted them.
    #[must_use]
    pub fn billed_bytes(&self) -> u64 {
        let free = self
            .errands
            .get(&Errand::Organisation)
            .copied()
            .unwrap_or_default();
        self.total().bytes_received - free.bytes_received
    }
}
