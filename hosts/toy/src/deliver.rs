//! How the product is told what became of its documents: one outcome for each write-back, in its place.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::{Value, json};
use tieout_core::host::{Delivery, HostError, WriteBack, WriteBackRefusal};
use tieout_host_web::{Client, refusal};

const OPERATION: &str = "deliver";

/// Hands over each write-back in its order. An error means that all of them come again, which changes nothing: what stands
/// in the address is the key, and of two versions the higher one counts.
pub(crate) async fn deliver(
    client: &Client,
    delivery: &Delivery,
) -> Result<Vec<Result<(), WriteBackRefusal>>, HostError> {
    let mut outcomes = Vec::with_capacity(delivery.items.len());
    for item in &delivery.items {
        outcomes.push(tell(client, item).await?);
    }
    Ok(outcomes)
}

async fn tell(
    client: &Client,
    item: &WriteBack,
) -> Result<Result<(), WriteBackRefusal>, HostError> {
    let (method, tail, body): (Method, Vec<&str>, Value) = match item {
        WriteBack::Payment {
            revision, payment, ..
        } => (
            Method::PUT,
            vec!["payments", payment.id.as_str()],
            json!({"version": revision, "date": payment.date, "amount": payment.amount.to_string()}),
        ),
        WriteBack::PaymentRemoved { payment, .. } => (
            Method::DELETE,
            vec!["payments", payment.id.as_str()],
            Value::Null,
        ),
        WriteBack::Settlement { settlement, .. } => (
            Method::PUT,
            vec!["settlement"],
            json!({"paid": settlement.amount_paid.to_string(), "due": settlement.amount_due.to_string()}),
        ),
        WriteBack::Posting { notice, .. } => (
            Method::PUT,
            vec!["state"],
            json!({"state": notice.state.as_str(), "message": notice.message}),
        ),
    };
    let mut parts = vec!["invoices", item.document().id.as_str()];
    parts.extend(tail);
    let mut url = client.address(&parts);
    if let WriteBack::PaymentRemoved { revision, .. } = item {
        url.query_pairs_mut()
            .append_pair("version", &revision.to_string());
    }
    let mut headers = HeaderMap::new();
    let mut content = Bytes::new();
    if !body.is_null() {
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        content = Bytes::from(body.to_string());
    }
    let removes = method == Method::DELETE;
    let reply = client
        .send(OPERATION, method, &url, headers, content)
        .await?;
    // What is not there is removed.
    let is_gone = removes && reply.status == http::StatusCode::NOT_FOUND;
    Ok(match reply.is_done() || is_gone {
        true => Ok(()),
        false => Err(refusal(reply.status, &reply.body)),
    })
}
