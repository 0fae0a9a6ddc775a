//! Which items may be longer than the house allows, and when an entry of that list has to shrink.

use std::collections::BTreeMap;

use super::{Violation, size};

/// The list, checked in.
pub const PATH: &str = "xtask/tidy-exceptions.txt";

/// Something that was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    /// The file.
    pub path: String,
    /// What stands in the list: the path, or `path::name` for a function or a trait.
    pub key: String,
    /// Where it begins, from 1.
    pub line: usize,
    /// How it is called in a message, such as ``the function `plan` ``.
    pub what: String,
    /// What is counted: lines or methods.
    pub unit: &'static str,
    /// How many there are.
    pub count: usize,
    /// How many the house allows.
    pub max: usize,
    /// What a person should do about it.
    pub remedy: &'static str,
}

/// Compares the measures with the limits and with the list, whose text is `list`.
#[must_use]
pub fn judge(measures: &[Measure], list: &str) -> Vec<Violation> {
    let (entries, mut violations) = parse(list);
    let mut highest: BTreeMap<&str, &Measure> = BTreeMap::new();
    for measure in measures {
        let top = highest.entry(&measure.key).or_insert(measure);
        if measure.count > top.count {
            *top = measure;
        }
        let allowed = entries
            .get(measure.key.as_str())
            .map_or(measure.max, |entry| entry.count);
        if measure.count > allowed {
            violations.push(too_long(measure, allowed));
        }
    }
    for (key, entry) in &entries {
        if let Some(message) = stale(key, entry.count, highest.get(key).copied()) {
            violations.push(Violation {
                path: PATH.to_owned(),
                line: entry.line,
                rule: size::RULE,
                message,
            });
        }
    }
    violations
}

struct Entry {
    line: usize,
    count: usize,
}

fn parse(list: &str) -> (BTreeMap<&str, Entry>, Vec<Violation>) {
    let mut entries = BTreeMap::new();
    let mut violations = Vec::new();
    for (index, text) in list.lines().enumerate() {
        let line = index + 1;
        let words: Vec<&str> = text
            .split('#')
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .collect();
        let complaint = match words.as_slice() {
            [] => continue,
            [key, count] => match count.parse() {
                Ok(count) if entries.insert(*key, Entry { line, count }).is_none() => continue,
                Ok(_) => format!("{key} stands here twice; keep the lower number"),
                Err(_) => format!("`{count}` is no number; write `{key} NUMBER`"),
            },
            _ => String::from("not understood; write `path NUMBER` or `path::name NUMBER`"),
        };
        violations.push(Violation {
            path: PATH.to_owned(),
            line,
            rule: size::RULE,
            message: complaint,
        });
    }
    (entries, violations)
}

fn too_long(measure: &Measure, allowed: usize) -> Violation {
    let Measure {
        what,
        unit,
        count,
        max,
        ..
    } = measure;
    let limit = if allowed == *max {
        format!("at most {max} are allowed")
    } else {
        format!("its exception in {PATH} allows {allowed}, and that list only shrinks")
    };
    Violation {
        path: measure.path.clone(),
        line: measure.line,
        rule: size::RULE,
        message: format!("{what} has {count} {unit}, {limit}; {}", measure.remedy),
    }
}

/// What is wrong with an entry that allows `allowed` where `measure` is found. A twentieth of the limit
/// may stay unused, so that not every small edit touches the list.
fn stale(key: &str, allowed: usize, measure: Option<&Measure>) -> Option<String> {
    let Some(measure) = measure else {
        return Some(format!("{key} is no longer there; remove this line"));
    };
    let Measure {
        count, max, unit, ..
    } = measure;
    if count <= max {
        return Some(format!(
            "{key} has {count} {unit} and needs no exception any more; remove this line"
        ));
    }
    if allowed.saturating_sub(*count) > max / 20 {
        return Some(format!(
            "{key} has {count} {unit} by now; lower the {allowed} to {count}"
        ));
    }
    None
}
