//! Real requests to the stand-in, with the system's clock.

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use tieout_core::transport::{Transport, TransportError};

/// Real requests.
#[derive(Default)]
pub(crate) struct Wire(reqwest::Client);

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let not_sent = |error: reqwest::Error| TransportError::NotSent(Box::new(error));
        let (parts, body) = request.into_parts();
        let asked = self.0.request(parts.method, parts.uri.to_string());
        let sent = asked.headers(parts.headers).body(body).send().await;
        let reply = sent.map_err(not_sent)?;
        let mut answer = Response::builder().status(reply.status());
        *answer.headers_mut().unwrap() = reply.headers().clone();
        let body = reply.bytes().await;
        let body = body.map_err(|error| TransportError::ReplyLost(Box::new(error)))?;
        Ok(answer.body(body).unwrap())
    }
}
