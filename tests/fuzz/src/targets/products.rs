//! Products that are reached through APIs of their own: every reply bent, through the whole host.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::Utc;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use serde_json::json;
use tieout_core::clock::{Clock, SystemClock};
use tieout_core::document::{Document, HostId};
use tieout_core::host::{
    Details, Host, HostError, HostRecord, Notebook, Push, PushRefusal, Record, RecordHost,
    RecordRef, Trace,
};
use tieout_core::store::MemoryStore;
use tieout_core::transport::{Transport, TransportError};
use tieout_host_freshsales::FreshsalesHost;
use tieout_host_iinsight::{IinsightHost, Means};
use tieout_host_insightly::InsightlyHost;
use tieout_host_kornit_x::KornitXHost;
use tokio::runtime::Runtime;

use super::{Target, Verdict, corpus};
use crate::mutate;
use crate::random::Random;

/// Pages of one look at most: a product that says that there is more may say so for ever.
const PAGES_MAX: usize = 40;
/// Documents of a page.
const PAGE: usize = 7;
/// Replies with content to requests of one path; what is asked for then is empty.
const CONTENT_MAX: u32 = 3;
/// Statuses of replies that are no success.
const STATUSES: &[u16] = &[201, 204, 301, 400, 401, 403, 404, 409, 422, 429, 500, 503];

type Bodies = Vec<(String, Vec<u8>)>;

/// One of the products, with what is answered where; the first fitting part of a path counts.
struct Product {
    name: &'static str,
    bodies: Bodies,
    answers: &'static [(&'static str, &'static str)],
    open: Open,
}

/// How a product is opened on what answers in its place.
type Open = fn(Arc<dyn Transport>) -> Result<Box<dyn Host>, String>;

/// All of them, each case one.
pub(super) struct Products {
    products: Vec<Product>,
    at: usize,
    runtime: Runtime,
}

/// Answers every request with something that fits its path, bent.
struct BentProduct {
    bodies: Bodies,
    answers: &'static [(&'static str, &'static str)],
    first: Vec<u8>,
    state: Mutex<State>,
}

struct State {
    random: Random,
    asked: BTreeMap<String, u32>,
    first_is_used: bool,
}

impl Products {
    pub(super) fn new() -> std::io::Result<Self> {
        let product = |name, answers, open| {
            let bodies = corpus(&format!("tests/fuzz/corpus/products/{name}"))?;
            Ok::<_, std::io::Error>(Product {
                name,
                bodies,
                answers,
                open,
            })
        };
        Ok(Self {
            products: vec![
                product("iinsight", IINSIGHT, iinsight)?,
                product("kornit_x", KORNIT_X, kornit_x)?,
                product("freshsales", FRESHSALES, freshsales)?,
                product("insightly", INSIGHTLY, insightly)?,
            ],
            at: 0,
            // No pause is waited out: time goes on by itself where everybody waits.
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .start_paused(true)
                .build()?,
        })
    }
}

const IINSIGHT: &[(&str, &str)] = &[
    ("auth/", "auth"),
    ("invoices", "invoices"),
    ("payments", "payments"),
    ("adjustments", "adjustments"),
    ("companies", "companies"),
    ("contacts", "contacts"),
    ("cases", "cases"),
];
const KORNIT_X: &[(&str, &str)] = &[("token", "token"), ("export", "export")];
const FRESHSALES: &[(&str, &str)] = &[
    ("filters", "filters"),
    ("selector/currencies", "currencies"),
    ("selector/deal_stages", "deal_stages"),
    ("deals/view", "view-deals"),
    ("contacts/view", "view-contacts"),
    ("document_associations", "links"),
    ("deals", "one-deal"),
    ("contacts", "one-contact"),
    ("sales_accounts", "one-account"),
    ("search", "search"),
];
const INSIGHTLY: &[(&str, &str)] = &[
    ("OpportunityLineItem", "line-items"),
    ("Pricebook", "products"),
    ("Product", "products"),
    ("Notes", "notes"),
    ("Organisations/Search", "organisations"),
    ("Contacts/Search", "contacts"),
    ("Opportunities/Search", "opportunities"),
    ("Organisations", "one-organisation"),
    ("Contacts", "one-contact"),
    ("Opportunities", "one-opportunity"),
    ("Projects", "one-project"),
];

impl Target for Products {
    fn draw(&mut self, random: &mut Random) -> Vec<u8> {
        self.at = random.below(self.products.len());
        mutate::json(&random.pick(&self.products[self.at].bodies).1, random)
    }

