//! How the export is read: page by page, never faster than the product allows, and tolerant of its unpublished form.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::Response;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use tieout_core::clock::Clock;
use tieout_core::host::{HostError, HostErrorKind};
use tieout_core::transport::Transport;
use tieout_host_web::{
    Client, ClientCredentials, Credentials, IsMissingPlain, Manners, ShownBy, excerpt,
};
use url::Url;

use crate::book::{Ledger, Poll};
use crate::config::ExportConfig;
use crate::wire::{News, Next, read, rows};

const OPERATION: &str = "read export";
/// Days before the last whole look from which on is asked again: dates have no zone.
const OVERLAP_DAYS: i64 = 2;
/// Pages of one round: whatever the product says, it ends.
const PAGES_MAX: u32 = 10_000;

/// The export of order details.
pub(crate) struct Export {
    client: Client,
    config: ExportConfig,
    clock: Arc<dyn Clock>,
}

/// A page of the export.
pub(crate) struct Fetched {
    /// The orders on it, each with its fingerprint.
    pub(crate) news: Vec<(News, String)>,
    /// Rows that are no orders.
    pub(crate) illegible: usize,
    /// How far the export is read with it.
    pub(crate) poll: Poll,
}

impl Export {
    /// The export at an address. Asks nobody.
    pub(crate) fn new(
        config: &ExportConfig,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let credentials = Credentials {
            token_url: config.token_url.clone(),
            client_id: config.client_id.clone(),
            client_secret: config
                .client_secret
                .clone()
                .unwrap_or_else(|| SecretString::from("")),
            scope: Some(config.scope.clone()),
            more: Vec::new(),
            shown: ShownBy::default(),
        };
        let access =
            ClientCredentials::new(Arc::clone(&transport), Arc::clone(&clock), credentials);
        let manners = Manners {
            access_key: "export.client_secret",
            address_key: "export.url",
            is_throttled,
            is_missing_plain: IsMissingPlain::Address,
        };
        Self {
            client: Client::new(transport, config.url.clone(), Arc::new(access), manners),
            config: config.clone(),
            clock,
        }
    }

    /// Whether it is time for another page.
    pub(crate) fn is_due(&self, poll: &Poll, now: DateTime<Utc>) -> bool {
        let pause = TimeDelta::minutes(i64::from(self.config.every_minutes));
        poll.began.is_some() || poll.done.is_none_or(|done| now - done >= pause)
    }

    /// The first page, for a look that takes nothing.
    pub(crate) async fn probe(&self, ledger: &Ledger) -> Result<(), HostError> {
        self.page(&Poll::default(), ledger).await.map(drop)
    }

    /// The next page. What it says is to be stored together with how far it leads.
    pub(crate) async fn page(&self, poll: &Poll, ledger: &Ledger) -> Result<Fetched, HostError> {
        let now = self.clock.now();
        let began = poll.began.unwrap_or(now);
        let number = poll.page.max(1);
        let url = self.address(poll, number)?;
        ledger.note_call(now).await?;
        let reply = self.client.get(OPERATION, &url).await?;
        if !reply.is_done() {
            let said = excerpt(&reply.body);
            let message = format!("GET {} was answered {}: {said}", url.path(), reply.status);
            return Err(HostError::new(
                HostErrorKind::Misconfigured,
                OPERATION,
                message,
            ));
        }
        let page = rows(&reply.body).map_err(|why| {
            let message = format!("GET {} gave what is no page of orders: {why}", url.path());
            HostError::new(HostErrorKind::BadData, OPERATION, message)
        })?;
        let fingerprint = fingerprint(&reply.body);
        let is_repeated = poll.last.as_deref() == Some(fingerprint.as_str());
        let is_last = page.rows.is_empty() || is_repeated || number >= PAGES_MAX;
        let done = Poll {
            done: Some(began),
            ..Poll::default()
        };
        let onward = |next| Poll {
            done: poll.done,
            began: Some(began),
            page: number + 1,
            next,
            last: Some(fingerprint.clone()),
        };
        let poll = match page.next {
            _ if is_last => done,
            Next::None => done,
            Next::At(next) => onward(Some(next)),
            Next::Numbered | Next::Unsaid => onward(None),
        };
        let mut news = Vec::with_capacity(page.rows.len());
        let mut illegible = 0;
        for row in page.rows {
            match read(row) {
                Ok(one) => news.push((one, fingerprint.clone())),
                Err(problem) => {
                    illegible += 1;
                    tracing::warn!(
                        field = problem.field,
                        why = problem.message,
                        "a row of the export is no order"
                    );
                }
            }
        }
        Ok(Fetched {
            news,
            illegible,
            poll,
        })
    }

    fn address(&self, poll: &Poll, number: u32) -> Result<Url, HostError> {
        if let Some(next) = &poll.next {
            return self.followed(next);
        }
        let mut url = self.config.url.clone();
        let statuses: Vec<String> = self.config.statuses.iter().map(u32::to_string).collect();
        let since = poll.done.map(|done| done - TimeDelta::days(OVERLAP_DAYS));
        let since = since.map(|since| since.format("%Y-%m-%d").to_string());
        let mut query = url.query_pairs_mut();
        query.append_pair("filter[status:in]", &statuses.join(","));
        for (name, value) in &self.config.query {
            match (&since, value.contains("{since}")) {
                (Some(since), true) => query.append_pair(name, &value.replace("{since}", since)),
                (None, true) => &mut query,
                (_, false) => query.append_pair(name, value),
            };
        }
        if number > 1 {
            query.append_pair(&self.config.page_parameter, &number.to_string());
        }
        drop(query);
        Ok(url)
    }

    /// The address that the product gave for the next page: never one elsewhere, where the token would be shown.
    fn followed(&self, next: &str) -> Result<Url, HostError> {
        let bad = |why: String| HostError::new(HostErrorKind::BadData, OPERATION, why);
        let url = self
            .config
            .url
            .join(next)
            .map_err(|error| bad(format!("`{next}` is no address of a page: {error}")))?;
        if url.origin() != self.config.url.origin() {
            let own = self.config.url.origin().ascii_serialization();
            return Err(bad(format!("the next page lies at {url}, outside {own}")));
        }
        Ok(url)
    }
}

/// The product answers 400 where others answer 429.
fn is_throttled(reply: &Response<Bytes>) -> bool {
    let said = excerpt(reply.body()).to_ascii_lowercase();
    let words = ["limit", "throttl", "too many", "exceed", "quota"];
    reply.status() == http::StatusCode::BAD_REQUEST && words.iter().any(|word| said.contains(word))
}

/// What tells one content from another.
pub(crate) fn fingerprint(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    digest[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
