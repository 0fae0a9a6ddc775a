//! API keys: how one is made, shown once, recognised, and revoked.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tieout_core::store::RecordKey;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::audit::Act;
use crate::identity::Change;
use crate::people::fit_name;
use crate::secret::{Purpose, Secret, hex};
use crate::stored::{self, KEYS};
use crate::{Actor, Caller, Error, Fault, Identity, Refusal, Scope};

/// What every key begins with, so that whoever searches for leaked secrets finds ours.
const PREFIX: &str = "tieout_";
/// Digits of the secret, and of the checksum behind it.
const SECRET_DIGITS: usize = 64;
const CHECK_DIGITS: usize = 8;

/// Keys in use at once.
const KEYS_MAX: usize = 1_000;

/// How often at most it is written that a key is used.
const TOUCHED_EVERY: TimeDelta = TimeDelta::minutes(10);

/// A key, without what opens anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(Uuid);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for KeyId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}

/// What is known of a key, and stored under the mark of its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Which.
    pub id: KeyId,
    /// What it is called; no other key in use is called so.
    pub name: String,
    /// Its first characters, to know it again.
    pub begins: String,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: Actor,
    /// When it stops working by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was used last, up to ten minutes behind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<DateTime<Utc>>,
}

impl ApiKey {
    /// The key as one who asks.
    #[must_use]
    pub fn caller(&self) -> Caller {
        Caller::new(self.actor(), self.scopes.iter().copied())
    }

    /// The key as one who acts.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::Key {
            id: self.id,
            name: self.name.clone(),
        }
    }

    /// Whether it opens something at this moment.
    #[must_use]
    pub fn works(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|at| at > now)
    }
}

/// A key to make.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// What to call it.
    pub name: String,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// When it stops working by itself.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A key that was just made.
#[derive(Clone)]
pub struct ShownKey {
    /// The key itself: shown once, and nowhere else.
    pub secret: SecretString,
    /// What is known of it.
    pub key: ApiKey,
}

impl fmt::Debug for ShownKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.key.fmt(f)
    }
}

impl Identity {
    /// Makes a key.
    ///
    /// # Errors
    /// [`Refusal::NameUnfit`], [`Refusal::KeyNameTaken`], [`Refusal::NoScopes`], [`Refusal::ExpiryPast`],
    /// [`Refusal::TooMany`], or a fault. A repeat is refused for its name.
    pub async fn add_key(&self, by: &Actor, new: NewKey) -> Result<ShownKey, Error> {
        let mut alone = self.alone().await;
        let now = self.now();
        let name = fit_name(&new.name)?;
        if new.scopes.is_empty() {
            return Err(Refusal::NoScopes.into());
        }
        if new.expires_at.is_some_and(|at| at <= now) {
            return Err(Refusal::ExpiryPast.into());
        }
        let known = self.keys().await?;
        let in_use = || known.iter().filter(|key| key.works(now));
        if in_use().any(|key| key.name == name) {
            return Err(Refusal::KeyNameTaken(name).into());
        }
        if in_use().count() >= KEYS_MAX {
            return Err(Refusal::TooMany { limit: KEYS_MAX }.into());
        }
        let secret = Secret::random()?;
        let text = written(&secret);
        let key = ApiKey {
            id: KeyId(Uuid::new_v4()),
            name,
            begins: text.expose_secret()[..PREFIX.len() + 4].to_owned(),
            scopes: new.scopes,
            created_at: now,
            created_by: by.clone(),
            expires_at: new.expires_at,
            used_at: None,
            revoked_at: None,
        };
        let mut change = Change::default();
        change.set(stored::key(&secret.mark(Purpose::Key)), &key);
        change.act(Act::KeyAdded {
            key: key.id,
            name: key.name.clone(),
            scopes: key.scopes.clone(),
        });
        self.commit(&mut alone, by, change).await?;
        Ok(ShownKey { secret: text, key })
    }

    /// Every key that was ever made, the newest first; those that were revoked or expired too.
    ///
    /// # Errors
    /// When the store fails or a record cannot be read.
    pub async fn keys(&self) -> Result<Vec<ApiKey>, Fault> {
        let mut keys: Vec<ApiKey> = self
            .stored_keys()
            .await?
            .into_iter()
            .map(|(_, key)| key)
            .collect();
        keys.sort_by(|left, right| {
            let newest_first = right.created_at.cmp(&left.created_at);
            newest_first.then_with(|| left.name.cmp(&right.name))
        });
        Ok(keys)
    }

