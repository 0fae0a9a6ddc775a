//! The budgets are used up and never exceeded: whole runs in virtual time against fixed windows at unknown offsets.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::Request;
use rstest::rstest;
use support::{CountingXero, Windows, start};
use tieout_core::clock::{Clock, TokioClock};
use tieout_core::store::MemoryStore;
use tieout_core::transport::Transport;
use tieout_xero::limit::{
    AppBudget, Limit, LimitConfig, LimitOptions, LimitReached, Limited, Purpose,
};
use tokio::sync::Mutex;

async fn open(
    xero: &CountingXero,
    clock: TokioClock,
    limits: LimitConfig,
) -> Limited<CountingXero> {
    let options = LimitOptions {
        tenant_id: "acme".to_owned(),
        app_budget: Arc::new(AppBudget::new(limits.app_calls_per_minute)),
        limits,
        clock: Arc::new(clock),
        store: Arc::new(MemoryStore::new()),
    };
    Limited::open(xero.clone(), options).await.unwrap()
}

fn request(purpose: Purpose) -> Request<Bytes> {
    Request::builder()
        .uri("https://api.test/")
        .extension(purpose)
        .body(Bytes::new())
        .unwrap()
}

/// Sends `calls` calls with `workers` tasks and returns when each was answered.
async fn run(
    limited: &Arc<Limited<CountingXero>>,
    clock: TokioClock,
    calls: u32,
    workers: u32,
) -> Vec<DateTime<Utc>> {
    let left = Arc::new(Mutex::new(calls));
    let answered = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = Vec::new();
    for _ in 0..workers {
        let (limited, left, answered) = (
            Arc::clone(limited),
            Arc::clone(&left),
            Arc::clone(&answered),
        );
        tasks.push(tokio::spawn(async move {
            loop {
                {
                    let mut left = left.lock().await;
                    if *left == 0 {
                        return;
                    }
                    *left -= 1;
                }
                let reply = limited.send(request(Purpose::Documents)).await.unwrap();
                assert_eq!(reply.status(), 200);
                answered.lock().await.push(clock.now());
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    Arc::into_inner(answered).unwrap().into_inner()
}

#[rstest]
#[case::window_begins_now(0, 200)]
#[case::window_ends_soon(1_300, 200)]
#[case::in_the_middle(31_007, 200)]
#[case::just_begun(59_950, 200)]
#[case::fast_replies(17_500, 20)]
#[case::slow_replies(43_210, 800)]
#[tokio::test(start_paused = true)]
async fn three_thousand_calls_take_fifty_minutes_and_none_is_refused(
    #[case] offset_ms: i64,
    #[case] latency_ms: u64,
) {
    let clock = TokioClock::starting_at(start());
    let windows = Windows {
        minute_offset: TimeDelta::milliseconds(offset_ms),
        latency_ms,
        ..Windows::default()
    };
    let xero = CountingXero::new(windows, clock);
    let limited = Arc::new(open(&xero, clock, LimitConfig::default()).await);

    let answered = run(&limited, clock, 3_000, 12).await;

    assert_eq!(xero.seen(|seen| (seen.calls, seen.refused)), (3_000, 0));
    let whole = (answered[2_999] - start()).num_milliseconds();
    // Without the head start of the first minute, whose slots were all free.
    let steady = (answered[2_999] - answered[59]).num_milliseconds();
    let of_rate = |calls: i64, ms: i64| calls * 60_000 * 10_000 / 60 / ms;
    let (whole, steady) = (of_rate(3_000, whole), of_rate(2_940, steady));
    println!(
        "offset {offset_ms} ms, latency {latency_ms} ms: {whole} of 10,000 in all, {steady} steady, {} at once",
        xero.seen(|seen| seen.at_once_max)
    );
    assert!(whole >= 9_800, "only {whole} of 10,000 in all");
    assert!(
        steady >= 9_800,
        "only {steady} of 10,000 of the allowed rate"
    );
    let used = limited.budget().usage();
    assert_eq!(used.purposes[&Purpose::Documents].calls, 3_000);
    assert_eq!(used.purposes[&Purpose::Documents].bytes_received, 6_000);
    assert_eq!(used.day_remaining, 2_000);
}

#[tokio::test(start_paused = true)]
async fn an_operator_waits_two_seconds_at_most_while_everything_else_is_busy() {
    let clock = TokioClock::starting_at(start());
    let xero = CountingXero::new(Windows::default(), clock);
    let limited = Arc::new(open(&xero, clock, LimitConfig::default()).await);
    let background = {
        let limited = Arc::clone(&limited);
        tokio::spawn(async move { run(&limited, clock, 600, 12).await })
    };
    let mut longest = TimeDelta::zero();
    for _ in 0..40 {
        tokio::time::sleep(std::time::Duration::from_millis(14_700)).await;
        let clicked = clock.now();
        limited.send(request(Purpose::Operator)).await.unwrap();
        longest = longest.max(clock.now() - clicked);
    }
    background.await.unwrap();
    println!("longest wait of a click: {} ms", longest.num_milliseconds());
    assert!(
        longest <= TimeDelta::milliseconds(2_500),
        "a click waited {longest}"
    );
    assert_eq!(xero.seen(|seen| seen.refused), 0);
}

#[tokio::test(start_paused = true)]
async fn a_handful_of_documents_leaves_at_once() {
    let clock = TokioClock::starting_at(start());
    let xero = CountingXero::new(Windows::default(), clock);
    let limited = Arc::new(open(&xero, clock, LimitConfig::default()).await);
    let answered = run(&limited, clock, 20, 20).await;
    assert!(answered[19] - start() < TimeDelta::seconds(3));
    assert!(xero.seen(|seen| seen.at_once_max) <= 5);
}

#[tokio::test(start_paused = true)]
async fn each_purpose_stops_where_the_reserve_of_the_urgent_begins() {
    let clock = TokioClock::starting_at(start());
    let xero = CountingXero::new(
        Windows {
            day: 200,
            ..Windows::default()
        },
        clock,
    );
    let limits = LimitConfig {
        calls_per_day: 200,
        ..LimitConfig::default()
    };
    let limited = open(&xero, clock, limits).await;
    let mut made = 0;
    for (purpose, left) in [
        (Purpose::Backfill, 80),
        (Purpose::Polling, 40),
        (Purpose::Payments, 20),
        (Purpose::Documents, 4),
        (Purpose::Operator, 0),
    ] {
        let error = loop {
            match limited.send(request(purpose)).await {
                Ok(_) => made += 1,
                Err(error) => break error,
            }
        };
        let reached = LimitReached::of(&error).unwrap();
        assert_eq!((reached.limit, reached.purpose), (Limit::Day, purpose));
        assert!(reached.retry_at > clock.now());
        assert_eq!(200 - made, left, "{purpose:?}");
    }
    assert_eq!(xero.seen(|seen| seen.refused), 0);
}

#[tokio::test(start_paused = true)]
async fn a_spent_day_costs_one_refusal_until_its_hour_is_known_and_then_none() {
    let clock = TokioClock::starting_at(start());
    let windows = Windows {
        day: 100,
        day_offset: TimeDelta::hours(15),
        ..Windows::default()
    };
    let xero = CountingXero::new(windows, clock);
    let limits = LimitConfig {
        calls_per_day: 100,
        ..LimitConfig::default()
    };
    let limited = open(&xero, clock, limits).await;
    let end = start() + TimeDelta::days(4);
    let mut answered = 0;
    while clock.now() < end {
        match limited.send(request(Purpose::Operator)).await {
            Ok(reply) if reply.status() == 200 => answered += 1,
            Ok(_) => {}
            Err(error) => {
                let wait = LimitReached::of(&error).unwrap().retry_at - clock.now();
                tokio::time::sleep(wait.to_std().unwrap()).await;
            }
        }
    }
    // Four days at 9 o'clock touch five windows of a day that begins at 15 o'clock.
    assert_eq!(answered, 500);
    assert_eq!(xero.seen(|seen| seen.refused), 1);
}
