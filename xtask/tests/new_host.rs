//! What `new-host` makes, in a copy of the files that it reads: whole, renamed, named everywhere, or nothing at all.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod scaffold;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use scaffold::{Tree, name, root, shown, words};
use xtask::commands::new_host::{edits, make, promises};
use xtask::scaffold::{Edit, Name, Place, copied, woven};

#[test]
fn a_new_host_is_the_skeleton_under_its_own_name() {
    let tree = Tree::new("hosts", "whole", &edits(&name("acme-books")));
    let name = name("acme-books");
    let changed = make(&tree.0, &name).unwrap();
    let made = copied(&tree.0.join("hosts/acme-books"), &name).unwrap();
    let paths: Vec<_> = made
        .iter()
        .map(|file| file.path.to_str().unwrap())
        .collect();
    for wanted in [
        "Cargo.toml",
        "README.md",
        "src/changes.rs",
        "src/lib.rs",
        "tests/promises.rs",
    ] {
        assert!(paths.contains(&wanted), "{wanted} in {paths:?}");
    }
    for file in &made {
        let text = file.content.to_lowercase();
        assert!(!text.contains("skeleton"), "{}", file.path.display());
        assert!(
            !text.contains("promises_unwritten"),
            "{}",
            file.path.display()
        );
    }
    assert!(
        tree.read("hosts/acme-books/Cargo.toml")
            .contains("name = \"tieout-host-acme-books\"")
    );
    assert!(
        tree.read("hosts/acme-books/src/host.rs")
            .contains("pub struct AcmeBooksHost")
    );
    assert!(
        tree.read("hosts/acme-books/src/capability.rs")
            .contains("kind: \"acme_books\"")
    );
    assert!(
        tree.read("hosts/acme-books/README.md")
            .starts_with("# Acme Books\n")
    );
    // Each file that is said to be changed names it, and whoever matches on hosts does.
    for file in &changed {
        let text = tree.read(file).to_lowercase();
        assert!(
            text.contains("acme-books")
                || text.contains("acmebooks")
                || text.contains("acme_books"),
            "{file}"
        );
    }
    assert!(changed.contains(&"Cargo.toml") && changed.contains(&"service/src/office/hosts.rs"));
    assert!(
        tree.read("Cargo.toml")
            .contains("    \"hosts/acme-books\",\n")
    );
    // A second time there is one already.
    let before = tree.read("Cargo.toml");
    let failure = make(&tree.0, &name).unwrap_err().to_string();
    assert!(
        failure.contains("hosts/acme-books is there already"),
        "{failure}"
    );
    assert_eq!(tree.read("Cargo.toml"), before);
}

/// How often hosts are told apart in each file of the program: the arms of each kind of host.
fn arms(of: &str, files: impl Iterator<Item = (String, String)>) -> BTreeMap<String, usize> {
    let arms = [format!("HostConfig::{of}("), format!("Self::{of}(")];
    let count = |text: &str| {
        arms.iter()
            .map(|arm| text.matches(arm.as_str()).count())
            .sum()
    };
    files
        .map(|(file, text)| (file, count(&text)))
        .filter(|(_, count)| *count > 0)
        .collect()
}

#[test]
fn every_place_that_tells_hosts_apart_is_told_of_a_new_one() {
    let mut sources = Vec::new();
    let mut folders = vec![root().join("service/src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let below = path.strip_prefix(root()).unwrap().to_str().unwrap();
            let text = fs::read_to_string(&path).unwrap_or_default();
            sources.push((below.replace('\\', "/"), text));
        }
    }
    let tree = Tree::new("hosts", "arms", &edits(&name("acme-books")));
    let changed = make(&tree.0, &name("acme-books")).unwrap();
    let made = changed
        .iter()
        .map(|file| ((*file).to_owned(), tree.read(file)));
    assert_eq!(
        arms("AcmeBooks", made),
        arms("Insightly", sources.into_iter())
    );
}

