//! What outlives every process: the books, the host, the disk, the clock, and the record of the life.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tieout_sandbox_xero::{Limits, Options, Sandbox};

use crate::books::rows;
use crate::clock::Time;
use crate::coverage::{Case, Coverage};
use crate::faults::{Chance, Odds};
use crate::host::ModelHost;
use crate::model::{By, Model, Observed, Wrong};
use crate::mutations::Mutation;
use crate::pushes::Outbox;
use crate::random::Random;
use crate::report::Totals;
use crate::trace::{Keep, Trace};

/// Everything outside the node.
pub(crate) struct Ground {
    pub(crate) seed: u64,
    pub(crate) time: Time,
    pub(crate) sandbox: Sandbox,
    pub(crate) host: ModelHost,
    pub(crate) odds: Odds,
    /// The mistake that is put round the engine in this life.
    mutation: Option<Mutation>,
    /// Calls a minute that the provider allows in this life.
    pub(crate) minute_max: u32,
    pub(crate) trace: Trace,
    coverage: Mutex<Coverage>,
    model: Mutex<Model>,
    wrong: Mutex<Vec<Wrong>>,
    faults: Mutex<Random>,
    struck: Mutex<BTreeMap<&'static str, u64>>,
    faults_on: AtomicBool,
    provider_down: AtomicBool,
    host_down: AtomicBool,
    /// Rows that were made and of which the engine has not stored yet that they were.
    unheard: Mutex<BTreeMap<String, Unheard>>,
    /// How often a request with each key arrived.
    keys: Mutex<BTreeMap<String, u64>>,
    webhooks_seen: Mutex<WebhooksSeen>,
    /// What a host that pushes has sent.
    outbox: Mutex<Option<Outbox>>,
    /// A renewal of tokens whose reply was lost.
    lost_renewal: Mutex<Option<Vec<u8>>>,
}

/// A row that was made.
#[derive(Clone, Debug)]
pub(crate) struct Unheard {
    /// The key of its request.
    pub(crate) key: String,
    /// Whether a reply told so.
    pub(crate) answered: bool,
}

/// The webhooks that came.
#[derive(Default)]
pub(crate) struct WebhooksSeen {
    pub(crate) bodies: BTreeSet<Vec<u8>>,
    /// The first sequence number of the newest one.
    pub(crate) newest: u64,
}

impl Ground {
    /// To be made within the paused runtime.
    pub(crate) fn lay(seed: u64, keep: Keep, mutation: Option<Mutation>) -> Arc<Self> {
        let mut random = Random::of(seed, "ground");
        let outbox = Outbox::draw(seed);
        let of_pushes = outbox
            .is_some()
            .then(|| Random::of(seed, "faults of pushes"));
        let odds = Odds::draw(&mut random, of_pushes);
        // A small budget is always short: what keeps it is tried in every minute.
        let minute_max = if random.one_in(2) { 60 } else { 10 };
        let options = Options {
            seed,
            limits: allowed(minute_max),
            switches: crate::provider::switches(&mut random),
            ..Options::default()
        };
        Arc::new(Self {
            seed,
            time: Time::begin(),
            sandbox: Sandbox::new(options),
            host: ModelHost::new(1 + random.index(6)),
            odds,
            mutation,
            minute_max,
            trace: Trace::new(keep),
            coverage: Mutex::default(),
            model: Mutex::default(),
            wrong: Mutex::default(),
            faults: Mutex::new(Random::of(seed, "faults")),
            struck: Mutex::default(),
            faults_on: AtomicBool::new(false),
            provider_down: AtomicBool::new(false),
            host_down: AtomicBool::new(false),
            unheard: Mutex::default(),
            keys: Mutex::default(),
            webhooks_seen: Mutex::default(),
            outbox: Mutex::new(outbox),
            lost_renewal: Mutex::default(),
        })
    }

    pub(crate) fn tell(&self, who: &str, what: impl AsRef<str>) {
        self.trace.tell(self.time.now(), who, what.as_ref());
    }

    pub(crate) fn met(&self, case: Case) {
        lock(&self.coverage).note(case);
    }

    pub(crate) fn coverage(&self) -> Coverage {
        lock(&self.coverage).clone()
    }

