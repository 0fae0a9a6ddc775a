//! Books in a folder of files: documents go there once, payments come back, and nobody signs in.

use std::fs;

use serde_json::{Value, json};

use crate::stage::{KEY, Stage, files, invoice};

/// A stage whose connection keeps its books in a folder, and which knows no Xero.
async fn stage() -> Stage {
    let stage = Stage::set().await;
    fs::remove_file(stage.path("tieout.key")).unwrap();
    configure(&stage, "");
    put(&stage, "books.json", &front());
    stage
}

/// Writes the configuration, with more at its end.
fn configure(stage: &Stage, more: &str) {
    let text = format!(
        r#"[store]
path = "store"
[schedule]
host_poll_s = 1
provider_poll_s = 1
[hosts.cm.folder]
path = "host"
stable_ms = 0
[connections.books]
provider = "files"
[connections.books.files]
folder = "ledger"
[connections.books.settings]
invoice_status = "authorised"
[connections.books.settings.accounts]
sales = "200"
[connections.books.settings.tax_codes]
GST = "OUTPUT"
{more}"#
    );
    fs::write(stage.path("tieout.toml"), text).unwrap();
}

fn front() -> Value {
    json!({
        "organisation": {"id": "demo", "name": "Demo Books", "base_currency": "AUD", "country": "AU"},
        "currencies": ["AUD"],
        "accounts": [{"code": "200", "name": "Sales", "class": "revenue", "kind": "SALES", "active": true}],
        "tax_rates": [{
            "code": "OUTPUT", "name": "GST", "rate": "0.10", "active": true, "applies_to": ["revenue"]
        }],
    })
}

fn put(stage: &Stage, file: &str, content: &Value) {
    let path = stage.path("ledger").join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content.to_string()).unwrap();
}

