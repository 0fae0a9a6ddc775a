//! Which keys seal and open secrets: how they are written, made and told apart.

use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use secrecy::SecretString;
use zeroize::{Zeroize, Zeroizing};

/// Bytes of a key.
pub(super) const KEY_BYTES: usize = 32;

/// Keys of one ring; more say that old ones are never retired.
const KEYS_MAX: usize = 16;

/// Separates the identifier of a key from every other use of the same hash.
const KEY_ID_CONTEXT: &str = "tieout vault key id 1";

const PADDING_OPTIONAL: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, PADDING_OPTIONAL);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, PADDING_OPTIONAL);

/// The keys of a vault: the first one seals, all of them open.
pub struct KeyRing {
    keys: Vec<Key>,
}

/// One key. Never prints and leaves no copy in memory when it goes.
pub(super) struct Key {
    /// Read off the key itself, so that it need not be configured. Two keys may share it.
    pub(super) id: u8,
    pub(super) bytes: Zeroizing<[u8; KEY_BYTES]>,
}

/// Why a text is no key ring. Never holds the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// There is no key in the text.
    #[error("no key is given: 32 random bytes as 64 hexadecimal digits or in base64 are needed")]
    Empty,
    /// One of the keys has another form.
    #[error(
        "key {position} is not 32 bytes in hexadecimal (64 digits) or base64 (44 characters): it has {length} characters"
    )]
    Malformed {
        /// Its position, from 1.
        position: usize,
        /// Its length.
        length: usize,
    },
    /// One of the keys is the same byte again and again, as in an example file.
    #[error("key {position} is a placeholder, not a random key")]
    Placeholder {
        /// Its position, from 1.
        position: usize,
    },
    /// Two keys are the same.
    #[error("key {position} stands in the ring twice")]
    Repeated {
        /// The position of the second, from 1.
        position: usize,
    },
    /// There are more keys than a ring takes.
    #[error("a ring takes {KEYS_MAX} keys, these are {0}")]
    TooMany(usize),
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    Random,
}

impl KeyRing {
    /// The ring of a text: keys separated by commas or white space, the current one first.
    ///
    /// A key is 32 bytes as 64 hexadecimal digits, or in base64 of either alphabet, with or without
    /// padding. To rotate, put the new key in front and keep the old one until nothing is sealed with it.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let words = text
            .split(|c: char| c == ',' || c.is_whitespace())
            .filter(|word| !word.is_empty());
        let mut keys: Vec<Key> = Vec::new();
        for (index, word) in words.enumerate() {
            let key = Key::parse(word, index + 1)?;
            if keys.iter().any(|known| known.bytes == key.bytes) {
                return Err(KeyError::Repeated {
                    position: index + 1,
                });
            }
            keys.push(key);
        }
        match keys.len() {
            0 => Err(KeyError::Empty),
            count if count > KEYS_MAX => Err(KeyError::TooMany(count)),
            _ => Ok(Self { keys }),
        }
    }

    /// A ring of one new random key. Keep [`KeyRing::to_text`] where the store is not, or all is lost.
    pub fn generate() -> Result<Self, KeyError> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        getrandom::fill(bytes.as_mut_slice()).map_err(|_| KeyError::Random)?;
        Ok(Self {
            keys: vec![Key::new(bytes)],
        })
    }

    /// The keys as [`KeyRing::parse`] reads them, one a line.
    #[must_use]
    pub fn to_text(&self) -> SecretString {
        let mut text = String::new();
        for key in &self.keys {
            STANDARD.encode_string(key.bytes.as_slice(), &mut text);
            text.push('\n');
        }
        let secret = SecretString::from(text.as_str());
        text.zeroize();
        secret
    }

    /// The key that seals.
    pub(super) fn current(&self) -> &Key {
        self.keys
            .first()
            .expect("a ring is made with at least one key")
    }

    /// The keys that may have sealed under this identifier.
    pub(super) fn with_id(&self, id: u8) -> impl Iterator<Item = &Key> {
        self.keys.iter().filter(move |key| key.id == id)
    }
}

