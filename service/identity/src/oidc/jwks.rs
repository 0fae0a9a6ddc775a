//! The keys that an identity provider publishes, and whether one of them signed a token.

use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;

use super::TokenFlaw;
use crate::jws::Jws;

/// Keys that are looked at; providers publish two or three.
const KEYS_MAX: usize = 100;

/// What the address of the keys answers.
#[derive(Deserialize)]
struct Document {
    keys: Vec<serde_json::Value>,
}

/// A key as RFC 7517 writes it.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default, rename = "use")]
    usage: Option<String>,
    #[serde(default)]
    key_ops: Option<Vec<String>>,
    #[serde(default)]
    alg: Option<String>,
    #[serde(default)]
    crv: Option<String>,
    #[serde(default)]
    n: Option<String>,
    #[serde(default)]
    e: Option<String>,
    #[serde(default)]
    x: Option<String>,
    #[serde(default)]
    y: Option<String>,
}

/// Public keys, each for the algorithms that it fits.
#[derive(Default)]
pub(super) struct KeySet(Vec<PublicKey>);

struct PublicKey {
    kid: Option<String>,
    algorithms: Vec<Algorithm>,
    key: DecodingKey,
}

impl KeySet {
    /// The keys of a document. One that nobody here understands is passed over; a secret one is never taken.
    pub(super) fn read(json: &[u8]) -> Result<Self, serde_json::Error> {
        let document: Document = serde_json::from_slice(json)?;
        let keys = document.keys.into_iter().take(KEYS_MAX);
        let keys = keys.filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
        Ok(Self(keys.filter_map(PublicKey::of).collect()))
    }

    /// How many there are that can be used.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// That a key of the set signed this; [`TokenFlaw::UnknownKey`] where there is none that may have.
    pub(super) fn check(&self, token: &Jws<'_>) -> Result<(), TokenFlaw> {
        let algorithm = asymmetric(&token.header.alg)?;
        let fits = |key: &&PublicKey| {
            key.algorithms.contains(&algorithm)
                && (token.header.kid.is_none() || key.kid == token.header.kid)
        };
        let mut candidates = self.0.iter().filter(fits).peekable();
        if candidates.peek().is_none() {
            return Err(TokenFlaw::UnknownKey);
        }
        let signed = |key: &PublicKey| {
            let message = token.signed.as_bytes();
            jsonwebtoken::crypto::verify(token.signature, message, &key.key, algorithm)
                .unwrap_or(false)
        };
        match candidates.any(signed) {
            true => Ok(()),
            false => Err(TokenFlaw::Signature),
        }
    }
}

/// The algorithm of a name, if it proves who signed to somebody who could not have.
pub(super) fn asymmetric(name: &str) -> Result<Algorithm, TokenFlaw> {
    match name {
        "RS256" => Ok(Algorithm::RS256),
        "PS256" => Ok(Algorithm::PS256),
        "ES256" => Ok(Algorithm::ES256),
        "EdDSA" => Ok(Algorithm::EdDSA),
        other => Err(TokenFlaw::Algorithm(super::printable(other))),
    }
}

impl PublicKey {
    fn of(jwk: Jwk) -> Option<Self> {
        let for_signatures = jwk.usage.as_deref().is_none_or(|usage| usage == "sig")
            && jwk
                .key_ops
                .as_ref()
                .is_none_or(|ops| ops.iter().any(|op| op == "verify"));
        if !for_signatures {
            return None;
        }
        let (algorithms, key) = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", _) => (
                vec![Algorithm::RS256, Algorithm::PS256],
                DecodingKey::from_rsa_components(jwk.n.as_deref()?, jwk.e.as_deref()?),
            ),
            ("EC", Some("P-256")) => (
                vec![Algorithm::ES256],
                DecodingKey::from_ec_components(jwk.x.as_deref()?, jwk.y.as_deref()?),
            ),
            ("OKP", Some("Ed25519")) => (
                vec![Algorithm::EdDSA],
                DecodingKey::from_ed_components(jwk.x.as_deref()?),
            ),
            _ => return None,
        };
        let algorithms = match jwk.alg.as_deref().map(asymmetric) {
            None => algorithms,
            Some(Ok(only)) => algorithms.into_iter().filter(|it| *it == only).collect(),
            Some(Err(_)) => return None,
        };
        Some(Self {
            kid: jwk.kid,
            algorithms,
            key: key.ok()?,
        })
    }
}
