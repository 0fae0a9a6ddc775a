//! What tests and people do to the stand-in from outside: orders, statuses, retries, faults.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::json::Json;
use super::orders::bad;
use super::product::{Faults, KornitX, samples};

pub(super) fn routes() -> Router<KornitX> {
    Router::new()
        .route("/control/orders", post(place).get(orders))
        .route("/control/samples", post(place_samples))
        .route("/control/status", post(move_on))
        .route("/control/retry", post(retry))
        .route("/control/faults", post(fail))
        .route("/control/hour", post(next_hour))
        .route("/control/push-url", post(push_to))
        .route("/control/sent", get(sent))
}

/// One order, or the parts of one.
async fn place(State(product): State<KornitX>, Json(orders): Json<Value>) -> Response {
    let parts = match orders {
        Value::Array(parts) => parts,
        one => vec![one],
    };
    match product.place_split(parts).await {
        Ok(ids) => Json(json!({"ids": ids})).into_response(),
        Err(why) => bad(&why.to_string()),
    }
}

async fn orders(State(product): State<KornitX>) -> Json<Vec<Value>> {
    Json(product.state().orders.values().cloned().collect())
}

async fn place_samples(State(product): State<KornitX>) -> Response {
    for order in samples() {
        if let Err(why) = product.place(order).await {
            return bad(&why.to_string());
        }
    }
    StatusCode::NO_CONTENT.into_response()
}

#[derive(Deserialize)]
struct Move {
    id: u64,
    status: u32,
    #[serde(default)]
    more: Value,
}

async fn move_on(State(product): State<KornitX>, Json(to): Json<Move>) -> Response {
    match product.move_on(to.id, to.status, to.more).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(why) => bad(&why.to_string()),
    }
}

async fn retry(State(product): State<KornitX>) -> Response {
    product.retry().await;
    Json(json!({"waiting": product.waiting()})).into_response()
}

async fn fail(State(product): State<KornitX>, Json(faults): Json<Faults>) -> StatusCode {
    product.fail(faults);
    StatusCode::NO_CONTENT
}

async fn next_hour(State(product): State<KornitX>) -> StatusCode {
    product.next_hour();
    StatusCode::NO_CONTENT
}

async fn push_to(State(product): State<KornitX>, Json(url): Json<Url>) -> StatusCode {
    product.push_to(url);
    StatusCode::NO_CONTENT
}

async fn sent(State(product): State<KornitX>) -> Response {
    Json(product.sent()).into_response()
}
