//! What the driver works on: the store, the clock, the hosts and the connections.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::Notify;

use super::book::Book;
use super::guarded::Guarded;
use super::{DriverError, Limits, Progress};
use crate::clock::Clock;
use crate::document::{ConnectionId, DocumentKind, HostId};
use crate::engine::{BindingKey, ContentHash, HostPolicy, Priority};
use crate::host::Host;
use crate::provider::{AccountingProvider, Chart, ErrorKind, Pace, Pacing, ProviderError};
use crate::settings::{Routes, Settings};
use crate::store::Store;

/// Everything that the driver works on.
pub struct World {
    /// Durable memory.
    pub store: Arc<dyn Store>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// The hosts.
    pub hosts: BTreeMap<HostId, Arc<HostSite>>,
    /// The connections.
    pub connections: BTreeMap<ConnectionId, Arc<ConnectionSite>>,
    /// Which document belongs to which connection.
    pub routes: Routes,
    /// How much at once, how long between.
    pub limits: Limits,
    /// What has been done.
    pub progress: Arc<Progress>,
}

/// A host with its wake-up call.
pub struct HostSite {
    /// Its name in the configuration.
    pub id: HostId,
    /// The host itself.
    pub host: Arc<dyn Host>,
    /// The pause between two looks at it, where it has one of its own.
    pub(super) poll: Option<Duration>,
    /// Held while a page is taken: a command beside the loops reads the same host.
    pub(super) reader: tokio::sync::Mutex<()>,
    /// Held while records are stored, which takes no call: a push comes while a page is read.
    pub(super) storing: tokio::sync::Mutex<()>,
    /// Rung when the host is owed something.
    pub(super) owed: Notify,
    /// Rung when somebody wants it to be looked at now.
    pub(super) asked: Notify,
}

impl HostSite {
    /// A host under its name. A panic inside it is a failure of it, and of nothing else.
    #[must_use]
    pub fn new(id: HostId, host: Arc<dyn Host>) -> Self {
        Self {
            id,
            host: Guarded::host(host),
            poll: None,
            reader: tokio::sync::Mutex::default(),
            storing: tokio::sync::Mutex::default(),
            owed: Notify::new(),
            asked: Notify::new(),
        }
    }

    /// The same host, looked at after a pause of its own; without one, after that of the limits.
    #[must_use]
    pub fn looked_at_every(mut self, pause: Option<Duration>) -> Self {
        self.poll = pause;
        self
    }

    /// The pause between two looks at it.
    #[must_use]
    pub fn poll(&self, limits: &Limits) -> Duration {
        self.poll.unwrap_or(limits.host_poll)
    }
}

/// A connection with what is remembered of its organisation.
pub struct ConnectionSite {
    /// Its name in the configuration.
    pub id: ConnectionId,
    /// The provider, for this organisation.
    pub provider: Arc<dyn AccountingProvider>,
    /// The same for old documents, which leave a part of the budget to today's.
    patient: Option<Arc<dyn AccountingProvider>>,
    /// What the operator decided.
    pub settings: Settings,
    /// The chart and the contacts.
    pub(super) book: Book,
    /// Held while changes are collected: a command beside the loops reads the same organisation.
    pub(super) reader: tokio::sync::Mutex<()>,
    /// Rung when there is something to plan or to send.
    pub(super) work: Notify,
    /// Rung when the provider hinted at changes of documents.
    pub(super) hinted: Notify,
    /// Rung when something changed at the provider, and nobody knows what.
    pub(super) stirred: Notify,
    /// Documents whose request was refused as a whole: they travel alone, so that a bad one is found.
    alone: Mutex<HashSet<BindingKey>>,
    /// Why a request failed as a whole, the last time that one did.
    failure: Mutex<Option<String>>,
    /// What the provider said when it last refused the access as such.
    refused: Mutex<Option<String>>,
    /// Requests in a row that were turned away for who asks.
    denied: AtomicU32,
    /// Documents that its provider did as asked, in this process.
    done: AtomicU64,
    /// Whether every change at the provider was read once by this process.
    read: AtomicBool,
    /// Whether a person wants the provider looked at now.
    asked: AtomicBool,
    /// Until when old documents rest, since the budget has nothing for them.
    backfill_rests_until: Mutex<Option<DateTime<Utc>>>,
    /// The fingerprint of what goes out beside documents.
    companions: Option<u64>,
    /// The age of the chart that was last compared with the one before it.
    chart_reviewed: Mutex<Option<DateTime<Utc>>>,
    /// When the chart was last looked at for the sake of held documents, and looks in a row that showed nothing.
    pub(super) chart_watched: Mutex<Option<(DateTime<Utc>, u32)>>,
}

impl ConnectionSite {
    /// A connection under its name.
    #[must_use]
    pub fn new(
        id: ConnectionId,
        provider: Arc<dyn AccountingProvider>,
        settings: Settings,
    ) -> Self {
        Self {
            companions: companions(&settings),
            book: Book::new(id.clone()),
            id,
            patient: provider.pacing().map(Pacing::patient),
            provider,
            settings,
            reader: tokio::sync::Mutex::default(),
            work: Notify::new(),
            hinted: Notify::new(),
            stirred: Notify::new(),
            alone: Mutex::new(HashSet::new()),
            failure: Mutex::new(None),
            refused: Mutex::new(None),
            denied: AtomicU32::new(0),
            done: AtomicU64::new(0),
            read: AtomicBool::new(false),
            asked: AtomicBool::new(false),
            backfill_rests_until: Mutex::new(None),
            chart_reviewed: Mutex::new(None),
            chart_watched: Mutex::new(None),
        }
    }

