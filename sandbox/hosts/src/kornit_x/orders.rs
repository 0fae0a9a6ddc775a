//! The published routes: an order is created, and its status written; too many calls are answered 400.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{post, put};
use serde_json::{Value, json};

use super::json::Json;
use super::product::{KornitX, Refused};

pub(super) fn routes() -> Router<KornitX> {
    Router::new()
        .route("/order", post(create))
        .route("/order/{id}/status", put(write_status))
}

async fn create(
    State(product): State<KornitX>,
    headers: HeaderMap,
    Json(order): Json<Value>,
) -> Response {
    if let Some(refusal) = refused(&product, &headers) {
        return refusal;
    }
    match product.place(order).await {
        Ok(id) => Json(json!({"id": id})).into_response(),
        Err(why) => bad(&why.to_string()),
    }
}

async fn write_status(
    State(product): State<KornitX>,
    Path(id): Path<u64>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    if let Some(refusal) = refused(&product, &headers) {
        return refusal;
    }
    let status = match body["status"].as_u64() {
        Some(8) => 8,
        Some(128) => 128,
        _ => return bad("status must be 8 or 128"),
    };
    match product.move_on(id, status, Value::Null).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(Refused::Unknown(_)) => StatusCode::NOT_FOUND.into_response(),
        Err(why) => bad(&why.to_string()),
    }
}

/// `Authorization: Basic COMPANYREFID:APIKEY`, as it stands there: not in base64.
fn refused(product: &KornitX, headers: &HeaderMap) -> Option<Response> {
    let expected = format!("Basic {}", product.settings().api_key);
    let key = headers.get("authorization");
    if key.is_none_or(|key| key.as_bytes() != expected.as_bytes()) {
        return Some(StatusCode::UNAUTHORIZED.into_response());
    }
    throttled(product)
}

/// 400 where others answer 429.
pub(super) fn throttled(product: &KornitX) -> Option<Response> {
    let most = product.settings().calls_per_hour;
    let mut state = product.state();
    state.calls = state.calls.saturating_add(1);
    (state.calls > most).then(|| bad("Rate limit exceeded"))
}

pub(super) fn bad(why: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({"error": why}))).into_response()
}
