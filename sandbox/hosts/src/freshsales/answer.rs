//! What the stand-in for Freshsales answers to each call of its API.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Instant;

use axum::body::Bytes;
use axum::extract::{Query, State as Shared};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use serde_json::{Map, Value, json};

use super::state::{Fault, OBJECTS, State};
use super::{API_KEY, Freshsales};
use crate::reply::json as json_reply;

type Asked = BTreeMap<String, String>;

/// The view of an object that shows every record; the others show some.
const VIEW_ALL: u64 = 700;

pub(super) async fn answer(
    Shared(freshsales): Shared<Freshsales>,
    method: Method,
    uri: Uri,
    Query(query): Query<Asked>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    freshsales.with(|state| {
        state.calls.push(format!("{method} {uri}"));
        if let Err(pause) = state.patience.take(Instant::now()) {
            let seconds = u32::try_from(pause.as_secs()).unwrap_or(u32::MAX) + 1;
            return too_much(Some(seconds));
        }
        let given = headers
            .get(header::AUTHORIZATION)
            .and_then(|it| it.to_str().ok());
        if given != Some(format!("Token token={API_KEY}").as_str()) {
            return refused(StatusCode::UNAUTHORIZED, "Authentication failed");
        }
        // A reply is lost of what was written: what was read can be asked for again.
        let waits = state.faults.front() == Some(&Fault::ReplyLost) && method == Method::GET;
        match state.faults.pop_front_if(|_| !waits) {
            Some(Fault::Status(429, seconds)) => too_much(seconds),
            Some(Fault::Status(status, _)) => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
                refused(status, "by order of the test")
            }
            Some(Fault::ReplyLost) => {
                let _ = route(state, &method, uri.path(), &query, &body);
                StatusCode::BAD_GATEWAY.into_response()
            }
            None => route(state, &method, uri.path(), &query, &body),
        }
    })
}

fn route(state: &mut State, method: &Method, path: &str, query: &Asked, body: &Bytes) -> Response {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let fields: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    match (method, parts.as_slice()) {
        (&Method::GET, ["lookup"]) => lookup(state, query),
        (&Method::GET, ["search"]) => search(state, query),
        (&Method::GET, ["selector", name]) => match state.selectors.get(name) {
            Some(rows) => json_reply(StatusCode::OK, &json!({ (*name): rows })),
            None => refused(StatusCode::NOT_FOUND, "no such selector"),
        },
        (&Method::GET, ["settings", object, "fields"]) if !state.hides_fields => {
            match state.fields.get(object) {
                Some(fields) => {
                    let group =
                        json!({"name": "more", "label": "More", "type": "group", "fields": fields});
                    json_reply(StatusCode::OK, &json!({ "fields": [group] }))
                }
                None => refused(StatusCode::NOT_FOUND, "no such address"),
            }
        }
        (&Method::POST, ["notes"]) => {
            let Some(Value::Object(note)) = fields.get("note") else {
                return refused(StatusCode::BAD_REQUEST, "note is missing");
            };
            state.notes.push(Value::Object(note.clone()));
            json_reply(StatusCode::CREATED, &json!({ "note": note }))
        }
        (&Method::POST, ["document_links"]) => {
            if !fields.contains_key("url") || !fields.contains_key("targetable_id") {
                return refused(StatusCode::BAD_REQUEST, "url is missing");
            }
            state.links.push(Value::Object(fields.clone()));
            json_reply(StatusCode::CREATED, &json!({ "document_link": fields }))
        }
        (method, [object, rest @ ..]) => {
            match OBJECTS.into_iter().find(|(route, _)| route == object) {
                Some(of) => on_object(state, method, of, (rest, query, &fields)),
                None => refused(StatusCode::NOT_FOUND, "no such address"),
            }
        }
        _ => refused(StatusCode::NOT_FOUND, "no such address"),
    }
}

fn on_object(
    state: &mut State,
    method: &Method,
    (object, one): (&'static str, &'static str),
    (rest, query, fields): (&[&str], &Asked, &Map<String, Value>),
) -> Response {
    let number = |text: &str| text.parse::<u64>().unwrap_or_default();
    match (method, rest) {
        (&Method::GET, ["filters"]) => {
            let whole = format!("All {object}");
            let views = json!([{"id": 699, "name": "My records"}, {"id": VIEW_ALL, "name": whole}]);
            json_reply(StatusCode::OK, &json!({ "filters": views }))
        }
        (&Method::GET, ["view", view]) => list(state, object, number(view), query),
        (&Method::GET, [id, "document_associations"]) => {
            let of = |link: &&Value| link["targetable_id"].as_u64() == Some(number(id));
            let links: Vec<&Value> = state.links.iter().filter(of).collect();
            json_reply(StatusCode::OK, &json!({ "document_associations": links }))
        }
        (&Method::GET, [id]) => single(state, (object, one), number(id), query),
        (&Method::PUT, [id]) => {
            let Some(Value::Object(changes)) = fields.get(one) else {
                return refused(StatusCode::BAD_REQUEST, "the body is not wrapped");
            };
            let custom = changes.get("custom_field").and_then(Value::as_object);
            if let Some(why) = custom.and_then(|custom| state.refuses(object, custom)) {
                return refused(StatusCode::BAD_REQUEST, &why);
            }
            match state.edit(object, number(id), changes) {
                true => single(state, (object, one), number(id), query),
                false => refused(StatusCode::NOT_FOUND, "no such record"),
            }
        }
        // There is no list without a view.
        _ => refused(StatusCode::NOT_FOUND, "no such address"),
    }
}

