//! Which pages of other sites may ask: those that the configuration names, with a key, and no other.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ORIGIN, VARY,
};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::config::ApiConfig;

/// The origins that may ask, as browsers name them.
#[derive(Clone, Debug, Default)]
pub(in crate::web) struct Origins(Arc<Vec<String>>);

impl Origins {
    /// Those that the configuration names.
    pub(in crate::web) fn of(config: &ApiConfig) -> Self {
        Self(Arc::new(config.origins()))
    }
}

/// Answers what browsers ask beforehand, and lets the pages of these origins read what comes back. Cookies stay out: such a
/// page needs a key.
pub(in crate::web) async fn allow(
    State(origins): State<Origins>,
    request: Request,
    next: Next,
) -> Response {
    let origin = request.headers().get(ORIGIN).cloned();
    let is_named = |origin: &HeaderValue| {
        let text = origin.to_str().unwrap_or_default();
        origins.0.iter().any(|known| known == text)
    };
    let Some(origin) = origin.filter(is_named) else {
        return next.run(request).await;
    };
    let mut response = match *request.method() == Method::OPTIONS {
        true => StatusCode::NO_CONTENT.into_response(),
        false => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.append(VARY, HeaderValue::from_static("origin"));
    let fixed = [
        (ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, DELETE"),
        (
            ACCESS_CONTROL_ALLOW_HEADERS,
            "authorization, content-type, idempotency-key, if-match",
        ),
        (
            ACCESS_CONTROL_EXPOSE_HEADERS,
            "etag, link, location, retry-after, idempotency-replayed",
        ),
        (ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
