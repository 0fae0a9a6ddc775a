//! Whether requests and replies are what Xero's own OpenAPI file says: paths, query parameters and bodies.

use std::collections::HashMap;
use std::sync::OnceLock;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Method, Request, Response};
use jsonschema::Validator;
use serde_json::{Value, json};

/// What the file says of one call.
struct Operation {
    query: Vec<String>,
    request: Option<Validator>,
    responses: HashMap<String, Validator>,
}

/// Fails with everything in a request that the file does not allow.
pub(crate) fn assert_request(request: &Request<Bytes>) {
    let uri = request.uri();
    let Some(path) = uri.path().strip_prefix("/api.xro/2.0") else {
        return;
    };
    let name = name_of(request.method(), path);
    let operation = operation(&name);
    let asked = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    for (key, _) in asked {
        assert!(
            operation.query.contains(&key.clone().into_owned()),
            "{name} has no query parameter `{key}`; it has {:?}",
            operation.query
        );
    }
    if let Some(schema) = &operation.request {
        assert_fits(&name, "request", schema, request.body());
    }
}

/// Fails with everything in a reply that the file does not allow.
pub(crate) fn assert_reply(request: &Request<Bytes>, reply: &Response<Bytes>) {
    let Some(path) = request.uri().path().strip_prefix("/api.xro/2.0") else {
        return;
    };
    let is_json = reply
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    let name = name_of(request.method(), path);
    // What stands before Xero answers in its own way.
    if !is_json {
        return;
    }
    if let Some(schema) = operation(&name).responses.get(reply.status().as_str()) {
        assert_fits(&name, "reply", schema, reply.body());
    }
}

fn assert_fits(name: &str, what: &str, schema: &Validator, body: &Bytes) {
    let value: Value = serde_json::from_slice(body)
        .unwrap_or_else(|error| panic!("the {what} of {name} is no JSON: {error}"));
    let wrong: Vec<String> = schema
        .iter_errors(&value)
        .map(|error| format!("{}: {error}", error.instance_path))
        .collect();
    assert!(
        wrong.is_empty(),
        "the {what} of {name} is not what Xero publishes:\n{}\n{value:#}",
        wrong.join("\n")
    );
}

/// The call in the file's own spelling: `PUT /Invoices/{InvoiceID}/Attachments/{FileName}`.
fn name_of(method: &Method, path: &str) -> String {
    let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
    let fits = |template: &str| {
        let parts: Vec<&str> = template.trim_matches('/').split('/').collect();
        parts.len() == segments.len()
            && parts
                .iter()
                .zip(&segments)
                .all(|(part, segment)| part.starts_with('{') || part == segment)
    };
    let operations = published()["operations"].as_object().unwrap();
    operations
        .keys()
        .find(|name| {
            name.split_once(' ')
                .is_some_and(|(one, template)| one == method.as_str() && fits(template))
        })
        .unwrap_or_else(|| panic!("Xero publishes no call {method} {path}"))
        .clone()
}

fn operation(name: &str) -> &'static Operation {
    static READ: OnceLock<std::sync::Mutex<HashMap<String, &'static Operation>>> = OnceLock::new();
    let mut read = READ.get_or_init(Default::default).lock().unwrap();
    read.entry(name.to_owned())
        .or_insert_with(|| Box::leak(Box::new(compile(&published()["operations"][name]))))
}

fn compile(operation: &Value) -> Operation {
    let texts = operation["query"].as_array().unwrap().iter();
    let responses = operation["responses"].as_object().unwrap().iter();
    Operation {
        query: texts
            .map(|name| name.as_str().unwrap().to_owned())
            .collect(),
        request: validator(&operation["request"]),
        responses: responses
            .filter_map(|(status, schema)| Some((status.clone(), validator(schema)?)))
            .collect(),
    }
}

fn validator(schema: &Value) -> Option<Validator> {
    let components = &published()["components"];
    (!schema.is_null()).then(|| {
        let whole = json!({ "allOf": [schema], "components": components });
        jsonschema::draft7::new(&whole).unwrap()
    })
}

fn published() -> &'static Value {
    static READ: OnceLock<Value> = OnceLock::new();
    READ.get_or_init(|| serde_json::from_str(include_str!("../openapi/accounting.json")).unwrap())
}

fn put_invoice(query: &str, line: &Value) -> Request<Bytes> {
    let body = json!({ "Invoices": [{ "Type": "ACCREC", "LineItems": [line] }] });
    Request::put(format!("https://api.xero.com/api.xro/2.0/Invoices{query}"))
        .body(Bytes::from(body.to_string()))
        .unwrap()
}

#[test]
fn what_xero_publishes_passes() {
    assert_request(&put_invoice("?unitdp=4", &json!({ "Quantity": 1.5 })));
}

#[test]
#[should_panic(expected = "has no query parameter `pageSize`")]
fn a_parameter_that_xero_does_not_publish_is_noticed() {
    assert_request(&put_invoice("?pageSize=4", &json!({ "Quantity": 1.5 })));
}

#[test]
#[should_panic(expected = "is not of type \"number\"")]
fn an_amount_that_is_a_text_is_noticed() {
    assert_request(&put_invoice("", &json!({ "Quantity": "1.5" })));
}
