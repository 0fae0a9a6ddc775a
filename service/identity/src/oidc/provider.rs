//! What an identity provider publishes about itself, when it is asked for it again, and how it is asked at all.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{Request, Response, StatusCode, header};
use serde::Deserialize;
use tieout_core::clock::Clock;
use tieout_core::transport::Transport;
use tokio::sync::{Mutex, MutexGuard};
use url::Url;

use super::jwks::KeySet;
use super::{OidcError, TokenFlaw};
use crate::config::may_be_asked;
use crate::jws::Jws;

/// How long one request may take: somebody waits before a page.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// For how long what was read counts. A key that the provider withdraws opens nothing after that.
const READ_EVERY: TimeDelta = TimeDelta::hours(1);

/// How often at most a key that is not known makes us look again.
const LOOK_AGAIN_EVERY: TimeDelta = TimeDelta::minutes(1);

/// For how long a provider that failed is not asked about itself again: whoever waits then need not wait one by one.
const LEFT_ALONE: TimeDelta = TimeDelta::seconds(5);

/// Largest document of a provider, in bytes.
const DOCUMENT_BYTES_MAX: usize = 512 * 1024;

/// What `/.well-known/openid-configuration` says, as far as it is used.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Metadata {
    issuer: String,
    pub(super) authorization_endpoint: Url,
    pub(super) token_endpoint: Url,
    jwks_uri: Url,
    #[serde(default)]
    pub(super) userinfo_endpoint: Option<Url>,
    #[serde(default)]
    pub(super) token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// RFC 9207: answers then always name their issuer.
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

/// A provider as it was last read.
pub(super) struct Provider {
    issuer: String,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    metadata: Mutex<Option<Aged<Metadata>>>,
    failed: std::sync::Mutex<Option<Aged<String>>>,
    keys: Mutex<Option<Aged<KeySet>>>,
}

struct Aged<T> {
    of: T,
    read_at: DateTime<Utc>,
}

impl<T> Aged<T> {
    fn younger_than(&self, age: TimeDelta, now: DateTime<Utc>) -> bool {
        (now - self.read_at).abs() < age
    }
}

