//! What holds secrets is open to its owner alone, whatever the mask of the shell.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::stage::{Stage, text};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Everything below a folder that somebody but its owner may touch.
fn open_to_others(folder: &Path) -> Vec<String> {
    let mut open = Vec::new();
    for item in fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if mode(&path) & 0o077 != 0 {
            open.push(format!("{} {:o}", path.display(), mode(&path)));
        }
        if path.is_dir() {
            open.extend(open_to_others(&path));
        }
    }
    open
}

/// Runs the program under a mask that hides nothing.
fn run_unmasked(stage: &Stage, arguments: &str) {
    let command = stage.command(&[]);
    let program = command.get_program().to_str().unwrap();
    let output = Command::new("sh")
        .args(["-c", &format!("umask 000; exec '{program}' {arguments}")])
        .current_dir(stage.folder.path())
        .env("STAGE_SECRET", "unused")
        .output();
    let output = tokio::task::block_in_place(|| output.unwrap());
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn init_writes_the_key_for_its_owner_alone() {
    let stage = Stage::set().await;
    run_unmasked(&stage, "init new/below/tieout.toml");
    assert_eq!(mode(&stage.path("new")), 0o700);
    assert_eq!(mode(&stage.path("new/below")), 0o700);
    assert_eq!(mode(&stage.path("new/below/tieout.key")), 0o600);
    // A folder that was there belongs to whoever made it.
    fs::create_dir(stage.path("theirs")).unwrap();
    fs::set_permissions(stage.path("theirs"), Permissions::from_mode(0o755)).unwrap();
    run_unmasked(&stage, "init theirs/tieout.toml");
    assert_eq!(mode(&stage.path("theirs")), 0o755);
    assert_eq!(mode(&stage.path("theirs/tieout.key")), 0o600);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_with_its_tokens_is_open_to_its_owner_alone() {
    let stage = Stage::set().await;
    // Made beforehand by an operator, as `mkdir` does it.
    fs::create_dir(stage.path("store")).unwrap();
    fs::set_permissions(stage.path("store"), Permissions::from_mode(0o755)).unwrap();
    stage.connect().await;
    stage.drop_invoices("M", 2);
    stage.must(0, &["sync", "--once"]);
    assert_eq!(mode(&stage.path("store")), 0o700);
    run_unmasked(&stage, "status");
    assert_eq!(open_to_others(&stage.path("store")), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_keeps_its_secrets_to_its_owner() {
    let stage = Stage::set().await;
    run_unmasked(&stage, "--json demo --once --folder demo");
    assert_eq!(mode(&stage.path("demo")), 0o700);
    for secret in ["demo/tieout.key", "demo/xero.secret"] {
        assert_eq!(mode(&stage.path(secret)), 0o600, "{secret}");
    }
    let store = fs::read_to_string(stage.path("demo/tieout.toml")).unwrap();
    assert!(store.contains("path = \"store\""), "{store}");
    assert_eq!(mode(&stage.path("demo/store")), 0o700);
    assert_eq!(
        open_to_others(&stage.path("demo/store")),
        Vec::<String>::new()
    );
}
