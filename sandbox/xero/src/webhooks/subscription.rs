//! The webhook of one app: its intent to receive, its queue of events, its one delivery at a time, its retries.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::books::ids::IdSource;
use crate::switches::Switches;

use super::delivery::{Parcel, Seal, WebhookDelivery, spoilt};
use super::event::Event;
use super::faults::WebhookFault;
use super::registry::Registration;

/// Most events in one delivery.
pub(super) const EVENTS_MAX: usize = 50;
/// How long an answer is waited for.
pub(super) const ANSWER_SECONDS_MAX: i64 = 5;
/// How long undelivered events are kept.
const KEPT_DAYS: i64 = 31;
/// How long a failing delivery is repeated before the webhook is disabled.
const RETRY_HOURS: i64 = 24;
/// Minutes before each repeat: at once, then every 15 minutes, then rarer.
const RETRY_MINUTES: [i64; 9] = [0, 15, 15, 15, 30, 60, 120, 240, 480];

/// Where a webhook stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The check of the intent to receive is under way.
    Checking,
    /// The check failed; register again.
    IntentRequired,
    /// Events are delivered.
    Healthy,
    /// A delivery failed and is repeated; newer events wait behind it.
    Retrying,
    /// Nothing is delivered any more; register again, and what was kept is replayed.
    Disabled,
}

#[derive(Debug)]
pub(super) struct Subscription {
    pub(super) registration: Registration,
    pub(super) standing: Standing,
    pub(super) delivered: u64,
    pub(super) failed: u64,
    next_sequence: u64,
    queue: VecDeque<(u64, Event)>,
    checks: VecDeque<Parcel>,
    parcels: VecDeque<Parcel>,
    held: Option<Parcel>,
    in_air: Option<InAir>,
}

#[derive(Debug)]
struct InAir {
    id: u64,
    since: DateTime<Utc>,
    parcel: Parcel,
}

impl Subscription {
    pub(super) fn new(registration: Registration) -> Self {
        Self {
            registration,
            standing: Standing::Checking,
            delivered: 0,
            failed: 0,
            next_sequence: 0,
            queue: VecDeque::new(),
            checks: VecDeque::new(),
            parcels: VecDeque::new(),
            held: None,
            in_air: None,
        }
    }

    /// Begins the check anew; events that were kept stay.
    pub(super) fn check(
        &mut self,
        registration: Registration,
        entropy: &mut IdSource,
        now: DateTime<Utc>,
    ) {
        self.registration = registration;
        // A check that was in the air is not worth repeating: all of them come again.
        let kept = self
            .in_air
            .take()
            .filter(|_| self.standing != Standing::Checking);
        if let Some(InAir { parcel, .. }) = kept {
            self.parcels.push_front(parcel);
        }
        self.standing = Standing::Checking;
        let key = &self.registration.key;
        for parcel in self.parcels.iter_mut().chain(&mut self.held) {
            parcel.renew(key, now);
        }
        self.checks = [Seal::Right, Seal::Wrong, Seal::Right, Seal::Wrong]
            .into_iter()
            .map(|seal| Parcel::new(key, seal, &[], (0, 0), entropy, now))
            .collect();
    }

    pub(super) fn waiting(&self) -> usize {
        self.queue.len()
    }

    pub(super) fn raise(&mut self, event: Event) {
        self.next_sequence += 1;
        self.queue.push_back((self.next_sequence, event));
    }

    /// The next delivery that is due, if none is in the air.
    pub(super) fn take(
        &mut self,
        id: u64,
        faults: &mut VecDeque<WebhookFault>,
        switches: &Switches,
        entropy: &mut IdSource,
        now: DateTime<Utc>,
    ) -> Option<WebhookDelivery> {
        if let Some(waited) = &self.in_air {
            if now - waited.since < TimeDelta::seconds(ANSWER_SECONDS_MAX) {
                return None;
            }
            self.answered(waited.id, None, now);
        }
        let parcel = match self.standing {
            Standing::Checking => self.checks.pop_front()?,
            Standing::Healthy | Standing::Retrying => {
                self.compose(faults, switches, entropy, now);
                self.parcels.pop_front_if(|next| next.due <= now)?
            }
            Standing::IntentRequired | Standing::Disabled => return None,
        };
        let delivery = WebhookDelivery {
            id,
            client_id: self.registration.client_id.clone(),
            url: self.registration.url.clone(),
            body: parcel.body.clone(),
            signature: parcel.signature.clone(),
            attempt: parcel.attempts,
        };
        self.in_air = Some(InAir {
            id,
            since: now,
            parcel,
        });
        Some(delivery)
    }

