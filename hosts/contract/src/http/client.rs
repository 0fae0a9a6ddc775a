//! How a product is asked: the address and the headers of a request, and what each status means for all of them.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use tieout_core::host::{HostError, HostErrorKind};
use tieout_core::transport::{Transport, TransportError};
use url::Url;

use super::problem::{excerpt, is_problem};

/// What is said to one product.
pub(super) struct Client {
    transport: Arc<dyn Transport>,
    base: Url,
    key: Option<(HeaderName, HeaderValue)>,
}

/// A reply that is about what was asked, and not about the access or the product's health.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) body: Bytes,
}

/// A request that came to nothing.
pub(super) struct Failed {
    pub(super) error: HostError,
    /// Whether the product answered, and may do what else it is asked: then it is perhaps this request alone.
    pub(super) is_answered: bool,
}

impl From<Failed> for HostError {
    fn from(failed: Failed) -> Self {
        failed.error
    }
}

impl Reply {
    /// Whether the product did it.
    pub(super) fn is_done(&self) -> bool {
        self.status.is_success()
    }
}

impl Client {
    pub(super) fn new(
        transport: Arc<dyn Transport>,
        base: Url,
        key: Option<(&str, &SecretString)>,
    ) -> Result<Self, HostError> {
        let key = key.map(|(name, key)| authorised(name, key)).transpose()?;
        Ok(Self {
            transport,
            base,
            key,
        })
    }

    /// The address of a path below the base; each part is escaped.
    pub(super) fn address(&self, parts: &[&str]) -> Url {
        let mut url = self.base.clone();
        // What cannot be a base is refused with the configuration.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(parts);
        }
        url
    }

    /// Sends one request. Gives the reply if it is about what was asked.
    pub(super) async fn send(
        &self,
        operation: &'static str,
        method: Method,
        url: &Url,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Reply, Failed> {
        let asked = format!("{method} {}", url.path());
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = http::Uri::try_from(url.as_str()).map_err(|error| {
            unanswered(HostError::new(
                HostErrorKind::Misconfigured,
                operation,
                format!("{asked}: {error}"),
            ))
        })?;
        *request.headers_mut() = headers;
        let accepted = HeaderValue::from_static("application/json, application/problem+json");
        request.headers_mut().insert(header::ACCEPT, accepted);
        if let Some((name, key)) = &self.key {
            request.headers_mut().insert(name.clone(), key.clone());
        }
        let reply = self.transport.send(request).await;
        let reply = reply.map_err(|error| unanswered(not_reached(operation, &asked, error)))?;
        judged(operation, &asked, reply)
    }
}

fn unanswered(error: HostError) -> Failed {
    Failed {
        error,
        is_answered: false,
    }
}

fn authorised(name: &str, key: &SecretString) -> Result<(HeaderName, HeaderValue), HostError> {
    let wrong = |what: &str| {
        let message = format!("`{what}` does not fit into a header");
        HostError::new(HostErrorKind::Misconfigured, "open host", message)
    };
    let name = HeaderName::try_from(name).map_err(|_| wrong("key_header"))?;
    let key = key.expose_secret();
    let text = match name == header::AUTHORIZATION && !key.contains(' ') {
        true => format!("Bearer {key}"),
        false => key.to_owned(),
    };
    let mut value = HeaderValue::try_from(text).map_err(|_| wrong("api_key"))?;
    value.set_sensitive(true);
    Ok((name, value))
}

fn not_reached(operation: &'static str, asked: &str, error: TransportError) -> HostError {
    match error {
        TransportError::NotSent(_) | TransportError::ReplyLost(_) => {
            HostError::new(HostErrorKind::Unavailable, operation, asked).caused_by(error)
        }
        TransportError::ReplyTooLarge { .. } => {
            HostError::new(HostErrorKind::BadData, operation, asked).caused_by(error)
        }
    }
}

/// The reply, unless its status is about the access, the address or the product's health.
fn judged(operation: &'static str, asked: &str, reply: Response<Bytes>) -> Result<Reply, Failed> {
    let (parts, body) = reply.into_parts();
    let status = parts.status;
    let fails = |kind, advice: &str| {
        let said = excerpt(&body);
        let message = format!("{asked} was answered {status}{advice}: {said}");
        Err(Failed {
            error: HostError::new(kind, operation, message),
            // Whoever is not let in, or asks too much, is told so whatever is asked.
            is_answered: !matches!(status.as_u16(), 401 | 408 | 425 | 429 | 300..=399),
        })
    };
    match status.as_u16() {
        401 => fails(HostErrorKind::Unauthorised, "; mend `api_key`"),
        403 if !is_problem(&parts.headers) => {
            fails(HostErrorKind::Unauthorised, "; mend `api_key`")
        }
        300..=399 => {
            let to = parts
                .headers
                .get(header::LOCATION)
                .and_then(|to| to.to_str().ok());
            let advice = to.map_or_else(
                || "; write the address that it moved to as `url`".to_owned(),
                |to| format!("; it moved to {to}: write that as `url`"),
            );
            fails(HostErrorKind::Misconfigured, &advice)
        }
        // Only the product itself knows of documents; anything before it knows of routes.
        404 | 405 | 501 if !is_problem(&parts.headers) => {
            fails(HostErrorKind::Misconfigured, "; is `url` right?")
        }
        408 | 425 | 429 | 500..=599 => fails(HostErrorKind::Unavailable, ""),
        _ => Ok(Reply { status, body }),
    }
}
