//! How one request to Xero is put together, sent once, and told apart into success and error.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::{ACCEPT, CONTENT_TYPE, DATE, IF_MODIFIED_SINCE};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use tieout_core::clock::Clock;
use tieout_core::provider::{ErrorKind, ProviderError};
use tieout_core::transport::Transport;
use url::Url;

use crate::auth::api_refusal;
use crate::capability::{
    CAPABILITY, IDEMPOTENCY_KEY_CHARS_MAX, PAGE_ROWS_MAX, PAGE_ROWS_USUAL, PAGES_MAX,
};
use crate::error::{Effect, lost, refusal};
use crate::http::Route;
use crate::limit::{Errand, Purpose, Throttle, Traits};
use crate::wire::problem::Problem;
use crate::wire::{Listed, Page, WireError, write_moment};

/// Speaks to one organisation. The transport signs the calls in, names the tenant and keeps the budget.
#[derive(Clone)]
pub struct Client {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    api_base: Url,
    tenant_id: String,
    /// No call is more urgent than this.
    most_urgent: Purpose,
}

/// One request.
#[derive(Clone, Debug)]
pub struct Call {
    operation: &'static str,
    effect: Effect,
    purpose: Purpose,
    route: &'static str,
    method: Method,
    path: &'static str,
    of: Vec<String>,
    query: Vec<(&'static str, String)>,
    modified_since: Option<DateTime<Utc>>,
    idempotency_key: Option<String>,
    media_type: HeaderValue,
    body: Bytes,
}

/// A reply of any status.
#[derive(Clone, Debug)]
pub struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    throttled_until: Option<DateTime<Utc>>,
}

impl Call {
    /// A call that reads a list of `path`, for the log `route`, such as `GET /Invoices`.
    #[must_use]
    pub fn read(
        operation: &'static str,
        purpose: Purpose,
        path: &'static str,
        route: &'static str,
    ) -> Self {
        Self {
            operation,
            effect: Effect::Read,
            purpose,
            route,
            method: Method::GET,
            path,
            of: Vec::new(),
            query: Vec::new(),
            modified_since: None,
            idempotency_key: None,
            media_type: HeaderValue::from_static("application/json; charset=utf-8"),
            body: Bytes::new(),
        }
    }

    /// A call that writes the elements of `body` to `path`; `PUT` creates and cannot overwrite, `POST` updates.
    ///
    /// Every element comes back with its own outcome.
    pub fn write_each<B: Serialize>(
        operation: &'static str,
        method: Method,
        path: &'static str,
        route: &'static str,
        body: &B,
    ) -> Result<Self, ProviderError> {
        let call = Self::write(operation, method, path, route, body)?;
        Ok(call.with("summarizeErrors", "false"))
    }

    /// A call that writes the one thing of `body` below `path`, and fails with it.
    pub fn write<B: Serialize>(
        operation: &'static str,
        method: Method,
        path: &'static str,
        route: &'static str,
        body: &B,
    ) -> Result<Self, ProviderError> {
        let body = serde_json::to_vec(body).map_err(|error| {
            ProviderError::new(ErrorKind::Refused, operation, "cannot be written").caused_by(error)
        })?;
        if body.len() > CAPABILITY.batch_bytes_max {
            let message = format!(
                "{} bytes in one request, at most {}",
                body.len(),
                CAPABILITY.batch_bytes_max
            );
            return Err(ProviderError::new(ErrorKind::Refused, operation, message));
        }
        Ok(Self {
            effect: Effect::Write,
            method,
            body: Bytes::from(body),
            ..Self::read(operation, Purpose::Documents, path, route)
        })
    }

    /// A call that puts a file there; the same file again changes nothing.
    #[must_use]
    pub(crate) fn upload(
        operation: &'static str,
        path: &'static str,
        route: &'static str,
        media_type: &str,
        content: Bytes,
    ) -> Self {
        Self {
            effect: Effect::Write,
            method: Method::PUT,
            body: content,
            media_type: HeaderValue::from_str(media_type)
                .unwrap_or(HeaderValue::from_static("application/octet-stream")),
            ..Self::read(operation, Purpose::Documents, path, route)
        }
    }

    /// The same, judged as a whole: for what is not a list of documents, Xero gives no verdict per element.
    #[must_use]
    pub(crate) fn in_one(mut self) -> Self {
        self.query.retain(|(name, _)| *name != "summarizeErrors");
        self
    }

    /// Below the path: an identifier, a number, or what belongs to one. It is encoded here.
    #[must_use]
    pub fn of(mut self, part: impl Into<String>) -> Self {
        self.of.push(part.into());
        self
    }

