//! How this program signs in as itself: an access token for its client id and secret, renewed before it ends.

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use tieout_core::clock::Clock;
use tieout_core::host::{HostError, HostErrorKind};
use tieout_core::transport::Transport;
use tokio::sync::Mutex;
use url::Url;

use crate::access::Access;
use crate::problem::excerpt;

const OPERATION: &str = "sign in";
/// A token is renewed when it has less life than this, or than a tenth of its whole life where that is less.
const FRESH_FOR: TimeDelta = TimeDelta::minutes(1);
/// How long a token counts that says nothing of its end: it is renewed earlier when it is refused.
const LIFE_UNTOLD: TimeDelta = TimeDelta::minutes(30);
/// Beyond a year an end says nothing.
const LIFE_S_MAX: i64 = 31_536_000;
/// Whoever was refused is refused again, so the identity server is left alone for so long.
const REFUSED_FOR: TimeDelta = TimeDelta::seconds(30);

/// Who signs in where.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Where tokens are given out.
    pub token_url: Url,
    /// The client's name there.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretString,
    /// What is asked for, separated by spaces; `None` where the server knows by itself.
    pub scope: Option<String>,
    /// Further fields of the request, such as `audience`.
    pub more: Vec<(String, String)>,
    /// How the client says who it is.
    pub shown: ShownBy,
}

/// How a client says who it is to the server that gives out tokens (RFC 6749, section 2.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShownBy {
    /// By HTTP basic authentication, which every server must take.
    #[default]
    Basic,
    /// By fields in the content of the request.
    Body,
}

/// Access by OAuth 2 client credentials (RFC 6749, section 4.4): `Authorization: Bearer TOKEN`.
///
/// One sign-in serves all who wait for it. Tokens are kept in memory alone: a start signs in anew.
pub struct ClientCredentials {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    credentials: Credentials,
    signed_in: Mutex<SignedIn>,
}

#[derive(Default)]
struct SignedIn {
    token: Option<Token>,
    refused: Option<(DateTime<Utc>, String)>,
}

struct Token {
    header: HeaderValue,
    /// From when on another one is asked for.
    renew_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
}

/// What the server answers. Its end comes as a number, and from some as a text.
#[derive(Deserialize)]
struct Granted {
    access_token: SecretString,
    #[serde(default)]
    token_type: Option<String>,
    #[serde(default)]
    expires_in: Option<Value>,
}

/// A refusal as RFC 6749, section 5.2 has it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Refused {
    error: Option<String>,
    error_description: Option<String>,
}

impl ClientCredentials {
    /// A client that signs in when its first request is due. Asks nobody.
    #[must_use]
    pub fn new(
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        credentials: Credentials,
    ) -> Self {
        Self {
            transport,
            clock,
            credentials,
            signed_in: Mutex::default(),
        }
    }

    /// The token's header, of a new token where the one at hand is about to end.
    async fn current(&self, state: &mut SignedIn) -> Result<HeaderValue, HostError> {
        let now = self.clock.now();
        if let Some(token) = state.token.as_ref().filter(|it| now < it.renew_at) {
            return Ok(token.header.clone());
        }
        if let Some((_, message)) = state.refused.as_ref().filter(|(until, _)| now < *until) {
            // What was to be renewed early still lets in until its end.
            let left = state.token.as_ref().filter(|it| now < it.ends_at);
            return left
                .map(|token| token.header.clone())
                .ok_or_else(|| unauthorised(message.clone()));
        }
        match self.sign_in().await {
            Ok(token) => {
                let header = token.header.clone();
                *state = SignedIn {
                    token: Some(token),
                    refused: None,
                };
                Ok(header)
            }
            Err(error) => {
                if error.kind == HostErrorKind::Unauthorised {
                    state.refused = Some((now + REFUSED_FOR, error.message.clone()));
                }
                // What was renewed early still lets in until its end.
                let left = state
                    .token
                    .as_ref()
                    .filter(|it| self.clock.now() < it.ends_at);
                left.map(|token| token.header.clone()).ok_or(error)
            }
        }
    }

    async fn sign_in(&self) -> Result<Token, HostError> {
        let request = self.request()?;
        let at = self.clock.now();
        let asked = format!("POST {}", self.credentials.token_url);
        let reply = self.transport.send(request).await.map_err(|error| {
            HostError::new(HostErrorKind::Unavailable, OPERATION, asked.clone()).caused_by(error)
        })?;
        granted(&asked, &reply, at)
    }

