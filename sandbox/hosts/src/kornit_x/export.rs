//! The export of order details: tokens for client credentials, a filter by status, and pages.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::json::Json;
use super::orders::{bad, throttled};
use super::product::{KornitX, Paging, Settings};

const SCOPE: &str = "export-api.order-item-details";

pub(super) fn routes() -> Router<KornitX> {
    Router::new()
        .route("/token", post(token))
        .route("/export/orders", get(orders))
}

async fn token(
    State(product): State<KornitX>,
    headers: HeaderMap,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    let refuse =
        |code: StatusCode, error: &str| (code, Json(json!({"error": error}))).into_response();
    let field = |name: &str| form.get(name).map(String::as_str);
    let settings = product.settings();
    let in_body = field("client_id") == Some(settings.client_id.as_str())
        && field("client_secret") == Some(settings.client_secret.as_str());
    if !in_body && !is_shown(&headers, &settings) {
        return refuse(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    if field("grant_type") != Some("client_credentials") {
        return refuse(StatusCode::BAD_REQUEST, "unsupported_grant_type");
    }
    if field("scope") != Some(SCOPE) {
        return refuse(StatusCode::BAD_REQUEST, "invalid_scope");
    }
    let mut state = product.state();
    state.tokens += 1;
    Json(json!({
        "access_token": format!("token-{}", state.tokens),
        "token_type": "Bearer",
        "expires_in": settings.token_life_s,
    }))
    .into_response()
}

/// HTTP basic authentication; the stand-in's own client needs no escaping.
fn is_shown(headers: &HeaderMap, settings: &Settings) -> bool {
    let pair = format!("{}:{}", settings.client_id, settings.client_secret);
    let expected = format!("Basic {}", STANDARD.encode(pair));
    headers
        .get("authorization")
        .is_some_and(|value| value.as_bytes() == expected.as_bytes())
}

async fn orders(
    State(product): State<KornitX>,
    headers: HeaderMap,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    if !has_token(&product, &headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    if let Some(refusal) = throttled(&product) {
        return refusal;
    }
    {
        let faults = &mut product.state().faults;
        if faults.down > 0 {
            faults.down -= 1;
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    }
    let Some(wanted) = query.get("filter[status:in]") else {
        return bad("filter[status:in] is missing");
    };
    let wanted: Result<Vec<u64>, _> = wanted.split(',').map(str::parse).collect();
    let Ok(wanted) = wanted else {
        return bad("filter[status:in] holds numbers");
    };
    let found: Vec<Value> = {
        let state = product.state();
        let is_wanted = |order: &&Value| {
            order["status"]
                .as_u64()
                .is_some_and(|status| wanted.contains(&status))
        };
        state.orders.values().filter(is_wanted).cloned().collect()
    };
    let page = query
        .get("page")
        .and_then(|page| page.parse().ok())
        .unwrap_or(1);
    Json(paged(
        &product.settings(),
        found,
        page,
        &query["filter[status:in]"],
    ))
    .into_response()
}

fn has_token(product: &KornitX, headers: &HeaderMap) -> bool {
    let value = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok());
    let number = value.and_then(|value| value.strip_prefix("Bearer token-")?.parse().ok());
    let state = product.state();
    number.is_some_and(|number: u64| number > state.ended_tokens && number <= state.tokens)
}

fn paged(settings: &Settings, found: Vec<Value>, page: usize, wanted: &str) -> Value {
    let rows = settings.page_rows.max(1);
    let last = found.len().div_ceil(rows).max(1);
    let data: Vec<Value> = found
        .into_iter()
        .skip(page.saturating_sub(1).saturating_mul(rows))
        .take(rows)
        .collect();
    match settings.paging {
        Paging::Bare => Value::Array(data),
        Paging::Numbers => json!({"data": data, "meta": {"current_page": page, "last_page": last}}),
        Paging::Links => {
            let next = (page < last).then(|| {
                format!(
                    "/export/orders?filter[status:in]={wanted}&page={}",
                    page + 1
                )
            });
            json!({"data": data, "links": {"next": next}})
        }
    }
}
