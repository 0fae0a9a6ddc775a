//! What the browser keeps between leaving for the identity provider and coming back, sealed against reading and bending.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tieout_core::store::{MemoryStore, RecordKey};
use tieout_core::vault::{KeyRing, Vault};

use super::OidcRefusal;
use crate::Fault;
use crate::secret::Secret;

/// How long a sign-in may take: somebody may have to find a telephone for a second factor.
pub(super) const FLOW_LIFE: TimeDelta = TimeDelta::minutes(10);

/// Longest path to come back to, in bytes: a cookie holds 4,096 in all.
const RETURN_BYTES_MAX: usize = 1_024;

/// A sign-in that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Flow {
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) verifier: String,
    pub(super) return_to: String,
    pub(super) expires_at: DateTime<Utc>,
}

impl Flow {
    /// A new one, that ends where the person wanted to go.
    pub(super) fn begin(return_to: &str, now: DateTime<Utc>) -> Result<Self, Fault> {
        let random = || -> Result<String, Fault> {
            Ok(Secret::random()?.to_text().expose_secret().to_owned())
        };
        Ok(Self {
            state: random()?,
            nonce: random()?,
            verifier: random()?,
            return_to: local_path(return_to).to_owned(),
            expires_at: now + FLOW_LIFE,
        })
    }
}

/// Seals flows under a key of this process: a restart ends those that are under way.
pub(super) struct Sealer(Vault);

impl Sealer {
    pub(super) fn new() -> Result<Self, Fault> {
        let ring = KeyRing::generate().map_err(|_| Fault::Random)?;
        // The vault only seals and opens here; nothing is put into a store.
        Ok(Self(Vault::new(Arc::new(MemoryStore::new()), ring)))
    }

    /// The value of the cookie.
    pub(super) fn seal(&self, flow: &Flow) -> Result<SecretString, Fault> {
        let json =
            serde_json::to_string(flow).expect("a flow has string keys and no failing serializer");
        let sealed = self.0.seal(&name(), &SecretString::from(json))?;
        Ok(SecretString::from(URL_SAFE_NO_PAD.encode(sealed)))
    }

    /// The flow in a cookie.
    pub(super) fn open(&self, cookie: &str, now: DateTime<Utc>) -> Result<Flow, OidcRefusal> {
        let sealed = URL_SAFE_NO_PAD.decode(cookie).ok();
        let json = sealed.and_then(|sealed| self.0.open(&name(), &sealed).ok());
        let flow: Flow = json
            .and_then(|json| serde_json::from_str(json.expose_secret()).ok())
            .ok_or(OidcRefusal::NotBegun)?;
        match flow.expires_at <= now {
            true => Err(OidcRefusal::TooLate),
            false => Ok(flow),
        }
    }
}

/// States that came back already. Kept until their flows are too old anyway.
#[derive(Default)]
pub(super) struct Seen(HashMap<String, DateTime<Utc>>);

impl Seen {
    /// Takes note of a flow that came back; refuses the second time.
    pub(super) fn once(&mut self, flow: &Flow, now: DateTime<Utc>) -> Result<(), OidcRefusal> {
        self.0.retain(|_, until| *until > now);
        match self.0.insert(flow.state.clone(), flow.expires_at) {
            None => Ok(()),
            Some(_) => Err(OidcRefusal::Replayed),
        }
    }
}

fn name() -> RecordKey {
    RecordKey::new(&["identity", "oidc-flow"])
}

/// A path of ours, or the first page: an address elsewhere would send people there with our good name.
fn local_path(path: &str) -> &str {
    let mut start = path.chars();
    let is_ours = start.next() == Some('/')
        && !matches!(start.next(), Some('/' | '\\'))
        && path.len() <= RETURN_BYTES_MAX
        && !path.chars().any(|c| c.is_control() || c == '\\');
    if is_ours { path } else { "/" }
}
