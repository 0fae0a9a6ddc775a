//! What `new-adapter` makes, in a copy of the files that it reads; and that its walk leads from the skeleton to books as files.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod scaffold;

use std::collections::BTreeSet;
use std::fs;

use scaffold::{Tree, name, root, shown, words};
use xtask::commands::new_adapter::{edits, make, promises};
use xtask::scaffold::copied;

#[test]
fn a_new_adapter_is_the_skeleton_under_its_own_name() {
    let name = name("acme-ledger");
    let tree = Tree::new("adapters", "whole", &edits(&name));
    let changed = make(&tree.0, &name).unwrap();
    let made = copied(&tree.0.join("adapters/acme-ledger"), &name).unwrap();
    let paths: BTreeSet<&str> = made
        .iter()
        .map(|file| file.path.to_str().unwrap())
        .collect();
    for wanted in [
        "Cargo.toml",
        "README.md",
        "src/lib.rs",
        "src/send.rs",
        "tests/conformance.rs",
        "tests/support/backstage.rs",
    ] {
        assert!(paths.contains(wanted), "{wanted} in {paths:?}");
    }
    for file in &made {
        let text = file.content.to_lowercase();
        assert!(!text.contains("skeleton"), "{}", file.path.display());
        assert!(!text.contains("unwritten!"), "{}", file.path.display());
    }
    for (file, wanted) in [
        ("Cargo.toml", "name = \"tieout-adapter-acme-ledger\""),
        ("README.md", "# Acme Ledger\n"),
        ("src/provider.rs", "pub struct AcmeLedgerProvider"),
        ("src/config.rs", "pub struct AcmeLedgerConfig"),
        ("src/capability.rs", "provider: \"acme_ledger\""),
        (
            "tests/conformance.rs",
            "provider_promises!(crate::support::stage)",
        ),
    ] {
        let text = tree.read(&format!("adapters/acme-ledger/{file}"));
        assert!(text.contains(wanted), "{wanted} in {file}");
    }
    for file in &changed {
        let text = tree.read(file).replace(['-', '_'], "").to_lowercase();
        assert!(text.contains("acmeledger"), "{file}");
    }
    assert!(
        tree.read("Cargo.toml")
            .contains("    \"adapters/acme-ledger\",\n")
    );
    // A second time there is one already.
    let before = tree.read("Cargo.toml");
    let failure = make(&tree.0, &name).unwrap_err().to_string();
    assert!(
        failure.contains("adapters/acme-ledger is there already"),
        "{failure}"
    );
    assert_eq!(tree.read("Cargo.toml"), before);
}

#[test]
fn every_place_that_tells_accounting_systems_apart_is_told_of_a_new_one() {
    let edits = edits(&name("x"));
    let mut folders = vec![root().join("service/src")];
    let mut telling = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap_or_default();
            let places = text.matches("ProviderKind::Files").count();
            if places > 0 {
                let below = path.strip_prefix(root()).unwrap();
                telling.insert((below.to_str().unwrap().to_owned(), places));
            }
        }
    }
    assert!(telling.len() > 1, "{telling:?}");
    for (file, places) in telling {
        let told = edits.iter().filter(|edit| edit.file == file);
        let told = told.filter(|edit| edit.lines.contains("ProviderKind::X"));
        assert_eq!(told.count(), places, "{file}");
    }
}

#[test]
fn where_a_file_was_rewritten_no_adapter_is_made() {
    let name = name("acme-ledger");
    for file in edits(&name).iter().map(|edit| edit.file) {
        let tree = Tree::new("adapters", "rewritten", &edits(&name));
        fs::write(tree.0.join(file), "# all is new here\n").unwrap();
        let others: BTreeSet<&str> = edits(&name).iter().map(|edit| edit.file).collect();
        let before: Vec<String> = others.iter().map(|other| tree.read(other)).collect();
        let failure = make(&tree.0, &name).unwrap_err().to_string();
        assert!(failure.contains(file), "{failure}");
        assert!(!tree.0.join("adapters/acme-ledger").exists());
        let after: Vec<String> = others.iter().map(|other| tree.read(other)).collect();
        assert_eq!(after, before);
    }
}

#[test]
fn a_name_that_is_another_key_of_a_connection_is_refused() {
    for bad in ["provider", "settings", "xero", "skeleton", "files"] {
        let tree = Tree::new("adapters", "taken", &edits(&name(bad)));
        for there in ["xero", "files"] {
            fs::create_dir_all(tree.0.join("adapters").join(there)).unwrap();
        }
        let before = tree.read("Cargo.toml");
        assert!(make(&tree.0, &name(bad)).is_err(), "{bad}");
        assert_eq!(tree.read("Cargo.toml"), before);
    }
}

#[test]
fn the_promises_of_a_provider_are_all_printed() {
    let suite = fs::read_to_string(root().join("tests/conformance/src/provider/promises.rs"));
    let promises = promises(&suite.unwrap());
    assert_eq!(promises.len(), 60, "{promises:?}");
    let has =
        |module: &str, promise: &str| promises.contains(&(module.to_owned(), promise.to_owned()));
    assert!(has("sending", "a_create_comes_back_as_it_was_sent"));
    assert!(has("contacts", "a_lost_reply_makes_no_contact_twice"));
}

#[test]
fn the_walk_leads_from_the_skeleton_to_books_as_files() {
    let readme = fs::read_to_string(root().join("adapters/README.md")).unwrap();
    let ours = root().join("adapters/files");
    let read = |file: &str| fs::read_to_string(ours.join(file)).unwrap_or_default();
    let shown = shown("adapters/README.md");
    assert!(shown.len() > 4, "{shown:?}");
    for (file, content) in &shown {
        let held = read(file);
        assert!(held.contains(content), "{file} has no more:\n{content}");
        // What opens like a file is the whole of it.
        assert!(!content.starts_with("//!") || held == *content, "{file}");
    }
    // Whatever is not what the skeleton becomes is named by the walk, with a link to it.
    let is_told = |file: &str| {
        readme.contains(&format!("(files/{file})")) || shown.iter().any(|(of, _)| of == file)
    };
    let begun = copied(&root().join("adapters/skeleton"), &name("files")).unwrap();
    for file in &begun {
        let path = file.path.to_str().unwrap();
        let as_begun = words(&read(path)) == words(&file.content);
        assert!(
            as_begun || is_told(path) || path == "src/unwritten.rs",
            "adapters/README.md does not say how adapters/files/{path} came about"
        );
        assert!(!as_begun || path != "src/unwritten.rs", "it is written now");
    }
    for file in copied(&ours, &name("x")).unwrap() {
        let path = file.path.to_str().unwrap();
        let is_begun = begun.iter().any(|begun| begun.path == file.path);
        assert!(
            is_begun || is_told(path),
            "adapters/README.md does not name {path}"
        );
    }
}
