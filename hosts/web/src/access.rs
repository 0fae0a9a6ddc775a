//! How a request says who it comes from: with a header that stays, or with one that is renewed when it is refused.

use async_trait::async_trait;
use http::{HeaderName, HeaderValue, header};
use secrecy::{ExposeSecret, SecretString};
use tieout_core::host::{HostError, HostErrorKind};

/// What lets requests in.
#[async_trait]
pub trait Access: Send + Sync {
    /// The header of the next request; `None` where the product lets everybody in. Signs in first where that is due.
    async fn header(&self) -> Result<Option<(HeaderName, HeaderValue)>, HostError>;

    /// The product refused this header. Gives whether another one is to be tried: the refused request was not
    /// processed, so it may go once more.
    ///
    /// A repeat with a header that was replaced already gives `true` and signs in no second time.
    async fn renew(&self, refused: &HeaderValue) -> Result<bool, HostError>;
}

/// No key at all.
#[derive(Clone, Copy, Debug)]
pub struct Open;

#[async_trait]
impl Access for Open {
    async fn header(&self) -> Result<Option<(HeaderName, HeaderValue)>, HostError> {
        Ok(None)
    }

    async fn renew(&self, _: &HeaderValue) -> Result<bool, HostError> {
        Ok(false)
    }
}

/// One key that stays.
#[derive(Clone, Debug)]
pub struct ApiKey {
    name: HeaderName,
    value: HeaderValue,
}

impl ApiKey {
    /// A header with this value as it stands.
    ///
    /// Fails as `Misconfigured` when one of them does not fit into a header.
    pub fn new(name: &str, value: &SecretString) -> Result<Self, HostError> {
        let wrong = |what: &str| {
            let message = format!("{what} does not fit into a header");
            HostError::new(HostErrorKind::Misconfigured, "open host", message)
        };
        let name = HeaderName::try_from(name).map_err(|_| wrong("the name of the header"))?;
        let mut value =
            HeaderValue::try_from(value.expose_secret()).map_err(|_| wrong("the key"))?;
        value.set_sensitive(true);
        Ok(Self { name, value })
    }

    /// `Authorization: Bearer KEY`.
    ///
    /// Fails as `Misconfigured` when the key does not fit into a header.
    pub fn bearer(key: &SecretString) -> Result<Self, HostError> {
        let text = SecretString::from(format!("Bearer {}", key.expose_secret()));
        Self::new(header::AUTHORIZATION.as_str(), &text)
    }
}

#[async_trait]
impl Access for ApiKey {
    async fn header(&self) -> Result<Option<(HeaderName, HeaderValue)>, HostError> {
        Ok(Some((self.name.clone(), self.value.clone())))
    }

    async fn renew(&self, _: &HeaderValue) -> Result<bool, HostError> {
        Ok(false)
    }
}
