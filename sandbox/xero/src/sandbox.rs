//! The sandbox itself: all state, and who may look at it and change it. How it answers is in `entry`.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use http::request::Parts;
use http::{StatusCode, header};
use uuid::Uuid;

use crate::answer::Answer;
use crate::books::ids::IdSource;
use crate::books::{Organisation, seed};
use crate::counters::Counters;
use crate::faults::Faults;
use crate::idempotency::Replies;
use crate::identity::{Identity, Session, TokenSet};
use crate::limits::{Governor, Limits};
use crate::options::{App, Options};
use crate::switches::Switches;
use crate::sync::lock;
use crate::webhooks::{Registration, WebhookDelivery, WebhookRefused, Webhooks, gather};

/// A local Xero. It has no clock and no random source: equal options and equal calls at equal times give equal replies.
///
/// All methods take `&self`; calls on different organisations run side by side.
#[derive(Debug)]
pub struct Sandbox {
    options: Options,
    organisations: BTreeMap<Uuid, Mutex<Organisation>>,
    names: Vec<(Uuid, &'static str)>,
    switches: Mutex<Switches>,
    limits: Mutex<Limits>,
    correlation: Mutex<IdSource>,
    offset_ms: AtomicI64,
    faults: Faults,
    counters: Counters,
    pub(crate) identity: Mutex<Identity>,
    pub(crate) governor: Governor,
    pub(crate) replies: Mutex<Replies>,
    pub(crate) webhooks: Webhooks,
}

/// Ten years.
const ADVANCE_MS_MAX: i64 = 3_653 * 86_400_000;

impl Sandbox {
    /// A sandbox with the seeded organisations and nothing else.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let organisations: Vec<Organisation> = seed::organisations(options.seed);
        Self {
            names: organisations
                .iter()
                .map(|organisation| (organisation.profile.id, organisation.profile.name))
                .collect(),
            organisations: organisations
                .into_iter()
                .map(|organisation| (organisation.profile.id, Mutex::new(organisation)))
                .collect(),
            switches: Mutex::new(options.switches.clone()),
            limits: Mutex::new(options.limits.clone()),
            correlation: Mutex::new(IdSource::new(options.seed ^ 0xc0_44e1)),
            offset_ms: AtomicI64::new(0),
            faults: Faults::default(),
            counters: Counters::default(),
            identity: Mutex::new(Identity::new(options.seed)),
            governor: Governor::default(),
            replies: Mutex::new(Replies::default()),
            webhooks: Webhooks::new(options.seed),
            options,
        }
    }

    /// Requests that are to go wrong.
    #[must_use]
    pub const fn faults(&self) -> &Faults {
        &self.faults
    }

    /// What was counted.
    #[must_use]
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Webhooks, and what is to go wrong with them.
    #[must_use]
    pub const fn webhooks(&self) -> &Webhooks {
        &self.webhooks
    }

    /// Registers the webhook of an app, or registers it anew: the intent to receive is checked first, then come the events,
    /// those that were kept included.
    ///
    /// # Errors
    /// No such app, no address, no key; nothing is changed then.
    pub fn register_webhook(
        &self,
        registration: Registration,
        now: DateTime<Utc>,
    ) -> Result<(), WebhookRefused> {
        self.register_webhook_at(registration, self.at(now))
    }

    /// The same at a time that has the offset in it.
    pub(crate) fn register_webhook_at(
        &self,
        registration: Registration,
        now: DateTime<Utc>,
    ) -> Result<(), WebhookRefused> {
        self.app(&registration.client_id)
            .ok_or(WebhookRefused::NoApp)?;
        let known = url::Url::parse(&registration.url)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !known {
            return Err(WebhookRefused::BadUrl);
        }
        if registration.key.is_empty() {
            return Err(WebhookRefused::NoKey);
        }
        self.webhooks.register(registration, now);
        Ok(())
    }

    /// The deliveries that are due: at most one for each webhook, since the next waits for the answer to this one.
    #[must_use]
    pub fn due_deliveries(&self, now: DateTime<Utc>) -> Vec<WebhookDelivery> {
        if self.webhooks.is_empty() {
            return Vec::new();
        }
        self.webhooks.due(&self.switches(), self.at(now))
    }

    /// Takes note of how the receiver answered a delivery; nothing stands for no answer within five seconds. A delivery that
    /// is not in the air is ignored, and false is returned.
    pub fn webhook_answered(&self, id: u64, status: Option<u16>, now: DateTime<Utc>) -> bool {
        self.webhooks.answered(id, status, self.at(now))
    }

    /// Raises events for what somebody just changed in the books.
    pub(crate) fn tell(&self, organisation: &mut Organisation, by: &str, now: DateTime<Utc>) {
        if self.webhooks.is_empty() {
            organisation.forget_changes();
            return;
        }
        let switches = self.switches();
        let events = gather(organisation, &switches, by, now);
        let tenant = organisation.profile.id;
        let connected = |client_id: &str| lock(&self.identity).is_connected(client_id, tenant);
        self.webhooks.raise(&events, &switches, connected);
    }

