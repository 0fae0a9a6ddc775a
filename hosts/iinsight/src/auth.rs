//! How iinsight lets us in: one sign-in for all requests, refreshed before it expires, made anew when that is refused.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tieout_core::clock::Clock;
use tieout_core::host::{HostError, HostErrorKind};
use tieout_core::transport::Transport;
use tieout_host_web::{Access, excerpt};
use tokio::sync::Mutex;
use url::Url;

use crate::config::{IinsightConfig, exposed};

const OPERATION: &str = "sign in";
/// Seconds before a token expires at which another one is taken.
const EARLY_SECONDS: i64 = 120;
/// Seconds that a token lives where the reply does not say; the documented life.
const LIFE_SECONDS: i64 = 3_600;
/// Minutes for which a refused password is not tried again: a product may lock a user who fails too often.
const REFUSED_MINUTES: i64 = 10;

/// A signed-in user. Nothing of it is stored: whoever starts again signs in again.
pub(crate) struct Session {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    base: Url,
    /// The client's own key, as HTTP Basic.
    client: SecretString,
    username: String,
    password: SecretString,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    refused: Option<(DateTime<Utc>, String)>,
}

struct Token {
    header: HeaderValue,
    refresh: Option<SecretString>,
    expires: DateTime<Utc>,
}

/// A reply of both calls.
#[derive(Deserialize)]
struct Granted {
    access_token: SecretString,
    #[serde(default)]
    refresh_token: Option<SecretString>,
    /// Seconds, as a number or, like everything else there, as a text.
    #[serde(default)]
    expires_in: serde_json::Value,
}

impl Session {
    /// A session that is not signed in yet.
    pub(crate) fn new(
        config: &IinsightConfig,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let secret = exposed(config.client_secret.as_ref());
        let key = format!("{}:{secret}", config.client_id);
        Self {
            transport,
            clock,
            base: config.address(),
            client: SecretString::from(format!("Basic {}", base64(key.as_bytes()))),
            username: config.username.clone(),
            password: SecretString::from(exposed(config.password.as_ref())),
            state: Mutex::default(),
        }
    }

    /// Takes another token: by refresh where there is one, and by password where that is refused.
    async fn sign_in(
        &self,
        state: &mut State,
        refresh: Option<SecretString>,
    ) -> Result<HeaderValue, HostError> {
        if let Some(refresh) = refresh {
            let form = [
                ("grant_type", "refresh_token"),
                ("refresh_token", refresh.expose_secret()),
            ];
            let reply = match self.ask("refresh", &form).await {
                Ok(reply) => reply,
                // Whether it was taken is unknown, and it works once: the password works in any case.
                Err(error) => return Err(error),
            };
            if reply.status().is_success() {
                return self.granted(state, &reply);
            }
            if reply.status().is_server_error() {
                return Err(unavailable(&reply));
            }
        }
        self.by_password(state).await
    }

    async fn by_password(&self, state: &mut State) -> Result<HeaderValue, HostError> {
        let now = self.clock.now();
        if let Some((at, why)) = &state.refused
            && now < *at + TimeDelta::minutes(REFUSED_MINUTES)
        {
            let message = format!("{why} (at {}, and not tried since)", at.format("%H:%M:%S"));
            let kind = HostErrorKind::Unauthorised;
            return Err(HostError::new(kind, OPERATION, message));
        }
        let form = [
            ("grant_type", "password"),
            ("username", self.username.as_str()),
            ("password", self.password.expose_secret()),
        ];
        let reply = self.ask("login", &form).await?;
        match reply.status().as_u16() {
            200..=299 => self.granted(state, &reply),
            400 | 401 | 403 | 422 => {
                let message = format!(
                    "POST /auth/login was answered {}; mend `client_id` and `client_secret`, or `username` and `password` (a user without multi-factor sign-in): {}",
                    reply.status(),
                    excerpt(reply.body())
                );
                state.refused = Some((now, message.clone()));
                let kind = HostErrorKind::Unauthorised;
                Err(HostError::new(kind, OPERATION, message))
            }
            300..=399 | 404 | 405 => {
                let message = format!(
                    "POST /auth/login was answered {}; are `region`, `test` and `url` right?",
                    reply.status()
                );
                let kind = HostErrorKind::Misconfigured;
                Err(HostError::new(kind, OPERATION, message))
            }
            _ => Err(unavailable(&reply)),
        }
    }

