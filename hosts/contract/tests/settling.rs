//! That a file is put aside once, with its result, and that nothing is lost when a move fails.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::fs;

use support::{Desk, NAME, invoice, message, refusal, told};
use tieout_core::host::{Host, HostErrorKind};
use tieout_host_contract::{FolderConfig, FolderHost};

#[tokio::test]
async fn a_repeated_acknowledgement_changes_nothing() {
    let desk = Desk::new();
    desk.drop_file(&format!("{NAME}.jsonl"), invoice("a", "1.00"));
    let position = desk.page(None, 10).await.position.unwrap();
    desk.acknowledge(&position).await;
    let done = desk.names("done");
    desk.acknowledge(&position).await;
    desk.acknowledge(&position).await;
    assert_eq!(desk.names("done"), done);
    assert_eq!(desk.names(".tieout/intake"), Vec::<String>::new());
}

#[tokio::test]
async fn a_file_is_not_moved_before_its_last_row_is_stored() {
    let desk = Desk::new();
    desk.drop_file(
        &format!("{NAME}.jsonl"),
        format!("{}\n{}", invoice("a", "1.00"), invoice("b", "1.00")),
    );
    let first = desk.page(None, 1).await;
    desk.acknowledge(first.position.as_deref().unwrap()).await;
    assert_eq!(desk.names("outbox").len(), 1);
    let second = desk.page(first.position.as_deref(), 1).await;
    desk.acknowledge(second.position.as_deref().unwrap()).await;
    assert_eq!(desk.names("outbox").len(), 0);
}

#[tokio::test]
async fn a_move_that_fails_is_said_with_its_path_and_tried_again() {
    let desk = Desk::new();
    let name = format!("{NAME}.jsonl");
    desk.drop_file(&name, invoice("a", "1.00"));
    let host = desk.open().await;
    let position = host.changes(None, 10).await.unwrap().position.unwrap();
    // A file where the folder was: nothing can be moved there, whoever we are.
    fs::remove_dir(desk.path("done")).unwrap();
    fs::write(desk.path("done"), "").unwrap();
    let error = host.acknowledge(&position).await.unwrap_err();
    assert_eq!(error.kind, HostErrorKind::Unavailable);
    let text = message(&error);
    assert!(text.contains(&format!("done/{name}")), "{text}");
    assert_eq!(desk.names("outbox"), [name.as_str()], "it is still there");
    assert!(
        host.changes(Some(&position), 10)
            .await
            .unwrap()
            .records
            .is_empty(),
        "and not told again"
    );

    fs::remove_file(desk.path("done")).unwrap();
    fs::create_dir(desk.path("done")).unwrap();
    host.changes(Some(&position), 10).await.unwrap();
    assert_eq!(
        desk.names("done"),
        [name.clone(), format!("{name}.result.json")]
    );
    assert!(desk.names("outbox").is_empty());
}

#[tokio::test]
async fn a_crash_amid_the_moves_is_finished_by_the_next_call_with_the_same_names() {
    let desk = Desk::new();
    let name = format!("{NAME}.jsonl");
    desk.drop_file(&name, invoice("a", "1.00"));
    let position = desk.page(None, 10).await.position.unwrap();
    // As a crash would leave it: the plan is stored, the file is moved, the result is not.
    let entry_path = desk.path(&format!(
        ".tieout/intake/{}",
        desk.names(".tieout/intake")[0]
    ));
    let mut entry: serde_json::Value =
        serde_json::from_slice(&fs::read(&entry_path).unwrap()).unwrap();
    entry["plan"] = serde_json::json!({ "room": "done", "name": name, "rest": null });
    fs::write(&entry_path, entry.to_string()).unwrap();
    fs::rename(
        desk.path(&format!("outbox/{name}")),
        desk.path(&format!("done/{name}")),
    )
    .unwrap();
    // Meanwhile the host has dropped another file of the same name.
    desk.drop_file(&name, invoice("b", "1.00"));

    let next = desk.page(Some(&position), 10).await;
    assert_eq!(
        desk.names("done"),
        [name.clone(), format!("{name}.result.json")]
    );
    assert_eq!(
        told(&next.records),
        ["b"],
        "the other file is read, not moved"
    );
}

