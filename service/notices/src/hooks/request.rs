//! One attempt to deliver one event: what is sent, and what a reply means.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, HeaderValue, Method, Request, header};
use tieout_core::clock::Clock;
use tieout_core::spans::{answered, call};
use tieout_core::store::Store;
use tieout_core::transport::Transport;
use tieout_core::vault::Vault;
use tracing::Instrument;
use url::Url;

use super::event::{Data, EventType, KeptEvent, NewEvent, TestData};
use super::log::{Attempt, Outcome, excerpt};
use crate::error::DeskError;
use crate::journal::source;
use crate::keys;
use crate::people::{Endpoint, EndpointId, SigningSecrets, endpoint, sign};

/// What came of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) verdict: Verdict,
    pub(super) status: Option<u16>,
    pub(super) said: String,
    /// How long the endpoint asks to be left alone.
    pub(super) wait: Option<TimeDelta>,
}

/// Whether an event was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Taken,
    Failed,
    Gone,
}

/// Sends one event once.
pub(super) async fn send(
    transport: &dyn Transport,
    endpoint: &Endpoint,
    secrets: &SigningSecrets,
    event: &KeptEvent,
    at: DateTime<Utc>,
) -> Answer {
    let failed = |said: String| Answer {
        verdict: Verdict::Failed,
        status: None,
        said: excerpt(&said),
        wait: None,
    };
    let Some(request) = request(endpoint, secrets, event, at) else {
        return failed("the request could not be made".to_owned());
    };
    let span = call(request.method(), request.uri(), None, request.body().len());
    let result = transport.send(request).instrument(span.clone()).await;
    answered(&span, &result);
    let reply = match result {
        Ok(reply) => reply,
        Err(error) => return failed(chain(&error)),
    };
    let status = reply.status();
    let verdict = match status.as_u16() {
        200..=299 => Verdict::Taken,
        410 => Verdict::Gone,
        _ => Verdict::Failed,
    };
    Answer {
        verdict,
        status: Some(status.as_u16()),
        said: excerpt(&String::from_utf8_lossy(reply.body())),
        wait: wait(reply.headers()),
    }
}

/// Source: Standard Webhooks 1.0, "Webhook headers".
fn request(
    endpoint: &Endpoint,
    secrets: &SigningSecrets,
    event: &KeptEvent,
    at: DateTime<Utc>,
) -> Option<Request<Bytes>> {
    let body = Bytes::from(event.body.clone());
    let signature = sign(secrets, &event.id, at, &body);
    let mut request = Request::new(body);
    *request.method_mut() = Method::POST;
    *request.uri_mut() = http::Uri::try_from(endpoint.url.as_str()).ok()?;
    let headers = request.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    for (name, value) in [
        ("webhook-id", event.id.clone()),
        ("webhook-timestamp", at.timestamp().to_string()),
        ("webhook-signature", signature),
    ] {
        headers.insert(name, HeaderValue::try_from(value).ok()?);
    }
    Some(request)
}

/// Only seconds: a date would be compared with a clock that may be wrong.
fn wait(headers: &HeaderMap) -> Option<TimeDelta> {
    let after = headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    let seconds: u32 = after.trim().parse().ok()?;
    Some(TimeDelta::seconds(i64::from(seconds)))
}

/// Sends a `tieout.test` to an endpoint at once, whether or not it is switched on, and tells what came back. Nothing of
/// it is kept or repeated.
///
/// # Errors
/// There is no such endpoint, its secret cannot be read, or the store fails.
pub async fn try_endpoint(
    store: &dyn Store,
    vault: Option<&Arc<Vault>>,
    transport: &dyn Transport,
    clock: &dyn Clock,
    base: Option<&Url>,
    id: &EndpointId,
    by: &str,
) -> Result<Attempt, DeskError> {
    let vault = vault.ok_or(DeskError::NoKey)?;
    let (endpoint, _) = endpoint(store, id).await?;
    let secrets = vault.read(&keys::secrets(id)).await?;
    let secrets = secrets.as_ref().and_then(SigningSecrets::from_text);
    let secrets = secrets.ok_or_else(|| {
        DeskError::bad(
            "webhook",
            "its secret is not there: give it a new one with --rotate",
        )
    })?;
    let at = clock.now();
    let event = NewEvent {
        kind: EventType::Test,
        subject: None,
        at,
        seed: by.to_owned(),
        data: Data::Test(TestData { by: by.to_owned() }),
    };
    // It has no place among the others: the time makes its number.
    let number = u64::try_from(at.timestamp_millis()).unwrap_or_default();
    let event = event.numbered(number, &source(base), Vec::new(), at);
    let answer = send(transport, &endpoint, &secrets, &event, at).await;
    Ok(Attempt {
        at,
        event: event.id,
        kind: event.kind,
        attempt: 1,
        outcome: match answer.verdict {
            Verdict::Taken => Outcome::Taken,
            Verdict::Failed => Outcome::Failed,
            Verdict::Gone => Outcome::Gone,
        },
        status: answer.status,
        ms: passed_ms(at, clock.now()),
        said: answer.said,
        again_at: None,
    })
}

/// Milliseconds between two moments; none where a clock was set back.
pub(super) fn passed_ms(from: DateTime<Utc>, to: DateTime<Utc>) -> u64 {
    u64::try_from((to - from).num_milliseconds()).unwrap_or_default()
}

/// An error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
