//! A strict little accounting system in memory: it keeps the port's contract, and breaks it only where a test says so.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use tieout_core::clock::{Clock, TokioClock};
use tieout_core::document::{DocumentKind, ProviderDocumentId, ProviderPaymentId};
use tieout_core::provider::{
    AccountingProvider, Candidate, Capability, ChangePage, ChangesAfter, Chart, Clerk,
    ContactAnswer, ContactWanted, ErrorKind, Extras, Order, Pacing, ProviderError, Rejection,
    RejectionKind, Request, Snapshot, Sought, Unreadable, candidates,
};

use super::books::Books;
use super::documents::capability;

/// What goes wrong with one call.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// It never arrives.
    NotProcessed,
    /// It never arrives, and the caller cannot tell.
    UnsureBefore,
    /// It is processed, and the reply is lost.
    UnsureAfter,
    /// The reply is lost at once, and the request is processed after this time.
    UnsureLate(Duration),
    /// Come again after this time.
    Throttled(Duration),
    /// It is processed; a copy of it is answered, which says to come again after this time.
    ThrottledCopy(Duration),
    /// The grant does not work just now.
    Unauthorised,
    /// The grant was taken back.
    AccessGone,
    /// The grant may not do this.
    Forbidden,
    /// It is processed, and the reply is gibberish.
    BadReply,
    /// It is processed, and the reply is one outcome short.
    ShortReply,
    /// It is processed, and the reply takes this long.
    SlowReply(Duration),
    /// Every document of it is refused.
    Reject(RejectionKind),
}

/// The calls that can be told to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum On {
    Chart,
    Option,
    Contacts,
    Send,
    LookUp,
    Read,
    Changes,
    Find,
    Pay,
    Marked,
    TakeBack,
    Allocate,
    Attach,
    Note,
}

/// One request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub(crate) at: DateTime<Utc>,
    pub(crate) request: Request,
}

type Outcomes = Vec<Result<Snapshot, Rejection>>;

/// The provider. A clone is the same one.
#[derive(Clone)]
pub(crate) struct TestProvider {
    clock: TokioClock,
    capability: &'static Capability,
    inner: Arc<Mutex<Inner>>,
    /// Whether this face of it serves old documents.
    pub(super) patient: bool,
}

pub(super) struct Inner {
    pub(super) books: Books,
    keys: BTreeMap<String, (DateTime<Utc>, Request, Outcomes)>,
    faults: BTreeMap<On, VecDeque<Fault>>,
    send_faults: BTreeMap<usize, Fault>,
    outage: Option<(DateTime<Utc>, Fault)>,
    forgets_at: Option<usize>,
    away_after: Option<(usize, Duration)>,
    stale: Vec<Snapshot>,
    old_starve_until: Option<DateTime<Utc>>,
    pub(super) gather: Duration,
    arrivals: Vec<Arrival>,
    calls: Vec<(DateTime<Utc>, On)>,
    pub(super) latency: Duration,
    in_the_air: usize,
    in_the_air_most: usize,
    violations: Vec<String>,
}

/// Changes on one page.
const CHANGES_MAX: usize = 4;
/// Contacts in one question.
const CONTACTS_MAX: usize = 500;

impl TestProvider {
    pub(crate) fn new(clock: TokioClock) -> Self {
        Self::with(clock, capability())
    }

    /// A provider of other limits.
    pub(crate) fn with(clock: TokioClock, capability: Capability) -> Self {
        let inner = Inner {
            books: Books::new(),
            keys: BTreeMap::new(),
            faults: BTreeMap::new(),
            send_faults: BTreeMap::new(),
            outage: None,
            forgets_at: None,
            away_after: None,
            stale: Vec::new(),
            old_starve_until: None,
            gather: Duration::ZERO,
            arrivals: Vec::new(),
            calls: Vec::new(),
            latency: Duration::from_millis(40),
            in_the_air: 0,
            in_the_air_most: 0,
            violations: Vec::new(),
        };
        Self {
            clock,
            capability: Box::leak(Box::new(capability)),
            inner: Arc::new(Mutex::new(inner)),
            patient: false,
        }
    }

    /// The budget has nothing for old documents for a while.
    pub(crate) fn starve_old(&self, time: Duration) {
        let until = self.clock.now() + chrono::Duration::from_std(time).expect("a short time");
        self.inner().old_starve_until = Some(until);
    }

