//! Who refreshes a grant: one task of one node at a time, with every step stored before the next.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tieout_core::clock::Clock;
use tieout_core::store::{ChangeSet, Fence, LeaseRequest, Store};
use tieout_core::vault::Vault;
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

use super::grant::{FRESH_FOR, GrantRecord};
use super::judge::{Verdict, break_grant, broken_error, judge};
use super::oauth::outlives;
use super::{
    AccessToken, AuthError, BrokenReason, ConnectionList, Disconnected, GrantId, GrantStatus,
    OAuth, TokenSet,
};
use crate::config::GrantKind;

/// How long one node may refresh before another may take over: longer than all tries together.
const LEASE_MS: u64 = 120_000;

/// How often to look for another node's tokens: without a usable one, with one, and how long between looks.
const ELSEWHERE_LOOKS_MAX: u32 = 20;
const ELSEWHERE_LOOKS_PATIENT: u32 = 3;
const ELSEWHERE_PAUSE: Duration = Duration::from_secs(1);

/// The pauses between tries whose replies were lost; one more try than pauses.
const AGAIN_AFTER: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3)];

/// A token this young is not renewed because of one refusal: something else is wrong.
const YOUNG: TimeDelta = TimeDelta::seconds(60);

/// Keeps the grants of one app usable.
///
/// Refresh tokens rotate: of each grant there is one copy, sealed at `grant/<id>`. Clones share everything.
#[derive(Clone)]
pub struct GrantKeeper {
    shared: Arc<Shared>,
}

struct Shared {
    oauth: Arc<OAuth>,
    vault: Arc<Vault>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    node: String,
    slots: Mutex<HashMap<GrantId, Arc<Slot>>>,
}

/// One grant in this process.
#[derive(Default)]
struct Slot {
    cached: Mutex<Option<(AccessToken, DateTime<Utc>)>>,
    work: Arc<tokio::sync::Mutex<Work>>,
}

/// What only the task that renews may see.
#[derive(Default)]
struct Work {
    not_before: Option<DateTime<Utc>>,
    /// A record that could not be stored. Its tokens exist nowhere else, so it is stored before anything else happens.
    unsaved: Option<GrantRecord>,
}

