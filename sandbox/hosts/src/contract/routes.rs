//! What each request to the product is answered.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::state::{State, Told};

const PAGE_SIZE_MAX: usize = 200;
const LISTS: [&str; 4] = ["invoices", "credit_notes", "bills", "purchase_orders"];

/// The reply to a request whose key was looked at already.
pub(super) fn answer(state: &mut State, request: &Request<Bytes>) -> Response<Bytes> {
    let path = request.uri().path().to_owned();
    let parts: Vec<String> = path
        .split('/')
        .filter(|it| !it.is_empty())
        .map(plain)
        .collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let query = request.uri().query().unwrap_or_default();
    let query: BTreeMap<String, String> = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    match (request.method(), parts.as_slice()) {
        (&Method::GET, ["capabilities"]) => ok(&capabilities()),
        (&Method::GET, ["v1", list]) if LISTS.contains(list) => page(state, list, &query),
        (&Method::GET, ["v1", list, id]) if LISTS.contains(list) => match state.record(list, id) {
            Some(record) => ok(record),
            None => unknown(),
        },
        (&Method::PUT, ["v1", list, id, "payments", payment]) => {
            told(state, (list, id), &format!("payments/{payment}"), request)
        }
        (&Method::PUT, ["v1", list, id, what @ ("settlement" | "posting")]) => {
            told(state, (list, id), what, request)
        }
        (&Method::DELETE, ["v1", _, id, "payments", payment]) => {
            let revision = query.get("revision").and_then(|it| it.parse().ok());
            state.forget(id, &format!("payments/{payment}"), revision);
            reply(StatusCode::NO_CONTENT, "application/json", String::new())
        }
        _ => reply(
            StatusCode::NOT_FOUND,
            "text/html",
            "<h1>nothing</h1>".to_owned(),
        ),
    }
}

fn capabilities() -> Value {
    json!({
        "contract_versions": ["1"], "documents": LISTS, "write_backs": ["payments", "settlements", "postings"],
        "push": true, "page_size_max": PAGE_SIZE_MAX, "time_zone": "Australia/Sydney", "currencies": ["AUD"],
    })
}

fn page(state: &State, list: &str, query: &BTreeMap<String, String>) -> Response<Bytes> {
    let cursor = query
        .get("cursor")
        .map(|it| it.strip_prefix("after-").unwrap_or(it));
    let after = match cursor.map(str::parse::<u64>) {
        None => 0,
        Some(Ok(place)) if state.has_place(place) => place,
        Some(Ok(_) | Err(_)) => {
            return problem(
                StatusCode::BAD_REQUEST,
                "bad_cursor",
                "nobody gave this cursor out",
            );
        }
    };
    let limit = query.get("limit").and_then(|it| it.parse().ok());
    let limit = limit.unwrap_or(PAGE_SIZE_MAX).clamp(1, PAGE_SIZE_MAX);
    let since = query.get("updated_since").map(String::as_str);
    let (data, place, more) = state.page(list, after, since, limit);
    ok(&json!({"data": data, "next_cursor": format!("after-{place}"), "has_more": more}))
}

fn told(
    state: &mut State,
    (list, id): (&str, &str),
    what: &str,
    request: &Request<Bytes>,
) -> Response<Bytes> {
    if state.record(list, id).is_none() {
        return unknown();
    }
    if state.locked.iter().any(|locked| locked == id) {
        let detail = "The period of this invoice is closed.";
        return problem(StatusCode::UNPROCESSABLE_ENTITY, "period_locked", detail);
    }
    let Ok(body) = serde_json::from_slice::<Value>(request.body()) else {
        return problem(
            StatusCode::UNPROCESSABLE_ENTITY,
            "no_json",
            "the body is no JSON",
        );
    };
    let amount = body.get("amount").and_then(Value::as_str);
    let is_amount = amount.is_some_and(|it| it.parse::<Decimal>().is_ok());
    if what.starts_with("payments/") && !is_amount {
        return problem(
            StatusCode::UNPROCESSABLE_ENTITY,
            "bad_amount",
            "`amount` is no decimal",
        );
    }
    // Whatever came, the reply is what is held now.
    let mut held = match state.tell(id, what, &body) {
        Told::Held(held) => held,
        Told::Stale => state.told(id, what).cloned().unwrap_or_default(),
    };
    if let Some(payment) = what.strip_prefix("payments/") {
        held["host_payment_id"] = json!(format!("{id}/{payment}"));
    }
    ok(&held)
}

fn plain(part: &str) -> String {
    let pair = format!("x={}", part.replace('+', "%2B"));
    let decoded = form_urlencoded::parse(pair.as_bytes()).next();
    decoded.map_or_else(String::new, |(_, text)| text.into_owned())
}

fn unknown() -> Response<Bytes> {
    problem(
        StatusCode::NOT_FOUND,
        "invoice_unknown",
        "there is no such record",
    )
}

/// A refusal as RFC 9457 has it.
pub(super) fn problem(status: StatusCode, code: &str, detail: &str) -> Response<Bytes> {
    let title = status.canonical_reason().unwrap_or_default();
    let body = json!({
        "type": "about:blank", "title": title, "status": status.as_u16(), "code": code, "detail": detail,
    });
    reply(status, "application/problem+json", body.to_string())
}

fn ok(body: &Value) -> Response<Bytes> {
    reply(StatusCode::OK, "application/json", body.to_string())
}

fn reply(status: StatusCode, media: &str, body: String) -> Response<Bytes> {
    Response::builder()
        .status(status)
        .header("content-type", media)
        .body(Bytes::from(body))
        .expect("the headers are plain")
}
