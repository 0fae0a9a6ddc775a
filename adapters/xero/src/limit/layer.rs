//! How calls wait for their turn: a transport layer round the governor, with its memory in the store.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use tieout_core::clock::Clock;
use tieout_core::provider::Pace;
use tieout_core::spans::wait_for_budget;
use tieout_core::store::{ChangeSet, RecordKey, Store, StoreError};
use tieout_core::transport::{Transport, TransportError};
use tokio::sync::Notify;

use super::diary::{Departed, Diary, Weight};
use super::pace::CallsOf;
use super::queue::{Queue, Waiting};
use super::state::{Save, UNSAVED_CALLS_MAX, UNSAVED_FOR_MAX};
use super::usage::Usage;
use super::{
    AppBudget, Decision, Errand, Governor, GovernorState, Limit, LimitConfig, LimitReached,
    Outcome, Purpose, ReplyFacts, Throttle, UsageReport,
};

/// What a [`Limited`] needs.
#[derive(Clone)]
pub struct LimitOptions {
    /// The organisation whose budgets these are.
    pub tenant_id: String,
    /// The budgets.
    pub limits: LimitConfig,
    /// What the app shares with its other organisations.
    pub app_budget: Arc<AppBudget>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where the budgets survive a restart.
    pub store: Arc<dyn Store>,
}

/// Sends calls when the budgets of their organisation allow it.
///
/// One for each organisation and process: two of them would each spend the whole budget. A call waits
/// for its turn up to `wait_ms_max`; if its turn would come later it fails at once with
/// [`LimitReached`] inside [`TransportError::NotSent`]. Dropping a waiting call gives its place up;
/// dropping one in the air counts it as made.
pub struct Limited<T> {
    inner: T,
    budget: Budget,
}

/// The budgets of one organisation, to be looked at and saved. Clones are the same budgets.
#[derive(Clone)]
pub struct Budget {
    gate: Arc<Gate>,
    memory: Arc<Memory>,
}

/// Where the budgets are saved.
struct Memory {
    store: Arc<dyn Store>,
    key: RecordKey,
    saving: tokio::sync::Mutex<()>,
}

struct Gate {
    state: Mutex<State>,
    changed: Notify,
    app: Arc<AppBudget>,
    clock: Arc<dyn Clock>,
}

struct State {
    governor: Governor,
    queue: Queue,
    usage: Usage,
    diary: Diary,
    unsaved_calls: u32,
    saved_at: Option<DateTime<Utc>>,
}

impl<T> Limited<T> {
    /// Opens the budgets of an organisation as the last process left them.
    ///
    /// A stored state that cannot be read is taken as a minute that is full, and logged.
    pub async fn open(inner: T, options: LimitOptions) -> Result<Self, StoreError> {
        let LimitOptions {
            tenant_id,
            limits,
            app_budget,
            clock,
            store,
        } = options;
        let key = RecordKey::new(&["limit", &tenant_id]);
        let now = clock.now();
        let (governor, usage) = match store.record(&key).await? {
            None => (Governor::new(limits, now), Usage::since(now)),
            Some(bytes) => match GovernorState::parse(&bytes) {
                Ok(state) => (Governor::restored(limits, now, &state), state.usage),
                Err(error) => {
                    tracing::warn!(record = %key, %error, "the stored call budget cannot be read: waiting a minute before the first call");
                    (Governor::cautious(limits, now), Usage::since(now))
                }
            },
        };
        let diary = Diary::open(store.as_ref(), &tenant_id, now).await?;
        let state = State {
            governor,
            queue: Queue::default(),
            usage,
            diary,
            unsaved_calls: 0,
            saved_at: None,
        };
        let gate = Gate {
            state: Mutex::new(state),
            changed: Notify::new(),
            app: app_budget,
            clock,
        };
        let memory = Memory {
            store,
            key,
            saving: tokio::sync::Mutex::new(()),
        };
        Ok(Self {
            inner,
            budget: Budget {
                gate: Arc::new(gate),
                memory: Arc::new(memory),
            },
        })
    }

    /// The budgets that this spends, for a look at them and for the end.
    #[must_use]
    pub fn budget(&self) -> Budget {
        self.budget.clone()
    }
}

impl Budget {
    /// Where the budgets stand.
    #[must_use]
    pub fn usage(&self) -> UsageReport {
        self.gate.report()
    }

    /// How to spend what is left of the day so that it lasts, when a look at changes takes so many calls.
    #[must_use]
    pub fn pace(&self, calls_of_a_look: u32) -> Pace {
        let now = self.gate.clock.now();
        let state = self.gate.lock();
        let calls = CallsOf {
            look: calls_of_a_look,
            departure: state.diary.calls_of_a_departure(),
        };
        state.governor.pace(now, calls)
    }

