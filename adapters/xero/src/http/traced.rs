//! What the log says about a call: method, path without identifiers, status, time and size, and nothing else.

use std::time::Instant;

use async_trait::async_trait;
use bytes::Bytes;
use tieout_core::transport::{Transport, TransportError};

/// The path of a call as the log shows it, such as `/Invoices/{id}`: put it into the request's extensions.
///
/// Without one the path is shown with everything masked that may be an identifier or a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route(pub &'static str);

/// Logs each call once, when it is over: never headers, tokens, queries or bodies.
#[derive(Clone, Debug)]
pub struct Traced<T> {
    inner: T,
}

impl<T> Traced<T> {
    /// The layer round another transport.
    #[must_use]
    pub fn new(inner: T) -> Self {
        Self { inner }
    }
}

#[async_trait]
impl<T: Transport> Transport for Traced<T> {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let method = request.method().clone();
        let host = request.uri().host().unwrap_or_default().to_owned();
        let path = match request.extensions().get::<Route>() {
            Some(Route(path)) => (*path).to_owned(),
            None => masked(request.uri().path()),
        };
        let bytes_sent = request.body().len();
        let began = Instant::now();
        let result = self.inner.send(request).await;
        let duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        match &result {
            Ok(reply) => tracing::debug!(
                http.method = %method,
                http.host = host,
                http.path = path,
                http.status = reply.status().as_u16(),
                duration_ms,
                bytes_sent,
                bytes_received = reply.body().len(),
                "call answered"
            ),
            Err(error) => tracing::warn!(
                http.method = %method,
                http.host = host,
                http.path = path,
                duration_ms,
                bytes_sent,
                error = %error,
                "call without an answer"
            ),
        }
        result
    }
}

/// The path with only the words of the API left: what holds a digit, an escape or stands after `Attachments` may be somebody's.
fn masked(path: &str) -> String {
    let mut after_attachments = false;
    let parts = path.split('/').map(|part| {
        let shown = if after_attachments || !(is_word(part) || is_version(part)) {
            "{}"
        } else {
            part
        };
        after_attachments |= part.eq_ignore_ascii_case("attachments");
        if part.is_empty() { "" } else { shown }
    });
    parts.collect::<Vec<_>>().join("/")
}

fn is_word(part: &str) -> bool {
    part.len() <= 32
        && part
            .chars()
            .all(|c| c.is_ascii_alphabetic() || matches!(c, '.' | '-' | '_'))
}

fn is_version(part: &str) -> bool {
    part.len() <= 4
        && part
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | 'v'))
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn identifiers_and_names_do_not_reach_the_log() {
        for (path, shown) in [
            ("/api.xro/2.0/Invoices", "/api.xro/2.0/Invoices"),
            (
                "/api.xro/2.0/Invoices/243216c5-369e-4056-ac67-05388f86dc81/Attachments/JaneDoe",
                "/api.xro/2.0/Invoices/{}/Attachments/{}",
            ),
            ("/api.xro/2.0/Invoices/INV-0001", "/api.xro/2.0/Invoices/{}"),
            (
                "/api.xro/2.0/Contacts/Jane%20Doe",
                "/api.xro/2.0/Contacts/{}",
            ),
            ("/connections/17ac26d0-2b0f", "/connections/{}"),
            ("/connect/token", "/connect/token"),
        ] {
            assert_eq!(masked(path), shown);
        }
    }
}