    async fn ask(&self, call: &str, form: &[(&str, &str)]) -> Result<Response<Bytes>, HostError> {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["auth", call]);
        }
        let wrong = |error: http::Error| {
            HostError::new(HostErrorKind::Misconfigured, OPERATION, error.to_string())
        };
        let body = crate::api::form(form);
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(url.as_str())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json")
            .body(body)
            .map_err(wrong)?;
        let key = sensitive(self.client.expose_secret())?;
        request.headers_mut().insert(header::AUTHORIZATION, key);
        self.transport.send(request).await.map_err(|error| {
            let asked = format!("POST {}", url.path());
            HostError::new(HostErrorKind::Unavailable, OPERATION, asked).caused_by(error)
        })
    }

    fn granted(
        &self,
        state: &mut State,
        reply: &Response<Bytes>,
    ) -> Result<HeaderValue, HostError> {
        // The error of a parser could show a token: what came is not told.
        let granted: Granted = serde_json::from_slice(reply.body()).map_err(|_| {
            let message = "the reply to the sign-in holds no `access_token`";
            HostError::new(HostErrorKind::BadData, OPERATION, message)
        })?;
        let text = format!("Bearer {}", granted.access_token.expose_secret());
        let header = sensitive(&text)?;
        let life = match &granted.expires_in {
            serde_json::Value::Number(seconds) => seconds.as_i64(),
            serde_json::Value::String(seconds) => seconds.trim().parse().ok(),
            _ => None,
        };
        let life = life.unwrap_or(LIFE_SECONDS).clamp(1, 86_400);
        state.token = Some(Token {
            header: header.clone(),
            refresh: granted.refresh_token,
            expires: self.clock.now() + TimeDelta::seconds(life),
        });
        state.refused = None;
        Ok(header)
    }
}

#[async_trait]
impl Access for Session {
    async fn header(&self) -> Result<Option<(HeaderName, HeaderValue)>, HostError> {
        // Whoever comes while somebody signs in waits for that, and takes its token.
        let mut state = self.state.lock().await;
        let now = self.clock.now();
        let Some(token) = &mut state.token else {
            let header = self.sign_in(&mut state, None).await?;
            return Ok(Some((header::AUTHORIZATION, header)));
        };
        let (held, expires) = (token.header.clone(), token.expires);
        if now + TimeDelta::seconds(EARLY_SECONDS) < expires {
            return Ok(Some((header::AUTHORIZATION, held)));
        }
        // It works once.
        let refresh = token.refresh.take();
        let header = match self.sign_in(&mut state, refresh).await {
            Ok(header) => header,
            // What is held is good until it expires.
            Err(_) if now < expires => held,
            Err(error) => return Err(error),
        };
        Ok(Some((header::AUTHORIZATION, header)))
    }

    async fn renew(&self, refused: &HeaderValue) -> Result<bool, HostError> {
        let mut state = self.state.lock().await;
        let is_current = |token: &Token| token.header == *refused;
        if state.token.as_ref().is_none_or(is_current) {
            let refresh = state.token.take().and_then(|token| token.refresh);
            self.sign_in(&mut state, refresh).await?;
        }
        Ok(true)
    }
}

fn unavailable(reply: &Response<Bytes>) -> HostError {
    let status: StatusCode = reply.status();
    let message = format!(
        "the sign-in was answered {status}: {}",
        excerpt(reply.body())
    );
    HostError::new(HostErrorKind::Unavailable, OPERATION, message)
}

fn sensitive(text: &str) -> Result<HeaderValue, HostError> {
    let mut value = HeaderValue::from_str(text).map_err(|_| {
        let message = "a key or token does not fit into a header";
        HostError::new(HostErrorKind::Misconfigured, OPERATION, message)
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// Base64 as HTTP Basic wants it.
fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
