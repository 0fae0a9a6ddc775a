//! Books in a real folder: what people do in it, what is missing from it, and what a disk does.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use support::backstage::front;
use tempfile::TempDir;
use tieout_adapter_files::{FilesConfig, FilesProvider};
use tieout_conformance::provider::Stage;
use tieout_core::clock::SystemClock;
use tieout_core::document::{DocumentKind, ProviderDocumentId};
use tieout_core::provider::{
    AccountingProvider, ChangePage, ChangesAfter, ErrorKind, Order, Posting, ProviderError,
    Rejection, RejectionKind, Request, Snapshot, SnapshotStatus,
};

const INVOICE: DocumentKind = DocumentKind::Invoice;

struct Shelf {
    folder: TempDir,
    provider: FilesProvider,
    stage: Arc<dyn Stage>,
}

impl Shelf {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        put(&folder.path().join("books.json"), &front());
        let contacts = folder.path().join("contacts");
        fs::create_dir(&contacts).unwrap();
        put(&contacts.join("c-1.json"), &json!({"name": "Customer"}));
        let config = FilesConfig {
            folder: PathBuf::from(folder.path()),
        };
        Self {
            provider: FilesProvider::open(&config, Arc::new(SystemClock)),
            folder,
            stage: support::stage(),
        }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn posting(&self, number: &str) -> Posting {
        self.stage
            .posting(INVOICE, number, &["100".parse().unwrap()])
    }

    async fn send(
        &self,
        key: &str,
        order: Order,
    ) -> Result<Result<Snapshot, Rejection>, ProviderError> {
        let request = Request {
            kind: INVOICE,
            idempotency_key: key.to_owned(),
            orders: vec![order],
        };
        let outcomes = self.provider.send(&request).await;
        outcomes.map(|mut outcomes| outcomes.remove(0))
    }

    async fn create(&self, number: &str) -> Snapshot {
        let order = Order::Create(self.posting(number));
        self.send(number, order).await.unwrap().unwrap()
    }

    async fn changes(&self, cursor: Option<String>) -> ChangePage {
        let after = ChangesAfter {
            cursor,
            since: None,
            kinds: vec![INVOICE],
        };
        self.provider.changes(&after).await.unwrap()
    }

    async fn read(&self, id: &str) -> Result<Vec<Snapshot>, ProviderError> {
        let id = ProviderDocumentId::new(id).unwrap();
        self.provider.read(INVOICE, &[id]).await
    }
}

fn put(path: &Path, content: &Value) {
    fs::write(path, content.to_string()).unwrap();
}