    /// Saves where the budgets stand, to be called at the end. Without it the next start assumes a crash.
    pub async fn close(&self) {
        let alone = self.memory.saving.lock().await;
        self.save(Save::Last, alone).await;
    }

    /// Saves where the budgets stand now, for somebody who reads the store while calls go on.
    pub async fn note_down(&self) {
        let alone = self.memory.saving.lock().await;
        let is_behind = self.gate.lock().unsaved_calls > 0;
        if is_behind {
            self.save(Save::Running, alone).await;
        }
    }

    /// Saves before a call leaves where that is due, and waits while another call does so: what
    /// is not saved never exceeds what a restart allows for.
    async fn save_if_due(&self) {
        let alone = self.memory.saving.lock().await;
        if self.gate.lock().is_save_due(self.gate.clock.now()) {
            self.save(Save::Running, alone).await;
        }
    }

    async fn save(&self, save: Save, _alone: tokio::sync::MutexGuard<'_, ()>) {
        let now = self.gate.clock.now();
        let (bytes, mut records) = {
            let mut state = self.gate.lock();
            state.unsaved_calls = 0;
            state.saved_at = Some(now);
            let bytes = serde_json::to_vec(&state.governor.state(now, save, &state.usage));
            (bytes, state.diary.take_unsaved())
        };
        let changes = match bytes {
            Ok(bytes) => {
                records.push((self.memory.key.clone(), Some(bytes)));
                ChangeSet {
                    records,
                    ..ChangeSet::default()
                }
            }
            Err(error) => {
                tracing::error!(record = %self.memory.key, %error, "the call budget cannot be written down");
                return;
            }
        };
        // The worst that follows is a refused call after a crash: not worth stopping for.
        if let Err(error) = self.memory.store.commit(changes).await {
            tracing::warn!(record = %self.memory.key, %error, "the call budget was not saved");
            self.gate.lock().diary.not_saved();
        }
    }
}

#[async_trait]
impl<T: Transport> Transport for Limited<T> {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let errand = Errand::of(request.extensions());
        let is_write = !request.method().is_safe();
        let purpose = Purpose::of(request.extensions());
        let permit = Gate::enter(&self.budget.gate, purpose, errand)
            .await
            .map_err(|reached| TransportError::NotSent(Box::new(reached)))?;
        self.budget.save_if_due().await;
        let sent = request.body().len();
        let mut result = self.inner.send(request).await;
        permit.settle(sent, is_write, &mut result);
        result
    }
}