    /// With a query parameter.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// Only what changed after a moment, to the second.
    #[must_use]
    pub fn modified_since(mut self, moment: Option<DateTime<Utc>>) -> Self {
        self.modified_since = moment;
        self
    }

    /// Ahead of everything else, since somebody waits.
    #[must_use]
    pub(crate) fn urgent(mut self) -> Self {
        self.purpose = Purpose::Operator;
        self
    }

    /// A key made of what is sent: the same for the same, so that a repeat after a lost reply does nothing twice.
    pub(crate) fn fingerprint(&self, of: &str) -> String {
        format!("{of}:{}", hex(&Sha256::digest(&self.body)[..16]))
    }

    /// With the key under which Xero answers a repeat with the first reply.
    #[must_use]
    pub fn idempotent(mut self, key: String) -> Self {
        self.idempotency_key = Some(key);
        self
    }

    /// The error that a reply of this call is not what it should be: nothing is known of a write's effect.
    pub(crate) fn misunderstood(
        &self,
        error: impl std::error::Error + Send + Sync + 'static,
    ) -> ProviderError {
        let kind = match self.effect {
            Effect::Read => ErrorKind::BadReply,
            Effect::Write => ErrorKind::Unsure,
        };
        ProviderError::new(kind, self.operation, error.to_string()).caused_by(error)
    }

    /// The same of a body that cannot be opened. A read that somebody else answered tells nothing of what was asked for,
    /// and comes again.
    fn unopened(&self, error: WireError) -> ProviderError {
        let is_foreign = matches!(error, WireError::NotXeros(_));
        let mut failed = self.misunderstood(error);
        if is_foreign && self.effect == Effect::Read {
            failed.kind = ErrorKind::NotProcessed;
        }
        failed
    }
}

impl Client {
    /// A client of one organisation. `api_base` ends in a slash.
    #[must_use]
    pub fn new(
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        api_base: Url,
        tenant_id: String,
    ) -> Self {
        Self {
            transport,
            clock,
            api_base,
            tenant_id,
            most_urgent: Purpose::Operator,
        }
    }

    /// The same client whose calls all leave the budget's reserve to today's work.
    #[must_use]
    pub(crate) fn patient(&self) -> Self {
        Self {
            most_urgent: Purpose::Backfill,
            ..self.clone()
        }
    }

    /// The present, by our own clock.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Sends a call once and gives its reply, whatever its status.
    pub async fn send(&self, call: &Call) -> Result<Reply, ProviderError> {
        let request = self.request(call)?;
        let response = self
            .transport
            .send(request)
            .await
            .map_err(|error| lost(call.operation, call.effect, error))?;
        let throttled_until = response
            .extensions()
            .get::<Throttle>()
            .map(|throttle| throttle.retry_at);
        let (parts, body) = response.into_parts();
        Ok(Reply {
            status: parts.status,
            headers: parts.headers,
            body,
            throttled_until,
        })
    }

    /// Sends a call once and opens the list in its reply; every other reply is an error.
    pub async fn list<T: Listed>(&self, call: &Call) -> Result<Page<T>, ProviderError> {
        self.page(call, T::LIST).await
    }

    /// The same for a list that goes by another name than its elements.
    pub(crate) async fn page<T: DeserializeOwned>(
        &self,
        call: &Call,
        list: &'static str,
    ) -> Result<Page<T>, ProviderError> {
        let reply = self.send(call).await?;
        // Whether Xero ever says so is not documented; it can only mean that nothing changed.
        if reply.status == StatusCode::NOT_MODIFIED && call.modified_since.is_some() {
            return Ok(Page {
                items: Vec::new(),
                rows: 0,
                pagination: None,
                made_at: reply.date(),
            });
        }
        if !reply.is_success() {
            return Err(self.refused(call, &reply));
        }
        self.open(call, &reply, list)
    }

    /// The one element that a call asks for by name; none when Xero does not know it.
    pub(crate) async fn one<T: DeserializeOwned>(
        &self,
        call: &Call,
        list: &'static str,
    ) -> Result<Option<T>, ProviderError> {
        let reply = self.send(call).await?;
        match reply.status {
            StatusCode::NOT_FOUND => Ok(None),
            _ if reply.is_success() => Ok(self.open(call, &reply, list)?.items.pop()),
            _ => Err(self.refused(call, &reply)),
        }
    }

    fn open<T: DeserializeOwned>(
        &self,
        call: &Call,
        reply: &Reply,
        list: &'static str,
    ) -> Result<Page<T>, ProviderError> {
        let mut page = Page::open(&reply.body, list).map_err(|error| call.unopened(error))?;
        page.made_at = page.made_at.or_else(|| reply.date());
        if page.is_cut_short() {
            return Err(call.misunderstood(CutShort { rows: page.rows }));
        }
        Ok(page)
    }