fn get(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[tokio::test]
async fn a_document_is_a_file_that_a_person_can_read_and_add_to() {
    let shelf = Shelf::new();
    let made = shelf.create("INV-1").await;
    let file = shelf.path("invoices/INV-1.json");
    let mut held = get(&file);
    assert_eq!(made.id.as_str(), "INV-1");
    assert_eq!(held["lines"][0]["amount"], json!("100.00"));
    assert_eq!(held["lines"][0]["tax_amount"], json!("15.00"));
    assert_eq!(held["status"], json!("authorised"));
    // What a person writes beside it stays when the document is written anew.
    held["filed_by"] = json!({"who": "Ada", "cents": 12.50});
    put(&file, &held);
    let order = Order::Update {
        id: made.id.clone(),
        posting: Posting {
            reference: None,
            ..shelf.posting("INV-1")
        },
        line_ids: vec![Some("1".to_owned())],
    };
    let changed = shelf.send("again", order).await.unwrap().unwrap();
    assert_eq!(changed.reference, None);
    let now = get(&file);
    assert_eq!(
        (&now["filed_by"], &now["reference"]),
        (&held["filed_by"], &Value::Null)
    );
}

#[tokio::test]
async fn sums_follow_from_what_a_person_writes() {
    let shelf = Shelf::new();
    let made = shelf.create("INV-1").await;
    let file = shelf.path("invoices/INV-1.json");
    let mut held = get(&file);
    held["lines"][0]["amount"] = json!("200");
    held["payments"] = json!([{"id": "bank-7", "date": "2026-11-21", "amount": "215.00"}]);
    put(&file, &held);
    let read = shelf.read("INV-1").await.unwrap().remove(0);
    let figures = (read.totals.gross, read.amount_paid, read.amount_due);
    let wanted = ["215", "215", "0"].map(|text| text.parse().unwrap());
    assert_eq!(figures, wanted.into());
    assert_eq!(read.status, SnapshotStatus::Paid);
    assert!(read.updated_at >= made.updated_at);
    let mut odd = held.clone();
    odd["amounts_are"] = json!("gross");
    put(&file, &odd);
    let error = shelf.read("INV-1").await.unwrap_err();
    assert!(error.message.contains("tax_inclusive"), "{error}");
    let twice = held["payments"][0].clone();
    held["payments"].as_array_mut().unwrap().push(twice);
    put(&file, &held);
    let error = shelf.read("INV-1").await.unwrap_err();
    assert!(error.message.contains("two of its payments"), "{error}");
}

#[tokio::test]
async fn a_folder_that_is_away_is_no_empty_folder() {
    let shelf = Shelf::new();
    shelf.create("INV-1").await;
    // As a share that is not mounted: the place is there, and nothing in it.
    let away = shelf.path("books.json");
    let front = fs::read(&away).unwrap();
    fs::remove_file(&away).unwrap();
    fs::rename(shelf.path("invoices"), shelf.path("elsewhere")).unwrap();
    let asked = shelf.provider.look_up(INVOICE, &["INV-1".to_owned()]).await;
    let errors = [
        asked.unwrap_err(),
        shelf.read("INV-1").await.unwrap_err(),
        shelf.provider.chart().await.unwrap_err(),
        shelf.provider.resolve_contacts(&[]).await.unwrap_err(),
        shelf
            .send("two", Order::Create(shelf.posting("INV-2")))
            .await
            .unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind, ErrorKind::NotProcessed, "{error}");
        assert!(error.message.contains("books.json"), "{error}");
    }
    assert!(!shelf.path("invoices").exists());
    fs::write(&away, front).unwrap();
    fs::rename(shelf.path("elsewhere"), shelf.path("invoices")).unwrap();
    assert_eq!(shelf.read("INV-1").await.unwrap().len(), 1);
}

#[tokio::test]
async fn half_a_document_is_told_as_such_and_nothing_is_made_beside_it() {
    let shelf = Shelf::new();
    shelf.create("INV-1").await;
    // Half of it, in which no number stands that could be taken.
    fs::write(
        shelf.path("invoices/draft.json"),
        "{\"number\": \"INV-2\", ",
    )
    .unwrap();
    put(&shelf.path("invoices/odd.json"), &{
        let mut odd = get(&shelf.path("invoices/INV-1.json"));
        odd["status"] = json!("approved");
        odd
    });
    let page = shelf.changes(None).await;
    let told: Vec<&str> = page.documents.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(told, ["INV-1"]);
    let mut strange: Vec<(&str, &str)> = page
        .unreadable
        .iter()
        .map(|one| (one.id.as_str(), one.why.as_str()))
        .collect();
    strange.sort_unstable();
    assert_eq!(strange.len(), 2);
    assert!(strange[0].1.contains("invoices/draft.json"), "{strange:?}");
    assert!(strange[1].1.contains("`approved`"), "{strange:?}");
    let error = shelf.read("draft").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::BadReply);
    let asked = shelf.provider.look_up(INVOICE, &["INV-2".to_owned()]).await;
    assert_eq!(asked.unwrap_err().kind, ErrorKind::BadReply);
    // Its number may be the one that is to be made.
    let order = Order::Create(shelf.posting("INV-2"));
    let error = shelf.send("two", order.clone()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotProcessed, "{error}");
    assert!(error.message.contains("draft.json"), "{error}");
    fs::remove_file(shelf.path("invoices/draft.json")).unwrap();
    let made = shelf.send("two", order).await.unwrap().unwrap();
    assert_eq!(made.number, "INV-2");
}