impl Provider {
    /// A provider that was not asked anything yet.
    pub(super) fn new(
        issuer: String,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            issuer,
            transport,
            clock,
            metadata: Mutex::default(),
            failed: std::sync::Mutex::default(),
            keys: Mutex::default(),
        }
    }

    /// What it says about itself; asked for anew each hour.
    pub(super) async fn metadata(&self) -> Result<Metadata, OidcError> {
        let mut known = self.metadata.lock().await;
        let now = self.clock.now();
        if let Some(known) = known.as_ref().filter(|it| it.younger_than(READ_EVERY, now)) {
            return Ok(known.of.clone());
        }
        if let Some(failed) = self.failed().as_ref()
            && failed.younger_than(LEFT_ALONE, now)
        {
            return Err(OidcError::Provider(failed.of.clone()));
        }
        let read = self.read_metadata().await;
        *self.failed() = match &read {
            Err(OidcError::Provider(message)) => Some(Aged {
                of: message.clone(),
                read_at: self.clock.now(),
            }),
            Ok(_) | Err(OidcError::Refused(_) | OidcError::Fault(_)) => None,
        };
        let metadata = read?;
        *known = Some(Aged {
            of: metadata.clone(),
            read_at: now,
        });
        Ok(metadata)
    }

    async fn read_metadata(&self) -> Result<Metadata, OidcError> {
        let issuer = self.issuer.trim_end_matches('/');
        let address = format!("{issuer}/.well-known/openid-configuration");
        let body = self.get(&address, None).await?;
        let metadata: Metadata = serde_json::from_slice(&body)
            .map_err(|error| unusable(&address, &format!("is no configuration: {error}")))?;
        self.check(&metadata)?;
        Ok(metadata)
    }

    /// That a key of the provider signed a token. A key that is not known is looked for once more, since keys change.
    pub(super) async fn check_signature(
        &self,
        metadata: &Metadata,
        token: &Jws<'_>,
    ) -> Result<(), OidcError> {
        super::jwks::asymmetric(&token.header.alg).map_err(super::OidcRefusal::Token)?;
        let mut known = self.keys.lock().await;
        let now = self.clock.now();
        if !matches!(known.as_ref(), Some(it) if it.younger_than(READ_EVERY, now)) {
            self.read_keys(&mut known, metadata, now).await?;
        }
        let mut outcome = checked(known.as_ref(), token);
        let looked = known
            .as_ref()
            .is_some_and(|it| it.younger_than(LOOK_AGAIN_EVERY, now));
        if outcome == Err(TokenFlaw::UnknownKey) && !looked {
            self.read_keys(&mut known, metadata, now).await?;
            outcome = checked(known.as_ref(), token);
        }
        Ok(outcome.map_err(super::OidcRefusal::Token)?)
    }

    /// How many of its keys, as they are now, can be used.
    pub(super) async fn keys(&self, metadata: &Metadata) -> Result<usize, OidcError> {
        let mut known = self.keys.lock().await;
        self.read_keys(&mut known, metadata, self.clock.now())
            .await?;
        let count = known.as_ref().map_or(0, |it| it.of.len());
        if count == 0 {
            let message = "publishes no key of RS256, PS256, ES256 or EdDSA";
            return Err(unusable(metadata.jwks_uri.as_str(), message));
        }
        Ok(count)
    }

    /// Sends a request and gives the reply of any status.
    pub(super) async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, OidcError> {
        let address = request.uri().to_string();
        let reply = tokio::time::timeout(REQUEST_TIMEOUT, self.transport.send(request)).await;
        let reply = reply.map_err(|_| unusable(&address, "did not answer in time"))?;
        let reply =
            reply.map_err(|error| unusable(&address, &format!("did not answer: {error}")))?;
        if reply.body().len() > DOCUMENT_BYTES_MAX {
            let message = format!("answered more than {DOCUMENT_BYTES_MAX} bytes");
            return Err(unusable(&address, &message));
        }
        Ok(reply)
    }

    /// The body at an address.
    pub(super) async fn get(
        &self,
        address: &str,
        bearer: Option<&str>,
    ) -> Result<Bytes, OidcError> {
        let mut request = Request::get(address).header(header::ACCEPT, "application/json");
        if let Some(token) = bearer {
            let mut value = header::HeaderValue::try_from(format!("Bearer {token}"))
                .map_err(|_| unusable(address, "wants a token that no header can carry"))?;
            value.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, value);
        }
        let request = request
            .body(Bytes::new())
            .map_err(|_| unusable(address, "is no address"))?;
        let reply = self.send(request).await?;
        match reply.status() {
            StatusCode::OK => Ok(reply.into_body()),
            status => Err(unusable(address, &format!("answered with status {status}"))),
        }
    }

    async fn read_keys(
        &self,
        known: &mut MutexGuard<'_, Option<Aged<KeySet>>>,
        metadata: &Metadata,
        now: DateTime<Utc>,
    ) -> Result<(), OidcError> {
        let address = metadata.jwks_uri.as_str();
        let body = self.get(address, None).await?;
        let keys = KeySet::read(&body)
            .map_err(|error| unusable(address, &format!("holds no keys: {error}")))?;
        **known = Some(Aged {
            of: keys,
            read_at: now,
        });
        Ok(())
    }

    fn failed(&self) -> std::sync::MutexGuard<'_, Option<Aged<String>>> {
        // One assignment, so a panic leaves nothing half done.
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check(&self, metadata: &Metadata) -> Result<(), OidcError> {
        if metadata.issuer != self.issuer {
            let theirs = super::printable(&metadata.issuer);
            let message = format!("calls itself {theirs}: write `issuer` to the letter so");
            return Err(unusable(&self.issuer, &message));
        }
        let addresses = [
            Some(&metadata.authorization_endpoint),
            Some(&metadata.token_endpoint),
            Some(&metadata.jwks_uri),
            metadata.userinfo_endpoint.as_ref(),
        ];
        // A provider over TLS does not send secrets over anything else, not even within this machine.
        let is_local = self.issuer.starts_with("http://");
        let may = |url: &Url| may_be_asked(url) && (url.scheme() == "https" || is_local);
        match addresses.into_iter().flatten().find(|url| !may(url)) {
            None => Ok(()),
            Some(url) => Err(unusable(url.as_str(), "is not reached over https")),
        }
    }
}

fn checked(known: Option<&Aged<KeySet>>, token: &Jws<'_>) -> Result<(), TokenFlaw> {
    known.map_or(Err(TokenFlaw::UnknownKey), |it| it.of.check(token))
}

fn unusable(address: &str, message: &str) -> OidcError {
    OidcError::Provider(format!("{} {message}", super::printable(address)))
}
