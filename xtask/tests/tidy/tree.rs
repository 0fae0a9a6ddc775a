//! Which files the rules see.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use xtask::tidy::tree::{Tree, is_test_file};
use xtask::workspace::Workspace;

fn repository(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if root.exists() {
        fs::remove_dir_all(&root).expect("the last run left a folder of ours");
    }
    fs::create_dir_all(root.join("src")).expect("the target folder is writable");
    root
}

fn git(root: &Path, words: &[&str]) {
    let mut git = Command::new("git");
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        git.env_remove(name);
    }
    git.args(words).current_dir(root);
    let output = git.output().expect("git is a need of the tests");
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn new_files_count_but_ignored_and_deleted_ones_do_not() {
    let root = repository("tree");
    git(&root, &["init", "--quiet"]);
    for (path, text) in [
        (".gitignore", "*.log\n"),
        ("src/added.rs", "//! A.\n"),
        ("src/deleted.rs", "//! D.\n"),
        ("ignored.log", "x\n"),
    ] {
        fs::write(root.join(path), text).unwrap();
    }
    git(&root, &["add", "src", ".gitignore"]);
    fs::write(root.join("src/größe.rs"), "//! N.\n").unwrap();
    fs::write(root.join("picture.png"), [0_u8, 255]).unwrap();
    fs::remove_file(root.join("src/deleted.rs")).unwrap();

    let tree = Tree::read(&Workspace::at(&root)).unwrap();
    let texts: Vec<&str> = tree.texts().map(|(path, _)| path).collect();
    assert_eq!(texts, [".gitignore", "src/added.rs", "src/größe.rs"]);
    assert_eq!(tree.len(), 4);
    assert!(tree.holds("picture.png") && tree.holds("src") && tree.holds("src/"));
    assert!(!tree.holds("ignored.log") && !tree.holds("src/deleted.rs") && !tree.holds("sr"));
}

#[test]
fn a_folder_without_git_is_a_failure_and_not_an_empty_tree() {
    let failure = Tree::read(&Workspace::at(Path::new("/"))).unwrap_err();
    assert!(
        failure.to_string().starts_with("git ls-files failed: "),
        "{failure}"
    );
}

#[test]
fn tests_are_known_by_their_folder_or_their_name() {
    for path in [
        "tests/e2e/src/a.rs",
        "core/tests/a.rs",
        "core/src/a/tests.rs",
        "core/src/a_test.rs",
    ] {
        assert!(is_test_file(path), "{path}");
    }
    for path in [
        "core/src/attests.rs",
        "core/src/contest/a.rs",
        "tests.md/a.rs",
        "xtask/src/commands/test_.rs",
    ] {
        assert!(!is_test_file(path), "{path}");
    }
}
