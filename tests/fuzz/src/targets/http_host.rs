//! A product over HTTP: its settings, the pages of its lists and its refusals, bent, through the whole host.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use tieout_core::clock::SystemClock;
use tieout_core::document::Document;
use tieout_core::host::{Delivery, Host as _, HostError, Record, WriteBack};
use tieout_core::transport::{Transport, TransportError};
use tieout_host_contract::{HttpHost, HttpHostConfig};
use tokio::runtime::Runtime;

use super::{Target, Verdict, corpus};
use crate::mutate;
use crate::random::Random;

/// Pages of one case at most: a product that says that there is more may say so for ever.
const PAGES_MAX: usize = 12;

/// Documents of a page.
const PAGE: usize = 7;

/// What a reply may be called and answered with.
const STATUSES: &[u16] = &[
    200, 200, 200, 200, 201, 204, 301, 400, 401, 403, 404, 409, 410, 422, 429, 500, 503,
];
const MEDIA: &[&str] = &[
    "application/json",
    "application/problem+json",
    "application/problem+json; charset=utf-8",
    "text/html",
    "",
];

/// A product whose settings and replies are bent.
pub(super) struct Products {
    pages: Vec<(String, Vec<u8>)>,
    settings: Vec<(String, Vec<u8>)>,
    /// What the case bends: the settings, or what is answered.
    bends_settings: bool,
    runtime: Runtime,
}

/// Answers every request with something of the corpus, bent.
struct BentProduct {
    pages: Vec<(String, Vec<u8>)>,
    /// What the first page is.
    first: Vec<u8>,
    state: Mutex<State>,
}

struct State {
    random: Random,
    bodies: Vec<Vec<u8>>,
}

impl Products {
    pub(super) fn new() -> std::io::Result<Self> {
        Ok(Self {
            pages: corpus("tests/fuzz/corpus/http")?,
            settings: corpus("tests/fuzz/corpus/http_hosts")?,
            bends_settings: false,
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?,
        })
    }
}

impl Target for Products {
    fn draw(&mut self, random: &mut Random) -> Vec<u8> {
        self.bends_settings = random.one_in(3);
        match self.bends_settings {
            true => mutate::bytes(&random.pick(&self.settings).1, random),
            false => mutate::json(&random.pick(&self.pages).1, random),
        }
    }

    fn feed(&mut self, input: &[u8], random: &mut Random) -> Verdict {
        let (settings, first) = match self.bends_settings {
            true => (input.to_vec(), random.pick(&self.pages).1),
            false => (random.pick(&self.settings).1, input.to_vec()),
        };
        let config = match read(&settings) {
            Ok(config) => config,
            Err(verdict) => return verdict,
        };
        let problems = config.problems();
        if problems.iter().any(|it| it.message.is_empty()) {
            return Verdict::Broken("a key is refused without a word".to_owned());
        }
        let product = Arc::new(BentProduct {
            pages: self.pages.clone(),
            first,
            state: Mutex::new(State {
                random: random.clone(),
                bodies: Vec::new(),
            }),
        });
        let line = Arc::clone(&product) as Arc<dyn Transport>;
        match (
            HttpHost::open(config, line, Arc::new(SystemClock)),
            problems.is_empty(),
        ) {
            (Ok(_), false) => Verdict::Broken(format!("it opens with {problems:?}")),
            (Err(error), false) => in_words(&error).map_or(Verdict::Refused, Verdict::Broken),
            (Err(error), true) => {
                Verdict::Broken(format!("nothing is wrong with it, and it fails: {error}"))
            }
            (Ok(host), true) => {
                let used = self.runtime.block_on(ask(&host, &product));
                used.unwrap_or_else(Verdict::Broken)
            }
        }
    }
}

fn read(settings: &[u8]) -> Result<HttpHostConfig, Verdict> {
    let text = std::str::from_utf8(settings).map_err(|_| Verdict::Refused)?;
    toml_edit::de::from_str(text).map_err(|error| match error.to_string().trim() {
        "" => Verdict::Broken("it is refused without a word".to_owned()),
        _ => Verdict::Refused,
    })
}

#[async_trait]
impl Transport for BentProduct {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { random, bodies } = &mut *state;
        if random.one_in(20) {
            let lost = std::io::Error::other("the line broke");
            return Err(match random.one_in(2) {
                true => TransportError::NotSent(lost.into()),
                false => TransportError::ReplyLost(lost.into()),
            });
        }
        let body = match bodies.is_empty() {
            true => self.first.clone(),
            false if request.method() == http::Method::GET => {
                mutate::json(&random.pick(&self.pages).1, random)
            }
            false => mutate::bytes(&random.pick(&self.pages).1, random),
        };
        let is_first_page = bodies.is_empty() && !random.one_in(4);
        bodies.push(body.clone());
        let mut reply = Response::new(Bytes::from(body));
        if !is_first_page {
            let status = STATUSES[random.below(STATUSES.len())];
            *reply.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
            let media = http::HeaderValue::from_static(MEDIA[random.below(MEDIA.len())]);
            reply.headers_mut().insert("content-type", media);
            if (300..400).contains(&status) {
                let to = mutate::bytes(b"https://other.example.com/", random);
                if let Ok(to) = http::HeaderValue::from_bytes(&to) {
                    reply.headers_mut().insert("location", to);
                }
            }
        }
        Ok(reply)
    }
}

