//! The layer of transport that records calls: which headers and bodies are kept, and what never is.

use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, header};

use super::call::{Answer, Call, HeaderNames, headers};
use super::tape::{TapedCall, current};
use crate::clock::Clock;
use crate::transport::{Transport, TransportError};

/// Whether bodies are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bodies {
    /// Those that are JSON.
    Kept,
    /// Heads only.
    Left,
}

/// Records each call on the tape of whoever makes it ([`super::taped`]); calls outside of any scope pass unseen.
///
/// Put it below whatever repeats or holds back calls, so that what is recorded is what was said; never round a
/// transport that speaks to an identity server. Headers are kept by name only; bodies are kept only as JSON, so
/// that neither a form with a secret nor a file is ever kept.
pub struct Recorded<T> {
    inner: T,
    clock: Arc<dyn Clock>,
    names: HeaderNames,
    bodies: Bodies,
}

impl<T> Recorded<T> {
    /// The layer round another transport.
    #[must_use]
    pub fn new(inner: T, clock: Arc<dyn Clock>, names: HeaderNames, bodies: Bodies) -> Self {
        Self {
            inner,
            clock,
            names,
            bodies,
        }
    }
}

#[async_trait]
impl<T: Transport> Transport for Recorded<T> {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let Some(tape) = current() else {
            return self.inner.send(request).await;
        };
        let at = self.clock.now();
        let method = request.method().to_string();
        let path = request.uri().path_and_query().map(ToString::to_string);
        let kept_headers = headers(request.headers(), self.names.request);
        let asked = request.body().clone();
        let asked_json = is_json(request.headers());
        let result = self.inner.send(request).await;
        let duration = (self.clock.now() - at).num_milliseconds();
        let mut not_kept = Vec::new();
        let mut keep = |what: &str, body: &Bytes, is_json: bool| match self.bodies {
            _ if body.is_empty() => None,
            Bodies::Left => None,
            Bodies::Kept if is_json => Some(body.clone()),
            Bodies::Kept => {
                not_kept.push(format!("the {what} is no JSON"));
                None
            }
        };
        let kept_request = keep("request", &asked, asked_json);
        let kept_reply = match &result {
            Ok(reply) => keep("reply", reply.body(), is_json(reply.headers())),
            Err(_) => None,
        };
        let answer = match &result {
            Ok(reply) => Answer::Status {
                status: reply.status().as_u16(),
                headers: headers(reply.headers(), self.names.reply),
                bytes: size(reply.body()),
            },
            Err(error @ TransportError::NotSent(_)) => Answer::NotSent { why: chain(error) },
            Err(error @ (TransportError::ReplyLost(_) | TransportError::ReplyTooLarge { .. })) => {
                Answer::Lost { why: chain(error) }
            }
        };
        tape.push(TapedCall {
            call: Call {
                at,
                method,
                path: path.unwrap_or_default(),
                headers: kept_headers,
                bytes: size(&asked),
                duration_ms: u64::try_from(duration).unwrap_or_default(),
                answer,
                not_kept: (!not_kept.is_empty()).then(|| not_kept.join(", ")),
                cut: None,
            },
            request: kept_request,
            reply: kept_reply,
        });
        result
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE);
    let text = media_type
        .and_then(|it| it.to_str().ok())
        .unwrap_or_default();
    let essence = text.split(';').next().unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    essence == "application/json" || essence.ends_with("+json")
}

fn size(body: &Bytes) -> u64 {
    u64::try_from(body.len()).unwrap_or(u64::MAX)
}

/// The error with its causes. Addresses are left out: a query may name people, and the path is kept anyway.
fn chain(error: &dyn Error) -> String {
    let mut words = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        words.push(cause.to_string());
        source = cause.source();
    }
    let text = words.join(": ");
    let kept = text.split_whitespace().map(|word| {
        if word.contains("://") {
            "(address)"
        } else {
            word
        }
    });
    kept.collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(300)
        .collect()
}