    /// Every element of a list, page by page; `Refused` when it has more pages than anything of ours can have.
    pub(crate) async fn every<T: Listed>(&self, call: &Call) -> Result<Vec<T>, ProviderError> {
        self.every_of(call, T::LIST).await
    }

    /// The same for a list that goes by another name than its elements.
    pub(crate) async fn every_of<T: DeserializeOwned>(
        &self,
        call: &Call,
        list: &'static str,
    ) -> Result<Vec<T>, ProviderError> {
        let mut found = Vec::new();
        for page_number in 1..=PAGES_MAX {
            let call = call
                .clone()
                .with("page", page_number.to_string())
                .with("pageSize", PAGE_ROWS_MAX.to_string());
            let page = self.page::<T>(&call, list).await?;
            found.extend(page.items);
            let is_last = match page.pagination {
                Some(paging) => page_number >= paging.page_count,
                // Nobody says whether the size was honoured: only less than the smallest page is surely the end.
                None => page.rows < PAGE_ROWS_USUAL,
            };
            if is_last {
                return Ok(found);
            }
        }
        let message = format!("the list has more than {PAGES_MAX} pages");
        Err(ProviderError::new(
            ErrorKind::Refused,
            call.operation,
            message,
        ))
    }

    /// The error of a reply that is no success, with advice where the sign-in knows some.
    pub(crate) fn refused(&self, call: &Call, reply: &Reply) -> ProviderError {
        let mut error = refusal(
            call.operation,
            call.effect,
            reply.status,
            &reply.headers,
            &reply.problem(),
            self.now(),
        );
        if let Some(access) = api_refusal(reply.status, &reply.body)
            && access.provider_error(call.operation).kind == error.kind
        {
            error.message = format!("{}; {}", error.message, access.advice());
        }
        match reply.throttled_until {
            Some(until) => error.retry_at(Some(until)),
            None => error,
        }
    }

    /// A key made of the engine's key and the organisation: Xero's keys may count for a whole app.
    #[must_use]
    pub fn idempotency_key(&self, key: &str) -> String {
        let tenant = hex(&Sha256::digest(self.tenant_id.as_bytes())[..8]);
        let whole = format!("{key}:{tenant}");
        if whole.chars().count() <= IDEMPOTENCY_KEY_CHARS_MAX
            && HeaderValue::from_str(&whole).is_ok()
        {
            return whole;
        }
        format!("{}:{tenant}", hex(&Sha256::digest(key.as_bytes())))
    }

    fn request(&self, call: &Call) -> Result<Request<Bytes>, ProviderError> {
        let unfit = |error: &dyn std::fmt::Display| {
            ProviderError::new(
                ErrorKind::Refused,
                call.operation,
                format!("no request can be made: {error}"),
            )
        };
        let mut url = self
            .api_base
            .join(call.path)
            .map_err(|error| unfit(&error))?;
        url.path_segments_mut()
            .map_err(|()| unfit(&"the address of Xero takes no path"))?
            .extend(&call.of);
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let purpose = call.purpose.max(self.most_urgent);
        let errand = Errand::judge(Traits {
            purpose,
            writes: call.effect == Effect::Write,
            path: call.path,
            below: &call.of,
        });
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(url.as_str())
            .header(ACCEPT, "application/json")
            .extension(purpose)
            .extension(errand)
            .extension(Route(call.route));
        if let Some(moment) = call.modified_since {
            request = request.header(IF_MODIFIED_SINCE, write_moment(moment));
        }
        if let Some(key) = &call.idempotency_key {
            request = request.header("Idempotency-Key", key);
        }
        if call.effect == Effect::Write {
            request = request.header(CONTENT_TYPE, call.media_type.clone());
        }
        request
            .body(call.body.clone())
            .map_err(|error| unfit(&error))
    }
}

impl Reply {
    /// Whether the status is 200.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.status == StatusCode::OK
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// What the body says of a refusal.
    #[must_use]
    pub fn problem(&self) -> Problem {
        Problem::read(&self.body)
    }

    fn date(&self) -> Option<DateTime<Utc>> {
        let text = self.headers.get(DATE)?.to_str().ok()?;
        DateTime::parse_from_rfc2822(text)
            .ok()
            .map(|at| at.to_utc())
    }
}

/// A page with fewer rows than it says.
#[derive(Debug, thiserror::Error)]
#[error("the page was cut short: it holds {rows} rows, fewer than its paging says")]
struct CutShort {
    rows: usize,
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
