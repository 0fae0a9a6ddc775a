//! What is kept of a request and its reply to show what broke a promise: enough to repeat it, and no key.

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use serde::Serialize;
use tieout_core::host::Push;
use url::Url;

/// Characters of a body that are kept.
const BODY_CHARS_MAX: usize = 2_000;
/// Headers whose values are shown: none of them lets anybody in.
const SHOWN: [&str; 11] = [
    "accept",
    "content-type",
    "date",
    "idempotency-key",
    "location",
    "retry-after",
    "allow",
    "server",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
];

/// A request and what came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exchange {
    /// The method and the address, such as `GET https://api.example.com/v1/invoices?limit=1`; or a statement.
    pub request: String,
    /// The headers of the request, one a line; values that may be secret are hidden.
    pub request_headers: Vec<String>,
    /// What was sent.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub request_body: String,
    /// The status of the reply; 0 where a database was asked.
    pub status: u16,
    /// The headers of the reply, like those of the request.
    pub reply_headers: Vec<String>,
    /// The beginning of what came back.
    pub reply_body: String,
}

impl Exchange {
    pub(super) fn of(url: &Url, request: &Request<Bytes>, reply: &Response<Bytes>) -> Self {
        let keys = keys(request.headers());
        let without_keys = |mut text: String| {
            // A product that complains of a key may repeat it.
            for key in &keys {
                text = text.replace(key.as_str(), "•••");
            }
            text
        };
        Self {
            request: format!("{} {url}", request.method()),
            request_headers: shown(request.headers()),
            request_body: beginning(request.body()),
            status: reply.status().as_u16(),
            reply_headers: shown(reply.headers()),
            reply_body: without_keys(beginning(reply.body())),
        }
    }
}

impl Exchange {
    /// What the product sent by itself, and what it was answered.
    pub(super) fn of_push(address: &str, push: &Push, answered: StatusCode) -> Self {
        Self {
            request: format!("{} {address}", push.method),
            request_headers: shown(&push.headers),
            request_body: beginning(&push.body),
            status: answered.as_u16(),
            reply_headers: Vec::new(),
            reply_body: String::new(),
        }
    }
}

impl Exchange {
    /// What a database was asked, with its parameters, and what came back.
    pub(super) fn of_statement(statement: &str, with: &[&str], came: String) -> Self {
        Self {
            request: statement.to_owned(),
            request_headers: Vec::new(),
            request_body: with.join(", "),
            status: 0,
            reply_headers: Vec::new(),
            reply_body: beginning(&Bytes::from(came)),
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

/// What lets in: the values of headers that are not shown, each word of them.
fn keys(headers: &HeaderMap) -> Vec<String> {
    const KEY_CHARS_MIN: usize = 3;
    let hidden = headers
        .iter()
        .filter(|(name, value)| value.is_sensitive() || !SHOWN.contains(&name.as_str()));
    hidden
        .filter_map(|(_, value)| value.to_str().ok())
        .flat_map(str::split_ascii_whitespace)
        .filter(|word| word.len() >= KEY_CHARS_MIN && !word.eq_ignore_ascii_case("bearer"))
        .map(str::to_owned)
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
