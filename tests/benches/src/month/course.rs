//! How a month is run: the driver serves, the products write, people at Xero pay, and the clock never waits.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tieout_core::clock::{Clock, TokioClock};
use tieout_core::document::{ConnectionId, HostId};
use tieout_core::driver::{ConnectionSite, HostSite, Limits, Progress, World, serve};
use tieout_core::settings::{Route, Routes};
use tieout_core::store::{MemoryStore, Store};
use tieout_sandbox_xero::{AUSTRALIA, Options, Sandbox};
use tieout_xero::adapter::XeroProvider;
use tieout_xero::limit::{
    AppBudget, AppMonth, Budget, LimitConfig, LimitOptions, Limited, Spending,
};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::host::MonthHost;
use super::measure::{Foreseen, Month, weigh};
use super::{Event, Events};
use crate::failure::Failure;
use crate::invoices::Invented;
use crate::scene::settings;
use crate::transport::InProcess;

/// How long a call takes there and back.
const LATENCY: Duration = Duration::from_millis(800);

/// How long after its invoice should be there a payment that found none is tried again.
const PAY_AGAIN: Duration = Duration::from_secs(3_600);

/// What is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    /// What the invoices are made from.
    pub seed: u64,
    /// Organisations, each with a product of its own.
    pub organisations: u32,
    /// Invoices of all of them together.
    pub invoices: u64,
    /// Days from the first of a month.
    pub days: u32,
    /// Calls a day on each organisation, at Xero and as configured.
    pub calls_per_day: u32,
}

impl Default for Course {
    fn default() -> Self {
        Self {
            seed: 1,
            organisations: 5,
            invoices: 10_000,
            days: 30,
            calls_per_day: 1_000,
        }
    }
}

/// One organisation with everything round it.
pub(super) struct Place {
    pub(super) name: String,
    pub(super) sandbox: Arc<Sandbox>,
    pub(super) events: Events,
    pub(super) host: Arc<MonthHost>,
    budget: Budget,
}

/// Runs a course and weighs what it came to.
///
/// Runs on a paused clock of its own, so it must not be called from within a runtime.
///
/// # Errors
/// When the course cannot be set up, or the driver ends with an error.
pub fn measure(course: Course) -> Result<Month, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()?;
    runtime.block_on(run(course))
}

async fn run(course: Course) -> Result<Month, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(TokioClock::starting_at(start()));
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let (world, places) = world(course, &clock, &store).await?;
    let stop = CancellationToken::new();
    let serving = tokio::spawn(serve(world, stop.clone()));
    let people = places
        .iter()
        .map(|place| {
            tokio::spawn(pay(
                Arc::clone(&place.sandbox),
                place.events.paid.clone(),
                Arc::clone(&clock),
            ))
        })
        .collect::<Vec<_>>();
    let mut foreseen = Vec::new();
    for day in 1..=i64::from(course.days) {
        let noon = start() + TimeDelta::days(day) - TimeDelta::hours(12);
        tokio::time::sleep((noon - clock.now()).to_std().unwrap_or_default()).await;
        foreseen.push(foresee(&places, store.as_ref(), course, clock.now()).await?);
    }
    let end = start() + TimeDelta::days(i64::from(course.days));
    tokio::time::sleep((end - clock.now()).to_std().unwrap_or_default()).await;
    for person in people {
        person.abort();
    }
    stop.cancel();
    serving.await??;
    for place in &places {
        place.budget.close().await;
    }
    weigh(course, &places, store.as_ref(), &foreseen, clock.now()).await
}

