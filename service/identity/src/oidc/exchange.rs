//! How the browser is sent to the identity provider, and what is got for the code that it brings back.

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use http::StatusCode;
use oauth2::basic::{
    BasicErrorResponse, BasicErrorResponseType, BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret,
    CsrfToken, EndpointNotSet, EndpointSet, ExtraTokenFields, HttpRequest, HttpResponse,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    StandardRevocableToken, StandardTokenResponse, TokenResponse, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use super::flow::Flow;
use super::provider::{Metadata, Provider};
use super::{OidcError, OidcRefusal, printable};
use crate::OidcConfig;

type Library = Client<
    BasicErrorResponse,
    TokenReply,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

type TokenReply = StandardTokenResponse<OidcFields, BasicTokenType>;

/// What OpenID Connect adds to a reply with tokens.
#[derive(Serialize, Deserialize)]
struct OidcFields {
    #[serde(default, skip_serializing)]
    id_token: Option<String>,
}

impl ExtraTokenFields for OidcFields {}

impl std::fmt::Debug for OidcFields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OidcFields([redacted])")
    }
}

/// What was got for a code.
pub(super) struct Got {
    pub(super) id_token: SecretString,
    pub(super) access_token: SecretString,
}

/// Where the browser goes.
pub(super) fn address(
    config: &OidcConfig,
    metadata: &Metadata,
    redirect: &Url,
    flow: &Flow,
) -> Url {
    let library = library(config, metadata, redirect);
    let verifier = PkceCodeVerifier::new(flow.verifier.clone());
    let state = CsrfToken::new(flow.state.clone());
    let (url, _) = library
        .authorize_url(|| state)
        .add_scopes(config.scopes.iter().cloned().map(Scope::new))
        .add_extra_param("nonce", flow.nonce.clone())
        .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
        .url();
    url
}

/// Exchanges a code. It counts once, whatever becomes of it.
pub(super) async fn exchange(
    config: &OidcConfig,
    provider: &Provider,
    metadata: &Metadata,
    redirect: &Url,
    flow: &Flow,
    code: &str,
) -> Result<Got, OidcError> {
    let reply = library(config, metadata, redirect)
        .exchange_code(AuthorizationCode::new(code.to_owned()))
        .set_pkce_verifier(PkceCodeVerifier::new(flow.verifier.clone()))
        .request_async(&Wire(provider))
        .await
        .map_err(explained)?;
    let id_token = reply.extra_fields().id_token.as_deref().ok_or_else(|| {
        OidcError::Provider(
            "it gave no ID token: is this client allowed OpenID Connect there?".to_owned(),
        )
    })?;
    Ok(Got {
        id_token: SecretString::from(id_token),
        access_token: SecretString::from(reply.access_token().secret().as_str()),
    })
}

fn library(config: &OidcConfig, metadata: &Metadata, redirect: &Url) -> Library {
    let client = oauth2::Client::new(ClientId::new(config.client_id.clone()));
    let client = match &config.client_secret {
        Some(secret) => {
            client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()))
        }
        None => client,
    };
    // What a provider that does not say takes (OpenID Connect Discovery 1.0, 3).
    let by_header = "client_secret_basic".to_owned();
    let taken = metadata.token_endpoint_auth_methods_supported.as_ref();
    let auth_type = match taken.is_none_or(|taken| taken.contains(&by_header)) {
        true => AuthType::BasicAuth,
        false => AuthType::RequestBody,
    };
    client
        .set_auth_type(auth_type)
        .set_auth_uri(AuthUrl::from_url(metadata.authorization_endpoint.clone()))
        .set_token_uri(TokenUrl::from_url(metadata.token_endpoint.clone()))
        .set_redirect_uri(RedirectUrl::from_url(redirect.clone()))
}

/// The provider as the library wants it.
struct Wire<'a>(&'a Provider);

/// What the library is told when a request brought nothing that it could read.
#[derive(Debug, thiserror::Error)]
enum WireError {
    #[error(transparent)]
    Provider(#[from] OidcError),
    #[error("it answered a code with status {0}")]
    Status(StatusCode),
}

impl<'c> AsyncHttpClient<'c> for Wire<'_> {
    type Error = WireError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, WireError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let reply = self.0.send(request.map(Bytes::from)).await?;
            match reply.status() {
                StatusCode::OK | StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED => {
                    Ok(reply.map(|body| body.to_vec()))
                }
                other => Err(WireError::Status(other)),
            }
        })
    }
}

/// What the library's error means. Its own text is not kept: it may hold the reply, and that the tokens.
fn explained(error: RequestTokenError<WireError, BasicErrorResponse>) -> OidcError {
    match error {
        RequestTokenError::ServerResponse(refusal) => match refusal.error() {
            BasicErrorResponseType::InvalidGrant => OidcRefusal::CodeRefused.into(),
            BasicErrorResponseType::InvalidClient | BasicErrorResponseType::UnauthorizedClient => {
                OidcError::Provider(
                    "it does not take `client_id` and `client_secret` under [sign_in.oidc]"
                        .to_owned(),
                )
            }
            BasicErrorResponseType::InvalidRequest
            | BasicErrorResponseType::InvalidScope
            | BasicErrorResponseType::UnsupportedGrantType
            | BasicErrorResponseType::Extension(_) => OidcError::Provider(format!(
                "it answered a code with {}",
                printable(refusal.error().as_ref())
            )),
        },
        RequestTokenError::Request(WireError::Provider(error)) => error,
        RequestTokenError::Request(error @ WireError::Status(_)) => {
            OidcError::Provider(error.to_string())
        }
        RequestTokenError::Parse(error, _) => {
            OidcError::Provider(format!("its tokens are malformed at {}", error.path()))
        }
        RequestTokenError::Other(_) => {
            OidcError::Provider("it answered a code with nothing".to_owned())
        }
    }
}