impl GrantKeeper {
    /// A keeper for the grants of `oauth`'s app. `node` names this process among those that share the
    /// store, and is the same after a restart. `store` is the one that the vault seals into.
    #[must_use]
    pub fn new(
        oauth: Arc<OAuth>,
        vault: Arc<Vault>,
        store: Arc<dyn Store>,
        node: impl Into<String>,
    ) -> Self {
        let clock = Arc::clone(&oauth.clock);
        let slots = Mutex::default();
        let shared = Shared {
            oauth,
            vault,
            store,
            clock,
            node: node.into(),
            slots,
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// The sign-in service that this keeper asks.
    #[must_use]
    pub fn oauth(&self) -> &Arc<OAuth> {
        &self.shared.oauth
    }

    /// Stores new tokens as a grant of their own: it replaces no other, whoever consented.
    ///
    /// The grant is named after its consent where the tokens say which that was.
    pub async fn adopt(&self, tokens: TokenSet) -> Result<GrantId, AuthError> {
        let shared = &self.shared;
        let mut id = tokens
            .auth_event_id
            .map_or_else(GrantId::fresh, GrantId::from);
        if shared.vault.read(&GrantRecord::key(&id)).await?.is_some() {
            id = GrantId::fresh();
        }
        let client_id = shared.oauth.app.client_id.clone();
        let record = GrantRecord::new(id.clone(), client_id, tokens);
        shared.put(&record, None).await?;
        Ok(id)
    }

    /// A token that works for two minutes or more; renews it first when needed.
    ///
    /// Any number of tasks may ask: one renews, the others wait for it. When a renewal does not succeed
    /// for a passing reason, the old token is given out as long as it lives.
    pub async fn access(&self, grant: &GrantId) -> Result<AccessToken, AuthError> {
        let slot = self.shared.slot(grant);
        match slot.cached(self.shared.clock.now()) {
            Some(token) => Ok(token),
            None => self.renew(slot, grant, None).await,
        }
    }

    /// Another token after the API refused this one with a 401.
    ///
    /// Renews once per token: when a token of less than a minute is refused, that is
    /// [`AuthError::TokenRefused`] and nothing is asked.
    pub async fn refused(
        &self,
        grant: &GrantId,
        token: &AccessToken,
    ) -> Result<AccessToken, AuthError> {
        let slot = self.shared.slot(grant);
        self.renew(slot, grant, Some(token.clone())).await
    }

    /// How a grant stands, as stored.
    pub async fn status(&self, grant: &GrantId) -> Result<GrantStatus, AuthError> {
        Ok(self.shared.load(grant).await?.status())
    }

    /// Who consented, by e-mail address, if that is known.
    pub async fn email(&self, grant: &GrantId) -> Result<Option<String>, AuthError> {
        Ok(self.shared.load(grant).await?.tokens.email)
    }

    /// The organisations that a grant opens.
    pub async fn connections(&self, grant: &GrantId) -> Result<ConnectionList, AuthError> {
        let token = self.access(grant).await?;
        let auth_event_id = self.shared.load(grant).await?.tokens.auth_event_id;
        self.shared.oauth.connections(&token, auth_event_id).await
    }

    /// Ends one connection at Xero, by its own identifier (not the organisation's). A repeat says so.
    ///
    /// A refused token is renewed once, so that a grant that is dead at Xero is known to be broken.
    pub async fn disconnect(
        &self,
        grant: &GrantId,
        xero_connection_id: Uuid,
    ) -> Result<Disconnected, AuthError> {
        let token = self.access(grant).await?;
        let oauth = &self.shared.oauth;
        match oauth.disconnect(&token, xero_connection_id).await {
            Err(AuthError::TokenRefused) => {
                let token = self.refused(grant, &token).await?;
                oauth.disconnect(&token, xero_connection_id).await
            }
            ended => ended,
        }
    }

    /// Revokes a grant at Xero, which ends every connection of its user to this app, and marks it as broken.
    pub async fn revoke(&self, grant: &GrantId) -> Result<(), AuthError> {
        let slot = self.shared.slot(grant);
        let _work = Arc::clone(&slot.work).lock_owned().await;
        let mut record = self.shared.load(grant).await?;
        if let Some(token) = &record.tokens.refresh_token {
            self.shared.oauth.revoke(token).await?;
        }
        slot.remember(None);
        break_grant(&mut record, BrokenReason::Revoked, self.shared.clock.now());
        self.shared.put(&record, None).await
    }

    /// Forgets a grant that no connection names any more. Tells Xero nothing. A repeat does nothing.
    pub async fn forget(&self, grant: &GrantId) -> Result<(), AuthError> {
        let slot = self.shared.slot(grant);
        let mut work = Arc::clone(&slot.work).lock_owned().await;
        slot.remember(None);
        work.unsaved = None;
        Ok(self
            .shared
            .vault
            .write(&GrantRecord::key(grant), None)
            .await?)
    }

    /// Renews in a task of its own, so that a caller who gives up does not lose the reply.
    async fn renew(
        &self,
        slot: Arc<Slot>,
        grant: &GrantId,
        refused: Option<AccessToken>,
    ) -> Result<AccessToken, AuthError> {
        let work = Arc::clone(&slot.work).lock_owned().await;
        let renewal = Renewal {
            shared: Arc::clone(&self.shared),
            grant: grant.clone(),
            slot,
            refused,
        };
        let grant = grant.clone();
        match tokio::spawn(renewal.run(work)).await {
            Ok(result) => result,
            Err(_) => {
                tracing::error!(grant = %grant, "the task that renews a grant ended early");
                let retry_at = self.shared.clock.now() + TimeDelta::seconds(30);
                Err(AuthError::RefreshUnsure {
                    since: self.shared.clock.now(),
                    retry_at,
                })
            }
        }
    }
}

impl Shared {
    fn slot(&self, grant: &GrantId) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(grant.clone()).or_default())
    }

    async fn load(&self, grant: &GrantId) -> Result<GrantRecord, AuthError> {
        let secret = self
            .vault
            .read(&GrantRecord::key(grant))
            .await?
            .ok_or_else(|| AuthError::UnknownGrant(grant.clone()))?;
        let record = GrantRecord::parse(&secret).ok_or(AuthError::BadReply {
            what: "the vault about the grant",
        })?;
        if record.client_id == self.oauth.app.client_id {
            Ok(record)
        } else {
            Err(AuthError::OtherApp(grant.clone()))
        }
    }

