//! How many calls are allowed: five at once, a minute and a day per tenant, a minute per app, in fixed windows (Xero's page on limits).

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::books::ids::mix;
use crate::sync::lock;

/// The budgets. The defaults are those of Xero's Core tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Whether anything is limited at all; benches switch it off.
    pub enforced: bool,
    /// Requests in the air at once, per tenant.
    pub concurrent_max: usize,
    /// Requests a minute, per tenant.
    pub minute_max: u32,
    /// Requests a day, per tenant: 5,000, or 1,000 in the Starter tier.
    pub day_max: u32,
    /// Requests a minute, per app over all tenants.
    pub app_minute_max: u32,
    /// Most rows that a list without pages, or one with a filter or order that Xero has not optimised, may go through.
    pub rows_max: usize,
    /// Sales invoices that may be approved a month: 20 in the smallest plan of an organisation, else no limit.
    pub sales_approvals_max: Option<u32>,
    /// Bills that may be approved a month: 5 in the smallest plan of an organisation, else no limit.
    pub bill_approvals_max: Option<u32>,
}

/// How many documents may be approved a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ApprovalsMax {
    /// Sales invoices; nothing for no limit.
    pub sales: Option<u32>,
    /// Bills; nothing for no limit.
    pub bills: Option<u32>,
}

impl Limits {
    /// Those of Xero's Starter tier: 1,000 calls a day.
    #[must_use]
    pub fn starter() -> Self {
        Self {
            day_max: 1_000,
            ..Self::default()
        }
    }

    /// The same for an organisation on the smallest plan: 20 sales invoices and 5 bills a month.
    #[must_use]
    pub const fn with_early_plan(mut self) -> Self {
        self.sales_approvals_max = Some(20);
        self.bill_approvals_max = Some(5);
        self
    }

    /// How many documents may be approved a month.
    #[must_use]
    pub const fn approvals_max(&self) -> ApprovalsMax {
        ApprovalsMax {
            sales: self.sales_approvals_max,
            bills: self.bill_approvals_max,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            enforced: true,
            concurrent_max: 5,
            minute_max: 60,
            day_max: 5_000,
            app_minute_max: 10_000,
            rows_max: 100_000,
            sales_approvals_max: None,
            bill_approvals_max: None,
        }
    }
}

/// Which budget was used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// Too many at once.
    Concurrent,
    /// The tenant's minute.
    Minute,
    /// The tenant's day.
    Day,
    /// The app's minute.
    AppMinute,
}

/// What is left after a call, for the reply headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remaining {
    /// Calls left today.
    pub day: u32,
    /// Calls left this minute.
    pub minute: u32,
    /// Calls left this minute for the app.
    pub app_minute: u32,
}

/// A refused call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// Which budget.
    pub problem: Problem,
    /// Seconds until its window ends; nothing for the concurrent limit.
    pub retry_after_s: Option<i64>,
    /// What is left of the budgets.
    pub remaining: Remaining,
}

/// A place in the air: the request counts as concurrent until this is dropped.
#[derive(Debug)]
pub struct InFlight(Arc<AtomicUsize>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Counts calls against the budgets.
#[derive(Debug, Default)]
pub struct Governor {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    tenants: HashMap<(String, Uuid), Tenant>,
    apps: HashMap<String, Window>,
}

#[derive(Debug, Default)]
struct Tenant {
    in_air: Arc<AtomicUsize>,
    minute: Window,
    day: Window,
}

#[derive(Debug, Default, Clone, Copy)]
struct Window {
    number: i64,
    used: u32,
}

const MINUTE_S: i64 = 60;
const DAY_S: i64 = 86_400;

impl Governor {
    /// Counts a call of an app on a tenant.
    ///
    /// # Errors
    /// The budget that is used up; a refused call uses nothing up.
    pub fn admit(
        &self,
        app: &str,
        tenant: Uuid,
        limits: &Limits,
        now: DateTime<Utc>,
    ) -> Result<(InFlight, Remaining), Refused> {
        let mut state = lock(&self.state);
        let now_s = now.timestamp();
        let State { tenants, apps } = &mut *state;
        let of_app = apps.entry(app.to_owned()).or_default();
        of_app.roll(now_s, MINUTE_S, 0);
        let of_tenant = tenants.entry((app.to_owned(), tenant)).or_default();
        let shift_s = shift_s(tenant);
        of_tenant.minute.roll(now_s, MINUTE_S, shift_s);
        of_tenant.day.roll(now_s, DAY_S, shift_s);
        let in_air = of_tenant.in_air.load(Ordering::Acquire);
        let refusal = if !limits.enforced {
            None
        } else if of_tenant.day.used >= limits.day_max {
            Some((Problem::Day, Some(until_end(now_s, DAY_S, shift_s))))
        } else if of_tenant.minute.used >= limits.minute_max {
            Some((Problem::Minute, Some(until_end(now_s, MINUTE_S, shift_s))))
        } else if of_app.used >= limits.app_minute_max {
            Some((Problem::AppMinute, Some(until_end(now_s, MINUTE_S, 0))))
        } else if in_air >= limits.concurrent_max {
            Some((Problem::Concurrent, None))
        } else {
            None
        };
        if refusal.is_none() {
            of_tenant.minute.used += 1;
            of_tenant.day.used += 1;
            of_app.used += 1;
        }
        let remaining = Remaining {
            day: limits.day_max.saturating_sub(of_tenant.day.used),
            minute: limits.minute_max.saturating_sub(of_tenant.minute.used),
            app_minute: limits.app_minute_max.saturating_sub(of_app.used),
        };
        match refusal {
            Some((problem, retry_after_s)) => Err(Refused {
                problem,
                retry_after_s,
                remaining,
            }),
            None => {
                of_tenant.in_air.fetch_add(1, Ordering::AcqRel);
                Ok((InFlight(Arc::clone(&of_tenant.in_air)), remaining))
            }
        }
    }

    /// Forgets all counts; requests in the air keep their own count.
    pub fn reset(&self) {
        *lock(&self.state) = State::default();
    }
}

impl Window {
    fn roll(&mut self, now_s: i64, length_s: i64, shift_s: i64) {
        let number = (now_s - shift_s).div_euclid(length_s);
        if number != self.number {
            *self = Self { number, used: 0 };
        }
    }
}

/// Each tenant's windows begin at a moment of their own, neither midnight nor the full minute.
fn shift_s(tenant: Uuid) -> i64 {
    let (high, low) = tenant.as_u64_pair();
    i64::try_from(mix(high ^ low) % 86_400).unwrap_or_default()
}

fn until_end(now_s: i64, length_s: i64, shift_s: i64) -> i64 {
    length_s - (now_s - shift_s).rem_euclid(length_s)
}
