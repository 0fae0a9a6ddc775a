//! The control pages of the stand-in for Freshsales: edits as people make them, faults, and what was asked.

use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode, Uri};
use serde_json::{Map, Value, json};

use super::Freshsales;
use super::state::Fault;
use crate::reply::json as json_reply;

/// `POST edit/{object}/{id}` and `POST put/{object}/{id}` with the fields as JSON; `POST fault/{status}`,
/// `POST fault/429/{seconds}`, `POST fault/reply-lost`; `GET state`.
pub(super) async fn answer(
    Shared(freshsales): Shared<Freshsales>,
    method: Method,
    uri: Uri,
    body: Bytes,
) -> Response {
    let parts: Vec<&str> = uri
        .path()
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    let fields: Map<String, Value> = serde_json::from_slice(&body).unwrap_or_default();
    let number = |text: &str| text.parse::<u64>().unwrap_or_default();
    freshsales.with(|state| match (&method, parts.as_slice()) {
        (&Method::POST, ["edit", object, id]) => match state.edit(object, number(id), &fields) {
            true => StatusCode::NO_CONTENT.into_response(),
            false => StatusCode::NOT_FOUND.into_response(),
        },
        (&Method::POST, ["put", object, id]) => {
            state.put(object, number(id), fields);
            StatusCode::NO_CONTENT.into_response()
        }
        (&Method::POST, ["fault", "reply-lost"]) => {
            state.faults.push_back(Fault::ReplyLost);
            StatusCode::NO_CONTENT.into_response()
        }
        (&Method::POST, ["fault", status, rest @ ..]) => {
            let status = u16::try_from(number(status)).unwrap_or(500);
            let seconds = rest.first().and_then(|text| text.parse().ok());
            state.faults.push_back(Fault::Status(status, seconds));
            StatusCode::NO_CONTENT.into_response()
        }
        (&Method::GET, ["state"]) => json_reply(
            StatusCode::OK,
            &json!({
                "notes": state.notes,
                "links": state.links,
                "calls": state.calls,
                "refused": state.patience.refused,
            }),
        ),
        _ => StatusCode::NOT_FOUND.into_response(),
    })
}
