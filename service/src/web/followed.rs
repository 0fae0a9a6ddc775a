//! The span of a request that is answered here: which kind of request, how it ended, and with whose trace it goes on.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use tieout_core::spans::TARGET;
use tracing::field::Empty;
use tracing::{Instrument, Span, info_span};

use super::metrics::{method, page, route};
use crate::telemetry::continues;

/// What monitors ask all day says nothing.
const UNTOLD: [&str; 3] = ["/health", "/ready", "/metrics"];

/// Answers under a span: never with an address in it that names a document or a person, and never with who asks.
pub(crate) async fn followed(request: Request, next: Next) -> Response {
    if UNTOLD.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    let known = method(request.method()).unwrap_or("_OTHER");
    let span = info_span!(
        target: TARGET,
        "answer",
        otel.kind = "server",
        otel.name = known,
        http.request.method = known,
        http.route = Empty,
        http.response.status_code = Empty,
        error.type = Empty,
        otel.status_code = Empty,
    );
    if span.is_disabled() {
        return next.run(request).await;
    }
    continues(&span, request.headers());
    let page = page(request.uri().path());
    let response = next.run(request).instrument(span.clone()).await;
    tell(&span, known, &response, page);
    response
}

fn tell(span: &Span, method: &str, response: &Response, page: String) {
    let status = response.status();
    if let Some(route) = route(response, page) {
        span.record("otel.name", format!("{method} {route}"));
        span.record("http.route", route);
    }
    span.record("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        span.record("error.type", status.as_str());
        span.record("otel.status_code", "ERROR");
    }
}