    /// The choices in force.
    #[must_use]
    pub fn switches(&self) -> Switches {
        lock(&self.switches).clone()
    }

    /// Puts other choices in force.
    pub fn set_switches(&self, switches: Switches) {
        *lock(&self.switches) = switches;
    }

    /// The budgets in force.
    #[must_use]
    pub fn limits(&self) -> Limits {
        lock(&self.limits).clone()
    }

    /// Puts other budgets in force; what was used stays used.
    pub fn set_limits(&self, limits: Limits) {
        *lock(&self.limits) = limits;
    }

    /// Moves the sandbox's time ahead of the callers' from now on, by at most ten years a call; adds up.
    pub fn advance(&self, by: TimeDelta) {
        let by_ms = by.num_milliseconds().clamp(-ADVANCE_MS_MAX, ADVANCE_MS_MAX);
        self.offset_ms.fetch_add(by_ms, Ordering::AcqRel);
    }

    /// How far the sandbox's time is ahead of the callers'.
    #[must_use]
    pub fn offset(&self) -> TimeDelta {
        TimeDelta::milliseconds(self.offset_ms.load(Ordering::Acquire))
    }

    /// Back to the beginning: seeded books, no tokens, no connections, no webhooks, no counts, no faults, options as given.
    pub fn reset(&self) {
        for organisation in seed::organisations(self.options.seed) {
            if let Some(books) = self.organisations.get(&organisation.profile.id) {
                *lock(books) = organisation;
            }
        }
        self.set_switches(self.options.switches.clone());
        self.set_limits(self.options.limits.clone());
        *lock(&self.correlation) = IdSource::new(self.options.seed ^ 0xc0_44e1);
        *lock(&self.identity) = Identity::new(self.options.seed);
        *lock(&self.replies) = Replies::default();
        self.offset_ms.store(0, Ordering::Release);
        self.faults.clear();
        self.counters.reset();
        self.governor.reset();
        self.webhooks.reset(self.options.seed);
    }

    /// Tokens and connections for an app without a browser: what a consent to these organisations would give.
    /// Nothing for an app that is not registered.
    pub fn grant(
        &self,
        client_id: &str,
        tenants: &[Uuid],
        scopes: &str,
        now: DateTime<Utc>,
    ) -> Option<TokenSet> {
        self.grant_at(client_id, tenants, scopes, self.at(now))
    }

    /// The same at a time that has the offset in it.
    pub(crate) fn grant_at(
        &self,
        client_id: &str,
        tenants: &[Uuid],
        scopes: &str,
        now: DateTime<Utc>,
    ) -> Option<TokenSet> {
        self.app(client_id)?;
        let mut identity = lock(&self.identity);
        let auth_event = identity.next_id();
        identity.connect(client_id, tenants, auth_event, now);
        let scopes = crate::identity::scopes::split(scopes);
        Some(identity.issue(client_id, &scopes, auth_event, now))
    }

    /// Reads the books of an organisation. Nothing for an unknown tenant.
    pub fn read<T>(&self, tenant: Uuid, read: impl FnOnce(&Organisation) -> T) -> Option<T> {
        self.books(tenant).map(|books| read(&lock(books)))
    }

    /// Ids and names of the organisations.
    #[must_use]
    pub fn organisation_names(&self) -> Vec<(Uuid, &'static str)> {
        self.names.clone()
    }

    /// The sandbox's time when the caller's is `now`; an offset beyond the calendar is ignored.
    pub(crate) fn at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now.checked_add_signed(self.offset()).unwrap_or(now)
    }

    pub(crate) fn has_organisation(&self, tenant: Uuid) -> bool {
        self.organisations.contains_key(&tenant)
    }

    pub(crate) fn books(&self, tenant: Uuid) -> Option<&Mutex<Organisation>> {
        self.organisations.get(&tenant)
    }

    pub(crate) fn app(&self, client_id: &str) -> Option<&App> {
        self.options
            .apps
            .iter()
            .find(|app| app.client_id == client_id)
    }

    pub(crate) fn next_correlation_id(&self) -> Uuid {
        lock(&self.correlation).next_id()
    }

    /// The session of the Bearer token of a request.
    pub(crate) fn session(
        &self,
        parts: &Parts,
        now: DateTime<Utc>,
        id: Uuid,
    ) -> Result<Session, Answer> {
        let refuse = |detail: &str| Answer::problem(StatusCode::UNAUTHORIZED, detail, id);
        let token = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or_else(|| refuse("AuthenticationUnsuccessful"))?;
        let identity = lock(&self.identity);
        let session = identity
            .session(token)
            .ok_or_else(|| refuse("AuthenticationUnsuccessful"))?;
        if now >= session.expires {
            let ended = session.expires.format("%m/%d/%Y %H:%M:%S");
            return Err(refuse(&format!("TokenExpired: token expired at {ended}")));
        }
        Ok(session.clone())
    }
}