    fn feed(&mut self, input: &[u8], random: &mut Random) -> Verdict {
        let product = &self.products[self.at];
        let line = Arc::new(BentProduct {
            bodies: product.bodies.clone(),
            answers: product.answers,
            first: input.to_vec(),
            state: Mutex::new(State {
                random: random.clone(),
                asked: BTreeMap::new(),
                first_is_used: false,
            }),
        });
        let host = match (product.open)(line) {
            Ok(host) => host,
            Err(why) => return Verdict::Broken(format!("{} does not open: {why}", product.name)),
        };
        let used = self.runtime.block_on(async {
            let mut verdict = look(host.as_ref()).await?;
            hear(host.as_ref(), input).await?;
            if let Some(records) = host.records()
                && walk(records).await?
            {
                verdict = Verdict::Taken;
            }
            worded(host.probe().await)?;
            Ok(verdict)
        });
        used.unwrap_or_else(|why: String| Verdict::Broken(format!("{}: {why}", product.name)))
    }
}

/// A look to its end, and one more from where it ended.
async fn look(host: &dyn Host) -> Result<Verdict, String> {
    let mut verdict = Verdict::Refused;
    let mut position: Option<String> = None;
    for _ in 0..PAGES_MAX {
        let page = match host.changes(position.as_deref(), PAGE).await {
            Ok(page) => page,
            Err(error) => {
                if error.message.contains("position") {
                    return Err(format!("its own position is refused: {error}"));
                }
                worded::<()>(Err(error))?;
                continue;
            }
        };
        for record in &page.records {
            judge(record)?;
            verdict = Verdict::Taken;
        }
        position = page.position.or(position);
        if let Some(position) = &position {
            worded(host.acknowledge(position).await)?;
        }
        if !page.more {
            break;
        }
    }
    Ok(verdict)
}

fn judge(record: &Record) -> Result<(), String> {
    match record {
        Record::Document(document) => {
            let json = serde_json::to_vec(document).map_err(|error| error.to_string())?;
            let again: Document = serde_json::from_slice(&json)
                .map_err(|error| format!("what was taken cannot be read again: {error}"))?;
            match **document == again {
                true => Ok(()),
                false => Err(format!(
                    "what was taken comes back as another one: {document:?}"
                )),
            }
        }
        Record::Removed { .. } => Ok(()),
        Record::Unreadable { place, message, .. } => match place.is_empty() || message.is_empty() {
            true => Err(format!("a refusal at `{place}` says `{message}`")),
            false => Ok(()),
        },
    }
}

/// A push that nobody signed counts for nothing, whatever it says.
async fn hear(host: &dyn Host, body: &[u8]) -> Result<(), String> {
    for method in [Method::POST, Method::PUT] {
        let push = Push {
            method,
            path: String::new(),
            query: None,
            headers: HeaderMap::new(),
            body: Bytes::from(body.to_vec()),
            at: Utc::now(),
        };
        match host.hear(&push).await {
            Ok(heard) if !heard.records.is_empty() => {
                return Err("a push without a signature told something".to_owned());
            }
            Ok(_) | Err(PushRefusal::NotTaken | PushRefusal::NotSigned(_)) => {}
            Err(PushRefusal::BadData(why)) if why.trim().is_empty() => {
                return Err("a push is refused without a word".to_owned());
            }
            Err(PushRefusal::BadData(_)) => {}
            Err(PushRefusal::Failed(error)) => {
                worded::<()>(Err(error))?;
            }
        }
    }
    Ok(())
}

/// Records as people look at them; gives whether any was read.
async fn walk(records: &dyn RecordHost) -> Result<bool, String> {
    let mut found: Vec<HostRecord> = Vec::new();
    for kind in records.record_kinds() {
        for id in ["70000125000", "36100", "147000"] {
            let key = RecordRef::new(*kind, id).map_err(|error| error.to_string())?;
            if let Some(Some(record)) = worded(records.record(&key).await)? {
                if record.key != key {
                    return Err(format!("{key} was asked for, and {} is given", record.key));
                }
                found.push(record);
            }
        }
        found.extend(worded(records.search(*kind, "o@x", 3).await)?.unwrap_or_default());
        let page = worded(records.changed(*kind, None, PAGE).await)?;
        found.extend(page.map(|page| page.records).unwrap_or_default());
    }
    let trace = Trace {
        number: "INV-1".to_owned(),
        url: None,
        text: "drafted".to_owned(),
    };
    for record in found.iter().take(3) {
        let json = serde_json::to_vec(record).map_err(|error| error.to_string())?;
        let again: HostRecord = serde_json::from_slice(&json)
            .map_err(|error| format!("a record cannot be read again: {error}"))?;
        if *record != again {
            return Err(format!("a record comes back as another one: {record:?}"));
        }
        for outcome in [
            worded(records.complete(record, &Details::default()).await)?,
            worded(records.leave_trace(&record.key, &trace).await)?,
        ] {
            if outcome.is_some_and(|it| it.is_err_and(|why| why.trim().is_empty())) {
                return Err("a refusal without a word".to_owned());
            }
        }
    }
    Ok(!found.is_empty())
}

