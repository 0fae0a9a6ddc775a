//! A product with one key, and a desk that hears it, reads it and keeps what it told.
#![allow(dead_code, reason = "each test uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, Method, Request, Response};
use serde_json::{Value, json};
use sha2::Sha256;
use tieout_core::clock::Clock;
use tieout_core::document::{
    Document, HostId, Invoice, InvoiceStatus, PurchaseOrder, PurchaseOrderStatus,
};
use tieout_core::host::{Heard, Host, HostError, Notebook, Push, PushRefusal, Record};
use tieout_core::store::{MemoryStore, Store};
use tieout_core::transport::{Transport, TransportError};
use tieout_host_kornit_x::{KornitXHost, SIGNATURE};

pub(crate) const KEY: &str = "the key of the product";

type Handler = dyn Fn(&Request<Bytes>) -> Response<Bytes> + Send + Sync;

/// The export, as a function from requests to replies that notes what it was asked.
pub(crate) struct Export {
    answers: Box<Handler>,
    pub(crate) asked: Mutex<Vec<String>>,
}

impl Export {
    pub(crate) fn new(
        answers: impl Fn(&Request<Bytes>) -> Response<Bytes> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            answers: Box::new(answers),
            asked: Mutex::default(),
        })
    }

    pub(crate) fn silent() -> Arc<Self> {
        Self::new(|_| reply(500, "nobody asks"))
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait]
impl Transport for Export {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let query = request.uri().query().unwrap_or_default();
        if request.uri().path() == "/token" {
            return Ok(reply(200, r#"{"access_token":"t","expires_in":3600}"#));
        }
        let asked = format!("{} {}?{query}", request.method(), request.uri().path());
        self.asked.lock().unwrap().push(asked);
        Ok((self.answers)(&request))
    }
}

pub(crate) fn reply(status: u16, body: &str) -> Response<Bytes> {
    let body = Bytes::from(body.to_owned());
    Response::builder().status(status).body(body).unwrap()
}

pub(crate) struct Hands(Mutex<DateTime<Utc>>);

impl Clock for Hands {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// A host with what the engine keeps for it.
pub(crate) struct Desk {
    pub(crate) host: KornitXHost,
    store: Arc<dyn Store>,
    export: Arc<Export>,
    pub(crate) hands: Arc<Hands>,
    position: Mutex<Option<String>>,
}

impl Desk {
    pub(crate) fn new(more: &Value) -> Self {
        Self::with(more, Export::silent())
    }

    pub(crate) fn with(more: &Value, export: Arc<Export>) -> Self {
        let start = DateTime::parse_from_rfc3339("2026-11-20T08:00:00Z").unwrap();
        let hands = Arc::new(Hands(Mutex::new(start.with_timezone(&Utc))));
        let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
        Self {
            host: open(more, &store, &export, &hands).unwrap(),
            store,
            export,
            hands,
            position: Mutex::default(),
        }
    }

    /// The program ends and starts again, with another configuration.
    pub(crate) fn restarted(self, more: &Value) -> Self {
        Self {
            host: open(more, &self.store, &self.export, &self.hands).unwrap(),
            ..self
        }
    }

    /// The host as another process opens it, over the same notes.
    pub(crate) fn another(&self, more: &Value) -> KornitXHost {
        open(more, &self.store, &self.export, &self.hands).unwrap()
    }

    pub(crate) fn pass(&self, time: TimeDelta) {
        *self.hands.0.lock().unwrap() += time;
    }

    pub(crate) async fn push(&self, method: Method, body: &Value) -> Result<Heard, PushRefusal> {
        let body = body.to_string();
        let signature = hex(&mac(KEY, &body));
        self.signed(method, &body, &signature).await
    }

    pub(crate) async fn signed(
        &self,
        method: Method,
        body: &str,
        signature: &str,
    ) -> Result<Heard, PushRefusal> {
        let mut headers = HeaderMap::new();
        headers.insert(SIGNATURE, signature.parse().unwrap());
        self.heard(method, body, headers).await
    }

    pub(crate) async fn unsigned(&self, method: Method, body: &str) -> Result<Heard, PushRefusal> {
        self.heard(method, body, HeaderMap::new()).await
    }

    async fn heard(
        &self,
        method: Method,
        body: &str,
        headers: HeaderMap,
    ) -> Result<Heard, PushRefusal> {
        let push = Push {
            method,
            path: String::new(),
            query: None,
            headers,
            body: Bytes::from(body.to_owned()),
            at: self.hands.now(),
        };
        self.host.hear(&push).await
    }

    pub(crate) async fn order(&self, order: &Value) {
        self.push(Method::POST, order).await.unwrap();
    }

    pub(crate) async fn callback(&self, body: &Value) {
        self.push(Method::PUT, body).await.unwrap();
    }

