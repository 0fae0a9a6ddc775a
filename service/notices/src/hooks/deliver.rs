//! What is delivered to one endpoint in one step, and what each outcome changes.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tieout_core::clock::Clock;
use tieout_core::store::{ChangeSet, RecordKey, Store, StoreError};
use tieout_core::transport::Transport;
use tieout_core::vault::Vault;

use super::event::KeptEvent;
use super::log::{Attempt, LOG_KEPT, Outcome};
use super::queue::{Due, replayed};
use super::request::{Answer, Verdict, passed_ms, send};
use super::schedule::{FAILS_FOR_MAX, again_at, keeps_its_place, rests_until};
use crate::circle::Listening;
use crate::keys::{self, Record};
use crate::people::{SigningSecrets, Standing, Stopped};

/// Events that are sent to one endpoint in one step.
const AT_ONCE: usize = 20;

/// How long an endpoint rests whose secret does not open.
const UNSIGNED_RESTS: TimeDelta = TimeDelta::minutes(10);

/// What deliveries need.
#[derive(Clone)]
pub(crate) struct Delivering {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) vault: Option<Arc<Vault>>,
}

/// Delivers what is due to one endpoint; when to come again, `None` when nothing waits.
///
/// An event that was taken and not recorded, for a crash between, is sent once more under the same identifier.
pub(crate) async fn deliver(
    parts: &Delivering,
    mut to: Listening,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let now = parts.clock.now();
    let id = to.endpoint.id.clone();
    if to.is_off() {
        return Ok(None);
    }
    to.standing.begin_anew(&to.endpoint);
    let queued = replayed(parts.store.as_ref(), &id, &mut to.standing, now).await?;
    if !queued.is_empty() {
        commit(parts, queued, &to).await?;
    }
    if let Some(until) = to.standing.rests_until.filter(|until| *until > now) {
        return Ok(Some(until));
    }
    let waiting = parts.store.records(&keys::due_of(&id), AT_ONCE).await?;
    if waiting.is_empty() {
        return Ok(None);
    }
    let Some(secrets) = secrets(parts, &to).await else {
        // Nothing can be signed; a person mends that, and everything waits.
        let until = now + UNSIGNED_RESTS;
        to.standing.rests_until = Some(until);
        commit(parts, Vec::new(), &to).await?;
        return Ok(Some(until));
    };
    let is_full = waiting.len() == AT_ONCE;
    for (key, value) in waiting {
        let due: Due = keys::parse(&key, &value)?;
        let Some((at, number)) = keys::place(&key) else {
            continue;
        };
        if at > parts.clock.now().timestamp_millis() {
            return Ok(DateTime::from_timestamp_millis(at));
        }
        let event: Option<KeptEvent> =
            keys::read(parts.store.as_ref(), &keys::event(number)).await?;
        let Some(event) = event else {
            to.standing.waiting = to.standing.waiting.saturating_sub(1);
            commit(parts, vec![(key, None)], &to).await?;
            continue;
        };
        let began = parts.clock.now();
        let transport = parts.transport.as_ref();
        let answer = send(transport, &to.endpoint, &secrets, &event, began).await;
        let tried = Tried {
            event: &event,
            number,
            key,
            due,
            began,
            ended: parts.clock.now(),
        };
        let records = tried.settle(&mut to, &answer);
        commit(parts, records, &to).await?;
        if answer.verdict != Verdict::Taken {
            let until = to.standing.rests_until;
            return Ok(until.filter(|_| !to.is_off()));
        }
    }
    // There may be more.
    Ok(is_full.then_some(now))
}

/// The secrets of an endpoint; what is wrong with them is logged.
async fn secrets(parts: &Delivering, to: &Listening) -> Option<SigningSecrets> {
    let key = keys::secrets(&to.endpoint.id);
    let Some(vault) = &parts.vault else {
        tracing::error!(webhook = %to.endpoint.id, "there is no key to open the webhook's secret: set `secrets.key`");
        return None;
    };
    match vault.read(&key).await {
        Ok(Some(text)) => SigningSecrets::from_text(&text),
        Ok(None) => None,
        Err(error) => {
            tracing::error!(webhook = %to.endpoint.id, %error, "the webhook's secret does not open");
            None
        }
    }
}

