//! What goes out beside documents, on its whole way: payments of the host, its files and a note, each once in the books.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use tieout_sandbox_xero::AUSTRALIA;
use tieout_sandbox_xero::books::Organisation;
use tieout_sandbox_xero::books::payment::PaymentStatus;

use crate::stage::{Stage, files, invoice};

const POLICIES: &str = "host_payments = { account = \"090\" }\nattachments = \"customer\"
history_notes = \"Sent by the case manager as {number}\"";

fn set(stage: &Stage, settings: &str) {
    let usual = "invoice_status = \"authorised\"\n";
    let text = stage
        .configuration()
        .replace(usual, &format!("{usual}{settings}\n"));
    std::fs::write(stage.path("tieout.toml"), text).unwrap();
}

/// An invoice of 11.11 in some revision, with payments and a file.
fn document(revision: u64, payments: &Value) -> String {
    let mut document: Value = serde_json::from_str(&invoice("P-1", 1)).unwrap();
    document["revision"] = json!(revision);
    document["payments"] = payments.clone();
    document["attachments"] = json!([{
        "name": "P-1.pdf", "media_type": "application/pdf", "url": "files/P-1.pdf"
    }]);
    format!("{document}\n")
}

fn payment(id: &str, amount: &str) -> Value {
    json!({ "id": id, "date": "2026-11-05", "amount": amount, "method": "card", "reference": "TAP 5" })
}

fn drop_revision(stage: &Stage, revision: u64, payments: &Value) {
    let name = format!("invoices-p{revision}-20261101T000000Z.jsonl");
    stage.drop_file(&name, &document(revision, payments));
}

/// The amounts of all payments that stand, and how many were ever made.
fn payments(stage: &Stage) -> (Vec<Decimal>, usize) {
    let told = |books: &Organisation| {
        let rows = books.payments.rows();
        let standing = rows
            .iter()
            .filter(|row| row.status != PaymentStatus::Deleted);
        let mut amounts: Vec<Decimal> = standing.map(|row| row.amount).collect();
        amounts.sort();
        (amounts, rows.len())
    };
    stage.sandbox.sandbox.read(AUSTRALIA, told).unwrap()
}

/// The files on the invoice with who sees them, and the notes in its history that are ours.
fn papers(stage: &Stage) -> (Vec<(String, bool)>, Vec<String>) {
    let told = |books: &Organisation| {
        let rows = books.invoices.ledger.rows();
        let id = rows.iter().find(|row| row.number == "P-1").unwrap().id;
        let files = books.papers.attachments(id).iter();
        let files = files.map(|file| (file.file_name.clone(), file.include_online));
        let notes = books.papers.notes(id).iter();
        let notes = notes.map(|note| note.details.clone());
        let ours = notes.filter(|note| note.starts_with("Sent by"));
        (files.collect(), ours.collect())
    };
    stage.sandbox.sandbox.read(AUSTRALIA, told).unwrap()
}

fn put_pdf(stage: &Stage) {
    std::fs::create_dir_all(stage.path("host/files")).unwrap();
    std::fs::write(stage.path("host/files/P-1.pdf"), b"%PDF-1.7").unwrap();
}

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_files_and_a_note_arrive_in_the_books_and_stay_single() {
    let stage = Stage::connected().await;
    set(&stage, POLICIES);
    stage.must(0, &["check"]);
    put_pdf(&stage);
    drop_revision(
        &stage,
        1,
        &json!([payment("a", "4.00"), payment("b", "7.11")]),
    );
    let plan = stage.must(0, &["plan"]);
    for told in [
        "beside: payment a of 4.00",
        "beside: file P-1.pdf",
        "beside: note",
    ] {
        assert!(plan.contains(told), "{plan}");
    }
    stage.must(0, &["sync", "--once"]);
    stage.must(0, &["sync", "--once"]);
    assert_eq!(payments(&stage), (vec![dec("4.00"), dec("7.11")], 2));
    let (attached, notes) = papers(&stage);
    assert_eq!(attached, [("P-1.pdf".to_owned(), true)]);
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].starts_with("Sent by the case manager as P-1"));
    // The host is told how far it is settled, and of no payment: it made them.
    let inbox = files(&stage.path("host/inbox"));
    assert!(inbox.iter().any(|name| name.starts_with("settlements-")));
    assert!(
        !inbox.iter().any(|name| name.starts_with("payments-")),
        "{inbox:?}"
    );
    let story = stage.must(0, &["explain", "P-1"]);
    assert!(
        story.contains("payment a of 4.00 on 2026-11-05: done ("),
        "{story}"
    );

    drop_revision(&stage, 2, &json!([payment("b", "7.11")]));
    stage.must(0, &["sync", "--once"]);
    assert_eq!(payments(&stage), (vec![dec("7.11")], 2));
    drop_revision(&stage, 3, &json!([payment("b", "5.00")]));
    stage.must(0, &["sync", "--once"]);
    assert_eq!(payments(&stage), (vec![dec("5.00")], 3));
    // Voided in the host: our payment goes first.
    let voided = document(4, &json!([])).replace("\"final\"", "\"voided\"");
    stage.drop_file("invoices-p4-20261101T000000Z.jsonl", &voided);
    stage.must(0, &["sync", "--once"]);
    assert_eq!(payments(&stage), (Vec::new(), 3));
    assert!(stage.books("P-1").iter().all(|booked| !booked.live));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_out_beside_documents_unless_it_is_asked_for_and_that_is_told() {
    let stage = Stage::connected().await;
    put_pdf(&stage);
    drop_revision(&stage, 1, &json!([payment("a", "4.00")]));
    stage.must(0, &["sync", "--once"]);
    assert_eq!(payments(&stage), (Vec::new(), 0));
    assert_eq!(papers(&stage), (Vec::new(), Vec::new()));
    let story = stage.must(0, &["explain", "P-1"]);
    assert!(
        story.contains("stays in the host: `host_payments` is not set"),
        "{story}"
    );
    assert!(
        story.contains("stays in the host: `attachments` is not set"),
        "{story}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_go_out_is_named_with_its_cure_and_holds_up_nothing() {
    let stage = Stage::connected().await;
    set(&stage, &POLICIES.replace("\"090\"", "\"200\""));
    let problems = stage.must(1, &["check"]);
    assert!(problems.contains("host_payments.account"), "{problems}");
    assert!(problems.contains("does not take payments"), "{problems}");
    set(&stage, POLICIES);
    drop_revision(&stage, 1, &json!([payment("a", "99.00")]));
    stage.must(3, &["sync", "--once"]);
    assert_eq!(stage.books("P-1").len(), 1);
    let standing = stage.must(3, &["status"]);
    for told in [
        "payment_not_made",
        "attachment_not_sent",
        "there is no file `files/P-1.pdf`",
    ] {
        assert!(standing.contains(told), "{standing}");
    }
    put_pdf(&stage);
    drop_revision(&stage, 2, &json!([payment("a", "9.00")]));
    stage.must(0, &["retry", "P-1"]);
    stage.must(0, &["sync", "--once"]);
    assert_eq!(payments(&stage), (vec![dec("9.00")], 1));
    assert_eq!(papers(&stage).0.len(), 1);
    stage.must(0, &["status"]);
}
