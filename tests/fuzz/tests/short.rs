//! A few seconds of each target, the same ones each time: `cargo xtask fuzz` goes on where they end.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use tieout_fuzz::run::{Until, run};
use tieout_fuzz::targets::TARGETS;

fn feed(name: &str, cases: u64) {
    let (_, make) = TARGETS.iter().find(|(known, _)| *known == name).unwrap();
    let outcome = run(&mut *make().unwrap(), 20_261_122, 0, Until::Cases(cases));
    if let Some(broken) = &outcome.broken {
        let input = broken.input.escape_ascii().to_string();
        let most = input.len().min(2_000);
        unreachable!(
            "{name}, case {}: {}\n{}",
            broken.case,
            broken.what,
            &input[..most]
        );
    }
    // A corpus of which everything is refused, or nothing, tries nothing.
    assert!(outcome.taken > 0 || name == "backup", "{outcome:?}");
    assert!(outcome.refused > 0, "{outcome:?}");
}

#[test]
fn a_backup_that_was_changed_never_becomes_a_store() {
    feed("backup", 300);
}

#[test]
fn whatever_lies_in_an_outbox_is_taken_exactly_or_refused_with_its_place() {
    feed("folder", 100);
}

#[test]
fn whatever_a_product_answers_over_http_is_taken_exactly_or_refused_in_words() {
    feed("http", 1_000);
}

#[test]
fn whatever_the_provider_answers_is_read_exactly_or_refused() {
    feed("replies", 1_500);
}

#[test]
fn whatever_an_operator_writes_is_read_or_refused_in_words() {
    feed("settings", 600);
}

#[test]
fn whatever_was_stored_comes_back_as_it_was_read_or_is_refused() {
    feed("stored", 1_500);
}

#[test]
fn whatever_is_posted_to_the_webhook_is_read_or_turned_away() {
    feed("webhooks", 1_500);
}
