//! How a request is answered that a product sent by itself: passed to its host, stored, and only then 200.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use serde_json::json;
use tieout_core::document::HostId;
use tieout_core::driver::{NotPushed, World};
use tieout_core::host::{HostErrorKind, Push, PushRefusal};

/// Bytes of one push: the largest document that a host takes, and what lies round it.
const BODY_BYTES_MAX: usize = 5 << 20;

/// The address to enter at a product, below the public name of this server: this, `/`, and the name of the host.
pub(crate) const PATH: &str = "/hooks";

pub(super) fn routes(world: Arc<World>) -> Router {
    Router::new()
        .route(&format!("{PATH}/{{host}}"), any(whole))
        .route(&format!("{PATH}/{{host}}/{{*path}}"), any(below))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(world)
}

async fn whole(
    State(world): State<Arc<World>>,
    Path(host): Path<String>,
    method: Method,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let push = Push {
        method,
        path: String::new(),
        query,
        headers,
        body,
        at: world.clock.now(),
    };
    answer(&world, &host, &push).await
}

async fn below(
    State(world): State<Arc<World>>,
    Path((host, path)): Path<(String, String)>,
    method: Method,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let push = Push {
        method,
        path,
        query,
        headers,
        body,
        at: world.clock.now(),
    };
    answer(&world, &host, &push).await
}

async fn answer(world: &World, host: &str, push: &Push) -> Response {
    let site = HostId::new(host).ok().and_then(|id| world.hosts.get(&id));
    let Some(site) = site else {
        tracing::info!("a push for a host that is not configured was turned away");
        return problem(StatusCode::NOT_FOUND, "not_found", "nothing is taken here");
    };
    match world.take_push(site, push).await {
        Ok(taken) => {
            tracing::debug!(host = %site.id, records = taken.records, "a push was taken");
            match push.method == Method::OPTIONS {
                true => allowed(&push.headers),
                false => StatusCode::NO_CONTENT.into_response(),
            }
        }
        Err(NotPushed::Refused(refusal)) => refused(&site.id, &refusal),
        Err(NotPushed::NotStored(error)) => {
            tracing::error!(host = %site.id, error = %error.chain(), "a push could not be stored");
            later()
        }
    }
}

/// What CloudEvents ask before they are sent anywhere: that this is the place for them, as often as they like.
fn allowed(asked: &HeaderMap) -> Response {
    let mut reply = StatusCode::OK.into_response();
    let headers = reply.headers_mut();
    headers.insert(header::ALLOW, HeaderValue::from_static("OPTIONS, POST"));
    if let Some(origin) = asked.get("webhook-request-origin") {
        headers.insert("webhook-allowed-origin", origin.clone());
    }
    if asked.contains_key("webhook-request-rate") {
        headers.insert("webhook-allowed-rate", HeaderValue::from_static("*"));
    }
    reply
}

/// What is said to the sender: nothing that helps one who is not the product.
fn refused(host: &HostId, refusal: &PushRefusal) -> Response {
    tracing::info!(%host, %refusal, "a push was turned away");
    match refusal {
        PushRefusal::NotTaken => {
            problem(StatusCode::NOT_FOUND, "not_found", "nothing is taken here")
        }
        PushRefusal::NotSigned(_) => problem(
            StatusCode::UNAUTHORIZED,
            "not_signed",
            "the signature is not right",
        ),
        PushRefusal::BadData(message) => {
            problem(StatusCode::UNPROCESSABLE_ENTITY, "bad_data", message)
        }
        PushRefusal::Failed(error) => match error.kind {
            HostErrorKind::BadData => {
                problem(StatusCode::UNPROCESSABLE_ENTITY, "bad_data", &error.message)
            }
            HostErrorKind::Unavailable
            | HostErrorKind::Unauthorised
            | HostErrorKind::Misconfigured => later(),
        },
    }
}

fn later() -> Response {
    let mut reply = problem(
        StatusCode::SERVICE_UNAVAILABLE,
        "unavailable",
        "it could not be stored now: send it again",
    );
    let seconds = HeaderValue::from_static("30");
    reply.headers_mut().insert(header::RETRY_AFTER, seconds);
    reply
}

/// An answer as RFC 9457 has it.
fn problem(status: StatusCode, code: &str, detail: &str) -> Response {
    let body = json!({
        "type": "about:blank",
        "title": status.canonical_reason().unwrap_or_default(),
        "status": status.as_u16(),
        "code": code,
        "detail": detail,
    });
    let media = [(header::CONTENT_TYPE, "application/problem+json")];
    (status, media, body.to_string()).into_response()
}
