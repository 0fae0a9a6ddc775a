//! When two processes read the same configuration: the same tree, whatever the order and the remarks of its file.

use serde_json::Value;
use tieout_core::engine::ContentHash;

/// A hash of a tree before its secrets are looked up.
pub(super) fn fingerprint(tree: &Value) -> String {
    let mut text = String::new();
    canonical(tree, &mut text);
    ContentHash::of_bytes(text.as_bytes()).as_str().to_owned()
}

/// The same text for the same tree, whatever the order of its keys.
fn canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(key, _)| *key);
            text.push('{');
            for (key, value) in fields {
                text.push_str(&format!("{key:?}:"));
                canonical(value, text);
                text.push(',');
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for item in items {
                canonical(item, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            text.push_str(&value.to_string());
        }
    }
}
