//! The control pages of the stand-in for Insightly: edits as people make them, faults, and what was asked.

use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode, Uri};
use serde_json::{Map, Value, json};

use super::Insightly;
use super::state::Fault;
use crate::reply::json as json_reply;

/// `POST edit/{Object}/{id}`, `POST put/{Object}/{id}`, `POST remove/{Object}/{id}` with the fields as JSON;
/// `POST fault/{status}`, `POST fault/reply-lost`, `POST quota/{calls}`; `GET state`.
pub(super) async fn answer(
    Shared(insightly): Shared<Insightly>,
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
    insightly.with(|state| match (&method, parts.as_slice()) {
        (&Method::POST, ["edit", object, id]) => match state.edit(object, number(id), &fields) {
            true => StatusCode::NO_CONTENT.into_response(),
            false => StatusCode::NOT_FOUND.into_response(),
        },
        (&Method::POST, ["put", object, id]) => {
            state.put(object, number(id), fields);
            StatusCode::NO_CONTENT.into_response()
        }
        (&Method::POST, ["remove", object, id]) => {
            state.remove(object, number(id));
            StatusCode::NO_CONTENT.into_response()
        }
        (&Method::POST, ["fault", "reply-lost"]) => {
            state.faults.push_back(Fault::ReplyLost);
            StatusCode::NO_CONTENT.into_response()
        }
        (&Method::POST, ["fault", status]) => {
            let status = u16::try_from(number(status)).unwrap_or(500);
            state.faults.push_back(Fault::Status(status));
            StatusCode::NO_CONTENT.into_response()
        }
        (&Method::POST, ["quota", calls]) => {
            state.remaining = number(calls);
            StatusCode::NO_CONTENT.into_response()
        }
        (&Method::GET, ["state"]) => json_reply(
            StatusCode::OK,
            &json!({
                "notes": state.notes,
                "calls": state.calls,
                "refused": state.patience.refused,
            }),
        ),
        _ => StatusCode::NOT_FOUND.into_response(),
    })
}