impl Gate {
    async fn enter(
        gate: &Arc<Self>,
        purpose: Purpose,
        errand: Errand,
    ) -> Result<Permit, LimitReached> {
        let turn = Self::queue(gate, purpose)?;
        // From the first pause to the departure: most calls leave at once.
        let mut waits = None;
        loop {
            let changed = gate.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let now = gate.clock.now();
            let wake_at = match gate.step(&turn.waiting, now, errand)? {
                Step::Left(departed) => {
                    return Ok(Permit {
                        gate: Arc::clone(gate),
                        purpose,
                        departed,
                        open: true,
                    });
                }
                Step::Wait(at) => at,
            };
            waits.get_or_insert_with(|| wait_for_budget(purpose.as_str()));
            let pause = (wake_at - now).to_std().unwrap_or_default();
            tokio::select! {
                biased;
                () = &mut changed => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    fn queue(gate: &Arc<Self>, purpose: Purpose) -> Result<Turn, LimitReached> {
        let now = gate.clock.now();
        let mut state = gate.lock();
        let most = state.governor.config.waiting_max;
        match state.queue.join(purpose, now, most) {
            Some(waiting) => Ok(Turn {
                gate: Arc::clone(gate),
                waiting,
            }),
            None => {
                let retry_at = now + state.wait_max();
                Err(LimitReached {
                    limit: Limit::Queue,
                    purpose,
                    retry_at,
                })
            }
        }
    }

    /// Lets a waiting call leave, or says until when it sleeps, or that its turn comes too late.
    fn step(
        &self,
        waiting: &Waiting,
        now: DateTime<Utc>,
        errand: Errand,
    ) -> Result<Step, LimitReached> {
        let mut state = self.lock();
        let deadline = waiting.since + state.wait_max();
        let reached = |limit, retry_at| LimitReached {
            limit,
            purpose: waiting.purpose,
            retry_at,
        };
        let (known, limit) = match state.governor.decide(now, waiting.purpose) {
            Decision::Go if state.queue.is_next(waiting.number, now) => {
                match self.app.try_depart(now) {
                    Ok(()) => {
                        return Ok(Step::Left(state.depart(now, waiting.purpose, errand)));
                    }
                    Err(at) => (Some(at), Limit::AppMinute),
                }
            }
            // Not its turn yet: whoever is next wakes the others when it leaves.
            Decision::Go => (None, Limit::Queue),
            Decision::WaitUntil { at, limit } => (Some(at), limit),
            Decision::WaitForReply { limit } => (None, limit),
        };
        let wake_at = known.unwrap_or(deadline);
        if wake_at > deadline || now >= deadline {
            return Err(reached(limit, known.unwrap_or(now + TimeDelta::seconds(1))));
        }
        Ok(Step::Wait(wake_at))
    }

    fn report(&self) -> UsageReport {
        let now = self.clock.now();
        let state = self.lock();
        UsageReport {
            since: state.usage.since,
            purposes: state.usage.purposes.clone(),
            day_limit: state.governor.day_limit(),
            day_remaining: state.governor.day_remaining(now),
            day_resets_at: state.governor.day_resets_at(),
            minute_free: state.governor.minute_free(now),
            in_air: state.governor.calls_in_air(),
            waiting: state.queue.len(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under this lock panics half-way; if it ever did, the numbers are still the best there are.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Step {
    Left(Departed),
    Wait(DateTime<Utc>),
}

impl State {
    fn depart(&mut self, now: DateTime<Utc>, purpose: Purpose, errand: Errand) -> Departed {
        self.governor.depart(now);
        self.unsaved_calls += 1;
        self.usage.of(purpose).calls += 1;
        self.diary.depart(now, errand)
    }

    fn is_save_due(&self, now: DateTime<Utc>) -> bool {
        self.unsaved_calls >= UNSAVED_CALLS_MAX
            || (self.unsaved_calls > 0
                && self.saved_at.is_none_or(|at| now - at >= UNSAVED_FOR_MAX))
    }

    fn wait_max(&self) -> TimeDelta {
        let ms = self.governor.config.wait_ms_max;
        TimeDelta::milliseconds(i64::try_from(ms).unwrap_or(i64::MAX / 1_000))
    }
}

/// A place in the queue, given up when it is dropped.
struct Turn {
    gate: Arc<Gate>,
    waiting: Waiting,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.gate.lock().queue.leave(self.waiting.number);
        self.gate.changed.notify_waiters();
    }
}

/// A call in the air; dropped without a reply, its fate is unknown.
struct Permit {
    gate: Arc<Gate>,
    purpose: Purpose,
    departed: Departed,
    open: bool,
}

impl Permit {
    /// Feeds the governor with what became of the call, and notes on a refused reply when to come back.
    fn settle(
        mut self,
        bytes_sent: usize,
        is_echo: bool,
        result: &mut Result<http::Response<Bytes>, TransportError>,
    ) {
        let now = self.gate.clock.now();
        let outcome = match result {
            Ok(reply) => {
                let facts = ReplyFacts::read(reply.status(), reply.headers(), now);
                if let Some(limit) = facts.exceeded {
                    let retry_at = facts.retry_at(now);
                    reply.extensions_mut().insert(Throttle { limit, retry_at });
                }
                Outcome::Reply(facts)
            }
            Err(TransportError::NotSent(_)) => Outcome::NotSent,
            Err(TransportError::ReplyLost(_) | TransportError::ReplyTooLarge { .. }) => {
                Outcome::Lost
            }
        };
        let received = result.as_ref().map_or(0, |reply| reply.body().len());
        let weight = Weight {
            sent: bytes_sent as u64,
            received: received as u64,
            is_echo,
        };
        self.count(&outcome, weight);
        self.end(now, &outcome);
    }

    fn count(&self, outcome: &Outcome, weight: Weight) {
        let mut state = self.gate.lock();
        state.diary.arrive(self.departed, outcome, weight);
        let counter = state.usage.of(self.purpose);
        match outcome {
            Outcome::NotSent => counter.calls = counter.calls.saturating_sub(1),
            Outcome::Lost => counter.bytes_sent += weight.sent,
            Outcome::Reply(facts) => {
                counter.bytes_sent += weight.sent;
                counter.bytes_received += weight.received;
                counter.bytes_echoed += if weight.is_echo { weight.received } else { 0 };
                counter.throttled += u64::from(facts.exceeded.is_some());
            }
        }
    }

    fn end(&mut self, now: DateTime<Utc>, outcome: &Outcome) {
        if !std::mem::replace(&mut self.open, false) {
            return;
        }
        self.gate.lock().governor.arrive(now, outcome);
        self.gate.app.arrive(now, outcome);
        self.gate.changed.notify_waiters();
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let now = self.gate.clock.now();
        self.end(now, &Outcome::Lost);
    }
}
