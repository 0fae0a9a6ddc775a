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

use crate::book::{Inlet, Ledger, Nameless, Poll, RoundEnd, Told};
use crate::config::ExportConfig;
use crate::wire::{Next, read, rows};

const OPERATION: &str = "read export";
/// Days before the last whole look from which on is asked again: dates have no zone.
const OVERLAP_DAYS: i64 = 2;
/// Pages of one round: whatever the product says, it ends.
const PAGES_MAX: u32 = 10_000;
/// Days after which everything is asked for once more: a filter by date of making never shows what is dispatched late.
const FULL_DAYS: i64 = 7;

/// The export of order details.
pub(crate) struct Export {
    client: Client,
    config: ExportConfig,
    clock: Arc<dyn Clock>,
}

/// A page of the export.
pub(crate) struct Fetched {
    /// What it tells of orders.
    pub(crate) told: Vec<Told>,
    /// What the round met, where it ends with this page.
    pub(crate) end: Option<RoundEnd>,
    /// How far the export is read with it.
    pub(crate) poll: Poll,
    /// Why no further page is given, where rounds end so again and again. `poll` counts all the same.
    pub(crate) refused: Option<HostError>,
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
        let last = poll.looked.or(poll.done);
        poll.began.is_some() || last.is_none_or(|last| now - last >= pause)
    }

    /// The first page, for a look that takes nothing.
    pub(crate) async fn probe(&self, ledger: &Ledger) -> Result<(), HostError> {
        let page = self.page(&Poll::default(), ledger).await?;
        page.refused.map_or(Ok(()), Err)
    }

    /// The next page. What it says is to be stored together with how far it leads.
    pub(crate) async fn page(&self, poll: &Poll, ledger: &Ledger) -> Result<Fetched, HostError> {
        let now = self.clock.now();
        let mut poll = poll.clone();
        let began = *poll.began.get_or_insert_with(|| {
            let since = |full| now - full >= TimeDelta::days(FULL_DAYS);
            poll.is_full = poll.done.is_none() || poll.full.is_none_or(since);
            now
        });
        let number = poll.page.max(1);
        let url = self.address(&poll, number)?;
        ledger.note_call(now).await?;
        let body = match self.asked(&url).await {
            Ok(body) => body,
            // The address of a further page does not live for ever.
            Err(Refusal::OfPage(error)) if number > 1 => return Ok(dropped(&poll, began, error)),
            Err(Refusal::OfPage(error) | Refusal::Else(error)) => return Err(error),
        };
        let page = rows(&body).map_err(|why| {
            let message = format!("GET {} gave what is no page of orders: {why}", url.path());
            HostError::new(HostErrorKind::BadData, OPERATION, message)
        })?;
        let fingerprint = fingerprint(&body);
        let is_repeated = poll.last.as_deref() == Some(fingerprint.as_str());
        let is_last = page.rows.is_empty() || is_repeated || number >= PAGES_MAX;
        // A product that has nothing at first may not be ready: what is older than today is asked for again.
        let is_nothing = number == 1 && page.rows.is_empty() && poll.done.is_none();
        let (told, nameless) = told(page.rows);
        if !is_repeated {
            poll.nameless = Nameless::and(poll.nameless.take(), nameless);
        }
        let met = RoundEnd {
            nameless: poll.nameless.clone(),
            is_whole: poll.is_full || !self.asks_for_changes(),
        };
        let poll = match page.next {
            _ if is_last => ended(&poll, began, is_nothing),
            Next::None => ended(&poll, began, is_nothing),
            Next::At(next) => onward(&poll, number, Some(next), fingerprint),
            Next::Numbered | Next::Unsaid => onward(&poll, number, None, fingerprint),
        };
        Ok(Fetched {
            told,
            end: poll.began.is_none().then_some(met),
            poll,
            refused: None,
        })
    }

    /// Whether rounds ask for what changed of late, and not for everything each time.
    fn asks_for_changes(&self) -> bool {
        let mut values = self.config.query.values();
        values.any(|value| value.contains("{since}"))
    }

    /// What lies at an address of the export.
    async fn asked(&self, url: &Url) -> Result<Bytes, Refusal> {
        let reply = match self.client.get(OPERATION, url).await {
            Ok(reply) => reply,
            Err(failed) => {
                let is_of_page =
                    failed.is_answered && failed.error.kind == HostErrorKind::Misconfigured;
                return Err(match is_of_page {
                    true => Refusal::OfPage(failed.error),
                    false => Refusal::Else(failed.error),
                });
            }
        };
        if reply.is_done() {
            return Ok(reply.body);
        }
        let said = excerpt(&reply.body);
        let message = format!("GET {} was answered {}: {said}", url.path(), reply.status);
        let kind = HostErrorKind::Misconfigured;
        Err(Refusal::OfPage(HostError::new(kind, OPERATION, message)))
    }

    fn address(&self, poll: &Poll, number: u32) -> Result<Url, HostError> {
        if let Some(next) = &poll.next {
            return self.followed(next);
        }
        let mut url = self.config.url.clone();
        let statuses: Vec<String> = self.config.statuses.iter().map(u32::to_string).collect();
        let done = poll.done.filter(|_| !poll.is_full);
        let since = done.map(|done| done - TimeDelta::days(OVERLAP_DAYS));
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

/// Why a page was not given.
enum Refusal {
    /// The product refused this one.
    OfPage(HostError),
    /// It is about the access, or how the product is.
    Else(HostError),
}

/// How far the export is read after the last page of a round.
fn ended(poll: &Poll, began: DateTime<Utc>, is_nothing: bool) -> Poll {
    let full = if poll.is_full { Some(began) } else { poll.full };
    Poll {
        done: (!is_nothing).then_some(began),
        full: full.filter(|_| !is_nothing),
        looked: Some(began),
        ..Poll::default()
    }
}

/// How far it is read before a further page.
fn onward(poll: &Poll, number: u32, next: Option<String>, fingerprint: String) -> Poll {
    Poll {
        page: number + 1,
        next,
        last: Some(fingerprint),
        ..poll.clone()
    }
}

/// A round that is given up: the next one begins with the first page. Told only where that does not help.
fn dropped(poll: &Poll, began: DateTime<Utc>, error: HostError) -> Fetched {
    tracing::warn!(error = error.message, "a round of the export begins anew");
    Fetched {
        told: Vec::new(),
        end: None,
        poll: Poll {
            done: poll.done,
            full: poll.full,
            looked: Some(began),
            dropped: poll.dropped.saturating_add(1),
            ..Poll::default()
        },
        refused: (poll.dropped > 0).then_some(error),
    }
}

/// What rows tell, and those that cannot be told apart as orders.
fn told(rows: Vec<serde_json::Value>) -> (Vec<Told>, Option<Nameless>) {
    let (mut told, mut nameless) = (Vec::with_capacity(rows.len()), None);
    for row in rows {
        // Of the row alone: it counts once on whichever page it comes.
        let fingerprint = fingerprint(row.to_string().as_bytes());
        match read(row) {
            Ok(news) => told.push(Told {
                news,
                inlet: Inlet::Export,
                fingerprint,
            }),
            Err(problem) => {
                let one = Nameless {
                    rows: 1,
                    field: problem.field,
                    message: problem.message,
                };
                nameless = Nameless::and(nameless, Some(one));
            }
        }
    }
    (told, nameless)
}

/// The product answers 400 where others answer 429. A filter that is too long or a number that is too large is also
/// refused with 400, and asking again would never help.
fn is_throttled(reply: &Response<Bytes>) -> bool {
    let said = excerpt(reply.body()).to_ascii_lowercase();
    let phrases = [
        "rate limit",
        "rate-limit",
        "rate_limit",
        "throttl",
        "too many requests",
        "too many calls",
        "request limit",
        "call limit",
        "quota exceeded",
    ];
    reply.status() == http::StatusCode::BAD_REQUEST && phrases.iter().any(|it| said.contains(it))
}

/// What tells one content from another.
pub(crate) fn fingerprint(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    digest[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