/// What came; an error must say something.
fn worded<T>(outcome: Result<T, HostError>) -> Result<Option<T>, String> {
    match outcome {
        Ok(given) => Ok(Some(given)),
        Err(error) if error.message.trim().is_empty() => {
            Err(format!("an error without a word: {error:?}"))
        }
        Err(_) => Ok(None),
    }
}

#[async_trait]
impl Transport for BentProduct {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State {
            random,
            asked,
            first_is_used,
        } = &mut *state;
        if random.one_in(40) {
            let lost = std::io::Error::other("the line broke");
            return Err(match random.one_in(2) {
                true => TransportError::NotSent(lost.into()),
                false => TransportError::ReplyLost(lost.into()),
            });
        }
        let path = request.uri().path().to_owned();
        let times = asked.entry(path.clone()).or_default();
        *times += 1;
        let fitting = self.answers.iter().find(|(part, _)| path.contains(part));
        let fits = |(name, _): &&(String, Vec<u8>)| {
            fitting.is_some_and(|(_, answer)| name.starts_with(answer))
        };
        let known = self.bodies.iter().find(fits).map(|(_, body)| body.clone());
        let known = known.unwrap_or_else(|| random.pick(&self.bodies).1);
        let is_sign_in = ["auth/", "token"].iter().any(|part| path.contains(part));
        let body = match (is_sign_in, *times > CONTENT_MAX) {
            (true, _) if !random.one_in(8) => known,
            (false, true) => b"[]".to_vec(),
            (false, false) if !*first_is_used && random.one_in(2) => {
                *first_is_used = true;
                self.first.clone()
            }
            (false, false) if random.one_in(3) => known,
            (true | false, _) => mutate::json(&known, random),
        };
        let mut reply = Response::new(Bytes::from(body));
        if random.one_in(12) {
            let status = STATUSES[random.below(STATUSES.len())];
            *reply.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
        }
        if random.one_in(6) {
            let date = mutate::bytes(b"Fri, 20 Nov 2026 00:00:00 GMT", random);
            if let Ok(date) = HeaderValue::from_bytes(&date) {
                reply.headers_mut().insert("date", date);
            }
        }
        Ok(reply)
    }
}

fn notes() -> Result<Notebook, String> {
    let host = HostId::new("bent").map_err(|error| error.to_string())?;
    Ok(Notebook::new(Arc::new(MemoryStore::new()), host))
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

fn read<T: serde::de::DeserializeOwned>(config: serde_json::Value) -> Result<T, String> {
    serde_json::from_value(config).map_err(|error| error.to_string())
}

fn iinsight(line: Arc<dyn Transport>) -> Result<Box<dyn Host>, String> {
    let config = read(json!({
        "region": "aus", "client_id": "c", "client_secret": "s", "username": "u", "password": "p",
        "read_payments": true, "read_adjustments": true, "adjustment_amounts": "with_tax",
        "positive_adjustments": "invoices",
    }))?;
    let means = Means {
        transport: line,
        notebook: notes()?,
        clock: clock(),
        folder: None,
    };
    let host = IinsightHost::open(config, means).map_err(|error| error.to_string())?;
    Ok(Box::new(host))
}

fn kornit_x(line: Arc<dyn Transport>) -> Result<Box<dyn Host>, String> {
    let config = read(json!({
        "hmac_key": "k", "contact": "Penny Lane Tees Ltd", "cost_field": "unit_cost_price",
        "unsigned_callbacks": "looked",
        "export": {
            "url": "https://api.example.com/export/orders", "token_url": "https://oauth.example.com/token",
            "client_id": "c", "client_secret": "s",
        },
    }))?;
    let host = KornitXHost::open(config, notes()?, line, clock());
    Ok(Box::new(host.map_err(|error| error.to_string())?))
}

fn freshsales(line: Arc<dyn Transport>) -> Result<Box<dyn Host>, String> {
    let config = read(json!({"url": "https://x.example.com/crm/sales", "api_key": "k"}))?;
    let host = FreshsalesHost::open(config, line, clock(), notes()?);
    Ok(Box::new(host.map_err(|error| error.to_string())?))
}

fn insightly(line: Arc<dyn Transport>) -> Result<Box<dyn Host>, String> {
    let config = read(json!({"url": "https://api.example.com/v3.1", "api_key": "k"}))?;
    let host = InsightlyHost::open(config, line, clock());
    Ok(Box::new(host.map_err(|error| error.to_string())?))
}
