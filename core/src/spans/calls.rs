//! The spans of HTTP calls, by the semantic conventions of OpenTelemetry: method, server, path without what it names, status.

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, Response, Uri};
use tracing::field::Empty;
use tracing::{Instrument, Span, info_span};

use super::steps::{TARGET, fail, figure};
use crate::transport::{Transport, TransportError};

/// The layer of transport that makes a span of each call, without any part of its path: what a product names there may
/// be somebody.
#[derive(Clone, Debug)]
pub struct Spanned<T>(T);

impl<T> Spanned<T> {
    /// The layer round another transport.
    #[must_use]
    pub fn new(inner: T) -> Self {
        Self(inner)
    }
}

#[async_trait]
impl<T: Transport> Transport for Spanned<T> {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let span = call(request.method(), request.uri(), None, request.body().len());
        let result = self.0.send(request).instrument(span.clone()).await;
        answered(&span, &result);
        result
    }
}

/// A call that is about to leave. `template` is its path without what it names; never its query.
#[must_use]
pub fn call(method: &Method, uri: &Uri, template: Option<&str>, bytes: usize) -> Span {
    let span = info_span!(
        target: TARGET,
        "HTTP",
        otel.kind = "client",
        otel.name = Empty,
        http.request.method = known(method),
        server.address = uri.host(),
        server.port = uri.port_u16().or(default_port(uri)).map(i64::from),
        url.scheme = uri.scheme_str(),
        url.template = template,
        http.request.body.size = figure(bytes),
        http.response.status_code = Empty,
        http.response.body.size = Empty,
        tieout.budget.day_left = Empty,
        tieout.budget.minute_left = Empty,
        tieout.budget.app_minute_left = Empty,
        tieout.budget.problem = Empty,
        tieout.budget.retry_after_s = Empty,
        error.type = Empty,
        otel.status_code = Empty,
    );
    // The name is made only where somebody listens.
    if !span.is_disabled() {
        let name = match template {
            Some(template) => format!("{} {template}", known(method)),
            None => known(method).to_owned(),
        };
        span.record("otel.name", name);
    }
    span
}

/// Tells how a call ended.
pub fn answered(span: &Span, result: &Result<Response<Bytes>, TransportError>) {
    match result {
        Ok(reply) => {
            let status = reply.status();
            span.record("http.response.status_code", i64::from(status.as_u16()));
            span.record("http.response.body.size", figure(reply.body().len()));
            if status.is_client_error() || status.is_server_error() {
                fail(span, status.as_str());
            }
        }
        Err(TransportError::NotSent(_)) => fail(span, "not_sent"),
        Err(TransportError::ReplyLost(_)) => fail(span, "reply_lost"),
        Err(TransportError::ReplyTooLarge { .. }) => fail(span, "reply_too_large"),
    }
}

/// What a reply says of the limits of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Calls left today.
    DayLeft,
    /// Calls left this minute.
    MinuteLeft,
    /// Calls that the app has left this minute, with all its organisations.
    AppMinuteLeft,
    /// Which limit was reached.
    Problem,
    /// Seconds until the next try makes sense.
    RetryAfter,
}

/// Tells what a reply says of a limit. What is no figure is told only where it is one short word.
pub fn limited(span: &Span, fact: Fact, value: &str) {
    let field = match fact {
        Fact::DayLeft => "tieout.budget.day_left",
        Fact::MinuteLeft => "tieout.budget.minute_left",
        Fact::AppMinuteLeft => "tieout.budget.app_minute_left",
        Fact::Problem => "tieout.budget.problem",
        Fact::RetryAfter => "tieout.budget.retry_after_s",
    };
    match value.trim().parse::<i64>() {
        Ok(figure) => {
            span.record(field, figure);
        }
        Err(_) if is_word(value) => {
            span.record(field, value);
        }
        Err(_) => {}
    }
}

/// The path with only the words of an API left: what holds a digit, an escape or stands after `Attachments` may be
/// somebody's.
#[must_use]
pub fn masked(path: &str) -> String {
    let mut after_attachments = false;
    let parts = path.split('/').map(|part| {
        let shown = if after_attachments || !(is_word(part) || is_version(part)) {
            "{}"
        } else {
            part
        };
        after_attachments |= part.eq_ignore_ascii_case("attachments");
        if part.is_empty() { "" } else { shown }
    });
    parts.collect::<Vec<_>>().join("/")
}

fn is_word(part: &str) -> bool {
    part.len() <= 32
        && part
            .chars()
            .all(|c| c.is_ascii_alphabetic() || matches!(c, '.' | '-' | '_'))
}

fn is_version(part: &str) -> bool {
    part.len() <= 4
        && part
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | 'v'))
}

/// What strangers make up as a method is no attribute of ours.
fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        "PATCH" => "PATCH",
        _ => "_OTHER",
    }
}

fn default_port(uri: &Uri) -> Option<u16> {
    match uri.scheme_str() {
        Some("https") => Some(443),
        Some("http") => Some(80),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn identifiers_and_names_do_not_reach_the_log() {
        for (path, shown) in [
            ("/api.xro/2.0/Invoices", "/api.xro/2.0/Invoices"),
            (
                "/api.xro/2.0/Invoices/243216c5-369e-4056-ac67-05388f86dc81/Attachments/JaneDoe",
                "/api.xro/2.0/Invoices/{}/Attachments/{}",
            ),
            ("/api.xro/2.0/Invoices/INV-0001", "/api.xro/2.0/Invoices/{}"),
            (
                "/api.xro/2.0/Contacts/Jane%20Doe",
                "/api.xro/2.0/Contacts/{}",
            ),
            ("/connections/17ac26d0-2b0f", "/connections/{}"),
            ("/connect/token", "/connect/token"),
        ] {
            assert_eq!(masked(path), shown);
        }
    }
}
