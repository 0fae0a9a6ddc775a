//! How often somebody may try to sign in or show a key that opens nothing.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{KeyId, Pace, Paces};

/// Addresses, people or keys that are remembered of each kind: about two megabytes in all.
const NAMES_MAX: usize = 10_000;

/// Calls of one user of a panel: what a person clicks, and not what a script sends. Each may cost calls of the organisation.
const BY_PANEL: Pace = Pace {
    burst: 60,
    every: TimeDelta::seconds(2),
};

/// From one address: an office behind one address, or everybody behind one proxy, signs in at the same hour. What is
/// tried has 256 random bits, so this spares the machine and keeps nobody from guessing.
const BY_ADDRESS: Pace = Pace {
    burst: 200,
    every: TimeDelta::seconds(1),
};

/// For one person, from anywhere.
const BY_PERSON: Pace = Pace {
    burst: 10,
    every: TimeDelta::minutes(1),
};

/// Keys that open nothing, from one address.
const BAD_KEYS: Pace = Pace {
    burst: 20,
    every: TimeDelta::seconds(10),
};

/// Calls with one key.
const BY_KEY: Pace = Pace {
    burst: 300,
    every: TimeDelta::milliseconds(100),
};

/// Who tried what, in memory. Forgotten when the process ends.
#[derive(Debug)]
pub struct Gate {
    paces: Mutex<Tried>,
}

#[derive(Debug)]
struct Tried {
    by_address: Paces,
    by_person: Paces,
    bad_keys: Paces,
    by_key: Paces,
    by_panel: Paces,
}

/// Somebody tried too often: HTTP 429 with `Retry-After`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many tries: wait {retry_after_s} s")]
pub struct TooSoon {
    /// How long to wait, in whole seconds; at least one.
    pub retry_after_s: u64,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            paces: Mutex::new(Tried {
                by_address: Paces::new(BY_ADDRESS, NAMES_MAX),
                by_person: Paces::new(BY_PERSON, NAMES_MAX),
                bad_keys: Paces::new(BAD_KEYS, NAMES_MAX),
                by_key: Paces::new(BY_KEY, NAMES_MAX),
                by_panel: Paces::new(BY_PANEL, NAMES_MAX),
            }),
        }
    }
}

impl Gate {
    /// Counts a try to sign in from an address: a link followed, or a way to the identity provider begun.
    ///
    /// # Errors
    /// [`TooSoon`].
    pub fn sign_in(&self, address: IpAddr, now: DateTime<Utc>) -> Result<(), TooSoon> {
        told(self.tried().by_address.take(&network(address), now))
    }

    /// Counts something asked for a person by name, from anywhere, such as a link by mail.
    ///
    /// # Errors
    /// [`TooSoon`].
    pub fn person(&self, name: &str, now: DateTime<Utc>) -> Result<(), TooSoon> {
        // Names come from outside: a long one must not fill the memory.
        let name: String = name.chars().take(254).collect();
        told(self.tried().by_person.take(&name.to_lowercase(), now))
    }

    /// Whether one more key from this address that opened nothing is told so. Asked after the look: a key that works is
    /// never turned away for those that do not, since behind a proxy all come from one address.
    ///
    /// # Errors
    /// [`TooSoon`] after too many that opened nothing.
    pub fn key(&self, address: IpAddr, now: DateTime<Utc>) -> Result<(), TooSoon> {
        told(self.tried().bad_keys.look(&network(address), now))
    }

    /// Counts a key from this address that opened nothing.
    pub fn bad_key(&self, address: IpAddr, now: DateTime<Utc>) {
        // Over the limit already: nothing to count.
        let _ = self.tried().bad_keys.take(&network(address), now);
    }

    /// Counts a call with a key that works: 300 at once, and ten a second.
    ///
    /// # Errors
    /// [`TooSoon`].
    pub fn call(&self, key: KeyId, now: DateTime<Utc>) -> Result<(), TooSoon> {
        told(self.tried().by_key.take(&key.to_string(), now))
    }

    /// One call by a panel token of a user.
    ///
    /// # Errors
    /// [`TooSoon`] when this user called too often.
    pub fn panel(&self, user: &str, now: DateTime<Utc>) -> Result<(), TooSoon> {
        told(self.tried().by_panel.take(user, now))
    }

    fn tried(&self) -> MutexGuard<'_, Tried> {
        // Each change is one insertion, so a panic leaves nothing half done.
        self.paces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn told(outcome: Result<(), TimeDelta>) -> Result<(), TooSoon> {
    outcome.map_err(|wait| {
        let whole = u64::try_from(wait.num_seconds()).unwrap_or_default();
        TooSoon {
            retry_after_s: whole + 1,
        }
    })
}

/// What counts as one sender: an address, or with IPv6 the network of 64 bits that one customer has.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).to_string()
        }
    }
}