#[tokio::test]
async fn files_with_hostile_names_are_moved_to_failed_with_a_name_that_fits_in_the_result() {
    let desk = Desk::new();
    let long = "n".repeat(250);
    let names = [
        "invoice.csv",
        "invoices-7-2026.jsonl",
        "=cmd|calc!A1.csv",
        "a\nb.csv",
        "evil\\..\\x.json",
        &long,
    ];
    for name in names {
        desk.drop_file(name, invoice("a", "1.00"));
    }
    let records = desk.take_all(10).await;
    assert_eq!(records.len(), names.len());
    for record in &records {
        let text = refusal(std::slice::from_ref(record));
        assert!(
            text.contains("such as `invoices-7-20261031T090000Z.csv`"),
            "{text}"
        );
    }
    assert!(desk.names("outbox").is_empty() && desk.names("done").is_empty());
    let failed = desk.names("failed");
    assert_eq!(failed.len(), 2 * names.len(), "{failed:?}");
    assert!(
        failed.iter().all(|name| !name.contains(['\n', '\\'])),
        "{failed:?}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn links_are_refused_and_what_they_point_to_is_neither_read_nor_moved() {
    let desk = Desk::new();
    let secret = desk.path("secret.jsonl");
    fs::write(&secret, invoice("secret", "1.00")).unwrap();
    std::os::unix::fs::symlink(&secret, desk.path(&format!("outbox/{NAME}.jsonl"))).unwrap();
    let records = desk.take_all(10).await;
    assert!(refusal(&records).contains("only regular files are read"));
    assert!(secret.exists());
    assert!(
        fs::symlink_metadata(desk.path(&format!("failed/{NAME}.jsonl")))
            .unwrap()
            .is_symlink()
    );
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_said_at_the_start() {
    let desk = Desk::new();
    let file = desk.path("a-file");
    fs::write(&file, "").unwrap();
    let cases = [
        (desk.path("nowhere"), "does not exist"),
        (file, "is not a folder"),
        ("/proc/self".into(), "/proc/self"),
    ];
    for (path, words) in cases {
        let error = FolderHost::open(FolderConfig::at(&path))
            .await
            .err()
            .unwrap();
        assert_eq!(error.kind, HostErrorKind::Misconfigured);
        let text = message(&error);
        assert!(
            text.contains(words) && text.contains(path.to_str().unwrap()),
            "{text}"
        );
    }
}

#[tokio::test]
async fn missing_sub_folders_are_made_and_nothing_of_ours_stays_in_them() {
    let root = tempfile::tempdir().unwrap();
    FolderHost::open(FolderConfig::at(root.path()))
        .await
        .unwrap();
    assert_eq!(
        support::names_in(root.path()),
        [".tieout", "done", "failed", "inbox", "outbox"]
    );
    for room in ["done", "failed", "inbox", "outbox"] {
        assert!(support::names_in(&root.path().join(room)).is_empty());
    }
}

#[tokio::test]
async fn settings_that_make_no_sense_are_refused_by_their_key() {
    let unknown = serde_json::from_str::<FolderConfig>(r#"{"path":"x","stable_s":1}"#).unwrap_err();
    assert!(unknown.to_string().contains("stable_s"), "{unknown}");
    let nested =
        serde_json::from_str::<FolderConfig>(r#"{"path":"x","limits":{"rows":1}}"#).unwrap_err();
    assert!(nested.to_string().contains("rows"), "{nested}");
    let mut config: FolderConfig = serde_json::from_str(r#"{"path":"x"}"#).unwrap();
    assert_eq!(config, FolderConfig::at("x"));
    config.limits.document_bytes_max = 1;
    let error = FolderHost::open(config).await.err().unwrap();
    assert_eq!(error.kind, HostErrorKind::Misconfigured);
    let text = message(&error);
    assert!(
        text.contains("`limits.document_bytes_max` must be from 1024"),
        "{text}"
    );
}

#[tokio::test]
async fn a_folder_in_use_by_another_process_is_unavailable_for_that_time() {
    let desk = Desk::new();
    let host = desk.open().await;
    let lock = fs::File::open(desk.path(".tieout/lock")).unwrap();
    lock.lock().unwrap();
    let error = host.changes(None, 1).await.unwrap_err();
    assert_eq!(error.kind, HostErrorKind::Unavailable);
    assert!(message(&error).contains("in use by another process"));
    lock.unlock().unwrap();
    host.changes(None, 1).await.unwrap();
}
