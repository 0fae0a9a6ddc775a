//! The driver: what one step does, and how steps follow each other while the program serves.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tieout_core::clock::Clock;
use tieout_core::store::{Store, StoreError};
use tieout_core::transport::Transport;
use tieout_core::vault::Vault;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::circle::{Circle, Mail};
use crate::config::NotifyConfig;
use crate::error::NoticesError;
use crate::facts::{Facts, look};
use crate::hooks::{Delivering, deliver, forget_old_events};
use crate::journal::{Reading, note_what_was_open, read_on};
use crate::letters::{Writing, compose, next_due};
use crate::mail::{Mailer, post};

/// The longest between two steps: what happens is read within it.
const STEP_EVERY: TimeDelta = TimeDelta::seconds(5);
/// How often accesses and certificates are looked at.
const LOOK_EVERY: TimeDelta = TimeDelta::seconds(60);
/// Batches of pages that are read in one step, before anything is sent.
const BATCHES_AT_ONCE: usize = 20;
/// How long after a failure of the store the next step is made.
const AGAIN_AFTER: Duration = Duration::from_secs(30);
/// How long what is under way may take once it is asked to end.
const END_WITHIN: Duration = Duration::from_secs(5);

/// What notices are made of.
pub struct Parts {
    /// Durable memory.
    pub store: Arc<dyn Store>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// What the configuration says.
    pub config: NotifyConfig,
    /// Where people reach this program; without it, mails have no links.
    pub public_url: Option<Url>,
    /// The way to the mail server; without it, no mail is made.
    pub mailer: Option<Arc<dyn Mailer>>,
    /// The way to other systems: [`crate::Outbound`], or a test's.
    pub transport: Arc<dyn Transport>,
    /// What opens the secrets of webhooks.
    pub vault: Option<Arc<Vault>>,
    /// What the journal does not say.
    pub facts: Arc<dyn Facts>,
}

/// Tells people and other systems what happened.
pub struct Notices {
    parts: Parts,
    /// When accesses were last looked at.
    looked_at: Mutex<Option<DateTime<Utc>>>,
}

/// What a step leaves to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stepped {
    /// When the next step is worth while.
    pub next_at: DateTime<Utc>,
}

impl Notices {
    /// Notices of these parts. Does nothing yet.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            parts,
            looked_at: Mutex::new(None),
        }
    }

    /// Does everything that is due: reads on in the journal, looks at accesses, makes mails, and sends what waits.
    ///
    /// Every part is committed before the next one begins, so that a step which was cut off anywhere is gone on with.
    ///
    /// # Errors
    /// The store failed; the next step begins again from what is stored.
    pub async fn step(&self, now: DateTime<Utc>) -> Result<Stepped, NoticesError> {
        let parts = &self.parts;
        let mail = match &parts.mailer {
            Some(_) => Mail::Leaves,
            None => Mail::Stays,
        };
        let mut circle = Circle::load(parts.store.as_ref(), mail).await?;
        let mut next_at = now + STEP_EVERY;
        if !circle.is_empty() {
            if self.read(&mut circle, now).await? == Reading::GoesOn {
                next_at = now;
            }
            let hosts = parts.facts.hosts();
            let writing = Writing {
                store: parts.store.as_ref(),
                config: &parts.config,
                base: parts.public_url.as_ref(),
                hosts: &hosts,
                now,
            };
            if self.is_time_to_look(now) {
                look(&writing, parts.facts.as_ref(), &mut circle).await?;
            }
            compose(&writing, &mut circle).await?;
            forget_old_events(parts.store.as_ref(), &mut circle, now).await?;
        }
        let due = circle
            .groups
            .iter()
            .filter_map(|told| next_due(told, &parts.config, now))
            // What is due and was not made waits for something else.
            .filter(|at| *at > now);
        let next_at = due.fold(next_at, DateTime::min);
        let sent = self.send(circle).await?;
        Ok(Stepped {
            next_at: sent.map_or(next_at, |at| at.min(next_at)).max(now),
        })
    }

    /// Steps until it is stopped; then ends what is under way, for a few seconds.
    ///
    /// What is cut off then is as after a crash: one mail, and one event of each webhook, may go a second time.
    pub async fn run(&self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let pause = tokio::select! {
                stepped = self.step(self.parts.clock.now()) => self.pause(stepped),
                () = cut_off(&stop) => return,
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    fn pause(&self, stepped: Result<Stepped, NoticesError>) -> Duration {
        match stepped {
            Ok(stepped) => (stepped.next_at - self.parts.clock.now())
                .to_std()
                .unwrap_or_default(),
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(%error, cause, "nobody is told anything now; tried again");
                AGAIN_AFTER
            }
        }
    }

    async fn read(&self, circle: &mut Circle, now: DateTime<Utc>) -> Result<Reading, StoreError> {
        let store = self.parts.store.as_ref();
        for _ in 0..BATCHES_AT_ONCE {
            if note_what_was_open(store, circle, now).await? {
                continue;
            }
            let base = self.parts.public_url.as_ref();
            if read_on(store, circle, base, now).await? == Reading::AtTheEnd {
                return Ok(Reading::AtTheEnd);
            }
        }
        Ok(Reading::GoesOn)
    }

    fn is_time_to_look(&self, now: DateTime<Utc>) -> bool {
        let mut looked_at = self
            .looked_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let is_time = looked_at.is_none_or(|last| (now - last).abs() >= LOOK_EVERY);
        if is_time {
            *looked_at = Some(now);
        }
        is_time
    }

    /// Sends mail and events side by side: nobody waits for somebody else's server.
    async fn send(&self, circle: Circle) -> Result<Option<DateTime<Utc>>, StoreError> {
        let parts = &self.parts;
        let delivering = Delivering {
            store: Arc::clone(&parts.store),
            clock: Arc::clone(&parts.clock),
            transport: Arc::clone(&parts.transport),
            vault: parts.vault.clone(),
        };
        let mut endpoints = JoinSet::new();
        for endpoint in circle.endpoints {
            let delivering = delivering.clone();
            endpoints.spawn(async move { deliver(&delivering, endpoint).await });
        }
        let mut next = match &parts.mailer {
            Some(mailer) => {
                post(parts.store.as_ref(), mailer.as_ref(), parts.clock.as_ref()).await?
            }
            None => None,
        };
        while let Some(delivered) = endpoints.join_next().await {
            match delivered {
                Ok(at) => next = next.into_iter().chain(at?).min(),
                Err(error) => tracing::error!(%error, "deliveries to a webhook broke"),
            }
        }
        Ok(next)
    }
}

/// Some time after it was asked to stop.
async fn cut_off(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(END_WITHIN).await;
}