async fn world(
    course: Course,
    clock: &Arc<dyn Clock>,
    store: &Arc<dyn Store>,
) -> Result<(Arc<World>, Vec<Place>), Failure> {
    let app_budget = Arc::new(AppBudget::new(LimitConfig::default().app_calls_per_minute));
    let (mut hosts, mut connections) = (BTreeMap::new(), BTreeMap::new());
    let (mut routes, mut places) = (Vec::new(), Vec::new());
    for number in 0..course.organisations {
        let name = format!("books-{number}");
        let limits = LimitConfig {
            calls_per_day: course.calls_per_day,
            ..LimitConfig::default()
        };
        let options = LimitOptions {
            tenant_id: name.clone(),
            limits,
            app_budget: Arc::clone(&app_budget),
            clock: Arc::clone(clock),
            store: Arc::clone(store),
        };
        let sandbox = Arc::new(Sandbox::new(starter(course, number)));
        let transport = InProcess::new(Arc::clone(&sandbox), AUSTRALIA, Arc::clone(clock), LATENCY);
        let limited = Limited::open(transport, options).await?;
        let budget = limited.budget();
        let base = Url::parse("http://localhost/api.xro/2.0/")?;
        let provider = XeroProvider::new(
            Arc::new(limited),
            Arc::clone(clock),
            base,
            AUSTRALIA.to_string(),
        )
        .paced_by(budget.clone());
        let invoices = Invented {
            seed: course.seed.wrapping_add(u64::from(number)),
            series: char::from(b'A' + u8::try_from(number % 26)?),
        };
        let count = course.invoices / u64::from(course.organisations.max(1));
        let events = Events::of(invoices, count, start(), course.days);
        let host = Arc::new(MonthHost::new(events.told.clone(), Arc::clone(clock)));
        let (of_host, connection) = (HostId::new(name.clone())?, ConnectionId::new(name.clone())?);
        let site = ConnectionSite::new(connection.clone(), Arc::new(provider), settings()?);
        routes.push(Route {
            host: Some(of_host.clone()),
            ..Route::everything(connection.clone())
        });
        let telling = HostSite::new(of_host.clone(), Arc::clone(&host) as _);
        hosts.insert(of_host, Arc::new(telling));
        connections.insert(connection, Arc::new(site));
        places.push(Place {
            name,
            sandbox,
            events,
            host,
            budget,
        });
    }
    let world = World {
        store: Arc::clone(store),
        clock: Arc::clone(clock),
        hosts,
        connections,
        routes: Routes(routes),
        limits: Limits::default(),
        progress: Arc::new(Progress::default()),
    };
    Ok((Arc::new(world), places))
}

fn starter(course: Course, number: u32) -> Options {
    let mut options = Options::default();
    options.seed = options.seed.wrapping_add(u64::from(number));
    options.limits.day_max = course.calls_per_day;
    options
}

/// People at Xero pay what is due, as soon as it is there.
async fn pay(
    sandbox: Arc<Sandbox>,
    paid: Vec<Event<(String, Option<rust_decimal::Decimal>)>>,
    clock: Arc<dyn Clock>,
) {
    for Event { at, what } in paid {
        let (number, amount) = what;
        tokio::time::sleep((at - clock.now()).to_std().unwrap_or_default()).await;
        while sandbox
            .people(clock.now())
            .pay(AUSTRALIA, &number, amount, None)
            .is_err()
        {
            tokio::time::sleep(PAY_AGAIN).await;
        }
    }
}

/// What `tieout usage` would say now.
async fn foresee(
    places: &[Place],
    store: &dyn Store,
    course: Course,
    now: DateTime<Utc>,
) -> Result<Foreseen, Failure> {
    let limits = LimitConfig {
        calls_per_day: course.calls_per_day,
        ..LimitConfig::default()
    };
    let mut spendings = Vec::new();
    for place in places {
        spendings.push(Spending::read(store, &place.name, &limits, now).await?);
    }
    let least_left = spendings.iter().map(|of| of.calls_left_today).min();
    Ok(Foreseen {
        at: now,
        month: AppMonth::of(&spendings.iter(), course.organisations, now),
        least_left: least_left.unwrap_or_default(),
    })
}

/// The first of a month that has thirty days, a Sunday.
pub(super) fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_793_491_200, 0).expect("a moment of the calendar")
}
