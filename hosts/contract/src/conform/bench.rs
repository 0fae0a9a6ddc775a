//! How a product is asked while its promises are tried: one plain request, and everything that came back.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, header};
use serde_json::Value;
use tieout_core::clock::Clock;
use tieout_core::host::HostError;
use tieout_core::transport::Transport;
use tieout_host_web::{Access, is_problem};
use tokio::sync::{Notify, OnceCell};
use url::Url;

use super::exchange::Exchange;
use super::hearing::{Ear, Hearing};
use super::made::Made;
use super::report::{Trouble, broken, left_out};
use super::survey::Survey;
use crate::http::{Capabilities, HttpHostConfig, Served, access};

/// What is tried, and with what.
pub struct Trial {
    /// The product as a configuration of this program has it: its address, its access, its lists.
    pub config: HttpHostConfig,
    /// Which lists and write-backs are tried.
    pub scope: Scope,
    /// An invoice that write-backs may be tried on; `None` leaves them out.
    pub invoice: Option<String>,
    /// Records read of each list at most.
    pub records_max: usize,
    /// Where the product pushes, signed with the `webhook_secret` of the configuration; `None` leaves pushes out.
    pub hearing: Option<Hearing>,
}

/// Which lists and write-backs of a product are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those of the configuration.
    Configured,
    /// Those that the product says it has; of the configuration where it says nothing.
    Said,
}

/// What reading a list came to: why it cannot be read, with what shows it, otherwise.
type Surveyed = Result<Survey, (String, Vec<Exchange>)>;

/// Why a promise is left out that nobody waited for.
pub(super) const INTERRUPTED: &str = "the run was interrupted";

/// A product on trial.
pub struct Bench {
    pub(super) trial: Trial,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    access: Arc<dyn Access>,
    surveys: BTreeMap<&'static str, OnceCell<Surveyed>>,
    /// Marks what this run makes, so that no two runs meet.
    pub(super) run: String,
    /// What the product may hold of this run.
    pub(super) made: Made,
    /// What the product pushed; `None` where nobody listens.
    pub(super) ear: Option<Ear>,
    /// Deliveries so far: a repeat in one of them has the same idempotency key.
    deliveries: AtomicU32,
    is_stopped: AtomicBool,
    stopped: Notify,
}

/// With which key a request is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// The one of the configuration.
    Own,
    /// None at all.
    Absent,
    /// One that nobody gave out.
    Wrong,
}

/// A reply, with the exchange that shows it.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) is_problem: bool,
    pub(super) media: String,
    pub(super) date: Option<DateTime<Utc>>,
    pub(super) body: Bytes,
    pub(super) exchange: Exchange,
}

impl Bench {
    pub(super) fn new(
        mut trial: Trial,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, HostError> {
        let access = access(&trial.config, &transport, Arc::clone(&clock))?;
        let run = clock.now().format("%Y%m%dT%H%M%S%3f").to_string();
        let surveys = Served::ALL
            .iter()
            .map(|list| (list.as_str(), OnceCell::new()))
            .collect();
        let ear = Ear::open(&trial.config, trial.hearing.take())?;
        Ok(Self {
            ear,
            trial,
            transport,
            clock,
            access,
            surveys,
            run,
            made: Made::default(),
            deliveries: AtomicU32::new(0),
            is_stopped: AtomicBool::new(false),
            stopped: Notify::new(),
        })
    }

    /// Takes the lists and write-backs that the product says it has.
    pub(super) async fn take_scope(&mut self) -> Result<(), Trouble> {
        if self.trial.scope == Scope::Configured {
            return Ok(());
        }
        let answer = self.get(&["capabilities"], &[]).await?;
        let said: Option<Capabilities> = serde_json::from_slice(&answer.body).ok();
        let Some(said) = said.filter(|_| answer.is_done()) else {
            return Ok(());
        };
        let has = |said: &Option<Vec<String>>, name: &str| {
            said.as_ref()
                .is_some_and(|said| said.iter().any(|it| it == name))
        };
        let lists = Served::ALL.into_iter();
        let lists: Vec<_> = lists
            .filter(|list| has(&said.documents, list.as_str()))
            .collect();
        if !lists.is_empty() {
            self.trial.config.documents = lists;
        }
        if said.write_backs.is_some() {
            let takes = &mut self.trial.config.takes;
            takes.retain(|what| has(&said.write_backs, what.as_str()));
        }
        Ok(())
    }

    /// Asks nothing more of the product but to take back what was made.
    pub(super) fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
        self.stopped.notify_waiters();
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }

    /// What is told from here on belongs to another delivery: a product that keeps its replies by their keys is asked anew.
    pub(super) fn next_delivery(&self) {
        self.deliveries.fetch_add(1, Ordering::Relaxed);
    }

    /// The idempotency key of a request of this delivery.
    pub(super) fn idempotency_key(&self, what: &str) -> String {
        let delivery = self.deliveries.load(Ordering::Relaxed);
        format!("{}-{delivery}-{what}", self.run)
    }

