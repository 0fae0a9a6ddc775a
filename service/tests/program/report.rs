//! Reports as a person makes them: what agrees, what differs and why, files for others, and certificates nobody can change.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use tieout_sandbox_xero::AUSTRALIA;

use crate::stage::{Stage, files, text};

/// Twelve invoices in the books, and a moment later.
async fn posted() -> Stage {
    let stage = Stage::connected().await;
    stage.drop_invoices("R", 12);
    stage.must(0, &["sync", "--once"]);
    stage
}

fn later(stage: &Stage) -> chrono::DateTime<chrono::Utc> {
    stage.sandbox.sandbox.advance(chrono::TimeDelta::seconds(5));
    chrono::Utc::now() + stage.sandbox.sandbox.offset()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_says_that_both_sides_agree_and_then_what_differs() {
    let stage = posted().await;
    let report = stage.must(0, &["report"]);
    assert!(
        report.contains("12 agree to the cent, none differs."),
        "{report}"
    );
    assert!(report.contains("complete as of"), "{report}");

    let at = later(&stage);
    let people = stage.sandbox.sandbox.people(at);
    people
        .pay(AUSTRALIA, "R-3", Some(Decimal::ONE), None)
        .unwrap();
    let edit: Value = json!({ "LineItems": [{ "Description": "Other", "Quantity": 1, "UnitAmount": 7, "AccountCode": "200" }] });
    people
        .edit(AUSTRALIA, "R-5", serde_json::from_value(edit).unwrap())
        .unwrap();
    later(&stage);
    let report = stage.must(3, &["report"]);
    for part in [
        "10 agree to the cent, 2 differ.",
        "a payment that the host was not told of yet",
        "tieout sync --once",
        "edited at the provider",
        "tieout explain R-5",
    ] {
        assert!(report.contains(part), "{part}\n{report}");
    }
    stage.must(3, &["sync", "--once"]);
    let report = stage.must(3, &["report"]);
    assert!(
        report.contains("11 agree to the cent, 1 differ"),
        "{report}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_report_says_its_price_first_and_shows_what_nobody_here_sent() {
    let stage = posted().await;
    let theirs = json!({ "Type": "ACCREC", "InvoiceNumber": "THEIRS-1", "Contact": { "Name": "Somebody" },
        "LineItems": [{ "Description": "Work", "Quantity": 1, "UnitAmount": 9, "AccountCode": "200" }] });
    let people = stage.sandbox.sandbox.people(later(&stage));
    people
        .write_invoice(AUSTRALIA, &serde_json::from_value(theirs).unwrap())
        .unwrap();
    later(&stage);
    let cost = stage.must(0, &["report", "--full"]);
    assert!(cost.contains("tieout report --full --yes"), "{cost}");
    let report = stage.must(0, &["report", "--full", "--yes"]);
    assert!(
        report.contains("THEIRS-1") && report.contains("12 agree"),
        "{report}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_written_as_csv_json_and_a_workbook() {
    let stage = posted().await;
    for name in ["r.csv", "r.json", "r.xlsx"] {
        let path = stage.path(name);
        stage.must(0, &["report", "--out", path.to_str().unwrap()]);
    }
    let csv = std::fs::read_to_string(stage.path("r.csv")).unwrap();
    assert_eq!(csv.lines().count(), 13);
    assert!(csv.starts_with("connection,kind,number,"), "{csv}");
    let json: Value =
        serde_json::from_slice(&std::fs::read(stage.path("r.json")).unwrap()).unwrap();
    assert_eq!(json["documents"].as_array().unwrap().len(), 12);
    assert_eq!(
        json["documents"][0]["host_total"],
        json["documents"][0]["provider_total"]
    );
    assert!(
        std::fs::read(stage.path("r.xlsx"))
            .unwrap()
            .starts_with(b"PK")
    );
    assert!(
        files(stage.folder.path())
            .iter()
            .all(|name| !name.ends_with(".tmp"))
    );
    let refused = stage.must(2, &["report", "--out", "r.pdf"]);
    assert!(refused.contains(".csv, .json or .xlsx"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_follow_each_other_and_a_changed_one_is_found() {
    let stage = posted().await;
    let mut tip = String::new();
    for _ in 0..3 {
        let output = stage.run(&["--json", "report", "--certify"]);
        let last = text(&output.stdout);
        let summary: Value = serde_json::from_str(last.lines().last().unwrap()).unwrap();
        tip = summary["summary"]["certificate"]["sha256"]
            .as_str()
            .unwrap()
            .to_owned();
    }
    stage.must(0, &["certificate", "verify", "--tip", &tip]);
    let folder = stage.path("store-reports");
    let folder_name = folder.to_str().unwrap();
    let bare = |arguments: &[&str]| {
        // Nothing but the files: no configuration, no store, no key.
        let mut all = vec!["certificate", "verify", folder_name];
        all.extend(arguments);
        let output = tokio::task::block_in_place(|| {
            std::process::Command::new(env!("CARGO_BIN_EXE_tieout"))
                .args(all)
                .current_dir("/")
                .env_clear()
                .output()
                .unwrap()
        });
        (
            output.status.code(),
            text(&output.stdout) + &text(&output.stderr),
        )
    };
    assert_eq!(bare(&["--tip", &tip]).0, Some(0));
    let wrong = bare(&["--tip", "00"]);
    assert!(wrong.0 == Some(1) && wrong.1.contains(&tip), "{}", wrong.1);

    let rows = folder.join("certificate-000002.csv");
    let whole = std::fs::read_to_string(&rows).unwrap();
    std::fs::write(&rows, whole.replacen("agrees", "differs", 1)).unwrap();
    let broken = bare(&[]);
    assert!(
        broken.0 == Some(1)
            && broken
                .1
                .contains("certificate-000002.json: its rows were changed"),
        "{}",
        broken.1
    );
    std::fs::write(&rows, whole).unwrap();

    let first = folder.join("certificate-000001.json");
    let whole = std::fs::read_to_string(&first).unwrap();
    std::fs::write(&first, whole.replacen("\"agree\": 12", "\"agree\": 12 ", 1)).unwrap();
    let broken = bare(&[]);
    assert!(
        broken
            .1
            .contains("certificate-000002.json: the one before it was changed"),
        "{}",
        broken.1
    );
    std::fs::remove_file(&first).unwrap();
    let broken = bare(&[]);
    assert!(broken.1.contains("number 1 is missing"), "{}", broken.1);
}
