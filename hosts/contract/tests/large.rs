//! That a file of any size is read in the memory of a page.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
#![cfg(target_os = "linux")]

mod support;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::process::{Command, Stdio};

use support::{CSV_HEADER, Desk, csv_row, invoice};
use tieout_core::host::Host;

/// In the environment of the child: the format of the file to read. Its own process, since the peak of
/// memory belongs to a process and tests share one.
const FORMAT: &str = "TIEOUT_TEST_FORMAT";
/// More rows than the few seconds of a test allow, for a run by hand.
const ROWS: &str = "TIEOUT_TEST_ROWS";
const ROWS_USUAL: usize = 4_000;
const PEAK_KIB_MAX: u64 = 24 << 10;

#[test]
fn a_file_many_times_its_page_is_read_in_bounded_memory() {
    if std::env::var_os(FORMAT).is_some() {
        return;
    }
    let children = ["jsonl", "json", "csv"].map(|format| {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_child_reads_one_large_file", "--nocapture"])
            .env(FORMAT, format)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    });
    for child in children {
        let child = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&child.stdout);
        let cried = String::from_utf8_lossy(&child.stderr);
        assert!(child.status.success(), "{said}{cried}");
        assert!(
            said.contains("peak of"),
            "the child measured nothing: {said}"
        );
    }
}

#[test]
fn the_child_reads_one_large_file() {
    let Ok(format) = std::env::var(FORMAT) else {
        return;
    };
    let desk = Desk::new();
    let wanted = std::env::var(ROWS).map_or(ROWS_USUAL, |rows| rows.parse().unwrap());
    let bytes = write(&desk, &format, wanted);
    assert!(
        bytes > PEAK_KIB_MAX * 1_024,
        "{bytes} bytes would fit into the limit"
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let rows = runtime.block_on(async {
        let host = desk.open().await;
        let mut rows = 0;
        let mut position: Option<String> = None;
        loop {
            let page = host.changes(position.as_deref(), 500).await.unwrap();
            rows += support::documents(&page.records).len();
            host.acknowledge(page.position.as_deref().unwrap())
                .await
                .unwrap();
            position = page.position;
            if !page.more {
                return rows;
            }
        }
    });
    assert_eq!(rows, wanted);
    assert_eq!(desk.names("done").len(), 2);
    let peak = peak_kib();
    println!("{format}: {bytes} bytes, peak of {peak} KiB");
    assert!(peak < PEAK_KIB_MAX, "{peak} KiB");
}

/// The size comes from the notes, not from work for the parser.
fn write(desk: &Desk, format: &str, rows: usize) -> u64 {
    let path = desk.path(&format!("outbox/invoices-1-20261031T090000Z.{format}"));
    let mut file = BufWriter::new(File::create(&path).unwrap());
    let notes = "n".repeat((25_000_000 / rows).max(1_700));
    let (first, between, last) = match format {
        "csv" => (CSV_HEADER.replace("gross,", "gross,notes,"), "", ""),
        "json" => ("[".to_owned(), ",\n", "]"),
        _ => (String::new(), "\n", "\n"),
    };
    file.write_all(first.as_bytes()).unwrap();
    for row in 0..rows {
        let id = row.to_string();
        let text = match format {
            "csv" => csv_row(&id, "1.00").replace(",0.00,1.00,", &format!(",0.00,1.00,{notes},")),
            _ => invoice(&id, "1.00").replace(
                "\"updated_at\"",
                &format!("\"notes\":\"{notes}\",\"updated_at\""),
            ),
        };
        let glue = if row == 0 { "" } else { between };
        write!(file, "{glue}{text}").unwrap();
    }
    file.write_all(last.as_bytes()).unwrap();
    file.into_inner().unwrap().metadata().unwrap().len()
}

fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
