//! Where two JSON values differ, field by field, so that a person sees what changed.

use serde_json::Value;
use tieout_core::exchange::masked;

use super::form::Difference;
use super::told::Masking;

/// Where `after` differs from `before`. Elements of lists that carry an `id` are compared with their namesakes.
pub(crate) fn differences(before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare("", Some(before), Some(after), &mut found);
    found
}

/// A difference as it may be shown.
pub(crate) fn hidden(difference: Difference, masking: Masking) -> Difference {
    match masking {
        Masking::Open => difference,
        Masking::Masked => {
            let path = difference.field.split(['.', '[']).rev();
            let mut names = path.filter(|part| !part.ends_with(']'));
            let name = names.next().unwrap_or_default().to_owned();
            // What stands in an address or with a party is personal by where it stands.
            let is_party = PARTIES.iter().any(|party| difference.field.contains(party));
            let hide = |text: Option<String>| {
                text.map(|text| masked_text(if is_party { "name" } else { &name }, text))
            };
            Difference {
                before: hide(difference.before),
                after: hide(difference.after),
                field: difference.field,
            }
        }
    }
}

/// Where parties stand, in documents of hosts and in bodies of providers.
const PARTIES: [&str; 5] = ["bill_to", "supplier.", "address", "Address", "Phones"];

/// A text of a field as it may be shown; a whole object field by field.
fn masked_text(name: &str, text: String) -> String {
    let value = match serde_json::from_str::<Value>(&text) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) => value,
        Ok(_) | Err(_) => Value::String(text),
    };
    match &masked(&serde_json::json!({ name: value }))[name] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn compare(path: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Difference>) {
    if before == after || both_empty(before, after) {
        return;
    }
    match (before, after) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                let path = match path {
                    "" => name.clone(),
                    _ => format!("{path}.{name}"),
                };
                compare(&path, before.get(name), after.get(name), found);
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) => {
            lists(path, before, after, found);
        }
        _ => found.push(Difference {
            field: path.to_owned(),
            before: before.and_then(text),
            after: after.and_then(text),
        }),
    }
}

fn lists(path: &str, before: &[Value], after: &[Value], found: &mut Vec<Difference>) {
    let id = |value: &Value| value.get("id").and_then(text);
    let is_named = before.iter().chain(after).all(|value| id(value).is_some());
    if !is_named {
        for index in 0..before.len().max(after.len()) {
            let path = format!("{path}[{index}]");
            compare(&path, before.get(index), after.get(index), found);
        }
        return;
    }
    for (index, value) in after.iter().enumerate() {
        let earlier = before.iter().find(|it| id(it) == id(value));
        compare(&format!("{path}[{index}]"), earlier, Some(value), found);
    }
    for (index, value) in before.iter().enumerate() {
        if !after.iter().any(|it| id(it) == id(value)) {
            compare(&format!("{path}[{index}]"), Some(value), None, found);
        }
    }
}

/// A field that is left out says the same as one that says nothing.
fn both_empty(before: Option<&Value>, after: Option<&Value>) -> bool {
    let empty = |value: Option<&Value>| match value {
        None | Some(Value::Null) => true,
        Some(Value::Array(elements)) => elements.is_empty(),
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Bool(_) | Value::Number(_) | Value::Object(_)) => false,
    };
    empty(before) && empty(after)
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Some(value.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_change_is_told_by_its_field_and_lines_by_their_identifiers() {
        let before =
            json!({"a": 1, "lines": [{"id": "1", "q": "1"}, {"id": "2", "q": "2"}], "gone": "x"});
        let after =
            json!({"a": 1, "lines": [{"id": "2", "q": "3"}, {"id": "3", "q": "4"}], "note": ""});
        let told: Vec<(String, Option<String>, Option<String>)> = differences(&before, &after)
            .into_iter()
            .map(|it| (it.field, it.before, it.after))
            .collect();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            told,
            [
                ("gone".to_owned(), some("x"), None),
                ("lines[0].q".to_owned(), some("2"), some("3")),
                ("lines[1]".to_owned(), None, some(r#"{"id":"3","q":"4"}"#)),
                ("lines[0]".to_owned(), some(r#"{"id":"1","q":"1"}"#), None),
            ]
        );
        assert!(differences(&after, &after).is_empty());
    }
}
