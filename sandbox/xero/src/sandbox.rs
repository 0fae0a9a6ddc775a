//! The sandbox itself: all state, and the one function that answers a request at a given time.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use uuid::Uuid;

use crate::answer::Answer;
use crate::books::ids::IdSource;
use crate::books::{Organisation, seed};
use crate::counters::Counters;
use crate::faults::{Fault, Faults, first_elements};
use crate::idempotency::Replies;
use crate::identity::{Identity, Session, TokenSet, authorize, connections, token};
use crate::limits::{Governor, InFlight, Limits};
use crate::options::{App, Options};
use crate::people::People;
use crate::switches::Switches;
use crate::sync::lock;
use crate::{api, control, page};

/// A local Xero. It has no clock and no random source: equal options and equal calls at equal times give equal replies.
///
/// All methods take `&self`; calls on different organisations run side by side.
#[derive(Debug)]
pub struct Sandbox {
    options: Options,
    organisations: BTreeMap<Uuid, Mutex<Organisation>>,
    names: Vec<(Uuid, &'static str)>,
    switches: Mutex<Switches>,
    limits: Mutex<Limits>,
    correlation: Mutex<IdSource>,
    offset_ms: AtomicI64,
    faults: Faults,
    counters: Counters,
    pub(crate) identity: Mutex<Identity>,
    pub(crate) governor: Governor,
    pub(crate) replies: Mutex<Replies>,
}

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

/// Ten years.
const ADVANCE_MS_MAX: i64 = 3_653 * 86_400_000;

const WHOLE: Delivery = Delivery {
    delay: Duration::ZERO,
    ending: Ending::Whole,
};

impl Sandbox {
    /// A sandbox with the seeded organisations and nothing else.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let organisations: Vec<Organisation> = seed::organisations(options.seed);
        Self {
            names: organisations
                .iter()
                .map(|organisation| (organisation.profile.id, organisation.profile.name))
                .collect(),
            organisations: organisations
                .into_iter()
                .map(|organisation| (organisation.profile.id, Mutex::new(organisation)))
                .collect(),
            switches: Mutex::new(options.switches.clone()),
            limits: Mutex::new(options.limits.clone()),
            correlation: Mutex::new(IdSource::new(options.seed ^ 0xc0_44e1)),
            offset_ms: AtomicI64::new(0),
            faults: Faults::default(),
            counters: Counters::default(),
            identity: Mutex::new(Identity::new(options.seed)),
            governor: Governor::default(),
            replies: Mutex::new(Replies::default()),
            options,
        }
    }

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
        match self.faults.take(parts.method.as_str(), address, &body) {
            None => self.serve(&parts, &body, now),
            Some(fault) => self.serve_with(fault, &parts, &body, now),
        }
    }

    /// What people do in Xero's own pages, at `now`.
    #[must_use]
    pub fn people(&self, now: DateTime<Utc>) -> People<'_> {
        People::new(self, self.at(now))
    }

    /// Requests that are to go wrong.
    #[must_use]
    pub const fn faults(&self) -> &Faults {
        &self.faults
    }

    /// What was counted.
    #[must_use]
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The choices in force.
    #[must_use]
    pub fn switches(&self) -> Switches {
        lock(&self.switches).clone()
    }

    /// Puts other choices in force.
    pub fn set_switches(&self, switches: Switches) {
        *lock(&self.switches) = switches;
    }

    /// The budgets in force.
    #[must_use]
    pub fn limits(&self) -> Limits {
        lock(&self.limits).clone()
    }

    /// Puts other budgets in force; what was used stays used.
    pub fn set_limits(&self, limits: Limits) {
        *lock(&self.limits) = limits;
    }

    /// Moves the sandbox's time ahead of the callers' from now on, by at most ten years a call; adds up.
    pub fn advance(&self, by: TimeDelta) {
        let by_ms = by.num_milliseconds().clamp(-ADVANCE_MS_MAX, ADVANCE_MS_MAX);
        self.offset_ms.fetch_add(by_ms, Ordering::AcqRel);
    }

    /// How far the sandbox's time is ahead of the callers'.
    #[must_use]
    pub fn offset(&self) -> TimeDelta {
        TimeDelta::milliseconds(self.offset_ms.load(Ordering::Acquire))
    }

    /// Back to the beginning: seeded books, no tokens, no connections, no counts, no faults, options as given.
    pub fn reset(&self) {
        for organisation in seed::organisations(self.options.seed) {
            if let Some(books) = self.organisations.get(&organisation.profile.id) {
                *lock(books) = organisation;
            }
        }
        self.set_switches(self.options.switches.clone());
        self.set_limits(self.options.limits.clone());
        *lock(&self.correlation) = IdSource::new(self.options.seed ^ 0xc0_44e1);
        *lock(&self.identity) = Identity::new(self.options.seed);
        *lock(&self.replies) = Replies::default();
        self.offset_ms.store(0, Ordering::Release);
        self.faults.clear();
        self.counters.reset();
        self.governor.reset();
    }

    /// Tokens and connections for an app without a browser: what a consent to these organisations would give.
    /// Nothing for an app that is not registered.
    pub fn grant(
        &self,
        client_id: &str,
        tenants: &[Uuid],
        scopes: &str,
        now: DateTime<Utc>,
    ) -> Option<TokenSet> {
        self.grant_at(client_id, tenants, scopes, self.at(now))
    }

    /// The same at a time that has the offset in it.
    pub(crate) fn grant_at(
        &self,
        client_id: &str,
        tenants: &[Uuid],
        scopes: &str,
        now: DateTime<Utc>,
    ) -> Option<TokenSet> {
        self.app(client_id)?;
        let mut identity = lock(&self.identity);
        let auth_event = identity.next_id();
        identity.connect(client_id, tenants, auth_event, now);
        let scopes = crate::identity::scopes::split(scopes);
        Some(identity.issue(client_id, &scopes, auth_event, now))
    }

    /// Reads the books of an organisation. Nothing for an unknown tenant.
    pub fn read<T>(&self, tenant: Uuid, read: impl FnOnce(&Organisation) -> T) -> Option<T> {
        self.books(tenant).map(|books| read(&lock(books)))
    }

    /// Ids and names of the organisations.
    #[must_use]
    pub fn organisation_names(&self) -> Vec<(Uuid, &'static str)> {
        self.names.clone()
    }

    /// The sandbox's time when the caller's is `now`; an offset beyond the calendar is ignored.
    fn at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now.checked_add_signed(self.offset()).unwrap_or(now)
    }

    pub(crate) fn has_organisation(&self, tenant: Uuid) -> bool {
        self.organisations.contains_key(&tenant)
    }

    pub(crate) fn books(&self, tenant: Uuid) -> Option<&Mutex<Organisation>> {
        self.organisations.get(&tenant)
    }

    pub(crate) fn app(&self, client_id: &str) -> Option<&App> {
        self.options
            .apps
            .iter()
            .find(|app| app.client_id == client_id)
    }

    pub(crate) fn next_correlation_id(&self) -> Uuid {
        lock(&self.correlation).next_id()
    }

    /// The session of the Bearer token of a request.
    pub(crate) fn session(
        &self,
        parts: &Parts,
        now: DateTime<Utc>,
        id: Uuid,
    ) -> Result<Session, Answer> {
        let refuse = |detail: &str| Answer::problem(StatusCode::UNAUTHORIZED, detail, id);
        let token = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or_else(|| refuse("AuthenticationUnsuccessful"))?;
        let identity = lock(&self.identity);
        let session = identity
            .session(token)
            .ok_or_else(|| refuse("AuthenticationUnsuccessful"))?;
        if now >= session.expires {
            let ended = session.expires.format("%m/%d/%Y %H:%M:%S");
            return Err(refuse(&format!("TokenExpired: token expired at {ended}")));
        }
        Ok(session.clone())
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
        if let Some(tenant) = handled.tenant
            && !path.to_ascii_lowercase().contains("/organisation")
        {
            self.counters.count_reply(tenant, handled.answer.body.len());
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
