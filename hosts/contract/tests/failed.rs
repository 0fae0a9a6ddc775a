//! What lies in `failed/` is counted and told without touching anything.

#![allow(clippy::unwrap_used, reason = "a test ends where its stage breaks")]

use std::fs;
use std::path::Path;

use tieout_host_contract::{Failed, failed, failed_about};

fn result(message: &str, rows: &str) -> String {
    format!(
        "{{\"file\":\"x\",\"outcome\":\"refused\",\"message\":\"{message}\",\"rows\":[{rows}]}}"
    )
}

fn put(folder: &Path, below: &str, text: &str) {
    let path = folder.join(below);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn a_folder_without_failures_or_without_anything_holds_none() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(failed(folder.path(), 10).unwrap(), Failed::default());
    put(folder.path(), "failed/.tieout-probe.tmp", "");
    put(folder.path(), "failed/a.csv.result.json", "{}");
    put(folder.path(), "failed/a.csv.sha256", "");
    assert_eq!(failed(folder.path(), 10).unwrap(), Failed::default());
    assert_eq!(failed_about(folder.path(), "a.csv").unwrap(), []);
}

#[test]
fn the_newest_are_told_with_their_reasons_and_all_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    for index in 0..30 {
        put(folder.path(), &format!("failed/a-{index}.csv"), "x");
    }
    let refused = |line: u32, number: &str| {
        format!(
            "{{\"row\":1,\"line\":{line},\"id\":null,\"number\":\"{number}\",\"outcome\":\"refused\",\"field\":\"f\",\"message\":\"bad\"}}"
        )
    };
    let accepted =
        "{\"row\":2,\"line\":2,\"id\":\"7\",\"number\":\"A-7\",\"outcome\":\"accepted\"}";
    let rows: Vec<String> = (1..=9)
        .map(|line| refused(line, &format!("R-{line}")))
        .collect();
    let rows = format!("{accepted},{}", rows.join(","));
    put(
        folder.path(),
        "done/invoices-9-20261101T000000Z.csv.result.json",
        &result("9 of 10", &rows),
    );
    // A result that somebody broke is no reason to fall silent.
    put(folder.path(), "failed/a-3.csv.result.json", "{");
    put(
        folder.path(),
        "failed/invoices-9-rest-20261101T000000Z.csv",
        "x",
    );
    let found = failed(folder.path(), 4).unwrap();
    assert_eq!((found.count, found.newest.len()), (31, 4));
    let newest = &found.newest[0];
    assert_eq!(newest.name, "invoices-9-rest-20261101T000000Z.csv");
    assert_eq!((newest.message.as_str(), newest.rows.len()), ("9 of 10", 5));
    assert_eq!(newest.rows_more, 4, "the other four of nine");
    let result = newest.result.as_deref().unwrap();
    assert!(result.ends_with("done/invoices-9-20261101T000000Z.csv.result.json"));
    assert!(newest.since.is_some());

    let about = |wanted: &str| failed_about(folder.path(), wanted).unwrap();
    assert_eq!(about("R-9")[0].rows[0].line, 9);
    assert_eq!(about("A-7"), [], "it was taken");
    assert_eq!(about("invoices-9-20261101T000000Z.csv").len(), 1);
    assert_eq!(
        about("a-3.csv")[0].message,
        "no result lies beside it any more"
    );
}
