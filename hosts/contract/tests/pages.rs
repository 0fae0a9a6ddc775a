//! That every row is told at least once, in pages, through restarts, late files and repeats.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use support::{CSV_HEADER, Desk, NAME, csv_row, invoice, message, refusal, told};
use tieout_core::document::{DocumentId, DocumentKind, ProviderDocumentId};
use tieout_core::host::{DocumentRef, Host, HostErrorKind, Repeat};

#[tokio::test]
async fn a_restart_at_any_page_in_any_format_goes_on_where_it_was() {
    let rows: Vec<String> = (0..7).map(|n| invoice(&format!("r{n}"), "1.00")).collect();
    let csv: String = (0..7).map(|n| csv_row(&format!("r{n}"), "1.00")).collect();
    let files = [
        (
            "jsonl",
            format!("{}\n{{\"trailer\":{{\"count\":7}}}}\n", rows.join("\n")),
        ),
        (
            "json",
            format!(
                "{{\"invoices\":[\n{}\n],\"trailer\":{{\"count\":7,\"gross\":\"7\"}}}}",
                rows.join(",\n")
            ),
        ),
        ("csv", format!("\u{feff}{CSV_HEADER}{csv}#trailer,7,7.00\n")),
    ];
    for (ending, content) in files {
        for limit in 1..=8 {
            let desk = Desk::new();
            desk.drop_file(&format!("{NAME}.{ending}"), &content);
            let records = desk.take_all(limit).await;
            let wanted: Vec<String> = (0..7).map(|n| format!("r{n}")).collect();
            assert_eq!(told(&records), wanted, "{ending} by {limit}");
        }
    }
}

#[tokio::test]
async fn a_page_that_was_not_stored_comes_again_and_is_the_same() {
    let desk = Desk::new();
    let rows: Vec<String> = (0..4).map(|n| invoice(&format!("r{n}"), "1.00")).collect();
    desk.drop_file(&format!("{NAME}.jsonl"), rows.join("\n"));
    let first = desk.page(None, 2).await;
    assert_eq!(first, desk.page(None, 2).await);
    let second = desk.page(first.position.as_deref(), 2).await;
    assert_eq!(second, desk.page(first.position.as_deref(), 2).await);
    assert_eq!(told(&second.records), ["r2", "r3"]);
    assert!(!second.more);
    // Stored, and then the process ended before it said so: nothing is told twice, nothing is moved.
    let third = desk.page(second.position.as_deref(), 2).await;
    assert!(third.records.is_empty());
    assert_eq!(third.position, second.position);
    assert_eq!(desk.names("outbox").len(), 1);
    desk.acknowledge(&second.position.unwrap()).await;
    assert!(desk.names("outbox").is_empty());
}

#[tokio::test]
async fn a_page_has_the_batch_of_its_file_until_the_file_is_put_aside() {
    let desk = Desk::new();
    let rows: Vec<String> = (0..3).map(|n| invoice(&format!("r{n}"), "1.00")).collect();
    desk.drop_file("invoices-JE-7-20261031T090000Z.jsonl", rows.join("\n"));
    let host = desk.open().await;
    let mut after = None;
    for _ in 0..2 {
        let page = host.changes(after.as_deref(), 2).await.unwrap();
        after = page.position;
        let batch = host.batch(after.as_deref().unwrap()).await.unwrap();
        assert_eq!(batch.as_deref(), Some("JE-7"));
    }
    let end = after.unwrap();
    host.acknowledge(&end).await.unwrap();
    assert_eq!(host.batch(&end).await.unwrap(), None);
    assert!(host.batch("nonsense").await.is_err());
}

#[tokio::test]
async fn files_are_told_by_the_time_in_their_names_then_by_name() {
    let desk = Desk::new();
    for (name, id) in [
        ("invoices-b-20261031T090000Z.jsonl", "3"),
        ("invoices-z-20261030T090000Z.jsonl", "1"),
        ("invoices-a-20261031T090000Z.jsonl", "2"),
    ] {
        desk.drop_file(name, invoice(id, "1.00"));
    }
    assert_eq!(told(&desk.take_all(10).await), ["1", "2", "3"]);
}

