//! One request over plain HTTP on a connection of its own: what webhooks and the browser need, and no client library.

use bytes::Bytes;
use http::{Method, Request, Response, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use url::{Position, Url};

/// Largest reply that is read.
const REPLY_BYTES_MAX: usize = 1024 * 1024;

/// Why there is no reply.
#[derive(Debug, thiserror::Error)]
pub enum NoReply {
    /// Not a plain HTTP address.
    #[error("only http addresses can be reached")]
    Address,
    /// Nobody listens there.
    #[error("no connection")]
    Connection(#[from] std::io::Error),
    /// The connection broke, or it was no HTTP.
    #[error("no answer")]
    Answer(#[from] hyper::Error),
    /// A header or the address cannot be sent.
    #[error("the request could not be built")]
    Request(#[from] http::Error),
    /// The reply is too large or breaks off.
    #[error("the answer could not be read")]
    Body(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Sends a request and reads the whole reply. Redirects are not followed, nothing is repeated, and nothing limits the time.
pub(crate) async fn send(
    method: Method,
    url: &Url,
    headers: &[(&str, &str)],
    body: Bytes,
) -> Result<Response<Bytes>, NoReply> {
    let (Some(host), Some(port), "http") =
        (url.host_str(), url.port_or_known_default(), url.scheme())
    else {
        return Err(NoReply::Address);
    };
    let mut request = Request::builder()
        .method(method)
        .uri(&url[Position::BeforePath..Position::AfterQuery])
        .header(header::HOST, format!("{host}:{port}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(body))?;
    let stream = TcpStream::connect((host, port)).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let exchange = async {
        let (parts, body) = sender.send_request(request).await?.into_parts();
        let body = Limited::new(body, REPLY_BYTES_MAX)
            .collect()
            .await
            .map_err(NoReply::Body)?;
        Ok(Response::from_parts(parts, body.to_bytes()))
    };
    tokio::pin!(exchange);
    tokio::select! {
        reply = &mut exchange => reply,
        // The connection may end first when the reply is already here.
        ended = connection => {
            ended?;
            exchange.await
        }
    }
}
