//! What is asked of Xero's sign-in service: tokens for a code, for a refresh token, for the app itself, and their end.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use oauth2::basic::BasicErrorResponseType;
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, ClientSecret, PkceCodeVerifier, RedirectUrl,
    RefreshToken, RevocationUrl, Scope, StandardRevocableToken, TokenResponse, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use tieout_core::clock::Clock;
use tieout_core::transport::Transport;
use url::Url;

use super::token::Claims;
use super::wire::{ExchangeError, Library, TokenReply, Wire, explained};
use super::{AuthError, Endpoints, TokenSet};
use crate::config::{GrantKind, XeroConfig};

/// The life of an access token whose reply does not say: Xero's usual half an hour.
const ACCESS_TOKEN_LIFE_S: u64 = 1_800;

/// How long to leave the sign-in service alone after it could not be asked.
const PAUSE: TimeDelta = TimeDelta::seconds(30);

/// An app registered at Xero.
#[derive(Clone, Debug)]
pub struct App {
    /// Its client id.
    pub client_id: String,
    /// Its secret; apps for mobile or desktop have none.
    pub client_secret: Option<SecretString>,
    /// How access is granted to it.
    pub grant: GrantKind,
    /// Where the browser comes back to.
    pub redirect_uri: Url,
    /// What it asks for.
    pub scopes: Vec<String>,
}

impl From<&XeroConfig> for App {
    fn from(config: &XeroConfig) -> Self {
        Self {
            client_id: config.client_id.clone(),
            client_secret: config.client_secret.clone(),
            grant: config.grant,
            redirect_uri: config.redirect_uri.clone(),
            scopes: config.scopes.clone(),
        }
    }
}

/// Xero's sign-in service as one app sees it.
pub struct OAuth {
    pub(super) app: App,
    pub(super) endpoints: Endpoints,
    pub(super) transport: Arc<dyn Transport>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) library: Library,
    revoke_logical: Url,
}

impl fmt::Debug for OAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuth")
            .field("app", &self.app)
            .field("endpoints", &self.endpoints)
            .finish_non_exhaustive()
    }
}

impl OAuth {
    /// The sign-in service for an app, over a transport that spends no organisation's budget.
    #[must_use]
    pub fn new(
        app: App,
        endpoints: Endpoints,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let mut revoke_logical = endpoints.revoke.clone();
        // Cannot fail for http and https; for anything else the library refuses the address itself.
        let _ = revoke_logical.set_scheme("https");
        let library = Library::new_for(&app, &endpoints, &revoke_logical);
        Self {
            app,
            endpoints,
            transport,
            clock,
            library,
            revoke_logical,
        }
    }

    /// Where Xero is found.
    #[must_use]
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// The app.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Tokens of a custom connection. They cannot be refreshed; one asks again.
    pub async fn client_credentials(&self) -> Result<TokenSet, AuthError> {
        self.exchange_credentials()
            .await
            .map_err(|error| self.told(error))
    }

    /// Ends a grant and every connection of its user to this app. A repeat is accepted too.
    pub(super) async fn revoke(&self, refresh_token: &SecretString) -> Result<(), AuthError> {
        let token = StandardRevocableToken::RefreshToken(RefreshToken::new(
            refresh_token.expose_secret().to_owned(),
        ));
        let request = self
            .library
            .revoke_token(token)
            .map_err(|_| AuthError::BadReply {
                what: "the configuration of the revocation address",
            })?;
        request
            .request_async(&self.wire())
            .await
            .map_err(|error| self.told(explained(error)))
    }