    /// Waits until the run is interrupted.
    pub(super) async fn stopped(&self) {
        let stopped = self.stopped.notified();
        if !self.is_stopped() {
            stopped.await;
        }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(super) fn lists(&self) -> &[Served] {
        &self.trial.config.documents
    }

    /// A list read once from its beginning; later the same again. Left out where it cannot be read.
    pub(super) async fn survey(&self, list: Served) -> Result<&Survey, Trouble> {
        let survey = self.surveyed(list).await;
        survey.as_ref().map_err(|(why, _)| {
            let list = list.as_str();
            Trouble::LeftOut(format!("`{list}` cannot be read: {why}"))
        })
    }

    /// Broken where a list cannot be read to its end.
    pub(super) async fn is_readable(&self, list: Served) -> Result<(), Trouble> {
        let survey = self.surveyed(list).await;
        let broken =
            |(why, shown): &(String, Vec<Exchange>)| Trouble::Broken(why.clone(), shown.clone());
        survey.as_ref().map(drop).map_err(broken)
    }

    async fn surveyed(&self, list: Served) -> &Surveyed {
        let cell = self
            .surveys
            .get(list.as_str())
            .expect("there is one for each list");
        cell.get_or_init(|| async {
            let made = Survey::make(self, list).await;
            made.map_err(|trouble| match trouble {
                Trouble::Broken(seen, shown) => (seen, shown),
                Trouble::LeftOut(why) => (why, Vec::new()),
            })
        })
        .await
    }

    pub(super) async fn get(
        &self,
        parts: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Answer, Trouble> {
        self.ask(Key::Own, Method::GET, parts, query, None).await
    }

    /// Sends one request. Broken where no reply comes, left out where the run was interrupted before.
    pub(super) async fn ask(
        &self,
        key: Key,
        method: Method,
        parts: &[&str],
        query: &[(&str, &str)],
        body: Option<(&str, &Value)>,
    ) -> Result<Answer, Trouble> {
        if self.is_stopped() {
            return left_out(INTERRUPTED);
        }
        self.ask_anyway(key, method, parts, query, body).await
    }

    /// The same whether or not the run was interrupted.
    pub(super) async fn ask_anyway(
        &self,
        key: Key,
        method: Method,
        parts: &[&str],
        query: &[(&str, &str)],
        body: Option<(&str, &Value)>,
    ) -> Result<Answer, Trouble> {
        let mut url = self.trial.config.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(parts);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let asked = format!("{method} {url}");
        let uri = http::Uri::try_from(url.as_str());
        let mut request = Request::new(Bytes::new());
        *request.method_mut() = method;
        *request.uri_mut() =
            uri.map_err(|error| Trouble::Broken(format!("{asked}: {error}"), Vec::new()))?;
        let accepted = HeaderValue::from_static("application/json, application/problem+json");
        request.headers_mut().insert(header::ACCEPT, accepted);
        if let Some((name, value)) = self.key(key).await? {
            request.headers_mut().insert(name, value);
        }
        if let Some((key, body)) = body {
            let json = HeaderValue::from_static("application/json");
            request.headers_mut().insert(header::CONTENT_TYPE, json);
            if let Ok(key) = HeaderValue::from_str(key) {
                request.headers_mut().insert("idempotency-key", key);
            }
            if !body.is_null() {
                *request.body_mut() = Bytes::from(body.to_string());
            }
        }
        for is_last in [false, false, true] {
            let reply = match self.transport.send(request.clone()).await {
                Ok(reply) => reply,
                Err(error) => return broken(format!("{asked} was not answered: {error}"), []),
            };
            let pause = pause(&reply).filter(|_| !is_last);
            let Some(pause) = pause else {
                return Ok(Answer::of(&url, &request, reply));
            };
            let was_stopped = self.is_stopped();
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.stopped(), if !was_stopped => return left_out(INTERRUPTED),
            }
        }
        broken(format!("{asked} was never answered"), [])
    }

    async fn key(&self, key: Key) -> Result<Option<(HeaderName, HeaderValue)>, Trouble> {
        let own = self.access.header().await;
        let own = own.map_err(|error| Trouble::Broken(error.to_string(), Vec::new()))?;
        Ok(match key {
            Key::Own => own,
            Key::Absent => None,
            Key::Wrong => {
                let wrong = "Bearer tieout-conform-nobody-gave-this-out";
                let value = |name: &HeaderName| match *name == header::AUTHORIZATION {
                    true => HeaderValue::from_static(wrong),
                    false => HeaderValue::from_static(&wrong["Bearer ".len()..]),
                };
                own.map(|(name, _)| {
                    let value = value(&name);
                    (name, value)
                })
            }
        })
    }
}

/// How long a product that limits its callers wants to be left alone: that breaks no promise.
fn pause(reply: &http::Response<Bytes>) -> Option<Duration> {
    const PAUSE_S_MAX: u64 = 60;
    let is_limited = reply.status() == StatusCode::TOO_MANY_REQUESTS;
    let after = reply.headers().get(header::RETRY_AFTER)?;
    let seconds: u64 = after.to_str().ok()?.trim().parse().ok()?;
    is_limited.then(|| Duration::from_secs(seconds.min(PAUSE_S_MAX)))
}

impl Answer {
    fn of(url: &Url, request: &Request<Bytes>, reply: http::Response<Bytes>) -> Self {
        let exchange = Exchange::of(url, request, &reply);
        let text = |name: header::HeaderName| reply.headers().get(name)?.to_str().ok();
        let date = text(header::DATE).and_then(|text| DateTime::parse_from_rfc2822(text).ok());
        Self {
            status: reply.status(),
            is_problem: is_problem(reply.headers()),
            media: text(header::CONTENT_TYPE).unwrap_or_default().to_owned(),
            date: date.map(|date| date.with_timezone(&Utc)),
            exchange,
            body: reply.into_body(),
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.status.is_success()
    }

    /// The content as JSON, or broken.
    pub(super) fn json(&self) -> Result<Value, Trouble> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let seen = format!("the reply is no JSON: {error}");
            Trouble::Broken(seen, vec![self.exchange.clone()])
        })
    }

    /// Broken unless the product did what it was asked.
    pub(super) fn done(self, what: &str) -> Result<Self, Trouble> {
        match self.is_done() {
            true => Ok(self),
            false => {
                let seen = format!("{what} was answered {}, not 2xx", self.status);
                broken(seen, [self.exchange])
            }
        }
    }
}
