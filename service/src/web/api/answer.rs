//! How every request is answered: who asks, whether this one may, how much, once, and what comes back.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::header::{ALLOW, HeaderName};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};

use super::access;
use super::desk::Desk;
use super::endpoint::{BODY_BYTES_MAX, Endpoint, Finished, Raw};
use super::problem::{Problem, Sort};
use super::replies::{Asked, IDEMPOTENCY_KEY};

/// Answers one request.
pub(super) async fn answer(desk: Arc<Desk>, endpoint: Arc<Endpoint>, request: Request) -> Response {
    let finished = match attempt(desk, &endpoint, request).await {
        Ok(finished) => finished,
        Err(problem) => problem.finish(),
    };
    let mut response = finished.into_response();
    response.extensions_mut().insert(Route(endpoint.path));
    response
}

/// The address of the table that a reply is from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route(pub(crate) &'static str);

async fn attempt(
    desk: Arc<Desk>,
    endpoint: &Arc<Endpoint>,
    request: Request,
) -> Result<Finished, Problem> {
    let (mut parts, body) = request.into_parts();
    let by = access::caller(&desk.front, &mut parts).await?;
    by.must(endpoint.scope)?;
    let body = axum::body::to_bytes(body, BODY_BYTES_MAX).await;
    let body = body.map_err(|_| {
        Problem::new(
            Sort::TooLarge,
            format!("a body has at most {BODY_BYTES_MAX} bytes"),
        )
    })?;
    let key = parts.headers.get(IDEMPOTENCY_KEY).cloned();
    let raw = Raw {
        desk: Arc::clone(&desk),
        by,
        parts,
        body,
    };
    if !endpoint.is_write() {
        return done(endpoint, raw).await;
    }
    let asked = key.map(|key| Asked::of(&key, endpoint, &raw)).transpose()?;
    // Whoever goes away while it is done leaves nothing half done, and nothing that goes on in the next shift.
    let endpoint = Arc::clone(endpoint);
    let writes = desk.front.writes.clone();
    let work = writes.spawn(async move {
        match asked {
            Some(asked) => {
                let replies = &Arc::clone(&desk).replies;
                replies.once(&asked, done(&endpoint, raw)).await
            }
            None => done(&endpoint, raw).await,
        }
    });
    match work.await {
        Ok(Some(answered)) => answered,
        Ok(None) => Err(Problem::new(
            Sort::Broken,
            "the program ended, or begins anew, before this was done",
        )
        .advise("Ask again what became of it, or send it once more with its idempotency key.")),
        Err(error) => {
            tracing::error!(%error, "a request broke");
            Err(Problem::new(Sort::Broken, "something broke on this side"))
        }
    }
}

async fn done(endpoint: &Endpoint, raw: Raw) -> Result<Finished, Problem> {
    let mut finished = (endpoint.act)(raw).await?;
    if finished.status == StatusCode::OK {
        finished.status = endpoint.status;
    }
    Ok(finished)
}

/// The address is right, and the method is not.
pub(super) fn no_such_method(asked: &Method, known: &[Method]) -> Response {
    let names: Vec<&str> = known.iter().map(Method::as_str).collect();
    let allow = HeaderValue::from_str(&names.join(", "));
    let problem = Problem::new(
        Sort::NoSuchMethod,
        format!("this address does not take {asked}"),
    )
    .with(
        ALLOW,
        allow.expect("the names of methods can stand in a header"),
    );
    problem.finish().into_response()
}

/// Nothing stands at this address.
pub(super) async fn nowhere() -> Response {
    let problem = Problem::not_found("nothing stands at this address")
        .advise("GET /v1/openapi.json names every address.");
    problem.finish().into_response()
}

/// That a reply was kept from an earlier request.
pub(super) const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