#[tokio::test]
async fn a_file_that_arrives_late_with_an_old_time_is_told_too() {
    let desk = Desk::new();
    desk.drop_file("invoices-2-20261031T090000Z.jsonl", invoice("new", "1.00"));
    let page = desk.page(None, 10).await;
    desk.drop_file("invoices-1-20250101T000000Z.jsonl", invoice("late", "1.00"));
    let late = desk.page(page.position.as_deref(), 10).await;
    assert_eq!(told(&late.records), ["late"]);
    desk.acknowledge(&page.position.unwrap()).await;
    assert_eq!(
        desk.names("outbox"),
        ["invoices-1-20250101T000000Z.jsonl"],
        "it is not stored yet"
    );
    desk.acknowledge(&late.position.unwrap()).await;
    assert!(desk.names("outbox").is_empty());
}

#[tokio::test]
async fn the_same_file_again_is_told_again_and_keeps_its_own_result() {
    let desk = Desk::new();
    let name = format!("{NAME}.jsonl");
    desk.drop_file(&name, invoice("a", "1.00"));
    let first = desk.page(None, 10).await;
    desk.acknowledge(first.position.as_deref().unwrap()).await;
    desk.drop_file(&name, invoice("a", "1.00"));
    let second = desk.page(first.position.as_deref(), 10).await;
    assert_eq!(told(&second.records), ["a"]);
    desk.acknowledge(first.position.as_deref().unwrap()).await;
    assert_eq!(
        desk.names("outbox"),
        [name.as_str()],
        "an old acknowledgement does not cover it"
    );
    desk.acknowledge(second.position.as_deref().unwrap()).await;
    assert_eq!(
        desk.names("done"),
        [
            format!("{NAME}.2.jsonl"),
            format!("{NAME}.2.jsonl.result.json"),
            name.clone(),
            format!("{name}.result.json"),
        ]
    );
}

#[tokio::test]
async fn a_file_replaced_after_it_was_told_is_told_as_it_is_now_and_never_moved_unread() {
    let desk = Desk::new();
    let name = format!("{NAME}.jsonl");
    desk.drop_file(&name, invoice("old", "1.00"));
    let first = desk.page(None, 10).await;
    desk.drop_file(&name, invoice("newer", "1.00"));
    desk.acknowledge(first.position.as_deref().unwrap()).await;
    assert_eq!(desk.names("outbox"), [name]);
    let second = desk.page(first.position.as_deref(), 10).await;
    assert_eq!(told(&second.records), ["newer"]);
    desk.acknowledge(second.position.as_deref().unwrap()).await;
    assert!(desk.names("outbox").is_empty());
}

#[tokio::test]
async fn a_lost_state_folder_means_that_rows_are_told_again_never_that_one_is_missed() {
    let desk = Desk::new();
    let rows: Vec<String> = (0..3).map(|n| invoice(&format!("r{n}"), "1.00")).collect();
    desk.drop_file("invoices-1-20261031T090000Z.jsonl", invoice("x", "1.00"));
    desk.drop_file("invoices-2-20261031T090000Z.jsonl", rows.join("\n"));
    let first = desk.page(None, 10).await;
    let second = desk.page(first.position.as_deref(), 2).await;
    fs::remove_dir_all(desk.path(".tieout")).unwrap();
    let mut position = second.position;
    desk.acknowledge(position.as_deref().unwrap()).await;
    assert_eq!(
        desk.names("outbox").len(),
        2,
        "nothing is moved by a state that is gone"
    );
    let mut all = Vec::new();
    for _ in 0..2 {
        let page = desk.page(position.as_deref(), 10).await;
        all.extend(told(&page.records));
        position = page.position;
    }
    assert_eq!(all, ["x", "r0", "r1", "r2"]);
    desk.acknowledge(position.as_deref().unwrap()).await;
    assert!(desk.names("outbox").is_empty());
}

#[tokio::test]
async fn a_file_that_was_just_put_there_is_waited_for() {
    let mut desk = Desk::new();
    desk.config.stable_ms = 300;
    desk.drop_file(&format!("{NAME}.jsonl"), invoice("a", "1.00"));
    assert_eq!(desk.page(None, 10).await.records.len(), 1);
}

