//! How pushes are heard while promises are tried: the first one that is signed is turned away once, to see it come again.

use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use tieout_core::host::{HostError, HostErrorKind, Push};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::Instant;

use super::bench::Bench;
use super::exchange::Exchange;
use crate::http::{HttpHostConfig, Secrets};

/// Pushes that are remembered; more are answered and forgotten.
const HEARD_MAX: usize = 1_000;

/// Where the product pushes.
pub struct Hearing {
    /// The address that the product was given, for people.
    pub address: String,
    /// What arrives there.
    pub arrivals: mpsc::Receiver<Arrival>,
    /// How long the first push is waited for, and then its repeat.
    pub patience: Duration,
}

/// A request that arrived where pushes are heard.
pub struct Arrival {
    /// The request.
    pub push: Push,
    /// Who is told what it is answered.
    pub answer: oneshot::Sender<StatusCode>,
}

/// What was heard so far.
pub(super) struct Ear {
    address: String,
    patience: Duration,
    secrets: Secrets,
    arrivals: tokio::sync::Mutex<mpsc::Receiver<Arrival>>,
    heard: Mutex<Vec<Pushed>>,
    news: Notify,
}

/// A push that arrived.
#[derive(Clone)]
pub(super) struct Pushed {
    /// Its `webhook-id`.
    pub(super) id: String,
    /// Why its signature is not right.
    pub(super) unsigned: Option<String>,
    /// Whether it was turned away to see it come again.
    pub(super) was_put_off: bool,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) exchange: Exchange,
}

impl Ear {
    /// `None` where nobody listens. Fails where nothing says what pushes are signed with.
    pub(super) fn open(
        config: &HttpHostConfig,
        hearing: Option<Hearing>,
    ) -> Result<Option<Self>, HostError> {
        let Some(hearing) = hearing else {
            return Ok(None);
        };
        let wrong = |why: &str| HostError::new(HostErrorKind::Misconfigured, "conform", why);
        let secret = config.webhook_secret.as_ref();
        let secret = secret.ok_or_else(|| wrong("no secret says what pushes are signed with"))?;
        Ok(Some(Self {
            address: hearing.address,
            patience: hearing.patience,
            secrets: Secrets::parse(secret).map_err(|why| wrong(&why))?,
            arrivals: tokio::sync::Mutex::new(hearing.arrivals),
            heard: Mutex::default(),
            news: Notify::new(),
        }))
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    /// What arrived, the earliest first.
    pub(super) fn heard(&self) -> Vec<Pushed> {
        self.pushed().clone()
    }

    /// Waits until something is found among what arrived; `None` when that takes too long, or nobody waits any more.
    pub(super) async fn until<T>(
        &self,
        bench: &Bench,
        found: impl Fn(&[Pushed]) -> Option<T>,
    ) -> Option<T> {
        let deadline = Instant::now() + self.patience;
        loop {
            let news = self.news.notified();
            tokio::pin!(news);
            news.as_mut().enable();
            if let Some(found) = found(&self.pushed()) {
                return Some(found);
            }
            tokio::select! {
                () = news => {}
                () = tokio::time::sleep_until(deadline) => return None,
                () = bench.stopped() => return None,
            }
        }
    }

    async fn listen(&self) -> Infallible {
        let mut arrivals = self.arrivals.lock().await;
        while let Some(Arrival { push, answer }) = arrivals.recv().await {
            // Whoever hung up is not told.
            let _ = answer.send(self.take(&push));
            self.news.notify_waiters();
        }
        std::future::pending().await
    }

    /// Remembers a push, and gives what it is answered.
    fn take(&self, push: &Push) -> StatusCode {
        match push.method {
            // Whether it may send here: whoever runs this wants that.
            Method::OPTIONS => return StatusCode::OK,
            Method::POST => {}
            _ => return StatusCode::METHOD_NOT_ALLOWED,
        }
        let mut heard = self.pushed();
        let unsigned = self
            .secrets
            .verify(&push.headers, &push.body, push.at)
            .err();
        let unsigned = unsigned.map(
            |why| match self.secrets.mistake(&push.headers, &push.body) {
                Some(mend) => format!("{why}: {mend}"),
                None => why,
            },
        );
        let was_put_off = unsigned.is_none() && !heard.iter().any(|it| it.was_put_off);
        let status = match (&unsigned, was_put_off) {
            (Some(_), _) => StatusCode::UNAUTHORIZED,
            (None, true) => StatusCode::SERVICE_UNAVAILABLE,
            (None, false) => StatusCode::OK,
        };
        let id = push.headers.get("webhook-id");
        let id = id.and_then(|id| id.to_str().ok()).unwrap_or_default();
        if heard.len() < HEARD_MAX {
            heard.push(Pushed {
                id: id.to_owned(),
                unsigned,
                was_put_off,
                headers: push.headers.clone(),
                body: push.body.clone(),
                exchange: Exchange::of_push(&self.address, push, status),
            });
        }
        status
    }

    fn pushed(&self) -> MutexGuard<'_, Vec<Pushed>> {
        // Nothing between two changes of it can panic.
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bench {
    /// Answers pushes for as long as promises are tried.
    pub(super) async fn listen(&self) -> Infallible {
        match &self.ear {
            Some(ear) => ear.listen().await,
            None => std::future::pending().await,
        }
    }
}
