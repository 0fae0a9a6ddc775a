//! Whether the product signed what arrived: Standard Webhooks 1.0, under one of the secrets that are in use.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use sha2::Sha256;

use super::mistake::{Signed, mistake};

/// Secrets at once: the one in use, and the next while it is being changed.
const SECRETS_MAX: usize = 8;
/// The standard asks for 24 to 64 bytes; its own published example has 22.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 16..=128;
/// Signatures in one header: more than a product needs that changes its secret.
const SIGNATURES_MAX: usize = 16;
/// How far the clocks of the two sides may be apart, and how long a push may be on its way.
const TOLERANCE_S: u64 = 300;

/// Padded or not: products write both.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The secrets that a product signs with, as `whsec_` and base64, several with commas between.
pub(crate) struct Secrets(Vec<SecretSlice<u8>>);

impl Secrets {
    /// The secrets of the configuration, or why they are none. Never shows them.
    pub(crate) fn parse(text: &SecretString) -> Result<Self, String> {
        let one = |part: &str| {
            let bytes = part
                .trim()
                .strip_prefix("whsec_")
                .and_then(|base64| BASE64.decode(base64).ok())
                .filter(|bytes| SECRET_BYTES.contains(&bytes.len()));
            bytes.map(SecretSlice::from).ok_or_else(|| {
                format!(
                    "must be `whsec_` and {} to {} bytes in base64, or several of them with commas between",
                    SECRET_BYTES.start(),
                    SECRET_BYTES.end()
                )
            })
        };
        let secrets: Vec<_> = text
            .expose_secret()
            .split(',')
            .map(one)
            .collect::<Result<_, _>>()?;
        match secrets.len() {
            0..=SECRETS_MAX => Ok(Self(secrets)),
            _ => Err(format!("must be at most {SECRETS_MAX} secrets")),
        }
    }

    /// Fails unless one of the signatures is that of the content under one of the secrets, made about now.
    ///
    /// Takes the same time whichever secret fits and wherever a signature differs.
    pub(crate) fn verify(
        &self,
        headers: &HeaderMap,
        body: &Bytes,
        now: DateTime<Utc>,
    ) -> Result<(), String> {
        let id = text(headers, "webhook-id")?;
        let timestamp = text(headers, "webhook-timestamp")?;
        let signatures = text(headers, "webhook-signature")?;
        let made_at: i64 = timestamp
            .parse()
            .map_err(|_| "`webhook-timestamp` holds no seconds".to_owned())?;
        // A push that somebody recorded is worth nothing later.
        if now.timestamp().abs_diff(made_at) > TOLERANCE_S {
            return Err(format!(
                "`webhook-timestamp` is {made_at}, and here it is {}: more than {TOLERANCE_S} s apart",
                now.timestamp()
            ));
        }
        let versioned = signatures
            .split_ascii_whitespace()
            .take(SIGNATURES_MAX)
            .filter_map(|signature| signature.strip_prefix("v1,"))
            .filter_map(|signature| BASE64.decode(signature).ok());
        let mut fits = false;
        for signature in versioned {
            for secret in &self.0 {
                let mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret())
                    .expect("HMAC takes keys of any length")
                    .chain_update(id)
                    .chain_update(b".")
                    .chain_update(timestamp)
                    .chain_update(b".")
                    .chain_update(body);
                fits |= mac.verify_slice(&signature).is_ok();
            }
        }
        match fits {
            true => Ok(()),
            false => Err("no `v1` signature fits a secret of `webhook_secret`".to_owned()),
        }
    }

    /// How a signature that does not fit is mended, if it is wrong in one of the usual ways. For whoever has the secret:
    /// never for the answer to a push.
    pub(crate) fn mistake(&self, headers: &HeaderMap, body: &Bytes) -> Option<String> {
        let signed = Signed {
            id: text(headers, "webhook-id").ok()?,
            timestamp: text(headers, "webhook-timestamp").ok()?,
            signatures: text(headers, "webhook-signature").ok()?,
            body,
        };
        let mend = self.0.iter().find_map(|secret| mistake(secret, &signed));
        mend.filter(|mend| !mend.is_empty())
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, String> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value
            .to_str()
            .ok()
            .filter(|text| !text.is_empty())
            .ok_or_else(|| format!("`{name}` holds no text")),
        (None, _) => Err(format!("`{name}` is missing")),
        (Some(_), Some(_)) => Err(format!("`{name}` stands twice")),
    }
}
