//! A stand-in for iinsight, a clock that is set by hand, notes in memory, and the host between them.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed, and each file uses a part"
)]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{Request, Response};
use serde_json::{Value, json};
use tieout_core::clock::Clock;
use tieout_core::document::Document;
use tieout_core::document::{
    Currency, DocumentId, DocumentKind, HostId, Invoice, Payment, PaymentKind, ProviderPaymentId,
};
use tieout_core::host::{Delivery, DocumentRef, Host, HostError, Notebook, Record, WriteBack};
use tieout_core::store::{MemoryStore, Store};
use tieout_core::transport::{Transport, TransportError};
use tieout_host_iinsight::{IinsightConfig, IinsightHost, Means};
use tieout_sandbox_hosts::Running;
use tieout_sandbox_hosts::iinsight::{CLIENT_ID, CLIENT_SECRET, Iinsight, PASSWORD, USERNAME};

pub struct Scene {
    pub account: Iinsight,
    pub running: Running,
    pub clock: Arc<Hands>,
    pub store: Arc<dyn Store>,
    pub wire: Arc<Wire>,
}

/// A clock that moves when it is told to.
pub struct Hands(Mutex<DateTime<Utc>>);

impl Clock for Hands {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// Real requests, as many of them lost as a test wants.
pub struct Wire {
    client: reqwest::Client,
    lose: Mutex<Option<String>>,
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let path = request.uri().path().to_owned();
        let lost = |error: reqwest::Error| TransportError::ReplyLost(Box::new(error));
        let (parts, body) = request.into_parts();
        let reply = self
            .client
            .request(parts.method, parts.uri.to_string())
            .headers(parts.headers)
            .body(body)
            .send()
            .await
            .map_err(|error| TransportError::NotSent(Box::new(error)))?;
        let mut answer = Response::builder().status(reply.status());
        *answer.headers_mut().unwrap() = reply.headers().clone();
        let body = reply.bytes().await.map_err(lost)?;
        let mut lose = self.lose.lock().unwrap();
        if lose.as_ref().is_some_and(|of| path.contains(of.as_str())) {
            *lose = None;
            let error = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
            return Err(TransportError::ReplyLost(Box::new(error)));
        }
        Ok(answer.body(body).unwrap())
    }
}

/// When each scene begins.
fn start() -> DateTime<Utc> {
    "2026-11-20T00:00:00Z".parse().unwrap()
}

/// An account without anything in it, whose clock stands where the scene begins.
pub fn empty() -> Iinsight {
    let account = Iinsight::empty();
    account.set_now(start());
    let company = json!({"company_id": "283", "company_name": "Banksia Pty Ltd"});
    account.put_party("companies", company, None);
    account
}

impl Scene {
    pub async fn of(account: Iinsight) -> Self {
        let now = start();
        account.set_now(now);
        account.put_case(json!({"case_n": "NSW170", "business_division": "NSW Rehab"}));
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self {
            running: account.serve(0).await.unwrap(),
            account,
            clock: Arc::new(Hands(Mutex::new(now))),
            store: Arc::new(MemoryStore::new()),
            wire: Arc::new(Wire {
                client,
                lose: Mutex::default(),
            }),
        }
    }

    /// A host with these keys beside the usual ones. Several share the notes, as one that starts again does.
    pub fn host(&self, more: &Value) -> IinsightHost {
        IinsightHost::open(self.config(more), self.means()).unwrap()
    }

    pub fn config(&self, more: &Value) -> IinsightConfig {
        let mut config = json!({
            "region": "aus", "url": self.running.url(), "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
            "username": USERNAME, "password": PASSWORD,
        });
        for (key, value) in more.as_object().unwrap() {
            config[key] = value.clone();
        }
        serde_json::from_value(config).unwrap()
    }

    pub fn means(&self) -> Means {
        Means {
            transport: Arc::clone(&self.wire) as Arc<dyn Transport>,
            notebook: Notebook::new(Arc::clone(&self.store), HostId::new("rehab").unwrap()),
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            folder: None,
        }
    }