    pub(crate) fn model(&self) -> MutexGuard<'_, Model> {
        lock(&self.model)
    }

    /// Something is as it must not be.
    pub(crate) fn wrong(&self, wrong: Wrong) {
        self.tell(
            "wrong",
            format!("{}: {}: {}", wrong.invariant, wrong.document, wrong.what),
        );
        lock(&self.wrong).push(wrong);
    }

    pub(crate) fn first_wrong(&self) -> Option<Wrong> {
        lock(&self.wrong).first().cloned()
    }

    /// Whether a mistake is made in this life.
    pub(crate) fn makes(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }

    /// Whether a fault strikes now.
    pub(crate) fn strikes(&self, chance: Chance) -> bool {
        let strikes =
            self.faults_on.load(Ordering::Relaxed) && self.faults().happens(self.odds.of(chance));
        if strikes {
            *lock(&self.struck).entry(chance.name()).or_default() += 1;
        }
        strikes
    }

    /// How much happened, and how often each fault struck.
    pub(crate) fn totals(&self) -> Totals {
        Totals {
            events: self.trace.events(),
            faults: lock(&self.struck).clone(),
        }
    }

    /// The numbers that faults are drawn from.
    pub(crate) fn faults(&self) -> MutexGuard<'_, Random> {
        lock(&self.faults)
    }

    pub(crate) fn let_faults_strike(&self) {
        self.faults_on.store(true, Ordering::Relaxed);
    }

    /// Everything works from now on.
    pub(crate) fn heal(&self) {
        self.faults_on.store(false, Ordering::Relaxed);
        self.set_provider_down(false);
        self.set_host_down(false);
        self.time.set_right();
        self.sandbox.set_limits(allowed(self.minute_max));
        self.host.accept();
        self.tell("world", "no fault strikes from now on");
    }

    pub(crate) fn is_provider_down(&self) -> bool {
        self.provider_down.load(Ordering::Relaxed)
    }

    pub(crate) fn set_provider_down(&self, down: bool) {
        self.provider_down.store(down, Ordering::Relaxed);
    }

    pub(crate) fn is_host_down(&self) -> bool {
        self.host_down.load(Ordering::Relaxed)
    }

    pub(crate) fn set_host_down(&self, down: bool) {
        self.host_down.store(down, Ordering::Relaxed);
    }

    pub(crate) fn unheard(&self) -> MutexGuard<'_, BTreeMap<String, Unheard>> {
        lock(&self.unheard)
    }

    pub(crate) fn webhooks_seen(&self) -> MutexGuard<'_, WebhooksSeen> {
        lock(&self.webhooks_seen)
    }

    /// What the host pushed; `None` where it only answers.
    pub(crate) fn outbox(&self) -> MutexGuard<'_, Option<Outbox>> {
        lock(&self.outbox)
    }

    pub(crate) fn lost_renewal(&self) -> MutexGuard<'_, Option<Vec<u8>>> {
        lock(&self.lost_renewal)
    }

    /// A request with a key has arrived.
    pub(crate) fn note_key(&self, key: &str) {
        *lock(&self.keys).entry(key.to_owned()).or_default() += 1;
    }

    /// Whether a request with a key has arrived.
    pub(crate) fn is_known(&self, key: &str) -> bool {
        lock(&self.keys).contains_key(key)
    }

    /// Whether requests with a key have arrived several times.
    pub(crate) fn is_repeat(&self, key: &str) -> bool {
        lock(&self.keys).get(key).is_some_and(|times| *times > 1)
    }

    /// The books may have changed: what the model says to that. Gives what the app made.
    pub(crate) fn observe(&self, by: By) -> Observed {
        let now = self.time.now();
        let observed = self.model().observe(rows(&self.sandbox), by, now);
        observed.met.iter().for_each(|case| self.met(*case));
        if observed.reversed > 0 {
            self.met(Case::UndoneByNote);
        }
        for wrong in &observed.wrong {
            self.wrong(wrong.clone());
        }
        observed
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The provider's limits, with so many calls a minute.
pub(crate) fn allowed(minute_max: u32) -> Limits {
    Limits {
        minute_max,
        ..Limits::default()
    }
}
