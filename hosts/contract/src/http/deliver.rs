//! How a product is told: one idempotent request for each write-back, some at once, each with its own outcome.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::{Map, Value, json};
use tieout_core::document::{Currency, DocumentKind, Payment, Settlement};
use tieout_core::host::{
    Delivery, DocumentRef, HostError, HostErrorKind, PostingNotice, WriteBack, WriteBackRefusal,
};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use url::Url;

use super::client::{Client, Reply};
use super::config::{HttpHostConfig, Served};
use super::problem::refusal;
use crate::map::amount;

const OPERATION: &str = "deliver";

/// One request of a delivery.
struct Errand {
    method: Method,
    url: Url,
    body: Bytes,
    key: String,
}

/// Hands over each write-back. An error concerns all of them: what was taken before is harmless to hear again.
pub(super) async fn deliver(
    client: &Arc<Client>,
    delivery: &Delivery,
    config: &HttpHostConfig,
) -> Result<Vec<Result<(), WriteBackRefusal>>, HostError> {
    // All about one document goes in its order, documents beside each other.
    let mut lanes: Vec<(&DocumentRef, Vec<(usize, Errand)>)> = Vec::new();
    for (place, item) in delivery.items.iter().enumerate() {
        let list = list_of(item.document().kind, &config.documents);
        let errand = errand(client, item, list, format!("{}-{place}", delivery.id));
        match lanes
            .iter_mut()
            .rev()
            .find(|(of, _)| *of == item.document())
        {
            Some((_, lane)) => lane.push((place, errand)),
            None => lanes.push((item.document(), vec![(place, errand)])),
        }
    }
    let places = Arc::new(Semaphore::new(config.concurrent_max.max(1)));
    let mut tasks = JoinSet::new();
    for (_, lane) in lanes {
        let (client, places) = (Arc::clone(client), Arc::clone(&places));
        tasks.spawn(async move {
            let _place = places.acquire_owned().await;
            let mut told = Vec::with_capacity(lane.len());
            for (place, errand) in lane {
                told.push((place, errand.run(&client).await?));
            }
            Ok::<_, HostError>(told)
        });
    }
    let mut results: Vec<_> = delivery.items.iter().map(|_| Ok(())).collect();
    while let Some(lane) = tasks.join_next().await {
        let lane = lane.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        for (place, outcome) in lane? {
            results[place] = outcome;
        }
    }
    Ok(results)
}

impl Errand {
    async fn run(self, client: &Client) -> Result<Result<(), WriteBackRefusal>, HostError> {
        let mut headers = HeaderMap::new();
        let json = HeaderValue::from_static("application/json");
        headers.insert(header::CONTENT_TYPE, json);
        let key = HeaderValue::try_from(&self.key).map_err(|error| {
            HostError::new(HostErrorKind::Misconfigured, OPERATION, error.to_string())
        })?;
        headers.insert("idempotency-key", key);
        let removes = self.method == Method::DELETE;
        let reply: Reply = client
            .send(OPERATION, self.method, &self.url, headers, self.body)
            .await?;
        // What is not there is removed.
        let is_gone = removes && matches!(reply.status.as_u16(), 404 | 410);
        if reply.is_done() || is_gone {
            return Ok(Ok(()));
        }
        Ok(Err(refusal(reply.status, &reply.body)))
    }
}

fn errand(client: &Client, item: &WriteBack, list: &str, key: String) -> Errand {
    let of = item.document();
    let (method, tail, body): (Method, Vec<&str>, Value) = match item {
        WriteBack::Posting { notice, .. } => (Method::PUT, vec!["posting"], posting(of, notice)),
        WriteBack::Settlement { settlement, .. } => {
            (Method::PUT, vec!["settlement"], settled(of, settlement))
        }
        WriteBack::Payment {
            revision, payment, ..
        } => (
            Method::PUT,
            vec!["payments", payment.id.as_str()],
            paid(of, *revision, payment),
        ),
        WriteBack::PaymentRemoved { payment, .. } => (
            Method::DELETE,
            vec!["payments", payment.id.as_str()],
            Value::Null,
        ),
    };
    let mut parts = vec!["v1", list, of.id.as_str()];
    parts.extend(tail);
    let mut url = client.address(&parts);
    if let WriteBack::PaymentRemoved { revision, .. } = item {
        url.query_pairs_mut()
            .append_pair("revision", &revision.to_string())
            .append_pair("reason", "removed_in_ledger");
    }
    let body = if body.is_null() {
        Bytes::new()
    } else {
        Bytes::from(serde_json::to_vec(&body).expect("texts are JSON"))
    };
    Errand {
        method,
        url,
        body,
        key,
    }
}

/// The list in whose route a document lies: where credit notes have no list, they are among the invoices.
fn list_of(kind: DocumentKind, served: &[Served]) -> &'static str {
    let list = match kind {
        DocumentKind::CreditNote if served.contains(&Served::CreditNotes) => Served::CreditNotes,
        DocumentKind::Invoice | DocumentKind::CreditNote => Served::Invoices,
        DocumentKind::Bill => Served::Bills,
        DocumentKind::PurchaseOrder => Served::PurchaseOrders,
    };
    list.as_str()
}

fn posting(of: &DocumentRef, notice: &PostingNotice) -> Value {
    body(
        of,
        &[
            ("state", Some(notice.state.as_str().to_owned())),
            ("ledger_invoice_id", notice.ledger_id.clone()),
            ("ledger_number", notice.ledger_number.clone()),
            ("message", notice.message.clone()),
        ],
    )
}

fn settled(of: &DocumentRef, settlement: &Settlement) -> Value {
    let money = |value| Some(amount(value, settlement.currency));
    let as_of = settlement.as_of;
    let mut value = body(
        of,
        &[
            ("status", Some(settlement.status.as_str().to_owned())),
            ("amount_paid", money(settlement.amount_paid)),
            ("amount_credited", money(settlement.amount_credited)),
            ("amount_due", money(settlement.amount_due)),
            ("currency", Some(settlement.currency.to_string())),
            (
                "as_of",
                Some(as_of.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)),
            ),
        ],
    );
    value["revision"] = json!(as_of.timestamp_millis());
    value
}

fn paid(of: &DocumentRef, revision: u64, payment: &Payment) -> Value {
    let currency: Currency = payment.currency;
    let mut value = body(
        of,
        &[
            ("date", Some(payment.date.to_string())),
            ("amount", Some(amount(payment.amount, currency))),
            ("currency", Some(currency.to_string())),
            ("reference", payment.reference.clone()),
            ("kind", Some(payment.kind.as_str().to_owned())),
        ],
    );
    value["revision"] = json!(revision);
    value
}

/// The fields that are known, with the document's number beside them for people.
fn body(of: &DocumentRef, fields: &[(&str, Option<String>)]) -> Value {
    let known = fields
        .iter()
        .filter_map(|(name, value)| Some(((*name).to_owned(), Value::from(value.clone()?))));
    let number = ("number".to_owned(), Value::from(of.number.clone()));
    Value::Object(known.chain([number]).collect::<Map<String, Value>>())
}