async fn ask(host: &HttpHost, product: &BentProduct) -> Result<Verdict, String> {
    let mut verdict = Verdict::Refused;
    let mut position: Option<String> = None;
    for _ in 0..PAGES_MAX {
        match host.changes(position.as_deref(), PAGE).await {
            Ok(page) => {
                judge(&page.records, product)?;
                if !page.records.is_empty() {
                    verdict = Verdict::Taken;
                }
                position = page.position.or(position);
                if !page.more {
                    break;
                }
            }
            Err(error) => {
                in_words(&error).map_or(Ok(()), Err)?;
                break;
            }
        }
    }
    // Whatever the product said, our own position must still be one.
    if let Some(position) = &position {
        let again = host.changes(Some(position), PAGE).await;
        if let Err(error) = again
            && error.message.contains("is not one of this host")
        {
            return Err(format!("its own position is refused: {error}"));
        }
    }
    deliver(host).await?;
    if let Err(error) = host.probe().await {
        in_words(&error).map_or(Ok(()), Err)?;
    }
    Ok(verdict)
}

/// Each write-back has its own outcome, or all of those without one have an error.
async fn deliver(host: &HttpHost) -> Result<(), String> {
    let delivery = Delivery {
        id: "d-1".to_owned(),
        items: write_backs().map_err(|error| error.to_string())?,
    };
    match host.deliver(&delivery).await {
        Ok(outcomes) if outcomes.len() != delivery.items.len() => Err(format!(
            "{} write-backs have {} outcomes",
            delivery.items.len(),
            outcomes.len()
        )),
        Ok(outcomes) => {
            let wordless = outcomes
                .into_iter()
                .filter_map(Result::err)
                .find(|refusal| refusal.code.is_empty() || refusal.message.trim().is_empty());
            wordless.map_or(Ok(()), |refusal| {
                Err(format!("a refusal without a word: {refusal:?}"))
            })
        }
        Err(error) => in_words(&error).map_or(Ok(()), Err),
    }
}

fn write_backs() -> Result<Vec<WriteBack>, serde_json::Error> {
    let document = json!({ "kind": "invoice", "id": "1686", "number": "INV-1042" });
    let payment = json!({ "id": "p/1", "date": "2026-11-05", "amount": "40.00", "currency": "AUD", "kind": "payment" });
    let items = json!([
        { "payment": { "document": document, "revision": 1, "payment": payment } },
        { "payment_removed": { "document": document, "revision": 2, "payment": payment } },
    ]);
    serde_json::from_value(items)
}

fn judge(records: &[Record], product: &BentProduct) -> Result<(), String> {
    let said = product.said();
    for record in records {
        match record {
            Record::Document(document) => {
                let json = serde_json::to_vec(document).map_err(|error| error.to_string())?;
                let again: Document = serde_json::from_slice(&json)
                    .map_err(|error| format!("what was taken cannot be read again: {error}"))?;
                if **document != again {
                    return Err(format!(
                        "what was taken comes back as another one: {document:?}"
                    ));
                }
                let (key, gross) = (document.id().to_string(), gross(document));
                let Some(gross) = gross else { continue };
                if !said.get(&key).is_some_and(|said| said.contains(&gross)) {
                    return Err(format!(
                        "{key} comes to {gross}, and the product said {said:?}"
                    ));
                }
            }
            Record::Removed { .. } => {}
            Record::Unreadable { place, message, .. } => {
                if place.is_empty() || message.is_empty() {
                    return Err(format!("a refusal at `{place}` says `{message}`"));
                }
            }
        }
    }
    Ok(())
}

/// What a document comes to, where it says that.
fn gross(document: &Document) -> Option<Decimal> {
    match document {
        Document::Invoice(invoice) => Some(invoice.totals.gross),
        Document::Bill(bill) => Some(bill.totals.gross),
        Document::PurchaseOrder(order) => order.totals.map(|totals| totals.gross),
    }
}

impl BentProduct {
    /// What the product said that its documents come to, exactly.
    fn said(&self) -> BTreeMap<String, Vec<Decimal>> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut said: BTreeMap<String, Vec<Decimal>> = BTreeMap::new();
        for body in &state.bodies {
            let Ok(page) = serde_json::from_slice::<Value>(body) else {
                continue;
            };
            for row in page["data"].as_array().into_iter().flatten() {
                let text = |value: &Value| match value.as_str() {
                    Some(text) => text.trim().to_owned(),
                    None => value.to_string(),
                };
                let gross = text(&row["totals"]["gross"]);
                let exact = Decimal::from_str_exact(&gross).ok();
                let exact = exact.or_else(|| Decimal::from_scientific(&gross).ok());
                said.entry(text(&row["id"])).or_default().extend(exact);
            }
        }
        said
    }
}

/// An error that says nothing.
fn in_words(error: &HostError) -> Option<String> {
    error
        .message
        .trim()
        .is_empty()
        .then(|| format!("an error without a word: {error:?}"))
}
