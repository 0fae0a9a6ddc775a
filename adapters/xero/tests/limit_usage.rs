//! What was spent, day by day: counted by what calls were about, kept over restarts, told from the store alone.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use http::{Method, Request};
use support::{CountingXero, Windows, start};
use tieout_core::clock::{Clock, TokioClock};
use tieout_core::store::{ChangeSet, MemoryStore, RecordKey, Store};
use tieout_core::transport::{Transport, TransportError};
use tieout_xero::limit::{
    AppBudget, AppMonth, Counter, DayUse, Errand, Limit, LimitConfig, LimitOptions, LimitReached,
    Limited, Purpose, Spending, counted_organisations, read_days,
};

struct Bench {
    clock: TokioClock,
    xero: CountingXero,
    store: Arc<MemoryStore>,
    limits: LimitConfig,
}

impl Bench {
    fn new(calls_per_day: u32) -> Self {
        let clock = TokioClock::starting_at(start());
        let windows = Windows {
            day: calls_per_day,
            latency_ms: 20,
            ..Windows::default()
        };
        Self {
            clock,
            xero: CountingXero::new(windows, clock),
            store: Arc::new(MemoryStore::new()),
            limits: LimitConfig {
                calls_per_day,
                ..LimitConfig::default()
            },
        }
    }

    async fn open(&self, tenant: &str) -> Limited<CountingXero> {
        let options = LimitOptions {
            tenant_id: tenant.to_owned(),
            limits: self.limits.clone(),
            app_budget: Arc::new(AppBudget::new(10_000)),
            clock: Arc::new(self.clock),
            store: Arc::clone(&self.store) as Arc<dyn Store>,
        };
        Limited::open(self.xero.clone(), options).await.unwrap()
    }

    async fn spending(&self, tenant: &str) -> Spending {
        let now = self.clock.now();
        Spending::read(self.store.as_ref(), tenant, &self.limits, now)
            .await
            .unwrap()
    }

    async fn pass(&self, time: TimeDelta) {
        tokio::time::sleep(time.to_std().unwrap()).await;
    }
}

fn request(method: Method, errand: Errand, purpose: Purpose) -> Request<Bytes> {
    Request::builder()
        .method(method)
        .uri("https://api.test/")
        .extension(errand)
        .extension(purpose)
        .body(Bytes::from_static(b"12345"))
        .unwrap()
}