    fn request(&self) -> Result<Request<Bytes>, HostError> {
        let Credentials {
            token_url,
            client_id,
            client_secret,
            scope,
            more,
            shown,
        } = &self.credentials;
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        if let Some(scope) = scope {
            form.append_pair("scope", scope);
        }
        form.extend_pairs(more);
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(token_url.as_str())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json");
        match shown {
            ShownBy::Basic => {
                let pair = format!(
                    "{}:{}",
                    coded(client_id),
                    coded(client_secret.expose_secret())
                );
                let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(pair)))
                    .expect("base64 is ASCII");
                value.set_sensitive(true);
                request = request.header(header::AUTHORIZATION, value);
            }
            ShownBy::Body => {
                form.append_pair("client_id", client_id);
                form.append_pair("client_secret", client_secret.expose_secret());
            }
        }
        request.body(Bytes::from(form.finish())).map_err(|error| {
            let message = format!("{token_url} cannot be asked: {error}");
            HostError::new(HostErrorKind::Misconfigured, OPERATION, message)
        })
    }
}

#[async_trait]
impl Access for ClientCredentials {
    async fn header(&self) -> Result<Option<(HeaderName, HeaderValue)>, HostError> {
        let mut state = self.signed_in.lock().await;
        let value = self.current(&mut state).await?;
        Ok(Some((header::AUTHORIZATION, value)))
    }

    async fn renew(&self, refused: &HeaderValue) -> Result<bool, HostError> {
        let mut state = self.signed_in.lock().await;
        if state.token.as_ref().is_some_and(|it| it.header == *refused) {
            state.token = None;
        }
        // A server that gives the same token again has no other.
        Ok(self.current(&mut state).await? != *refused)
    }
}

fn granted(asked: &str, reply: &Response<Bytes>, at: DateTime<Utc>) -> Result<Token, HostError> {
    let status = reply.status();
    if !status.is_success() {
        return Err(not_granted(asked, status, reply.body()));
    }
    // The content is never shown: there may be a token in it.
    let bad = |why: &str| {
        let message = format!("{asked} was answered {status} with {why}");
        HostError::new(HostErrorKind::BadData, OPERATION, message)
    };
    let granted: Granted = serde_json::from_slice(reply.body())
        .map_err(|_| bad("what is no token; is `token_url` right?"))?;
    let kind = granted.token_type.as_deref().unwrap_or("bearer");
    if !kind.eq_ignore_ascii_case("bearer") {
        return Err(bad("a token of a kind that is not known"));
    }
    let text = format!("Bearer {}", granted.access_token.expose_secret().trim());
    let mut header =
        HeaderValue::try_from(text).map_err(|_| bad("a token that fits into no header"))?;
    header.set_sensitive(true);
    let life = granted
        .expires_in
        .as_ref()
        .and_then(seconds)
        .map_or(LIFE_UNTOLD, TimeDelta::seconds);
    Ok(Token {
        header,
        renew_at: at + life - FRESH_FOR.min(life / 10),
        ends_at: at + life,
    })
}

fn not_granted(asked: &str, status: StatusCode, body: &Bytes) -> HostError {
    let refused: Refused = serde_json::from_slice(body).unwrap_or_default();
    let words: Vec<String> = [refused.error, refused.error_description]
        .into_iter()
        .flatten()
        .collect();
    let said = match words.is_empty() {
        true => excerpt(body),
        false => excerpt(&Bytes::from(words.join(": "))),
    };
    let answered = format!("{asked} was answered {status}");
    match status.as_u16() {
        408 | 425 | 429 | 500..=599 => HostError::new(
            HostErrorKind::Unavailable,
            OPERATION,
            format!("{answered}: {said}"),
        ),
        300..=399 | 404 | 405 => HostError::new(
            HostErrorKind::Misconfigured,
            OPERATION,
            format!("{answered}; is `token_url` right? {said}"),
        ),
        _ => unauthorised(format!(
            "{answered}; mend `client_id`, `client_secret` or the scope: {said}"
        )),
    }
}

fn unauthorised(message: String) -> HostError {
    HostError::new(HostErrorKind::Unauthorised, OPERATION, message)
}

/// A number of seconds, as a number or as a text.
fn seconds(value: &Value) -> Option<i64> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let whole = text.split('.').next().unwrap_or_default();
    let seconds: i64 = whole.parse().ok()?;
    (seconds > 0).then_some(seconds.min(LIFE_S_MAX))
}

/// As a field of a form: a colon in the name would otherwise end it.
fn coded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