    /// Takes note of the answer to a delivery; nothing stands for no answer in time. False when it is not in the air here.
    pub(super) fn answered(&mut self, id: u64, status: Option<u16>, now: DateTime<Utc>) -> bool {
        let Some(InAir { parcel, .. }) = self.in_air.take_if(|known| known.id == id) else {
            return false;
        };
        let accepted = status.is_some_and(|status| (200..300).contains(&status));
        match self.standing {
            Standing::Checking => self.checked(&parcel, status, accepted),
            Standing::Healthy
            | Standing::Retrying
            | Standing::IntentRequired
            | Standing::Disabled => self.delivered(parcel, accepted, now),
        }
        true
    }

    /// Right signatures want 2xx, wrong ones 401; anything else fails the check.
    fn checked(&mut self, parcel: &Parcel, status: Option<u16>, accepted: bool) {
        let as_wanted = if parcel.is_wrongly_signed {
            status == Some(401)
        } else {
            accepted
        };
        if !as_wanted {
            self.standing = Standing::IntentRequired;
            self.checks.clear();
        } else if self.checks.is_empty() {
            self.standing = Standing::Healthy;
        }
    }

    fn delivered(&mut self, mut parcel: Parcel, accepted: bool, now: DateTime<Utc>) {
        if accepted {
            self.delivered += 1;
            self.standing = Standing::Healthy;
            if parcel.again {
                parcel.again = false;
                self.parcels.push_front(parcel);
            }
            return;
        }
        self.failed += 1;
        let first = *parcel.first_failure.get_or_insert(now);
        let at = usize::try_from(parcel.attempts).unwrap_or(usize::MAX);
        let last = RETRY_MINUTES[RETRY_MINUTES.len() - 1];
        let pause = RETRY_MINUTES.get(at).copied().unwrap_or(last);
        parcel.attempts += 1;
        parcel.due = now + TimeDelta::minutes(pause);
        if parcel.is_wrongly_signed {
            parcel.signature = super::signature::signature(&self.registration.key, &parcel.body);
            parcel.is_wrongly_signed = false;
        }
        self.standing = if now - first >= TimeDelta::hours(RETRY_HOURS) {
            Standing::Disabled
        } else {
            Standing::Retrying
        };
        self.parcels.push_front(parcel);
    }

    /// Packs waiting events when nothing else waits, under the next fault if there is one.
    fn compose(
        &mut self,
        faults: &mut VecDeque<WebhookFault>,
        switches: &Switches,
        entropy: &mut IdSource,
        now: DateTime<Utc>,
    ) {
        let kept = TimeDelta::days(KEPT_DAYS);
        self.queue.retain(|(_, event)| event.at + kept >= now);
        self.parcels
            .retain(|parcel| parcel.kept_until.is_none_or(|until| until >= now));
        if !self.parcels.is_empty() || self.queue.is_empty() {
            return;
        }
        let count = self.queue.len().min(EVENTS_MAX);
        let mut events: Vec<(u64, Event)> = self.queue.drain(..count).collect();
        let fault = faults.pop_front();
        match &fault {
            Some(WebhookFault::Gap { events: lost }) => {
                events.drain(..(*lost).min(events.len()));
            }
            Some(WebhookFault::UnknownCategory { category }) => {
                let (sequence, last) = events[events.len() - 1].clone();
                let category = category.clone();
                events.push((sequence + 1, Event { category, ..last }));
                // What still waits was raised after the invented event.
                self.next_sequence += 1;
                for (sequence, _) in &mut self.queue {
                    *sequence += 1;
                }
            }
            Some(
                WebhookFault::Duplicate | WebhookFault::Reorder | WebhookFault::WrongSignature,
            )
            | None => {}
        }
        let (Some((first, _)), Some((last, _))) = (events.first(), events.last()) else {
            return;
        };
        let sequences = (*first, *last);
        let oldest = events.iter().map(|(_, event)| event.at).min();
        let told: Vec<_> = events
            .iter()
            .map(|(_, event)| event.to_json(switches.webhook_event_type_case))
            .collect();
        let key = &self.registration.key;
        let mut parcel = Parcel::new(key, Seal::Right, &told, sequences, entropy, now);
        parcel.kept_until = oldest.map(|oldest| oldest + kept);
        match fault {
            Some(WebhookFault::Reorder) => {
                self.parcels.extend(self.held.replace(parcel));
                return;
            }
            Some(WebhookFault::Duplicate) => parcel.again = true,
            Some(WebhookFault::WrongSignature) => {
                parcel.signature = spoilt(&parcel.signature);
                parcel.is_wrongly_signed = true;
            }
            Some(WebhookFault::Gap { .. } | WebhookFault::UnknownCategory { .. }) | None => {}
        }
        self.parcels.push_back(parcel);
        self.parcels.extend(self.held.take());
    }
}
