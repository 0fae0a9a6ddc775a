//! What becomes of what a product sends by itself: proven, then taken as it came or read again from the product.

mod event;
mod mistake;
mod signature;

use http::Method;
use serde_json::Value;
use tieout_core::host::{Heard, Look, Push, PushRefusal, Record};
use tieout_host_web::Client;
use url::Url;

pub(crate) use self::event::{About, Event, read as read_events};
pub(crate) use self::signature::Secrets;
use super::changes::records;
use super::config::Served;

const OPERATION: &str = "read a record";
/// Records read again for one push: its sender waits meanwhile, and the rest is seen by the next look.
const READS_MAX: usize = 5;

/// Takes what a product sent, if it signed it.
///
/// A repeat, and a push that comes late, give records that are compared with what is known like any other. What cannot
/// be read again now is seen by the next look at the lists, which misses nothing.
pub(super) async fn hear(
    client: &Client,
    lists: &[Served],
    secrets: &Secrets,
    push: &Push,
) -> Result<Heard, PushRefusal> {
    if push.method == Method::OPTIONS {
        // The product asks whether it may send here: whoever has its secret wants that.
        return Ok(Heard::default());
    }
    if push.method != Method::POST || !push.path.is_empty() {
        return Err(PushRefusal::NotTaken);
    }
    secrets
        .verify(&push.headers, &push.body, push.at)
        .map_err(PushRefusal::NotSigned)?;
    let events = event::read(&push.headers, &push.body).map_err(PushRefusal::BadData)?;
    let mut heard = Heard::default();
    let mut reads = 0;
    for event in &events {
        match &event.about {
            About::Nothing => {}
            About::Several => heard.look = Look::Soon,
            About::Record { list, id } => {
                // What lies in no list that is read is not wanted.
                let Some(route) = route_of(*list, lists) else {
                    continue;
                };
                let fresh = event.is_fresh(push.at).then(|| told(event, *list));
                let told = match fresh.flatten() {
                    Some(told) => Some(told),
                    None if reads == READS_MAX => None,
                    None => {
                        reads += 1;
                        let url = client.address(&["v1", route.as_str(), id]);
                        read_again(client, event, *list, id, &url).await
                    }
                };
                match told {
                    Some(records) => heard.records.extend(records),
                    None => heard.look = Look::Soon,
                }
            }
        }
    }
    Ok(heard)
}

/// The list in which a record lies, if that is read. Credit notes may lie among the invoices.
fn route_of(list: Served, lists: &[Served]) -> Option<Served> {
    let among = (list == Served::CreditNotes).then_some(Served::Invoices);
    [Some(list), among]
        .into_iter()
        .flatten()
        .find(|route| lists.contains(route))
}

/// What the event itself tells: a whole document. One that cannot be read is read again from the product, which may
/// have it whole; if not, the list shows it with its place.
fn told(event: &Event, list: Served) -> Option<Vec<Record>> {
    let record = event.whole()?;
    let told = records(list, &record, "a push", 1);
    let is_readable = |record: &Record| match record {
        Record::Document(_) | Record::Removed { .. } => true,
        Record::Unreadable { .. } => false,
    };
    told.iter().all(is_readable).then_some(told)
}

/// The record as the product has it now; `None` when it cannot be read alone or not now.
async fn read_again(
    client: &Client,
    event: &Event,
    list: Served,
    id: &str,
    url: &Url,
) -> Option<Vec<Record>> {
    let reply = match client.get(OPERATION, url).await {
        Ok(reply) => reply,
        Err(failed) => {
            tracing::debug!(error = %failed.error, "what a push told of is read with its list");
            return None;
        }
    };
    let asked = format!("GET {}", url.path());
    if reply.is_done() {
        let record: Value = serde_json::from_slice(&reply.body).ok()?;
        // What stands under another identifier is not what was asked for.
        let is_it = match record.get("id") {
            Some(Value::String(found)) => found == id,
            Some(Value::Number(found)) => found.to_string() == id,
            Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => false,
        };
        return is_it.then(|| records(list, &record, &asked, 1));
    }
    // The product says in its own words that there is no such record, and had said that it was deleted.
    let is_gone = matches!(reply.status.as_u16(), 404 | 410);
    (is_gone && event.deletes).then(|| records(list, &event.tombstone(id, list), &asked, 1))
}
