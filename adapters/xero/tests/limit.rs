//! The governor's single decisions: headers read, budgets learned, refusals obeyed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use rstest::rstest;
use tieout_xero::limit::{Decision, Governor, Limit, LimitConfig, Outcome, Purpose, ReplyFacts};

fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 21, 9, 0, 0).unwrap()
}

fn after(ms: i64) -> DateTime<Utc> {
    start() + TimeDelta::milliseconds(ms)
}

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    let pair = |(name, value): &(&'static str, &'static str)| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    };
    pairs.iter().map(pair).collect()
}

fn governor() -> Governor {
    let mut governor = Governor::new(LimitConfig::default(), start());
    // One answered call, so that the first-call rule is over.
    governor.depart(start());
    governor.arrive(start(), &Outcome::Reply(left(59, 4_999)));
    governor
}

fn left(minute: u32, day: u32) -> ReplyFacts {
    ReplyFacts {
        minute_remaining: Some(minute),
        day_remaining: Some(day),
        ..ReplyFacts::default()
    }
}

fn refusal(limit: Limit, retry_after_s: Option<u64>) -> Outcome {
    Outcome::Reply(ReplyFacts {
        exceeded: Some(limit),
        retry_after_s,
        ..ReplyFacts::default()
    })
}

fn wait_until(decision: Decision) -> Option<(DateTime<Utc>, Limit)> {
    match decision {
        Decision::WaitUntil { at, limit } => Some((at, limit)),
        Decision::Go | Decision::WaitForReply { .. } => None,
    }
}

#[rstest]
#[case::minute("minute", Some("17"), Limit::Minute)]
#[case::day("day", Some("66975"), Limit::Day)]
#[case::daily("Daily", Some("40"), Limit::Day)]
#[case::concurrent("concurrent", None, Limit::Concurrent)]
#[case::concurrent_as_a_phrase("ConcurrentRequests-Minute", None, Limit::Concurrent)]
#[case::app("appminute", Some("3"), Limit::AppMinute)]
#[case::app_spelt_apart("App-Min", Some("3"), Limit::AppMinute)]
#[case::a_new_word("tenant", Some("3"), Limit::Unnamed)]
#[case::a_new_word_with_a_long_pause("tenant", Some("7200"), Limit::Day)]
fn a_refusal_is_read_by_the_parts_of_its_name(
    #[case] problem: &'static str,
    #[case] retry_after: Option<&'static str>,
    #[case] limit: Limit,
) {
    let mut pairs = vec![("x-rate-limit-problem", problem)];
    pairs.extend(retry_after.map(|value| ("retry-after", value)));
    let facts = ReplyFacts::read(StatusCode::TOO_MANY_REQUESTS, &headers(&pairs), start());
    assert_eq!(facts.exceeded, Some(limit));
    assert_eq!(
        facts.retry_after_s,
        retry_after.map(|value| value.parse().unwrap())
    );
}

#[test]
fn odd_headers_are_taken_as_absent_and_dates_as_pauses() {
    let odd = headers(&[
        ("x-daylimit-remaining", "-1"),
        ("x-minlimit-remaining", "many"),
    ]);
    assert_eq!(
        ReplyFacts::read(StatusCode::OK, &odd, start()),
        ReplyFacts::default()
    );
    let dated = headers(&[("retry-after", "Sat, 21 Nov 2026 09:00:30 GMT")]);
    let facts = ReplyFacts::read(StatusCode::TOO_MANY_REQUESTS, &dated, start());
    assert_eq!(facts.retry_after_s, Some(30));
    let endless = headers(&[("retry-after", "99999999999999")]);
    let facts = ReplyFacts::read(StatusCode::TOO_MANY_REQUESTS, &endless, start());
    assert_eq!(facts.retry_after_s, Some(172_800));
    let on_success = headers(&[("retry-after", "30"), ("x-rate-limit-problem", "day")]);
    assert_eq!(
        ReplyFacts::read(StatusCode::OK, &on_success, start()),
        ReplyFacts::default()
    );
}

