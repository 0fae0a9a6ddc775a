//! The one place where bytes leave the process for an HTTP server, and how its errors are told apart.

use std::error::Error;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use tieout_core::transport::{Transport, TransportError};

use super::HttpConfig;

/// How much room is made for a reply because it says that it needs it.
const FIRST_BYTES_MAX: usize = 1024 * 1024;

/// HTTP/1.1 and 2 over TLS, with a pool of connections. Clones share the pool.
///
/// Follows no redirect, repeats nothing, keeps no cookies. Replies are decompressed, and cut off by
/// [`TransportError::ReplyTooLarge`] while they are read, so that a bomb never unfolds.
#[derive(Clone, Debug)]
pub struct ReqwestTransport {
    client: reqwest::Client,
    reply_bytes_max: usize,
}

impl ReqwestTransport {
    /// A transport with these limits.
    ///
    /// # Errors
    /// When the machine's root certificates cannot be loaded.
    pub fn new(config: &HttpConfig) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .user_agent(concat!("tieout/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_millis(config.connect_timeout_ms_max))
            .timeout(Duration::from_millis(config.total_timeout_ms_max))
            .pool_idle_timeout(Duration::from_millis(config.idle_ms_max))
            .pool_max_idle_per_host(config.idle_connections_max)
            // A redirect would carry the token to wherever it points.
            .redirect(reqwest::redirect::Policy::none())
            // Whether a request may be repeated is the engine's decision.
            .retry(reqwest::retry::never())
            .referer(false)
            .build()?;
        Ok(Self {
            client,
            reply_bytes_max: config.reply_bytes_max,
        })
    }

    async fn read(&self, mut reply: reqwest::Response) -> Result<Bytes, TransportError> {
        let limit_bytes = self.reply_bytes_max;
        let announced = reply
            .content_length()
            .and_then(|length| usize::try_from(length).ok());
        if announced.is_some_and(|length| length > limit_bytes) {
            return Err(TransportError::ReplyTooLarge { limit_bytes });
        }
        let mut body = BytesMut::with_capacity(announced.unwrap_or_default().min(FIRST_BYTES_MAX));
        while let Some(chunk) = reply.chunk().await.map_err(lost)? {
            if body.len() + chunk.len() > limit_bytes {
                return Err(TransportError::ReplyTooLarge { limit_bytes });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }
}

#[async_trait]
impl Transport for ReqwestTransport {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let request = reqwest::Request::try_from(request)
            .map_err(|error| TransportError::NotSent(plain(error)))?;
        let address = request.url().origin().ascii_serialization();
        let mut reply = self
            .client
            .execute(request)
            .await
            .map_err(|error| classified(error, &address))?;
        let (status, version) = (reply.status(), reply.version());
        let headers = std::mem::take(reply.headers_mut());
        let mut whole = http::Response::new(self.read(reply).await?);
        *whole.status_mut() = status;
        *whole.version_mut() = version;
        *whole.headers_mut() = headers;
        Ok(whole)
    }
}

/// Nobody answered at an address: its scheme, host and port, since the rest of it may hold names and keys.
#[derive(Debug, thiserror::Error)]
#[error("{address} was not reached")]
struct NotReached {
    address: String,
    source: Box<dyn Error + Send + Sync>,
}

/// Only what happens before a connection stands proves that nothing was processed.
fn classified(error: reqwest::Error, address: &str) -> TransportError {
    if error.is_connect() || error.is_builder() {
        let address = address.to_owned();
        let source = plain(error);
        TransportError::NotSent(Box::new(NotReached { address, source }))
    } else {
        lost(error)
    }
}

fn lost(error: reqwest::Error) -> TransportError {
    TransportError::ReplyLost(plain(error))
}

/// The error without its address, whose query may hold names and keys.
fn plain(error: reqwest::Error) -> Box<dyn Error + Send + Sync> {
    Box::new(error.without_url())
}
