//! Whether the relative links of our Markdown lead to a file, a folder, a heading or a line.

use std::collections::BTreeMap;

use super::Violation;
use super::markdown::{self, Link};
use super::tree::Tree;

/// The name of the rule.
pub const RULE: &str = "links";

/// Every relative link that leads nowhere.
#[must_use]
pub fn check(tree: &Tree) -> Vec<Violation> {
    let pages: BTreeMap<&str, &str> = tree.texts().filter(|(path, _)| is_markdown(path)).collect();
    let mut violations = Vec::new();
    for (path, text) in &pages {
        for link in markdown::links(text) {
            if let Some(message) = complaint(tree, &pages, path, &link) {
                violations.push(Violation {
                    path: (*path).to_owned(),
                    line: link.line,
                    rule: RULE,
                    message,
                });
            }
        }
    }
    violations
}

fn complaint(tree: &Tree, pages: &BTreeMap<&str, &str>, page: &str, link: &Link) -> Option<String> {
    if leaves_the_project(&link.target) {
        return None;
    }
    let (file, anchor) = match link.target.split_once('#') {
        Some((file, anchor)) => (file, Some(anchor)),
        None => (link.target.as_str(), None),
    };
    let file = file.split('?').next().unwrap_or_default();
    let Some(target) = resolve(page, &decoded(file)) else {
        return Some(format!(
            "`{}` leads out of the project; use a full address",
            link.target
        ));
    };
    if !tree.holds(&target) {
        return Some(format!(
            "`{}` leads to {target}, which is not there; mend the link or add the file",
            link.target
        ));
    }
    let anchor = anchor?;
    let found = match (pages.get(target.as_str()), tree.text(&target)) {
        (Some(text), _) => markdown::anchors(text).contains(&decoded(anchor)),
        (None, Some(text)) => line_exists(text, anchor),
        (None, None) => false,
    };
    (!found).then(|| format!("there is no `#{anchor}` in {target}; mend the link or the heading"))
}

fn is_markdown(path: &str) -> bool {
    path.ends_with(".md")
}

/// Whether the target is a full address: something else answers for it.
fn leaves_the_project(target: &str) -> bool {
    let scheme = target.split(['/', '#', '?']).next().unwrap_or_default();
    target.starts_with("//") || scheme.contains(':')
}

/// The path from the root that `target` means on `page`; `None` when it climbs out.
fn resolve(page: &str, target: &str) -> Option<String> {
    if target.is_empty() {
        return Some(page.to_owned());
    }
    let mut parts: Vec<&str> = if target.starts_with('/') {
        Vec::new()
    } else {
        page.split('/').collect()
    };
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// `text` with its percent signs resolved; a broken one stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.bytes().next() {
        let code = rest.get(1..3).filter(|_| first == b'%');
        if let Some(byte) = code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            bytes.push(byte);
            rest = &rest[3..];
        } else {
            let len = rest.chars().next().map_or(1, char::len_utf8);
            bytes.extend_from_slice(&rest.as_bytes()[..len]);
            rest = &rest[len..];
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether `L10` or `L10-L20` are lines of `text`.
fn line_exists(text: &str, anchor: &str) -> bool {
    let count = text.lines().count();
    anchor.split('-').all(|mark| {
        let number = mark
            .strip_prefix('L')
            .and_then(|digits| digits.parse::<usize>().ok());
        number.is_some_and(|line| (1..=count).contains(&line))
    })
}
