//! What can go wrong with access to Xero, and what to do about each.

use chrono::{DateTime, Utc};
use tieout_core::provider::{ErrorKind, ProviderError};
use tieout_core::store::StoreError;
use tieout_core::transport::TransportError;
use tieout_core::vault::VaultError;

use super::{BrokenReason, GrantId};

/// Access that was not given, or was lost.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// Token endpoint: `invalid_request`.
    #[error("xero did not understand the token request")]
    RequestMalformed,
    /// Token endpoint: `invalid_client`.
    #[error("xero does not know this client id with this secret")]
    ClientRefused,
    /// Token endpoint: `invalid_grant` for a code.
    #[error("xero did not accept the consent's code")]
    CodeRefused,
    /// Token endpoint: `unsupported_grant_type`.
    #[error("xero does not support this way of granting access")]
    GrantTypeRefused,
    /// Token endpoint: `invalid_scope`.
    #[error("the app may not ask for one of the scopes")]
    ScopeRefused,
    /// Token endpoint: `unauthorized_client`.
    #[error("this kind of app may not be granted access in this way")]
    AppTypeRefused,
    /// Token endpoint: an error word that we do not know.
    #[error("xero refused the token request: {0}")]
    Refused(String),
    /// Redirect: `access_denied`.
    #[error("the consent was refused")]
    ConsentRefused,
    /// Redirect: any other error.
    #[error("xero ended the consent with {0}")]
    ConsentFailed(String),
    /// Redirect: the state is not the one that was sent, so the answer belongs to another consent.
    #[error("the answer does not belong to the consent that was begun here")]
    StateMismatch,
    /// Redirect: neither a code nor an error.
    #[error("the answer of the consent has no code")]
    CodeMissing,
    /// Redirect: it came too late.
    #[error("the consent was begun too long ago")]
    ConsentExpired,
    /// The grant does not work any more: its refresh token was refused for good.
    #[error("the grant {grant} has not worked since {since}: {reason}")]
    GrantBroken {
        /// The grant.
        grant: GrantId,
        /// Since when.
        since: DateTime<Utc>,
        /// Why.
        reason: BrokenReason,
    },
    /// No such grant is stored.
    #[error("there is no grant {0}")]
    UnknownGrant(GrantId),
    /// The grant was given to another app.
    #[error("the grant {0} belongs to another client id")]
    OtherApp(GrantId),
    /// API 401: the token is expired or invalid, although it should not be.
    #[error("xero did not accept the access token")]
    TokenRefused,
    /// API 401 or 403: a scope is missing.
    #[error("the grant lacks a scope")]
    ScopeMissing,
    /// API 403: the organisation is not open to this grant.
    #[error("the organisation is not open to this grant")]
    TenantRefused,
    /// Xero could not be asked; nothing was changed.
    #[error("xero's sign-in service could not be asked")]
    Unavailable {
        /// When to try again.
        retry_at: DateTime<Utc>,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The reply to a refresh was lost. The same refresh token is tried again for half an hour.
    #[error("the reply to a refresh of the grant is missing since {since}")]
    RefreshUnsure {
        /// When the refresh token was first sent.
        since: DateTime<Utc>,
        /// When to try again.
        retry_at: DateTime<Utc>,
    },
    /// Another node is refreshing the grant and is not done.
    #[error("another node is refreshing the grant")]
    RefreshingElsewhere {
        /// When to try again.
        retry_at: DateTime<Utc>,
    },
    /// Xero answered something that cannot be understood.
    #[error("the answer of {what} cannot be understood")]
    BadReply {
        /// Which answer.
        what: &'static str,
    },
    /// The vault failed.
    #[error("the grant could not be read or stored")]
    Vault(#[from] VaultError),
    /// The store failed.
    #[error("the grant could not be stored")]
    Store(#[from] StoreError),
}

impl AuthError {
    /// The access error behind a transport's error, if that is the cause.
    #[must_use]
    pub fn of(error: &TransportError) -> Option<&Self> {
        match error {
            TransportError::NotSent(source) => source.downcast_ref(),
            TransportError::ReplyLost(_) | TransportError::ReplyTooLarge { .. } => None,
        }
    }

    /// What a person should do now, as one sentence.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::RequestMalformed => {
                "check that client_id is set; if it is, report this as a fault of tieout"
            }
            Self::ClientRefused => {
                "compare client_id and client_secret with the app's settings at Xero; a new secret there ends the old one"
            }
            Self::CodeRefused => {
                "begin again: a code works once and for five minutes, and only with the same redirect_uri"
            }
            Self::GrantTypeRefused => {
                "set grant to authorization_code for a web app, to client_credentials for a custom connection"
            }
            Self::ScopeRefused => {
                "compare scopes with those of the app: apps made since March 2026 know only the granular ones, a custom connection only those ticked for it"
            }
            Self::AppTypeRefused => {
                "set grant to what the app is: client_credentials is for custom connections, authorization_code for the others"
            }
            Self::Refused(_) => "look the word up in Xero's OAuth documentation, then begin again",
            Self::ConsentRefused => "nothing was connected; begin again and choose Allow",
            Self::ConsentFailed(_) => {
                "check that client_id, redirect_uri and scopes are those of the app at Xero, then begin again"
            }
            Self::StateMismatch => {
                "begin again and finish in the same browser window; if nobody began anything here, somebody tried to slip in their own account"
            }
            Self::CodeMissing => "begin again; the address must be the one that Xero opened, whole",
            Self::ConsentExpired => "begin again",
            Self::GrantBroken { .. } | Self::UnknownGrant(_) => "connect again",
            Self::OtherApp(_) => "put the former client_id back, or connect again with the new app",
            Self::TokenRefused => {
                "nothing, unless it happens again: then check the machine's clock and connect again"
            }
            Self::ScopeMissing => {
                "connect again with all the scopes of the configuration; somebody who may use them must consent"
            }
            Self::TenantRefused => {
                "look at the connected apps of the organisation in Xero: it may be disconnected, its trial over, a demo company reset, or the user's role changed; then connect again"
            }
            Self::Unavailable { .. } => {
                "nothing: it is tried again; if it lasts, check the network and status.xero.com"
            }
            Self::RefreshUnsure { .. } => "nothing: it is tried again for half an hour",
            Self::RefreshingElsewhere { .. } => "nothing: it is tried again",
            Self::BadReply { .. } => {
                "check that no proxy answers in Xero's place; if none does, report this as a fault of tieout"
            }
            Self::Vault(_) => "check the key ring and the store",
            Self::Store(_) => "check the store",
        }
    }

    /// When to try again, when that is known.
    #[must_use]
    pub fn retry_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Unavailable { retry_at, .. }
            | Self::RefreshUnsure { retry_at, .. }
            | Self::RefreshingElsewhere { retry_at } => Some(*retry_at),
            Self::RequestMalformed
            | Self::ClientRefused
            | Self::CodeRefused
            | Self::GrantTypeRefused
            | Self::ScopeRefused
            | Self::AppTypeRefused
            | Self::Refused(_)
            | Self::ConsentRefused
            | Self::ConsentFailed(_)
            | Self::StateMismatch
            | Self::CodeMissing
            | Self::ConsentExpired
            | Self::GrantBroken { .. }
            | Self::UnknownGrant(_)
            | Self::OtherApp(_)
            | Self::TokenRefused
            | Self::ScopeMissing
            | Self::TenantRefused
            | Self::BadReply { .. }
            | Self::Vault(_)
            | Self::Store(_) => None,
        }
    }

    /// The same in the engine's words. No call to the API was made, or it was refused before it did anything.
    #[must_use]
    pub fn provider_error(&self, operation: &'static str) -> ProviderError {
        let message = format!("{self}; {}", self.advice());
        let error = ProviderError::new(self.kind(), operation, message).retry_at(self.retry_at());
        if self.is_lasting() {
            error.lasting()
        } else {
            error
        }
    }

    /// Whether nothing but a person mends it. A token that was refused may be renewed, and Xero's answer about an
    /// organisation is about that moment.
    fn is_lasting(&self) -> bool {
        let of_grant = self.kind() == ErrorKind::Unauthorised;
        of_grant && !matches!(self, Self::TokenRefused | Self::TenantRefused)
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::RequestMalformed
            | Self::ClientRefused
            | Self::CodeRefused
            | Self::GrantTypeRefused
            | Self::AppTypeRefused
            | Self::Refused(_)
            | Self::ConsentRefused
            | Self::ConsentFailed(_)
            | Self::StateMismatch
            | Self::CodeMissing
            | Self::ConsentExpired
            | Self::GrantBroken { .. }
            | Self::UnknownGrant(_)
            | Self::OtherApp(_)
            | Self::TokenRefused
            | Self::TenantRefused => ErrorKind::Unauthorised,
            Self::ScopeRefused | Self::ScopeMissing => ErrorKind::Forbidden,
            Self::Unavailable { .. }
            | Self::RefreshUnsure { .. }
            | Self::RefreshingElsewhere { .. }
            | Self::BadReply { .. }
            | Self::Vault(_)
            | Self::Store(_) => ErrorKind::NotProcessed,
        }
    }
}
