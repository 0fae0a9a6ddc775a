//! Which of the usual mistakes explains a signature that does not fit, for whoever writes the product.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice};
use sha2::Sha256;

/// What was signed with the signatures that came.
pub(super) struct Signed<'a> {
    pub(super) id: &'a str,
    pub(super) timestamp: &'a str,
    pub(super) body: &'a [u8],
    /// The header as it came.
    pub(super) signatures: &'a str,
}

/// How the mistake is mended, if it is one of the usual ones.
pub(super) fn mistake(secret: &SecretSlice<u8>, signed: &Signed<'_>) -> Option<String> {
    let Signed {
        id,
        timestamp,
        body,
        signatures,
    } = signed;
    let key = secret.expose_secret();
    let padded = STANDARD.encode(key);
    let bare = STANDARD_NO_PAD.encode(key);
    let text = "take the base64 after `whsec_` decoded as the key, not the text itself";
    let keys: [(Vec<u8>, &str); 5] = [
        (key.to_vec(), ""),
        (format!("whsec_{padded}").into_bytes(), text),
        (padded.into_bytes(), text),
        (format!("whsec_{bare}").into_bytes(), text),
        (bare.into_bytes(), text),
    ];
    let all = "sign `webhook-id.webhook-timestamp.BODY`, with dots between";
    let prefixes = [
        (format!("{id}.{timestamp}."), ""),
        (format!("{timestamp}."), all),
        (format!("{id}."), all),
        (format!("{id}{timestamp}"), all),
        (String::new(), all),
    ];
    for (key, of_key) in &keys {
        for (prefix, of_content) in &prefixes {
            let mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
            let mac = mac.chain_update(prefix).chain_update(body);
            let mac = mac.finalize().into_bytes();
            for given in signatures.split_ascii_whitespace() {
                let Some(of_form) = form(given, &mac) else {
                    continue;
                };
                let mut mend = vec![of_form, *of_content, *of_key];
                mend.retain(|part| !part.is_empty());
                return Some(mend.join("; "));
            }
        }
    }
    None
}

/// In which form a signature is the given one; an empty text for the right form.
fn form(given: &str, mac: &[u8]) -> Option<&'static str> {
    let hex: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
    let versioned = given.strip_prefix("v1,");
    let plain = versioned.unwrap_or(given);
    let plain = plain.strip_prefix("sha256=").unwrap_or(plain);
    let is_base64 = plain.trim_end_matches('=') == STANDARD_NO_PAD.encode(mac);
    match (versioned, is_base64, plain.eq_ignore_ascii_case(&hex)) {
        (Some(_), true, _) => Some(""),
        (None, true, _) => Some("write `v1,` before the signature"),
        (_, false, true) => Some("write `v1,` and the signature in base64, not in hexadecimal"),
        (_, false, false) => None,
    }
}