async fn call(limited: &Limited<CountingXero>, errand: Errand) {
    let sent = limited
        .send(request(Method::GET, errand, Purpose::Operator))
        .await;
    assert!(sent.unwrap().status().is_success());
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn counter(days: &DayUse, errand: Errand) -> Counter {
    days.errands.get(&errand).copied().unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn calls_and_bytes_are_kept_by_day_and_errand_over_restarts() {
    let bench = Bench::new(5_000);
    let limited = bench.open("acme").await;
    for _ in 0..3 {
        call(&limited, Errand::Polling).await;
    }
    let write = request(Method::PUT, Errand::Documents, Purpose::Documents);
    limited.send(write).await.unwrap();
    limited.budget().close().await;
    // The next process begins on the same day and works past midnight.
    bench
        .pass(TimeDelta::hours(14) + TimeDelta::minutes(30))
        .await;
    let limited = bench.open("acme").await;
    call(&limited, Errand::Polling).await;
    bench.pass(TimeDelta::hours(1)).await;
    call(&limited, Errand::Chart).await;
    limited.budget().close().await;

    let days = read_days(bench.store.as_ref(), "acme").await.unwrap();
    assert_eq!(
        days.keys().copied().collect::<Vec<_>>(),
        [day("2026-11-21"), day("2026-11-22")]
    );
    let (first, second) = (&days[&day("2026-11-21")], &days[&day("2026-11-22")]);
    let of = counter(first, Errand::Polling);
    assert_eq!(
        (of.calls, of.bytes_sent, of.bytes_received, of.bytes_echoed),
        (4, 20, 8, 0)
    );
    let of = counter(first, Errand::Documents);
    assert_eq!((of.calls, of.bytes_received, of.bytes_echoed), (1, 2, 2));
    assert_eq!(first.hours, [(9, 4), (23, 1)].into());
    assert_eq!(
        (second.calls(), counter(second, Errand::Chart).calls),
        (1, 1)
    );
    let known = counted_organisations(bench.store.as_ref()).await.unwrap();
    assert_eq!(known.into_iter().collect::<Vec<_>>(), ["acme"]);
}

#[tokio::test(start_paused = true)]
async fn a_crash_loses_at_most_the_last_ten_calls_and_counts_none_twice() {
    let bench = Bench::new(5_000);
    for _ in 0..4 {
        let limited = bench.open("acme").await;
        for _ in 0..25 {
            call(&limited, Errand::Polling).await;
        }
        drop(limited);
        bench.pass(TimeDelta::minutes(2)).await;
    }
    let days = read_days(bench.store.as_ref(), "acme").await.unwrap();
    let counted = days[&day("2026-11-21")].calls();
    assert!((60..=100).contains(&counted), "{counted} of 100");
}

/// Nothing leaves: the transport below says so.
struct Closed;

#[async_trait::async_trait]
impl Transport for Closed {
    async fn send(&self, _: Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        Err(TransportError::NotSent("no route".into()))
    }
}

#[tokio::test(start_paused = true)]
async fn what_never_left_is_not_counted() {
    let bench = Bench::new(5_000);
    let options = LimitOptions {
        tenant_id: "acme".to_owned(),
        limits: bench.limits.clone(),
        app_budget: Arc::new(AppBudget::new(10_000)),
        clock: Arc::new(bench.clock),
        store: Arc::clone(&bench.store) as Arc<dyn Store>,
    };
    let limited = Limited::open(Closed, options).await.unwrap();
    let sent = limited
        .send(request(Method::GET, Errand::Chart, Purpose::Documents))
        .await;
    assert!(sent.is_err());
    limited.budget().close().await;
    let spending = bench.spending("acme").await;
    assert_eq!(
        (spending.calls_left_today, spending.calls_last_hour),
        (5_000, 0)
    );
    let today = spending
        .today
        .get(&Errand::Chart)
        .copied()
        .unwrap_or_default();
    assert_eq!(today, Counter::default());
}

#[tokio::test(start_paused = true)]
async fn days_are_forgotten_after_thirteen_months_and_a_broken_one_stops_nothing() {
    let bench = Bench::new(5_000);
    let limited = bench.open("acme").await;
    call(&limited, Errand::Polling).await;
    limited.budget().close().await;
    let broken = RecordKey::new(&["usage", "acme", "2026-11-22"]);
    let changes = ChangeSet {
        records: vec![(broken, Some(b"{".to_vec()))],
        ..ChangeSet::default()
    };
    bench.store.commit(changes).await.unwrap();
    bench.pass(TimeDelta::days(395)).await;
    let limited = bench.open("acme").await;
    call(&limited, Errand::Polling).await;
    let days = read_days(bench.store.as_ref(), "acme").await.unwrap();
    assert!(
        days.contains_key(&day("2026-11-21")),
        "a month of a year ago is still there"
    );
    // The same process goes on, without a restart to tidy up at.
    for _ in 0..10 {
        bench.pass(TimeDelta::days(1)).await;
        call(&limited, Errand::Polling).await;
    }
    limited.budget().close().await;
    let days = read_days(bench.store.as_ref(), "acme").await.unwrap();
    assert!(!days.contains_key(&day("2026-11-21")));
    assert_eq!(days.len(), 11);
}

#[tokio::test(start_paused = true)]
async fn where_the_day_stands_is_told_from_the_store_alone() {
    let bench = Bench::new(1_000);
    let never = bench.spending("acme").await;
    assert_eq!(
        (never.calls_left_today, never.as_of, never.runs_out_at),
        (1_000, None, None)
    );
    let limited = bench.open("acme").await;
    for _ in 0..50 {
        call(&limited, Errand::Polling).await;
    }
    limited.budget().close().await;
    let spending = bench.spending("acme").await;
    assert_eq!(
        (spending.calls_per_day, spending.calls_left_today),
        (1_000, 950)
    );
    assert_eq!(
        (spending.calls_this_minute, spending.calls_last_hour),
        (50, 50)
    );
    assert_eq!(spending.left_for[&Purpose::Backfill], 550);
    assert_eq!(spending.begins_anew_at, None, "Xero has not shown the hour");
    // Fifty an hour take 19 hours for what is left; the day ends later at the latest.
    let runs_out = spending.runs_out_at.unwrap();
    assert_eq!((runs_out - bench.clock.now()).num_hours(), 19);
    bench.pass(TimeDelta::minutes(90)).await;
    let later = bench.spending("acme").await;
    assert_eq!((later.calls_this_minute, later.calls_last_hour), (0, 25));
    assert_eq!(later.runs_out_at, None, "the day ends before");
    // Whole days without anybody: the next one begins ahead, and everything is left.
    bench.pass(TimeDelta::days(3)).await;
    let anew = bench.spending("acme").await;
    assert_eq!(anew.calls_left_today, 1_000);
    let by = anew.begins_anew_by.unwrap();
    assert!(by > bench.clock.now() && by <= bench.clock.now() + TimeDelta::days(1));
}

#[tokio::test(start_paused = true)]
async fn old_documents_stop_at_their_reserve_and_todays_go_on() {
    let bench = Bench::new(100);
    let limited = bench.open("acme").await;
    let send = |purpose, errand| limited.send(request(Method::PUT, errand, purpose));
    let mut old = 0;
    let reached = loop {
        match send(Purpose::Backfill, Errand::Backfill).await {
            Ok(reply) => {
                assert!(reply.status().is_success());
                old += 1;
            }
            Err(error) => match LimitReached::of(&error).unwrap() {
                reached if reached.limit == Limit::Day => break reached.clone(),
                reached => {
                    let pause = reached.retry_at - bench.clock.now();
                    tokio::time::sleep(pause.to_std().unwrap_or(Duration::from_secs(1))).await;
                }
            },
        }
    };
    assert_eq!(old, 60, "forty of a hundred are kept for others");
    assert!(reached.retry_at > bench.clock.now());
    let mut todays = 0;
    while send(Purpose::Documents, Errand::Documents).await.is_ok() {
        todays += 1;
    }
    assert_eq!(todays, 38, "two are kept for people who click");
    assert_eq!(bench.xero.seen(|seen| seen.refused), 0);
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_month_of_an_app_is_that_of_all_its_organisations_without_what_is_free() {
    let bench = Bench::new(5_000);
    for (tenant, calls) in [("acme", 2), ("bravo", 3)] {
        let limited = bench.open(tenant).await;
        for _ in 0..calls {
            call(&limited, Errand::Polling).await;
        }
        call(&limited, Errand::Organisation).await;
        let write = request(Method::POST, Errand::Documents, Purpose::Documents);
        limited.send(write).await.unwrap();
        limited.budget().close().await;
    }
    let spendings = [bench.spending("acme").await, bench.spending("bravo").await];
    let month = AppMonth::of(&spendings.iter(), 2, at("2026-11-22T00:00:00Z"));
    // Every reply has two bytes: seven of nine replies are billed, two of those answered a write.
    assert_eq!(
        (month.egress.so_far, month.egress_without_echoes.so_far),
        (14, 10)
    );
    assert_eq!(month.egress.by_month_end, None, "one day says too little");
    assert_eq!(
        (month.demand.connections, month.demand.busiest_day_calls),
        (2, 5)
    );
    let next = AppMonth::of(&spendings.iter(), 2, at("2026-12-01T00:00:00Z"));
    assert_eq!((next.egress.so_far, next.egress.by_month_end), (0, Some(0)));
}

#[test]
fn the_first_stored_form_of_a_day_still_loads() {
    let sample = include_str!("samples/usage-day-v1.json");
    let of_day: DayUse = serde_json::from_str(sample).unwrap();
    assert_eq!(
        serde_json::to_value(&of_day).unwrap(),
        serde_json::from_str::<serde_json::Value>(sample).unwrap()
    );
}
