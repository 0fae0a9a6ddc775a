//! The form of a sealed secret: version, key id, nonce, ciphertext, bound to the name it is stored under.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::key::{Key, KeyRing};
use crate::store::RecordKey;

/// The version of the form below.
const VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;
const HEADER_BYTES: usize = 2 + NONCE_BYTES;

/// Why a secret was not sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SealError {
    Random,
    NoKey,
    Altered,
}

/// Seals under the current key: `version | key id | nonce | ciphertext and tag`.
///
/// The nonce is random: 192 bits do not repeat by chance. The header and the record's name are
/// authenticated, so what was sealed under one name does not open under another.
pub(super) fn seal(
    ring: &KeyRing,
    name: &RecordKey,
    secret: &SecretString,
) -> Result<Vec<u8>, SealError> {
    let key = ring.current();
    let mut sealed = vec![0; HEADER_BYTES];
    sealed[0] = VERSION;
    sealed[1] = key.id;
    getrandom::fill(&mut sealed[2..]).map_err(|_| SealError::Random)?;
    let nonce = nonce_of(&sealed).ok_or(SealError::Random)?;
    let bound = bound_to(&sealed, name);
    let message = Payload {
        msg: secret.expose_secret().as_bytes(),
        aad: &bound,
    };
    // Encryption fails only beyond 256 GB, which no record reaches.
    let ciphertext = cipher(key)
        .encrypt(&nonce, message)
        .map_err(|_| SealError::Altered)?;
    sealed.extend_from_slice(&ciphertext);
    Ok(sealed)
}

/// Opens with whichever key of the ring sealed it.
pub(super) fn open(
    ring: &KeyRing,
    name: &RecordKey,
    sealed: &[u8],
) -> Result<SecretString, SealError> {
    let nonce = nonce_of(sealed)
        .filter(|_| sealed[0] == VERSION)
        .ok_or(SealError::Altered)?;
    let bound = bound_to(sealed, name);
    let mut failure = SealError::NoKey;
    for key in ring.with_id(sealed[1]) {
        let message = Payload {
            msg: &sealed[HEADER_BYTES..],
            aad: &bound,
        };
        failure = SealError::Altered;
        if let Ok(plain) = cipher(key).decrypt(&nonce, message) {
            let plain = Zeroizing::new(plain);
            let text = std::str::from_utf8(&plain).map_err(|_| SealError::Altered)?;
            return Ok(SecretString::from(text));
        }
    }
    Err(failure)
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new((&*key.bytes).into())
}

fn nonce_of(sealed: &[u8]) -> Option<XNonce> {
    let nonce: [u8; NONCE_BYTES] = sealed.get(2..HEADER_BYTES)?.try_into().ok()?;
    Some(nonce.into())
}

fn bound_to(sealed: &[u8], name: &RecordKey) -> Vec<u8> {
    [&sealed[..2], name.as_str().as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "101112131415161718191a1b1c1d1e1f000102030405060708090a0b0c0d0e0f";
    const NEW: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    fn ring(text: &str) -> KeyRing {
        KeyRing::parse(text).unwrap()
    }

    fn name() -> RecordKey {
        RecordKey::new(&["grant", "g1"])
    }

    #[test]
    fn two_seals_of_the_same_secret_share_no_nonce_and_no_ciphertext() {
        let (ring, secret) = (ring(NEW), SecretString::from("s3cret"));
        let (a, b) = (
            seal(&ring, &name(), &secret).unwrap(),
            seal(&ring, &name(), &secret).unwrap(),
        );
        assert_ne!(a[2..HEADER_BYTES], b[2..HEADER_BYTES]);
        assert_ne!(a[HEADER_BYTES..], b[HEADER_BYTES..]);
        assert_eq!(a.len(), HEADER_BYTES + "s3cret".len() + 16);
    }

    #[test]
    fn any_changed_byte_is_refused() {
        let ring = ring(NEW);
        let sealed = seal(&ring, &name(), &SecretString::from("s3cret")).unwrap();
        for at in 0..sealed.len() {
            let mut bent = sealed.clone();
            bent[at] ^= 1;
            assert!(open(&ring, &name(), &bent).is_err(), "byte {at}");
        }
        for length in 0..sealed.len() {
            assert!(
                open(&ring, &name(), &sealed[..length]).is_err(),
                "{length} bytes"
            );
        }
    }

    #[test]
    fn keys_that_share_an_identifier_are_all_tried() {
        let mut twins = ring(&format!("{NEW},{OLD}"));
        let sealed = seal(&ring(OLD), &name(), &SecretString::from("s3cret")).unwrap();
        let id = sealed[1];
        twins.pretend_id(0, id);
        assert_eq!(
            open(&twins, &name(), &sealed).unwrap().expose_secret(),
            "s3cret"
        );
    }
}