    pub fn pass(&self, minutes: i64) {
        let mut now = self.clock.0.lock().unwrap();
        *now += TimeDelta::minutes(minutes);
        self.account.set_now(*now);
    }

    /// The reply to the next request of a path is lost on its way.
    pub fn lose_reply(&self, of: &str) {
        *self.wire.lose.lock().unwrap() = Some(of.to_owned());
    }
}

/// One look: every page until nothing waits. The position moves with each page, as the engine stores it.
pub async fn look(host: &IinsightHost, position: &mut Option<String>) -> Vec<Record> {
    try_look(host, position, 500).await.unwrap()
}

pub async fn try_look(
    host: &IinsightHost,
    position: &mut Option<String>,
    limit: usize,
) -> Result<Vec<Record>, HostError> {
    let mut records = Vec::new();
    for _ in 0..10_000 {
        let page = host.changes(position.as_deref(), limit).await?;
        assert!(page.records.len() <= limit);
        records.extend(page.records);
        *position = page.position;
        if !page.more {
            return Ok(records);
        }
    }
    panic!("a look without an end");
}

/// The records in words: `NUMBER status`, `-id`, `?id field`.
pub fn told(records: &[Record]) -> Vec<String> {
    let mut told: Vec<String> = records
        .iter()
        .map(|record| match record {
            Record::Document(document) => {
                format!("{} {}", document.number(), invoice_in(document).status)
            }
            Record::Removed { id, .. } => format!("-{id}"),
            Record::Unreadable { id, field, .. } => {
                format!("?{} {field}", id.clone().unwrap_or_default())
            }
        })
        .collect();
    told.sort();
    told
}

fn invoice_in(document: &Document) -> &Invoice {
    match document {
        Document::Invoice(invoice) => invoice,
        Document::Bill(_) | Document::PurchaseOrder(_) => panic!("no invoice"),
    }
}

/// The invoice of a number among records.
pub fn invoice(records: &[Record], number: &str) -> Invoice {
    let found = records.iter().find_map(|record| match record {
        Record::Document(document) if document.number() == number => {
            Some(invoice_in(document).clone())
        }
        _ => None,
    });
    found.unwrap_or_else(|| panic!("{number} among {:?}", told(records)))
}

/// A row as `api2/invoices` shows it: one line of 100.00 and 10 % tax.
pub fn row(id: u32) -> Value {
    json!({
        "invoice_id": id.to_string(), "company_id": "283", "to": "Banksia Pty Ltd", "to_attention": "", "to_address": "",
        "to_email": "", "abn": "", "invoice_number": format!("N{id}"), "case_number": "NSW170", "terms": "14",
        "date_of_invoice": "2026-11-02T12:00:00Z", "due_date": "", "notes": "", "total_amount_payable": "110.00",
        "client": "", "claim_no": "", "contact_id": "0",
        "item": [{
            "cost_id": format!("9{id}"), "description": "Work", "charge_code": "RTWSE", "general_ledger_code": "200",
            "quantity": "1.00", "rate": "100.00", "service_date": "2026-10-27T12:00:00Z", "tax_rate": "0.10",
            "tax_amount": "10.00", "total_charge": "110.00",
        }],
    })
}

pub fn payment(id: &str, amount: &str) -> Payment {
    Payment {
        id: ProviderPaymentId::new(id).unwrap(),
        date: "2026-11-18".parse().unwrap(),
        amount: amount.parse().unwrap(),
        currency: Currency::from_code("AUD").unwrap(),
        reference: Some("BWU 99120".to_owned()),
        kind: PaymentKind::Payment,
    }
}

pub fn of(id: &str, number: &str) -> DocumentRef {
    DocumentRef {
        kind: DocumentKind::Invoice,
        id: DocumentId::new(id).unwrap(),
        number: number.to_owned(),
    }
}

pub fn pays(revision: u64, payment: Payment) -> WriteBack {
    WriteBack::Payment {
        document: of("1688", "QLD2026121"),
        revision,
        payment,
    }
}

pub fn delivery(id: &str, items: &[WriteBack]) -> Delivery {
    Delivery {
        id: id.to_owned(),
        items: items.to_vec(),
    }
}