#[test]
fn the_first_call_leaves_alone_to_learn_where_the_budgets_stand() {
    let mut governor = Governor::new(LimitConfig::default(), start());
    assert_eq!(governor.decide(start(), Purpose::Backfill), Decision::Go);
    governor.depart(start());
    let waits = Decision::WaitUntil {
        at: after(2_000),
        limit: Limit::Concurrent,
    };
    assert_eq!(governor.decide(start(), Purpose::Operator), waits);
    governor.arrive(after(300), &Outcome::Reply(left(0, 700)));
    // Somebody else used the minute up: a whole window must pass, since nobody knows when it began.
    let (at, limit) = wait_until(governor.decide(after(300), Purpose::Operator)).unwrap();
    assert_eq!(limit, Limit::Minute);
    assert!(at >= after(60_300));
    assert_eq!(governor.day_remaining(after(300)), 700);
}

#[test]
fn a_first_call_whose_reply_is_held_back_holds_nobody_up_for_longer_than_two_seconds() {
    let mut governor = Governor::new(LimitConfig::default(), start());
    governor.depart(start());
    for left in 1..4 {
        assert_eq!(
            governor.decide(after(2_000), Purpose::Payments),
            Decision::Go,
            "{left} in the air"
        );
        governor.depart(after(2_000));
    }
    let waits = Decision::WaitForReply {
        limit: Limit::Concurrent,
    };
    assert_eq!(governor.decide(after(2_000), Purpose::Payments), waits);
    assert_eq!(
        governor.decide(after(2_000), Purpose::Operator),
        Decision::Go
    );
    for _ in 0..4 {
        governor.arrive(after(100_000), &Outcome::Lost);
    }
    // What was lost taught nothing: the next one is alone again, once those are over.
    governor.depart(after(106_000));
    assert_eq!(
        wait_until(governor.decide(after(106_000), Purpose::Operator)),
        Some((after(108_000), Limit::Concurrent))
    );
}

#[test]
fn four_leave_at_once_and_the_fifth_place_is_for_a_click() {
    let mut governor = governor();
    for _ in 0..4 {
        assert_eq!(governor.decide(after(1), Purpose::Documents), Decision::Go);
        governor.depart(after(1));
    }
    let waits = Decision::WaitForReply {
        limit: Limit::Concurrent,
    };
    assert_eq!(governor.decide(after(1), Purpose::Documents), waits);
    assert_eq!(governor.decide(after(1), Purpose::Operator), Decision::Go);
    governor.depart(after(1));
    assert_eq!(governor.decide(after(1), Purpose::Operator), waits);
}

#[test]
fn a_refusal_for_the_minute_holds_everybody_until_its_end_and_then_all_slots_are_free() {
    let mut governor = governor();
    governor.depart(after(100));
    governor.arrive(after(200), &refusal(Limit::Minute, Some(17)));
    let (at, limit) = wait_until(governor.decide(after(200), Purpose::Operator)).unwrap();
    assert_eq!((at, limit), (after(17_700), Limit::Minute));
    assert_eq!(governor.minute_free(at), 60);
    assert_eq!(governor.decide(at, Purpose::Documents), Decision::Go);
}

#[test]
fn a_refusal_for_concurrency_pauses_a_little_and_narrows_for_a_minute() {
    let mut governor = governor();
    governor.depart(after(100));
    governor.arrive(after(200), &refusal(Limit::Concurrent, None));
    let (at, _) = wait_until(governor.decide(after(200), Purpose::Operator)).unwrap();
    assert_eq!(at, after(2_200));
    for _ in 0..4 {
        assert_eq!(governor.decide(at, Purpose::Operator), Decision::Go);
        governor.depart(at);
    }
    assert_ne!(governor.decide(at, Purpose::Operator), Decision::Go);
    assert_eq!(
        governor.decide(after(60_300), Purpose::Operator),
        Decision::Go
    );
}

#[test]
fn a_refusal_for_the_day_is_obeyed_however_long_and_teaches_the_hour() {
    let mut governor = governor();
    governor.depart(after(0));
    governor.arrive(after(0), &refusal(Limit::Day, Some(66_975)));
    let (at, limit) = wait_until(governor.decide(after(0), Purpose::Operator)).unwrap();
    assert_eq!((at, limit), (after(66_975_500), Limit::Day));
    assert_eq!(governor.day_resets_at(), Some(at));
    assert_eq!(governor.decide(at, Purpose::Operator), Decision::Go);
    assert_eq!(governor.day_remaining(at), 5_000);
    // The next day ends at the same hour.
    governor.depart(at);
    assert_eq!(governor.day_resets_at(), Some(at + TimeDelta::hours(24)));
}

