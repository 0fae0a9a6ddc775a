//! What the budgets remember over a restart, and what a crash costs.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::sync::Arc;

use bytes::Bytes;
use chrono::TimeDelta;
use http::{Request, StatusCode};
use rstest::rstest;
use support::{CountingXero, Windows, start};
use tieout_core::clock::{Clock, TokioClock};
use tieout_core::store::{ChangeSet, MemoryStore, RecordKey, Store};
use tieout_core::transport::Transport;
use tieout_xero::limit::{
    AppBudget, GovernorState, Limit, LimitConfig, LimitOptions, LimitReached, Limited, Purpose,
    Throttle,
};

struct Bench {
    clock: TokioClock,
    xero: CountingXero,
    store: Arc<MemoryStore>,
    app: Arc<AppBudget>,
}

impl Bench {
    fn new(windows: Windows) -> Self {
        let clock = TokioClock::starting_at(start());
        Self {
            clock,
            xero: CountingXero::new(windows, clock),
            store: Arc::new(MemoryStore::new()),
            app: Arc::new(AppBudget::new(10_000)),
        }
    }

    async fn open(&self) -> Limited<CountingXero> {
        self.open_with("acme", LimitConfig::default()).await
    }

    async fn open_with(&self, tenant: &str, limits: LimitConfig) -> Limited<CountingXero> {
        let options = LimitOptions {
            tenant_id: tenant.to_owned(),
            limits,
            app_budget: Arc::clone(&self.app),
            clock: Arc::new(self.clock),
            store: Arc::clone(&self.store) as Arc<dyn Store>,
        };
        Limited::open(self.xero.clone(), options).await.unwrap()
    }
}

async fn call(limited: &Limited<CountingXero>) -> StatusCode {
    let request = Request::builder()
        .uri("https://api.test/")
        .extension(Purpose::Operator);
    limited
        .send(request.body(Bytes::new()).unwrap())
        .await
        .unwrap()
        .status()
}

#[tokio::test(start_paused = true)]
async fn a_restart_in_order_knows_what_was_spent() {
    let bench = Bench::new(Windows::default());
    let limited = bench.open().await;
    for _ in 0..37 {
        call(&limited).await;
    }
    limited.budget().close().await;
    let again = bench.open().await.budget().usage();
    assert_eq!((again.minute_free, again.day_remaining), (23, 4_963));
    assert_eq!(again.purposes[&Purpose::Operator].calls, 37);
}

/// The process dies after some calls and comes back at once, again and again, in the same minute.
#[rstest]
#[case(7)]
#[case(23)]
#[case(59)]
#[case(60)]
#[tokio::test(start_paused = true)]
async fn crashes_in_the_same_minute_never_lead_to_a_refused_call(#[case] calls: u32) {
    let bench = Bench::new(Windows {
        latency_ms: 20,
        ..Windows::default()
    });
    for _ in 0..5 {
        let limited = bench.open().await;
        for _ in 0..calls {
            assert_eq!(call(&limited).await, StatusCode::OK);
        }
    }
    assert_eq!(bench.xero.seen(|seen| seen.refused), 0);
}

#[tokio::test(start_paused = true)]
async fn a_crash_costs_at_most_ten_calls_of_the_minute() {
    let bench = Bench::new(Windows {
        latency_ms: 20,
        ..Windows::default()
    });
    let limited = bench.open().await;
    for _ in 0..20 {
        call(&limited).await;
    }
    drop(limited);
    let free = bench.open().await.budget().usage().minute_free;
    assert!((25..=40).contains(&free), "{free} slots are free");
}