#[tokio::test]
async fn a_file_that_was_just_put_beside_an_older_one_comes_with_the_same_look() {
    let mut desk = Desk::new();
    desk.config.stable_ms = 2_000;
    let older = format!("{NAME}.jsonl");
    desk.drop_file(&older, invoice("a", "1.00"));
    let file = File::options()
        .write(true)
        .open(desk.path(&format!("outbox/{older}")))
        .unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(3_600))
        .unwrap();
    desk.drop_file("invoices-9-20261031T100000Z.jsonl", invoice("b", "1.00"));
    let first = desk.page(None, 10).await;
    assert_eq!(
        (told(&first.records), first.more),
        (vec!["a".to_owned()], true)
    );
    let second = desk.page(first.position.as_deref(), 10).await;
    assert_eq!(
        (told(&second.records), second.more),
        (vec!["b".to_owned()], false)
    );
}

#[tokio::test]
async fn files_that_are_being_written_are_left_alone() {
    let mut desk = Desk::new();
    desk.config.stable_ms = 600_000;
    for name in [
        ".hidden.jsonl",
        "invoices-1-20261031T090000Z.jsonl.tmp",
        "x.part",
        "a.csv.sha256",
        "~lock.csv",
    ] {
        desk.drop_file(name, "half");
    }
    desk.drop_file(&format!("{NAME}.jsonl"), invoice("a", "1.00"));
    fs::create_dir(desk.path("outbox/archive")).unwrap();
    let page = desk.page(None, 10).await;
    assert!(page.records.is_empty() && page.position.is_none() && !page.more);
    assert_eq!(desk.names("outbox").len(), 7);

    let old = SystemTime::now() - Duration::from_secs(3_600);
    let file = File::options()
        .write(true)
        .open(desk.path(&format!("outbox/{NAME}.jsonl")))
        .unwrap();
    file.set_modified(old).unwrap();
    assert_eq!(
        told(&desk.page(None, 10).await.records),
        ["a"],
        "an hour unchanged is finished"
    );

    let ahead = SystemTime::now() + Duration::from_secs(3_600);
    desk.drop_file("invoices-8-20261031T090000Z.jsonl", invoice("b", "1.00"));
    let file = File::options()
        .write(true)
        .open(desk.path("outbox/invoices-8-20261031T090000Z.jsonl"));
    file.unwrap().set_modified(ahead).unwrap();
    let told_later = told(&desk.page(None, 10).await.records);
    assert_eq!(told_later, ["a"], "not yet acknowledged, so still first");
    let page = desk.page(None, 10).await;
    assert_eq!(
        told(&desk.page(page.position.as_deref(), 10).await.records),
        ["b"],
        "a clock that is ahead"
    );
}

#[tokio::test]
async fn a_side_file_is_checked_and_goes_with_its_file() {
    let content = invoice("a", "1.00");
    let name = format!("{NAME}.jsonl");
    let right = sha256(content.as_bytes());
    let wrong = right.replace(|c: char| c.is_ascii_digit(), "0");
    for (side, room, words) in [
        (format!("{right}  {name}\n"), "done", ""),
        (format!("{} *{name}\n", right.to_uppercase()), "done", ""),
        (
            format!("{wrong}  {name}\n"),
            "failed",
            "the bytes of the file come to",
        ),
        (
            "SHA256 (x) = y\n".to_owned(),
            "failed",
            "64 hexadecimal digits",
        ),
    ] {
        let desk = Desk::new();
        desk.drop_file(&name, &content);
        desk.drop_file(&format!("{name}.sha256"), &side);
        let records = desk.take_all(10).await;
        if room == "failed" {
            assert!(refusal(&records).contains(words), "{}", refusal(&records));
        } else {
            assert_eq!(told(&records), ["a"]);
        }
        assert_eq!(
            desk.names(room),
            [
                name.clone(),
                format!("{name}.result.json"),
                format!("{name}.sha256")
            ]
        );
        assert!(desk.names("outbox").is_empty());
    }
}

#[tokio::test]
async fn a_file_without_a_proof_is_refused_where_one_is_required() {
    let mut desk = Desk::new();
    desk.config.proof = tieout_host_contract::Proof::Required;
    desk.drop_file("invoices-1-20261031T090000Z.jsonl", invoice("a", "1.00"));
    desk.drop_file(
        "invoices-2-20261031T090000Z.jsonl",
        format!("{}\n{{\"trailer\":{{\"count\":1}}}}", invoice("b", "1.00")),
    );
    let records = desk.take_all(10).await;
    assert_eq!(told(&records), ["!invoices-1-20261031T090000Z.jsonl ", "b"]);
    assert!(refusal(&records[..1]).contains("neither a trailer nor"));
}