#[cfg(test)]
impl KeyRing {
    /// Two random keys share an identifier once in 256 times; a test cannot wait for that.
    pub(super) fn pretend_id(&mut self, index: usize, id: u8) {
        self.keys[index].id = id;
    }
}

impl Key {
    fn new(bytes: Zeroizing<[u8; KEY_BYTES]>) -> Self {
        let id = blake3::derive_key(KEY_ID_CONTEXT, bytes.as_slice())[0];
        Self { id, bytes }
    }

    fn parse(word: &str, position: usize) -> Result<Self, KeyError> {
        let malformed = || KeyError::Malformed {
            position,
            length: word.chars().count(),
        };
        let bytes = match word.len() {
            64 => from_hex(word.as_bytes()),
            43 | 44 => from_base64(word),
            _ => None,
        };
        let bytes = bytes.ok_or_else(malformed)?;
        if bytes.iter().all(|byte| *byte == bytes[0]) {
            return Err(KeyError::Placeholder { position });
        }
        Ok(Self::new(bytes))
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing({} keys)", self.keys.len())
    }
}

fn from_hex(digits: &[u8]) -> Option<Zeroizing<[u8; KEY_BYTES]>> {
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |at: usize| {
            char::from(pair[at])
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        };
        *byte = digit(0)? << 4 | digit(1)?;
    }
    Some(bytes)
}

fn from_base64(word: &str) -> Option<Zeroizing<[u8; KEY_BYTES]>> {
    // The decoder estimates its output in whole groups of three, so it wants room for 33.
    let mut decoded = Zeroizing::new([0; KEY_BYTES + 1]);
    let length = STANDARD
        .decode_slice(word, decoded.as_mut_slice())
        .or_else(|_| URL_SAFE.decode_slice(word, decoded.as_mut_slice()))
        .ok()?;
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    (length == KEY_BYTES).then(|| bytes.copy_from_slice(&decoded[..KEY_BYTES]))?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    const BASE64: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    #[test]
    fn the_same_key_reads_from_hexadecimal_and_from_either_base64() {
        let key = |text: &str| *KeyRing::parse(text).unwrap().current().bytes;
        assert_eq!(key(HEX), key(BASE64));
        assert_eq!(key(&HEX.to_uppercase()), key(BASE64.trim_end_matches('=')));
        let slashes = "_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-8=";
        assert_eq!(
            key(slashes),
            key(&slashes.replace('_', "/").replace('-', "+"))
        );
    }

    #[test]
    fn a_bad_key_is_refused_by_position_and_length_and_never_shown() {
        let secret = "hunter2hunter2hunter2";
        let error = KeyRing::parse(&format!("{HEX}\n{secret}")).unwrap_err();
        assert_eq!(
            error,
            KeyError::Malformed {
                position: 2,
                length: 21
            }
        );
        assert!(!format!("{error} {error:?}").contains("hunter2"));
        for bad in [
            &HEX[..63],
            &HEX.replace('0', "g"),
            "é".repeat(32).as_str(),
            &"=".repeat(44),
        ] {
            assert!(
                matches!(
                    KeyRing::parse(bad),
                    Err(KeyError::Malformed { position: 1, .. })
                ),
                "{bad}"
            );
        }
    }

    #[test]
    fn placeholders_repeats_and_nothing_are_no_keys() {
        assert_eq!(KeyRing::parse(" ,\n").unwrap_err(), KeyError::Empty);
        assert_eq!(
            KeyRing::parse(&"0".repeat(64)).unwrap_err(),
            KeyError::Placeholder { position: 1 }
        );
        let twice = KeyRing::parse(&format!("{HEX},{BASE64}")).unwrap_err();
        assert_eq!(twice, KeyError::Repeated { position: 2 });
    }

    #[test]
    fn a_generated_ring_survives_its_own_text_and_never_prints() {
        let ring = KeyRing::generate().unwrap();
        let text = ring.to_text();
        let again = KeyRing::parse(text.expose_secret()).unwrap();
        assert_eq!(ring.current().bytes, again.current().bytes);
        assert_ne!(
            ring.current().bytes,
            KeyRing::generate().unwrap().current().bytes
        );
        assert_eq!(format!("{ring:?}"), "KeyRing(1 keys)");
    }
}
