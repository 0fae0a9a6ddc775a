//! How random secrets are made, written, told apart and remembered without being kept.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::Fault;

/// Bytes of a secret: nobody guesses 256 bits, so a plain hash of one needs no salt and no slowness.
const BYTES: usize = 32;

/// A random secret. Never prints, and leaves no copy in memory when it goes.
pub(crate) struct Secret(Zeroizing<[u8; BYTES]>);

/// What a secret is for: the same bytes have another mark for another purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Session,
    Link,
    Key,
}

impl Purpose {
    /// The stored forms hang on these words.
    fn context(self) -> &'static str {
        match self {
            Self::Session => "tieout session 1",
            Self::Link => "tieout sign-in link 1",
            Self::Key => "tieout api key 1",
        }
    }
}

impl Secret {
    /// A new one that nobody knows.
    pub(crate) fn random() -> Result<Self, Fault> {
        let mut bytes = Zeroizing::new([0; BYTES]);
        getrandom::fill(bytes.as_mut_slice()).map_err(|_| Fault::Random)?;
        Ok(Self(bytes))
    }

    pub(crate) fn from_bytes(bytes: [u8; BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The secret of a text that [`Self::to_text`] wrote; `None` for any other text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let decoded = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).ok()?);
        let bytes: [u8; BYTES] = decoded.as_slice().try_into().ok()?;
        Some(Self::from_bytes(bytes))
    }

    /// 43 characters that a cookie and a path carry as they are.
    pub(crate) fn to_text(&self) -> SecretString {
        SecretString::from(URL_SAFE_NO_PAD.encode(self.0.as_slice()))
    }

    pub(crate) fn bytes(&self) -> &[u8; BYTES] {
        &self.0
    }

    /// Under which name the secret is remembered, in 64 digits: it leads from the secret to the record and not back.
    pub(crate) fn mark(&self, purpose: Purpose) -> String {
        let hash = Sha256::new()
            .chain_update(purpose.context())
            .chain_update([0])
            .chain_update(self.0.as_slice());
        hex(&hash.finalize())
    }

    /// Another secret that only this one leads to.
    pub(crate) fn derive(&self, context: &str) -> SecretString {
        SecretString::from(URL_SAFE_NO_PAD.encode(mac(self.0.as_slice(), context.as_bytes())))
    }
}

/// Whether two texts are equal, in a time that does not tell where they differ.
pub fn same(left: &str, right: &str) -> bool {
    const CONTEXT: &[u8] = b"tieout comparison 1";
    let expected = mac(CONTEXT, right.as_bytes());
    mac_of(CONTEXT, left.as_bytes())
        .verify_slice(&expected)
        .is_ok()
}

/// HMAC-SHA256.
pub(crate) fn mac(key: &[u8], message: &[u8]) -> [u8; 32] {
    mac_of(key, message).finalize().into_bytes().into()
}

pub(crate) fn mac_of(key: &[u8], message: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message);
    mac
}

/// The SHA-256 of several words, in 64 digits, for names of records: longer words than a name takes have a place too.
pub(crate) fn name_of(words: &[&str]) -> String {
    let mut hash = Sha256::new();
    for word in words {
        hash.update(word.as_bytes());
        hash.update([0]);
    }
    hex(&hash.finalize())
}

/// Bytes in lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("writing into a String does not fail");
    }
    text
}
