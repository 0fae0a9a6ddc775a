//! Words that must not be checked in: paths of one machine, unfinished code, ignored and sleeping tests.

use super::Violation;
use super::code::Code;
use super::tree::{Tree, is_test_file};

/// The name of the rule.
pub const RULE: &str = "words";

/// In pieces, so that this file does not hold what it looks for.
const MACHINE_PATHS: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
];

const UNFINISHED: &[(&str, &str)] = &[
    ("todo!", "is unfinished; write it, or leave the path out"),
    (
        "unimplemented!",
        "is unfinished; write it, or leave the path out",
    ),
    (
        "dbg!",
        "is for one's own machine; remove it, or log with tracing",
    ),
    ("#[ignore", "hides a test; mend the test or remove it"),
];

/// Every such word, in text or code as it applies.
#[must_use]
pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (path, text) in tree.texts() {
        for (index, line) in text.lines().enumerate() {
            if let Some(found) = machine_path(line) {
                let message = format!(
                    "`{found}` is a path of one machine; use a path relative to the project or a setting"
                );
                violations.push(violation(path, index + 1, message));
            }
        }
    }
    for (path, code) in tree.rust() {
        for (word, why) in UNFINISHED {
            let found = code.occurrences(word);
            violations
                .extend(found.map(|at| violation(path, code.line(at), format!("`{word}` {why}"))));
        }
        violations.extend(sleeps_in_tests(path, code));
    }
    violations
}

fn sleeps_in_tests(path: &str, code: &Code) -> Vec<Violation> {
    let parts = code.test_parts();
    // A benchmark measures time, so it may spend some.
    if path.starts_with("tests/benches/") {
        return Vec::new();
    }
    let in_test = |at: usize| is_test_file(path) || parts.iter().any(|part| part.contains(&at));
    code.occurrences("thread::sleep")
        .filter(|at| in_test(*at))
        .map(|at| {
            let message = "a test that sleeps is slow on one machine and wrong on another; wait for the event itself";
            violation(path, code.line(at), message.to_owned())
        })
        .collect()
}

/// The machine's path that begins in `line`; the same letters further along a path or an address are fine.
fn machine_path(line: &str) -> Option<&'static str> {
    MACHINE_PATHS.iter().copied().find(|path| {
        line.match_indices(path).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '}' | '/'))
        })
    })
}

fn violation(path: &str, line: usize, message: String) -> Violation {
    Violation {
        path: path.to_owned(),
        line,
        rule: RULE,
        message,
    }
}
