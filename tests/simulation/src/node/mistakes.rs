//! How the deliberate mistakes look on the way to the provider and to the host.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response};
use rust_decimal::Decimal;
use serde_json::Value;
use tieout_core::document::Document;
use tieout_core::engine::{Event, State};
use tieout_core::host::{Delivery, Heard, Record, WriteBack};
use tieout_core::store::{ChangeSet, Store};

use super::wait;
use crate::ground::Ground;
use crate::mutations::Mutation;

/// The request that leaves in place of the right one.
pub(super) fn of_request(ground: &Ground, mut request: Request<Bytes>) -> Request<Bytes> {
    if ground.makes(Mutation::KeyChanges)
        && let Some(key) = request.headers().get("idempotency-key").cloned()
        && let Ok(key) = key.to_str()
        && ground.is_known(key)
    {
        rename(&mut request, key);
    }
    if ground.makes(Mutation::RoundedDown)
        && request.method() == Method::PUT
        && let Some(body) = rounded_down(request.body())
    {
        *request.body_mut() = body;
    }
    request
}

/// A second request like this one, which another key hides from the provider.
pub(super) fn twin_of(ground: &Ground, request: &Request<Bytes>) -> Option<Request<Bytes>> {
    let puts = |list| request.method() == Method::PUT && request.uri().path().ends_with(list);
    let twice = (ground.makes(Mutation::SentTwice) && puts("/Invoices"))
        || (ground.makes(Mutation::PaidTwice) && puts("/Payments"));
    if !twice {
        return None;
    }
    let mut twin = request.clone();
    rename(&mut twin, "twin");
    Some(twin)
}

/// What is taken for the provider's answer without asking.
pub(super) fn instead_of(ground: &Ground, request: &Request<Bytes>) -> Option<Response<Bytes>> {
    let query = request.uri().query().unwrap_or_default();
    let looks_up = query.contains("InvoiceNumbers=");
    let reads_changes = request.headers().contains_key("if-modified-since");
    let blind = ground.makes(Mutation::LookUpBlind) && looks_up;
    let missed = ground.makes(Mutation::ChangesMissed) && reads_changes;
    if !blind && !missed {
        return None;
    }
    let list = request.uri().path().rsplit('/').next().unwrap_or_default();
    let nothing = serde_json::json!({
        "pagination": { "page": 1, "pageSize": 1000, "pageCount": 0, "itemCount": 0 },
        list: [],
    });
    let body = Bytes::from(nothing.to_string());
    Response::builder()
        .header("content-type", "application/json")
        .body(body)
        .ok()
}

/// The steps that are stored in place of the right ones: what should rest is planned anew as something new.
pub(super) fn of_steps(ground: &Ground, changes: &mut ChangeSet) {
    for binding in &mut changes.bindings {
        let mut entries = changes.journal.iter_mut();
        let Some(entry) = entries.rfind(|entry| entry.binding.as_ref() == Some(&binding.key))
        else {
            continue;
        };
        let is_adopted = matches!(entry.event, Event::Adopted { .. });
        let forgets = (ground.makes(Mutation::UndoneSentAgain) && binding.undone().is_some())
            || (ground.makes(Mutation::AdoptedAndCreated) && is_adopted);
        let leaves = binding.summary.as_ref().is_some_and(|it| it.leaving);
        if ground.makes(Mutation::LeavesAtOnce) && leaves {
            binding.summary = None;
            binding.state = State::waiting();
            entry.state = Some(binding.state.name().to_owned());
        }
        if forgets {
            binding.posted = None;
            binding.undo = None;
            binding.state = State::waiting();
            entry.state = Some(binding.state.name().to_owned());
        }
    }
}

/// A set that takes what it was read from for the newest, whatever was stored since.
pub(super) fn as_if_newest(store: &dyn Store, changes: &mut ChangeSet) {
    let keys: Vec<_> = changes.bindings.iter().map(|it| it.key.clone()).collect();
    let newest = wait(store.bindings(&keys)).unwrap_or_default();
    for (binding, newest) in changes.bindings.iter_mut().zip(newest) {
        binding.version = newest.map_or(0, |newest| newest.version);
    }
}

/// What of a reply is not looked at: how many calls are left, the last row.
pub(super) fn in_reply(ground: &Ground, response: &mut Response<Bytes>) {
    if ground.makes(Mutation::LimitsIgnored) {
        for name in [
            "x-minlimit-remaining",
            "x-daylimit-remaining",
            "x-appminlimit-remaining",
        ] {
            response.headers_mut().remove(name);
        }
    }
    if ground.makes(Mutation::LastRowDropped)
        && let Some(body) = without_last_row(response.body())
    {
        *response.body_mut() = body;
    }
}

/// The delivery that reaches the host in place of the right one; its results are made to fit afterwards.
pub(super) fn of_delivery(ground: &Ground, delivery: &Delivery) -> Delivery {
    let mut told = delivery.clone();
    if ground.makes(Mutation::DeliveryRenamed) {
        told.id = format!("{}-{}", told.id, ground.host.told());
    }
    if ground.makes(Mutation::RemovalsUntold) {
        told.items
            .retain(|item| !matches!(item, WriteBack::PaymentRemoved { .. }));
    }
    if ground.makes(Mutation::PaymentsAddedUp) {
        let mut paid: BTreeMap<String, Decimal> = BTreeMap::new();
        for item in &mut told.items {
            if let WriteBack::Payment {
                document, payment, ..
            } = item
            {
                let sum = paid.entry(document.id.to_string()).or_default();
                *sum += payment.amount;
                payment.amount = *sum;
            }
        }
    }
    told
}

/// What is heard in place of the right thing: as if nothing newer could be known.
pub(super) fn of_push(ground: &Ground, mut heard: Heard) -> Heard {
    if ground.makes(Mutation::PushNotStored) {
        return Heard::default();
    }
    if ground.makes(Mutation::PushTakenAsNewest) {
        for record in &mut heard.records {
            if let Record::Document(document) = record {
                *match document.as_mut() {
                    Document::Invoice(invoice) => &mut invoice.revision,
                    Document::Bill(bill) => &mut bill.revision,
                    Document::PurchaseOrder(order) => &mut order.revision,
                } += 1_000;
            }
        }
    }
    heard
}

fn rename(request: &mut Request<Bytes>, key: &str) {
    if let Ok(key) = HeaderValue::try_from(format!("{key}-again")) {
        request.headers_mut().insert("idempotency-key", key);
    }
}

/// The same with a cent less for one of what the first line charges.
fn rounded_down(body: &[u8]) -> Option<Bytes> {
    let mut body: Value = serde_json::from_slice(body).ok()?;
    let lines = body.as_object_mut()?.values_mut().next()?;
    let price = lines.pointer_mut("/0/LineItems/0/UnitAmount")?;
    let amount: Decimal = price.to_string().parse().ok()?;
    *price = serde_json::from_str(&(amount - Decimal::new(1, 2)).to_string()).ok()?;
    Some(Bytes::from(body.to_string()))
}

/// The same page as if it had one row less.
fn without_last_row(body: &[u8]) -> Option<Bytes> {
    let mut page: Value = serde_json::from_slice(body).ok()?;
    let count = page.pointer_mut("/pagination/itemCount")?;
    *count = count.as_u64()?.checked_sub(1)?.into();
    let rows = page
        .as_object_mut()?
        .values_mut()
        .find_map(Value::as_array_mut)?;
    (rows.len() > 1).then(|| rows.pop())?;
    Some(Bytes::from(page.to_string()))
}
