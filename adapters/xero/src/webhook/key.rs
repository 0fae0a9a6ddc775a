//! Whether a body was signed by Xero: HMAC-SHA256 over the raw bytes, under one of the keys that are in use.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// Keys at once: the one in use, and the next while it is being changed.
const KEYS_MAX: usize = 8;

/// The signing keys of a webhook, as its page at Xero shows them.
///
/// A key is used as the text that it is, although it looks like base64. While it is being changed, the old and
/// the new one are both given here, since nothing says which of them a delivery is signed with.
#[derive(Clone, Debug)]
pub struct WebhookKeys(Vec<SecretString>);

/// The keys cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// There is none.
    #[error("no webhook key: copy it from the app's webhooks at Xero")]
    None,
    /// One is empty.
    #[error("a webhook key is empty")]
    Empty,
    /// There are too many.
    #[error("more than {KEYS_MAX} webhook keys")]
    TooMany,
}

impl WebhookKeys {
    /// The keys in use; space around them is dropped.
    ///
    /// # Errors
    ///
    /// When there is none, one is empty, or there are more than anybody needs.
    pub fn new(keys: &[SecretString]) -> Result<Self, KeyError> {
        match keys.len() {
            0 => return Err(KeyError::None),
            count if count > KEYS_MAX => return Err(KeyError::TooMany),
            _ => {}
        }
        let trimmed: Vec<SecretString> = keys
            .iter()
            .map(|key| SecretString::from(key.expose_secret().trim()))
            .collect();
        match trimmed.iter().any(|key| key.expose_secret().is_empty()) {
            true => Err(KeyError::Empty),
            false => Ok(Self(trimmed)),
        }
    }

    /// Whether a signature, in base64, is that of a body. Takes the same time whichever key fits and wherever
    /// the signature differs.
    #[must_use]
    pub fn have_signed(&self, body: &[u8], signature: &[u8]) -> bool {
        let Ok(signature) = STANDARD.decode(signature.trim_ascii()) else {
            return false;
        };
        // Every key is tried, so that the time does not tell which one fits.
        self.0.iter().fold(false, |fits, key| {
            let mac = mac(key.expose_secret().as_bytes(), body);
            fits | mac.verify_slice(&signature).is_ok()
        })
    }
}

fn mac(key: &[u8], message: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key)
        .expect("HMAC takes keys of any length")
        .chain_update(message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::hex;

    #[test]
    fn the_published_vectors_come_out() {
        // RFC 4231, test cases 1, 2 and 6.
        for (key, message, mac) in [
            (
                vec![0x0b; 20],
                "Hi There",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                b"Jefe".to_vec(),
                "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                vec![0xaa; 131],
                "Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ] {
            let made = super::mac(&key, message.as_bytes()).finalize().into_bytes();
            assert_eq!(hex(&made), mac);
        }
    }

    #[test]
    fn keys_never_show_and_must_be_there() {
        let keys = |texts: &[&str]| {
            WebhookKeys::new(
                &texts
                    .iter()
                    .map(|&text| SecretString::from(text))
                    .collect::<Vec<_>>(),
            )
        };
        assert!(!format!("{:?}", keys(&["hidden"]).unwrap()).contains("hidden"));
        assert_eq!(keys(&[]).unwrap_err(), KeyError::None);
        assert_eq!(keys(&["a", " "]).unwrap_err(), KeyError::Empty);
        assert_eq!(keys(&["a"; 9]).unwrap_err(), KeyError::TooMany);
    }
}
