//! Each Rust file says in its first line what it decides.

use super::Violation;
use super::tree::Tree;

/// The name of the rule.
pub const RULE: &str = "header";

/// Every Rust file whose first line is not a `//!` with words.
#[must_use]
pub fn check(tree: &Tree) -> Vec<Violation> {
    tree.rust()
        .filter(|(path, _)| !opens_well(tree.text(path).unwrap_or_default()))
        .map(|(path, _)| Violation {
            path: path.to_owned(),
            line: 1,
            rule: RULE,
            message: String::from(
                "the file does not say what it decides; open it with one `//!` sentence",
            ),
        })
        .collect()
}

fn opens_well(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    first
        .strip_prefix("//!")
        .is_some_and(|sentence| sentence.chars().any(char::is_alphabetic))
}
