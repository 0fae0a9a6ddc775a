//! How the tree of a file becomes a configuration, with every mistake on the way and not only the first.

use std::collections::BTreeSet;

use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use super::model::Config;

/// A part of the file that is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Misfit {
    /// The path of the key.
    pub(super) path: String,
    /// What is wrong with it.
    pub(super) message: String,
}

/// Mistakes that are looked for in one file.
const MISFITS_MAX: usize = 100;

/// A step down the tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Key(String),
    Index(usize),
}

/// The configuration as far as it can be read, and everything in it that cannot.
///
/// What cannot be read is left out and the rest is read again, so that one mistake does not hide the next.
pub(super) fn typed(tree: &Value) -> (Option<Config>, Vec<Misfit>) {
    let mut left_out: BTreeSet<Vec<Step>> = BTreeSet::new();
    let mut misfits: Vec<Misfit> = Vec::new();
    loop {
        let rest = without(tree, &mut Vec::new(), &left_out);
        let error = match serde_path_to_error::deserialize::<_, Config>(rest) {
            Ok(config) => return (Some(config), misfits),
            Err(error) => error,
        };
        let message = error.inner().to_string();
        let steps = steps(tree, error.path(), &left_out);
        // What is missing only because it was left out is no mistake of its own.
        let is_of_ours = missing(&message).is_some_and(|name| {
            let mut key = steps.clone();
            key.push(Step::Key(name.to_owned()));
            left_out.contains(&key)
        });
        if !is_of_ours {
            misfits.push(Misfit {
                path: named(&steps, error.path()),
                message,
            });
        }
        let goes_on = misfits.len() < MISFITS_MAX && !steps.is_empty();
        if !goes_on || !left_out.insert(steps) {
            return (None, misfits);
        }
    }
}

/// The name in serde's words about a field that is missing.
fn missing(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `")?.strip_suffix('`')
}

/// The tree without some of its parts.
fn without(value: &Value, at: &mut Vec<Step>, left_out: &BTreeSet<Vec<Step>>) -> Value {
    let mut below = |step: Step, value: &Value| {
        at.push(step);
        let kept = (!left_out.contains(at)).then(|| without(value, at, left_out));
        at.pop();
        kept
    };
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .filter_map(|(key, value)| {
                    Some((key.clone(), below(Step::Key(key.clone()), value)?))
                })
                .collect(),
        ),
        Value::Array(items) => Value::Array(
            items
                .iter()
                .enumerate()
                .filter_map(|(index, value)| below(Step::Index(index), value))
                .collect(),
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// The part of the whole tree that a path leads to in the tree without what was left out, as far as it exists.
fn steps(tree: &Value, path: &Path, left_out: &BTreeSet<Vec<Step>>) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut value = tree;
    for segment in path.iter() {
        let next = match (segment, value) {
            (Segment::Map { key } | Segment::Enum { variant: key }, Value::Object(fields)) => {
                fields.get(key).map(|below| (Step::Key(key.clone()), below))
            }
            (Segment::Seq { index }, Value::Array(items)) => {
                let kept = items.iter().enumerate().filter(|(index, _)| {
                    let mut item = steps.clone();
                    item.push(Step::Index(*index));
                    !left_out.contains(&item)
                });
                let mut kept = kept.skip(*index);
                kept.next()
                    .map(|(index, below)| (Step::Index(index), below))
            }
            (
                Segment::Map { .. } | Segment::Enum { .. } | Segment::Seq { .. } | Segment::Unknown,
                _,
            ) => None,
        };
        let Some((step, below)) = next else { break };
        steps.push(step);
        value = below;
    }
    steps
}

/// A path as it is told: the part that exists, and the key behind it that does not.
fn named(steps: &[Step], path: &Path) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Key(key) => push(&mut text, key),
            Step::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    if let Some(Segment::Map { key }) = path.iter().nth(steps.len()) {
        push(&mut text, key);
    }
    text
}

fn push(text: &mut String, key: &str) {
    if !text.is_empty() {
        text.push('.');
    }
    let is_plain = !key.is_empty() && !key.contains(['.', '[', ']', '"']);
    if is_plain {
        text.push_str(key);
    } else {
        text.push_str(&format!("\"{key}\""));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(toml: &str) -> Vec<String> {
        let document: Value = ::config::Config::builder()
            .add_source(::config::File::from_str(toml, ::config::FileFormat::Toml))
            .build()
            .and_then(::config::Config::try_deserialize)
            .unwrap();
        let (_, misfits) = typed(&document);
        let mut told: Vec<String> = misfits
            .into_iter()
            .map(|misfit| format!("{}: {}", misfit.path, misfit.message))
            .collect();
        told.sort();
        told
    }

    #[test]
    fn every_misfit_is_found_and_none_is_made_by_leaving_out_another() {
        let found = told(
            "[schedule]\nhost_poll_s = \"soon\"\nprovider_pol_s = 5\n[xero]\nclient_id = 5\n\
             [[routes]]\nconnection = 1\n[[routes]]\nconnection = \"a\"\n[[routes]]\nhosts = \"x\"\nconnection = \"a\"\n\
             [connections.a.settings]\ninvoice_status = \"drat\"\nterms = { days = 1 }\n",
        );
        let starts = [
            "connections.a.settings.invoice_status: unknown variant `drat`",
            "connections.a.settings.terms",
            "routes[0].connection: ",
            "routes[2].hosts: unknown field",
            "schedule.host_poll_s: invalid type",
            "schedule.provider_pol_s: unknown field",
            "xero.client_id: ",
        ];
        assert_eq!(found.len(), starts.len(), "{found:#?}");
        for (found, start) in found.iter().zip(starts) {
            assert!(found.starts_with(start), "wanted {start}, found {found}");
        }
    }
}
