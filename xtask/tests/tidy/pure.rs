//! What the pure rooms of core may not name.

use super::{finds_one, passes};

#[test]
fn a_clock_handed_in_passes() {
    let text = "//! Due.\n// Never Utc::now() here.\nfn due(now: DateTime<Utc>) -> &'static str { \"tokio rand\" }\n";
    passes("pure", &[("core/src/engine/due.rs", text)]);
}

#[test]
fn the_driver_and_the_store_may_do_what_they_must() {
    let text = "//! Drive.\nuse tokio::time; fn now() { Utc::now() }\n";
    passes(
        "pure",
        &[
            ("core/src/driver/run.rs", text),
            ("core/src/store/sled.rs", "use sled::Db;\n"),
        ],
    );
    passes(
        "pure",
        &[
            ("service/src/engine/run.rs", text),
            ("core/tests/engine.rs", text),
        ],
    );
}

#[test]
fn an_impure_name_is_refused_in_every_pure_room() {
    for (path, line) in [
        ("core/src/engine/flight.rs", "use tokio::sync::mpsc;"),
        ("core/src/mapping/line.rs", "let now = chrono::Utc::now();"),
        ("core/src/check/total.rs", "let now = Local::now();"),
        ("core/src/tieout.rs", "let now = std::time::Instant::now();"),
        ("core/src/document/id.rs", "Uuid::new_v4()"),
        ("core/src/settings/limits.rs", "fn f(db: &sled::Db) {}"),
        ("core/src/routing/rule.rs", "rand::random()"),
        ("core/src/routing_table.rs", "getrandom::fill(&mut id)"),
    ] {
        let text = format!("//! A.\n\n{line}\n");
        finds_one("pure", &[(path, &text)], &format!("{path}:3: `"));
    }
}