    /// Everything that is told until nothing is left, as the engine takes it.
    pub(crate) async fn told(&self) -> Vec<Record> {
        self.pages().await.unwrap()
    }

    pub(crate) async fn pages(&self) -> Result<Vec<Record>, HostError> {
        let mut records = Vec::new();
        loop {
            let after = self.position.lock().unwrap().clone();
            let page = self.host.changes(after.as_deref(), 100).await?;
            records.extend(page.records);
            if page.position != after {
                let position = page.position.unwrap();
                self.host.acknowledge(&position).await?;
                *self.position.lock().unwrap() = Some(position);
            }
            if !page.more {
                return Ok(records);
            }
        }
    }

    /// What the host would tell, were it asked without anything being stored.
    pub(crate) async fn peeked(&self) -> Vec<Record> {
        let after = self.position.lock().unwrap().clone();
        self.host
            .changes(after.as_deref(), 100)
            .await
            .unwrap()
            .records
    }
}

fn open(
    more: &Value,
    store: &Arc<dyn Store>,
    export: &Arc<Export>,
    hands: &Arc<Hands>,
) -> Result<KornitXHost, HostError> {
    let mut config = json!({
        "hmac_key": KEY, "contact": "Penny Lane Tees Ltd", "cost_field": "unit_cost_price",
    });
    for (key, value) in more.as_object().unwrap() {
        config[key] = value.clone();
    }
    let config = serde_json::from_value(config).unwrap();
    let notes = Notebook::new(Arc::clone(store), HostId::new("kx").unwrap());
    let clock: Arc<dyn Clock> = hands.clone();
    KornitXHost::open(config, notes, export.clone(), clock)
}

pub(crate) fn mac(key: &str, body: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An order of the samples, at a status.
pub(crate) fn order(id: u64, status: u32) -> Value {
    let text = include_str!("../../../../sandbox/hosts/fixtures/kornitx.json");
    let samples: Value = serde_json::from_str(text).unwrap();
    let all = samples["orders"].as_array().unwrap();
    let mut one = all.iter().find(|one| one["id"] == id).unwrap().clone();
    one["status"] = json!(status);
    one
}

/// What each record is: `PO 46140200 final 3`, `INV …`, `-INV …`, `?place field`.
pub(crate) fn lines(records: &[Record]) -> Vec<String> {
    records.iter().map(line).collect()
}

fn line(record: &Record) -> String {
    match record {
        Record::Document(document) => match document.as_ref() {
            Document::Invoice(invoice) => {
                let of = &invoice.totals;
                format!(
                    "INV {} {} {} {}",
                    invoice.id,
                    invoice.number,
                    status(invoice),
                    of.gross
                )
            }
            Document::PurchaseOrder(order) => {
                let status = match order.status {
                    PurchaseOrderStatus::Draft => "draft",
                    PurchaseOrderStatus::Final => "final",
                    PurchaseOrderStatus::Cancelled => "cancelled",
                    PurchaseOrderStatus::Other(_) => "?",
                };
                format!("PO {} {} {status}", order.id, order.number)
            }
            Document::Bill(bill) => format!("BILL {}", bill.id),
        },
        Record::Removed { kind, id, .. } => format!("-{kind} {id}"),
        Record::Unreadable { place, field, .. } => format!("?{place} {field}"),
    }
}

fn status(invoice: &Invoice) -> &'static str {
    match invoice.status {
        InvoiceStatus::Draft => "draft",
        InvoiceStatus::Final => "final",
        InvoiceStatus::Proposed => "proposed",
        InvoiceStatus::Voided => "voided",
        InvoiceStatus::Reversed | InvoiceStatus::Other(_) => "?",
    }
}

pub(crate) fn invoices(records: &[Record]) -> Vec<Invoice> {
    let invoice = |record: &Record| match record {
        Record::Document(document) => match document.as_ref() {
            Document::Invoice(invoice) => Some(invoice.clone()),
            Document::Bill(_) | Document::PurchaseOrder(_) => None,
        },
        Record::Removed { .. } | Record::Unreadable { .. } => None,
    };
    records.iter().filter_map(invoice).collect()
}

pub(crate) fn purchase_orders(records: &[Record]) -> Vec<PurchaseOrder> {
    let order = |record: &Record| match record {
        Record::Document(document) => match document.as_ref() {
            Document::PurchaseOrder(order) => Some(order.clone()),
            Document::Bill(_) | Document::Invoice(_) => None,
        },
        Record::Removed { .. } | Record::Unreadable { .. } => None,
    };
    records.iter().filter_map(order).collect()
}

pub(crate) fn complaints(records: &[Record]) -> Vec<String> {
    let message = |record: &Record| match record {
        Record::Unreadable { field, message, .. } => Some(format!("{field} {message}")),
        Record::Document(_) | Record::Removed { .. } => None,
    };
    records.iter().filter_map(message).collect()
}
