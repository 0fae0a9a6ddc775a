//! Promises of the OpenAPI description: what is said over the wire is what it describes, and it leads nowhere astray.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use jsonschema::Validator;
use serde_json::{Value, json};
use tieout_core::clock::SystemClock;
use tieout_core::transport::{Transport, TransportError};
use tieout_host_contract::conform::{Scope, Trial, conform};
use tieout_host_contract::openapi;
use tieout_sandbox_hosts::contract::ContractProduct;

/// A product, with everything that was said to it.
struct Heard {
    product: ContractProduct,
    said: Mutex<Vec<(Request<Bytes>, Response<Bytes>)>>,
}

#[async_trait]
impl Transport for Heard {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let reply = self.product.answer(&request);
        let mut said = self.said.lock().unwrap();
        said.push((request, reply.clone()));
        Ok(reply)
    }
}

/// The operation that a request is about.
fn operation<'a>(api: &'a Value, request: &Request<Bytes>) -> Option<&'a Value> {
    let asked: Vec<&str> = request.uri().path().split('/').collect();
    let fits = |path: &str| {
        let parts: Vec<&str> = path.split('/').collect();
        let mut pairs = parts.iter().zip(&asked);
        parts.len() == asked.len()
            && pairs.all(|(part, asked)| part.starts_with('{') || part == asked)
    };
    let paths = api["paths"].as_object().unwrap();
    let (_, path) = paths.iter().find(|(path, _)| fits(path))?;
    path.get(request.method().as_str().to_lowercase())
}

fn validator(api: &Value, schema: &Value) -> Validator {
    let mut whole = schema.clone();
    whole["components"] = api["components"].clone();
    jsonschema::draft202012::new(&whole).unwrap()
}

fn assert_fits(api: &Value, content: &Value, body: &Bytes, what: &str) {
    if body.is_empty() || content.is_null() {
        return;
    }
    let body: Value = serde_json::from_slice(body).unwrap();
    let errors: Vec<String> = validator(api, &content["schema"])
        .iter_errors(&body)
        .map(|error| format!("{}: {error}", error.instance_path))
        .collect();
    assert_eq!(errors, [""; 0], "{what}");
}

#[tokio::test]
async fn what_is_said_over_the_wire_is_what_it_describes() {
    let api = openapi();
    let product = ContractProduct::new("k-1");
    product.put(
        "invoices",
        ContractProduct::invoice("1", 1, "2026-11-02T03:15:22Z"),
    );
    product.delete("invoices", "2", 2, "2026-11-06T00:00:00Z");
    let heard = Arc::new(Heard {
        product,
        said: Mutex::default(),
    });
    let trial = Trial {
        config: serde_json::from_str(r#"{"url":"https://api.example.com/","api_key":"k-1"}"#)
            .unwrap(),
        scope: Scope::Said,
        invoice: Some("1".to_owned()),
        records_max: 100,
        hearing: None,
    };
    let transport = Arc::clone(&heard) as Arc<dyn Transport>;
    conform(trial, transport, Arc::new(SystemClock))
        .await
        .unwrap();
    let said = heard.said.lock().unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for (request, reply) in said.iter() {
        let what = format!(
            "{} {} → {}",
            request.method(),
            request.uri(),
            reply.status()
        );
        let operation = operation(&api, request).unwrap_or_else(|| panic!("{what}"));
        let response = &operation["responses"][reply.status().as_str()];
        assert!(response.is_object(), "{what}");
        seen.insert(operation["operationId"].as_str().unwrap().to_owned());
        let media = reply.headers()["content-type"].to_str().unwrap();
        assert_fits(&api, &response["content"][media], reply.body(), &what);
        // What is sent to be refused is not described.
        if reply.status().is_success() {
            let content = &operation["requestBody"]["content"]["application/json"];
            assert_fits(&api, content, request.body(), &what);
        }
    }
    assert!(seen.len() >= 7, "{seen:?}");
}

#[test]
fn every_reference_leads_somewhere() {
    let api = openapi();
    let text = api.to_string();
    let mut found = 0;
    for piece in text.split("\"$ref\":\"#").skip(1) {
        let pointer = piece.split('"').next().unwrap();
        assert!(api.pointer(pointer).is_some(), "{pointer}");
        found += 1;
    }
    assert!(found > 20);
    let schema = json!({"$ref": "#/components/schemas/Invoice"});
    assert!(!validator(&api, &schema).is_valid(&json!({"id": 7})));
}

#[test]
fn events_of_the_samples_fit() {
    let api = openapi();
    let samples: Value =
        serde_json::from_str(include_str!("../fixtures/events/events.json")).unwrap();
    let content = &api["webhooks"]["event"]["post"]["requestBody"]["content"];
    let content = &content["application/cloudevents+json"];
    for event in samples["events"].as_array().unwrap() {
        assert_fits(&api, content, &Bytes::from(event.to_string()), "an event");
    }
}
