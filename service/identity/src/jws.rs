//! How a signed token is taken apart, before anybody has said that its signature is right.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// Largest token that is looked at, in bytes. Groups make ID tokens long.
const TOKEN_BYTES_MAX: usize = 64 * 1024;

/// A token in the compact form of RFC 7515. Nothing in it is true yet.
pub(crate) struct Jws<'a> {
    pub(crate) header: JwsHeader,
    /// The decoded payload.
    pub(crate) payload: Vec<u8>,
    /// What the signature is over.
    pub(crate) signed: &'a str,
    /// The signature as it stands in the token.
    pub(crate) signature: &'a str,
}

/// What a token says of its own signature.
#[derive(Deserialize)]
pub(crate) struct JwsHeader {
    pub(crate) alg: String,
    #[serde(default)]
    pub(crate) kid: Option<String>,
    /// Extensions that must be understood; none is.
    #[serde(default)]
    pub(crate) crit: Option<serde_json::Value>,
}

impl<'a> Jws<'a> {
    /// The parts of a token; `None` where it is none.
    pub(crate) fn split(token: &'a str) -> Option<Self> {
        if token.len() > TOKEN_BYTES_MAX {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        if payload.contains('.') {
            return None;
        }
        let header = URL_SAFE_NO_PAD.decode(header).ok()?;
        Some(Self {
            header: serde_json::from_slice(&header).ok()?,
            payload: URL_SAFE_NO_PAD.decode(payload).ok()?,
            signed,
            signature,
        })
    }
}

/// A moment of a token in whole seconds: some providers write them with a fraction.
pub(crate) fn seconds(claim: Option<&serde_json::Value>) -> Option<i64> {
    let text = claim?.as_number()?.to_string();
    let whole = text
        .split_once('.')
        .map_or(text.as_str(), |(whole, _)| whole);
    whole.parse().ok()
}
