//! How the OAuth library's requests travel over our transport, and what each kind of answer proves.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use chrono::{DateTime, Utc};
use http::StatusCode;
use oauth2::basic::{
    BasicErrorResponse, BasicErrorResponseType, BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AsyncHttpClient, Client, EndpointNotSet, EndpointSet, ExtraTokenFields, HttpRequest,
    HttpResponse, RequestTokenError, StandardRevocableToken, StandardTokenResponse,
};
use serde::{Deserialize, Serialize};
use tieout_core::clock::Clock;
use tieout_core::transport::{Transport, TransportError};
use url::Url;

use crate::limit::ReplyFacts;

/// The library's client with every endpoint that we use set.
pub(super) type Library = Client<
    BasicErrorResponse,
    TokenReply,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
    EndpointSet,
>;

/// What the token endpoint answers.
pub(super) type TokenReply = StandardTokenResponse<OidcFields, BasicTokenType>;

/// What OpenID Connect adds.
#[derive(Serialize, Deserialize)]
pub(super) struct OidcFields {
    #[serde(default, skip_serializing)]
    pub(super) id_token: Option<String>,
}

impl ExtraTokenFields for OidcFields {}

impl std::fmt::Debug for OidcFields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OidcFields([redacted])")
    }
}

/// How long the token endpoint may take: short, since everything waits for it.
const TOKEN_TIMEOUT: Duration = Duration::from_secs(30);

/// An answer of the token endpoint that is no token set.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExchangeError {
    /// It refused, in one of OAuth's words: nothing was changed.
    #[error("refused: {}", .0.as_ref())]
    Refused(BasicErrorResponseType),
    /// It was not asked, or did not work on the request: nothing was changed.
    #[error("not processed")]
    NotProcessed {
        retry_at: Option<DateTime<Utc>>,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It may have given tokens out, but they did not come.
    #[error("no usable answer")]
    Unsure(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What the library is told when a request brought nothing that it could read.
#[derive(Debug, thiserror::Error)]
pub(super) enum WireError {
    #[error(transparent)]
    Transport(#[from] TransportError),
    #[error("no answer within {} s", TOKEN_TIMEOUT.as_secs())]
    Late,
    #[error("too many requests")]
    Throttled(Option<DateTime<Utc>>),
    #[error("answered with status {0}")]
    Status(StatusCode),
    #[error("the request is malformed")]
    Request(#[source] http::Error),
}

/// Our transport as the library wants it.
pub(super) struct Wire<'a> {
    pub(super) transport: &'a dyn Transport,
    pub(super) clock: &'a dyn Clock,
    /// The library insists on https for revocation, a local sandbox has none: whatever goes to the
    /// first address is sent to the second.
    pub(super) revoke: (&'a Url, &'a Url),
}

impl<'c> AsyncHttpClient<'c> for Wire<'_> {
    type Error = WireError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, WireError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

impl Wire<'_> {
    async fn send(&self, mut request: HttpRequest) -> Result<HttpResponse, WireError> {
        let (logical, real) = self.revoke;
        if *request.uri() == *logical.as_str() {
            *request.uri_mut() = real
                .as_str()
                .parse::<http::Uri>()
                .map_err(|error| WireError::Request(error.into()))?;
        }
        let request = request.map(bytes::Bytes::from);
        let reply = tokio::time::timeout(TOKEN_TIMEOUT, self.transport.send(request))
            .await
            .map_err(|_| WireError::Late)??;
        match reply.status() {
            StatusCode::OK | StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED => {
                Ok(reply.map(|body| body.to_vec()))
            }
            StatusCode::TOO_MANY_REQUESTS => {
                let now = self.clock.now();
                let facts = ReplyFacts::read(reply.status(), reply.headers(), now);
                Err(WireError::Throttled(
                    facts.retry_after_s.map(|_| facts.retry_at(now)),
                ))
            }
            other => Err(WireError::Status(other)),
        }
    }
}

/// What the library's error proves. Its own text is not kept: it may hold the reply, and that the tokens.
pub(super) fn explained(error: RequestTokenError<WireError, BasicErrorResponse>) -> ExchangeError {
    match error {
        RequestTokenError::ServerResponse(refusal) => {
            ExchangeError::Refused(refusal.error().clone())
        }
        RequestTokenError::Request(error) => from_wire(error),
        RequestTokenError::Parse(error, _) => {
            ExchangeError::Unsure(format!("the answer is malformed at {}", error.path()).into())
        }
        RequestTokenError::Other(_) => ExchangeError::Unsure("the answer is empty".into()),
    }
}

fn from_wire(error: WireError) -> ExchangeError {
    let retry_at = match &error {
        WireError::Throttled(retry_at) => *retry_at,
        WireError::Transport(_)
        | WireError::Late
        | WireError::Status(_)
        | WireError::Request(_) => None,
    };
    match error {
        WireError::Transport(TransportError::NotSent(_))
        | WireError::Throttled(_)
        | WireError::Request(_) => ExchangeError::NotProcessed {
            retry_at,
            source: Box::new(error),
        },
        WireError::Status(status) if status.is_client_error() || status.is_redirection() => {
            ExchangeError::NotProcessed {
                retry_at,
                source: Box::new(error),
            }
        }
        WireError::Transport(
            TransportError::ReplyLost(_) | TransportError::ReplyTooLarge { .. },
        )
        | WireError::Late
        | WireError::Status(_) => ExchangeError::Unsure(Box::new(error)),
    }
}