/// A record; what belongs to it only where it is asked for.
fn single(state: &State, (object, one): (&str, &str), id: u64, query: &Asked) -> Response {
    let held = state.object(object).and_then(|rows| rows.get(&id));
    let Some(held) = held else {
        return refused(StatusCode::NOT_FOUND, "no such record");
    };
    let mut fields = held.clone();
    let asked: Vec<&str> = query
        .get("include")
        .map(|it| it.split(',').collect())
        .unwrap_or_default();
    for part in ["products", "contacts", "sales_accounts"] {
        if !asked.contains(&part) {
            fields.remove(part);
        }
    }
    if asked.contains(&"notes") && !state.hides_notes {
        let of = |note: &&Value| note["targetable_id"].as_u64() == Some(id);
        let notes: Vec<&Value> = state.notes.iter().filter(of).collect();
        fields.insert("notes".to_owned(), json!(notes));
    }
    json_reply(StatusCode::OK, &json!({ (one): fields }))
}

/// A page of a view: from 1, 25 records and at most 100; whatever else is asked for is ignored.
fn list(state: &State, object: &'static str, view: u64, query: &Asked) -> Response {
    let number = |name: &str| query.get(name).and_then(|text| text.parse::<usize>().ok());
    let size = number("per_page").unwrap_or(25).clamp(1, 100);
    let page = number("page").unwrap_or(1).max(1);
    let rows = state.object(object).into_iter().flat_map(BTreeMap::values);
    let mut rows: Vec<&Map<String, Value>> = match view {
        VIEW_ALL => rows.collect(),
        _ => Vec::new(),
    };
    if query.get("sort").is_some_and(|field| field == "updated_at") {
        rows.sort_by_key(|row| updated(row));
        if query.get("sort_type").is_some_and(|way| way == "desc") {
            rows.sort_by_key(|row| Reverse(updated(row)));
        }
    }
    let total = rows.len().div_ceil(size);
    let shown: Vec<&Map<String, Value>> = rows
        .into_iter()
        .skip((page - 1) * size)
        .take(size)
        .collect();
    json_reply(
        StatusCode::OK,
        &json!({ (object): shown, "meta": { "total_pages": total } }),
    )
}

/// Thin records that say just this.
fn lookup(state: &State, query: &Asked) -> Response {
    let (Some(text), Some(field), Some(entity)) =
        (query.get("q"), query.get("f"), query.get("entities"))
    else {
        return refused(StatusCode::BAD_REQUEST, "q, f and entities are wanted");
    };
    let Some((object, _)) = OBJECTS.into_iter().find(|(_, one)| one == entity) else {
        return refused(StatusCode::BAD_REQUEST, "no such entity");
    };
    let says = |row: &&Map<String, Value>| {
        let value = row.get(field).and_then(Value::as_str);
        value.is_some_and(|value| value.eq_ignore_ascii_case(text))
    };
    let rows = state.object(object).into_iter().flat_map(BTreeMap::values);
    let thin: Vec<Value> = rows
        .filter(says)
        .map(|row| json!({"id": row["id"]}))
        .collect();
    json_reply(
        StatusCode::OK,
        &json!({ (object): { (object): thin, "meta": {"total": thin.len()} } }),
    )
}

/// Thin records in whose name a text occurs, as one list of several kinds; identifiers are texts here.
fn search(state: &State, query: &Asked) -> Response {
    let text = query
        .get("q")
        .map(|it| it.to_lowercase())
        .unwrap_or_default();
    let asked: Vec<&str> = query
        .get("include")
        .map(|it| it.split(',').collect())
        .unwrap_or_default();
    let mut found = Vec::new();
    for (object, one) in OBJECTS.into_iter().filter(|(_, one)| asked.contains(one)) {
        for row in state.object(object).into_iter().flat_map(BTreeMap::values) {
            let name = row.get("name").or_else(|| row.get("display_name"));
            let name = name.and_then(Value::as_str).unwrap_or_default();
            if !text.is_empty() && name.to_lowercase().contains(&text) {
                found.push(json!({"id": row["id"].to_string(), "type": one, "name": name}));
            }
        }
    }
    json_reply(StatusCode::OK, &found)
}

fn updated(row: &Map<String, Value>) -> DateTime<Utc> {
    let text = row
        .get("updated_at")
        .and_then(Value::as_str)
        .unwrap_or_default();
    DateTime::parse_from_rfc3339(text).map_or(DateTime::UNIX_EPOCH, |at| at.to_utc())
}

fn too_much(seconds: Option<u32>) -> Response {
    let mut reply = refused(StatusCode::TOO_MANY_REQUESTS, "slow down");
    if let Some(seconds) = seconds {
        reply
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    reply
}

fn refused(status: StatusCode, message: &str) -> Response {
    let body = json!({ "errors": { "code": status.as_u16(), "message": [message] } });
    json_reply(status, &body)
}
