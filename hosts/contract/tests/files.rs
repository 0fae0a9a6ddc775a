//! Promises about files of documents, and about the payments that stand in them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::fs;

use support::Desk;
use tieout_core::document::{Attachment, DocumentId, DocumentKey, DocumentKind, HostId};
use tieout_core::host::{Host, HostErrorKind, Record};

fn key() -> DocumentKey {
    DocumentKey {
        host: HostId::new("desk").unwrap(),
        kind: DocumentKind::Invoice,
        id: DocumentId::new("1").unwrap(),
    }
}

fn file(url: &str, sha256: Option<&str>) -> Attachment {
    Attachment {
        name: "INV-1.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        url: url.to_owned(),
        sha256: sha256.map(str::to_owned),
    }
}

#[tokio::test]
async fn a_file_inside_the_folder_is_handed_over_and_its_checksum_counts() {
    let desk = Desk::new();
    fs::create_dir(desk.path("files")).unwrap();
    fs::write(desk.path("files/1.pdf"), b"%PDF").unwrap();
    let host = desk.open().await;
    let right = "315D429B7714CEDB6AD04AC31240145257692630457F3C88253C5BECEAC76027";
    for sha256 in [None, Some(right)] {
        let content = host.attachment(&key(), &file("files/1.pdf", sha256)).await;
        assert_eq!(content.unwrap(), b"%PDF".as_slice());
    }
    let wrong = file("files/1.pdf", Some(&"0".repeat(64)));
    let error = host.attachment(&key(), &wrong).await.unwrap_err();
    assert_eq!(error.kind, HostErrorKind::BadData);
    assert!(error.message.contains("SHA-256"), "{error}");
}

#[tokio::test]
async fn nothing_outside_the_folder_is_ever_read() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret.txt"), b"secret").unwrap();
    let desk = Desk::new();
    let absolute = outside.path().join("secret.txt");
    std::os::unix::fs::symlink(&absolute, desk.path("link.txt")).unwrap();
    std::os::unix::fs::symlink(outside.path(), desk.path("dir")).unwrap();
    fs::write(desk.path("inner.txt"), b"inner").unwrap();
    std::os::unix::fs::symlink(desk.path("inner.txt"), desk.path("again.txt")).unwrap();
    let host = desk.open().await;
    let up = format!(
        "../{}/secret.txt",
        outside.path().file_name().unwrap().display()
    );
    let pipe = desk.path("pipe.pdf");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.is_ok_and(|made| made.success()), "a pipe");
    for url in [
        "pipe.pdf",
        absolute.to_str().unwrap(),
        up.as_str(),
        "outbox/../../x",
        "link.txt",
        "dir/secret.txt",
        "again.txt",
        ".tieout/lock",
        "./inner.txt",
        "",
        "outbox",
        "absent.pdf",
        "inner.txt/x",
        "C:\\secret.txt",
        "file:///etc/passwd",
    ] {
        let error = host.attachment(&key(), &file(url, None)).await.unwrap_err();
        assert_eq!(error.kind, HostErrorKind::BadData, "{url}: {error}");
    }
    fs::write(desk.path("large.pdf"), vec![0_u8; (10 << 20) + 1]).unwrap();
    fs::write(desk.path("empty.pdf"), b"").unwrap();
    for url in ["large.pdf", "empty.pdf"] {
        assert!(host.attachment(&key(), &file(url, None)).await.is_err());
    }
}

const DOCUMENT: &str = r#"{"id":"1","revision":1,"kind":"sales","number":"INV-1","status":"final","issue_date":"2026-11-02","currency":"AUD","amounts_are":"tax_exclusive","bill_to":{"name":"Banksia"},"lines":[],"totals":{"net":"0.00","tax":"0.00","gross":"0.00"},"updated_at":"2026-11-02T03:15:22Z""#;

#[tokio::test]
async fn payments_are_read_with_their_document_and_each_has_an_identifier_of_its_own() {
    let desk = Desk::new();
    let paid = r#","payments":[{"id":"a","date":"2026-11-03","amount":"10.50","method":"card"},{"id":"b","date":"2026-11-04","amount":"1.00"}]}"#;
    let lines = [
        format!("{DOCUMENT}{paid}"),
        format!("{DOCUMENT}{}", paid.replace("\"b\"", "\"a\""))
            .replace("\"id\":\"1\"", "\"id\":\"2\""),
        format!("{DOCUMENT}}}").replace("\"id\":\"1\"", "\"id\":\"3\""),
    ];
    desk.drop_file("invoices-1-20261102T031522Z.jsonl", lines.join("\n"));
    let records = desk.take_all(10).await;
    let mut payments = Vec::new();
    let mut problems = Vec::new();
    for record in &records {
        match record {
            Record::Document(document) => payments.push(document.payments().map(<[_]>::len)),
            Record::Unreadable { field, .. } => problems.push(field.as_str()),
            Record::Removed { .. } => panic!("nothing was removed"),
        }
    }
    assert_eq!(payments, [Some(2), None]);
    assert_eq!(problems, ["payments[1].id"]);
}
