//! How a request is answered that a product sent by itself: passed to its host, stored, and only then 200.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use serde_json::json;
use tieout_core::document::HostId;
use tieout_core::driver::{HostSite, NotPushed, World};
use tieout_core::host::{HostErrorKind, Push, PushRefusal};
use tokio::sync::Semaphore;

/// Bytes of one push: the largest document that a host takes, and what lies round it.
const BODY_BYTES_MAX: usize = 5 << 20;
/// How long a push is read and stored for: products give up about then.
const TAKEN_WITHIN: Duration = Duration::from_secs(15);
/// Pushes that are read at once: anybody may send one, and each may fill its space before its signature can be looked at.
const AT_ONCE_MAX: usize = 32;

/// The address to enter at a product, below the public name of this server: this, `/`, and the name of the host.
pub(crate) const PATH: &str = "/hooks";

/// What every request shares.
#[derive(Clone)]
struct Desk {
    world: Arc<World>,
    /// Hosts that are switched off: what they push waits there.
    off: BTreeSet<HostId>,
    places: Arc<Semaphore>,
}

pub(super) fn routes(world: Arc<World>, off: BTreeSet<HostId>) -> Router {
    let desk = Desk {
        world,
        off,
        places: Arc::new(Semaphore::new(AT_ONCE_MAX)),
    };
    Router::new()
        .route(&format!("{PATH}/{{host}}"), any(whole))
        .route(&format!("{PATH}/{{host}}/{{*path}}"), any(below))
        .with_state(desk)
}

async fn whole(
    State(desk): State<Desk>,
    Path(host): Path<String>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    desk.take(&host, String::new(), query, request).await
}

async fn below(
    State(desk): State<Desk>,
    Path((host, path)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    desk.take(&host, path, query, request).await
}

impl Desk {
    /// Answers one request. Nothing of its body is read before it is known that somebody may want it.
    async fn take(
        &self,
        host: &str,
        path: String,
        query: Option<String>,
        request: Request,
    ) -> Response {
        let site = HostId::new(host).ok();
        if site.as_ref().is_some_and(|id| self.off.contains(id)) {
            return later("this product is switched off here: send it again");
        }
        let Some(site) = site.and_then(|id| self.world.hosts.get(&id)) else {
            tracing::info!("a push for a host that is not configured was turned away");
            return problem(StatusCode::NOT_FOUND, "not_found", "nothing is taken here");
        };
        let Ok(_place) = self.places.try_acquire() else {
            tracing::warn!(host = %site.id, "a push was put off: too many come at once");
            return later("too many come at once: send it again");
        };
        let (parts, body) = request.into_parts();
        let taken = async {
            let push = Push {
                method: parts.method,
                path,
                query,
                body: read(&parts.headers, body).await?,
                headers: parts.headers,
                at: self.world.clock.now(),
            };
            Ok(answer(&self.world, site, &push).await)
        };
        match tokio::time::timeout(TAKEN_WITHIN, taken).await {
            Ok(Ok(reply) | Err(reply)) => reply,
            Err(_) => {
                tracing::warn!(host = %site.id, "a push took too long and was given up");
                later("it took too long: send it again")
            }
        }
    }
}

/// The whole body.
///
/// Fails with what is answered: at once where it says itself that it is too large.
async fn read(headers: &HeaderMap, body: Body) -> Result<axum::body::Bytes, Response> {
    let too_large = || {
        let detail = "a push has 5 MiB at most";
        problem(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
    };
    let told = headers.get(header::CONTENT_LENGTH);
    let told = told.and_then(|it| it.to_str().ok()?.parse::<u64>().ok());
    if told.is_some_and(|bytes| bytes > BODY_BYTES_MAX as u64) {
        return Err(too_large());
    }
    // What breaks off is not heard by anybody, whatever is said.
    to_bytes(body, BODY_BYTES_MAX)
        .await
        .map_err(|_| too_large())
}

async fn answer(world: &World, site: &HostSite, push: &Push) -> Response {
    match world.take_push(site, push).await {
        Ok(taken) => {
            tracing::debug!(host = %site.id, records = taken.records, "a push was taken");
            match push.method == Method::OPTIONS {
                true => allowed(&push.headers),
                // Kornit X expects 200, and whoever follows Standard Webhooks or CloudEvents takes it too.
                false => StatusCode::OK.into_response(),
            }
        }
        Err(NotPushed::Refused(refusal)) => refused(&site.id, &refusal),
        Err(NotPushed::NotStored(error)) => {
            tracing::error!(host = %site.id, error = %error.chain(), "a push could not be stored");
            later(NOT_STORED)
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
            | HostErrorKind::Misconfigured => later(NOT_STORED),
        },
    }
}

const NOT_STORED: &str = "it could not be stored now: send it again";

fn later(why: &str) -> Response {
    let mut reply = problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable", why);
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
