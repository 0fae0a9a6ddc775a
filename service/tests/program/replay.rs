//! A document run again: the same requests and the same result, or each difference by its field; and nobody is asked.

use tieout_sandbox_xero::{Fault, FaultRule};

use crate::stage::{Stage, invoice};
use crate::stopping::Running;

fn revised(id: &str, index: usize, revision: u64) -> String {
    invoice(id, index).replace("\"revision\":1", &format!("\"revision\":{revision}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_life_of_creating_changing_and_voiding_comes_out_the_same_with_nobody_to_ask() {
    let stage = Stage::connected().await;
    stage.drop_invoices("P", 30);
    // A lost reply and a repeat ask nothing new.
    let faults = stage.sandbox.sandbox.faults();
    faults.push(FaultRule::once("PUT", "/Invoices", Fault::LostAfterCommit));
    stage.must(0, &["sync", "--once"]);
    // Only the last of two revisions in one file is sent.
    let both = format!("{}{}", revised("P-7", 8, 2), revised("P-7", 9, 3));
    stage.drop_file("invoices-P2-20261103T000000Z.jsonl", &both);
    stage.must(0, &["sync", "--once"]);
    let voided = revised("P-7", 9, 4).replace("\"final\"", "\"voided\"");
    stage.drop_file("invoices-P3-20261104T000000Z.jsonl", &voided);
    stage.must(0, &["sync", "--once"]);

    stage.sandbox.shutdown().await;
    let told = stage.must(0, &["replay", "P-7"]);
    assert!(told.contains("revisions 1, 2, 3, 4 in 3 steps"), "{told}");
    assert_eq!(told.matches(": the same request").count(), 3, "{told}");
    assert!(told.contains("it comes to the same: voided"), "{told}");
    let json = stage.json(0, &["replay", "P-8"]);
    assert_eq!(json["same"], true, "{json}");
    assert_eq!(json["requests"].as_array().unwrap().len(), 1, "{json}");
    assert_eq!(json["outcome"]["replayed"]["status"], "authorised");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_settings_come_out_as_the_field_that_they_change() {
    let stage = Stage::connected().await;
    stage.drop_invoices("Q", 2);
    stage.must(0, &["sync", "--once"]);
    let file = std::fs::read_to_string(stage.path("tieout.toml")).unwrap();
    let other = file.replace("sales = \"200\"", "sales = \"260\"").replace(
        "invoice_status = \"authorised\"",
        "invoice_status = \"authorised\"\nnumber_prefix = \"CM-\"",
    );
    std::fs::write(stage.path("tieout.toml"), other).unwrap();
    let told = stage.json(3, &["replay", "Q-2"]);
    let differences = told["requests"][0]["differences"].as_array().unwrap();
    let differs = |field: &str, before: &str, after: &str| {
        differences
            .iter()
            .any(|it| it["field"] == field && it["before"] == before && it["after"] == after)
    };
    assert!(
        differs("Invoices[0].InvoiceNumber", "Q-2", "CM-Q-2"),
        "{told}"
    );
    assert!(
        differs("Invoices[0].LineItems[0].AccountCode", "200", "260"),
        "{told}"
    );
    assert_eq!(differences.len(), 2, "{told}");
    let text = stage.must(3, &["replay", "Q-2"]);
    assert!(text.contains("AccountCode: sent 200, now 260"), "{text}");
    // The real books did not move.
    let numbers: Vec<String> = stage.books("Q-").into_iter().map(|it| it.number).collect();
    assert_eq!(numbers, ["Q-1", "Q-2"]);
    assert!(stage.books("CM-").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_replay_lacks_is_named() {
    let stage = Stage::connected().await;
    let file = std::fs::read_to_string(stage.path("tieout.toml")).unwrap();
    let heads_only = format!("[journal]\nexchanges_keep_days = 0\n{file}");
    std::fs::write(stage.path("tieout.toml"), heads_only).unwrap();
    stage.drop_invoices("N", 1);
    stage.must(0, &["sync", "--once"]);
    let told = stage.must(3, &["replay", "N-1"]);
    assert!(told.contains("what was sent is not kept"), "{told}");
    assert!(told.contains("it comes to the same: posted"), "{told}");
    assert!(
        stage
            .must(1, &["replay", "nothing"])
            .contains("no document `nothing` is known")
    );

    // A document whose connection was never read has no chart to run against.
    let elsewhere = format!(
        "{file}\n[connections.other.settings]\n[[routes]]\nconnection = \"other\"\ndivisions = [\"X\"]\n[[routes]]\nconnection = \"books\"\n"
    );
    std::fs::write(stage.path("tieout.toml"), elsewhere).unwrap();
    let mut other: serde_json::Value = serde_json::from_str(&invoice("X-1", 1)).unwrap();
    other["business_division"] = serde_json::json!("X");
    stage.drop_file("invoices-X-20261103T000000Z.jsonl", &format!("{other}\n"));
    stage.must(1, &["sync", "--once"]);
    let told = stage.must(1, &["replay", "X-1"]);
    assert!(
        told.contains("the chart of `other` was never read"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn both_commands_work_beside_a_process_that_serves() {
    let stage = Stage::connected().await;
    stage.drop_invoices("V", 1);
    stage.must(0, &["sync", "--once"]);
    let mut serving = Running::start(&stage, &["serve"]);
    tokio::task::block_in_place(|| serving.says("keeping both sides in agreement"));
    let told = stage.must(0, &["explain", "V-1", "--exchanges"]);
    assert!(told.contains("/api.xro/2.0/Invoices"), "{told}");
    let told = stage.must(0, &["replay", "V-1"]);
    assert!(told.contains(": the same request"), "{told}");
    drop(serving);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_summary_comes_out_the_same_with_each_template_applied_once() {
    let stage = Stage::connected().await;
    let file = std::fs::read_to_string(stage.path("tieout.toml")).unwrap();
    let gathering = file.replace(
        "invoice_status = \"authorised\"",
        "invoice_status = \"authorised\"\ndescription = \"{description} as agreed\"\nsummary = { period = \"day\", closes_after_hours = 0 }",
    );
    assert_ne!(file, gathering);
    std::fs::write(stage.path("tieout.toml"), gathering).unwrap();
    stage.drop_invoices("S", 2);
    stage.must(0, &["sync", "--once"]);
    let story = stage.must(0, &["explain", "S-1"]);
    let mut words = story.split_whitespace();
    let number = words.find(|word| word.starts_with("SUM-")).unwrap();
    let told = stage.must(0, &["replay", number.trim_end_matches(',')]);
    assert!(told.contains(": the same request"), "{told}");
    assert!(
        told.contains("made of its members as they are now"),
        "{told}"
    );
    assert!(
        told.contains("it comes to the same: posted, authorised"),
        "{told}"
    );
}
