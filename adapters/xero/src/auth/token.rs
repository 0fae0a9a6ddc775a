//! What a token set holds, and what may be read in it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use uuid::Uuid;

/// One consent and the tokens that came of it. It can serve several connections.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GrantId(String);

impl GrantId {
    /// A new one that nobody has.
    #[must_use]
    pub fn fresh() -> Self {
        Self(Uuid::new_v4().to_string())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Uuid> for GrantId {
    fn from(id: Uuid) -> Self {
        Self(id.to_string())
    }
}

impl fmt::Display for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What opens the API for half an hour. Never prints.
#[derive(Clone)]
pub struct AccessToken(SecretString);

impl AccessToken {
    pub(super) fn new(secret: SecretString) -> Self {
        Self(secret)
    }

    /// The value of an `Authorization` header; `None` for a token that no header can carry.
    #[must_use]
    pub fn header(&self) -> Option<http::HeaderValue> {
        let mut value =
            http::HeaderValue::try_from(format!("Bearer {}", self.0.expose_secret())).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl PartialEq for AccessToken {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

impl Eq for AccessToken {}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken([redacted])")
    }
}

/// What the token endpoint answered. Its stored form holds the secrets in clear and only ever goes into a vault.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TokenSet {
    #[serde(serialize_with = "in_clear")]
    pub(super) access_token: SecretString,
    #[serde(serialize_with = "in_clear_if_any")]
    pub(super) refresh_token: Option<SecretString>,
    pub(super) issued_at: DateTime<Utc>,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) scopes: Vec<String>,
    pub(super) auth_event_id: Option<Uuid>,
    pub(super) user_id: Option<String>,
    pub(super) email: Option<String>,
}

impl TokenSet {
    /// The token for the API.
    #[must_use]
    pub fn access(&self) -> AccessToken {
        AccessToken::new(self.access_token.clone())
    }

    /// When the access token dies.
    #[must_use]
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at
    }

    /// What was granted; empty when Xero did not say.
    #[must_use]
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// The consent from which this came, as the `authEventId` of the connections chosen in it.
    #[must_use]
    pub fn auth_event_id(&self) -> Option<Uuid> {
        self.auth_event_id
    }

    /// The e-mail address of whoever consented, when `openid` and `email` were granted.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    /// Keeps from an older set what a refresh does not repeat, and the consent that it goes back to.
    pub(super) fn inherit(&mut self, older: &Self) {
        self.refresh_token = self
            .refresh_token
            .take()
            .or_else(|| older.refresh_token.clone());
        self.auth_event_id = older.auth_event_id.or(self.auth_event_id);
        self.user_id = self.user_id.take().or_else(|| older.user_id.clone());
        self.email = self.email.take().or_else(|| older.email.clone());
        if self.scopes.is_empty() {
            self.scopes.clone_from(&older.scopes);
        }
    }
}

/// What is read in a token. Every claim is optional: the list is not promised anywhere.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Claims {
    pub(super) authentication_event_id: Option<Uuid>,
    pub(super) xero_userid: Option<String>,
    pub(super) email: Option<String>,
}

impl Claims {
    /// The claims of a token that came straight from the token endpoint over TLS, which is why its signature need not be checked.
    pub(super) fn read(token: &str) -> Self {
        token
            .split('.')
            .nth(1)
            .and_then(|part| URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok())
            .and_then(|json| serde_json::from_slice(&json).ok())
            .unwrap_or_default()
    }
}

fn in_clear<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

#[expect(clippy::ref_option, reason = "serde hands the field over like this")]
fn in_clear_if_any<S: Serializer>(
    secret: &Option<SecretString>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match secret {
        Some(secret) => serializer.serialize_some(secret.expose_secret()),
        None => serializer.serialize_none(),
    }
}
