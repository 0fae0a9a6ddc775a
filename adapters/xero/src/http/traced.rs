//! What log and spans say about a call: method, path without identifiers, status, time, size and limits, and nothing else.

use std::time::Instant;

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;
use tieout_core::spans::{Fact, answered, call, limited, masked};
use tieout_core::transport::{Transport, TransportError};
use tracing::{Instrument, Span};

/// The path of a call as the log shows it, such as `/Invoices/{id}`: put it into the request's extensions.
///
/// Without one the path is shown with everything masked that may be an identifier or a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route(pub &'static str);

/// Where Xero tells of its limits.
const LIMITS: &[(&str, Fact)] = &[
    ("x-daylimit-remaining", Fact::DayLeft),
    ("x-minlimit-remaining", Fact::MinuteLeft),
    ("x-appminlimit-remaining", Fact::AppMinuteLeft),
    ("x-rate-limit-problem", Fact::Problem),
    ("retry-after", Fact::RetryAfter),
];

/// Logs each call once, when it is over, and makes a span of it: never headers, tokens, queries or bodies, of headers only
/// what Xero says of its limits.
#[derive(Clone, Debug)]
pub struct Traced<T> {
    inner: T,
}

impl<T> Traced<T> {
    /// The layer round another transport.
    #[must_use]
    pub fn new(inner: T) -> Self {
        Self { inner }
    }
}

#[async_trait]
impl<T: Transport> Transport for Traced<T> {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let method = request.method().clone();
        let host = request.uri().host().unwrap_or_default().to_owned();
        let path = match request.extensions().get::<Route>() {
            Some(Route(path)) => (*path).to_owned(),
            None => masked(request.uri().path()),
        };
        let bytes_sent = request.body().len();
        let began = Instant::now();
        // A route may begin with its method, as the client names it.
        let template = path.split_once(' ').map_or(path.as_str(), |(_, rest)| rest);
        let span = call(&method, request.uri(), Some(template), bytes_sent);
        let result = self.inner.send(request).instrument(span.clone()).await;
        answered(&span, &result);
        if let Ok(reply) = &result {
            tell_limits(&span, reply.headers());
        }
        let duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        match &result {
            Ok(reply) => tracing::debug!(
                http.method = %method,
                http.host = host,
                http.path = path,
                http.status = reply.status().as_u16(),
                duration_ms,
                bytes_sent,
                bytes_received = reply.body().len(),
                "call answered"
            ),
            Err(error) => tracing::warn!(
                http.method = %method,
                http.host = host,
                http.path = path,
                duration_ms,
                bytes_sent,
                error = %error,
                "call without an answer"
            ),
        }
        result
    }
}

/// What the reply says of Xero's limits.
fn tell_limits(span: &Span, headers: &HeaderMap) {
    if span.is_disabled() {
        return;
    }
    for (name, fact) in LIMITS {
        if let Some(value) = headers.get(*name).and_then(|it| it.to_str().ok()) {
            limited(span, *fact, value);
        }
    }
}
