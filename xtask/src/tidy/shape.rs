//! What a `lib.rs` may hold: modules, re-exports, attributes and documentation.

use super::Violation;
use super::code::Code;
use super::tree::Tree;

/// The name of the rule.
pub const RULE: &str = "shape";

/// Every `lib.rs` with something else in it, at the first such thing.
#[must_use]
pub fn check(tree: &Tree) -> Vec<Violation> {
    tree.rust()
        .filter(|(path, _)| *path == "lib.rs" || path.ends_with("/lib.rs"))
        .filter_map(|(path, code)| {
            let at = first_other_item(code.text())?;
            Some(Violation {
                path: path.to_owned(),
                line: code.line(at),
                rule: RULE,
                message: String::from(
                    "lib.rs holds modules and re-exports only; move this to a module named for it",
                ),
            })
        })
        .collect()
}

/// Where the first thing stands that is neither `mod name;` nor `pub use …;`.
fn first_other_item(code: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        at += code[at..].len() - code[at..].trim_start().len();
        let rest = &code[at..];
        if rest.is_empty() {
            return None;
        }
        if let Some(len) = attribute_len(rest) {
            at += len;
            continue;
        }
        match rest.find(';') {
            Some(end) if is_module_or_reexport(&rest[..end]) => at += end + 1,
            Some(_) | None => return Some(at),
        }
    }
}

fn attribute_len(rest: &str) -> Option<usize> {
    if !rest.starts_with("#[") && !rest.starts_with("#![") {
        return None;
    }
    let mut depth = 0_usize;
    for (at, byte) in rest.bytes().enumerate() {
        match byte {
            b'[' => depth += 1,
            b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

fn is_module_or_reexport(statement: &str) -> bool {
    let (visibility, item) = split_visibility(statement);
    match item.split_once(char::is_whitespace) {
        Some(("mod", name)) => Code::of(name)
            .text()
            .chars()
            .all(|c| c == '_' || c.is_alphanumeric()),
        Some(("use", _)) => visibility,
        Some(_) | None => false,
    }
}

/// Whether the statement opens with `pub` or `pub(…)`, and what follows.
fn split_visibility(statement: &str) -> (bool, &str) {
    let Some(rest) = statement.strip_prefix("pub") else {
        return (false, statement);
    };
    let rest = rest.trim_start();
    let rest = match rest
        .strip_prefix('(')
        .and_then(|inner| inner.split_once(')'))
    {
        Some((_, after)) => after.trim_start(),
        None => rest,
    };
    (true, rest)
}
