//! Each command on real documents.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use rust_decimal::Decimal;
use tieout_core::store::{ChangeSet, SledOptions, SledStore, Store};
use tieout_sandbox_xero::{AUSTRALIA, NEW_ZEALAND};

use crate::stage::{Stage, files, invoice, text};

#[tokio::test(flavor = "multi_thread")]
async fn plan_shows_every_document_and_changes_nothing() {
    let stage = Stage::connected().await;
    stage.drop_invoices("P", 3);
    let bad = invoice("P-4", 4).replace("GST", "VAT");
    stage.drop_file("invoices-X-20261102T000000Z.jsonl", &bad);
    let told = stage.must(3, &["plan"]);
    assert!(
        told.contains("Plan: 1 held, 3 to create. Nothing was sent."),
        "{told}"
    );
    assert!(told.contains("tax_code_unmapped"), "{told}");
    assert_eq!(stage.books("P-"), []);
    assert_eq!(files(&stage.path("host/done")), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_go_out_once_and_payments_come_back_once() {
    let stage = Stage::connected().await;
    stage.drop_invoices("A", 120);
    let report = stage.json(0, &["sync", "--once"]);
    assert_eq!(report["counts"]["posted"], 120);
    stage.json(0, &["sync", "--once"]);
    let books = stage.books("A-");
    assert_eq!(books.len(), 120);
    assert_eq!(
        books.iter().map(|booked| booked.total).sum::<Decimal>(),
        Decimal::new(8_065_860, 2)
    );

    let people = stage
        .sandbox
        .sandbox
        .people(chrono::Utc::now() + chrono::Duration::seconds(2));
    let full = people.pay(AUSTRALIA, "A-1", None, None).unwrap();
    people
        .pay(AUSTRALIA, "A-2", Some(Decimal::ONE), None)
        .unwrap();
    stage.sandbox.sandbox.advance(chrono::TimeDelta::seconds(3));
    stage.must(0, &["sync", "--once"]);
    let payments = std::fs::read_to_string(stage.path("host/inbox/payments-2.csv")).unwrap();
    assert_eq!(payments.lines().count(), 3, "{payments}");
    assert!(
        payments
            .lines()
            .skip(1)
            .all(|row| row.starts_with("create,")),
        "{payments}"
    );

    stage
        .sandbox
        .sandbox
        .people(chrono::Utc::now() + chrono::Duration::seconds(6))
        .delete_payment(AUSTRALIA, full)
        .unwrap();
    stage.sandbox.sandbox.advance(chrono::TimeDelta::seconds(4));
    stage.must(0, &["sync", "--once"]);
    let removed = std::fs::read_to_string(stage.path("host/inbox/payments-3.csv")).unwrap();
    assert_eq!(removed.lines().count(), 2, "{removed}");
    assert!(
        removed.lines().nth(1).unwrap().starts_with("delete,"),
        "{removed}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_document_is_explained_and_sent_after_the_settings_are_mended() {
    let stage = Stage::connected().await;
    stage.drop_file(
        "invoices-H-20261102T000000Z.jsonl",
        &invoice("H-1", 1).replace("GST", "VAT"),
    );
    stage.must(3, &["sync", "--once"]);
    let status = stage.must(3, &["status"]);
    assert!(
        status.contains("1 held") && status.contains("tax_code_unmapped"),
        "{status}"
    );
    let story = stage.must(0, &["explain", "H-1"]);
    assert!(
        story.contains("the host told of revision 1") && story.contains("held: tax_code_unmapped"),
        "{story}"
    );

    let mended = std::fs::read_to_string(stage.path("tieout.toml"))
        .unwrap()
        .replace("GST = \"OUTPUT\"", "GST = \"OUTPUT\"\nVAT = \"OUTPUT\"");
    std::fs::write(stage.path("tieout.toml"), mended).unwrap();
    stage.must(0, &["sync", "--once"]);
    assert_eq!(stage.books("H-").len(), 1);
    assert!(
        stage
            .must(0, &["explain", "cm/invoice/H-1"])
            .contains("the provider did create it")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_and_voids_of_the_host_reach_the_books() {
    let stage = Stage::connected().await;
    stage.drop_invoices("E", 2);
    stage.must(0, &["sync", "--once"]);
    let edited = invoice("E-1", 5).replace("\"revision\":1", "\"revision\":2");
    let voided = invoice("E-2", 2)
        .replace("\"revision\":1", "\"revision\":2")
        .replace("\"final\"", "\"voided\"");
    stage.drop_file(
        "invoices-E2-20261103T000000Z.jsonl",
        &format!("{edited}{voided}"),
    );
    stage.must(0, &["sync", "--once"]);
    let books = stage.books("E-");
    assert_eq!(books.len(), 2);
    assert_eq!(
        (books[0].total, books[0].live),
        (Decimal::new(5555, 2), true)
    );
    assert!(!books[1].live);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_document_and_an_unknown_connection_say_what_is_known() {
    let stage = Stage::connected().await;
    assert!(
        stage
            .must(1, &["explain", "nothing"])
            .contains("no document `nothing` is known")
    );
    assert!(
        stage
            .must(2, &["connect", "nowhere"])
            .contains("Known: books.")
    );
    assert!(stage.must(2, &["connect", "books"]).contains("Use --again"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disconnected_organisation_is_forgotten_and_its_documents_wait() {
    let stage = Stage::connected().await;
    stage.must(0, &["disconnect", "books"]);
    stage.drop_invoices("D", 1);
    let told = stage.must(1, &["sync", "--once"]);
    assert!(told.contains("run `tieout connect books`"), "{told}");
    stage.connect().await;
    stage.must(0, &["sync", "--once"]);
    assert_eq!(stage.books("D-").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn disconnecting_one_organisation_leaves_the_others_of_the_same_person_alone() {
    let stage = Stage::connected().await;
    let both = std::fs::read_to_string(stage.path("tieout.toml")).unwrap()
        + "[connections.other]\n[[routes]]\ndivisions = [\"nowhere\"]\nconnection = \"other\"\n[[routes]]\nconnection = \"books\"\n";
    std::fs::write(stage.path("tieout.toml"), both).unwrap();
    assert_eq!(
        stage.connect_to(&["connect", "other"], NEW_ZEALAND).await,
        Some(0)
    );
    stage.must(0, &["disconnect", "other"]);
    let told = stage.must(1, &["check"]);
    assert!(
        told.contains("connection books: Wattle & Finch Pty Ltd"),
        "{told}"
    );
    assert!(
        told.contains("connections.other: nobody has connected it yet"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_whose_tokens_are_gone_can_be_disconnected_and_connected_anew() {
    let stage = Stage::connected().await;
    let store = SledStore::open(stage.path("store"), SledOptions::default()).unwrap();
    let grants = store.records("grant/", 10).await.unwrap();
    let records = grants.into_iter().map(|(key, _)| (key, None)).collect();
    store
        .commit(ChangeSet {
            records,
            ..ChangeSet::default()
        })
        .await
        .unwrap();
    drop(store);
    let told = stage.json(0, &["disconnect", "books"]);
    assert_eq!(told["ended_at_xero"], false, "{told}");
    stage.connect().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_that_leads_nowhere_leaves_no_tokens_behind() {
    let stage = Stage::set().await;
    let code = stage
        .connect_to(
            &["connect", "books", "--organisation", "Nobody & Sons"],
            AUSTRALIA,
        )
        .await;
    assert_eq!(code, Some(1));
    let store = SledStore::open(stage.path("store"), SledOptions::default()).unwrap();
    assert_eq!(store.records("grant/", 10).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_could_read_needs_somebody() {
    let stage = Stage::connected().await;
    stage.drop_file(
        "invoices-R-20261102T000000Z.jsonl",
        &format!("{}{{}}\n", invoice("R-1", 1)),
    );
    let report = stage.json(3, &["sync", "--once"]);
    assert_eq!(
        (&report["counts"]["posted"], &report["counts"]["unreadable"]),
        (&1.into(), &1.into()),
        "{report}"
    );
    assert_eq!(
        report["standing"]["connections"]["books"]["organisation"], "Wattle & Finch Pty Ltd",
        "{report}"
    );
    assert!(report["standing"]["hosts"]["cm"].is_string(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_in_failed_are_told_until_somebody_takes_them_away() {
    let stage = Stage::connected().await;
    let bad = invoice("F-2", 2).replace("\"quantity\":\"2\"", "\"quantity\":\"two\"");
    stage.drop_file(
        "invoices-F-20261102T000000Z.jsonl",
        &format!("{}{bad}", invoice("F-1", 1)),
    );
    let rest = "invoices-F-rest-20261102T000000Z.jsonl";
    for arguments in [
        ["sync", "--once"].as_slice(),
        &["sync", "--once"],
        &["status"],
    ] {
        let told = stage.must(3, arguments);
        for wanted in [
            "1 file in failed/ could not be taken:",
            rest,
            "line 2 (F-2): lines[0].quantity: ",
            "put it into outbox/ again",
        ] {
            assert!(
                told.contains(wanted),
                "{arguments:?} wanted {wanted}\n{told}"
            );
        }
    }
    stage.drop_file("invoices-G-20261103T000000Z.jsonl", "no JSON at all");
    stage.must(3, &["sync", "--once"]);
    let failed = stage.json(3, &["status"])["failed"].clone();
    assert_eq!(
        (&failed["count"], &failed["truncated"]),
        (&2.into(), &false.into()),
        "{failed}"
    );
    assert_eq!(
        failed["files"][0]["name"],
        "invoices-G-20261103T000000Z.jsonl"
    );
    assert_eq!(failed["files"][1]["rows"][0]["number"], "F-2", "{failed}");
    for wanted in ["F-2", rest, "invoices-F-20261102T000000Z.jsonl"] {
        let told = stage.must(0, &["explain", wanted]);
        assert!(
            told.contains("handed over by cm and not taken:") && told.contains("line 2 (F-2)"),
            "{told}"
        );
    }
    assert_eq!(stage.json(0, &["explain", "F-2"])["failed"]["name"], rest);
    assert!(!stage.must(0, &["explain", "F-1"]).contains("not taken"));

    let mended = invoice("F-2", 2);
    std::fs::remove_file(stage.path("host/failed").join(rest)).unwrap();
    std::fs::remove_file(stage.path("host/failed/invoices-G-20261103T000000Z.jsonl")).unwrap();
    stage.drop_file(rest, &mended);
    stage.must(0, &["sync", "--once"]);
    stage.must(0, &["status"]);
    assert_eq!(stage.books("F-").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn status_in_json_names_the_documents_that_need_somebody_and_counts_by_kind() {
    let stage = Stage::connected().await;
    stage.drop_invoices("J", 1);
    let bad: String = (1..=60)
        .map(|index| invoice(&format!("N-{index}"), index).replace("GST", "VAT"))
        .collect();
    stage.drop_file("invoices-N-20261102T000000Z.jsonl", &bad);
    stage.must(3, &["sync", "--once"]);
    let standing = stage.json(3, &["status"]);
    assert_eq!(standing["needs_somebody"], 60);
    assert_eq!(standing["truncated"], true);
    let documents = standing["documents"].as_array().unwrap();
    assert_eq!(documents.len(), 50);
    let first = &documents[0];
    assert_eq!(
        (
            &first["connection"],
            &first["state"],
            &first["findings"][0]["rule"]
        ),
        (&"books".into(), &"held".into(), &"tax_code_unmapped".into()),
        "{first}"
    );
    assert!(first["findings"][0]["remedy"].is_string(), "{first}");
    let books = &standing["connections"]["books"];
    assert_eq!(books["states"]["held"], 60);
    assert_eq!(
        (
            &books["kinds"]["invoice"]["held"],
            &books["kinds"]["invoice"]["posted"]
        ),
        (&60.into(), &1.into()),
        "{books}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn amounts_have_all_the_places_of_their_currency() {
    let stage = Stage::connected().await;
    let ten = invoice("M-1", 1)
        .replace("10.10", "100")
        .replace("\"1.01\"", "\"10\"")
        .replace("11.11", "110");
    stage.drop_file("invoices-M-20261102T000000Z.jsonl", &ten);
    let told = stage.must(0, &["plan"]);
    assert!(told.contains("110.00 AUD"), "{told}");
    stage.must(0, &["sync", "--once"]);
    let told = stage.must(0, &["explain", "M-1"]);
    let wanted = "total 110.00 AUD, paid 0.00 AUD, credited 0.00 AUD, due 110.00 AUD";
    assert!(told.contains(wanted), "wanted {wanted}\n{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_where_nobody_answers_is_named() {
    let stage = Stage::connected().await;
    let address = stage.sandbox.base_url.trim_end_matches('/').to_owned();
    let nobody = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let file = std::fs::read_to_string(stage.path("tieout.toml")).unwrap();
    let moved = format!("http://127.0.0.1:{port}");
    std::fs::write(stage.path("tieout.toml"), file.replace(&address, &moved)).unwrap();
    let told = stage.must(1, &["check"]);
    assert!(
        told.contains(&format!("could not connect: {moved} was not reached")),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sync_without_once_says_what_serve_says() {
    let stage = Stage::connected().await;
    let mut child = stage
        .command(&["sync"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(line.contains("keeping both sides in agreement"), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_for_an_unknown_document_does_not_look_like_a_plan() {
    let stage = Stage::connected().await;
    let told = stage.must(0, &["plan", "NOWHERE-1"]);
    assert!(
        told.contains("Nothing is to be done about `NOWHERE-1`"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_goes_away_is_no_error() {
    let stage = Stage::connected().await;
    stage.drop_invoices("P", 1);
    stage.must(0, &["sync", "--once"]);
    for arguments in [
        ["explain", "P-1"].as_slice(),
        &["--json", "explain", "P-1"],
        &["--json", "status"],
        &["plan"],
    ] {
        let mut child = stage
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(0),
            "{arguments:?} {}",
            text(&output.stderr)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_in_json_is_one_line() {
    let stage = Stage::set().await;
    for arguments in [
        ["schema", "invoice"].as_slice(),
        &["schema", "--write", "s"],
        &["schema"],
        &["init", "x.toml"],
        &["status"],
    ] {
        let mut all = vec!["--json"];
        all.extend(arguments);
        let output = text(&stage.run(&all).stdout);
        assert_eq!(output.lines().count(), 1, "{arguments:?} {output}");
        serde_json::from_str::<serde_json::Value>(&output).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn schemas_are_listed_printed_and_checked() {
    let stage = Stage::set().await;
    assert!(stage.must(0, &["schema"]).contains("invoice.json"));
    assert!(
        stage
            .must(0, &["schema", "invoice"])
            .contains("\"$schema\"")
    );
    stage.must(0, &["schema", "--write", "schemas"]);
    stage.must(0, &["schema", "--check", "schemas"]);
    std::fs::write(stage.path("schemas/invoice.json"), "{}").unwrap();
    assert!(
        stage
            .must(1, &["schema", "--check", "schemas"])
            .contains("invoice.json is stale")
    );
}
