//! Reports as a person makes them: what agrees, what differs and why, files for others, and certificates nobody can change.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use tieout_sandbox_xero::{AUSTRALIA, Fault, FaultRule};

use crate::stage::{Stage, files, text};
use crate::stopping::{Running, until};

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
        "tieout explain cm/invoice/R-5",
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

#[tokio::test(flavor = "multi_thread")]
async fn one_certificate_is_made_at_a_time_and_a_broken_off_one_leaves_nothing() {
    let stage = posted().await;
    stage.must(0, &["report", "--certify"]);
    let folder = stage.path("store-reports");
    let left = folder.join("certificate-000002.json.1-0.tmp");
    std::fs::write(&left, "{").unwrap();
    let other = std::fs::File::open(folder.join(".lock")).unwrap();
    other.lock().unwrap();
    let refused = stage.must(1, &["report", "--certify"]);
    assert!(
        refused.contains("another certificate is being made"),
        "{refused}"
    );
    assert!(left.exists(), "it may be that of the other");
    drop(other);
    stage.must(0, &["report", "--certify"]);
    let names = [
        ".lock",
        "certificate-000001.csv",
        "certificate-000001.json",
        "certificate-000002.csv",
        "certificate-000002.json",
    ];
    assert_eq!(files(&folder), names);
    let told = stage.must(0, &["certificate", "verify"]);
    assert!(told.contains("2 certificates follow"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_stopped_leaves_nothing() {
    let stage = posted().await;
    let faults = stage.sandbox.sandbox.faults();
    let fault = Fault::Slow { delay_ms: 2_000 };
    faults.push(FaultRule::once("GET", "/Invoices", fault));
    let arguments = ["report", "--certify", "--out", "r.csv"];
    let mut running = Running::start(&stage, &arguments);
    until("the invoices are asked for", || faults.pending().is_empty()).await;
    running.signal("TERM");
    running.says("no certificate was made");
    assert_eq!(running.ends().await.code(), Some(130));
    assert_eq!(files(&stage.path("store-reports")), [".lock"]);
    let names = files(stage.folder.path());
    assert!(!names.iter().any(|name| name.starts_with("r.csv")));
    stage.must(0, &["report", "--certify"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_says_which_organisation_could_not_be_asked() {
    let stage = posted().await;
    stage.must(0, &["report", "--certify"]);
    stage.must(0, &["disconnect", "books"]);
    let report = stage.must(3, &["report", "--certify"]);
    for part in [
        "12 agree to the cent, none differs.",
        "books could not be asked: it is not connected",
    ] {
        assert!(report.contains(part), "{part}\n{report}");
    }
    let told = stage.must(0, &["certificate", "verify"]);
    assert!(
        told.contains("could not ask every organisation: 2"),
        "{told}"
    );
    let path = stage.path("store-reports/certificate-000002.json");
    let made: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(made["unasked"]["books"], "it is not connected");
}