#[tokio::test(start_paused = true)]
async fn a_state_that_cannot_be_read_counts_as_a_full_minute() {
    let bench = Bench::new(Windows::default());
    let record = (
        RecordKey::new(&["limit", "acme"]),
        Some(b"{\"v\":99}".to_vec()),
    );
    let changes = ChangeSet {
        records: vec![record],
        ..ChangeSet::default()
    };
    bench.store.commit(changes).await.unwrap();
    let limited = bench.open().await;
    assert_eq!(limited.budget().usage().minute_free, 0);
    let request = Request::builder().body(Bytes::new()).unwrap();
    let error = limited.send(request).await.unwrap_err();
    let reached = LimitReached::of(&error).unwrap();
    assert_eq!(reached.limit, Limit::Minute);
    assert_eq!(bench.clock.now(), start(), "it did not wait in vain");
    assert_eq!(bench.xero.seen(|seen| seen.calls), 0);
}

#[tokio::test(start_paused = true)]
async fn dropped_calls_give_up_their_places() {
    let bench = Bench::new(Windows {
        latency_ms: 60_000,
        ..Windows::default()
    });
    let limited = Arc::new(bench.open().await);
    let mut tasks = Vec::new();
    for _ in 0..6 {
        let limited = Arc::clone(&limited);
        tasks.push(tokio::spawn(async move { call(&limited).await }));
    }
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    let busy = limited.budget().usage();
    assert_eq!((busy.in_air, busy.waiting), (1, 5));
    for task in tasks {
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    }
    let idle = limited.budget().usage();
    assert_eq!((idle.in_air, idle.waiting, idle.minute_free), (0, 0, 59));
}

#[tokio::test(start_paused = true)]
async fn a_refused_reply_carries_the_time_to_come_back() {
    let bench = Bench::new(Windows {
        minute: 3,
        latency_ms: 2,
        ..Windows::default()
    });
    let limited = bench.open().await;
    let request = || {
        Request::builder()
            .extension(Purpose::Operator)
            .body(Bytes::new())
            .unwrap()
    };
    let reply = loop {
        // The server allows three a minute although sixty are configured: its own word is taken from the first reply on.
        match limited.send(request()).await {
            Ok(reply) if reply.status() == StatusCode::TOO_MANY_REQUESTS => break Ok(reply),
            Ok(_) => {}
            Err(error) => break Err(error),
        }
    };
    let error = reply.unwrap_err();
    assert_eq!(LimitReached::of(&error).unwrap().limit, Limit::Minute);
    assert_eq!(bench.xero.seen(|seen| seen.refused), 0);

    let bench = Bench::new(Windows {
        concurrent: 0,
        ..Windows::default()
    });
    let reply = bench.open().await.send(request()).await.unwrap();
    let throttle = reply.extensions().get::<Throttle>().unwrap();
    assert_eq!(throttle.limit, Limit::Concurrent);
    assert_eq!(throttle.retry_at, bench.clock.now() + TimeDelta::seconds(2));
}

#[tokio::test(start_paused = true)]
async fn organisations_of_one_app_share_its_minute() {
    let mut bench = Bench::new(Windows {
        latency_ms: 2,
        ..Windows::default()
    });
    bench.app = Arc::new(AppBudget::new(8));
    let one = bench.open_with("one", LimitConfig::default()).await;
    let other = bench.open_with("other", LimitConfig::default()).await;
    for _ in 0..4 {
        call(&one).await;
        call(&other).await;
    }
    let request = Request::builder()
        .extension(Purpose::Operator)
        .body(Bytes::new())
        .unwrap();
    let error = one.send(request).await.unwrap_err();
    let reached = LimitReached::of(&error).unwrap();
    assert_eq!(reached.limit, Limit::AppMinute);
    tokio::time::sleep((reached.retry_at - bench.clock.now()).to_std().unwrap()).await;
    assert_eq!(call(&other).await, StatusCode::OK);
}

#[test]
fn the_first_stored_form_still_loads() {
    let sample = include_str!("samples/limit-v1.json");
    let state: GovernorState = serde_json::from_str(sample).unwrap();
    assert_eq!(
        serde_json::to_value(&state).unwrap(),
        serde_json::from_str::<serde_json::Value>(sample).unwrap()
    );
}
