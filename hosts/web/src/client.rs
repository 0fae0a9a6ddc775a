//! How a product is asked: the address and the headers of a request, and what each status means for all of them.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use tieout_core::host::{HostError, HostErrorKind};
use tieout_core::transport::{Transport, TransportError};
use url::Url;

use crate::access::Access;
use crate::problem::{excerpt, is_problem};

/// What a product does otherwise than others.
#[derive(Clone, Copy)]
pub struct Manners {
    /// The key of the configuration that is to be mended when nobody is let in, such as `api_key`.
    pub access_key: &'static str,
    /// The key of the configuration that holds the address.
    pub address_key: &'static str,
    /// Whether a reply says that too much was asked, where that is not told by 429.
    pub is_throttled: fn(&Response<Bytes>) -> bool,
    /// Whether the product itself answers that a route or a record is not there. Where it does not, a 404 without
    /// problem+json tells of a wrong address.
    pub is_missing_plain: IsMissingPlain,
}

/// Whether a 404 without problem+json is about a record, or about the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IsMissingPlain {
    /// It is about a record: the product has no other way to say so.
    Record,
    /// It is about the address.
    Address,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            access_key: "api_key",
            address_key: "url",
            is_throttled: |_| false,
            is_missing_plain: IsMissingPlain::Record,
        }
    }
}

/// What is said to one product.
pub struct Client {
    transport: Arc<dyn Transport>,
    base: Url,
    access: Arc<dyn Access>,
    manners: Manners,
}

/// A reply that is about what was asked, and not about the access or the product's health.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its content.
    pub body: Bytes,
}

/// A request that came to nothing.
#[derive(Debug)]
pub struct Failed {
    /// What to do about it.
    pub error: HostError,
    /// Whether the product answered, and may do what else it is asked: then it is perhaps this request alone.
    pub is_answered: bool,
}

impl From<Failed> for HostError {
    fn from(failed: Failed) -> Self {
        failed.error
    }
}

impl Reply {
    /// Whether the product did it.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.status.is_success()
    }
}

impl Client {
    /// A product at an address. Asks nobody.
    #[must_use]
    pub fn new(
        transport: Arc<dyn Transport>,
        base: Url,
        access: Arc<dyn Access>,
        manners: Manners,
    ) -> Self {
        Self {
            transport,
            base,
            access,
            manners,
        }
    }

    /// The address of a path below the base; each part is escaped.
    #[must_use]
    pub fn address(&self, parts: &[&str]) -> Url {
        let mut url = self.base.clone();
        // What cannot be a base is refused with the configuration.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(parts);
        }
        url
    }

    /// Asks for what lies at an address.
    pub async fn get(&self, operation: &'static str, url: &Url) -> Result<Reply, Failed> {
        self.send(operation, Method::GET, url, HeaderMap::new(), Bytes::new())
            .await
    }

    /// Sends one request. Gives the reply if it is about what was asked: done, or refused by the product.
    ///
    /// A request whose access was refused goes once more when the access could be renewed; nothing else is repeated.
    pub async fn send(
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
        request
            .headers_mut()
            .entry(header::ACCEPT)
            .or_insert(accepted);
        let mut reply = None;
        for is_last in [false, true] {
            let key = self.access.header().await.map_err(unanswered)?;
            let mut request = request.clone();
            if let Some((name, key)) = &key {
                request.headers_mut().insert(name.clone(), key.clone());
            }
            let answer = self.transport.send(request).await;
            let answer =
                answer.map_err(|error| unanswered(not_reached(operation, &asked, error)))?;
            let is_refused = answer.status() == StatusCode::UNAUTHORIZED;
            reply = Some(answer);
            let Some((_, key)) = key.filter(|_| is_refused && !is_last) else {
                break;
            };
            if !self.access.renew(&key).await.map_err(unanswered)? {
                break;
            }
        }
        let reply = reply.expect("the loop sends at least once");
        self.judged(operation, &asked, reply)
    }

    /// The reply, unless its status is about the access, the address or the product's health.
    fn judged(
        &self,
        operation: &'static str,
        asked: &str,
        reply: Response<Bytes>,
    ) -> Result<Reply, Failed> {
        let Manners {
            access_key,
            address_key,
            ..
        } = self.manners;
        let is_throttled = reply.status().is_client_error() && (self.manners.is_throttled)(&reply);
        let (parts, body) = reply.into_parts();
        let status = parts.status;
        let fails = |kind, advice: &str| {
            let said = excerpt(&body);
            let message = format!("{asked} was answered {status}{advice}: {said}");
            Err(Failed {
                error: HostError::new(kind, operation, message),
                // Whoever is not let in, or asks too much, is told so whatever is asked.
                is_answered: !is_throttled
                    && !matches!(status.as_u16(), 401 | 408 | 425 | 429 | 300..=399),
            })
        };
        let is_plain = !is_problem(&parts.headers);
        match status.as_u16() {
            _ if is_throttled => fails(
                HostErrorKind::Unavailable,
                ", which means that too much was asked",
            ),
            401 => fails(
                HostErrorKind::Unauthorised,
                &format!("; mend `{access_key}`"),
            ),
            403 if is_plain => fails(
                HostErrorKind::Unauthorised,
                &format!("; mend `{access_key}`"),
            ),
            300..=399 => {
                let to = parts.headers.get(header::LOCATION);
                let advice = match to.and_then(|to| to.to_str().ok()) {
                    Some(to) => format!("; it moved to {to}: write that as `{address_key}`"),
                    None => format!("; write the address that it moved to as `{address_key}`"),
                };
                fails(HostErrorKind::Misconfigured, &advice)
            }
            // Where the product speaks of its documents in a form of its own, anything else speaks of routes.
            404 if is_plain && self.manners.is_missing_plain == IsMissingPlain::Record => {
                Ok(Reply {
                    status,
                    headers: parts.headers,
                    body,
                })
            }
            404 | 405 | 501 if is_plain => fails(
                HostErrorKind::Misconfigured,
                &format!("; is `{address_key}` right?"),
            ),
            408 | 425 | 429 | 500..=599 => fails(HostErrorKind::Unavailable, ""),
            _ => Ok(Reply {
                status,
                headers: parts.headers,
                body,
            }),
        }
    }
}

fn unanswered(error: HostError) -> Failed {
    Failed {
        error,
        is_answered: false,
    }
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