    pub(super) async fn exchange_code(
        &self,
        code: String,
        verifier: String,
    ) -> Result<TokenSet, AuthError> {
        let wire = self.wire();
        let reply = self
            .library
            .exchange_code(AuthorizationCode::new(code))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier))
            .request_async(&wire)
            .await;
        match reply {
            Ok(reply) => Ok(self.token_set(&reply)),
            Err(error) => Err(match explained(error) {
                ExchangeError::Refused(BasicErrorResponseType::InvalidGrant) => {
                    AuthError::CodeRefused
                }
                other => self.told(other),
            }),
        }
    }

    pub(super) async fn exchange_refresh(
        &self,
        refresh_token: &SecretString,
    ) -> Result<TokenSet, ExchangeError> {
        let token = RefreshToken::new(refresh_token.expose_secret().to_owned());
        let wire = self.wire();
        let reply = self
            .library
            .exchange_refresh_token(&token)
            .request_async(&wire)
            .await;
        reply.map(|reply| self.token_set(&reply)).map_err(explained)
    }

    pub(super) async fn exchange_credentials(&self) -> Result<TokenSet, ExchangeError> {
        // Unlike elsewhere, the scopes of a custom connection travel in the token request.
        let scopes = self
            .app
            .scopes
            .iter()
            .filter(|scope| scope.contains('.'))
            .cloned();
        let wire = self.wire();
        let reply = self
            .library
            .exchange_client_credentials()
            .add_scopes(scopes.map(Scope::new))
            .request_async(&wire)
            .await;
        reply.map(|reply| self.token_set(&reply)).map_err(explained)
    }

    /// What a failed exchange means to a caller that has no second try.
    pub(super) fn told(&self, error: ExchangeError) -> AuthError {
        match error {
            ExchangeError::Refused(word) => refused(word),
            ExchangeError::NotProcessed { retry_at, source } => AuthError::Unavailable {
                retry_at: retry_at.unwrap_or_else(|| self.clock.now() + PAUSE),
                source,
            },
            ExchangeError::Unsure(source) => AuthError::Unavailable {
                retry_at: self.clock.now() + PAUSE,
                source,
            },
        }
    }

    fn wire(&self) -> Wire<'_> {
        Wire {
            transport: self.transport.as_ref(),
            clock: self.clock.as_ref(),
            revoke: (&self.revoke_logical, &self.endpoints.revoke),
        }
    }

    fn token_set(&self, reply: &TokenReply) -> TokenSet {
        let now = self.clock.now();
        let access = reply.access_token().secret();
        let claims = Claims::read(access);
        let identity = reply.extra_fields().id_token.as_deref().map(Claims::read);
        TokenSet {
            access_token: SecretString::from(access.as_str()),
            refresh_token: reply
                .refresh_token()
                .map(|token| SecretString::from(token.secret().as_str())),
            issued_at: now,
            expires_at: now + life(reply),
            scopes: reply
                .scopes()
                .map(|scopes| {
                    scopes
                        .iter()
                        .map(|scope| scope.as_str().to_owned())
                        .collect()
                })
                .unwrap_or_default(),
            auth_event_id: claims.authentication_event_id,
            user_id: claims.xero_userid,
            email: identity
                .and_then(|identity| identity.email)
                .or(claims.email),
        }
    }
}

/// How a client of the library is made for an app.
trait ForApp {
    fn new_for(app: &App, endpoints: &Endpoints, revoke: &Url) -> Self;
}

impl ForApp for Library {
    fn new_for(app: &App, endpoints: &Endpoints, revoke: &Url) -> Self {
        let client = oauth2::Client::new(ClientId::new(app.client_id.clone()));
        let client = match &app.client_secret {
            Some(secret) => {
                client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()))
            }
            None => client,
        };
        client
            .set_auth_uri(AuthUrl::from_url(endpoints.authorize.clone()))
            .set_token_uri(TokenUrl::from_url(endpoints.token.clone()))
            .set_revocation_url(RevocationUrl::from_url(revoke.clone()))
            .set_redirect_uri(RedirectUrl::from_url(app.redirect_uri.clone()))
    }
}

fn life(reply: &TokenReply) -> TimeDelta {
    let seconds = reply
        .expires_in()
        .map_or(ACCESS_TOKEN_LIFE_S, |life| life.as_secs());
    // More than a day would be a misprint, and must not keep a dead token in use.
    TimeDelta::seconds(i64::try_from(seconds.min(86_400)).unwrap_or(1_800))
}

pub(super) fn refused(word: BasicErrorResponseType) -> AuthError {
    match word {
        BasicErrorResponseType::InvalidRequest => AuthError::RequestMalformed,
        BasicErrorResponseType::InvalidClient => AuthError::ClientRefused,
        BasicErrorResponseType::InvalidGrant => AuthError::Refused("invalid_grant".to_owned()),
        BasicErrorResponseType::UnsupportedGrantType => AuthError::GrantTypeRefused,
        BasicErrorResponseType::InvalidScope => AuthError::ScopeRefused,
        BasicErrorResponseType::UnauthorizedClient => AuthError::AppTypeRefused,
        BasicErrorResponseType::Extension(word) => AuthError::Refused(printable(&word)),
    }
}

/// A word from outside, short and harmless enough to show.
pub(super) fn printable(word: &str) -> String {
    word.chars()
        .filter(|c| c.is_ascii_graphic() || *c == ' ')
        .take(100)
        .collect()
}

/// Whether a moment leaves a token enough life.
pub(super) fn outlives(expires_at: DateTime<Utc>, now: DateTime<Utc>, least: TimeDelta) -> bool {
    expires_at - now > least
}
