//! How a person is taken out of JSON: out of its texts, and wholly out of what is about that person.

use std::collections::BTreeSet;

use serde_json::Value;

use super::terms::Terms;
use crate::document::ERASED;
use crate::exchange::{masked, masked_path};

/// By what the person's documents and contacts are known in bodies of the provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// Identifiers of the provider.
    pub(super) ids: BTreeSet<String>,
    /// Numbers of documents, which count only in fields that hold numbers of such.
    pub(super) numbers: BTreeSet<String>,
}

/// Takes the words out of every text; whether there were any. Names of fields stay.
pub(super) fn sweep(value: &mut Value, terms: &Terms) -> bool {
    match value {
        Value::Object(fields) => {
            let mut any = false;
            for (name, value) in fields.iter_mut() {
                any |= match value {
                    Value::String(path) if name == "path" => sweep_path(path, terms),
                    value => sweep(value, terms),
                };
            }
            any
        }
        Value::Array(elements) => elements
            .iter_mut()
            .fold(false, |any, it| sweep(it, terms) | any),
        Value::String(text) => terms.sweep(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether any text holds any of the words.
pub(super) fn mentions(value: &Value, terms: &Terms) -> bool {
    match value {
        Value::Object(fields) => fields.values().any(|it| mentions(it, terms)),
        Value::Array(elements) => elements.iter().any(|it| mentions(it, terms)),
        Value::String(text) => terms.are_in(text) || terms.are_in(&decoded(text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Takes the person out of a body: what is about the person or one of its documents keeps only figures, codes, times and
/// identifiers, and no text anywhere keeps its words. Whether anything changed.
pub(super) fn mask(body: &mut Value, terms: &Terms, marks: &Marks) -> bool {
    let any = mask_marked(body, terms, marks);
    sweep(body, terms) | any
}

fn mask_marked(value: &mut Value, terms: &Terms, marks: &Marks) -> bool {
    if value.is_object() && is_about(value, terms, marks) {
        let mut hidden = masked(value);
        settle(&mut hidden);
        let is_new = hidden != *value;
        *value = hidden;
        return is_new;
    }
    match value {
        Value::Object(fields) => fields
            .values_mut()
            .fold(false, |any, it| mask_marked(it, terms, marks) | any),
        Value::Array(elements) => elements
            .iter_mut()
            .fold(false, |any, it| mask_marked(it, terms, marks) | any),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Whether an object, or what stands directly below it, names the person or carries a mark.
fn is_about(value: &Value, terms: &Terms, marks: &Marks) -> bool {
    let is = |name: &str, value: &Value| {
        let Some(text) = value.as_str() else {
            return false;
        };
        let is_number = name.to_ascii_lowercase().ends_with("number");
        marks.ids.contains(text) || is_number && marks.numbers.contains(text) || terms.are_in(text)
    };
    let mut fields = value.as_object().into_iter().flatten();
    fields.any(|(name, value)| {
        let mut below = value.as_object().into_iter().flatten();
        is(name, value) || below.any(|(name, value)| is(name, value))
    })
}

/// What is masked for good says nothing of how long it was.
fn settle(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(settle),
        Value::Array(elements) => elements.iter_mut().for_each(settle),
        Value::String(text) => {
            if text.contains("(masked") {
                ERASED.clone_into(text);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn sweep_path(path: &mut String, terms: &Terms) -> bool {
    if !terms.are_in(&decoded(path)) {
        return terms.sweep(path);
    }
    let hidden = masked_path(path).replace("(masked)", ERASED);
    let is_new = hidden != *path;
    *path = hidden;
    // What is no query may still hold it.
    terms.sweep(path) | is_new
}

/// A text as it was before it became part of an address.
fn decoded(text: &str) -> String {
    if !text.contains(['%', '+']) {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = bytes.get(at + 1..at + 3).filter(|_| *byte == b'%');
        let hex = hex.and_then(|hex| std::str::from_utf8(hex).ok());
        let read = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (read, byte) {
            (Some(read), _) => {
                out.push(read);
                at += 3;
            }
            (None, b'+') => {
                out.push(b' ');
                at += 1;
            }
            (None, byte) => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn terms() -> Terms {
        let mut terms = Terms::default();
        terms.name("Jane Doe");
        terms.add("jane@example.com");
        terms
    }

    #[test]
    fn what_is_about_the_person_keeps_its_figures_and_what_is_about_others_stays() {
        let marks = Marks {
            ids: BTreeSet::from(["d-1".to_owned()]),
            numbers: BTreeSet::from(["INV-7".to_owned()]),
        };
        let mut body = json!({"Invoices": [
            {"InvoiceNumber": "INV-7", "Total": 10.5, "LineItems": [{"Description": "Therapy"}],
             "Contact": {"Name": "Jane Doe", "Phones": [{"PhoneNumber": "0400"}]}},
            {"InvoiceNumber": "INV-8", "Contact": {"Name": "Bob"}, "Reference": "INV-7"},
            {"InvoiceID": "d-1", "Reference": "hers"},
        ]});
        assert!(mask(&mut body, &terms(), &marks));
        let text = body.to_string();
        for gone in ["Jane", "Therapy", "0400", "hers"] {
            assert!(!text.contains(gone), "{gone} in {text}");
        }
        assert_eq!(body["Invoices"][0]["Total"], json!(10.5));
        assert_eq!(body["Invoices"][1]["Contact"]["Name"], "Bob");
        assert_eq!(body["Invoices"][1]["Reference"], "INV-7");
        assert!(
            !mask(&mut body.clone(), &terms(), &marks),
            "a repeat changes nothing"
        );
    }

    #[test]
    fn a_name_in_an_address_is_taken_out_however_it_is_encoded() {
        for path in [
            "/Contacts?where=Name%3D%3D%22Jane%20Doe%22&page=1",
            "/Contacts?searchTerm=jane+doe",
            "/Contacts/Jane%20Doe",
        ] {
            let mut call = json!({"path": path, "status": 200});
            assert!(sweep(&mut call, &terms()), "{path}");
            let text = call.to_string();
            assert!(!text.to_lowercase().contains("jane"), "{text}");
        }
    }
}
