//! A store that cannot be opened names its place, why, and what to do.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use tieout_core::store::{SledOptions, SledStore};

use crate::stage::{Stage, files, text};

const NOBODY: u32 = 65_534;

/// A path as the program sees it.
fn place(stage: &Stage, below: &str) -> String {
    let folder = stage.folder.path().canonicalize().unwrap();
    folder.join(below).display().to_string()
}

fn set_mode(stage: &Stage, below: &str, mode: u32) {
    fs::set_permissions(stage.path(below), Permissions::from_mode(mode)).unwrap();
}

/// Runs a command as a user whom modes bind: root may do anything, so root becomes nobody.
fn run_bound(stage: &Stage, arguments: &[&str]) -> (Option<i32>, String) {
    set_mode(stage, "", 0o755);
    let mut command = stage.command(arguments);
    if fs::metadata(stage.folder.path()).unwrap().uid() == 0 {
        // The program may lie where nobody else may look.
        let program = stage.path("tieout");
        fs::copy(command.get_program(), &program).unwrap();
        let mut bound = Command::new(program);
        bound
            .args(arguments)
            .current_dir(stage.folder.path())
            .env("STAGE_SECRET", "unused")
            .stdin(Stdio::null())
            .uid(NOBODY)
            .gid(NOBODY);
        command = bound;
    }
    let output = tokio::task::block_in_place(|| command.output().unwrap());
    let told = text(&output.stdout) + &text(&output.stderr);
    (output.status.code(), told)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_may_not_be_written_names_its_path_and_what_to_do() {
    let stage = Stage::set().await;
    stage.must(0, &["status"]);
    let place = place(&stage, "store");

    set_mode(&stage, "store", 0o555);
    set_mode(&stage, "store/lock", 0o444);
    let (code, told) = run_bound(&stage, &["status"]);
    assert_eq!(code, Some(1), "{told}");
    for wanted in [
        format!(
            "the store in {place} cannot be opened: opening its lock failed: Permission denied"
        ),
        "Let the user that runs this read and write that directory".to_owned(),
        "Its place is `path` under [store] in tieout.toml.".to_owned(),
    ] {
        assert!(told.contains(&wanted), "wanted {wanted}\n{told}");
    }

    set_mode(&stage, "store/lock", 0o666);
    set_mode(&stage, "store/db", 0o000);
    let (code, told) = run_bound(&stage, &["status"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(
        told.contains(&format!("the store in {place} cannot be opened: ")),
        "{told}"
    );
    assert!(told.contains("Permission denied"), "{told}");
    set_mode(&stage, "store", 0o755);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_cannot_be_made_names_its_path_and_what_to_do() {
    let stage = Stage::set().await;
    let right = fs::read_to_string(stage.path("tieout.toml")).unwrap();
    fs::create_dir(stage.path("closed")).unwrap();
    set_mode(&stage, "closed", 0o555);
    for (path, why, advice) in [
        (
            "closed/store",
            "Permission denied",
            "Let the user that runs this",
        ),
        (
            "tieout.key",
            "File exists",
            "Something else lies there under that name",
        ),
        (
            "tieout.key/store",
            "Not a directory",
            "Something else lies there under that name",
        ),
    ] {
        let moved = right.replace("path = \"store\"", &format!("path = \"{path}\""));
        fs::write(stage.path("tieout.toml"), moved).unwrap();
        let (code, told) = run_bound(&stage, &["status"]);
        assert_eq!(code, Some(1), "{told}");
        let wanted = format!(
            "the store in {} cannot be opened: creating the directory failed: {why}",
            place(&stage, path)
        );
        assert!(told.contains(&wanted), "wanted {wanted}\n{told}");
        assert!(told.contains(advice), "wanted {advice}\n{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_another_program_is_named_and_not_touched() {
    let stage = Stage::set().await;
    stage.must(0, &["status"]);
    fs::create_dir_all(stage.path("store/blobs")).unwrap();
    fs::write(stage.path("store/blobs/17"), "theirs").unwrap();
    let told = stage.must(1, &["status"]);
    assert!(
        told.contains(&format!(
            "the store is damaged at {}",
            place(&stage, "store/blobs/17")
        )),
        "{told}"
    );
    assert!(told.contains("restore its newest copy"), "{told}");
    assert_eq!(
        fs::read_to_string(stage.path("store/blobs/17")).unwrap(),
        "theirs"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_becomes_the_store_again_and_nothing_is_sent_twice() {
    let stage = Stage::connected().await;
    stage.drop_invoices("B", 7);
    stage.must(0, &["sync", "--once"]);
    let sound = stage.json(0, &["verify-store"]);
    assert_eq!(
        (&sound["sound"], &sound["counts"]["bindings"]),
        (&true.into(), &7.into())
    );
    stage.must(0, &["backup", "b.tieout"]);
    let mode = fs::metadata(stage.path("b.tieout")).unwrap().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let again = stage.must(2, &["backup", "b.tieout"]);
    assert!(again.contains("is there already"), "{again}");
    let refused = stage.must(1, &["restore", "b.tieout"]);
    assert!(
        refused.contains("Move") && refused.contains("nothing is ever replaced"),
        "{refused}"
    );

    // Its path may end in a slash, and what is made is closed to others.
    let right = fs::read_to_string(stage.path("tieout.toml")).unwrap();
    let slash = right.replace("path = \"store\"", "path = \"store/\"");
    fs::write(stage.path("tieout.toml"), slash).unwrap();
    fs::rename(stage.path("store"), stage.path("lost")).unwrap();
    stage.must(0, &["restore", "b.tieout"]);
    let mode = fs::metadata(stage.path("store")).unwrap().mode() & 0o777;
    assert_eq!(mode, 0o700);
    assert!(!stage.path("store.restoring").exists());
    stage.must(0, &["sync", "--once"]);
    assert_eq!(stage.books("B-").len(), 7);
    assert!(stage.must(0, &["status"]).contains("7 posted"));

    let again = stage.path("further/again/");
    SledStore::restore(&again, stage.path("b.tieout"), SledOptions::default()).unwrap();
    assert_eq!(fs::metadata(&again).unwrap().mode() & 0o777, 0o700);
    assert_eq!(files(&stage.path("further")), ["again"]);

    // Damage is told by its place, and never taken for data.
    fs::remove_dir_all(stage.path("store")).unwrap();
    let mut bent = fs::read(stage.path("b.tieout")).unwrap();
    let middle = bent.len() / 2;
    bent[middle] ^= 1;
    fs::write(stage.path("b.tieout"), bent).unwrap();
    let damaged = stage.must(1, &["restore", "b.tieout"]);
    assert!(damaged.contains("changed or damaged"), "{damaged}");
    assert!(!stage.path("store").exists());
}