    /// The key of this text, if it works. Writes nothing but, every ten minutes at most, that it is used.
    ///
    /// # Errors
    /// [`Refusal::KeyMalformed`], [`Refusal::KeyUnknown`], [`Refusal::KeyRevoked`], [`Refusal::KeyExpired`], or a
    /// fault.
    pub async fn key(&self, text: &str) -> Result<ApiKey, Error> {
        let secret = read(text).ok_or(Refusal::KeyMalformed)?;
        let record = stored::key(&secret.mark(Purpose::Key));
        let key: Option<ApiKey> = stored::read(self.store.as_ref(), &record).await?;
        let key = key.ok_or(Refusal::KeyUnknown)?;
        let now = self.now();
        if key.revoked_at.is_some() {
            return Err(Refusal::KeyRevoked.into());
        }
        if let Some(at) = key.expires_at.filter(|at| *at <= now) {
            return Err(Refusal::KeyExpired(at).into());
        }
        if is_stale(&key, now) {
            self.touch_key(&record, now).await;
        }
        Ok(key)
    }

    /// Revokes a key: it opens nothing from this moment on.
    ///
    /// # Errors
    /// [`Refusal::KeyMissing`], or a fault. A repeat changes nothing.
    pub async fn revoke_key(&self, by: &Actor, id: KeyId) -> Result<ApiKey, Error> {
        let mut alone = self.alone().await;
        let mut known = self.stored_keys().await?.into_iter();
        let found = known.find(|(_, key)| key.id == id);
        let (record, mut key) = found.ok_or(Refusal::KeyMissing)?;
        if key.revoked_at.is_some() {
            return Ok(key);
        }
        key.revoked_at = Some(self.now());
        let mut change = Change::default();
        change.set(record, &key);
        change.act(Act::KeyRevoked {
            key: id,
            name: key.name.clone(),
        });
        self.commit(&mut alone, by, change).await?;
        Ok(key)
    }

    async fn stored_keys(&self) -> Result<Vec<(RecordKey, ApiKey)>, Fault> {
        stored::read_all(self.store.as_ref(), KEYS).await
    }

    /// Writes that a key is used. One that was revoked in the meantime stays so.
    async fn touch_key(&self, record: &RecordKey, now: DateTime<Utc>) {
        let mut alone = self.alone().await;
        let written = async {
            let key: Option<ApiKey> = stored::read(self.store.as_ref(), record).await?;
            let Some(mut key) = key.filter(|key| is_stale(key, now)) else {
                return Ok(());
            };
            key.used_at = Some(now);
            let mut change = Change::default();
            change.set(record.clone(), &key);
            self.commit(&mut alone, &key.actor(), change).await
        };
        if let Err(error) = written.await {
            tracing::warn!(%error, "that a key is used could not be written");
        }
    }
}

fn is_stale(key: &ApiKey, now: DateTime<Utc>) -> bool {
    key.used_at.is_none_or(|used| now - used >= TOUCHED_EVERY)
}

/// A key as it is shown: `tieout_`, the secret, and a checksum that tells a mistyped one without the store.
fn written(secret: &Secret) -> SecretString {
    let digits = Zeroizing::new(hex(secret.bytes()));
    let check = crc32fast::hash(digits.as_bytes());
    SecretString::from(format!("{PREFIX}{}{check:08x}", *digits))
}

/// The secret of a key that was written so.
fn read(text: &str) -> Option<Secret> {
    let digits = text.trim().strip_prefix(PREFIX)?;
    if digits.len() != SECRET_DIGITS + CHECK_DIGITS || !digits.is_ascii() {
        return None;
    }
    let (digits, check) = digits.split_at(SECRET_DIGITS);
    if format!("{:08x}", crc32fast::hash(digits.as_bytes())) != check {
        return None;
    }
    let mut bytes = Zeroizing::new([0; SECRET_DIGITS / 2]);
    for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        let digit = |at: usize| match pair[at] {
            c @ b'0'..=b'9' => Some(c - b'0'),
            c @ b'a'..=b'f' => Some(c - b'a' + 10),
            _ => None,
        };
        *byte = digit(0)? << 4 | digit(1)?;
    }
    Some(Secret::from_bytes(*bytes))
}