#[test]
fn where_a_file_was_rewritten_nothing_is_made() {
    let tree = Tree::new("hosts", "rewritten", &edits(&name("acme-books")));
    let file = "service/src/setup/known.rs";
    fs::write(tree.0.join(file), "// all is new here\n").unwrap();
    let before = tree.read("Cargo.toml");
    let failure = make(&tree.0, &Name::parse("acme-books").unwrap())
        .unwrap_err()
        .to_string();
    assert!(
        failure.contains(file) && failure.contains("HostConfig::AcmeBooks(_)"),
        "{failure}"
    );
    assert!(!tree.0.join("hosts/acme-books").exists());
    assert_eq!(tree.read("Cargo.toml"), before);
}

#[test]
fn a_name_that_does_not_fit_is_refused() {
    for bad in [
        "",
        "Acme",
        "acme_books",
        "-acme",
        "acme-",
        "acme--books",
        "7up",
        "acme-7",
        "acmé",
        "a/b",
        "..",
        "sql",
    ] {
        assert!(Name::parse(bad).is_err(), "{bad}");
    }
    assert!(Name::parse(&"a".repeat(31)).is_err());
    let name = Name::parse("acme2-books").unwrap();
    let forms = (name.kebab(), name.snake(), name.pascal(), name.title());
    let wanted = (
        "acme2-books",
        "acme2_books".into(),
        "Acme2Books".into(),
        "Acme2 Books".into(),
    );
    assert_eq!(forms, wanted);
}

#[test]
fn lines_are_put_beside_an_anchor_that_stands_there_once() {
    let edit = |place| Edit {
        file: "f",
        anchor: "two",
        place,
        lines: "a\n  b".to_owned(),
    };
    let text = "one\n  two;\nthree\n";
    assert_eq!(
        woven(text, &edit(Place::Before)).unwrap(),
        "one\n  a\n    b\n  two;\nthree\n"
    );
    assert_eq!(
        woven(text, &edit(Place::After)).unwrap(),
        "one\n  two;\n  a\n    b\nthree\n"
    );
    assert!(woven("one\n", &edit(Place::After)).is_err());
    assert!(woven("two\ntwo\n", &edit(Place::After)).is_err());
}

#[test]
fn the_promises_that_are_printed_are_those_of_the_suite() {
    let suite = fs::read_to_string(root().join("tests/conformance/src/host/mod.rs")).unwrap();
    let promises = promises(&suite);
    assert_eq!(promises.len(), 15, "{promises:?}");
    assert!(promises.contains(&"a_key_that_does_not_fit_is_told_as_such".to_owned()));
}

#[test]
fn the_walk_through_leads_from_the_skeleton_to_the_toy() {
    let shown: BTreeMap<String, String> = shown("hosts/README.md").into_iter().collect();
    let names: Vec<&str> = shown.keys().map(String::as_str).collect();
    assert_eq!(names, ["src/changes.rs", "src/deliver.rs", "src/map.rs"]);
    let toy = root().join("hosts/toy");
    let read = |path: &Path| fs::read_to_string(toy.join(path)).unwrap_or_default();
    for (name, content) in &shown {
        assert_eq!(read(Path::new(name)), *content, "{name}");
    }
    for file in copied(&root().join("hosts/skeleton"), &Name::parse("toy").unwrap()).unwrap() {
        let name = file.path.to_str().unwrap();
        if shown.contains_key(name) {
            continue;
        }
        let wanted = match name {
            // Removed at the end, and its module with it.
            "src/unwritten.rs" => String::new(),
            "src/lib.rs" => file.content.replace("mod unwritten;", "mod map;"),
            _ => file.content,
        };
        let (held, wanted) = (words(&read(&file.path)), words(&wanted));
        // The toy is called so in its manifest; who reads it must see what differs.
        assert_eq!(
            held, wanted,
            "hosts/toy/{name} is not what the skeleton becomes"
        );
    }
}
