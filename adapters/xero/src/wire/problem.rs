//! What Xero says when it refuses: a whole request, or single elements of one.

use serde_json::{Map, Value};

/// The body of a refusal, in whichever of Xero's shapes it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// Xero's number of the kind of error.
    pub number: Option<u32>,
    /// Xero's name of the kind of error.
    pub kind: Option<String>,
    /// What Xero says of the whole.
    pub message: String,
    /// The elements that were refused, as they were echoed.
    pub elements: Vec<Value>,
}

/// Longest text kept of a body that is not JSON, in characters.
const PLAIN_CHARS_MAX: usize = 300;
/// Longest text kept of a message, in characters, and messages kept of one element.
const MESSAGE_CHARS_MAX: usize = 1_000;
const MESSAGES_MAX: usize = 50;

impl Problem {
    /// Reads a body. Whatever is not JSON is kept as text, cut to a readable length.
    #[must_use]
    pub fn read(body: &[u8]) -> Self {
        let Ok(mut fields) = serde_json::from_slice::<Map<String, Value>>(body) else {
            return Self {
                message: cut(String::from_utf8_lossy(body).trim(), PLAIN_CHARS_MAX),
                ..Self::default()
            };
        };
        // The case of the keys differs between the official page and live replies.
        let mut take = |name: &str| {
            let key = fields
                .keys()
                .find(|key| key.eq_ignore_ascii_case(name))?
                .clone();
            fields.remove(&key).filter(|value| !value.is_null())
        };
        let text = |value: Value| match value {
            Value::String(text) => {
                Some(cut(&text, MESSAGE_CHARS_MAX)).filter(|text| !text.is_empty())
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => None,
        };
        let number = take("ErrorNumber")
            .and_then(|value| value.as_u64())
            .and_then(|n| u32::try_from(n).ok());
        let kind = take("Type").and_then(text);
        let elements = match take("Elements") {
            Some(Value::Array(elements)) => elements
                .into_iter()
                .filter(|element| !element.is_null())
                .collect(),
            _ => Vec::new(),
        };
        let parts = ["Message", "Title", "Detail", "error", "error_description"]
            .map(|name| take(name).and_then(text));
        let message = parts.into_iter().flatten().collect::<Vec<_>>().join(": ");
        Self {
            number,
            kind,
            message,
            elements,
        }
    }
}

/// What validation said of one element, at any depth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remarks {
    /// Why it was refused.
    pub errors: Vec<String>,
    /// What was let pass with a remark.
    pub warnings: Vec<String>,
}

impl Remarks {
    /// Collects from an element: its own, its contact's, its lines', each text once.
    #[must_use]
    pub fn of(element: &Value) -> Self {
        let mut remarks = Self::default();
        collect(element, &mut remarks, 0);
        remarks
    }
}

/// Deeper nesting than this is not Xero's.
const DEPTH_MAX: usize = 16;

fn collect(value: &Value, remarks: &mut Remarks, depth: usize) {
    if depth > DEPTH_MAX {
        return;
    }
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                match key.as_str() {
                    "ValidationErrors" => add_texts(field, &mut remarks.errors),
                    "Warnings" => add_texts(field, &mut remarks.warnings),
                    _ => collect(field, remarks, depth + 1),
                }
            }
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| collect(item, remarks, depth + 1)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn add_texts(list: &Value, into: &mut Vec<String>) {
    for item in list.as_array().into_iter().flatten() {
        if into.len() == MESSAGES_MAX {
            return;
        }
        let text = item.as_str().or_else(|| {
            ["Message", "Description"]
                .into_iter()
                .find_map(|key| item.get(key)?.as_str())
                .map(str::trim)
        });
        let text = text.map(|text| cut(text, MESSAGE_CHARS_MAX));
        if let Some(text) = text.filter(|text| !text.is_empty())
            && !into.contains(&text)
        {
            into.push(text);
        }
    }
}

/// The beginning of a text from outside, on one line.
fn cut(text: &str, chars_max: usize) -> String {
    text.chars()
        .take(chars_max)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn remarks_are_found_at_every_depth_and_told_once() {
        let remarks = Remarks::of(&json!({
            "ValidationErrors": [{"Message": "A"}, null, {"Description": "B"}],
            "Contact": {"ValidationErrors": [{"Message": "C"}, {"Message": "A"}]},
            "LineItems": [{"ValidationErrors": [{"Message": "D"}]}, {"Warnings": [{"Message": "E"}]}],
            "Warnings": null,
        }));
        let mut errors = remarks.errors;
        errors.sort();
        assert_eq!(errors, ["A", "B", "C", "D"]);
        assert_eq!(remarks.warnings, ["E"]);
    }

    #[test]
    fn messages_without_end_are_cut() {
        let many: Vec<Value> = (0..200_000)
            .map(|n| json!({"Message": format!("{n}{}", "x".repeat(9))}))
            .collect();
        let remarks = Remarks::of(&json!({"ValidationErrors": many}));
        assert_eq!(remarks.errors.len(), MESSAGES_MAX);
        let long = json!({"Message": "a\u{1b}[2J".to_owned() + &"b".repeat(5_000)}).to_string();
        let problem = Problem::read(long.as_bytes());
        assert!(problem.message.starts_with("a [2Jb"));
        assert_eq!(problem.message.chars().count(), MESSAGE_CHARS_MAX);
    }

    #[test]
    fn a_problem_is_read_in_either_case_and_as_plain_text() {
        let problem = Problem::read(
            br#"{"title":"Forbidden","STATUS":403,"detail":"AuthenticationUnsuccessful"}"#,
        );
        assert_eq!(problem.message, "Forbidden: AuthenticationUnsuccessful");
        let problem = Problem::read(b"The Xero API is currently offline for maintenance\r\n");
        assert_eq!(
            problem.message,
            "The Xero API is currently offline for maintenance"
        );
        let problem = Problem::read(
            br#"{"ErrorNumber":10,"Type":"ValidationException","Elements":[{},null]}"#,
        );
        assert_eq!((problem.number, problem.elements.len()), (Some(10), 1));
    }
}
