//! Whether this process can do its work: its store answers, and what the configuration names is open.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::Watch;

/// Whether it can, and what it cannot. Names nothing: whoever balances load asks without a key.
#[derive(Debug, Serialize)]
struct Ready {
    ready: bool,
    /// Why not, or what else is not as it should be.
    reasons: Vec<String>,
    hosts: usize,
    connections: usize,
}

/// Tells it: 200 when it can, 503 when it cannot.
pub(super) async fn show(State(watch): State<Watch>) -> Response {
    let staff = watch.front.shop.staff();
    let mut reasons = Vec::new();
    let store = watch.front.store();
    let answers = store.journal_before(None, 1).await;
    if let Err(error) = &answers {
        tracing::error!(%error, "the store does not answer");
        reasons.push("the store does not answer".to_owned());
    }
    let unconnected = staff.unconnected.len();
    if unconnected > 0 {
        reasons.push(format!("{unconnected} connections are not connected yet"));
    }
    if watch.front.renewal.end().is_cancelled() {
        reasons.push("the process ends or begins anew".to_owned());
    }
    // What nobody has connected yet holds up nothing else.
    let ready = answers.is_ok() && !watch.front.renewal.end().is_cancelled();
    let told = Ready {
        ready,
        reasons,
        hosts: staff.world.hosts.len(),
        connections: staff.world.connections.len(),
    };
    let status = match ready {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    let body = serde_json::to_string(&told).unwrap_or_default();
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (status, kind, body).into_response()
}
