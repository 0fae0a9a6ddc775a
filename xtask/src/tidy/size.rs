//! How long a file, a function and a trait may be.

use super::Violation;
use super::code::{Code, Item};
use super::exceptions::{self, Measure};
use super::tree::{Tree, is_test_file};

/// The name of the rule.
pub const RULE: &str = "size";
/// Lines a source file aims at; more are counted, not refused.
pub const SOURCE_AIM: usize = 250;
/// Lines a source file may have.
pub const SOURCE_MAX: usize = 500;
const TEST_MAX: usize = 700;
const FUNCTION_LINES_MAX: usize = 70;
const TRAIT_METHODS_MAX: usize = 12;

/// What somebody reads and edits as source; data, documents and generated files may be long.
const SOURCE_ENDINGS: &[&str] = &[".rs", ".js", ".css", ".sh", ".py", ".sql"];

/// Everything that is too long and not excepted, and every exception that has to shrink.
#[must_use]
pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut measures: Vec<Measure> = sources(tree).map(|(path, text)| file(path, text)).collect();
    for (path, code) in tree.rust() {
        measures.extend(
            code.items("fn")
                .iter()
                .map(|item| function(path, code, item)),
        );
        measures.extend(
            code.items("trait")
                .iter()
                .map(|item| methods(path, code, item)),
        );
    }
    exceptions::judge(&measures, tree.text(exceptions::PATH).unwrap_or_default())
}

/// How many source files are longer than they aim to be, yet within the limit.
#[must_use]
pub fn long_sources(tree: &Tree) -> usize {
    sources(tree)
        .filter(|(path, text)| {
            !is_test_file(path) && (SOURCE_AIM + 1..=SOURCE_MAX).contains(&text.lines().count())
        })
        .count()
}

fn sources(tree: &Tree) -> impl Iterator<Item = (&str, &str)> {
    tree.texts().filter(|(path, _)| {
        SOURCE_ENDINGS.iter().any(|ending| path.ends_with(ending))
            && !path.contains(".min.")
            && !path.split('/').any(|folder| folder == "vendor")
    })
}

fn file(path: &str, text: &str) -> Measure {
    let (kind, max) = if is_test_file(path) {
        ("test file", TEST_MAX)
    } else {
        ("source file", SOURCE_MAX)
    };
    Measure {
        path: path.to_owned(),
        key: path.to_owned(),
        line: 1,
        what: format!("the {kind}"),
        unit: "lines",
        count: text.lines().count(),
        max,
        remedy: "split it by what its parts decide",
    }
}

fn function(path: &str, code: &Code, item: &Item<'_>) -> Measure {
    let first = code.line(item.start);
    Measure {
        path: path.to_owned(),
        key: format!("{path}::{}", item.name),
        line: first,
        what: format!("the function `{}`", item.name),
        unit: "lines",
        count: code.line(item.body.end - 1) - first + 1,
        max: FUNCTION_LINES_MAX,
        remedy: "let it branch and give the leaves names of their own",
    }
}

fn methods(path: &str, code: &Code, item: &Item<'_>) -> Measure {
    Measure {
        path: path.to_owned(),
        key: format!("{path}::{}", item.name),
        line: code.line(item.start),
        what: format!("the trait `{}`", item.name),
        unit: "methods",
        count: method_count(&code.text()[item.body.clone()]),
        max: TRAIT_METHODS_MAX,
        remedy: "split it by who calls it",
    }
}

/// The functions directly in `body`, not those inside the default bodies of others.
fn method_count(body: &str) -> usize {
    let mut depth = 0_usize;
    let mut count = 0;
    let mut before = "";
    for token in tokens(body) {
        match token {
            "{" => depth += 1,
            "}" => depth = depth.saturating_sub(1),
            // `fn(u8)` is a type.
            name if before == "fn" && name != "(" && depth == 1 => count += 1,
            _ => {}
        }
        before = token;
    }
    count
}

/// Words and single signs, without the space between them.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let is_word = |c: char| c == '_' || c.is_alphanumeric();
    let mut rest = text.trim_start();
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = if is_word(first) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (token, after) = rest.split_at(end);
        rest = after.trim_start();
        Some(token)
    })
}
