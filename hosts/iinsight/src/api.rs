//! The calls of iinsight's API that are used, and what may be taken from their replies.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::{Value, json};
use tieout_core::host::{HostError, HostErrorKind};
use tieout_core::transport::Transport;
use tieout_host_web::{Access, Client, Failed, IsMissingPlain, Manners, Reply, excerpt};
use url::Url;
use url::form_urlencoded::Serializer;

use crate::wire::{Status, rows};

/// Cases asked for in one request.
const CASES_MAX: usize = 100;

/// What is said to one account.
pub(crate) struct Api {
    client: Client,
}

/// One page of a list; the page behind the last one has no rows.
pub(crate) struct Page {
    pub(crate) rows: Vec<Value>,
    /// When the product says that it answered.
    pub(crate) at: Option<DateTime<Utc>>,
}

/// A list of people or companies that is read by the day of its changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Directory {
    Companies,
    CompanyContacts,
    CaseContacts,
}

impl Directory {
    pub(crate) const ALL: [Self; 3] = [Self::Companies, Self::CompanyContacts, Self::CaseContacts];

    /// The word in the path.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Companies => "companies",
            Self::CompanyContacts => "company_contacts",
            Self::CaseContacts => "case_contacts",
        }
    }
}

impl Api {
    /// An account at an address. Asks nobody.
    pub(crate) fn new(transport: Arc<dyn Transport>, base: Url, access: Arc<dyn Access>) -> Self {
        let manners = Manners {
            access_key: "username` and `password",
            address_key: "url` or `region",
            is_missing_plain: IsMissingPlain::Address,
            ..Manners::default()
        };
        Self {
            client: Client::new(transport, base, access, manners),
        }
    }

    /// Invoices in one state that were changed since a moment, 100 a page. All three parameters are mandatory.
    pub(crate) async fn invoices(
        &self,
        status: Status,
        since: DateTime<Utc>,
        page: u64,
    ) -> Result<Page, HostError> {
        self.by_status("api2", "invoices", status, since, page)
            .await
    }

    /// Payments in one state that were changed since a moment.
    pub(crate) async fn payments(
        &self,
        status: Status,
        since: DateTime<Utc>,
        page: u64,
    ) -> Result<Page, HostError> {
        self.by_status("api2", "payments", status, since, page)
            .await
    }

    /// Adjustments and reversals in one state that were changed since a moment.
    pub(crate) async fn adjustments(
        &self,
        status: Status,
        since: DateTime<Utc>,
        page: u64,
    ) -> Result<Page, HostError> {
        let mut url = self.list("api1", "adjustments", status, since, page);
        url.query_pairs_mut().append_pair("type", "all");
        self.page(&url).await
    }

    async fn by_status(
        &self,
        generation: &str,
        list: &str,
        status: Status,
        since: DateTime<Utc>,
        page: u64,
    ) -> Result<Page, HostError> {
        let url = self.list(generation, list, status, since, page);
        self.page(&url).await
    }

    fn list(
        &self,
        generation: &str,
        list: &str,
        status: Status,
        since: DateTime<Utc>,
        page: u64,
    ) -> Url {
        let mut url = self.client.address(&[generation, list]);
        let since = since.to_rfc3339_opts(SecondsFormat::Secs, true);
        url.query_pairs_mut()
            .append_pair("modified_since", &since)
            .append_pair("page", &page.to_string())
            .append_pair("status", status.as_str());
        url
    }

    /// A list of companies or contacts that were changed since a day.
    pub(crate) async fn directory(
        &self,
        list: Directory,
        since: NaiveDate,
        page: u64,
    ) -> Result<Page, HostError> {
        let mut url = self.client.address(&["api1", list.as_str()]);
        url.query_pairs_mut()
            .append_pair("page", &page.to_string())
            .append_pair("modified_since", &since.to_string());
        self.page(&url).await
    }

    /// The cases whose number is `number`, or is like it: the caller looks for the one it means.
    pub(crate) async fn cases(&self, number: &str, page: u64) -> Result<Page, Failed> {
        let mut url = self.client.address(&["api2", "cases"]);
        let criteria = json!({ "case_n": number }).to_string();
        url.query_pairs_mut()
            .append_pair("fields", "case_n,case_number,business_division")
            .append_pair("search_criteria", &criteria)
            .append_pair("page", &page.to_string())
            .append_pair("limit", &CASES_MAX.to_string());
        self.answered(&url).await
    }

    /// Creates a payment. There is no idempotency: two calls are two payments.
    pub(crate) async fn create_payment(
        &self,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Result<Reply, Failed> {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let url = self.client.address(&parts);
        let mut headers = HeaderMap::new();
        let media = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(header::CONTENT_TYPE, media);
        self.client
            .send("create payment", Method::POST, &url, headers, form(fields))
            .await
    }

    async fn page(&self, url: &Url) -> Result<Page, HostError> {
        self.answered(url).await.map_err(HostError::from)
    }

    async fn answered(&self, url: &Url) -> Result<Page, Failed> {
        const OPERATION: &str = "read changes";
        let reply = self.client.get(OPERATION, url).await?;
        let bad = |why: String| {
            let (path, query) = (url.path(), url.query().unwrap_or_default());
            let message = format!("GET {path}?{query} was answered {}: {why}", reply.status);
            Failed {
                error: HostError::new(HostErrorKind::BadData, OPERATION, message),
                is_answered: true,
            }
        };
        if !reply.is_done() {
            return Err(bad(excerpt(&reply.body)));
        }
        let at = reply
            .headers
            .get(header::DATE)
            .and_then(|at| at.to_str().ok())
            .and_then(|at| DateTime::parse_from_rfc2822(at).ok());
        Ok(Page {
            rows: rows(&reply.body).map_err(|why| bad(format!("this is no list: {why}")))?,
            at: at.map(|at| at.with_timezone(&Utc)),
        })
    }
}

/// Fields as a form.
pub(crate) fn form(fields: &[(&str, &str)]) -> Bytes {
    let text = Serializer::new(String::new()).extend_pairs(fields).finish();
    Bytes::from(text)
}