fn held(stage: &Stage, number: &str) -> Value {
    let path = stage.path("ledger/invoices").join(format!("{number}.json"));
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_go_into_files_once_and_payments_come_back() {
    let stage = stage().await;
    let told = stage.must(0, &["check"]);
    assert!(
        told.contains("connection books: Demo Books (AUD, 1 account, 1 tax rate)"),
        "{told}"
    );
    stage.drop_invoices("F", 60);
    stage.must(0, &["sync", "--once"]);
    let names = files(&stage.path("ledger/invoices"));
    assert_eq!(names.len(), 60);
    let one = held(&stage, "F-7");
    assert_eq!(
        (&one["number"], &one["status"]),
        (&json!("F-7"), &json!("authorised"))
    );
    assert_eq!(one["lines"][0]["amount"], json!("70.70"));
    assert_eq!(one["lines"][0]["tax_amount"], json!("7.07"));
    assert_eq!(files(&stage.path("ledger/contacts")).len(), 7);
    let told = stage.must(0, &["status"]);
    assert!(
        told.contains("connection books (ledger): complete as of"),
        "{told}"
    );
    // A person at the books pays one; its host hears of it, and both sides agree.
    let mut paid = one;
    paid["payments"] = json!([{"id": "bank-1", "date": "2026-11-20", "amount": "77.77"}]);
    put(&stage, "invoices/F-7.json", &paid);
    stage.must(0, &["sync", "--once"]);
    let inbox = stage.path("host/inbox");
    let payments: Vec<String> = files(&inbox)
        .into_iter()
        .filter(|name| name.starts_with("payments-"))
        .map(|name| fs::read_to_string(inbox.join(name)).unwrap())
        .collect();
    assert_eq!(payments.len(), 1, "{payments:?}");
    assert!(
        payments[0].contains("F-7") && payments[0].contains("77.77"),
        "{payments:?}"
    );
    let report = stage.json(0, &["report"]);
    assert_eq!(
        report["counts"]["differ"].as_u64().unwrap_or(0),
        0,
        "{report}"
    );
    // Again nothing is sent.
    stage.must(0, &["sync", "--once"]);
    assert_eq!(files(&stage.path("ledger/invoices")), names);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_in_the_host_changes_in_its_file() {
    let stage = stage().await;
    stage.drop_invoices("F", 2);
    stage.must(0, &["sync", "--once"]);
    let mut note = held(&stage, "F-1");
    note["note"] = json!("filed by Ada");
    put(&stage, "invoices/F-1.json", &note);
    let mut all = String::new();
    for (id, status) in [("F-1", "final"), ("F-2", "voided")] {
        let mut revised: Value = serde_json::from_str(&invoice(id, 3)).unwrap();
        (revised["revision"], revised["status"]) = (json!(2), json!(status));
        all.push_str(&format!("{revised}\n"));
    }
    stage.drop_file("invoices-r-20261103T000000Z.jsonl", &all);
    stage.must(0, &["sync", "--once"]);
    let (changed, voided) = (held(&stage, "F-1"), held(&stage, "F-2"));
    assert_eq!(changed["lines"][0]["amount"], json!("30.30"));
    assert_eq!(changed["note"], json!("filed by Ada"));
    assert_eq!(voided["status"], json!("voided"));
}

#[tokio::test(flavor = "multi_thread")]
async fn books_that_are_away_take_nothing_and_lose_nothing() {
    let stage = stage().await;
    stage.drop_invoices("F", 3);
    stage.must(0, &["sync", "--once"]);
    // As a share that is not mounted: an empty folder is in its place.
    fs::rename(stage.path("ledger"), stage.path("elsewhere")).unwrap();
    fs::create_dir(stage.path("ledger")).unwrap();
    stage.drop_invoices("G", 2);
    let told = stage.must(1, &["check"]);
    assert!(told.contains("books.json"), "{told}");
    assert!(!told.contains("tieout connect"), "{told}");
    assert_eq!(files(&stage.path("ledger")), Vec::<String>::new());
    fs::remove_dir(stage.path("ledger")).unwrap();
    fs::rename(stage.path("elsewhere"), stage.path("ledger")).unwrap();
    stage.must(0, &["sync", "--once"]);
    let wanted = ["F-1.json", "F-2.json", "F-3.json", "G-1.json", "G-2.json"];
    assert_eq!(files(&stage.path("ledger/invoices")), wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_for_books_in_files_is_executed_for_these_books_alone() {
    let stage = stage().await;
    stage.drop_invoices("P", 4);
    let told = stage.json(0, &["plan", "--out", "plan.jsonl"]);
    assert_eq!(told["counts"], json!({ "to create": 4 }));
    assert!(!stage.path("ledger/invoices").exists());
    // The plan is for the books in this folder.
    fs::rename(stage.path("ledger"), stage.path("other")).unwrap();
    let text = fs::read_to_string(stage.path("tieout.toml")).unwrap();
    fs::write(
        stage.path("tieout.toml"),
        text.replace("folder = \"ledger\"", "folder = \"other\""),
    )
    .unwrap();
    let told = stage.must(2, &["sync", "--plan", "plan.jsonl"]);
    assert!(
        told.contains("the plan was made when `books` was"),
        "{told}"
    );
    fs::rename(stage.path("other"), stage.path("ledger")).unwrap();
    fs::write(stage.path("tieout.toml"), text).unwrap();
    stage.must(0, &["sync", "--plan", "plan.jsonl"]);
    assert_eq!(files(&stage.path("ledger/invoices")).len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_of_books_in_files_that_cannot_work_is_told_by_its_place() {
    let stage = stage().await;
    fs::write(stage.path("tieout.key"), KEY).unwrap();
    let folder = "[connections.books.files]\nfolder = \"ledger\"\n";
    let whole = fs::read_to_string(stage.path("tieout.toml")).unwrap();
    let other = "[connections.more]\nprovider = \"files\"\n[connections.more.files]\nfolder = \"./ledger/\"\n";
    let routes =
        "[[routes]]\nconnection = \"books\"\nhost = \"cm\"\n[[routes]]\nconnection = \"more\"\n";
    let app = "[connections.books.xero]\nclient_id = \"a\"\n";
    for (text, wanted) in [
        (whole.replace(folder, ""), "needs one"),
        (
            whole.replace("provider = \"files\"\n", ""),
            "files: is for another `provider`",
        ),
        (
            whole.replace("folder = \"ledger\"", "folder = \"\""),
            "must be given",
        ),
        (
            format!("{whole}{other}{routes}"),
            "keeps its books there already",
        ),
        (format!("{whole}{app}"), "xero: is for another `provider`"),
    ] {
        fs::write(stage.path("tieout.toml"), text).unwrap();
        let told = stage.must(2, &["check"]);
        assert!(told.contains(wanted), "{wanted}: {told}");
    }
    fs::write(stage.path("tieout.toml"), whole).unwrap();
    let told = stage.must(2, &["connect", "books"]);
    assert!(
        told.contains("nobody signs in at the books of books"),
        "{told}"
    );
    let told = stage.must(2, &["disconnect", "books"]);
    assert!(told.contains("nobody signed in"), "{told}");
}
