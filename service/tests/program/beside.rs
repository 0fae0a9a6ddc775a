//! Commands beside a process that has the store: they run there, their words come back, and nobody waits for the dead.

use std::fs::{self, Permissions};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use tieout_core::store::{SledOptions, SledStore};
use tieout_sandbox_xero::{Fault, FaultRule};

use crate::stage::{Stage, invoice, text};
use crate::stopping::{Running, until};

const SOCKET: &str = "store/control/control.sock";
const NOBODY: u32 = 65_534;
const NEVER_MS: u64 = 10 * 60 * 1_000;

/// A stage whose program serves.
async fn serving() -> (Stage, Running) {
    let stage = Stage::connected().await;
    let running = serve(&stage);
    (stage, running)
}

fn serve(stage: &Stage) -> Running {
    let mut running = Running::start(stage, &["serve"]);
    tokio::task::block_in_place(|| running.says("keeping both sides in agreement"));
    running
}

fn configure(stage: &Stage, change: impl FnOnce(String) -> String) {
    let path = stage.path("tieout.toml");
    let changed = change(fs::read_to_string(&path).unwrap());
    fs::write(path, changed).unwrap();
}

/// Starts `check`, whose question to the organisation is answered after so long, and waits until it is asked.
async fn check_that_waits(stage: &Stage, delay_ms: u64) -> Running {
    let faults = stage.sandbox.sandbox.faults();
    let fault = Fault::Slow { delay_ms };
    faults.push(FaultRule::once("GET", "/Organisation", fault));
    let asking = Running::start(stage, &["check"]);
    until("the organisation is asked", || faults.pending().is_empty()).await;
    asking
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_that_needs_the_store_works_beside_serve() {
    let (stage, mut running) = serving().await;
    stage.drop_invoices("B", 2);
    stage.drop_file(
        "invoices-V-20261102T000000Z.jsonl",
        &invoice("V-1", 1).replace("GST", "VAT"),
    );
    until("they are sent", || stage.books("B-").len() == 2).await;
    until("one is held", || {
        stage.run(&["status"]).status.code() == Some(3)
    })
    .await;
    let told = stage.must(3, &["status"]);
    assert!(told.contains("1 held, 2 posted"), "{told}");
    assert!(told.contains("tax_code_unmapped"), "{told}");
    assert!(stage.path(SOCKET).exists(), "the store is held");
    let standing = stage.json(3, &["status"]);
    assert_eq!(standing["connections"]["books"]["states"]["posted"], 2);
    let told = stage.must(0, &["explain", "B-1"]);
    assert!(told.contains("the provider did create it"), "{told}");
    let told = stage.must(1, &["explain", "B-9"]);
    assert!(told.contains("no document `B-9` is known"), "{told}");
    let story = stage.json(0, &["explain", "B-2"]);
    assert_eq!(story["binding"]["number"], "B-2");
    let told = stage.must(3, &["plan"]);
    assert!(told.contains("Plan: 1 held. Nothing was sent."), "{told}");
    assert_eq!(stage.json(3, &["plan"])["counts"]["held"], 1);
    let told = stage.must(3, &["check"]);
    assert!(told.contains("Wattle & Finch Pty Ltd (AUD"), "{told}");
    let told = stage.must(0, &["retry", "V-1"]);
    assert!(told.contains("1 to be planned anew now."), "{told}");
    let told = stage.must(0, &["retry", "B-1"]);
    assert!(told.contains("nothing to retry: it is posted."), "{told}");
    running.signal("TERM");
    assert!(running.ends().await.success());
    assert!(!stage.path(SOCKET).exists());
    assert!(stage.must(3, &["status"]).contains("1 held, 2 posted"));
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_run_at_once_and_none_waits_for_another() {
    let (stage, _running) = serving().await;
    let mut slow = check_that_waits(&stage, NEVER_MS).await;
    for _ in 0..3 {
        stage.must(0, &["status"]);
    }
    assert_eq!(slow.child.try_wait().unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_holder_that_is_killed_is_told_and_leaves_nothing_in_the_way() {
    let (stage, mut running) = serving().await;
    let mut asking = check_that_waits(&stage, NEVER_MS).await;
    running.child.kill().unwrap();
    running.ends().await;
    let told = tokio::task::block_in_place(|| asking.says("error:"));
    assert!(
        told.contains("the process that has the store ended before the command did"),
        "{told}"
    );
    assert_eq!(asking.ends().await.code(), Some(1));
    assert!(stage.path(SOCKET).exists(), "a stale socket");
    stage.must(0, &["status"]);
    let _again = serve(&stage);
    stage.must(0, &["status"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_the_command_there_and_the_process_goes_on() {
    let (stage, mut running) = serving().await;
    let mut asking = check_that_waits(&stage, NEVER_MS).await;
    asking.signal("INT");
    assert!(!asking.ends().await.success());
    tokio::task::block_in_place(|| running.says("whoever asked went away"));
    stage.must(0, &["status"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn sync_once_beside_serve_wakes_it() {
    let stage = Stage::connected().await;
    configure(&stage, |file| {
        file.replace("host_poll_s = 1", "host_poll_s = 86400")
    });
    let mut running = serve(&stage);
    // The first look is over.
    until("the host was read", || {
        stage.json(0, &["status"])["hosts"]["cm"].is_string()
    })
    .await;
    stage.drop_invoices("W", 2);
    let told = stage.must(0, &["sync", "--once"]);
    let pid = running.child.id();
    assert!(
        told.contains(&format!("(pid {pid}) sends and collects already")),
        "{told}"
    );
    until("they are sent", || stage.books("W-").len() == 2).await;
    assert_eq!(stage.json(0, &["sync", "--once"])["woken"], true);
    running.signal("TERM");
    assert!(running.ends().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_sync_once_takes_commands_too_but_no_second_run() {
    let stage = Stage::connected().await;
    stage.drop_invoices("O", 1);
    let faults = stage.sandbox.sandbox.faults();
    let fault = Fault::Slow { delay_ms: NEVER_MS };
    faults.push(FaultRule::once("PUT", "/Invoices", fault));
    let _running = Running::start(&stage, &["sync", "--once"]);
    until("the create is under way", || faults.pending().is_empty()).await;
    let told = stage.must(0, &["status"]);
    assert!(
        told.contains("1 in flight") || told.contains("1 in_flight"),
        "{told}"
    );
    let told = stage.must(1, &["sync", "--once"]);
    assert!(told.contains("is at work already"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_connections_says_to_stop_the_process_first() {
    let (stage, _running) = serving().await;
    for arguments in [
        ["connect", "books", "--again"].as_slice(),
        &["disconnect", "books"],
        &["serve"],
    ] {
        let told = stage.must(1, arguments);
        assert!(told.contains("is in use by another process (pid"), "{told}");
        assert!(told.contains("Stop it first"), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_changed_since_is_told_and_check_checks_it() {
    let (stage, _running) = serving().await;
    configure(&stage, |file| format!("# a remark\n{file}"));
    assert!(!stage.must(0, &["status"]).contains("note:"));
    configure(&stage, |file| {
        file.replace("sales = \"200\"", "sales = \"2000\"")
    });
    let told = stage.must(0, &["status"]);
    assert!(
        told.contains("note: ") && told.contains("does not follow it until it takes it on"),
        "{told}"
    );
    let told = stage.must(1, &["check"]);
    assert!(told.contains("accounts.sales: `2000`"), "{told}");
    // A host that the process does not know was not looked at.
    configure(&stage, |file| {
        format!("{file}\n[hosts.another.folder]\npath = \"another\"\n")
    });
    let told = stage.must(1, &["check"]);
    assert!(
        told.contains("hosts.another: the process that has the store does not know it"),
        "{told}"
    );
    let output = stage.run(&["--json", "status"]);
    let notice: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
    assert!(notice["notice"].is_string(), "{notice}");
    // The file itself is read before anybody is asked.
    configure(&stage, |file| file.replace("sales =", "sale ="));
    assert!(stage.must(2, &["check"]).contains("unknown field `sale`"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_socket_is_its_owners_alone_and_another_user_is_refused() {
    let (stage, mut running) = serving().await;
    stage.must(0, &["status"]);
    let mode = |below: &str| {
        fs::metadata(stage.path(below))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert!(
        fs::metadata(stage.path(SOCKET))
            .unwrap()
            .file_type()
            .is_socket()
    );
    assert_eq!((mode("store/control"), mode(SOCKET)), (0o700, 0o600));
    if fs::metadata(stage.folder.path()).unwrap().uid() != 0 {
        // Only root can become somebody else.
        return;
    }
    // Even where somebody opened everything.
    for (below, mode) in [
        ("", 0o755),
        ("store", 0o777),
        ("store/control", 0o777),
        (SOCKET, 0o777),
        ("tieout.key", 0o644),
    ] {
        fs::set_permissions(stage.path(below), Permissions::from_mode(mode)).unwrap();
    }
    let program = stage.path("tieout");
    fs::copy(env!("CARGO_BIN_EXE_tieout"), &program).unwrap();
    let mut command = Command::new(program);
    command
        .arg("status")
        .current_dir(stage.folder.path())
        .stdin(Stdio::null())
        .uid(NOBODY)
        .gid(NOBODY);
    let output = tokio::task::block_in_place(|| command.output().unwrap());
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("takes no commands of this user"), "{told}");
    assert_eq!(text(&output.stdout), "");
    tokio::task::block_in_place(|| running.says("a command of another user was turned away"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_whose_path_is_too_long_for_a_socket_is_reached_all_the_same() {
    let stage = Stage::connected().await;
    let deep = format!("{}/store", "a-long-name-of-a-folder/".repeat(8));
    fs::create_dir_all(stage.path(&deep)).unwrap();
    configure(&stage, |file| {
        file.replace("path = \"store\"", &format!("path = \"{deep}\""))
    });
    stage.connect().await;
    let _running = serve(&stage);
    assert!(
        stage
            .must(0, &["status"])
            .contains("Wattle & Finch Pty Ltd")
    );
    assert!(stage.path(&deep).join("control/control.sock").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_holder_that_takes_no_commands_is_named() {
    let stage = Stage::set().await;
    stage.must(3, &["status"]);
    let store = SledStore::open(stage.path("store"), SledOptions::default()).unwrap();
    let told = stage.must(1, &["status"]);
    let wanted = format!("is in use by another process (pid {})", std::process::id());
    assert!(told.contains(&wanted), "wanted {wanted}\n{told}");
    assert!(told.contains("It takes no commands of others"), "{told}");
    drop(store);
    stage.must(3, &["status"]);
}
