//! What tokens look like: three parts as a JWT has, signed with a key that everyone may know.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest, Sha256};

const KEY: &[u8] = b"tieout sandbox: this key protects nothing";
const BLOCK_BYTES: usize = 64;

/// Writes claims as a token signed with HMAC-SHA256.
#[must_use]
pub fn sign(claims: &Value) -> String {
    let header = URL_SAFE_NO_PAD.encode(br#"{"alg":"HS256","kid":"sandbox","typ":"JWT"}"#);
    let payload = URL_SAFE_NO_PAD.encode(claims.to_string());
    let signed = format!("{header}.{payload}");
    let signature = URL_SAFE_NO_PAD.encode(hmac_sha256(signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// The code challenge that belongs to a PKCE verifier, method S256.
#[must_use]
pub fn s256(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

fn hmac_sha256(message: &[u8]) -> Vec<u8> {
    let mut inner = [0x36_u8; BLOCK_BYTES];
    let mut outer = [0x5c_u8; BLOCK_BYTES];
    for (at, byte) in KEY.iter().enumerate() {
        inner[at] ^= byte;
        outer[at] ^= byte;
    }
    let first = Sha256::new()
        .chain_update(inner)
        .chain_update(message)
        .finalize();
    Sha256::new()
        .chain_update(outer)
        .chain_update(first)
        .finalize()
        .to_vec()
}