async fn commit(
    parts: &Delivering,
    mut records: Vec<Record>,
    to: &Listening,
) -> Result<(), StoreError> {
    records.push(keys::record(keys::standing(&to.endpoint.id), &to.standing));
    parts
        .store
        .commit(ChangeSet {
            records,
            ..ChangeSet::default()
        })
        .await
}

/// One attempt, over.
struct Tried<'a> {
    event: &'a KeptEvent,
    number: u64,
    /// Its place in the queue.
    key: RecordKey,
    due: Due,
    began: DateTime<Utc>,
    ended: DateTime<Utc>,
}

impl Tried<'_> {
    /// Changes how the endpoint stands; the records of that, with the line of the log.
    fn settle(self, to: &mut Listening, answer: &Answer) -> Vec<Record> {
        let attempt = self.due.attempts.saturating_add(1);
        let mut again = None;
        let mut records = Vec::new();
        let outcome = match answer.verdict {
            Verdict::Taken => {
                taken(&mut to.standing, self.ended);
                records.push((self.key.clone(), None));
                Outcome::Taken
            }
            Verdict::Gone => {
                to.standing.stopped = Some(stopped("it answered 410 Gone", self.ended));
                Outcome::Gone
            }
            Verdict::Failed => {
                again = again_at(&self.event.id, attempt, answer.wait, self.ended);
                self.failed(to, attempt, again, &mut records)
            }
        };
        let line = Attempt {
            at: self.began,
            event: self.event.id.clone(),
            kind: self.event.kind.clone(),
            attempt,
            outcome,
            status: answer.status,
            ms: passed_ms(self.began, self.ended),
            said: answer.said.clone(),
            again_at: again,
        };
        let slot = u32::try_from(to.standing.attempts % u64::from(LOG_KEPT)).unwrap_or_default();
        to.standing.attempts += 1;
        records.push(keys::record(keys::log(&to.endpoint.id, slot), &line));
        records
    }

    fn failed(
        &self,
        to: &mut Listening,
        attempt: u32,
        again: Option<DateTime<Utc>>,
        records: &mut Vec<Record>,
    ) -> Outcome {
        let now = self.ended;
        let standing = &mut to.standing;
        standing.failures = standing.failures.saturating_add(1);
        let since = *standing.failing_since.get_or_insert(now);
        standing.rests_until = Some(rests_until(standing.failures, now));
        if now - since >= FAILS_FOR_MAX {
            let why = format!(
                "it failed for {} days without a break",
                FAILS_FOR_MAX.num_days()
            );
            standing.stopped = Some(stopped(&why, now));
        }
        let due = Due {
            attempts: attempt,
            ..self.due
        };
        match again {
            None => {
                standing.given_up += 1;
                standing.waiting = standing.waiting.saturating_sub(1);
                records.push((self.key.clone(), None));
                Outcome::GivenUp
            }
            // In a short outage nothing overtakes anything.
            Some(at) if keeps_its_place(attempt) => {
                standing.rests_until = Some(at);
                records.push(keys::record(self.key.clone(), &due));
                Outcome::Failed
            }
            Some(at) => {
                records.push((self.key.clone(), None));
                let place = keys::due(&to.endpoint.id, at, self.number);
                records.push(keys::record(place, &due));
                Outcome::Failed
            }
        }
    }
}

fn taken(standing: &mut Standing, now: DateTime<Utc>) {
    standing.delivered += 1;
    standing.waiting = standing.waiting.saturating_sub(1);
    standing.failures = 0;
    standing.failing_since = None;
    standing.rests_until = None;
    standing.took_at = Some(now);
    standing.stopped = None;
}

fn stopped(why: &str, at: DateTime<Utc>) -> Stopped {
    Stopped {
        at,
        why: why.to_owned(),
        told: false,
    }
}