    /// The chart of the organisation, no older than an age: from memory, the store or the provider. One that was read is
    /// remembered.
    ///
    /// # Errors
    /// Those of the store and of the provider.
    pub async fn chart(
        &self,
        store: &dyn Store,
        age_max: std::time::Duration,
        now: DateTime<Utc>,
    ) -> Result<Arc<Chart>, DriverError> {
        let provider = self.provider.as_ref();
        self.book.chart_of_age(store, provider, age_max, now).await
    }

    /// The provider as work of a priority may use it.
    pub(super) fn provider_for(&self, priority: Priority) -> &dyn AccountingProvider {
        match (priority, &self.patient) {
            (Priority::Backfill, Some(patient)) => patient.as_ref(),
            (Priority::Operator | Priority::Current | Priority::Backfill, _) => {
                self.provider.as_ref()
            }
        }
    }

    pub(super) fn backfill_rests_until(&self) -> Option<DateTime<Utc>> {
        *self
            .backfill_rests_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn rest_backfill(&self, until: DateTime<Utc>) {
        let mut rests = self
            .backfill_rests_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *rests = Some(rests.map_or(until, |known| known.max(until)));
    }

    /// How the present budget asks to be spent, for looks at changes of these kinds.
    pub(super) fn pace(&self, kinds: &[DocumentKind]) -> Pace {
        let pacing = self.provider.pacing();
        pacing.map_or_else(Pace::default, |pacing| pacing.pace(kinds))
    }

    pub(super) fn travels_alone(&self, key: &BindingKey) -> bool {
        self.alone
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(key)
    }

    pub(super) fn set_apart(&self, keys: impl IntoIterator<Item = BindingKey>) {
        self.alone
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(keys);
    }

    pub(super) fn note_failure(&self, why: String) {
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        *failure = Some(why);
    }

    /// Remembers an error by which the access is gone for good: no later try can mend that.
    pub(super) fn note_access(&self, error: &ProviderError) {
        if matches!(error.kind, ErrorKind::Unauthorised | ErrorKind::Forbidden) {
            self.denied.fetch_add(1, Ordering::Relaxed);
        }
        if error.kind == ErrorKind::Unauthorised && error.is_lasting {
            let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
            *refused = Some(error.to_string());
        }
    }

    /// Requests in a row that were turned away for who asks, since something was done.
    pub(super) fn denied(&self) -> u32 {
        self.denied.load(Ordering::Relaxed)
    }

    pub(super) fn forget_denials(&self) {
        self.denied.store(0, Ordering::Relaxed);
    }

    /// Why the access does not work any more, if that was seen since the last call.
    pub(super) fn take_refused_access(&self) -> Option<String> {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.take()
    }

    /// Whether a chart of this age was not looked at yet; from now on it was.
    pub(super) fn is_news(&self, as_of: DateTime<Utc>) -> bool {
        let mut reviewed = self
            .chart_reviewed
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        reviewed.replace(as_of) != Some(as_of)
    }

    /// A person wants it looked at now.
    pub(super) fn ask(&self) {
        self.asked.store(true, Ordering::Relaxed);
    }

    /// Whether a person wants it looked at, since this was last asked.
    pub(super) fn take_ask(&self) -> bool {
        self.asked.swap(false, Ordering::Relaxed)
    }

    /// Whether every change at the provider was read once by this process.
    pub(super) fn was_read(&self) -> bool {
        self.read.load(Ordering::Relaxed)
    }

    pub(super) fn note_read(&self) {
        self.read.store(true, Ordering::Relaxed);
    }

    pub(super) fn note_done(&self, documents: usize) {
        let more = u64::try_from(documents).unwrap_or(u64::MAX);
        self.done.fetch_add(more, Ordering::Relaxed);
        if documents > 0 {
            self.forget_denials();
        }
    }

    pub(super) fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    pub(super) fn last_failure(&self) -> Option<String> {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn let_join(&self, key: &BindingKey) {
        self.alone
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(key);
    }
}

/// The fingerprint of what the settings send beside documents, if they send anything.
fn companions(settings: &Settings) -> Option<u64> {
    let policy = (
        &settings.host_payments,
        &settings.attachments,
        &settings.history_notes,
    );
    let hash = ContentHash::of(&policy);
    settings
        .has_companions()
        .then(|| u64::from_str_radix(&hash.as_str()[..16], 16).unwrap_or_default())
}

impl World {
    /// What the host of a document is to be told about it.
    ///
    /// It also carries what goes out beside the document.
    pub(super) fn policy(&self, key: &BindingKey) -> HostPolicy {
        let connection = self.connections.get(&key.connection);
        let payments = connection.is_some_and(|site| site.settings.payments);
        let payments_ahead_days_max =
            connection.and_then(|site| site.settings.payments_ahead_days_max);
        let Some(site) = self.hosts.get(&key.document.host) else {
            // Nobody can tell it now. What it is owed stays due until it is configured again, when its capability
            // says what of that it takes.
            return HostPolicy {
                postings: true,
                payments,
                settlements: payments,
                payments_ahead_days_max,
                companions: None,
            };
        };
        let capability = site.host.capability();
        // Where nothing is connected yet, it is no fault of a document that none claims it.
        let is_early = self.connections.is_empty() && key.connection == ConnectionId::unrouted();
        HostPolicy {
            postings: capability.takes_postings && !is_early,
            payments: payments && capability.takes_payments,
            settlements: payments && capability.takes_settlements,
            payments_ahead_days_max,
            companions: connection.and_then(|site| site.companions),
        }
    }
}
