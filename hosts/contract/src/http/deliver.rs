//! How a product is told: one idempotent request for each write-back, some at once, each with its own outcome.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use serde::Serialize;
use tieout_core::document::DocumentKind;
use tieout_core::host::{
    Delivery, DocumentRef, HostError, HostErrorKind, WriteBack, WriteBackRefusal,
};
use tieout_host_web::{Client, Reply, refusal};
use tokio::sync::{Mutex, Semaphore};
use tokio::task::JoinSet;
use url::Url;

use super::body::{PaymentBody, PostingBody, SettlementBody};
use super::changes::changes;
use super::config::{HttpHostConfig, Served};

const OPERATION: &str = "deliver";

/// One request of a delivery.
struct Errand {
    method: Method,
    url: Url,
    body: Bytes,
    key: String,
}

/// What is known of the delivery that was tried last: the host takes one after the other.
#[derive(Default)]
pub(super) struct Progress {
    id: String,
    /// The outcome of each item that has one.
    outcomes: BTreeMap<usize, Result<(), WriteBackRefusal>>,
    /// How often in a row the product answered other items with a failure of its own.
    failures: BTreeMap<usize, u32>,
}

/// Answers of failure in a row to one write-back before a product that is otherwise well is taken to refuse it.
const FAILURES_MAX: u32 = 5;

/// Why a write-back has no outcome yet.
enum Failure {
    /// The product answered it with a failure of its own.
    Answered(HostError),
    /// Nobody answered, or nobody is let in.
    Other(HostError),
}

/// Hands over each write-back. An error concerns those that have no outcome yet: a repeat sends only them, as long as
/// this process lives.
pub(super) async fn deliver(
    client: &Arc<Client>,
    delivery: &Delivery,
    config: &HttpHostConfig,
    progress: &Mutex<Progress>,
) -> Result<Vec<Result<(), WriteBackRefusal>>, HostError> {
    let mut progress = progress.lock().await;
    if progress.id != delivery.id {
        *progress = Progress {
            id: delivery.id.clone(),
            ..Progress::default()
        };
    }
    let mut failed = None;
    for (place, outcome) in told(client, delivery, config, &progress).await {
        match outcome {
            Ok(outcome) => {
                progress.failures.remove(&place);
                progress.outcomes.insert(place, outcome);
            }
            Err(Failure::Answered(error)) => {
                *progress.failures.entry(place).or_default() += 1;
                failed.get_or_insert(error);
            }
            Err(Failure::Other(error)) => {
                progress.failures.clear();
                failed.get_or_insert(error);
            }
        }
    }
    if let Some(error) = failed {
        give_up(client, config, &mut progress, &error).await;
        if progress.outcomes.len() < delivery.items.len() {
            return Err(error);
        }
    }
    let outcomes = std::mem::take(&mut *progress).outcomes;
    Ok(outcomes.into_values().collect())
}

/// Takes what always fails for refused, if the product serves its lists: it must not keep all others waiting.
async fn give_up(
    client: &Client,
    config: &HttpHostConfig,
    progress: &mut Progress,
    error: &HostError,
) {
    let hopeless: Vec<usize> = progress
        .failures
        .iter()
        .filter(|(_, failures)| **failures >= FAILURES_MAX)
        .map(|(place, _)| *place)
        .collect();
    if hopeless.is_empty() || changes(client, &config.documents, None, 1).await.is_err() {
        return;
    }
    for place in hopeless {
        let refusal = WriteBackRefusal {
            code: "always_fails".to_owned(),
            message: format!("{FAILURES_MAX} times in a row: {}", error.message),
        };
        progress.outcomes.insert(place, Err(refusal));
    }
}

/// Sends what has no outcome yet: all about one document in its order, documents beside each other.
async fn told(
    client: &Arc<Client>,
    delivery: &Delivery,
    config: &HttpHostConfig,
    progress: &Progress,
) -> Vec<(usize, Result<Result<(), WriteBackRefusal>, Failure>)> {
    let mut lanes: Vec<(&DocumentRef, Vec<(usize, Errand)>)> = Vec::new();
    for (place, item) in delivery.items.iter().enumerate() {
        if progress.outcomes.contains_key(&place) {
            continue;
        }
        let list = list_of(item.document().kind, &config.documents);
        let errand = errand(client, item, list, format!("{}-{place}", delivery.id));
        match lanes.last_mut().filter(|(of, _)| *of == item.document()) {
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
                let outcome = errand.run(&client).await;
                let goes_on = outcome.is_ok();
                told.push((place, outcome));
                if !goes_on {
                    break;
                }
            }
            told
        });
    }
    let mut all = Vec::new();
    while let Some(lane) = tasks.join_next().await {
        all.extend(lane.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())));
    }
    all
}

impl Errand {
    async fn run(self, client: &Client) -> Result<Result<(), WriteBackRefusal>, Failure> {
        let mut headers = HeaderMap::new();
        let json = HeaderValue::from_static("application/json");
        headers.insert(header::CONTENT_TYPE, json);
        let key = HeaderValue::try_from(&self.key).map_err(|error| {
            let error = HostError::new(HostErrorKind::Misconfigured, OPERATION, error.to_string());
            Failure::Other(error)
        })?;
        headers.insert("idempotency-key", key);
        let removes = self.method == Method::DELETE;
        let reply: Reply = client
            .send(OPERATION, self.method, &self.url, headers, self.body)
            .await
            .map_err(|failed| match failed.is_answered {
                true => Failure::Answered(failed.error),
                false => Failure::Other(failed.error),
            })?;
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
    let (method, tail, body): (Method, Vec<&str>, Bytes) = match item {
        WriteBack::Posting { notice, .. } => (
            Method::PUT,
            vec!["posting"],
            json(&PostingBody::of(of, notice)),
        ),
        WriteBack::Settlement { settlement, .. } => (
            Method::PUT,
            vec!["settlement"],
            json(&SettlementBody::of(of, settlement)),
        ),
        WriteBack::Payment {
            revision, payment, ..
        } => (
            Method::PUT,
            vec!["payments", payment.id.as_str()],
            json(&PaymentBody::of(of, *revision, payment)),
        ),
        WriteBack::PaymentRemoved { payment, .. } => (
            Method::DELETE,
            vec!["payments", payment.id.as_str()],
            Bytes::new(),
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
    Errand {
        method,
        url,
        body,
        key,
    }
}

fn json(body: &impl Serialize) -> Bytes {
    Bytes::from(serde_json::to_vec(body).expect("texts and numbers are JSON"))
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
