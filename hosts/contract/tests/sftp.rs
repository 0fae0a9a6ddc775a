//! Promises of a folder on a server: those of the folder form, and each file once wherever the connection breaks.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use secrecy::SecretString;
use support::{NAME, invoice, names_in, told};
use tempfile::TempDir;
use tieout_conformance::host::read_all;
use tieout_core::document::{Attachment, DocumentId, DocumentKey, DocumentKind};
use tieout_core::host::{
    Delivery, DocumentRef, Host, HostError, HostErrorKind, PostingNotice, PostingState, WriteBack,
};
use tieout_host_contract::{SftpHost, SftpHostConfig};
use tieout_sftp::SftpServer;
use tieout_test_sftp::{Fault, Op, PASSWORD, Server, USER};

struct Far {
    server: Server,
    local: TempDir,
    stable_ms: u64,
}

impl Far {
    async fn new() -> Self {
        let server = Server::start().await;
        std::fs::create_dir_all(server.root().join("shop/outbox")).unwrap();
        Self {
            server,
            local: tempfile::tempdir().unwrap(),
            stable_ms: 0,
        }
    }

    /// As a process that has just started.
    async fn host(&self) -> SftpHost {
        let server = SftpServer {
            host_key: Some(self.server.host_key.clone()),
            password: Some(SecretString::from(PASSWORD)),
            ..SftpServer::at("127.0.0.1", self.server.port(), USER)
        };
        let config = SftpHostConfig {
            stable_ms: self.stable_ms,
            ..SftpHostConfig::at("files", "/shop")
        };
        let local = self.local.path().join("shop");
        SftpHost::open(config, server, local).await.unwrap()
    }

    fn room(&self, room: &str) -> PathBuf {
        self.server.root().join("shop").join(room)
    }

    fn drop_file(&self, name: &str, content: &str) {
        std::fs::write(self.room("outbox").join(name), content).unwrap();
    }

    fn names(&self, room: &str) -> Vec<String> {
        names_in(&self.room(room))
    }
}

fn two() -> String {
    format!("{}\n{}\n", invoice("1", "10.00"), invoice("2", "20.00"))
}

fn posting() -> Delivery {
    let id = DocumentId::new("1").unwrap();
    let document = DocumentRef {
        kind: DocumentKind::Invoice,
        id,
        number: "N-1".to_owned(),
    };
    let notice = PostingNotice {
        state: PostingState::Rejected,
        ledger_id: None,
        ledger_number: None,
        message: Some("no".to_owned()),
    };
    Delivery {
        id: "d-1".to_owned(),
        items: vec![WriteBack::Posting { document, notice }],
    }
}

/// A life of a folder: everything is read and put aside, and something is told.
async fn live(
    host: &SftpHost,
    after: &mut Option<String>,
    seen: &mut Vec<String>,
) -> Result<(), HostError> {
    loop {
        let page = host.changes(after.as_deref(), 1).await?;
        seen.extend(told(&page.records));
        // What was read is stored with its position before anything else.
        if let Some(reached) = &page.position {
            *after = Some(reached.clone());
            host.acknowledge(reached).await?;
        }
        if !page.more && page.records.is_empty() {
            break;
        }
    }
    host.deliver(&posting()).await.map(drop)
}

#[tokio::test]
async fn a_file_is_read_put_aside_and_answered_at_the_server() {
    let far = Far::new().await;
    let file = format!("{NAME}.jsonl");
    far.drop_file(&file, &two());
    far.drop_file("letters.txt", "no name that fits");
    let (mut after, mut seen) = (None, Vec::new());
    live(&far.host().await, &mut after, &mut seen)
        .await
        .unwrap();
    assert_eq!(seen[..2], ["1", "2"]);
    assert_eq!(far.names("outbox"), Vec::<String>::new());
    assert_eq!(
        far.names("done"),
        [file.clone(), format!("{file}.result.json")]
    );
    assert_eq!(far.names("inbox"), ["postings-1.csv"]);
    assert_eq!(far.names(".tieout/taking"), Vec::<String>::new());
    assert_eq!(far.names(".tieout/leaving"), Vec::<String>::new());
    // What could not be taken is seen from here until somebody mended it there.
    let refused = far.names("failed");
    assert!(refused.contains(&"letters.txt".to_owned()), "{refused:?}");
    let here = far.local.path().join("shop/failed");
    assert_eq!(names_in(&here), refused);
    for name in &refused {
        std::fs::remove_file(far.room("failed").join(name)).unwrap();
    }
    live(&far.host().await, &mut after, &mut seen)
        .await
        .unwrap();
    assert_eq!(names_in(&here), Vec::<String>::new());
    assert_eq!(far.names("inbox"), ["postings-1.csv"]);
    // The same name once more does not take the place of the first.
    far.drop_file(&file, &format!("{}\n", invoice("3", "30.00")));
    live(&far.host().await, &mut after, &mut seen)
        .await
        .unwrap();
    assert_eq!(seen.last().unwrap(), "3");
    assert_eq!(far.names("done").len(), 4);
}