#[test]
fn a_rise_of_what_is_left_shows_when_the_day_began() {
    let mut governor = governor();
    let call = |governor: &mut Governor, at, day| {
        governor.depart(at);
        governor.arrive(at, &Outcome::Reply(left(50, day)));
    };
    call(&mut governor, after(1_000), 1_200);
    assert_eq!(governor.day_resets_at(), None);
    call(&mut governor, after(600_000), 4_999);
    assert_eq!(
        governor.day_resets_at(),
        Some(after(600_000) + TimeDelta::hours(24))
    );
    assert_eq!(governor.day_remaining(after(600_000)), 4_999);
}

#[test]
fn a_smaller_plan_is_learned_when_a_day_begins_and_a_larger_one_at_once() {
    let mut governor = governor();
    let call = |governor: &mut Governor, at, day| {
        governor.depart(at);
        governor.arrive(at, &Outcome::Reply(left(50, day)));
    };
    call(&mut governor, after(1_000), 40);
    call(&mut governor, after(600_000), 999);
    assert_eq!(governor.day_limit(), 1_000);
    let limits = LimitConfig {
        calls_per_day: 1_000,
        ..LimitConfig::default()
    };
    let mut governor = Governor::new(limits, start());
    call(&mut governor, after(1_000), 4_321);
    assert_eq!(governor.day_limit(), 4_400);
    assert_eq!(governor.day_resets_at(), None);
}

#[test]
fn with_nothing_left_and_the_hour_unknown_one_call_an_hour_asks() {
    let mut governor = governor();
    governor.depart(after(0));
    governor.arrive(after(0), &Outcome::Reply(left(50, 0)));
    let (at, _) = wait_until(governor.decide(after(100), Purpose::Operator)).unwrap();
    assert_eq!(at, after(3_600_000));
    assert_eq!(governor.decide(at, Purpose::Operator), Decision::Go);
    governor.depart(at);
    let (next, _) = wait_until(governor.decide(at, Purpose::Operator)).unwrap();
    assert_eq!(next, at + TimeDelta::hours(1));
}

#[test]
fn a_call_that_never_left_costs_nothing_and_a_lost_one_keeps_its_place_for_a_while() {
    let mut governor = governor();
    let before = (
        governor.minute_free(after(1)),
        governor.day_remaining(after(1)),
    );
    governor.depart(after(1));
    governor.arrive(after(1), &Outcome::NotSent);
    assert_eq!(
        (
            governor.minute_free(after(1)),
            governor.day_remaining(after(1))
        ),
        before
    );
    for _ in 0..4 {
        governor.depart(after(1));
        governor.arrive(after(2), &Outcome::Lost);
    }
    assert_eq!(governor.minute_free(after(2)), before.0 - 4);
    let (at, limit) = wait_until(governor.decide(after(2), Purpose::Documents)).unwrap();
    assert_eq!((at, limit), (after(5_002), Limit::Concurrent));
}

#[test]
fn a_clock_set_back_by_an_hour_stops_nobody_for_longer_than_a_minute() {
    let mut governor = governor();
    for _ in 0..59 {
        governor.depart(after(0));
        governor.arrive(after(0), &Outcome::Reply(ReplyFacts::default()));
    }
    let earlier = start() - TimeDelta::hours(1);
    // The next call to end, or to leave, puts the slots right.
    governor.depart(earlier);
    governor.arrive(earlier, &Outcome::NotSent);
    assert_eq!(governor.minute_free(earlier + TimeDelta::seconds(61)), 60);
}

#[test]
fn reserves_that_make_no_sense_are_refused_by_their_key() {
    let mut limits = LimitConfig::default();
    limits.reserves.polling_percent = 5;
    assert_eq!(limits.problems()[0].0, "reserves.polling_percent");
    let limits = LimitConfig {
        concurrent_max: 0,
        ..LimitConfig::default()
    };
    assert_eq!(limits.problems()[0].0, "concurrent_max");
    assert_eq!(LimitConfig::default().problems(), []);
}
