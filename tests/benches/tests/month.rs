//! Promises about days on Xero's smallest tier: nothing is refused, everything arrives, and nobody waits long.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use tieout_benches::month::{Course, Month, measure};
use tieout_benches::told::Told as _;
use tieout_xero::limit::Errand;

fn calls(month: &Month, errand: Errand) -> u64 {
    month
        .errands
        .get(&errand)
        .copied()
        .unwrap_or_default()
        .calls
}

#[test]
fn three_days_on_a_thousand_calls_are_sent_paid_and_counted_without_a_refusal() {
    let course = Course {
        organisations: 2,
        invoices: 240,
        days: 3,
        ..Course::default()
    };
    let month = measure(course).unwrap();
    assert_eq!(
        (month.missing, month.refused),
        (0, 0),
        "{}",
        month.to_text()
    );
    assert!(month.changes > 240, "some are changed after they were sent");
    assert!(month.posted.p99_s < 15 * 60, "{}", month.to_text());
    assert!(month.busiest_day_calls < 1_000, "{}", month.to_text());
    assert!(month.least_left_at_noon > 500, "{}", month.to_text());
    // What we count is what Xero counts, to the call and to the byte.
    assert_eq!(month.total().calls, month.calls_at_xero);
    assert_eq!(month.billed_bytes(), month.bytes_at_xero);
    assert!(
        calls(&month, Errand::Polling) < 3 * 2 * 500,
        "{}",
        month.to_text()
    );
}

#[test]
fn a_budget_that_new_contacts_use_up_is_never_overspent_and_everything_arrives() {
    let course = Course {
        organisations: 1,
        invoices: 300,
        days: 3,
        calls_per_day: 500,
        ..Course::default()
    };
    let month = measure(course).unwrap();
    assert_eq!(
        (month.missing, month.refused),
        (0, 0),
        "{}",
        month.to_text()
    );
    // A hundred and fifty invoices a day for contacts that are all new take more than half of it.
    assert!(month.posted.p50_s < 60, "{}", month.to_text());
    assert!(month.posted.p99_s < 3_600, "{}", month.to_text());
    // A thousand calls a day are looked with some 430 times.
    assert!(
        calls(&month, Errand::Polling) < 3 * 300,
        "{}",
        month.to_text()
    );
}
