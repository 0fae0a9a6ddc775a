//! How a request is answered: which door it goes through, under which fault, and how the reply is to be delivered.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};

use crate::answer::Answer;
use crate::faults::{Fault, first_elements};
use crate::identity::{authorize, connections, token};
use crate::limits::InFlight;
use crate::sandbox::Sandbox;
use crate::{api, control, page};

/// A reply, and what the shell has to do with it. While it lives, its request counts as in the air.
#[derive(Debug)]
pub struct Reply {
    /// The HTTP response.
    pub response: Response<Bytes>,
    /// How it is to be delivered.
    pub delivery: Delivery,
    in_flight: Option<InFlight>,
}

/// How a reply is to be delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    /// Wait this long first.
    pub delay: Duration,
    /// Then do this.
    pub ending: Ending,
}

/// How the delivery of a reply ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The reply arrives.
    Whole,
    /// The connection closes without a byte.
    HangUp,
    /// This many bytes of the body arrive, then the connection closes.
    CutAfter(usize),
}

impl Reply {
    /// Splits off the place in the air, to be kept until the last byte is sent.
    #[must_use]
    pub fn into_parts(self) -> (Response<Bytes>, Delivery, Option<InFlight>) {
        (self.response, self.delivery, self.in_flight)
    }
}

const WHOLE: Delivery = Delivery {
    delay: Duration::ZERO,
    ending: Ending::Whole,
};

impl Sandbox {
    /// Answers a request that arrives at `now`. Never fails and never blocks on anything but other calls on the same
    /// organisation. Faults in force are applied; the caller carries [`Reply::delivery`] out.
    #[must_use]
    pub fn handle(&self, request: Request<Bytes>, now: DateTime<Utc>) -> Reply {
        let now = self.at(now);
        let (parts, body) = request.into_parts();
        let path = parts.uri.path();
        if let Some(answer) = control::answer(self, &parts, &body, now)
            .or_else(|| page::answer(self, &parts, &body, now))
        {
            return plain(answer);
        }
        let address = parts
            .uri
            .path_and_query()
            .map_or(path, |address| address.as_str());
        match self.faults().take(parts.method.as_str(), address, &body) {
            None => self.serve(&parts, &body, now),
            Some(fault) => self.serve_with(fault, &parts, &body, now),
        }
    }

    fn serve(&self, parts: &Parts, body: &[u8], now: DateTime<Utc>) -> Reply {
        let path = parts.uri.path();
        if !path
            .get(..api::BASE.len())
            .is_some_and(|base| base.eq_ignore_ascii_case(api::BASE))
        {
            return plain(self.identity_answer(parts, body, now));
        }
        let handled = api::handle(self, parts, body, now);
        if let Some((tenant, endpoint)) = &handled.reached {
            self.counters().count_reply(
                *tenant,
                &parts.method,
                endpoint,
                handled.answer.body.len(),
            );
        }
        let mut response = handled.answer.into_response();
        if let Ok(id) = HeaderValue::from_str(&handled.id.to_string()) {
            response
                .headers_mut()
                .insert(HeaderName::from_static("xero-correlation-id"), id);
        }
        Reply {
            response,
            delivery: WHOLE,
            in_flight: handled.in_flight,
        }
    }

    fn serve_with(&self, fault: Fault, parts: &Parts, body: &[u8], now: DateTime<Utc>) -> Reply {
        let after = |reply: Reply, delay_ms: u64, ending: Ending| Reply {
            delivery: Delivery {
                delay: Duration::from_millis(delay_ms),
                ending,
            },
            ..reply
        };
        match fault {
            Fault::LostBeforeCommit => after(
                plain(Answer::text(StatusCode::BAD_GATEWAY, "")),
                0,
                Ending::HangUp,
            ),
            Fault::LostAfterCommit => after(self.serve(parts, body, now), 0, Ending::HangUp),
            Fault::Timeout { delay_ms } => {
                after(self.serve(parts, body, now), delay_ms, Ending::HangUp)
            }
            Fault::Slow { delay_ms } => {
                after(self.serve(parts, body, now), delay_ms, Ending::Whole)
            }
            Fault::Truncated => {
                let reply = self.serve(parts, body, now);
                let half = reply.response.body().len() / 2;
                after(reply, 0, Ending::CutAfter(half))
            }
            Fault::Twice => {
                drop(self.serve(parts, body, now));
                self.serve(parts, body, now)
            }
            Fault::ErrorBeforeCommit { status } => plain(broken(status)),
            Fault::ErrorMidBatch { status, elements } => {
                let mut parts = parts.clone();
                parts.headers.remove("idempotency-key");
                self.replaced(&parts, &first_elements(body, elements), now, broken(status))
            }
            Fault::ErrorAfterCommit { status } => self.replaced(parts, body, now, broken(status)),
            Fault::ProxyHtml => self.replaced(
                parts,
                body,
                now,
                Answer::html(StatusCode::OK, PROXY_PAGE.to_owned()),
            ),
            Fault::Unauthorized => plain(Answer::problem(
                StatusCode::UNAUTHORIZED,
                &format!(
                    "TokenExpired: token expired at {}",
                    now.format("%m/%d/%Y %H:%M:%S")
                ),
                self.next_correlation_id(),
            )),
            Fault::Maintenance => plain(Answer::text(
                StatusCode::SERVICE_UNAVAILABLE,
                "The Xero API is currently offline for maintenance",
            )),
        }
    }

    /// Does the work and answers something else.
    fn replaced(&self, parts: &Parts, body: &[u8], now: DateTime<Utc>, answer: Answer) -> Reply {
        let reply = self.serve(parts, body, now);
        Reply {
            response: answer.into_response(),
            ..reply
        }
    }

    fn identity_answer(&self, parts: &Parts, body: &[u8], now: DateTime<Utc>) -> Answer {
        let path = parts.uri.path().to_ascii_lowercase();
        let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match (&parts.method, segments.as_slice()) {
            (&Method::GET, ["identity", "connect", "authorize"]) => authorize::ask(self, parts),
            (&Method::POST, ["identity", "connect", "authorize"]) => {
                authorize::decide(self, body, now)
            }
            (&Method::POST, ["connect", "token"]) => token::exchange(self, parts, body, now),
            (&Method::POST, ["connect", "revocation"]) => token::revoke(self, parts, body),
            (&Method::GET, [".well-known", "openid-configuration"]) => token::discovery(parts),
            (method, ["connections", rest @ ..]) => {
                let id = self.next_correlation_id();
                match (self.session(parts, now, id), method, rest) {
                    (Err(answer), _, _) => answer,
                    (Ok(session), &Method::GET, []) => connections::list(
                        self,
                        &session.client_id,
                        parts.uri.query().unwrap_or_default(),
                    ),
                    (Ok(session), &Method::DELETE, [id]) => {
                        connections::remove(self, &session.client_id, id)
                    }
                    (Ok(_), _, _) => Answer::not_found(),
                }
            }
            _ => Answer::not_found(),
        }
    }
}

const PROXY_PAGE: &str = "<html><head><title>Sign in to the network</title></head><body><h1>Please sign in</h1></body></html>";

fn plain(answer: Answer) -> Reply {
    Reply {
        response: answer.into_response(),
        delivery: WHOLE,
        in_flight: None,
    }
}

fn broken(status: u16) -> Answer {
    Answer::text(
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        "An error occurred in Xero. Check the API Status page http://status.developer.xero.com for current service status.",
    )
}
