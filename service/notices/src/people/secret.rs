//! What an endpoint knows our events by: secrets, sealed at rest, of which two count while one is being changed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use tieout_core::vault::VaultError;

/// Bytes of a secret. Source: Standard Webhooks 1.0, 24 to 64.
const SECRET_BYTES: usize = 32;
/// For how long an old secret still signs beside the new one.
const OLD_SIGNS: TimeDelta = TimeDelta::hours(24);
const PREFIX: &str = "whsec_";

/// A secret that was just made. It is never shown again: whoever gets it keeps it.
pub struct ShownOnce(pub SecretString);

/// The secrets of one endpoint as they are sealed.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SigningSecrets {
    secrets: Vec<Kept>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    /// `whsec_` and base64.
    secret: String,
    /// Until when it signs; the newest has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<DateTime<Utc>>,
}

impl SigningSecrets {
    /// One new secret.
    pub(crate) fn new() -> Result<Self, VaultError> {
        let secret = make()?;
        Ok(Self {
            secrets: vec![Kept {
                secret,
                until: None,
            }],
        })
    }

    /// The same with a new one in front; the one before signs for a day more, and older ones no more.
    pub(crate) fn rotated(&self, at: DateTime<Utc>) -> Result<Self, VaultError> {
        let mut secrets = vec![Kept {
            secret: make()?,
            until: None,
        }];
        let newest = self.secrets.first();
        secrets.extend(newest.map(|old| Kept {
            secret: old.secret.clone(),
            until: Some(at + OLD_SIGNS),
        }));
        Ok(Self { secrets })
    }

    /// The newest, for whoever just had it made.
    pub(crate) fn newest(&self) -> ShownOnce {
        let newest = self.secrets.first();
        ShownOnce(SecretString::from(
            newest.map(|kept| kept.secret.clone()).unwrap_or_default(),
        ))
    }

    /// As it is sealed.
    pub(crate) fn to_text(&self) -> SecretString {
        let json = serde_json::to_string(self)
            .expect("secrets have string keys and no failing serializer");
        SecretString::from(json)
    }

    /// What was sealed; `None` for what no version wrote.
    pub(crate) fn from_text(text: &SecretString) -> Option<Self> {
        serde_json::from_str(text.expose_secret()).ok()
    }

    /// The keys that sign at a time, the newest first.
    fn keys(&self, at: DateTime<Utc>) -> impl Iterator<Item = Vec<u8>> {
        self.secrets
            .iter()
            .filter(move |kept| kept.until.is_none_or(|until| at < until))
            .filter_map(|kept| STANDARD.decode(kept.secret.strip_prefix(PREFIX)?).ok())
    }
}

/// The value of `webhook-signature`: a `v1` signature under each secret that counts.
/// Source: Standard Webhooks 1.0, "Signature scheme".
pub(crate) fn sign(secrets: &SigningSecrets, id: &str, at: DateTime<Utc>, body: &[u8]) -> String {
    let timestamp = at.timestamp().to_string();
    let signatures = secrets.keys(at).map(|key| {
        let mac = Hmac::<Sha256>::new_from_slice(&key)
            .expect("HMAC takes keys of any length")
            .chain_update(id)
            .chain_update(b".")
            .chain_update(&timestamp)
            .chain_update(b".")
            .chain_update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    });
    signatures.collect::<Vec<_>>().join(" ")
}

fn make() -> Result<String, VaultError> {
    let mut bytes = [0_u8; SECRET_BYTES];
    getrandom::fill(&mut bytes).map_err(|_| VaultError::Random)?;
    Ok(format!("{PREFIX}{}", STANDARD.encode(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standards_own_example_comes_out() {
        let secrets = SigningSecrets {
            secrets: vec![Kept {
                secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned(),
                until: None,
            }],
        };
        let at = DateTime::from_timestamp(1_614_265_330, 0).unwrap();
        let signed = sign(
            &secrets,
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            at,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn an_old_secret_signs_for_a_day_and_never_a_third_one() {
        let first = SigningSecrets::new().unwrap();
        let at = DateTime::<Utc>::UNIX_EPOCH;
        let many = |secrets: &SigningSecrets, at| sign(secrets, "e", at, b"{}").split(' ').count();
        let second = first.rotated(at).unwrap();
        assert_eq!((many(&first, at), many(&second, at)), (1, 2));
        assert_eq!(many(&second, at + TimeDelta::hours(24)), 1);
        assert_eq!(many(&second.rotated(at).unwrap(), at), 2);
    }
}
