//! The port through which every HTTP request leaves: handed in, so that it can be layered, recorded and simulated.

use async_trait::async_trait;
use bytes::Bytes;

/// Sends one HTTP request and reads the whole reply.
///
/// An implementation sets its own time limits and body limit, follows no redirect, and repeats
/// nothing: whether a request may be repeated is the engine's decision. Timeouts, logging, rate limits
/// and recording are layers that implement this trait round another one.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends the request once.
    ///
    /// A reply of any status is a success here. An error says whether the request can have reached
    /// the other side.
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError>;
}

/// A request that got no whole reply.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// No connection was made: the request cannot have been processed.
    #[error("could not connect")]
    NotSent(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The request may have been processed, but its reply is lost, late or cut short.
    #[error("the reply was lost")]
    ReplyLost(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The reply is larger than allowed.
    #[error("the reply exceeds {limit_bytes} bytes")]
    ReplyTooLarge {
        /// The limit.
        limit_bytes: usize,
    },
}

#[async_trait]
impl<T: Transport + ?Sized> Transport for std::sync::Arc<T> {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        self.as_ref().send(request).await
    }
}
