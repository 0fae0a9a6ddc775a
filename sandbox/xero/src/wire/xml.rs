//! What a client gets that did not ask for JSON: the same reply as XML, because XML is Xero's default.

use serde_json::Value;

use super::date::parse_ms;

/// Writes a JSON reply as XML under `root`. Array items take the singular of their key.
#[must_use]
pub fn from_json(root: &str, json: &[u8]) -> Vec<u8> {
    let value: Value = serde_json::from_slice(json).unwrap_or(Value::Null);
    let mut out = String::with_capacity(json.len() * 2);
    element(&mut out, root, &value);
    out.into_bytes()
}

fn element(out: &mut String, name: &str, value: &Value) {
    out.push('<');
    out.push_str(name);
    if matches!(value, Value::Null) {
        out.push_str(" />");
        return;
    }
    out.push('>');
    match value {
        Value::Null => {}
        Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::String(text) => match parse_ms(text) {
            Some(at) => out.push_str(&at.format("%Y-%m-%dT%H:%M:%S%.3f").to_string()),
            None => escape(out, text),
        },
        Value::Array(items) => {
            for item in items {
                element(out, singular(name), item);
            }
        }
        Value::Object(fields) => {
            for (key, field) in fields {
                element(out, key, field);
            }
        }
    }
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

/// The name of an item of an array with this name.
pub(super) fn singular(name: &str) -> &str {
    match name {
        "TrackingCategories" | "Tracking" => "TrackingCategory",
        "Currencies" => "Currency",
        "Addresses" => "Address",
        "Elements" => "DataContractBase",
        other => other.strip_suffix('s').unwrap_or(other),
    }
}

fn escape(out: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
}
