//! A plan is looked at, written, agreed to and executed exactly; whatever changed since is refused by its field.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tieout_sandbox_xero::{AUSTRALIA, Fault, FaultRule};

use crate::stage::{Stage, invoice, text};
use crate::stopping::{Running, until};

const PLAN: &str = "plan.jsonl";
const NEVER_MS: u64 = 10 * 60 * 1_000;

/// Writes a plan of everything; gives what it told at the end.
fn write_plan(stage: &Stage) -> Value {
    let _ = std::fs::remove_file(stage.path(PLAN));
    stage.json(0, &["plan", "--out", PLAN])
}

fn lines(stage: &Stage) -> Vec<String> {
    let plan = std::fs::read_to_string(stage.path(PLAN)).unwrap();
    plan.lines().map(str::to_owned).collect()
}

fn put_lines(stage: &Stage, lines: &[String]) {
    std::fs::write(stage.path(PLAN), lines.join("\n")).unwrap();
}

fn calls(stage: &Stage) -> tieout_sandbox_xero::counters::TenantCounts {
    stage.sandbox.sandbox.counters().of(AUSTRALIA)
}

/// Hands an invoice over again, changed.
fn revise(stage: &Stage, id: &str, index: usize, change: impl Fn(&mut Value)) {
    let mut revised: Value = serde_json::from_str(&invoice(id, index)).unwrap();
    revised["revision"] = json!(2);
    change(&mut revised);
    let name = format!("invoices-r{id}-20261103T000000Z.jsonl");
    stage.drop_file(&name, &format!("{revised}\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_executed_exactly_at_the_cost_that_was_told() {
    let stage = Stage::connected().await;
    stage.drop_invoices("P", 120);
    let told = write_plan(&stage);
    assert_eq!(told["counts"], json!({ "to create": 120 }));
    assert_eq!(told["plan"]["documents"], 120);
    let cost = &told["cost"]["connections"]["books"];
    let expenses = &cost["expenses"];
    assert_eq!(
        (
            &expenses["documents"]["calls_max"],
            &expenses["contacts"]["calls_max"]
        ),
        (&3.into(), &2.into()),
        "{cost}"
    );
    let all = lines(&stage);
    assert_eq!(all.len(), 121);
    assert_eq!(stage.books("P-"), []);

    let before = calls(&stage);
    let done = stage.json(0, &["sync", "--plan", PLAN]);
    assert_eq!(done["counts"], json!({ "done": 120 }), "{done}");
    let after = calls(&stage);
    // The chart was read for the plan a moment ago.
    assert_eq!(
        after.total() - before.total(),
        cost["total"]["calls_min"].as_u64().unwrap()
    );
    let within = |told: &Value, spent: u64, percent: u64| {
        let told = told.as_u64().unwrap();
        let is_near = told.abs_diff(spent) * 100 <= spent * percent;
        assert!(
            is_near,
            "told {told}, spent {spent}: more than {percent} % apart"
        );
    };
    within(
        &cost["total"]["bytes_up"],
        after.bytes_in - before.bytes_in,
        10,
    );
    within(
        &cost["total"]["bytes_down"],
        after.bytes_out - before.bytes_out,
        30,
    );
    assert_eq!(stage.books("P-").len(), 120);

    let again = stage.json(0, &["sync", "--plan", PLAN]);
    assert_eq!(again["counts"], json!({ "already": 120 }), "{again}");
    assert_eq!(calls(&stage).total(), after.total());
    let told = stage.must(0, &["plan"]);
    assert!(told.contains("nothing to do"), "{told}");
    assert!(
        told.contains("120 documents agree on both sides already."),
        "{told}"
    );
    let told = stage.must(2, &["plan", "--out", PLAN]);
    assert!(told.contains("is there already"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ordinary_run_costs_what_the_plan_told() {
    let stage = Stage::connected().await;
    stage.drop_invoices("Q", 60);
    let told = stage.json(0, &["plan"]);
    let cost = &told["cost"]["connections"]["books"]["expenses"];
    stage.must(0, &["sync", "--once"]);
    let usage = stage.json(0, &["usage"]);
    let today = &usage["organisations"]["books"]["spending"]["today"];
    assert_eq!(today["documents"]["calls"], cost["documents"]["calls_max"]);
    // One look for the plan, one for the run, and the call that makes them.
    let contacts = cost["contacts"]["calls_max"].as_u64().unwrap();
    assert_eq!(today["contacts"]["calls"], contacts + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_takes_documents_out_and_can_change_none() {
    let stage = Stage::connected().await;
    stage.drop_invoices("E", 3);
    write_plan(&stage);
    let all = lines(&stage);
    let refused = |lines: &[String], why: &str| {
        put_lines(&stage, lines);
        let told = stage.must(2, &["sync", "--plan", PLAN]);
        assert!(told.contains(why), "no `{why}` in\n{told}");
        assert_eq!(stage.books("E-"), []);
    };
    let changed = |at: usize, from: &str, to: &str| {
        let mut lines = all.clone();
        assert!(lines[at].contains(from), "{}", lines[at]);
        lines[at] = lines[at].replacen(from, to, 1);
        lines
    };
    refused(&changed(2, "\"E-2\"", "\"E-9\""), "line 3: it was changed");
    refused(
        &changed(2, "\"create\"", "\"update\""),
        "line 3: it was changed",
    );
    refused(
        &changed(0, "\"by\":\"", "\"by\":\"x"),
        "its first line was changed",
    );
    refused(
        &changed(0, "\"tieout_plan\":1", "\"tieout_plan\":0"),
        "a plan of version 0",
    );
    refused(
        &changed(0, "\"tieout_plan\":1", "\"tieout_plan\":\"\""),
        "does not say so",
    );
    let twice = [all.clone(), vec![all[1].clone()]].concat();
    refused(&twice, "stands here for the second time");
    let mut cut = all.clone();
    cut[3].truncate(60);
    refused(&cut, "line 4: it cannot be read");
    refused(&all[1..], "is no plan");
    refused(&[], "it is empty");
    stage.must(2, &["sync", "--plan", "nowhere.jsonl"]);

    let fewer = [all[0].clone(), all[2].clone()];
    put_lines(&stage, &fewer);
    let told = stage.must(0, &["sync", "--plan", PLAN]);
    assert!(told.contains("Of 1 document in the plan 1 done"), "{told}");
    let numbers: Vec<String> = stage.books("E-").into_iter().map(|it| it.number).collect();
    assert_eq!(numbers, ["E-2"]);
    assert!(stage.must(0, &["plan"]).contains("2 to create"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_of_another_store_does_nothing() {
    let stage = Stage::connected().await;
    stage.drop_invoices("S", 1);
    write_plan(&stage);
    let other = Stage::connected().await;
    other.drop_invoices("S", 1);
    std::fs::copy(stage.path(PLAN), other.path(PLAN)).unwrap();
    let told = other.must(2, &["sync", "--plan", PLAN]);
    assert!(told.contains("made on another store"), "{told}");
    assert_eq!(other.books("S-"), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_since_is_refused_by_its_field_and_the_rest_goes() {
    let stage = Stage::connected().await;
    stage.drop_invoices("C", 3);
    stage.must(0, &["sync", "--once"]);
    for (id, index) in [("C-1", 1), ("C-2", 2)] {
        revise(&stage, id, index, |it| it["due_date"] = json!("2026-11-30"));
    }
    stage.drop_file("invoices-N-20261104T000000Z.jsonl", &invoice("N-1", 4));
    let told = stage.must(0, &["plan"]);
    for expected in [
        "~ update  C-1",
        "due date: `2026-11-16` becomes `2026-11-30`",
        "2 documents were read in the books",
        "checks before changes 1 (only by `sync --plan`)",
    ] {
        assert!(told.contains(expected), "no `{expected}` in\n{told}");
    }
    assert_eq!(told.matches("becomes").count(), 2, "{told}");
    write_plan(&stage);
    // Somebody edits one in Xero, and the settings move the new one to another account.
    let edit = json!({ "Reference": "by hand" });
    let people = stage.sandbox.sandbox.people(chrono::Utc::now());
    people
        .edit(AUSTRALIA, "C-1", serde_json::from_value(edit).unwrap())
        .unwrap();
    let file = std::fs::read_to_string(stage.path("tieout.toml")).unwrap();
    let moved = file.replace("sales = \"200\"", "sales = \"260\"");
    std::fs::write(stage.path("tieout.toml"), moved).unwrap();
    let told = stage.must(3, &["sync", "--plan", PLAN]);
    for expected in [
        "update C-1",
        "at the provider: reference: planned ``, now `by hand`",
        "line 1 account: planned `200`, now `260`",
        "0 done, 0 had been done before, 3 refused, 0 failed",
        "What was refused needs a new plan",
    ] {
        assert!(told.contains(expected), "no `{expected}` in\n{told}");
    }
    std::fs::write(stage.path("tieout.toml"), file).unwrap();
    let told = stage.json(3, &["sync", "--plan", PLAN]);
    assert_eq!(told["counts"], json!({ "done": 2, "refused": 1 }), "{told}");
    let held = stage.sandbox.sandbox.read(AUSTRALIA, |books| {
        let rows = books.invoices.ledger.rows();
        let row = rows.iter().find(|row| row.number == "C-1").unwrap();
        row.reference.clone()
    });
    assert_eq!(held.unwrap(), "by hand");
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_serve_a_plan_is_made_and_not_executed() {
    let stage = Stage::connected().await;
    let mut running = Running::start(&stage, &["serve"]);
    tokio::task::block_in_place(|| running.says("keeping both sides in agreement"));
    let bad = invoice("V-1", 1).replace("GST", "VAT");
    stage.drop_file("invoices-V-20261102T000000Z.jsonl", &bad);
    until("one is held", || {
        stage.run(&["status"]).status.code() == Some(3)
    })
    .await;
    let told = stage.json(3, &["plan", "--out", PLAN]);
    assert_eq!(told["plan"]["documents"], 0);
    assert_eq!(lines(&stage).len(), 1);
    let told = stage.must(1, &["sync", "--plan", PLAN]);
    assert!(
        told.contains("just a plan cannot be done beside it"),
        "{told}"
    );
    running.signal("TERM");
    assert!(running.ends().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_out_of_reach_leaves_the_plan_to_the_same_command_again() {
    let stage = Stage::connected().await;
    stage.drop_invoices("D", 2);
    write_plan(&stage);
    let file = std::fs::read_to_string(stage.path("tieout.toml")).unwrap();
    let address = stage.sandbox.base_url.trim_end_matches('/');
    let nobody = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let moved = file.replace(address, &format!("http://127.0.0.1:{port}"));
    std::fs::write(stage.path("tieout.toml"), moved).unwrap();
    let told = stage.must(1, &["sync", "--plan", PLAN]);
    assert!(told.contains("2 left"), "{told}");
    assert!(
        told.contains("the same command goes on from here"),
        "{told}"
    );
    std::fs::write(stage.path("tieout.toml"), file).unwrap();
    stage.must(0, &["sync", "--plan", PLAN]);
    assert_eq!(stage.books("D-").len(), 2);
    let told = stage.must(0, &["plan", "--offline"]);
    assert!(told.contains("nothing to do"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_plan_wrote_is_a_run_that_can_be_undone() {
    let stage = Stage::connected().await;
    // A run that died stays open.
    stage.drop_invoices("L", 1);
    let faults = stage.sandbox.sandbox.faults();
    let never = Fault::Slow { delay_ms: NEVER_MS };
    faults.push(FaultRule::once("PUT", "/Invoices", never));
    let mut running = Running::start(&stage, &["sync", "--once"]);
    until("the create is under way", || faults.pending().is_empty()).await;
    running.child.kill().unwrap();
    running.ends().await;
    stage.drop_invoices("R", 2);
    write_plan(&stage);
    let done = stage.json(0, &["sync", "--plan", PLAN]);
    let run = done["run"].as_str().unwrap().to_owned();
    let again = stage.json(0, &["sync", "--plan", PLAN]);
    assert_eq!(again["run"], Value::Null, "it wrote nothing");
    let listed = stage.json(0, &["undo", "--list"]);
    let runs = listed["runs"].as_array().unwrap();
    let of_plan = runs.iter().find(|it| it["id"] == run.as_str()).unwrap();
    assert_eq!(
        (&of_plan["kind"], &of_plan["created"]),
        (&json!("plan"), &json!(2))
    );
    let others = runs.iter().filter(|it| it["id"] != run.as_str());
    for other in others {
        assert!(other["ended_at"].is_string(), "{other}");
        assert_eq!(other["created"], 0, "{other}");
    }
    assert!(stage.must(0, &["undo", "--list"]).contains("plan"));
    stage.must(0, &["undo", &run, "--apply"]);
    assert!(stage.books("R-").iter().all(|booked| !booked.live));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_executes_a_plan_takes_no_other_work() {
    let stage = Stage::connected().await;
    stage.drop_invoices("W", 2);
    stage.must(0, &["sync", "--once"]);
    stage.drop_invoices("X", 1);
    write_plan(&stage);
    let faults = stage.sandbox.sandbox.faults();
    let slow = Fault::Slow { delay_ms: NEVER_MS };
    faults.push(FaultRule::once("PUT", "/Invoices", slow));
    let mut running = Running::start(&stage, &["sync", "--plan", PLAN]);
    until("the create is under way", || faults.pending().is_empty()).await;
    for asked in [
        ["undo", "W-1", "--apply"].as_slice(),
        &["undo", "W-1", "--cancel"],
        &["retry", "W-1"],
        &["detach", "W-1"],
        &["skip", "W-1"],
        &["backfill", "pause"],
        &["sync", "--once"],
    ] {
        let told = stage.must(1, asked);
        assert!(
            told.contains("it does what its plan says, and nothing else"),
            "{asked:?}: {told}"
        );
    }
    let told = stage.must(1, &["sync", "--plan", PLAN]);
    assert!(told.contains("`tieout sync --plan` is at work"), "{told}");
    let told = stage.must(0, &["explain", "W-1"]);
    assert!(told.contains("W-1"), "{told}");
    stage.must(0, &["undo", "--list"]);
    stage.must(0, &["backfill"]);
    // The reply that is held back is the first that this process asked for; a look goes by it, and says what it waits for.
    let told = stage.must(0, &["undo", "W-1"]);
    assert!(told.contains("With --apply it is"), "{told}");
    assert!(told.contains("waiting for Xero"), "{told}");
    assert!(told.contains("1 call without a reply yet"), "{told}");
    running.child.kill().unwrap();
    running.ends().await;
    assert!(stage.books("W-").iter().all(|booked| booked.live));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_settled_a_lost_reply_of_a_plan_is_on_record() {
    let stage = Stage::connected().await;
    stage.drop_invoices("Y", 2);
    write_plan(&stage);
    let faults = stage.sandbox.sandbox.faults();
    faults.push(FaultRule::once("PUT", "/Invoices", Fault::LostAfterCommit));
    let done = stage.json(0, &["sync", "--plan", PLAN]);
    assert_eq!(done["counts"], json!({ "done": 2 }), "{done}");
    let told = stage.json(0, &["explain", "Y-1"]);
    let exchanges = told["exchanges"].as_array().unwrap();
    let again = exchanges.iter().find(|it| it["attempt"] == 2).unwrap();
    assert_eq!(again["purpose"], "repeated under the same key");
    assert_eq!(again["calls"][0]["status"], 200);
    assert_eq!(stage.books("Y-").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_the_same_plan_again_sends_everything_once() {
    const INVOICES: usize = 150;
    let stage = Stage::connected().await;
    stage.drop_invoices("K", INVOICES);
    write_plan(&stage);
    let faults = stage.sandbox.sandbox.faults();
    faults.push(FaultRule::once("PUT", "/Invoices", Fault::Slow { delay_ms: 60 }).times(1_000));
    let mut killed = 0;
    for round in 0..6 {
        let mut child = stage
            .command(&["sync", "--plan", PLAN])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        tokio::time::sleep(Duration::from_millis(60 + round * 90)).await;
        killed += usize::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        tokio::task::block_in_place(|| child.wait().unwrap());
    }
    assert!(killed > 0, "nothing was ever killed in the middle");
    let output = stage.run(&["sync", "--plan", PLAN]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    let books = stage.books("K-");
    let live = books.iter().filter(|booked| booked.live).count();
    assert_eq!((books.len(), live), (INVOICES, INVOICES));
}
