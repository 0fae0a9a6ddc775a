//! A product that serves the contract over HTTP, as a function, and what it serves.
#![allow(dead_code)] // Each test crate uses a part of it.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};
use tieout_core::clock::SystemClock;
use tieout_core::transport::{Transport, TransportError};
use tieout_host_contract::{HttpHost, HttpHostConfig};

type Handler = dyn Fn(&Request<Bytes>) -> Response<Bytes> + Send + Sync;

/// A product, as a function from requests to replies that notes what it was asked.
#[derive(Clone)]
pub(crate) struct Product {
    answers: Arc<Handler>,
    pub(crate) asked: Arc<Mutex<Vec<Request<Bytes>>>>,
}

impl Product {
    pub(crate) fn new(
        answers: impl Fn(&Request<Bytes>) -> Response<Bytes> + Send + Sync + 'static,
    ) -> Self {
        Self {
            answers: Arc::new(answers),
            asked: Arc::default(),
        }
    }

    pub(crate) fn host(&self, more: &str) -> HttpHost {
        let (product, clock) = (Arc::new(self.clone()), Arc::new(SystemClock));
        HttpHost::open(config(more), product, clock).unwrap()
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        let line = |request: &Request<Bytes>| {
            format!(
                "{} {}",
                request.method(),
                request.uri().path_and_query().unwrap()
            )
        };
        asked.iter().map(line).collect()
    }
}

#[async_trait]
impl Transport for Product {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let reply = (self.answers)(&request);
        self.asked.lock().unwrap().push(request);
        Ok(reply)
    }
}

pub(crate) fn config(more: &str) -> HttpHostConfig {
    let text = format!(r#"{{"url":"https://api.example.com/tieout/","api_key":"k-1"{more}}}"#);
    serde_json::from_str(&text).unwrap()
}

pub(crate) fn reply(status: u16, body: &Value) -> Response<Bytes> {
    let reply = Response::builder().status(status);
    let media = if status < 400 {
        "application/json"
    } else {
        "application/problem+json"
    };
    reply
        .header("content-type", media)
        .body(Bytes::from(body.to_string()))
        .unwrap()
}

pub(crate) fn page(data: &[Value], cursor: Option<&str>, more: bool) -> Response<Bytes> {
    reply(
        200,
        &json!({"data": data, "next_cursor": cursor, "has_more": more}),
    )
}

pub(crate) fn invoice(id: &str) -> Value {
    json!({
        "id": id, "revision": 1, "kind": "sales", "number": format!("INV-{id}"), "status": "final",
        "issue_date": "2026-11-02", "due_date": "2026-11-16", "currency": "AUD", "amounts_are": "tax_exclusive",
        "bill_to": {"name": "Banksia Pty Ltd"},
        "lines": [{"id": "1", "description": "Assessment", "quantity": "1", "unit_price": "100.00", "net_amount": "100.00",
                   "tax_code": "GST", "tax_amount": "10.00"}],
        "totals": {"net": "100.00", "tax": "10.00", "gross": "110.00"},
        "updated_at": "2026-11-02T03:15:22Z",
    })
}