    /// The budget asks documents to gather.
    pub(crate) fn gather_for(&self, time: Duration) {
        self.inner().gather = time;
    }

    /// Old documents find no budget: nothing leaves.
    fn starving(&self) -> Result<(), ProviderError> {
        let now = self.clock.now();
        match self.inner().old_starve_until {
            Some(until) if self.patient && until > now => {
                let error = ProviderError::new(ErrorKind::Throttled, "test", "the reserve is kept");
                Err(error.retry_at(Some(until)).held_back())
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The next calls of a sort fail like this, one after the other.
    pub(crate) fn fail(&self, on: On, faults: impl IntoIterator<Item = Fault>) {
        self.inner().faults.entry(on).or_default().extend(faults);
    }

    /// The request of this number, counted from 1, fails like this.
    pub(crate) fn fail_send(&self, number: usize, fault: Fault) {
        self.inner().send_faults.insert(number, fault);
    }

    /// Every call fails like this for a while.
    pub(crate) fn fail_for(&self, time: Duration, fault: Fault) {
        let until = self.clock.now() + chrono::Duration::from_std(time).expect("a short time");
        self.inner().outage = Some((until, fault));
    }

    /// Every idempotency key is forgotten when the request of this number, counted from 1, arrives.
    pub(crate) fn forget_keys_at(&self, number: usize) {
        self.inner().forgets_at = Some(number);
    }

    /// After the request of this number, counted from 1, nothing arrives any more for a while.
    pub(crate) fn away_after(&self, number: usize, time: Duration) {
        let mut inner = self.inner();
        if inner.arrivals.len() < number {
            inner.away_after = Some((number, time));
        }
    }

    /// Everything works again.
    pub(crate) fn mend(&self) {
        let mut inner = self.inner();
        inner.faults.clear();
        inner.send_faults.clear();
        inner.outage = None;
    }

    /// Searches show a document as it was, however it changes before they answer.
    pub(crate) fn stale_find(&self, as_it_was: Snapshot) {
        self.inner().stale.push(as_it_was);
    }

    pub(crate) fn pay(&self, number: &str, amount: Decimal) -> ProviderPaymentId {
        self.inner().books.pay(number, amount, self.clock.now())
    }

    /// Somebody at the provider changes a live document.
    pub(crate) fn edit(&self, number: &str, change: impl FnOnce(&mut Snapshot)) {
        self.inner().books.edit(number, self.clock.now(), change);
    }

    /// Looks at the ledger, or changes it behind everybody's back.
    pub(crate) fn books<T>(&self, look: impl FnOnce(&mut Books) -> T) -> T {
        look(&mut self.inner().books)
    }

    pub(crate) fn live(&self, number: &str) -> Option<Snapshot> {
        self.inner().books.live(number).cloned()
    }

    pub(crate) fn live_documents(&self) -> Vec<Snapshot> {
        self.inner()
            .books
            .documents
            .iter()
            .filter(|held| held.status.is_live())
            .cloned()
            .collect()
    }

    /// The documents that somebody else made, or changed beyond recognition.
    pub(crate) fn strangers(&self) -> Vec<ProviderDocumentId> {
        self.inner().books.strangers.clone()
    }

    /// Every request to write, in the order of arrival.
    pub(crate) fn arrivals(&self) -> Vec<Arrival> {
        self.inner().arrivals.clone()
    }

    pub(crate) fn calls(&self, on: On) -> usize {
        self.inner()
            .calls
            .iter()
            .filter(|(_, call)| *call == on)
            .count()
    }

    pub(crate) fn in_the_air_most(&self) -> usize {
        self.inner().in_the_air_most
    }

    /// What the caller did that the port forbids.
    pub(crate) fn violations(&self) -> Vec<String> {
        self.inner().violations.clone()
    }

    pub(super) fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner
            .lock()
            .expect("no test panics with the ledger in hand")
    }

    /// Notes a call and says what goes wrong with it.
    pub(super) fn enter(&self, on: On) -> Option<Fault> {
        let now = self.clock.now();
        let mut inner = self.inner();
        inner.calls.push((now, on));
        let number = inner.arrivals.len();
        if on == On::Send && inner.forgets_at == Some(number) {
            inner.keys.clear();
        }
        if on == On::Send
            && let Some((_, time)) = inner.away_after.take_if(|(at, _)| *at == number)
        {
            let until = now + chrono::Duration::from_std(time).expect("a short time");
            inner.outage = Some((until, Fault::NotProcessed));
        }
        let planned = if on == On::Send {
            inner.send_faults.remove(&number)
        } else {
            None
        };
        let queued = planned.or_else(|| inner.faults.get_mut(&on).and_then(VecDeque::pop_front));
        queued.or_else(|| {
            inner
                .outage
                .clone()
                .filter(|(until, _)| now < *until)
                .map(|(_, fault)| fault)
        })
    }

    /// A call that only reads: it fails, or waits for its turn. Gives whether the reply is to be short.
    pub(super) async fn read_only(&self, on: On) -> Result<bool, ProviderError> {
        let fault = self.enter(on);
        let latency = self.inner().latency;
        tokio::time::sleep(latency).await;
        match fault {
            None => Ok(false),
            Some(Fault::ShortReply) => Ok(true),
            Some(Fault::SlowReply(time)) => {
                tokio::time::sleep(time).await;
                Ok(false)
            }
            Some(fault) => Err(self.error(&fault)),
        }
    }

    pub(super) fn clock(&self) -> TokioClock {
        self.clock
    }

    pub(super) fn error(&self, fault: &Fault) -> ProviderError {
        let (kind, words) = match fault {
            Fault::NotProcessed => (ErrorKind::NotProcessed, "connection refused"),
            Fault::UnsureBefore
            | Fault::UnsureAfter
            | Fault::UnsureLate(_)
            | Fault::SlowReply(_) => (ErrorKind::Unsure, "the reply is lost"),
            Fault::Throttled(_) | Fault::ThrottledCopy(_) => {
                (ErrorKind::Throttled, "too many requests")
            }
            Fault::Unauthorised => (ErrorKind::Unauthorised, "token refused"),
            Fault::AccessGone => (ErrorKind::Unauthorised, "grant taken back"),
            Fault::Forbidden => (ErrorKind::Forbidden, "scope missing"),
            Fault::BadReply | Fault::ShortReply | Fault::Reject(_) => {
                (ErrorKind::BadReply, "gibberish")
            }
        };
        let retry_at = match fault {
            Fault::Throttled(time) | Fault::ThrottledCopy(time) => {
                Some(self.clock.now() + chrono::Duration::from_std(*time).expect("a short time"))
            }
            _ => None,
        };
        let error = ProviderError::new(kind, "test", words).retry_at(retry_at);
        match fault {
            Fault::AccessGone => error.lasting(),
            _ => error,
        }
    }

    /// The provider works on a request whether or not anybody still waits for the reply.
    fn process_after(
        &self,
        request: Request,
        delay: Duration,
    ) -> tokio::task::JoinHandle<Result<Outcomes, ProviderError>> {
        let provider = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            let now = provider.clock.now();
            provider.inner().process(
                &request,
                now,
                i64::from(provider.capability.idempotency_window_s),
            )
        })
    }