#[tokio::test]
async fn a_position_that_is_none_of_ours_is_refused() {
    let host = Desk::new().open().await;
    drop(host);
    let desk = Desk::new();
    let host = desk.open().await;
    for position in ["", "7", "f1/1/zz"] {
        let error = host.changes(Some(position), 1).await.unwrap_err();
        assert_eq!(error.kind, HostErrorKind::Misconfigured);
        assert!(message(&error).contains("is no position of a host folder"));
        host.acknowledge(position).await.unwrap_err();
    }
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_whose_path_is_no_text_is_read_once_like_any_other() {
    use std::os::unix::ffi::OsStrExt;
    let mut desk = Desk::new();
    let folder = desk
        .path("")
        .join(std::ffi::OsStr::from_bytes(b"b\xFCcher"));
    std::fs::create_dir_all(folder.join("outbox")).unwrap();
    desk.config.path = folder.clone();
    std::fs::write(
        folder
            .join("outbox")
            .join("invoices-1-20261031T000000Z.jsonl"),
        "{}\n",
    )
    .unwrap();
    assert_eq!(desk.take_all(10).await.len(), 1);
    assert_eq!(std::fs::read_dir(folder.join("outbox")).unwrap().count(), 0);
    assert!(desk.page(None, 10).await.records.is_empty());
}

fn again(id: &str) -> Repeat {
    Repeat {
        document: DocumentRef {
            kind: DocumentKind::Invoice,
            id: DocumentId::new(id).unwrap(),
            number: format!("N-{id}"),
        },
        revision: 1,
        provider_id: ProviderDocumentId::new(format!("ledger-{id}")).unwrap(),
        provider_number: format!("CM-{id}"),
        provider_status: "authorised".to_owned(),
    }
}

#[tokio::test]
async fn a_result_says_what_was_handed_over_before_and_where_it_is() {
    let desk = Desk::new();
    let name = format!("{NAME}.jsonl");
    let lines = [
        invoice("a", "1.00"),
        invoice("b", "1.00"),
        invoice("c", "1.00"),
    ];
    desk.drop_file(&name, lines.join("\n"));
    let first = desk.page(None, 2).await;
    let position = first.position.unwrap();
    desk.open()
        .await
        .repeated(&position, &[again("a"), again("b")])
        .await
        .unwrap();
    // A crash before the page was stored, and a change of somebody's mind meanwhile: the last word counts.
    desk.page(None, 2).await;
    desk.open()
        .await
        .repeated(&position, &[again("b")])
        .await
        .unwrap();
    desk.acknowledge(&position).await;
    let second = desk.page(Some(&position), 2).await;
    let position = second.position.unwrap();
    desk.open()
        .await
        .repeated(&position, &[again("c")])
        .await
        .unwrap();
    desk.acknowledge(&position).await;
    // Comes again after a crash.
    desk.acknowledge(&position).await;
    let result: serde_json::Value =
        serde_json::from_str(&desk.text(&format!("done/{name}.result.json"))).unwrap();
    assert_eq!(result["rows"].as_array().unwrap().len(), 3);
    let before = result["handed_over_before"].as_array().unwrap();
    let told: Vec<&str> = before
        .iter()
        .map(|it| it["ledger_invoice_id"].as_str().unwrap())
        .collect();
    assert_eq!(told, ["ledger-b", "ledger-c"]);
    assert_eq!(
        before[0]["message"],
        "it was handed over before in revision 1, and the books hold it as CM-b (authorised): it is not sent again"
    );
    let left: Vec<_> = std::fs::read_dir(desk.path(".tieout/intake"))
        .unwrap()
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_file_of_which_nothing_is_repeated_has_a_result_without_a_word_of_it() {
    let desk = Desk::new();
    let name = format!("{NAME}.jsonl");
    desk.drop_file(&name, invoice("a", "1.00"));
    let position = desk.page(None, 10).await.position.unwrap();
    let host = desk.open().await;
    host.repeated(&position, &[again("a")]).await.unwrap();
    host.repeated(&position, &[]).await.unwrap();
    // Of a file that nobody knows any more nothing is kept.
    host.repeated("f1/99/abc/1/end", &[again("a")])
        .await
        .unwrap();
    desk.acknowledge(&position).await;
    assert!(
        !desk
            .text(&format!("done/{name}.result.json"))
            .contains("handed_over_before")
    );
}
