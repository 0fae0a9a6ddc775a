//! What only this program reads, fed with bent input: its configuration, plans, certificates, names on the command line.
//!
//! The tests take a few seconds, the same cases each time. `TIEOUT_FUZZ_SECONDS=600` goes on for longer,
//! `TIEOUT_FUZZ_SEED` draws other cases, and `TIEOUT_FUZZ_CASE` repeats one.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod certificates;
mod configurations;
mod names;
mod plans;

use std::time::Duration;

use tieout_fuzz::run::{Until, run};
use tieout_fuzz::targets::Target;

/// What everything is drawn from unless it is said.
const SEED: u64 = 20_261_122;

fn feed(target: &mut dyn Target, cases: u64) {
    let given = |name: &str| Some(std::env::var(name).ok()?.parse::<u64>().unwrap());
    let case = given("TIEOUT_FUZZ_CASE");
    let until = match (case, given("TIEOUT_FUZZ_SECONDS")) {
        (Some(_), _) => Until::Cases(1),
        (None, Some(seconds)) => Until::Time(Duration::from_secs(seconds)),
        (None, None) => Until::Cases(cases),
    };
    let seed = given("TIEOUT_FUZZ_SEED").unwrap_or(SEED);
    let outcome = run(target, seed, case.unwrap_or_default(), until);
    if let Some(broken) = &outcome.broken {
        let input = broken.input.escape_ascii().to_string();
        let most = input.len().min(4_000);
        unreachable!(
            "case {} of seed {seed}: {}\n{}",
            broken.case,
            broken.what,
            &input[..most]
        );
    }
    println!("{outcome:?}");
    if case.is_none() {
        // A corpus of which everything is refused, or nothing, tries nothing.
        assert!(outcome.taken > 0 && outcome.refused > 0, "{outcome:?}");
    }
}

#[test]
fn whatever_a_configuration_says_it_is_read_or_every_mistake_has_words_and_a_line_of_the_file() {
    feed(&mut configurations::Configurations::new().unwrap(), 400);
}

#[test]
fn nothing_in_a_plan_that_opens_was_changed_since_it_was_made() {
    feed(&mut plans::Plans::new().unwrap(), 1_500);
}

#[test]
fn a_chain_of_certificates_that_verifies_is_the_one_that_was_made() {
    feed(&mut certificates::Certificates::new().unwrap(), 1_500);
}

#[test]
fn every_document_is_found_by_the_name_that_the_program_prints_for_a_shell() {
    feed(&mut names::Names::new().unwrap(), 250);
}