#[tokio::test]
async fn wherever_the_server_goes_down_and_the_process_ends_each_file_crosses_once() {
    let ops = [
        (Op::List, 4),
        (Op::Look, 6),
        (Op::Open, 3),
        (Op::Read, 2),
        (Op::Write, 2),
        (Op::Close, 3),
        (Op::Rename, 4),
        (Op::Remove, 3),
    ];
    let mut came_to_pass = BTreeSet::new();
    for (op, most) in ops {
        for nth in 1..=most {
            for fault in [Fault::Down, Fault::DoneAndDown] {
                let far = Far::new().await;
                far.drop_file(&format!("{NAME}.jsonl"), &two());
                far.server.faults.plan(op, nth, fault);
                let (mut after, mut seen) = (None, Vec::new());
                let first = live(&far.host().await, &mut after, &mut seen).await;
                if far.server.faults.are_over() {
                    came_to_pass.insert(format!("{op:?}"));
                }
                far.server.faults.calm();
                live(&far.host().await, &mut after, &mut seen)
                    .await
                    .unwrap();
                let place = format!("{op:?} {nth}, then {first:?}");
                assert_eq!(seen, ["1", "2"], "{place}");
                assert_eq!(far.names("done").len(), 2, "{place}");
                assert_eq!(far.names("inbox"), ["postings-1.csv"], "{place}");
                for room in ["outbox", ".tieout/taking", ".tieout/leaving"] {
                    assert_eq!(far.names(room), Vec::<String>::new(), "{place}: {room}");
                }
            }
        }
    }
    assert_eq!(came_to_pass.len(), ops.len(), "{came_to_pass:?}");
}

#[tokio::test]
async fn what_the_product_takes_from_the_inbox_does_not_come_again() {
    let far = Far::new().await;
    let host = far.host().await;
    // The renaming is done, its answer is lost with the server, and the product is quick.
    far.server.faults.plan(Op::Rename, 1, Fault::DoneAndDown);
    assert!(host.deliver(&posting()).await.is_err());
    far.server.faults.calm();
    std::fs::remove_file(far.room("inbox").join("postings-1.csv")).unwrap();
    far.host().await.deliver(&posting()).await.unwrap();
    assert_eq!(far.names("inbox"), Vec::<String>::new());
    let mut next = posting();
    next.id = "d-2".to_owned();
    far.host().await.deliver(&next).await.unwrap();
    assert_eq!(far.names("inbox"), ["postings-2.csv"]);
}

#[tokio::test]
async fn a_file_that_still_grows_waits_and_one_that_is_claimed_while_it_grows_too() {
    let mut far = Far::new().await;
    far.stable_ms = 3_600_000;
    let file = format!("{NAME}.jsonl");
    far.drop_file(&file, &two());
    let host = far.host().await;
    assert!(host.changes(None, 9).await.unwrap().records.is_empty());
    assert_eq!(far.names("outbox"), std::slice::from_ref(&file));
    // Nobody waits for what a product says is finished; but it is not believed either.
    far.stable_ms = 0;
    let host = far.host().await;
    let grows = |root: &std::path::Path| {
        let taking = root.join("shop/.tieout/taking");
        let file = std::fs::read_dir(taking).unwrap().next().unwrap().unwrap();
        let more = format!("{}{}\n", two(), invoice("3", "30.00"));
        std::fs::write(file.path(), more).unwrap();
    };
    far.server
        .faults
        .plan(Op::Read, 1, Fault::First(Box::new(grows)));
    assert!(host.changes(None, 9).await.unwrap().records.is_empty());
    let (records, _) = read_all(&host, None, 9).await;
    assert_eq!(told(&records), ["1", "2", "3"]);
}

#[tokio::test]
async fn a_server_that_is_down_or_is_another_says_so_and_ends_nothing() {
    let far = Far::new().await;
    far.server.faults.go_down();
    let host = far.host().await;
    let error = host.changes(None, 9).await.err().unwrap();
    assert_eq!(error.kind, HostErrorKind::Unavailable);
    assert!(
        error.to_string().contains("sftp://books@127.0.0.1:"),
        "{error}"
    );
    far.server.faults.come_back();
    host.changes(None, 9).await.unwrap();
    host.probe().await.unwrap();
}

#[tokio::test]
async fn a_file_of_a_document_is_read_there_and_no_link_is_followed() {
    let far = Far::new().await;
    std::fs::create_dir(far.room("files")).unwrap();
    std::fs::write(far.room("files/a.pdf"), "content").unwrap();
    std::fs::write(far.server.root().join("secret"), "not yours").unwrap();
    std::os::unix::fs::symlink(far.server.root().join("secret"), far.room("files/link.pdf"))
        .unwrap();
    let host: Arc<dyn Host> = Arc::new(far.host().await);
    let read = async |url: &str| {
        let file =
            serde_json::json!({ "name": "a.pdf", "media_type": "application/pdf", "url": url });
        let file: Attachment = serde_json::from_value(file).unwrap();
        let document = DocumentKey {
            host: "shop".parse().unwrap(),
            kind: DocumentKind::Invoice,
            id: "1".parse().unwrap(),
        };
        host.attachment(&document, &file).await
    };
    assert_eq!(read("files/a.pdf").await.unwrap().as_ref(), b"content");
    for url in [
        "files/link.pdf",
        "../secret",
        "/secret",
        "files/none.pdf",
        ".tieout/x",
        "files",
    ] {
        let error = read(url).await.unwrap_err();
        assert_eq!(error.kind, HostErrorKind::BadData, "{url}: {error}");
    }
}
