//! What Skeleton answers: a list of changes by their place, and payments by their identifier in the books.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::{Value, json};
use tieout_core::transport::{Transport, TransportError};

/// The product. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Product {
    key: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// By the place of its last change: the identifier, and the row that tells it.
    rows: BTreeMap<u64, (String, Value)>,
    place: u64,
    versions: BTreeMap<String, u64>,
    /// By invoice and payment: version, and amount unless it was taken back.
    payments: BTreeMap<(String, String), (u64, Option<String>)>,
    refused: Vec<String>,
    is_down: bool,
}

impl Product {
    /// A product that lets in whoever has the key.
    pub(crate) fn new(key: &str) -> Self {
        Self {
            key: key.to_owned(),
            state: Arc::default(),
        }
    }

    /// Somebody makes an invoice, or changes it.
    pub(crate) fn put(&self, id: &str, edit: impl FnOnce(&mut Value)) {
        let mut state = self.state();
        let version = state.next_version(id);
        let mut invoice = json!({
            "id": id, "version": version, "no": format!("INV-{id}"), "state": "issued", "date": "2026-11-02",
            "due": "2026-11-16", "currency": "AUD", "customer": "Banksia Workers Underwriting Pty Ltd",
            "items": [
                {"text": "Initial needs assessment", "qty": "3.50", "price": "225.40", "net": "788.90",
                 "tax_rate": "0.10", "tax": "78.89"},
                {"text": "Travel", "qty": "1.20", "price": "225.40", "net": "270.48", "tax_rate": "0.10", "tax": "27.05"},
            ],
            "net": "1059.38", "tax": "105.94", "total": "1165.32", "changed": "2026-11-02T03:15:22Z",
        });
        edit(&mut invoice);
        state.tell(id, json!({"invoice": invoice}));
    }

    /// Somebody deletes it.
    pub(crate) fn delete(&self, id: &str) {
        let mut state = self.state();
        let version = state.next_version(id);
        state.tell(id, json!({"deleted": {"id": id, "version": version}}));
    }

    /// The payments of an invoice, with their amounts.
    pub(crate) fn paid(&self, id: &str) -> Vec<(String, String)> {
        let state = self.state();
        let paid = state.payments.iter().filter(|((of, _), _)| of == id);
        paid.filter_map(|((_, payment), (_, amount))| Some((payment.clone(), amount.clone()?)))
            .collect()
    }

    /// Takes nothing about an invoice any more.
    pub(crate) fn refuse(&self, id: &str) {
        self.state().refused.push(id.to_owned());
    }

    pub(crate) fn go_down(&self) {
        self.state().is_down = true;
    }

    pub(crate) fn come_back(&self) {
        self.state().is_down = false;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

#[async_trait]
impl Transport for Product {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let mut state = self.state();
        let key = request.headers().get("authorization");
        let is_let_in = key.is_some_and(|key| *key == format!("Bearer {}", self.key).as_str());
        Ok(match (state.is_down, is_let_in) {
            (true, _) => refusal(503, "down", "back in a minute"),
            (false, false) => refusal(401, "no_key", "who is that"),
            (false, true) => state.answer(&request),
        })
    }
}

impl State {
    fn next_version(&mut self, id: &str) -> u64 {
        let version = self.versions.entry(id.to_owned()).or_default();
        *version += 1;
        *version
    }

    /// A change moves an invoice to the end.
    fn tell(&mut self, id: &str, mut row: Value) {
        self.place += 1;
        row["seq"] = json!(self.place);
        self.rows.retain(|_, (of, _)| of != id);
        self.rows.insert(self.place, (id.to_owned(), row));
    }

    fn answer(&mut self, request: &Request<Bytes>) -> Response<Bytes> {
        let path = request.uri().path().trim_matches('/').to_owned();
        let parts: Vec<&str> = path.split('/').collect();
        let query = request.uri().query().unwrap_or_default();
        let number = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let found = pairs.find(|(key, _)| *key == name);
            found.and_then(|(_, value)| value.parse::<u64>().ok())
        };
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        match (request.method(), parts.as_slice()) {
            (&Method::GET, ["changes"]) => {
                let after = number("after").unwrap_or_default();
                let limit = usize::try_from(number("limit").unwrap_or(100)).unwrap();
                let mut rows = self
                    .rows
                    .range(after + 1..)
                    .map(|(_, (_, row))| row.clone());
                let page: Vec<Value> = rows.by_ref().take(limit).collect();
                done(&json!({"rows": page, "more": rows.next().is_some()}))
            }
            (_, ["invoices", id, ..]) if !self.versions.contains_key(*id) => {
                refusal(404, "invoice_unknown", "there is no such invoice")
            }
            (_, ["invoices", id, ..]) if self.refused.iter().any(|it| it == id) => {
                refusal(422, "period_locked", "the period of this invoice is closed")
            }
            (&Method::PUT, ["invoices", id, "payments", payment]) => {
                let version = body["version"].as_u64().unwrap_or_default();
                let amount = body["amount"].as_str().map(str::to_owned);
                self.pay(id, payment, version, amount)
            }
            (&Method::DELETE, ["invoices", id, "payments", payment]) => {
                self.pay(id, payment, number("version").unwrap_or_default(), None)
            }
            (&Method::PUT, ["invoices", _, "state" | "settlement"]) => done(&json!({})),
            _ => refusal(404, "not_found", "there is nothing here"),
        }
    }

    /// Of two versions the higher one counts.
    fn pay(
        &mut self,
        id: &str,
        payment: &str,
        version: u64,
        amount: Option<String>,
    ) -> Response<Bytes> {
        let key = (id.to_owned(), payment.to_owned());
        let held = self.payments.get(&key).map_or(0, |(held, _)| *held);
        if version > held {
            self.payments.insert(key, (version, amount));
        }
        done(&json!({}))
    }
}

fn done(body: &Value) -> Response<Bytes> {
    Response::new(Bytes::from(body.to_string()))
}

fn refusal(status: u16, code: &str, detail: &str) -> Response<Bytes> {
    let body = json!({"code": code, "detail": detail});
    let reply = Response::builder().status(status);
    let reply = reply.header("content-type", "application/problem+json");
    reply.body(Bytes::from(body.to_string())).unwrap()
}
