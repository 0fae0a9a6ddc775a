//! What tokens look like: three parts as a JWT has, signed with a key that everyone may know.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::webhooks::signature::hmac_sha256;

const KEY: &[u8] = b"tieout sandbox: this key protects nothing";

/// Writes claims as a token signed with HMAC-SHA256.
#[must_use]
pub fn sign(claims: &Value) -> String {
    let header = URL_SAFE_NO_PAD.encode(br#"{"alg":"HS256","kid":"sandbox","typ":"JWT"}"#);
    let payload = URL_SAFE_NO_PAD.encode(claims.to_string());
    let signed = format!("{header}.{payload}");
    let signature = URL_SAFE_NO_PAD.encode(hmac_sha256(KEY, signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// The code challenge that belongs to a PKCE verifier, method S256.
#[must_use]
pub fn s256(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}