    fn check(&self, request: &Request) {
        let mut broken = Vec::new();
        let orders = &request.orders;
        if orders.is_empty() || orders.len() > self.capability.batch_documents_max {
            broken.push(format!("a request of {} documents", orders.len()));
        }
        let sort = |order: &Order| match order {
            Order::Create(_) => 0,
            Order::Update { .. } => 1,
            Order::Void { .. } => 2,
        };
        if orders.iter().any(|order| sort(order) != sort(&orders[0])) {
            broken.push("a request of several sorts of orders".to_owned());
        }
        if request.idempotency_key.is_empty() || request.idempotency_key.len() > 128 {
            broken.push(format!("the idempotency key `{}`", request.idempotency_key));
        }
        self.inner().violations.extend(broken);
    }

    fn check_size(&self, what: &str, size: usize, most: usize) {
        if size == 0 || size > most {
            self.inner()
                .violations
                .push(format!("{size} {what} in one call"));
        }
    }
}

impl Inner {
    fn process(
        &mut self,
        request: &Request,
        now: DateTime<Utc>,
        window_s: i64,
    ) -> Result<Outcomes, ProviderError> {
        if let Some((at, first, outcomes)) = self.keys.get(&request.idempotency_key)
            && now - *at < chrono::Duration::seconds(window_s)
        {
            if first == request {
                return Ok(outcomes.clone());
            }
            return Err(ProviderError::new(
                ErrorKind::Refused,
                "test",
                "the key was used for another request",
            ));
        }
        if request.orders.iter().any(|order| holds(order, "poison")) {
            return Err(ProviderError::new(
                ErrorKind::Refused,
                "test",
                "the body cannot be read",
            ));
        }
        if request.orders.iter().any(|order| holds(order, "storm")) {
            return Err(ProviderError::new(
                ErrorKind::Unsure,
                "test",
                "internal error",
            ));
        }
        let outcomes: Outcomes = request
            .orders
            .iter()
            .map(|order| self.books.obey(order, now))
            .collect();
        self.keys.insert(
            request.idempotency_key.clone(),
            (now, request.clone(), outcomes.clone()),
        );
        Ok(outcomes)
    }
}

