//! What is remembered of a grant, sealed, so that a refresh survives a crash at any moment.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tieout_core::store::RecordKey;

use super::oauth::outlives;
use super::{AccessToken, GrantId, TokenSet};

/// A token with less life than this is renewed before it is used.
pub(super) const FRESH_FOR: TimeDelta = TimeDelta::minutes(2);

/// With less life than this a token is not even used while a renewal does not succeed.
const USABLE_FOR: TimeDelta = TimeDelta::seconds(10);

/// How long an unused refresh token lives.
const REFRESH_TOKEN_LIFE: TimeDelta = TimeDelta::days(60);

/// The version of the stored form.
const VERSION: u32 = 1;

/// The stored form of a grant, sealed at `grant/<id>`.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct GrantRecord {
    /// The version of this form.
    v: u32,
    pub(super) id: GrantId,
    pub(super) client_id: String,
    pub(super) tokens: TokenSet,
    /// A refresh whose answer is not stored: it is in the air, or was lost.
    pub(super) refreshing: Option<Refreshing>,
    pub(super) broken: Option<Broken>,
}

/// A refresh token was sent, and its successor is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Refreshing {
    /// When it was sent for the first time.
    pub(super) since: DateTime<Utc>,
    /// How often it was sent.
    pub(super) attempts: u32,
    /// How often it was then refused.
    pub(super) refusals: u32,
}

/// The grant does not work any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Broken {
    pub(super) since: DateTime<Utc>,
    pub(super) reason: BrokenReason,
}

/// Why a grant does not work any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrokenReason {
    /// Xero refused the refresh token: unused for 60 days, revoked, or used by a copy elsewhere.
    RefreshRefused,
    /// The reply to a refresh was lost, and the token was refused when it was tried again.
    ReplyLost,
    /// No refresh token was ever given: `offline_access` was not granted.
    NoRefreshToken,
    /// It was revoked from here.
    Revoked,
}

impl fmt::Display for BrokenReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RefreshRefused => {
                "its refresh token was refused, since it was unused for 60 days, revoked at Xero, or used by a copy elsewhere"
            }
            Self::ReplyLost => "the reply to a refresh was lost and could not be had again",
            Self::NoRefreshToken => "it has no refresh token, since offline_access was not granted",
            Self::Revoked => "it was revoked from here",
        })
    }
}

/// How a grant stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantStatus {
    /// It works.
    Live {
        /// When its access token dies; it is renewed before.
        expires_at: DateTime<Utc>,
        /// When the grant dies if nobody uses it; a custom connection has no refresh token and never does.
        dies_unused_at: Option<DateTime<Utc>>,
    },
    /// A refresh is under way, or its reply was lost and it is tried again.
    Refreshing {
        /// Since when.
        since: DateTime<Utc>,
        /// How often it was tried.
        attempts: u32,
    },
    /// Somebody must connect again.
    Broken {
        /// Since when.
        since: DateTime<Utc>,
        /// Why.
        reason: BrokenReason,
    },
}

impl GrantRecord {
    pub(super) fn new(id: GrantId, client_id: String, tokens: TokenSet) -> Self {
        Self {
            v: VERSION,
            id,
            client_id,
            tokens,
            refreshing: None,
            broken: None,
        }
    }

    pub(super) fn key(id: &GrantId) -> RecordKey {
        RecordKey::new(&["grant", id.as_str()])
    }

    pub(super) fn parse(secret: &SecretString) -> Option<Self> {
        serde_json::from_str::<Self>(secret.expose_secret())
            .ok()
            .filter(|record| record.v == VERSION)
    }

    /// In clear, for the vault alone.
    pub(super) fn to_secret(&self) -> Result<SecretString, serde_json::Error> {
        serde_json::to_string(self).map(SecretString::from)
    }

    /// The token, if it is good for a while and not the one that was refused.
    pub(super) fn fresh(
        &self,
        now: DateTime<Utc>,
        refused: Option<&AccessToken>,
    ) -> Option<AccessToken> {
        self.token_if(now, refused, FRESH_FOR)
    }

    /// The token, if it is good for one more call and not the one that was refused.
    pub(super) fn usable(
        &self,
        now: DateTime<Utc>,
        refused: Option<&AccessToken>,
    ) -> Option<AccessToken> {
        self.token_if(now, refused, USABLE_FOR)
    }

    /// The present try: the first, or one more with the same refresh token.
    pub(super) fn begin_refresh(&mut self, now: DateTime<Utc>) {
        let before = self.refreshing.unwrap_or(Refreshing {
            since: now,
            attempts: 0,
            refusals: 0,
        });
        self.refreshing = Some(Refreshing {
            attempts: before.attempts + 1,
            ..before
        });
    }

    pub(super) fn status(&self) -> GrantStatus {
        match (self.broken, self.refreshing) {
            (Some(Broken { since, reason }), _) => GrantStatus::Broken { since, reason },
            (
                None,
                Some(Refreshing {
                    since, attempts, ..
                }),
            ) => GrantStatus::Refreshing { since, attempts },
            (None, None) => GrantStatus::Live {
                expires_at: self.tokens.expires_at,
                dies_unused_at: self
                    .tokens
                    .refresh_token
                    .as_ref()
                    .map(|_| self.tokens.issued_at + REFRESH_TOKEN_LIFE),
            },
        }
    }

    fn token_if(
        &self,
        now: DateTime<Utc>,
        refused: Option<&AccessToken>,
        least: TimeDelta,
    ) -> Option<AccessToken> {
        let token = self.tokens.access();
        (self.broken.is_none()
            && outlives(self.tokens.expires_at, now, least)
            && refused != Some(&token))
        .then_some(token)
    }
}