#[tokio::test]
async fn what_was_put_back_with_an_old_time_is_told() {
    let shelf = Shelf::new();
    shelf.create("INV-1").await;
    let mut page = shelf.changes(None).await;
    let file = shelf.path("invoices/INV-1.json");
    let mut held = get(&file);
    held["date"] = json!("2026-11-01");
    put(&file, &held);
    // As a backup does that keeps the times of its files.
    let old = SystemTime::now() - Duration::from_secs(86_400);
    fs::File::options()
        .write(true)
        .open(&file)
        .unwrap()
        .set_modified(old)
        .unwrap();
    page = shelf.changes(Some(page.cursor)).await;
    let told = page.documents.iter().map(|one| one.date.to_string());
    assert_eq!(told.collect::<Vec<_>>(), ["2026-11-01"]);
}

#[tokio::test]
async fn numbers_that_make_one_name_make_two_files() {
    let shelf = Shelf::new();
    let mut ids = Vec::new();
    for number in ["A/1", "A 1", "a:1", "../../../etc/passwd", "東京", "大阪"] {
        ids.push(shelf.create(number).await.id.to_string());
    }
    let wanted = [
        "A-1",
        "A-1-2",
        "a-1-3",
        "etc-passwd",
        "unnamed",
        "unnamed-2",
    ];
    assert_eq!(ids, wanted);
    // The same number in other letters is the same number.
    let outcome = shelf
        .send("taken", Order::Create(shelf.posting("a/1")))
        .await;
    let refused = outcome.unwrap().unwrap_err();
    assert_eq!(refused.kind, RejectionKind::DuplicateNumber);
}

#[tokio::test]
async fn an_identifier_leads_nowhere_else() {
    let shelf = Shelf::new();
    shelf.create("INV-1").await;
    for id in [
        "../invoices/INV-1",
        "../books",
        "/etc/passwd",
        ".INV-1",
        "INV-1/../INV-1",
    ] {
        assert_eq!(shelf.read(id).await.unwrap(), [], "{id}");
    }
}

#[tokio::test]
async fn what_is_being_written_is_not_seen() {
    let shelf = Shelf::new();
    shelf.create("INV-1").await;
    for name in ["INV-2.json.tmp", ".INV-3.json", "notes.txt"] {
        fs::write(shelf.path("invoices").join(name), "{").unwrap();
    }
    fs::create_dir(shelf.path("invoices/old.json")).unwrap();
    let page = shelf.changes(None).await;
    assert_eq!((page.documents.len(), page.unreadable.len()), (1, 0));
}

#[tokio::test]
async fn a_write_that_fails_leaves_nothing() {
    let shelf = Shelf::new();
    // Where the folder of the documents should be lies a file.
    fs::write(shelf.path("credit_notes"), "").unwrap();
    let posting = Posting {
        kind: DocumentKind::CreditNote,
        ..shelf.posting("CN-1")
    };
    let request = Request {
        kind: DocumentKind::CreditNote,
        idempotency_key: "one".to_owned(),
        orders: vec![Order::Create(posting)],
    };
    let error = shelf.provider.send(&request).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotProcessed, "{error}");
    fs::remove_file(shelf.path("credit_notes")).unwrap();
    let made = shelf.provider.send(&request).await.unwrap().remove(0);
    assert_eq!(made.unwrap().id.as_str(), "CN-1");
}

#[tokio::test]
async fn figures_beyond_all_bounds_are_told_and_break_nothing() {
    let shelf = Shelf::new();
    shelf.create("INV-1").await;
    let file = shelf.path("invoices/INV-1.json");
    let mut held = get(&file);
    held["lines"][0]["amount"] = json!("79228162514264337593543950335");
    put(&file, &held);
    let page = shelf.changes(None).await;
    assert!(page.unreadable[0].why.contains("28 digits"), "{page:?}");
    let mut posting = shelf.posting("INV-9");
    posting.lines[0].quantity = "79228162514264337593543950335".parse().unwrap();
    let request = Order::Create(posting);
    fs::remove_file(&file).unwrap();
    let refused = shelf.send("large", request).await.unwrap().unwrap_err();
    assert_eq!(refused.kind, RejectionKind::Arithmetic);
}