    async fn put(&self, record: &GrantRecord, fence: Option<&Fence>) -> Result<(), AuthError> {
        let key = GrantRecord::key(&record.id);
        let secret = record.to_secret().map_err(|_| AuthError::BadReply {
            what: "the token endpoint",
        })?;
        let sealed = self.vault.seal(&key, &secret)?;
        let changes = ChangeSet {
            records: vec![(key, Some(sealed))],
            fence: fence.cloned(),
            ..ChangeSet::default()
        };
        Ok(self.store.commit(changes).await?)
    }

    async fn lease(&self, grant: &GrantId) -> Result<Option<Fence>, AuthError> {
        let request = LeaseRequest {
            name: GrantRecord::key(grant).to_string(),
            holder: self.node.clone(),
            now: self.clock.now(),
            ttl_ms: LEASE_MS,
        };
        Ok(self.store.lease(&request).await?)
    }
}

impl Slot {
    fn cached(&self, now: DateTime<Utc>) -> Option<AccessToken> {
        let cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        let (token, expires_at) = cached.as_ref()?;
        outlives(*expires_at, now, FRESH_FOR).then(|| token.clone())
    }

    fn remember(&self, token: Option<(AccessToken, DateTime<Utc>)>) {
        *self.cached.lock().unwrap_or_else(PoisonError::into_inner) = token;
    }
}

/// One renewal, with its grant's work locked.
struct Renewal {
    shared: Arc<Shared>,
    grant: GrantId,
    slot: Arc<Slot>,
    refused: Option<AccessToken>,
}

enum Lead {
    Ours(Fence),
    Theirs(AccessToken),
}

impl Renewal {
    async fn run(self, mut work: OwnedMutexGuard<Work>) -> Result<AccessToken, AuthError> {
        // Whoever renewed while this one waited for the lock did it for all; and a broken grant costs no lease.
        if work.unsaved.is_none()
            && let Some(token) = self.stored().await?
        {
            return Ok(token);
        }
        let fence = match self.lead().await? {
            Lead::Ours(fence) => fence,
            Lead::Theirs(token) => return Ok(token),
        };
        if let Some(record) = work.unsaved.take() {
            self.rescue(&mut work, record, &fence).await?;
        }
        // Another node may have renewed before the lease was ours.
        if let Some(token) = self.stored().await? {
            return Ok(token);
        }
        self.renew(&mut work, fence).await
    }

    /// Takes the lease, or waits for the tokens of the node that holds it; while the old token lives, not for long.
    async fn lead(&self) -> Result<Lead, AuthError> {
        for look in 0..ELSEWHERE_LOOKS_MAX {
            if let Some(fence) = self.shared.lease(&self.grant).await? {
                return Ok(Lead::Ours(fence));
            }
            if let Some(token) = self.stored().await? {
                return Ok(Lead::Theirs(token));
            }
            let record = self.shared.load(&self.grant).await?;
            let usable = record.usable(self.shared.clock.now(), self.refused.as_ref());
            if let Some(token) = usable.filter(|_| look >= ELSEWHERE_LOOKS_PATIENT) {
                return Ok(Lead::Theirs(token));
            }
            tokio::time::sleep(ELSEWHERE_PAUSE).await;
        }
        let retry_at = self.shared.clock.now() + TimeDelta::seconds(30);
        Err(AuthError::RefreshingElsewhere { retry_at })
    }

    /// Stores tokens that could not be stored when they came, unless another node has newer ones by now.
    async fn rescue(
        &self,
        work: &mut Work,
        unsaved: GrantRecord,
        fence: &Fence,
    ) -> Result<(), AuthError> {
        let stored = match self.shared.load(&self.grant).await {
            Ok(stored) => stored,
            Err(error) => {
                work.unsaved = Some(unsaved);
                return Err(error);
            }
        };
        if stored.broken.is_none() && stored.tokens.issued_at < unsaved.tokens.issued_at {
            self.save_new(work, unsaved, fence).await?;
        }
        Ok(())
    }

