//! The product as its tests hold it: records go in, write-backs come out, and it may be down.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};
use tieout_core::transport::{Transport, TransportError};

use super::routes::{answer, problem};
use super::state::State;

/// A product that serves the contract. Clones are the same product.
#[derive(Clone)]
pub struct ContractProduct {
    key: String,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    state: State,
    is_down: bool,
    requests: usize,
}

impl ContractProduct {
    /// A product without records that lets in whoever has the key.
    #[must_use]
    pub fn new(key: &str) -> Self {
        Self {
            key: key.to_owned(),
            inner: Arc::default(),
        }
    }

    /// An invoice that fits and adds up, as the product would write it.
    #[must_use]
    pub fn invoice(id: &str, revision: u64, updated_at: &str) -> Value {
        json!({
            "id": id, "revision": revision, "kind": "sales", "number": format!("INV-{id}"), "status": "final",
            "issue_date": "2026-11-02", "due_date": "2026-11-16", "currency": "AUD", "amounts_are": "tax_exclusive",
            "bill_to": {"name": "Banksia Workers Underwriting Pty Ltd"},
            "lines": [
                {"id": "1", "description": "Initial needs assessment", "quantity": "3.50", "unit_price": "225.40",
                 "net_amount": "788.90", "tax_rate": "0.10", "tax_amount": "78.89"},
                {"id": "2", "description": "Travel", "quantity": "1.20", "unit_price": "225.40",
                 "net_amount": "270.48", "tax_rate": "0.10", "tax_amount": "27.05"},
            ],
            "totals": {"net": "1059.38", "tax": "105.94", "gross": "1165.32"},
            "updated_at": updated_at,
        })
    }

    /// Writes a record into a list, as its newest change; another of its identifier is replaced.
    pub fn put(&self, list: &str, record: Value) {
        self.inner().state.put(list, record);
    }

    /// Deletes a record of a list: what stays is its tombstone.
    pub fn delete(&self, list: &str, id: &str, revision: u64, at: &str) {
        let gone = json!({"id": id, "revision": revision, "removed_at": at});
        self.put(list, gone);
    }

    /// Takes no write-back about a document any more.
    pub fn lock(&self, id: &str) {
        self.inner().state.locked.push(id.to_owned());
    }

    /// Answers everything with 503 until it is up again.
    pub fn go_down(&self) {
        self.inner().is_down = true;
    }

    /// Answers again.
    pub fn come_back(&self) {
        self.inner().is_down = false;
    }

    /// What it was told about a document and counts: by `settlement`, `posting` and `payments/ID`.
    #[must_use]
    pub fn told(&self, id: &str) -> BTreeMap<String, Value> {
        self.inner().state.all_told(id)
    }

    /// Requests so far.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.inner().requests
    }

    /// What it answers.
    #[must_use]
    pub fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let mut inner = self.inner();
        inner.requests += 1;
        if inner.is_down {
            return problem(StatusCode::SERVICE_UNAVAILABLE, "down", "back in a minute");
        }
        let key = format!("Bearer {}", self.key);
        let given = request.headers().get("authorization");
        if given.and_then(|it| it.to_str().ok()) != Some(key.as_str()) {
            return problem(StatusCode::UNAUTHORIZED, "no_key", "who is that");
        }
        answer(&mut inner.state, request)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // No request leaves it half done.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Transport for ContractProduct {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        Ok(self.answer(&request))
    }
}
