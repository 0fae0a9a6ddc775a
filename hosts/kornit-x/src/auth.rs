//! Whether a push was signed by the product: HMAC-SHA256 over its content as it was sent.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// The header of the signature.
pub const SIGNATURE: &str = "x-customgateway-hmac";
/// Bytes of a signature.
const DIGEST_BYTES: usize = 32;

static STANDARD: GeneralPurpose = tolerant(&alphabet::STANDARD);
static URL_SAFE: GeneralPurpose = tolerant(&alphabet::URL_SAFE);

const fn tolerant(alphabet: &alphabet::Alphabet) -> GeneralPurpose {
    let padding = DecodePaddingMode::Indifferent;
    GeneralPurpose::new(
        alphabet,
        GeneralPurposeConfig::new().with_decode_padding_mode(padding),
    )
}

/// The keys by which pushes are signed: several while one replaces another, separated by commas.
pub(crate) fn keys(text: &SecretString) -> Vec<SecretString> {
    let parts = text.expose_secret().split(',').map(str::trim);
    parts
        .filter(|key| !key.is_empty())
        .map(SecretString::from)
        .collect()
}

/// Refuses a push that was not signed with one of the keys, and says why for our log.
///
/// How the product spells the digest is not documented, so hexadecimal and base64 are both taken.
pub(crate) fn verify(
    keys: &[SecretString],
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), &'static str> {
    let mut values = headers.get_all(SIGNATURE).iter();
    let value = values.next().ok_or("it carries no X-CustomGateway-Hmac")?;
    if values.next().is_some() {
        return Err("it carries X-CustomGateway-Hmac twice");
    }
    let text = value.to_str().unwrap_or_default().trim();
    let told = digest(text).ok_or("its X-CustomGateway-Hmac is neither hexadecimal nor base64")?;
    // Every key is tried, whichever fits, and each in constant time.
    let fitting = keys.iter().filter(|key| is_signed(key, body, &told));
    match fitting.count() {
        0 => Err("its X-CustomGateway-Hmac was made with another key, or of other content"),
        _ => Ok(()),
    }
}

fn is_signed(key: &SecretString, body: &[u8], told: &[u8]) -> bool {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose_secret().as_bytes())
        .expect("HMAC takes keys of any length");
    mac.update(body);
    mac.verify_slice(told).is_ok()
}

fn digest(text: &str) -> Option<Vec<u8>> {
    let text = text.strip_prefix("sha256=").unwrap_or(text);
    let of_base64 = |engine: &GeneralPurpose| engine.decode(text).ok();
    let bytes = hexadecimal(text)
        .or_else(|| of_base64(&STANDARD))
        .or_else(|| of_base64(&URL_SAFE))?;
    (bytes.len() == DIGEST_BYTES).then_some(bytes)
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    if text.len() != 2 * DIGEST_BYTES {
        return None;
    }
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(16)).collect();
    digits?
        .chunks(2)
        .map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok())
        .collect()
}
