//! What the stand-in for Insightly answers to each call of its API.

use std::collections::BTreeMap;
use std::time::Instant;

use axum::body::Bytes;
use axum::extract::{Query, State as Shared};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use serde_json::{Map, Value, json};

use super::state::{Fault, Held, OBJECTS, State, updated};
use super::{API_KEY, Insightly};
use crate::reply::json as json_reply;

type Asked = BTreeMap<String, String>;

pub(super) async fn answer(
    Shared(insightly): Shared<Insightly>,
    method: Method,
    uri: Uri,
    Query(query): Query<Asked>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    insightly.with(|state| {
        state.calls.push(format!("{method} {uri}"));
        let mut reply = admitted(state, &method, &uri, &query, (&headers, &body));
        for (name, value) in [
            ("x-ratelimit-limit", 100_000),
            ("x-ratelimit-remaining", state.remaining),
        ] {
            reply.headers_mut().insert(name, HeaderValue::from(value));
        }
        reply
    })
}

/// Limits first, then the key: whoever asks too much is told so whatever the key.
fn admitted(
    state: &mut State,
    method: &Method,
    uri: &Uri,
    query: &Asked,
    (headers, body): (&HeaderMap, &Bytes),
) -> Response {
    if state.remaining == 0 || state.patience.take(Instant::now()).is_err() {
        return refused(
            StatusCode::TOO_MANY_REQUESTS,
            "TooManyRequests",
            "slow down",
        );
    }
    state.remaining -= 1;
    let expected = format!("Basic {}", BASE64_STANDARD.encode(format!("{API_KEY}:")));
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|it| it.to_str().ok());
    if given != Some(expected.as_str()) {
        return refused(StatusCode::UNAUTHORIZED, "Unauthorized", "no such key");
    }
    // A reply is lost of what was written: what was read can be asked for again.
    let waits = state.faults.front() == Some(&Fault::ReplyLost) && *method == Method::GET;
    match state.faults.pop_front_if(|_| !waits) {
        Some(Fault::Status(status)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            refused(status, "Fault", "by order of the test")
        }
        Some(Fault::ReplyLost) => {
            let _ = route(state, method, uri.path(), query, (headers, body));
            StatusCode::BAD_GATEWAY.into_response()
        }
        None => route(state, method, uri.path(), query, (headers, body)),
    }
}

fn route(
    state: &mut State,
    method: &Method,
    path: &str,
    query: &Asked,
    (headers, body): (&HeaderMap, &Bytes),
) -> Response {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let [name, rest @ ..] = parts.as_slice() else {
        return refused(StatusCode::NOT_FOUND, "NotFound", "no such address");
    };
    if let ("CustomFields", [object]) = (*name, rest) {
        return definitions(state, object);
    }
    let Some((object, id_field, _)) = OBJECTS.into_iter().find(|(route, ..)| route == name) else {
        return refused(
            StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowed",
            "no such object",
        );
    };
    match (method, rest) {
        (&Method::GET, []) => list(state, object, query, |_| true),
        (&Method::GET, ["Search"]) => search(state, object, query),
        (&Method::GET, [id]) => one(state, object, id, query),
        (&Method::PUT, []) => update(state, (object, id_field), headers, body),
        (&Method::GET, [id, "Notes"]) => {
            let notes = state.notes.get(&format!("{object}/{id}"));
            json_reply(StatusCode::OK, &notes.cloned().unwrap_or_default())
        }
        (&Method::POST, [id, "Notes"]) => add_note(state, object, id, body),
        _ => refused(
            StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowed",
            "not here",
        ),
    }
}

fn one(state: &State, object: &str, id: &str, query: &Asked) -> Response {
    let id: Option<u64> = id.parse().ok();
    let held = id.and_then(|id| state.object(object)?.get(&id));
    match held {
        Some(held) => tagged(held, query),
        None => refused(StatusCode::NOT_FOUND, "NotFound", "no such record"),
    }
}

fn tagged(held: &Held, query: &Asked) -> Response {
    let mut reply = json_reply(StatusCode::OK, &shown(held, query));
    if let Ok(tag) = HeaderValue::from_str(&tag(held)) {
        reply.headers_mut().insert(header::ETAG, tag);
    }
    reply
}

fn tag(held: &Held) -> String {
    format!("\"v{}\"", held.version)
}

/// The record; `brief` leaves out what belongs to it.
fn shown(held: &Held, query: &Asked) -> Value {
    let mut fields = held.fields.clone();
    if query.get("brief").is_some_and(|it| it == "true") {
        for part in ["LINKS", "CUSTOMFIELDS", "TAGS", "DATES", "EMAILDOMAINS"] {
            fields.remove(part);
        }
    }
    Value::Object(fields)
}

