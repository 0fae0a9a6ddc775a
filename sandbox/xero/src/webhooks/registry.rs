//! The webhooks of all apps: who registered one, which events reach it, which deliveries are due.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::books::ids::IdSource;
use crate::switches::Switches;
use crate::sync::lock;

use super::delivery::WebhookDelivery;
use super::event::Event;
use super::faults::WebhookFault;
use super::subscription::{Standing, Subscription};

/// A webhook as its developer registers it: one per app.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// The app.
    pub client_id: String,
    /// Where to post; the shell speaks `http` only.
    pub url: String,
    /// The signing key, used as text.
    pub key: String,
    /// Categories to be told of; all when empty.
    #[serde(default)]
    pub categories: Vec<String>,
}

impl std::fmt::Debug for Registration {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Registration")
            .field("client_id", &self.client_id)
            .field("url", &self.url)
            .field("categories", &self.categories)
            .finish_non_exhaustive()
    }
}

/// Why a webhook was not registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebhookRefused {
    /// No such app.
    #[error("no app has this client id")]
    NoApp,
    /// No address to post to.
    #[error("the address is no http or https url")]
    BadUrl,
    /// No key to sign with.
    #[error("the signing key is empty")]
    NoKey,
}

/// A webhook as it stands, without its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WebhookView {
    /// The app.
    pub client_id: String,
    /// Where it posts to.
    pub url: String,
    /// Where it stands.
    pub standing: Standing,
    /// Events that wait.
    pub waiting: usize,
    /// Deliveries that arrived.
    pub delivered: u64,
    /// Attempts that failed.
    pub failed: u64,
}

/// All webhooks.
#[derive(Debug)]
pub struct Webhooks {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    subscriptions: BTreeMap<String, Subscription>,
    faults: VecDeque<WebhookFault>,
    entropy: IdSource,
    next_id: u64,
}

impl Webhooks {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            state: Mutex::new(State::new(seed)),
        }
    }

    pub(crate) fn reset(&self, seed: u64) {
        *lock(&self.state) = State::new(seed);
    }

    pub(crate) fn register(&self, registration: Registration, now: DateTime<Utc>) {
        let state = &mut *lock(&self.state);
        let client_id = registration.client_id.clone();
        state
            .subscriptions
            .entry(client_id)
            .or_insert_with(|| Subscription::new(registration.clone()))
            .check(registration, &mut state.entropy, now);
    }

    /// Drops all webhooks with what waits for them, and all faults.
    pub fn clear(&self) {
        let mut state = lock(&self.state);
        state.subscriptions.clear();
        state.faults.clear();
    }

    /// Adds a fault behind those that wait; it meets the next delivery of events.
    pub fn push_fault(&self, fault: WebhookFault) {
        lock(&self.state).faults.push_back(fault);
    }

    /// How all webhooks stand, by client id.
    #[must_use]
    pub fn list(&self) -> Vec<WebhookView> {
        lock(&self.state)
            .subscriptions
            .values()
            .map(|known| WebhookView {
                client_id: known.registration.client_id.clone(),
                url: known.registration.url.clone(),
                standing: known.standing,
                waiting: known.waiting(),
                delivered: known.delivered,
                failed: known.failed,
            })
            .collect()
    }

    /// Whether there is any webhook at all.
    pub(crate) fn is_empty(&self) -> bool {
        lock(&self.state).subscriptions.is_empty()
    }

    /// Gives events to the webhooks of connected apps.
    pub(crate) fn raise(
        &self,
        events: &[Event],
        switches: &Switches,
        is_connected: impl Fn(&str) -> bool,
    ) {
        for (client_id, subscription) in &mut lock(&self.state).subscriptions {
            if !is_connected(client_id) {
                continue;
            }
            let categories = subscription.registration.categories.clone();
            let wanted = |event: &&Event| {
                let own = event.by == *client_id && !switches.webhook_on_own_writes;
                !own && (categories.is_empty() || categories.contains(&event.category))
            };
            for event in events.iter().filter(wanted) {
                subscription.raise(event.clone());
            }
        }
    }

    pub(crate) fn due(&self, switches: &Switches, now: DateTime<Utc>) -> Vec<WebhookDelivery> {
        let State {
            subscriptions,
            faults,
            entropy,
            next_id,
        } = &mut *lock(&self.state);
        let mut due = Vec::new();
        for subscription in subscriptions.values_mut() {
            *next_id += 1;
            due.extend(subscription.take(*next_id, faults, switches, entropy, now));
        }
        due
    }

    pub(crate) fn answered(&self, id: u64, status: Option<u16>, now: DateTime<Utc>) -> bool {
        lock(&self.state)
            .subscriptions
            .values_mut()
            .any(|subscription| subscription.answered(id, status, now))
    }
}

impl State {
    fn new(seed: u64) -> Self {
        Self {
            subscriptions: BTreeMap::new(),
            faults: VecDeque::new(),
            entropy: IdSource::new(seed ^ 0x0e11_7209),
            next_id: 0,
        }
    }
}
