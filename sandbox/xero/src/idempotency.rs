//! What a repeated Idempotency-Key answers: the first reply for six minutes from the first call, errors included (Xero's page on idempotency).

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, VecDeque};
use std::hash::{Hash, Hasher};

use chrono::{DateTime, TimeDelta, Utc};
use http::Method;
use uuid::Uuid;

use crate::answer::Answer;
use crate::switches::IdempotencyScope;

/// Longest key that is accepted.
pub const KEY_CHARS_MAX: usize = 128;
/// How long a key is remembered, in minutes.
pub const WINDOW_MINUTES: i64 = 6;
/// How many replies are remembered; the oldest go first.
pub const REPLIES_MAX: usize = 20_000;

/// A key with the scope it counts in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ScopedKey {
    app: String,
    tenant: Option<Uuid>,
    key: String,
}

impl ScopedKey {
    /// The key as it counts under this scope.
    #[must_use]
    pub fn new(scope: IdempotencyScope, app: &str, tenant: Uuid, key: &str) -> Self {
        Self {
            app: app.to_owned(),
            tenant: match scope {
                IdempotencyScope::App => None,
                IdempotencyScope::AppAndTenant => Some(tenant),
            },
            key: key.to_owned(),
        }
    }
}

/// What is known of a key.
#[derive(Debug)]
pub enum Known {
    /// Nothing: go ahead and remember the reply.
    New,
    /// The same request was answered with this.
    Replay(Answer),
    /// The key was used with another request.
    Different,
}

/// A fingerprint of method, tenant, address and body; stable within one run, which is as long as a key lives.
#[must_use]
pub fn fingerprint(method: &Method, tenant: Uuid, path_and_query: &str, body: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    (method.as_str(), tenant, path_and_query, body).hash(&mut hasher);
    hasher.finish()
}

/// The remembered replies.
#[derive(Debug, Default)]
pub struct Replies {
    by_key: HashMap<ScopedKey, Remembered>,
    in_order: VecDeque<(DateTime<Utc>, ScopedKey)>,
}

#[derive(Debug)]
struct Remembered {
    first: DateTime<Utc>,
    fingerprint: u64,
    answer: Answer,
}

impl Replies {
    /// Looks a key up.
    pub fn look_up(&mut self, key: &ScopedKey, fingerprint: u64, now: DateTime<Utc>) -> Known {
        self.forget_old(now);
        match self.by_key.get(key) {
            None => Known::New,
            Some(known) if known.fingerprint == fingerprint => Known::Replay(known.answer.clone()),
            Some(_) => Known::Different,
        }
    }

    /// Remembers the first reply for a key.
    pub fn remember(
        &mut self,
        key: ScopedKey,
        fingerprint: u64,
        answer: Answer,
        now: DateTime<Utc>,
    ) {
        self.in_order.push_back((now, key.clone()));
        self.by_key.insert(
            key,
            Remembered {
                first: now,
                fingerprint,
                answer,
            },
        );
        if self.in_order.len() > REPLIES_MAX
            && let Some((first, key)) = self.in_order.pop_front()
        {
            self.drop_if_from(&key, first);
        }
    }

    fn forget_old(&mut self, now: DateTime<Utc>) {
        while let Some((first, _)) = self.in_order.front()
            && *first + TimeDelta::minutes(WINDOW_MINUTES) <= now
        {
            if let Some((first, key)) = self.in_order.pop_front() {
                self.drop_if_from(&key, first);
            }
        }
    }

    fn drop_if_from(&mut self, key: &ScopedKey, first: DateTime<Utc>) {
        if self
            .by_key
            .get(key)
            .is_some_and(|known| known.first == first)
        {
            self.by_key.remove(key);
        }
    }
}
