//! Documents that a person takes out of the books again: shown first, done by one command, for one document, a batch or a run.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use tieout_sandbox_xero::{AUSTRALIA, Fault, FaultRule};

use crate::stage::{Stage, files, invoice};
use crate::stopping::{Running, until};

fn live(stage: &Stage, prefix: &str) -> Vec<String> {
    let books = stage.books(prefix).into_iter();
    books.filter(|row| row.live).map(|row| row.number).collect()
}

fn pay(stage: &Stage, number: &str) {
    people(stage).pay(AUSTRALIA, number, None, None).unwrap();
    stage.sandbox.sandbox.advance(chrono::TimeDelta::seconds(3));
}

fn people(stage: &Stage) -> tieout_sandbox_xero::People<'_> {
    let later = chrono::Utc::now() + chrono::Duration::seconds(2);
    stage.sandbox.sandbox.people(later)
}

/// Every line of JSON that a command prints, which must end with `code`.
fn lines(stage: &Stage, code: i32, arguments: &[&str]) -> Vec<Value> {
    let mut all = vec!["--json"];
    all.extend(arguments);
    let text = stage.must(code, &all);
    let lines = text.lines().filter(|line| line.starts_with('{'));
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn told_postings(stage: &Stage) -> String {
    let inbox = stage.path("host/inbox");
    let names = files(&inbox).into_iter();
    names
        .filter(|name| name.starts_with("postings"))
        .map(|name| std::fs::read_to_string(inbox.join(name)).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_shown_undone_told_kept_out_and_brought_back() {
    let stage = Stage::connected().await;
    stage.drop_invoices("U", 3);
    stage.must(0, &["sync", "--once"]);
    let shown = stage.must(0, &["undo", "U-1"]);
    for words in [
        "looking at 1 document: 1 call",
        "U-1 (cm/invoice/U-1 on books), authorised as U-1: void",
        "1 to be undone.",
        "Nothing was done. With --apply it is, in 1 call or a few more.",
    ] {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
    assert_eq!(live(&stage, "U-").len(), 3);
    let done = stage.must(
        0,
        &["undo", "U-1", "--apply", "--because", "the wrong year"],
    );
    assert!(done.contains("1 undone."), "{done}");
    assert_eq!(live(&stage, "U-"), ["U-2", "U-3"]);
    let story = stage.must(0, &["explain", "U-1"]);
    assert!(story.contains(": the wrong year"), "{story}");
    assert!(
        told_postings(&stage).contains("voided"),
        "{}",
        told_postings(&stage)
    );
    stage.must(0, &["report"]);
    // It stays out: over runs, and when the host changes it, which is shown.
    stage.must(0, &["sync", "--once"]);
    let again = stage.json(0, &["undo", "U-1", "--apply"]);
    assert_eq!(again["undo"]["nothing"], 1);
    let mut changed: Value = serde_json::from_str(&invoice("U-1", 1)).unwrap();
    changed["revision"] = json!(2);
    changed["notes"] = json!("changed");
    stage.drop_file(
        "invoices-U2-20261102T000000Z.jsonl",
        &format!("{changed}\n"),
    );
    stage.must(3, &["sync", "--once"]);
    assert_eq!(live(&stage, "U-"), ["U-2", "U-3"]);
    let status = stage.must(3, &["status"]);
    assert!(status.contains("changed_since_undo"), "{status}");
    // Nobody names it by naming everything.
    stage.must(0, &["retry", "--all"]);
    stage.must(3, &["sync", "--once"]);
    assert_eq!(live(&stage, "U-"), ["U-2", "U-3"]);
    stage.must(0, &["retry", "U-1"]);
    let after = stage.run(&["sync", "--once"]);
    // Whether Xero takes a voided number again nobody confirmed: one of both, and never two live ones.
    let code = after.status.code();
    assert!(code == Some(0) || code == Some(3), "{code:?}");
    let now = stage.json(0, &["explain", "U-1"]);
    let state = now["binding"]["state"].to_string();
    match code {
        Some(0) => assert_eq!(live(&stage, "U-"), ["U-1", "U-2", "U-3"]),
        _ => assert!(state.contains("number_taken"), "{state}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_undone_and_what_stands_in_the_way_is_named() {
    let stage = Stage::connected().await;
    stage.drop_invoices("P", 2);
    stage.drop_invoices("Q", 3);
    stage.must(0, &["sync", "--once"]);
    pay(&stage, "P-2");
    let listed = stage.json(0, &["undo", "--list"]);
    let batches: Vec<(&str, u64)> = listed["batches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            (
                it["name"].as_str().unwrap(),
                it["documents"].as_u64().unwrap(),
            )
        })
        .collect();
    assert!(
        batches.contains(&("P", 2)) && batches.contains(&("Q", 3)),
        "{batches:?}"
    );
    let shown = stage.must(3, &["undo", "P"]);
    for words in [
        "looking at 2 documents: 1 call",
        "undo_refused: something settles it that is not ours to take back",
        "payment of ",
        "Delete the payments at the provider",
        "1 to be undone, 1 refused.",
    ] {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
    let done = lines(&stage, 3, &["undo", "cm/P", "--apply"]);
    let outcome = |number: &str| {
        let row = done
            .iter()
            .find(|row| row["document"]["number"] == number)
            .unwrap();
        row["document"]["outcome"].as_str().unwrap().to_owned()
    };
    assert_eq!(outcome("P-1"), "undone");
    assert_eq!(outcome("P-2"), "refused");
    let sum = &done.last().unwrap()["undo"];
    assert_eq!((&sum["done"], &sum["refused"]), (&json!(1), &json!(1)));
    assert_eq!(live(&stage, "P-"), ["P-2"]);
    assert_eq!(live(&stage, "Q-").len(), 3);
    stage.must(0, &["undo", "Q", "--apply"]);
    assert_eq!(live(&stage, "Q-"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_undone_in_what_it_wrote_alone() {
    let stage = Stage::connected().await;
    stage.drop_invoices("A", 2);
    let first = stage.json(0, &["sync", "--once"])["run"]
        .as_str()
        .unwrap()
        .to_owned();
    // A run that writes nothing is none.
    assert!(stage.json(0, &["sync", "--once"])["run"].is_null());
    stage.drop_invoices("B", 2);
    let mut changed: Value = serde_json::from_str(&invoice("A-1", 2)).unwrap();
    changed["revision"] = json!(2);
    stage.drop_file(
        "invoices-A2-20261102T000000Z.jsonl",
        &format!("{changed}\n"),
    );
    let told = stage.must(0, &["sync", "--once"]);
    assert!(told.contains("this was run-"), "{told}");
    let listed = stage.json(0, &["undo", "--list"]);
    let runs = listed["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 2, "{listed}");
    let second = runs[0]["id"].as_str().unwrap();
    assert_eq!(
        (&runs[0]["created"], &runs[0]["changed"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(runs[1]["id"], first.as_str());
    let shown = stage.must(0, &["undo", second]);
    assert!(
        shown.contains("only changed it: what it was before is not known"),
        "{shown}"
    );
    assert!(shown.contains("3 to be undone."), "{shown}");
    let story = stage.json(0, &["explain", "A-1"]);
    assert_eq!(story["runs"], json!([first, second]));
    let done = stage.json(0, &["undo", &first, "--apply"]);
    assert_eq!(done["undo"]["done"], 2);
    assert_eq!(live(&stage, "A-"), Vec::<String>::new());
    assert_eq!(live(&stage, "B-").len(), 2);
    let left = stage.json(0, &["undo", second, "--apply"]);
    assert_eq!(
        (&left["undo"]["done"], &left["undo"]["nothing"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(live(&stage, "B-"), Vec::<String>::new());
    assert!(stage.must(0, &["status"]).contains("last run: run-"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_deleted_and_a_locked_period_takes_a_credit_note() {
    let stage = Stage::connected().await;
    stage.drop_invoices("L", 1);
    stage.must(0, &["sync", "--once"]);
    let drafts = std::fs::read_to_string(stage.path("tieout.toml")).unwrap();
    let drafts = drafts.replace(
        "invoice_status = \"authorised\"",
        "invoice_status = \"draft\"",
    );
    std::fs::write(stage.path("tieout.toml"), drafts).unwrap();
    stage.drop_invoices("D", 1);
    stage.must(0, &["sync", "--once"]);
    assert_eq!(
        lines(&stage, 0, &["undo", "D-1"])[0]["document"]["inverse"],
        "delete"
    );
    stage.must(0, &["undo", "D-1", "--apply"]);
    assert_eq!(live(&stage, "D-"), Vec::<String>::new());
    let day = chrono::NaiveDate::from_ymd_opt(2026, 11, 30);
    people(&stage).set_lock_dates(AUSTRALIA, day, None).unwrap();
    // Lock dates that were read less than a minute ago are believed; the organisation then refuses itself.
    let refused = lines(&stage, 3, &["undo", "L-1", "--apply"]);
    let document = &refused[0]["document"];
    assert_eq!(document["outcome"], "refused", "{refused:?}");
    let remedy = document["findings"][0]["remedy"].as_str().unwrap();
    let way = "`tieout undo L-1` shows the credit note that reverses it instead.";
    assert!(remedy.contains(way), "{remedy}");
    assert_eq!(live(&stage, "L-"), ["L-1"]);
    // Shown with its number, day and figures; then written, and allocated in full.
    let shown = lines(&stage, 0, &["undo", "L-1"]);
    let document = &shown[0]["document"];
    assert_eq!(document["inverse"], "credit_note", "{document}");
    let note = document["note"]["number"].as_str().unwrap().to_owned();
    assert!(note.starts_with("L-1-undo-"), "{note}");
    assert!(document["note"]["date"].as_str().unwrap() >= "2026-12-01");
    let told = stage.must(0, &["undo", "L-1"]);
    for words in [
        format!("credit note {note} of "),
        "over 11.11 AUD (net 10.10 AUD, tax 1.01 AUD), allocated to it in full".to_owned(),
        "account 200: ".to_owned(),
    ] {
        assert!(told.contains(&words), "{words}\n{told}");
    }
    let done = stage.must(0, &["undo", "L-1", "--apply", "--because", "wrong"]);
    let words = format!("reversed by credit note {note}");
    assert!(done.contains(&words), "{done}");
    assert!(done.contains("1 undone."), "{done}");
    let row = stage.books("L-1").remove(0);
    assert_eq!((row.live, row.paid), (true, Decimal::ZERO));
    assert!(
        told_postings(&stage).contains(&note),
        "{}",
        told_postings(&stage)
    );
    let story = stage.must(0, &["explain", "L-1"]);
    assert!(story.contains("reverses it"), "{story}");
    stage.must(0, &["report"]);
    stage.must(0, &["report", "--full", "--yes"]);
    stage.must(0, &["sync", "--once"]);
    assert!(stage.must(0, &["retry", "L-1"]).contains(&note));
    assert!(stage.must(0, &["undo", "L-1"]).contains("already"));
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_serve_it_is_done_there_and_the_day_has_a_run() {
    let stage = Stage::connected().await;
    let mut running = Running::start(&stage, &["serve"]);
    tokio::task::block_in_place(|| running.says("keeping both sides in agreement"));
    stage.drop_invoices("S", 3);
    until("they are sent", || live(&stage, "S-").len() == 3).await;
    let run = stage.json(0, &["sync", "--once"])["run"]
        .as_str()
        .unwrap()
        .to_owned();
    let done = stage.must(0, &["undo", "S-1", "--apply"]);
    assert!(done.contains("1 undone."), "{done}");
    assert_eq!(live(&stage, "S-"), ["S-2", "S-3"]);
    let shown = stage.must(0, &["undo", &run]);
    assert!(
        shown.contains("2 to be undone, 1 with nothing to undo."),
        "{shown}"
    );
    running.signal("TERM");
    assert!(running.ends().await.success());
    let listed = stage.json(0, &["undo", "--list"]);
    assert_eq!(listed["runs"][0]["kind"], "serving");
    assert!(listed["runs"][0]["ended_at"].is_string());
    stage.must(0, &["undo", &run, "--apply"]);
    assert_eq!(live(&stage, "S-"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_mean_nothing_or_several_things_are_refused() {
    let stage = Stage::connected().await;
    stage.drop_file("invoices-X-20261101T000000Z.jsonl", &invoice("X", 1));
    stage.must(0, &["sync", "--once"]);
    let told = stage.must(1, &["undo", "nothing"]);
    assert!(
        told.contains("no document, batch or run `nothing` is known"),
        "{told}"
    );
    let told = stage.must(2, &["undo", "X"]);
    assert!(
        told.contains("document cm/invoice/X on books; batch cm/X"),
        "{told}"
    );
    assert!(
        stage
            .must(0, &["undo", "X", "--as", "batch"])
            .contains("X: void")
    );
    assert!(stage.must(0, &["undo", "cm/invoice/X"]).contains("X: void"));
    stage.must(2, &["undo"]);
    stage.must(2, &["undo", "X", "--apply", "--cancel"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_is_settled_and_a_refusal_can_be_taken_back() {
    let stage = Stage::connected().await;
    stage.drop_invoices("F", 2);
    stage.must(0, &["sync", "--once"]);
    let faults = stage.sandbox.sandbox.faults();
    faults.push(FaultRule::once("POST", "/Invoices", Fault::LostAfterCommit));
    stage.must(0, &["undo", "F-1", "--apply"]);
    assert_eq!(live(&stage, "F-"), ["F-2"]);
    let told = stage.must(1, &["undo", "F-2", "--cancel"]);
    assert!(told.contains("nobody asked for its undo"), "{told}");
    let told = stage.must(1, &["undo", "F-1", "--cancel"]);
    assert!(told.contains("it is out of the books already"), "{told}");
    let credited: Vec<Decimal> = stage.books("F-").iter().map(|row| row.paid).collect();
    assert!(credited.iter().all(Decimal::is_zero));
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_midst_the_command_again_goes_on_and_does_nothing_else() {
    let stage = Stage::connected().await;
    stage.drop_invoices("K", 2);
    stage.must(0, &["sync", "--once"]);
    let faults = stage.sandbox.sandbox.faults();
    let delay_ms = 60_000;
    faults.push(FaultRule::once(
        "POST",
        "/Invoices",
        Fault::Timeout { delay_ms },
    ));
    let mut running = Running::start(&stage, &["undo", "K-1", "--apply"]);
    until("it is void there", || live(&stage, "K-") == ["K-2"]).await;
    running.signal("KILL");
    assert!(!running.ends().await.success());
    stage.drop_invoices("N", 1);
    let shown = stage.must(0, &["undo", "K-1"]);
    assert!(
        shown.contains("under way since an earlier command"),
        "{shown}"
    );
    assert!(shown.contains("1 under way."), "{shown}");
    let done = stage.must(0, &["undo", "K-1", "--apply"]);
    assert!(done.contains("1 undone."), "{done}");
    assert!(told_postings(&stage).contains("voided"));
    // The next run is somebody else's business.
    assert_eq!(live(&stage, "N-"), Vec::<String>::new());
    stage.must(0, &["sync", "--once"]);
    assert_eq!(live(&stage, "K-"), ["K-2"]);
    stage.must(0, &["report"]);
}
