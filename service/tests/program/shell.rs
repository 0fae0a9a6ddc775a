//! What shells and manuals are given knows every command.

use std::fs;

use crate::stage::{Stage, files};

#[tokio::test(flavor = "multi_thread")]
async fn each_shell_completes_commands() {
    let stage = Stage::set().await;
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = stage.must(0, &["completions", shell]);
        for command in ["certificate", "backfill", "--json"] {
            let known = script.contains(command.trim_start_matches('-'));
            assert!(known, "{shell} does not know {command}");
        }
    }
    stage.must(2, &["completions", "cmd"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_command_has_a_page_in_the_manual() {
    let stage = Stage::set().await;
    let page = stage.must(0, &["man"]);
    assert!(page.contains(".TH tieout 1"), "{page}");
    let folder = stage.path("man");
    stage.must(0, &["man", "--write", folder.to_str().unwrap()]);
    let pages = files(&folder);
    for page in ["tieout.1", "tieout-sync.1", "tieout-certificate-verify.1"] {
        assert!(pages.contains(&page.to_owned()), "{page} of {pages:?}");
    }
    let sync = fs::read_to_string(folder.join("tieout-sync.1")).unwrap();
    assert!(
        sync.contains("sync \\-\\-once"),
        "examples come along: {sync}"
    );
}
