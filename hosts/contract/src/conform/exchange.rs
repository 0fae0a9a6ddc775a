//! What is kept of a request and its reply to show what broke a promise: enough to repeat it, and no key.

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use serde::Serialize;
use url::Url;

/// Characters of a body that are kept.
const BODY_CHARS_MAX: usize = 2_000;
/// Headers whose values are shown: none of them lets anybody in.
const SHOWN: [&str; 8] = [
    "accept",
    "content-type",
    "date",
    "idempotency-key",
    "location",
    "retry-after",
    "allow",
    "server",
];

/// A request and what came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exchange {
    /// The method and the address, such as `GET https://api.example.com/v1/invoices?limit=1`.
    pub request: String,
    /// The headers of the request, one a line; values that may be secret are hidden.
    pub request_headers: Vec<String>,
    /// What was sent.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub request_body: String,
    /// The status of the reply.
    pub status: u16,
    /// The headers of the reply, like those of the request.
    pub reply_headers: Vec<String>,
    /// The beginning of what came back.
    pub reply_body: String,
}

impl Exchange {
    pub(super) fn of(url: &Url, request: &Request<Bytes>, reply: &Response<Bytes>) -> Self {
        Self {
            request: format!("{} {url}", request.method()),
            request_headers: shown(request.headers()),
            request_body: beginning(request.body()),
            status: reply.status().as_u16(),
            reply_headers: shown(reply.headers()),
            reply_body: beginning(reply.body()),
        }
    }
}

fn shown(headers: &HeaderMap) -> Vec<String> {
    let line = |name: &http::HeaderName, value: &http::HeaderValue| {
        let is_shown = SHOWN.contains(&name.as_str()) && !value.is_sensitive();
        let value = value.to_str().ok().filter(|_| is_shown);
        format!("{name}: {}", value.unwrap_or("•••"))
    };
    headers
        .iter()
        .map(|(name, value)| line(name, value))
        .collect()
}

fn beginning(body: &Bytes) -> String {
    let text = String::from_utf8_lossy(body);
    let mut short: String = text.chars().take(BODY_CHARS_MAX).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