fn search(state: &State, object: &str, query: &Asked) -> Response {
    let after = match query.get("updated_after_utc") {
        None => None,
        Some(text) => match DateTime::parse_from_rfc3339(text) {
            Ok(at) if text.ends_with('Z') => Some(at.to_utc()),
            Ok(_) | Err(_) => {
                return refused(
                    StatusCode::BAD_REQUEST,
                    "BadRequest",
                    "updated_after_utc is no ISO-8601 date",
                );
            }
        },
    };
    let name = query.get("field_name").map(String::as_str);
    let wanted = query.get("field_value").map(|it| it.to_lowercase());
    if name.is_some() != wanted.is_some() || (name.is_none() && after.is_none()) {
        return refused(
            StatusCode::BAD_REQUEST,
            "BadRequest",
            "nothing to search for",
        );
    }
    list(state, object, query, |held| {
        let is_newer = after.is_none_or(|after: DateTime<Utc>| updated(held) > after);
        let says = name.is_none_or(|name| {
            let value = held.fields.get(name).map(text).unwrap_or_default();
            wanted
                .as_ref()
                .is_some_and(|wanted| value.to_lowercase() == *wanted)
        });
        is_newer && says
    })
}

fn list(state: &State, object: &str, query: &Asked, keeps: impl Fn(&Held) -> bool) -> Response {
    let number = |name: &str| query.get(name).and_then(|text| text.parse::<usize>().ok());
    let top = number("top").unwrap_or(100).min(500);
    let skip = number("skip").unwrap_or_default();
    let rows = state.object(object).into_iter().flat_map(BTreeMap::values);
    let fitting: Vec<&Held> = rows.filter(|held| keeps(held)).collect();
    let page: Vec<Value> = fitting
        .iter()
        .skip(skip)
        .take(top)
        .map(|held| shown(held, query))
        .collect();
    let mut reply = json_reply(StatusCode::OK, &page);
    if query.get("count_total").is_some_and(|it| it == "true") {
        let total = HeaderValue::from(fitting.len());
        reply.headers_mut().insert("x-total-count", total);
    }
    reply
}

/// Only fields that are sent are changed. A tag that is not that of the record answers 400, whatever the documents say.
fn update(
    state: &mut State,
    (object, id_field): (&str, &str),
    headers: &HeaderMap,
    body: &Bytes,
) -> Response {
    let Ok(fields) = serde_json::from_slice::<Map<String, Value>>(body) else {
        return refused(StatusCode::BAD_REQUEST, "BadRequest", "no JSON object");
    };
    let id = fields.get(id_field).and_then(Value::as_u64);
    let held = id.and_then(|id| Some((id, state.object(object)?.get(&id)?.clone())));
    let Some((id, held)) = held else {
        return refused(StatusCode::NOT_FOUND, "NotFound", "no such record");
    };
    let given = headers
        .get(header::IF_MATCH)
        .and_then(|it| it.to_str().ok());
    if given.is_some_and(|given| given != tag(&held)) {
        return refused(
            StatusCode::BAD_REQUEST,
            "BadRequest",
            "the record has changed",
        );
    }
    let custom = fields.get("CUSTOMFIELDS");
    if let Some(why) = custom.and_then(|list| state.refuses(object, list)) {
        return refused(StatusCode::BAD_REQUEST, "BadRequest", &why);
    }
    state.edit(object, id, &fields);
    one(state, object, &id.to_string(), &Asked::new())
}

/// The custom fields of an object, under the one of its two names that it goes by.
fn definitions(state: &State, object: &str) -> Response {
    let known = state
        .custom_fields
        .iter()
        .find(|(route, _)| match state.defines_by_singular {
            true => route.trim_end_matches('s') == object,
            false => **route == object,
        });
    match known {
        Some((_, fields)) => json_reply(
            StatusCode::OK,
            &fields.as_array().cloned().unwrap_or_default(),
        ),
        None => refused(StatusCode::NOT_FOUND, "NotFound", "no such object"),
    }
}

fn add_note(state: &mut State, object: &str, id: &str, body: &Bytes) -> Response {
    let known = id.parse().ok().is_some_and(|id: u64| {
        state
            .object(object)
            .is_some_and(|rows| rows.contains_key(&id))
    });
    let note: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    if !known {
        return refused(StatusCode::NOT_FOUND, "NotFound", "no such record");
    }
    if note.get("TITLE").map(text).unwrap_or_default().is_empty() {
        return refused(StatusCode::BAD_REQUEST, "BadRequest", "TITLE is required");
    }
    let notes = state.notes.entry(format!("{object}/{id}")).or_default();
    notes.push(Value::Object(note.clone()));
    json_reply(StatusCode::CREATED, &note)
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn refused(status: StatusCode, name: &str, message: &str) -> Response {
    json_reply(status, &json!({"Name": name, "Message": message}))
}
