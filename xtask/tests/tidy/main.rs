//! Each house rule on samples: what it lets pass, what it refuses and where.

mod arrows;
mod code;
mod links;
mod pure;
mod shape;
mod size;
mod tree;
mod words;

use xtask::tidy::tree::Tree;
use xtask::tidy::{chosen, violations};

/// What the rule says about these files, as `path:line: message`.
fn found(rule: &str, files: &[(&str, &str)]) -> Vec<String> {
    violations(&Tree::of(files), &[rule])
        .into_iter()
        .map(|violation| {
            assert_eq!(violation.rule, rule);
            format!(
                "{}:{}: {}",
                violation.path, violation.line, violation.message
            )
        })
        .collect()
}

/// Asserts that the rule finds exactly one thing, and that its line contains `expected`.
fn finds_one(rule: &str, files: &[(&str, &str)], expected: &str) {
    let found = found(rule, files);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains(expected), "{expected:?} not in {found:?}");
}

/// Asserts that the rule finds nothing.
fn passes(rule: &str, files: &[(&str, &str)]) {
    assert_eq!(found(rule, files), Vec::<String>::new());
}

#[test]
fn all_rules_are_checked_unless_some_are_named() {
    let all = chosen(&[]).unwrap();
    assert_eq!(
        all,
        [
            "size", "shape", "header", "arrows", "pure", "links", "words", "schemas"
        ]
    );
    let some = chosen(&["words".to_owned(), "size".to_owned()]).unwrap();
    assert_eq!(some, ["size", "words"]);
}

#[test]
fn an_unknown_rule_is_told_the_known_ones() {
    let failure = chosen(&["sizes".to_owned()]).unwrap_err().to_string();
    assert!(failure.contains("`sizes`"), "{failure}");
    assert!(failure.contains("size, shape, header"), "{failure}");
}

#[test]
fn a_violation_reads_path_line_rule_message() {
    let tree = Tree::of(&[("core/src/a.rs", "fn a() {}\n")]);
    let shown = violations(&tree, &["header"])[0].to_string();
    assert!(
        shown.starts_with("core/src/a.rs:1: header: the file"),
        "{shown}"
    );
}

#[test]
fn a_file_that_says_what_it_decides_passes() {
    passes("header", &[("a.rs", "//! Which a is right.\n")]);
    passes("header", &[("notes.txt", "no Rust\n")]);
}

#[test]
fn a_file_without_its_sentence_in_the_first_line_is_refused() {
    for text in [
        "",
        "//!\n",
        "//! ...\n",
        "// Which a is right.\n",
        "\n//! Late.\n",
        "use a::b;\n",
    ] {
        finds_one("header", &[("a.rs", text)], "a.rs:1: ");
    }
}

#[test]
fn every_rule_passes_a_tree_that_keeps_them_all() {
    let tree = Tree::of(&[
        ("Cargo.toml", "[workspace]\nmembers = [\"core\"]\n"),
        ("README.md", "# tieout\n\nSee [core](core/src/lib.rs#L1).\n"),
        (
            "core/Cargo.toml",
            "[package]\nname = \"tieout-core\"\n[dependencies]\nserde = \"1\"\n",
        ),
        ("core/src/lib.rs", "//! The core.\n\npub mod money;\n"),
        (
            "core/src/money.rs",
            "//! Money.\n\nfn cents() -> u8 {\n    1\n}\n",
        ),
    ]);
    assert_eq!(violations(&tree, &chosen(&[]).unwrap()), []);
}
