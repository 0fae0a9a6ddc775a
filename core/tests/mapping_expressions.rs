//! What reading an expression promises whatever is written: an answer, and one that a document cannot upset.
#![allow(
    clippy::unwrap_used,
    reason = "generated texts stay within their types"
)]

mod mapping_support;

use std::cell::Cell;

use mapping_support::{invoice, line, post, settings};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tieout_core::check::Rule;
use tieout_core::settings::{Expression, MappingRule, Reach, Settings, Type};

/// The same cases in every run: a failure here is a failure everywhere.
fn runner(cases: u32) -> TestRunner {
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

const WORDS: [&str; 44] = [
    "doc",
    "line",
    ".",
    "number",
    "total_net",
    "issue_date",
    "charge_code",
    "quantity",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "?",
    "==",
    "!=",
    "<",
    ">=",
    "&&",
    "||",
    "!",
    "+",
    "-",
    "in",
    "'a'",
    "\"",
    "1",
    "2.5",
    "1u",
    "true",
    "null",
    "has",
    "size",
    "startsWith",
    "dec",
    "dec_gt",
    "date_add_days",
    "string",
    "x",
    " ",
    "\\",
];

#[test]
fn whatever_is_written_is_read_or_refused_with_a_reason() {
    let words = prop::collection::vec(prop::sample::select(&WORDS[..]), 0..24)
        .prop_map(|words| words.join(" "));
    let text = prop_oneof![2 => words, 1 => ".{0,80}", 1 => "\\PC{0,600}"];
    runner(1_500)
        .run(&text, |text| {
            if let Err(told) = Expression::read(&text, Reach::Line) {
                prop_assert!(!told.is_empty());
            }
            Ok(())
        })
        .unwrap();
}

/// Expressions that mostly fit together, by what they come to.
fn texts(depth: u32) -> BoxedStrategy<String> {
    let leaf = prop::sample::select(
        &[
            "doc.number",
            "doc.notes",
            "line.charge_code",
            "line.worker",
            "'a'",
            "''",
        ][..],
    )
    .prop_map(str::to_owned);
    if depth == 0 {
        return leaf.boxed();
    }
    prop_oneof![
        3 => leaf,
        1 => (texts(depth - 1), texts(depth - 1)).prop_map(|(a, b)| format!("({a} + {b})")),
        1 => texts(depth - 1).prop_map(|a| format!("upper({a})")),
        1 => figures(depth - 1).prop_map(|a| format!("string({a})")),
        1 => dates(depth - 1).prop_map(|a| format!("string({a})")),
        1 => (conditions(depth - 1), texts(depth - 1), texts(depth - 1))
            .prop_map(|(when, a, b)| format!("({when} ? {a} : {b})")),
    ]
    .boxed()
}

fn figures(depth: u32) -> BoxedStrategy<String> {
    let leaf = prop::sample::select(
        &[
            "doc.total_gross",
            "line.quantity",
            "line.tax_rate",
            "dec('0.1')",
        ][..],
    )
    .prop_map(str::to_owned);
    if depth == 0 {
        return leaf.boxed();
    }
    prop_oneof![
        2 => leaf,
        1 => (figures(depth - 1), figures(depth - 1), 0..3_usize)
            .prop_map(|(a, b, index)| format!("{}({a}, {b})", ["dec_add", "dec_sub", "dec_mul"][index])),
        1 => (figures(depth - 1), -2_i64..40).prop_map(|(a, places)| format!("dec_round({a}, {places})")),
    ]
    .boxed()
}

fn dates(depth: u32) -> BoxedStrategy<String> {
    let leaf =
        prop::sample::select(&["doc.issue_date", "doc.delivery_date", "line.service_date"][..])
            .prop_map(str::to_owned);
    if depth == 0 {
        return leaf.boxed();
    }
    let shifted = (dates(depth - 1), any::<i64>())
        .prop_map(|(a, days)| format!("date_add_days({a}, {})", days % 1_000_000));
    prop_oneof![2 => leaf, 1 => shifted].boxed()
}

fn conditions(depth: u32) -> BoxedStrategy<String> {
    let below = depth.saturating_sub(1);
    prop_oneof![
        1 => Just("true".to_owned()),
        2 => (texts(below), texts(below)).prop_map(|(a, b)| format!("{a} == {b}")),
        1 => (texts(below), texts(below)).prop_map(|(a, b)| format!("({a}).contains({b})")),
        1 => (texts(below), texts(below)).prop_map(|(a, b)| format!("{a} in [{b}, 'z']")),
        2 => (figures(below), figures(below)).prop_map(|(a, b)| format!("dec_ge({a}, {b})")),
        1 => (dates(below), dates(below)).prop_map(|(a, b)| format!("{a} < {b}")),
        1 => figures(below).prop_map(|a| format!("!dec_given({a})")),
    ]
    .boxed()
}

#[test]
fn what_was_read_gives_its_type_or_a_finding_that_names_the_rule() {
    let (made, failed) = (Cell::new(0), Cell::new(0));
    runner(1_000)
        .run(&(texts(3), conditions(3)), |(compute, when)| {
            let read = Expression::read(&compute, Reach::Line);
            prop_assert_eq!(
                read.map(|read| read.r#type()),
                Ok(Type::Text),
                "{}",
                compute
            );
            let rule = serde_json::json!({"target": "item_code", "compute": compute, "when": when});
            let rule: MappingRule = serde_json::from_value(rule)
                .map_err(|error| TestCaseError::fail(format!("{error}")))?;
            let settings = Settings {
                rules: vec![rule],
                ..settings()
            };
            match post(&invoice(vec![line("2", "10", "20.00", "2.00")]), &settings) {
                Ok(_) => made.set(made.get() + 1),
                Err(found) => {
                    let named = found.iter().all(|finding| match &finding.rule {
                        Rule::RuleFailed => finding.message.starts_with("`rules[0]."),
                        // An item code may come out too long.
                        rule => *rule == Rule::TextUnusable,
                    });
                    prop_assert!(named, "{:?}", found);
                    for finding in &found {
                        prop_assert!(!finding.message.contains("NoSuchOverload"), "{}", finding);
                        prop_assert!(!finding.message.contains("verload"), "{}", finding);
                    }
                    failed.set(failed.get() + 1);
                }
            }
            Ok(())
        })
        .unwrap();
    assert!(
        made.get() > 100 && failed.get() > 100,
        "{made:?} {failed:?}"
    );
}