    /// The stored token, if it needs no renewal.
    async fn stored(&self) -> Result<Option<AccessToken>, AuthError> {
        let record = self.shared.load(&self.grant).await?;
        if let Some(broken) = record.broken {
            self.slot.remember(None);
            return Err(broken_error(&record, broken));
        }
        let token = record.fresh(self.shared.clock.now(), self.refused.as_ref());
        if let Some(token) = &token {
            self.slot
                .remember(Some((token.clone(), record.tokens.expires_at)));
        }
        Ok(token)
    }

    async fn renew(&self, work: &mut Work, fence: Fence) -> Result<AccessToken, AuthError> {
        let mut record = self.shared.load(&self.grant).await?;
        let now = self.shared.clock.now();
        if self.refused.is_some() && now - record.tokens.issued_at < YOUNG {
            return Err(AuthError::TokenRefused);
        }
        let usable = |now| record.usable(now, self.refused.as_ref());
        if let Some(retry_at) = work.not_before.filter(|at| *at > now) {
            let since = record.refreshing.map_or(now, |refreshing| refreshing.since);
            return usable(now).ok_or(AuthError::RefreshUnsure { since, retry_at });
        }
        let fallback = usable(now);
        match self.attempt(work, &mut record, fence).await {
            Ok(token) => Ok(token),
            Err(error @ AuthError::GrantBroken { .. }) => {
                self.slot.remember(None);
                Err(error)
            }
            Err(error) => {
                work.not_before = Some(
                    error
                        .retry_at()
                        .unwrap_or(self.shared.clock.now() + TimeDelta::seconds(30)),
                );
                tracing::warn!(grant = %self.grant, %error, "the grant was not renewed");
                // It lived when this began, and tries take seconds; the API has the last word.
                fallback.ok_or(error)
            }
        }
    }

    /// Tries until the outcome is certain, at most once more than there are pauses.
    async fn attempt(
        &self,
        work: &mut Work,
        record: &mut GrantRecord,
        mut fence: Fence,
    ) -> Result<AccessToken, AuthError> {
        let mut pauses = AGAIN_AFTER.iter();
        loop {
            let outcome = match (
                self.shared.oauth.app.grant,
                record.tokens.refresh_token.clone(),
            ) {
                (GrantKind::ClientCredentials, _) => self.shared.oauth.exchange_credentials().await,
                (GrantKind::AuthorizationCode, Some(token)) => {
                    // Stored before it leaves: whoever comes after a crash knows that this token was sent.
                    record.begin_refresh(self.shared.clock.now());
                    self.shared.put(record, Some(&fence)).await?;
                    self.shared.oauth.exchange_refresh(&token).await
                }
                (GrantKind::AuthorizationCode, None) => {
                    let now = self.shared.clock.now();
                    let error = break_grant(record, BrokenReason::NoRefreshToken, now);
                    self.shared.put(record, Some(&fence)).await?;
                    return Err(error);
                }
            };
            let verdict = judge(record, outcome, self.shared.clock.now());
            if matches!(verdict, Verdict::Renewed) {
                return self.save_new(work, record.clone(), &fence).await;
            }
            self.shared.put(record, Some(&fence)).await?;
            match (verdict, pauses.next()) {
                (Verdict::Renewed, _) => {}
                (Verdict::Again(_), Some(pause)) => tokio::time::sleep(*pause).await,
                (Verdict::Again(error), None)
                | (Verdict::Later(error) | Verdict::Broken(error), _) => return Err(error),
            }
            let since = self.shared.clock.now();
            fence =
                self.shared
                    .lease(&self.grant)
                    .await?
                    .ok_or(AuthError::RefreshingElsewhere {
                        retry_at: since + TimeDelta::seconds(30),
                    })?;
        }
    }

    /// Stores new tokens before anybody uses them, and keeps them at hand when the store fails.
    async fn save_new(
        &self,
        work: &mut Work,
        record: GrantRecord,
        fence: &Fence,
    ) -> Result<AccessToken, AuthError> {
        if let Err(error) = self.shared.put(&record, Some(fence)).await {
            work.unsaved = Some(record);
            return Err(error);
        }
        let token = record.tokens.access();
        self.slot
            .remember(Some((token.clone(), record.tokens.expires_at)));
        work.not_before = None;
        Ok(token)
    }
}