fn holds(order: &Order, word: &str) -> bool {
    match order {
        Order::Create(posting) | Order::Update { posting, .. } => posting
            .lines
            .iter()
            .any(|line| line.description.contains(word)),
        Order::Void { .. } => false,
    }
}

/// Counts a request in the air for as long as somebody waits for it.
struct InTheAir(TestProvider);

impl InTheAir {
    fn enter(provider: &TestProvider) -> Self {
        let mut inner = provider.inner();
        inner.in_the_air += 1;
        inner.in_the_air_most = inner.in_the_air_most.max(inner.in_the_air);
        drop(inner);
        Self(provider.clone())
    }
}

impl Drop for InTheAir {
    fn drop(&mut self) {
        self.0.inner().in_the_air -= 1;
    }
}

#[async_trait]
impl AccountingProvider for TestProvider {
    fn capability(&self) -> &'static Capability {
        self.capability
    }

    fn extras(&self) -> Option<&dyn Extras> {
        Some(self)
    }

    async fn chart(&self) -> Result<Chart, ProviderError> {
        self.read_only(On::Chart).await?;
        let chart = self.inner().books.chart.clone();
        Ok(Chart {
            as_of: self.clock.now(),
            ..chart
        })
    }

    async fn resolve_contacts(
        &self,
        wanted: &[ContactWanted],
    ) -> Result<Vec<ContactAnswer>, ProviderError> {
        self.starving()?;
        self.check_size("contacts", wanted.len(), CONTACTS_MAX);
        let short = self.read_only(On::Contacts).await?;
        let mut inner = self.inner();
        let mut answers: Vec<ContactAnswer> = wanted
            .iter()
            .map(|wanted| inner.books.answer(wanted))
            .collect();
        if short {
            answers.pop();
        }
        Ok(answers)
    }

    fn clerk(&self) -> Option<&dyn Clerk> {
        Some(self)
    }

    fn pacing(&self) -> Option<&dyn Pacing> {
        Some(self)
    }

    async fn send(&self, request: &Request) -> Result<Outcomes, ProviderError> {
        self.starving()?;
        self.check(request);
        self.inner().arrivals.push(Arrival {
            at: self.clock.now(),
            request: request.clone(),
        });
        let fault = self.enter(On::Send);
        let _in_the_air = InTheAir::enter(self);
        let half = self.inner().latency / 2;
        let on_the_way = match &fault {
            Some(
                Fault::NotProcessed
                | Fault::UnsureBefore
                | Fault::Throttled(_)
                | Fault::Unauthorised
                | Fault::AccessGone
                | Fault::Forbidden
                | Fault::Reject(_),
            ) => None,
            Some(Fault::UnsureLate(delay)) => {
                drop(self.process_after(request.clone(), *delay));
                None
            }
            Some(
                Fault::UnsureAfter
                | Fault::ThrottledCopy(_)
                | Fault::BadReply
                | Fault::ShortReply
                | Fault::SlowReply(_),
            )
            | None => Some(self.process_after(request.clone(), half)),
        };
        let processed = match on_the_way {
            Some(work) => Some(work.await.expect("the provider does not panic")),
            None => None,
        };
        tokio::time::sleep(half).await;
        match (fault, processed) {
            (None, Some(outcomes)) => outcomes,
            (Some(Fault::SlowReply(time)), Some(outcomes)) => {
                tokio::time::sleep(time).await;
                outcomes
            }
            (Some(Fault::ShortReply), Some(outcomes)) => outcomes.map(|mut outcomes| {
                outcomes.pop();
                outcomes
            }),
            (Some(Fault::Reject(kind)), _) => {
                let rejection = Rejection {
                    kind,
                    messages: vec!["refused".to_owned()],
                    advice: None,
                };
                Ok(request
                    .orders
                    .iter()
                    .map(|_| Err(rejection.clone()))
                    .collect())
            }
            (Some(fault), _) => Err(self.error(&fault)),
            (None, None) => unreachable!("only a fault keeps a request from being processed"),
        }
    }

    async fn look_up(
        &self,
        kind: DocumentKind,
        numbers: &[String],
    ) -> Result<Vec<Snapshot>, ProviderError> {
        self.check_size("numbers", numbers.len(), self.capability.look_up_max);
        self.read_only(On::LookUp).await?;
        let wanted = |held: &&Snapshot| {
            numbers
                .iter()
                .any(|number| held.number.eq_ignore_ascii_case(number))
        };
        Ok(self
            .inner()
            .books
            .documents
            .iter()
            .filter(|held| held.kind == kind)
            .filter(wanted)
            .cloned()
            .collect())
    }

    async fn find(
        &self,
        kind: DocumentKind,
        sought: &[Sought],
    ) -> Result<Vec<Vec<Candidate>>, ProviderError> {
        self.check_size("documents", sought.len(), self.capability.look_up_max);
        self.read_only(On::Find).await?;
        let inner = self.inner();
        let of_kind = inner.books.documents.iter().filter(|it| it.kind == kind);
        let as_shown = |held: &Snapshot| {
            let stale = inner.stale.iter().find(|it| it.id == held.id);
            stale.unwrap_or(held).clone()
        };
        let held: Vec<Snapshot> = of_kind.map(as_shown).collect();
        Ok(candidates(sought, &held))
    }

    async fn read(
        &self,
        kind: DocumentKind,
        ids: &[ProviderDocumentId],
    ) -> Result<Vec<Snapshot>, ProviderError> {
        self.check_size("identifiers", ids.len(), self.capability.look_up_max);
        self.read_only(On::Read).await?;
        if ids.iter().any(|id| self.inner().books.garbled.contains(id)) {
            return Err(ProviderError::new(
                ErrorKind::BadReply,
                "test",
                "the total is missing",
            ));
        }
        let wanted = |held: &&Snapshot| held.kind == kind && ids.contains(&held.id);
        Ok(self
            .inner()
            .books
            .documents
            .iter()
            .filter(wanted)
            .cloned()
            .collect())
    }

    async fn changes(&self, after: &ChangesAfter) -> Result<ChangePage, ProviderError> {
        self.read_only(On::Changes).await?;
        let inner = self.inner();
        let all = &inner.books.changes;
        let first = match (&after.cursor, after.since) {
            // The last change of the page before is told again: at least once.
            (Some(cursor), _) => cursor
                .parse::<usize>()
                .expect("our own cursor")
                .saturating_sub(1),
            (None, Some(since)) => all
                .iter()
                .position(|(at, _)| *at >= since)
                .unwrap_or(all.len()),
            (None, None) => 0,
        };
        let end = all.len().min(first + CHANGES_MAX);
        let documents = all[first..end]
            .iter()
            .filter(|(_, id)| !inner.books.garbled.contains(id))
            .filter_map(|(_, id)| inner.books.document(id).cloned())
            .filter(|held| after.kinds.contains(&held.kind))
            .collect();
        let garbled = all[first..end]
            .iter()
            .filter(|(_, id)| inner.books.garbled.contains(id));
        let unreadable = garbled.map(|(_, id)| Unreadable {
            kind: DocumentKind::Invoice,
            id: id.clone(),
            number: inner.books.document(id).map(|held| held.number.clone()),
            why: "the total is missing".to_owned(),
        });
        let unreadable = unreadable.collect();
        let more = end < all.len();
        Ok(ChangePage {
            documents,
            unreadable,
            cursor: end.to_string(),
            more,
            complete_as_of: self.clock.now(),
        })
    }
}
